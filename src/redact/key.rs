//! Finds private keys and extended private keys in figures and letters, also in groups and read out.
//!
//! A private key of 64 hexadecimal digits looks like a transaction's hash, and a secret key of Solana like one of its signatures. Those
//! are masked as uncertain whatever the words before them say: a masked hash costs a question, a leaked key a fortune.
//! Addresses are shorter and left alone.

use super::{
    digits::{han_digit, spoken_digit},
    fold::Glyph,
    phrases::{List, Phrases},
    secret::{Context, Hit, SecretKind},
    token::{Kind, Token},
};

/// Digits of a private key in hexadecimal, with what a slip of the hand adds or loses; and of a key of twice the size.
const HEX_DIGITS: std::ops::RangeInclusive<usize> = 56..=72;
const HEX_LONG: std::ops::RangeInclusive<usize> = 120..=136;
/// Digits of an address of Ethereum and its kin.
const ADDRESS_DIGITS: usize = 40;
/// So many hexadecimal digits are a part of a key where keys are spoken of, written and read out.
const HEX_PART: usize = 16;
const SPOKEN_PART: usize = 8;
/// So many digits read out are a key wherever they are, letters among them.
const SPOKEN_WHOLE: usize = 32;
/// The most glyphs between two groups of one key.
const GROUP_GAP: usize = 3;
/// The least base58 characters of an extended key that counts.
const EXTENDED_MIN: usize = 20;
/// The whole length of an extended key.
const EXTENDED: usize = 111;

#[rustfmt::skip]
static TALK: List = List::new(|| Phrases::new(&[
    "private key", "private keys", "secret key", "privkey", "priv key", "signing key", "wif", "private k",
    "privat key", "private - key", "keystore", "wallet key", "私钥", "密钥", "秘钥", "私匙", "私人密钥",
    "private qi", "hex key", "export key", "key is", "my key",
]));

/// Letters and digits that touch each other.
struct Chunk {
    start: usize,
    end: usize,
    text: String,
}

impl Chunk {
    /// The hexadecimal digits, without 0x.
    fn hex(&self) -> Option<String> {
        let lower = self.text.to_ascii_lowercase();
        let digits = lower.strip_prefix("0x").unwrap_or(&lower);
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| digits.to_owned())
    }

    fn is_address(&self) -> bool {
        let prefixed = self.text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x"));
        self.hex().is_some_and(|h| {
            h.len() == ADDRESS_DIGITS && (prefixed || h.bytes().any(|b| b.is_ascii_alphabetic()))
        })
    }

    fn is_base58(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b))
    }

    /// Upper-case, lower-case and digits: two of the three.
    fn is_mixed(&self) -> bool {
        let has = |f: fn(&u8) -> bool| usize::from(self.text.bytes().any(|b| f(&b)));
        has(u8::is_ascii_uppercase) + has(u8::is_ascii_lowercase) + has(u8::is_ascii_digit) >= 2
    }
}

/// Whether keys are spoken of.
pub(super) fn speaks_of_keys(tokens: &[Token]) -> bool {
    (0..tokens.len()).any(|i| {
        TALK.at(tokens, i).is_some()
            || matches!(tokens.get(i), Some(Token { kind: Kind::Mark(Some(SecretKind::PrivateKey)), .. }))
    })
}

/// Finds the keys. `context` is what was said before.
pub(super) fn find(glyphs: &[Glyph], tokens: &[Token], context: Context) -> Vec<Hit> {
    let talk = context.key || speaks_of_keys(tokens);
    let chunks = chunks(glyphs);
    let mut hits = Vec::new();
    for (i, chunk) in chunks.iter().enumerate() {
        hits.extend(extended(&chunks, i).or_else(|| whole(chunk, talk)));
    }
    groups(glyphs, &chunks, talk, &mut hits);
    spoken(tokens, talk, &mut hits);
    hits
}

fn chunks(glyphs: &[Glyph]) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for (i, g) in glyphs.iter().enumerate() {
        if !g.raw.is_ascii_alphanumeric() {
            continue;
        }
        match chunks.last_mut().filter(|c| c.end == i) {
            Some(chunk) => {
                chunk.text.push(g.raw);
                chunk.end = i + 1;
            }
            None => chunks.push(Chunk { start: i, end: i + 1, text: g.raw.to_string() }),
        }
    }
    chunks
}

/// BIP-32 keys and their kin (SLIP-132): xprv, yprv, zprv, tprv, and what follows in groups.
fn extended(chunks: &[Chunk], at: usize) -> Option<Hit> {
    let chunk = chunks.get(at)?;
    let lower = chunk.text.get(..chunk.text.len().min(4))?.to_ascii_lowercase();
    let (kind, after) = lower.split_at_checked(1)?;
    if after != "prv" || !"xyztuvl".contains(kind) {
        return None;
    }
    let mut length = chunk.text.len();
    let mut end = chunk.end;
    for next in chunks.get(at + 1..)? {
        if length >= EXTENDED || next.start - end > GROUP_GAP || next.text.len() < 3 || !next.is_mixed() {
            break;
        }
        length += next.text.len();
        end = next.end;
    }
    (length >= EXTENDED_MIN).then_some(Hit {
        kind: SecretKind::ExtendedKey,
        start: chunk.start,
        end,
        certain: length >= EXTENDED - 11,
    })
}

/// A key in one piece.
fn whole(chunk: &Chunk, talk: bool) -> Option<Hit> {
    let hit =
        |certain| Some(Hit { kind: SecretKind::PrivateKey, start: chunk.start, end: chunk.end, certain });
    let n = chunk.text.len();
    if let Some(hex) = chunk.hex().filter(|_| !chunk.is_address()) {
        let digits = hex.bytes().filter(u8::is_ascii_digit).count();
        let part = talk && hex.len() >= HEX_PART && digits > 0;
        if HEX_DIGITS.contains(&hex.len()) || HEX_LONG.contains(&hex.len()) || part {
            return hit(talk && hex.len() >= *HEX_DIGITS.start());
        }
    }
    let head = |p: &str| chunk.text.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p));
    // Nostr (NIP-19), Sui (SIP-15), age.
    if head("nsec1") && n >= 40 || head("suiprivkey1") && n >= 50 || head("edsk") && n >= 50 {
        return hit(true);
    }
    // Stellar (SEP-23): S and 55 characters of base32.
    if n == 56
        && chunk.text.starts_with('S')
        && chunk.text.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b))
    {
        return hit(true);
    }
    if chunk.is_base58() && chunk.is_mixed() && chunk.text.bytes().any(|b| b.is_ascii_uppercase()) {
        let first = chunk.text.chars().next()?;
        match n {
            // Wallet import format, for mainnet and testnet.
            50..=53 => return hit(talk || matches!((n, first), (51, '5' | '9') | (52, 'K' | 'L' | 'c'))),
            // BIP-38.
            58 if chunk.text.starts_with("6P") => return hit(true),
            // A secret key of Solana, or a signature.
            86..=89 => return hit(talk),
            _ if talk && n > 44 => return hit(false),
            _ => {}
        }
    }
    None
}

/// A key in groups: "4f9a 12bc …", or base58 where keys are spoken of.
fn groups(glyphs: &[Glyph], chunks: &[Chunk], talk: bool, hits: &mut Vec<Hit>) {
    let mut at = 0;
    while at < chunks.len() {
        let mut hex = String::new();
        let mut end = at;
        while let Some(chunk) = chunks.get(end).filter(|c| end == at || near(glyphs, chunks, end, c)) {
            let Some(part) = chunk.hex().filter(|h| h.len() <= 64 && !chunk.is_address()) else { break };
            hex.push_str(&part);
            end += 1;
        }
        let letters = hex.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = hex.len() - letters;
        let groups = end - at;
        let mixed = letters >= 3 && digits >= 6;
        let key = groups >= 2
            && (hex.len() >= *HEX_DIGITS.start() && mixed
                || talk && hex.len() >= HEX_PART && letters >= 2 && digits >= 2);
        if key {
            push(chunks, at, end, talk && hex.len() >= *HEX_DIGITS.start(), hits);
        }
        let next = if groups > 0 { end } else { at + 1 };
        if talk && groups == 0 {
            let mut end = at;
            let mut length = 0;
            while let Some(chunk) = chunks
                .get(end)
                .filter(|c| (end == at || near(glyphs, chunks, end, c)) && c.is_base58() && c.is_mixed())
            {
                length += chunk.text.len();
                end += 1;
            }
            if end > at + 1 && length >= 30 {
                push(chunks, at, end, false, hits);
                at = end;
                continue;
            }
        }
        at = next;
    }
}

fn push(chunks: &[Chunk], at: usize, end: usize, certain: bool, hits: &mut Vec<Hit>) {
    if let (Some(first), Some(last)) = (chunks.get(at), chunks.get(end.wrapping_sub(1))) {
        hits.push(Hit { kind: SecretKind::PrivateKey, start: first.start, end: last.end, certain });
    }
}

/// Whether a chunk is separated from the one before by nothing but a few separators.
fn near(glyphs: &[Glyph], chunks: &[Chunk], at: usize, chunk: &Chunk) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|b| chunks.get(b)) else { return false };
    chunk.start - before.end <= GROUP_GAP
        && glyphs.get(before.end..chunk.start).unwrap_or_default().iter().all(|g| " \n-:,._|".contains(g.c))
}

/// A hexadecimal digit, or several, at a token: said, spelled, or written.
fn nibbles(token: &Token) -> Option<(String, bool)> {
    match token.kind {
        Kind::Number => Some((token.text.clone(), false)),
        Kind::Han(c) => han_digit(c).map(|d| (d.to_owned(), true)),
        Kind::Word => {
            let letter = match token.text.as_str() {
                "a" | "ay" | "alpha" | "alfa" | "hay" => "a",
                "b" | "be" | "bee" | "bravo" => "b",
                "c" | "see" | "sea" | "charlie" => "c",
                "d" | "dee" | "delta" => "d",
                "e" | "ee" | "echo" => "e",
                "f" | "eff" | "ef" | "foxtrot" => "f",
                "x" | "ex" => "",
                "oh" | "o" => "0",
                "for" => "4",
                "to" | "too" => "2",
                "ate" => "8",
                "won" => "1",
                text => {
                    return spoken_digit(text).map(|d| (d.to_owned(), true)).or_else(|| {
                        let hex = text.len() <= 4 && text.bytes().all(|b| b.is_ascii_hexdigit());
                        hex.then(|| (text.to_owned(), false))
                    });
                }
            };
            Some((letter.to_owned(), true))
        }
        _ => None,
    }
}

/// Where the piece of touching letters and figures at `at` ends, if it is too long to be read out: an address, say.
fn piece_after(tokens: &[Token], at: usize) -> Option<usize> {
    let letters = |i: usize| tokens.get(i).filter(|t| matches!(t.kind, Kind::Word | Kind::Number));
    let mut length = letters(at)?.text.len();
    let mut end = at + 1;
    while let Some(next) = letters(end).filter(|t| !t.spaced) {
        length += next.text.len();
        end += 1;
    }
    (end > at + 1 && length > 4).then_some(end)
}

/// A key that is read out digit by digit.
fn spoken(tokens: &[Token], talk: bool, hits: &mut Vec<Hit>) {
    let mut at = 0;
    while at < tokens.len() {
        let mut hex = String::new();
        let mut end = at;
        let mut last = at;
        let mut said = 0;
        while let Some(token) = tokens.get(end) {
            if let Some(after) = piece_after(tokens, end) {
                if end == at {
                    end = after;
                }
                break;
            }
            let times = if token.is_word("double") { 2 } else { usize::from(token.is_word("triple")) * 3 };
            if times > 0
                && let Some((digit, _)) = tokens.get(end + 1).and_then(nibbles)
            {
                hex.push_str(&digit.repeat(times));
                said += 1;
                end += 2;
                last = end;
            } else if let Some((digits, spoken)) = nibbles(token) {
                hex.push_str(&digits);
                said += usize::from(spoken);
                end += 1;
                last = end;
            } else if last > at && last == end && token.is_punct("-.,、_") {
                end += 1;
            } else {
                break;
            }
        }
        let letters = hex.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = hex.len() - letters;
        let whole = hex.len() >= SPOKEN_WHOLE && letters >= 3 && digits >= 6
            || hex.len() >= *HEX_DIGITS.start() && digits > 20;
        let part = talk && hex.len() >= SPOKEN_PART && digits >= 3;
        if said * 3 >= (last - at).max(1)
            && said >= 4
            && (whole || part)
            && let (Some(first), Some(last)) = (tokens.get(at), tokens.get(last - 1))
        {
            hits.push(Hit {
                kind: SecretKind::PrivateKey,
                start: first.start,
                end: last.end,
                certain: talk && whole,
            });
        }
        at = end.max(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn found(text: &str) -> Vec<(SecretKind, String, bool)> {
        let (glyphs, _) = fold(text, 10_000);
        let hits = find(&glyphs, &tokens(&glyphs), Context::default());
        hits.iter()
            .map(|h| (h.kind, glyphs[h.start..h.end].iter().map(|g| g.raw).collect(), h.certain))
            .collect()
    }

    const HEX: &str = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d";

    #[test]
    fn hexadecimal_keys_are_found() {
        assert_eq!(found(&format!("see 0x{HEX}.")), [(SecretKind::PrivateKey, format!("0x{HEX}"), false)]);
        assert_eq!(found(&format!("private key {HEX}")), [(SecretKind::PrivateKey, HEX.into(), true)]);
        let grouped: Vec<&str> = (0..16).map(|i| &HEX[i * 4..i * 4 + 4]).collect();
        assert_eq!(found(&grouped.join(" ")).len(), 1);
        assert_eq!(found(&format!("my private key starts with {}", &HEX[..20])).len(), 1);
    }

    #[test]
    fn keys_that_are_read_out_are_found() {
        let said = "four f three e d f nine eight three a c six three six a six five a eight four two c e seven c seven eight d nine a a seven";
        let keys = found(&format!("it goes zero x {said} ok"));
        assert_eq!(keys.iter().map(|k| k.1.as_str()).collect::<Vec<_>>(), [format!("zero x {said}")]);
    }

    #[test]
    fn other_writings_are_found() {
        let wif = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
        assert_eq!(found(wif), [(SecretKind::PrivateKey, wif.into(), true)]);
        let xprv = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
        assert_eq!(found(xprv), [(SecretKind::ExtendedKey, xprv.into(), true)]);
    }

    #[test]
    fn what_is_public_is_left_alone() {
        for text in [
            "send it to 0x52908400098527886E0F7030069857D2E4169EE7 please",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "never share your private key; 0x52908400098527886E0F7030069857D2E4169EE7 is my address",
            "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
            "a bad cafe, a dad, be fed",
            "gate 12, then 34, then 56",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
