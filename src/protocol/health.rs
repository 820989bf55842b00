//! How a client is, in its own words: for the host, who sees all kiosks from one place.

use serde::{Deserialize, Serialize};

/// The longest name of a program, in bytes.
pub const PROGRAM_MAX_BYTES: usize = 64;
/// The longest name of a part, in bytes.
pub const PART_MAX_BYTES: usize = 32;
/// The most parts that can be missing.
pub const MISSING_MAX: usize = 16;

/// What a client says about itself. Names only: nothing of it is about a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Health {
    /// Name and version of the program.
    pub program: String,
    /// The parts that do not work, such as `microphone`. Empty when all is well.
    #[serde(default)]
    pub missing: Vec<String>,
}

impl Health {
    /// The health of this program, with nothing missing.
    pub fn ours() -> Self {
        Self { program: concat!("avatardesk ", env!("CARGO_PKG_VERSION")).to_owned(), missing: Vec::new() }
    }

    /// Whether these are names within the bounds, and nothing else.
    pub fn is_fit(&self) -> bool {
        let name = |text: &str, max: usize, also: &[u8]| {
            (1..=max).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || also.contains(&b))
        };
        name(&self.program, PROGRAM_MAX_BYTES, b" ._+-")
            && self.missing.len() <= MISSING_MAX
            && self.missing.iter().all(|part| name(part, PART_MAX_BYTES, b"_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_names_are_fit() {
        assert!(Health::ours().is_fit());
        let with = |program: &str, part: &str| Health { program: program.into(), missing: vec![part.into()] };
        assert!(with("bot-7 1.0", "microphone").is_fit());
        assert!(!with("", "microphone").is_fit() && !with("x", "").is_fit());
        assert!(!with("x\n", "microphone").is_fit() && !with("x", "my name is Ann").is_fit());
        assert!(!with(&"x".repeat(65), "a").is_fit() && !with("x", &"x".repeat(33)).is_fit());
        assert!(!Health { program: "x".into(), missing: vec!["a".into(); 17] }.is_fit());
    }
}
