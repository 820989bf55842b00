//! What was found, and the marks that stand for it.

use std::ops::Range;

/// What kind of secret a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// A BIP-39 phrase, or a part of one.
    SeedPhrase,
    /// A private key in any writing: hexadecimal, WIF, PEM, a keystore file, a secret key of Solana and others.
    PrivateKey,
    /// An extended private key: xprv, yprv, zprv, tprv and the like.
    ExtendedKey,
    /// A payment card's number, or the card's verification value.
    CardNumber,
    /// An identity, social security or passport number.
    IdentityNumber,
    /// What was said to be a password.
    Password,
    /// What was said to be a one-time code or a PIN.
    OneTimeCode,
}

impl SecretKind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::SeedPhrase,
        Self::PrivateKey,
        Self::ExtendedKey,
        Self::CardNumber,
        Self::IdentityNumber,
        Self::Password,
        Self::OneTimeCode,
    ];

    /// What stands in the text instead of the secret. The marks are part of stored texts: they do not change.
    pub const fn mark(self, chinese: bool) -> &'static str {
        match (self, chinese) {
            (Self::SeedPhrase, false) => "[seed phrase removed]",
            (Self::SeedPhrase, true) => "［助记词已移除］",
            (Self::PrivateKey, false) => "[private key removed]",
            (Self::PrivateKey, true) => "［私钥已移除］",
            (Self::ExtendedKey, false) => "[extended key removed]",
            (Self::ExtendedKey, true) => "［扩展私钥已移除］",
            (Self::CardNumber, false) => "[card number removed]",
            (Self::CardNumber, true) => "［卡号已移除］",
            (Self::IdentityNumber, false) => "[identity number removed]",
            (Self::IdentityNumber, true) => "［证件号码已移除］",
            (Self::Password, false) => "[password removed]",
            (Self::Password, true) => "［密码已移除］",
            (Self::OneTimeCode, false) => "[code removed]",
            (Self::OneTimeCode, true) => "［验证码已移除］",
        }
    }
}

/// What stands for the end of a text that was too long.
pub(super) const fn cut_mark(chinese: bool) -> &'static str {
    if chinese { "［其余内容已移除］" } else { "[rest removed]" }
}

/// One secret that was masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: SecretKind,
    /// Where it was: bytes of the original text.
    pub range: Range<usize>,
    /// Whether it can hardly be anything else.
    pub certain: bool,
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redacted {
    pub text: String,
    /// In the order of the text; they do not overlap.
    pub findings: Vec<Finding>,
    /// Whether the text was longer than [`TEXT_MAX_CHARS`](super::TEXT_MAX_CHARS) and its end was removed unread.
    pub cut: bool,
}

/// A finding before it is mapped to bytes: glyphs `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub kind: SecretKind,
    pub start: usize,
    pub end: usize,
    pub certain: bool,
}

/// What was said before, in this utterance's favour or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Context {
    /// Seed phrases were spoken of, or words of one were read out.
    pub seed: bool,
    /// Words of a seed phrase were being read out just now.
    pub reading: bool,
    /// Private keys were spoken of.
    pub key: bool,
    /// Cards were spoken of.
    pub card: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_differ() {
        let marks: std::collections::HashSet<_> =
            SecretKind::ALL.iter().flat_map(|k| [k.mark(false), k.mark(true)]).collect();
        assert_eq!(marks.len(), SecretKind::ALL.len() * 2);
    }
}
