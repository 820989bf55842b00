//! Masks secrets in everything that clients send, before it is stored or passed on.

use std::sync::Arc;

use crate::conversation::Command;
use crate::protocol::Signal;
use crate::redact::redact;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    pub text: String,
    /// How many secrets were masked.
    pub count: u16,
}

/// What finds and masks secrets.
pub type Mask = Arc<dyn Fn(&str) -> Masked + Send + Sync>;

/// The mask of this program.
pub fn standard_mask() -> Mask {
    Arc::new(|text| {
        let redacted = redact(text);
        Masked { text: redacted.text, count: redacted.findings.len().try_into().unwrap_or(u16::MAX) }
    })
}

/// The command with every text masked; `masked` of a `say` grows by what was found here.
pub fn mask_command(mask: &Mask, mut command: Command) -> Command {
    let hide = |text: &mut String| {
        let masked = mask(text);
        *text = masked.text;
        masked.count
    };
    match &mut command {
        Command::Say { masked, words, .. } => {
            *masked = masked.saturating_add(hide(&mut words.text));
            if let Some(article) = &mut words.article {
                hide(article);
            }
        }
        Command::Note { text } | Command::Tag { tag: text } => {
            hide(text);
        }
        Command::RequestHandoff { summary: Some(text), .. } | Command::Rate { comment: Some(text), .. } => {
            hide(text);
        }
        Command::RequestHandoff { summary: None, .. }
        | Command::Rate { comment: None, .. }
        | Command::Open { .. }
        | Command::Consent { .. }
        | Command::ChooseLanguage { .. }
        | Command::Spoken { .. }
        | Command::Measure { .. }
        | Command::Claim
        | Command::Release { .. }
        | Command::OpenCase { .. }
        | Command::Close { .. } => {}
    }
    command
}

/// The signal with its text masked.
pub fn mask_signal(mask: &Mask, signal: Signal) -> Signal {
    match signal {
        Signal::PartialTranscript { text } => Signal::PartialTranscript { text: mask(&text).text },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{AnswerId, HandoffReason, Time, Words};

    fn mask() -> Mask {
        Arc::new(|text| Masked {
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
            words: Words { text: "my secret".to_owned(), ..Words::default() },
        };
        let Command::Say { masked: 2, words, .. } = mask_command(&mask(), say) else { panic!() };
        assert_eq!(words.text, "my ***");
        let text = || "secret".to_owned();
        for command in [
            Command::Note { text: text() },
            Command::Tag { tag: text() },
            Command::RequestHandoff { reason: HandoffReason::Asked, summary: Some(text()) },
            Command::Rate { stars: 1, resolved: None, comment: Some(text()) },
        ] {
            let masked = mask_command(&mask(), command);
            assert!(!serde_json::to_string(&masked).unwrap().contains("secret"), "{masked:?}");
        }
        let signal = mask_signal(&mask(), Signal::PartialTranscript { text: text() });
        assert_eq!(signal, Signal::PartialTranscript { text: "***".to_owned() });
    }
}
