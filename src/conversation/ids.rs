//! Identifiers. All are random or chosen by the host; none carries personal data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::quote::quote;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {expected}")]
pub struct IdError {
    what: &'static str,
    text: String,
    expected: &'static str,
}

/// So much of a wrong identifier is shown, in characters.
const SHOWN_MAX_CHARS: usize = 40;

fn shown(text: &str) -> String {
    quote(text).chars().take(SHOWN_MAX_CHARS).collect()
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Ulid);

        impl $name {
            /// A new identifier made of 80 random bits behind the time in milliseconds since 1970.
            pub fn new(now: Time, random: u128) -> Self {
                Self(Ulid::from_parts(now.0, random))
            }

            /// The 128 bits, big endian: what the store keeps.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }

            /// The identifier that [`Self::to_bytes`] gave.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Ulid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Ulid::from_string(text).map(Self).map_err(|_| IdError {
                    what: $what,
                    text: shown(text),
                    expected: "26 letters and digits (a ULID)",
                })
            }
        }
    };
}

ulid_id!(
    /// One visit. The kiosk makes it, so that opening a conversation can be repeated safely.
    ConversationId, "conversation id"
);
ulid_id!(
    /// The client's id of one command: the key of idempotency.
    Cmid, "command id"
);
ulid_id!(
    /// One answer, which may be said in several parts.
    AnswerId, "answer id"
);
ulid_id!(
    /// The pseudonym of a visitor. Erasing a visitor forgets the key that belongs to it.
    VisitorId, "visitor id"
);
ulid_id!(
    /// Made with a conversation's log: another epoch means another log, so old sequence numbers mean nothing.
    Epoch, "epoch"
);

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// This moment and `ms` milliseconds more.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment, 0 when `earlier` is later.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let fits = !text.is_empty()
                    && text.len() <= 64
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                if fits {
                    Ok(Self(text))
                } else {
                    Err(IdError {
                        what: $what,
                        text: shown(&text),
                        expected: "1 to 64 of: letters a-z, digits, - _ .",
                    })
                }
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

name_id!(
    /// A desk, as named in the scene file.
    DeskId, "desk id"
);
name_id!(
    /// Who acts: a kiosk, an agent, the relay itself. Chosen by the host, unique in an installation.
    ActorId, "actor id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_travel_as_text() {
        let id = ConversationId::new(Time(1_700_000_000_000), 42);
        let text = id.to_string();
        assert_eq!(text.len(), 26);
        assert_eq!(text.parse::<ConversationId>(), Ok(id));
        assert_eq!(serde_json::to_string(&id).ok(), Some(format!("\"{text}\"")));
    }

    #[test]
    fn a_bad_name_says_what_is_allowed() {
        let error = "two words".parse::<DeskId>().map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("`two words` is not a desk id: 1 to 64 of: letters a-z, digits, - _ .".to_owned())
        );
        assert!(serde_json::from_str::<ActorId>("\"\"").is_err());
        let error = "a\nb".parse::<DeskId>().map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.starts_with("`a b` is not")));
    }
}
