//! Secrets stop here: every text of the visitor goes through this before it goes anywhere else.

use crate::redact::{self, Watch};
use crate::visit::{Input, SecretKind};

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

    /// Masks what is still being said, with the utterances before it in mind. Nothing of it is remembered.
    pub fn peek(&self, text: &str) -> Safe {
        safe(self.watch.clone().redact(text))
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
