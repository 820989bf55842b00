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

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        *self.0.public_key().as_bytes()
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

#[cfg(test)]
mod tests {
    use crypto_box::{PublicKey, aead::OsRng};

    use super::*;
    use crate::conversation::Time;
    use crate::protocol::encode;

    #[test]
    fn a_sealed_command_opens_with_our_key_and_in_its_place_only() {
        let (ours, other) = (RelayKey::passing().unwrap(), RelayKey::passing().unwrap());
        let (conversation, cmid) = (ConversationId::new(Time(1), 1), Cmid::new(Time(1), 2));
        let frame = ClientFrame::Command { conversation, cmid, command: Command::Claim };
        let public = PublicKey::from_slice(&hex::decode(&ours.seal_to()).unwrap()).unwrap();
        let sealed = public.seal(&mut OsRng, encode(&frame).unwrap().as_bytes()).unwrap();
        let sealed = hex::encode(&sealed);
        assert_eq!(ours.open(conversation, cmid, &sealed), Ok(Command::Claim));
        assert_eq!(other.open(conversation, cmid, &sealed), Err(KeyError::NotOurs));
        let elsewhere = ours.open(conversation, Cmid::new(Time(1), 3), &sealed);
        assert_eq!(elsewhere, Err(KeyError::NotThisCommand));
        assert_eq!(ours.open(conversation, cmid, "no"), Err(KeyError::NotThisCommand));
    }
}
