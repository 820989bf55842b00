//! Sealing with XChaCha20-Poly1305: 24 random bytes of nonce, then the sealed text with its tag.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::error::LogError;
use super::random::random_bytes;

const NONCE_BYTES: usize = 24;

/// The sealed text does not belong to this key and this header, or it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be opened with its key")]
pub struct NotOurs;

/// Seals `text`; it opens only together with the same `header`.
pub fn seal(key: &[u8; 32], header: &[u8], text: &[u8]) -> Result<Vec<u8>, LogError> {
    let nonce = random_bytes::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    let sealed = cipher
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: text, aad: header })
        .map_err(|_| LogError::Random("the text is too long to be sealed".to_owned()))?;
    Ok([&nonce[..], &sealed].concat())
}

/// The text that [`seal`] was given.
pub fn open(key: &[u8; 32], header: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOurs> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES).ok_or(NotOurs)?;
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: rest, aad: header }).map_err(|_| NotOurs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_same_key_and_header() {
        let sealed = seal(&[1; 32], b"header", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_eq!(open(&[1; 32], b"header", &sealed).unwrap(), b"secret");
        assert_eq!(open(&[2; 32], b"header", &sealed), Err(NotOurs));
        assert_eq!(open(&[1; 32], b"headex", &sealed), Err(NotOurs));
        assert_eq!(open(&[1; 32], b"header", &sealed[..20]), Err(NotOurs));
        let mut broken = sealed.clone();
        broken[30] ^= 1;
        assert_eq!(open(&[1; 32], b"header", &broken), Err(NotOurs));
    }
}
