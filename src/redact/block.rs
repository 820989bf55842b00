//! Finds whole files that were pasted: PEM private keys, keystore files in JSON, byte arrays of a key.

use super::{
    fold::Glyph,
    secret::{Hit, SecretKind},
};

/// The most glyphs between "BEGIN" and "PRIVATE KEY" of a PEM file's first line.
const PEM_LABEL: usize = 40;
/// So many numbers from 0 to 255 in brackets are the bytes of a key.
const BYTES: std::ops::RangeInclusive<usize> = 32..=64;

/// Finds the blocks.
pub(super) fn find(glyphs: &[Glyph]) -> Vec<Hit> {
    let text: Vec<char> = glyphs.iter().map(|g| g.c).collect();
    let mut hits = Vec::new();
    pem(&text, &mut hits);
    keystore(&text, &mut hits);
    bytes(&text, &mut hits);
    age(&text, &mut hits);
    hits
}

fn starts(text: &[char], at: usize, word: &str) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() >= word.len() && word.chars().zip(rest).all(|(a, b)| a == *b)
}

fn position(text: &[char], from: usize, to: usize, word: &str) -> Option<usize> {
    (from..to.min(text.len())).find(|&i| starts(text, i, word))
}

/// RFC 7468, also without its end. The words decide, not the number of dashes.
fn pem(text: &[char], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(begin) = position(text, from, text.len(), "-begin ") {
        from = begin + 1;
        let Some(label) = position(text, begin, begin + PEM_LABEL, "private key") else { continue };
        let mut end = match position(text, label, text.len(), "-end ") {
            Some(end) => position(text, end, end + PEM_LABEL, "key").map_or(end, |k| k + 3),
            None => text.len(),
        };
        while text.get(end) == Some(&'-') {
            end += 1;
        }
        let mut start = begin;
        while start > 0 && text.get(start - 1) == Some(&'-') {
            start -= 1;
        }
        hits.push(Hit { kind: SecretKind::PrivateKey, start, end, certain: true });
        from = end;
    }
}

/// The Web3 secret storage format (version 3): an object with "ciphertext" and a key derivation or a checksum.
fn keystore(text: &[char], hits: &mut Vec<Hit>) {
    let has = |word: &str| position(text, 0, text.len(), word);
    let Some(at) = has("ciphertext") else { return };
    if ["kdf", "\"mac\"", "\"crypto\"", "cipherparams"].iter().all(|w| has(w).is_none()) {
        return;
    }
    let start = text.get(..at).and_then(|t| t.iter().position(|c| *c == '{')).unwrap_or(at);
    let end = text.iter().rposition(|c| *c == '}').filter(|e| *e > at).map_or(text.len(), |e| e + 1);
    hits.push(Hit { kind: SecretKind::PrivateKey, start, end, certain: true });
}

/// `[12, 255, …]` of 32 or 64 numbers: a key as Solana's tools write it.
fn bytes(text: &[char], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(open) = position(text, from, text.len(), "[") {
        let mut at = open + 1;
        let (mut count, mut value, mut inside) = (0, 0u32, false);
        while let Some(c) = text.get(at) {
            match c.to_digit(10) {
                Some(d) => {
                    value = value.saturating_mul(10).saturating_add(d);
                    count += usize::from(!inside);
                    inside = true;
                }
                None if " \n,".contains(*c) && value <= 255 => (value, inside) = (0, false),
                None => break,
            }
            at += 1;
        }
        let closed = text.get(at) == Some(&']');
        if count >= *BYTES.start() && (closed && BYTES.contains(&count) || at >= text.len()) {
            let end = (at + usize::from(closed)).min(text.len());
            hits.push(Hit { kind: SecretKind::PrivateKey, start: open, end, certain: closed });
        }
        from = at.max(open + 1);
    }
}

/// Secret keys of age.
fn age(text: &[char], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(start) = position(text, from, text.len(), "age-secret-key-1") {
        let mut end = start + "age-secret-key-1".len();
        while text.get(end).is_some_and(char::is_ascii_alphanumeric) {
            end += 1;
        }
        hits.push(Hit { kind: SecretKind::PrivateKey, start, end, certain: true });
        from = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fold::fold, *};

    fn found(text: &str) -> Vec<String> {
        let (glyphs, _) = fold(text, 10_000);
        find(&glyphs).iter().map(|h| glyphs[h.start..h.end].iter().map(|g| g.raw).collect()).collect()
    }

    #[test]
    fn pasted_files_are_found_whole() {
        let pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIAbc\n-----END EC PRIVATE KEY-----";
        assert_eq!(found(&format!("look: {pem} ok")), [pem]);
        let json = r#"{"version":3,"crypto":{"ciphertext":"ab12","kdf":"scrypt","mac":"cd"}}"#;
        assert_eq!(found(&format!("here {json} ok")), [json]);
        let bytes = format!("[{}]", vec!["174"; 64].join(","));
        assert_eq!(found(&format!("id.json is {bytes}")), [bytes]);
    }

    #[test]
    fn other_files_are_not() {
        assert_eq!(found("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"), [""; 0]);
        assert_eq!(found("[1, 2, 3] and {\"name\": \"ciphertext\"}"), [""; 0]);
    }
}
