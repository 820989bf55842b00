//! Masks secrets in everything that clients send, before it is stored or passed on.

use std::sync::Arc;

use crate::conversation::{Command, Target};
use crate::protocol::Signal;
use crate::redact::Watch;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    pub text: String,
    /// How many secrets were masked.
    pub count: u16,
}

/// What finds and masks secrets, with what was said before in mind.
pub type Mask = Arc<dyn Fn(&mut Watch, &str) -> Masked + Send + Sync>;

/// The mask of this program.
pub fn standard_mask() -> Mask {
    Arc::new(|watch, text| {
        let redacted = watch.redact(text);
        let count = u16::try_from(redacted.findings.len()).unwrap_or(u16::MAX);
        Masked { text: redacted.text, count }
    })
}

/// The command with every text masked; `masked` of a `say` grows by what was found here.
pub fn mask_command(mask: &Mask, watch: &mut Watch, mut command: Command) -> Command {
    let mut hide = |text: &mut String| {
        let masked = mask(watch, text);
        *text = masked.text;
        masked.count
    };
    match &mut command {
        Command::Say { masked, words, .. } => {
            *masked = masked.saturating_add(hide(&mut words.text));
            words.article.iter_mut().chain(&mut words.choices).for_each(|text| {
                hide(text);
            });
        }
        Command::Note { text } | Command::Tag { tag: text } | Command::LeaveMessage { text } => {
            hide(text);
        }
        Command::RequestHandoff { summary: Some(text), .. } | Command::Rate { comment: Some(text), .. } => {
            hide(text);
        }
        Command::Need { skills } => skills.iter_mut().for_each(|skill| {
            hide(skill);
        }),
        Command::Transfer { to, note } => {
            if let Target::Queue { skills, .. } = to {
                skills.iter_mut().for_each(|skill| {
                    hide(skill);
                });
            }
            if let Some(note) = note {
                hide(note);
            }
        }
        Command::RequestHandoff { summary: None, .. }
        | Command::Rate { comment: None, .. }
        | Command::Open { .. }
        | Command::Consent { .. }
        | Command::ChooseLanguage { .. }
        | Command::Spoken { .. }
        | Command::Measure { .. }
        | Command::Claim
        | Command::Erase
        | Command::Release { .. }
        | Command::OpenCase { .. }
        | Command::Close { .. } => {}
    }
    command
}

/// The signal with its text masked. A passing text does not count for what comes later.
pub fn mask_signal(mask: &Mask, watch: &Watch, signal: Signal) -> Signal {
    match signal {
        Signal::PartialTranscript { text } => {
            Signal::PartialTranscript { text: mask(&mut watch.clone(), &text).text }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{AnswerId, HandoffReason, Time, Words};

    fn mask() -> Mask {
        Arc::new(|_, text| Masked {
            text: text.replace("secret", "***"),
            count: u16::try_from(text.matches("secret").count()).unwrap(),
        })
    }

    #[test]
    fn every_text_of_every_command_is_masked() {
        let say = Command::Say {
            answer: AnswerId::new(Time(1), 1),
            part: 0,
            last: true,
            voiced: false,
            in_reply_to: None,
            corrects: None,
            masked: 1,
            words: Words {
                text: "my secret".to_owned(),
                choices: vec!["a secret".to_owned()],
                ..Words::default()
            },
        };
        let Command::Say { masked: 2, words, .. } = mask_command(&mask(), &mut Watch::new(), say) else {
            panic!()
        };
        assert_eq!((words.text, words.choices), ("my ***".to_owned(), vec!["a ***".to_owned()]));
        let text = || "secret".to_owned();
        let queue = Target::Queue { desk: None, skills: vec![text()] };
        for command in [
            Command::Note { text: text() },
            Command::Tag { tag: text() },
            Command::LeaveMessage { text: text() },
            Command::Need { skills: vec![text()] },
            Command::Transfer { to: queue, note: Some(text()) },
            Command::RequestHandoff { reason: HandoffReason::Asked, summary: Some(text()) },
            Command::Rate { stars: Some(1), resolved: None, comment: Some(text()) },
        ] {
            let masked = mask_command(&mask(), &mut Watch::new(), command);
            assert!(!serde_json::to_string(&masked).unwrap().contains("secret"), "{masked:?}");
        }
        let signal = mask_signal(&mask(), &Watch::new(), Signal::PartialTranscript { text: text() });
        assert_eq!(signal, Signal::PartialTranscript { text: "***".to_owned() });
    }

    #[test]
    fn a_seed_phrase_is_masked_also_when_it_comes_in_pieces() {
        let phrase = "abandon ability able about above absent absorb abstract absurd abuse access accident";
        let mut watch = Watch::new();
        let said = |watch: &mut Watch, text: &str| {
            let note = Command::Note { text: text.to_owned() };
            let Command::Note { text } = mask_command(&standard_mask(), watch, note) else { panic!() };
            text
        };
        assert!(!said(&mut watch, &format!("my seed phrase is {phrase}")).contains("absurd"));
        let mut watch = Watch::new();
        said(&mut watch, "I want to tell you my seed phrase");
        let pieces =
            ["abandon ability able about", "above absent absorb abstract", "absurd abuse access accident"];
        let heard = pieces.map(|piece| said(&mut watch, piece)).concat();
        assert!(!heard.contains("absorb") && !heard.contains("accident"), "{heard}");
    }
}
