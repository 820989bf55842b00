//! The one-time code of an invite: a secret, and the beginning of the certificate's fingerprint.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Random bytes in a code: too many to be guessed within the life of a code, also without the relay's bounds.
pub const CODE_SECRET_BYTES: usize = 10;
/// Bytes of the SHA-256 of the relay's certificate in a code: nobody finds another certificate with the same ones.
pub const CODE_PIN_BYTES: usize = 16;
/// Bytes by which a mistyped code is noticed before it is sent.
const CHECK_BYTES: usize = 2;
/// Letters of a code between two hyphens.
const GROUP: usize = 5;
/// Crockford's base 32: no I, L, O, U. <https://www.crockford.com/base32.html>
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an invite code: take over exactly what `avatardesk relay invite` has printed, all groups of it"
)]
pub struct CodeError;

/// A one-time code. `Debug` prints MASKED; the memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCode {
    secret: Zeroizing<[u8; CODE_SECRET_BYTES]>,
    pin: Option<[u8; CODE_PIN_BYTES]>,
}

impl InviteCode {
    /// A code of random bytes, with the SHA-256 of the relay's certificate when clients shall pin it.
    pub fn new(secret: [u8; CODE_SECRET_BYTES], certificate: Option<&[u8; 32]>) -> Self {
        let pin = certificate.and_then(|c| c.first_chunk().copied());
        Self { secret: Zeroizing::new(secret), pin }
    }

    /// What the relay's certificate must begin with, as its SHA-256.
    pub fn pin(&self) -> Option<&[u8; CODE_PIN_BYTES]> {
        self.pin.as_ref()
    }

    /// What the relay keeps of a code: nobody can make the code of it.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"avatardesk invite 1:");
        hash.update(&self.secret[..]);
        hash.finalize().into()
    }

    /// The secret bytes, to show that they are kept nowhere.
    #[cfg(test)]
    pub fn secret(&self) -> &[u8] {
        &self.secret[..]
    }

    /// The code as it is printed: groups of five letters and digits.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(self.secret.to_vec());
        bytes.extend_from_slice(self.pin.as_ref().map_or(&[][..], |pin| &pin[..]));
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        let mut text = Zeroizing::new(String::with_capacity(64));
        for (n, letter) in letters(&bytes).enumerate() {
            if n > 0 && n % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }
}

impl FromStr for InviteCode {
    type Err = CodeError;

    /// Takes lower case, spaces for hyphens, and O, I, L for 0, 1, 1.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = bytes(text).ok_or(CodeError)?;
        let (body, end) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(CodeError)?;
        let (secret, pin) = body.split_first_chunk::<CODE_SECRET_BYTES>().ok_or(CodeError)?;
        let pin = match pin.len() {
            0 => None,
            _ => Some(<[u8; CODE_PIN_BYTES]>::try_from(pin).map_err(|_| CodeError)?),
        };
        if check(body) != *end {
            return Err(CodeError);
        }
        Ok(Self { secret: Zeroizing::new(*secret), pin })
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteCode(MASKED)")
    }
}

impl Serialize for InviteCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.expose())
    }
}

impl<'de> Deserialize<'de> for InviteCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Sha256::digest(bytes);
    hash.first_chunk().copied().unwrap_or_default()
}

fn letters(bytes: &[u8]) -> impl Iterator<Item = char> {
    let count = (bytes.len() * 8).div_ceil(5);
    (0..count).map(|n| {
        let value = (n * 5..n * 5 + 5).fold(0, |value, bit| {
            let byte = bytes.get(bit / 8).copied().unwrap_or(0);
            value << 1 | usize::from(byte >> (7 - bit % 8) & 1)
        });
        LETTERS.get(value).copied().map_or('0', char::from)
    })
}

fn bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(32));
    let (mut bits, mut held) = (0u32, 0u32);
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = LETTERS.iter().position(|l| char::from(*l) == letter)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
        if out.len() > 64 {
            return None;
        }
    }
    (bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        for pin in [None, Some(&[0xa5; 32])] {
            for n in 0..=255 {
                let code = InviteCode::new([n, 2, 3, 255, 5, 6, 7, 8, 9, n], pin);
                let text = code.expose();
                assert_eq!(text.parse(), Ok(code.clone()), "{}", &*text);
                let typed = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
                assert_eq!(typed.parse(), Ok(code));
            }
        }
        assert_eq!(InviteCode::new([1; 10], None).expose().len(), 4 * 5 + 3);
    }

    #[test]
    fn a_mistake_is_noticed() {
        let text = InviteCode::new([7; 10], Some(&[9; 32])).expose().to_string();
        let mut noticed = 0;
        for (at, letter) in text.char_indices().filter(|(_, c)| *c != '-') {
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, if letter == 'A' { "B" } else { "A" });
            noticed += usize::from(wrong.parse::<InviteCode>().is_err());
        }
        assert!(noticed >= 44, "{noticed} of 45");
        for wrong in ["", "hello", "U", &text[..20], &text.repeat(9)] {
            assert_eq!(wrong.parse::<InviteCode>(), Err(CodeError), "{wrong}");
        }
    }

    #[test]
    fn a_code_is_never_printed_and_its_hash_does_not_depend_on_the_pin() {
        let (with, without) = (InviteCode::new([7; 10], Some(&[9; 32])), InviteCode::new([7; 10], None));
        assert_eq!(format!("{with:?}"), "InviteCode(MASKED)");
        assert_eq!(with.hash(), without.hash());
        assert_ne!(with.hash(), InviteCode::new([8; 10], None).hash());
    }
}
