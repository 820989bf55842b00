//! The relay's own key pair: clients seal their outboxes to it.

use std::fmt;

use crypto_box::SecretKey;
use zeroize::Zeroizing;

use crate::conversation::{Cmid, Command, ConversationId};
use crate::log::{DataDir, LogError, random_bytes, secret_file};
use crate::protocol::{ClientFrame, FRAME_MAX_BYTES, decode, hex};

/// The file with the secret key in the data directory.
const RELAY_KEY_FILE: &str = "relay.key";

/// An X25519 key pair.
pub struct RelayKey(SecretKey);

/// Why a sealed command cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("this was sealed to the key of another relay")]
    NotOurs,
    #[error("what was sealed is not this command")]
    NotThisCommand,
}

impl RelayKey {
    /// The key of a data directory, made when it is missing.
    pub fn of(dir: &DataDir) -> Result<Self, LogError> {
        secret_file(dir, RELAY_KEY_FILE, true).map(|secret| Self(SecretKey::from_bytes(*secret)))
    }

    /// A key that is forgotten with the process.
    pub fn passing() -> Result<Self, LogError> {
        let secret = Zeroizing::new(random_bytes::<32>()?);
        Ok(Self(SecretKey::from_bytes(*secret)))
    }

    /// The public key in hexadecimal, as `welcome` carries it.
    pub fn seal_to(&self) -> String {
        hex::encode(self.0.public_key().as_bytes())
    }

    /// The command inside a `sealed` frame.
    pub fn open(&self, conversation: ConversationId, cmid: Cmid, sealed: &str) -> Result<Command, KeyError> {
        if sealed.len() > FRAME_MAX_BYTES {
            return Err(KeyError::NotThisCommand);
        }
        let bytes = hex::decode(sealed).ok_or(KeyError::NotThisCommand)?;
        let text = Zeroizing::new(self.0.unseal(&bytes).map_err(|_| KeyError::NotOurs)?);
        let text = std::str::from_utf8(&text).map_err(|_| KeyError::NotThisCommand)?;
        match decode(text) {
            Ok(ClientFrame::Command { conversation: c, cmid: m, command })
                if c == conversation && m == cmid =>
            {
                Ok(command)
            }
            _ => Err(KeyError::NotThisCommand),
        }
    }
}

impl fmt::Debug for RelayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKey(MASKED)")
    }
}
