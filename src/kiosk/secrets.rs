//! Secrets stop here: every text of the visitor goes through this before it goes anywhere else.

use crate::redact::{self, Watch};
use crate::visit::{Input, SecretKind};

/// One word of a phrase: with one before it, it is noticed where a phrase was announced.
const GOES_ON: &str = " zebra";

/// Masks the visitor's texts for the length of a visit.
#[derive(Default)]
pub struct Secrets {
    watch: Watch,
}

/// A text that may leave the kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safe {
    pub text: String,
    /// How many secrets were masked in it.
    pub masked: u16,
    /// The first of them.
    pub kind: Option<SecretKind>,
}

impl Secrets {
    /// Masks a whole utterance or a typed text, with the utterances before it in mind.
    pub fn mask(&mut self, text: &str) -> Safe {
        safe(self.watch.redact(text))
    }

    /// Masks what is still being typed. Nothing of it is remembered.
    pub fn glance(text: &str) -> Safe {
        safe(redact::redact(text))
    }

    /// Masks what is still being said, with the utterances before it in mind. Nothing of it is remembered. What may be the
    /// beginning of a phrase is left out: it comes when it has turned out to be none.
    pub fn peek(&self, text: &str) -> Safe {
        let mut seen = safe(self.watch.clone().redact(text));
        if seen.masked == 0 {
            let on = self.watch.clone().redact(&format!("{text}{GOES_ON}"));
            let begun = on.findings.first().map(|finding| finding.range.start).filter(|at| *at < text.len());
            if let Some(before) = begun.and_then(|at| text.get(..at)) {
                seen.text = before.trim_end().to_owned();
            }
        }
        seen
    }

    /// Another visitor.
    pub fn forget(&mut self) {
        self.watch.clear();
    }
}

impl Safe {
    /// What the visit should hear about it before the text.
    pub fn warning(&self) -> Option<Input> {
        self.kind.map(|kind| Input::SecretFound { kind })
    }
}

fn safe(redacted: redact::Redacted) -> Safe {
    let kind = redacted.findings.first().map(|finding| match finding.kind {
        redact::SecretKind::SeedPhrase => SecretKind::SeedPhrase,
        redact::SecretKind::PrivateKey | redact::SecretKind::ExtendedKey => SecretKind::PrivateKey,
        redact::SecretKind::CardNumber => SecretKind::Card,
        redact::SecretKind::IdentityNumber => SecretKind::Identity,
        _ => SecretKind::Other,
    });
    let masked = redacted.findings.len().try_into().unwrap_or(u16::MAX);
    Safe { text: redacted.text, masked, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_of_a_phrase_are_not_shown_while_it_is_being_read_out() {
        let secrets = Secrets::default();
        for (said, shown) in
            [("my seed phrase is", "my seed phrase is"), ("my seed phrase is lobster", "my seed phrase")]
        {
            let seen = secrets.peek(said);
            assert!(!seen.text.contains("lobster"), "{said}: {seen:?}");
            assert!(seen.text.starts_with(shown), "{said}: {seen:?}");
            assert_eq!(seen.masked, 0, "nobody is warned of one word: {said}");
        }
        assert!(secrets.peek("my seed phrase is lobster velvet").masked > 0);
    }

    #[test]
    fn what_visitors_usually_ask_is_shown_while_they_speak() {
        let secrets = Secrets::default();
        let articles =
            crate::knowledge::KnowledgeBase::load(std::path::Path::new("assets/knowledge")).unwrap();
        let questions =
            articles.articles(crate::conversation::Language::En).iter().flat_map(|a| &a.questions);
        let (mut all, mut hidden) = (0, Vec::new());
        for question in questions {
            let words: Vec<&str> = question.split(' ').collect();
            for count in 1..=words.len() {
                let said = words[..count].join(" ");
                all += 1;
                if secrets.peek(&said).text != said {
                    hidden.push(said);
                }
            }
        }
        // Where words of a phrase are spoken of, the last word may be late.
        assert!(all > 3_000 && hidden.len() * 100 <= all, "{} of {all}: {hidden:#?}", hidden.len());
    }
}
