//! Cuts folded text into tokens: words, numbers, single Chinese characters, marks, punctuation.

use super::{
    fold::{Glyph, MARK},
    secret::SecretKind,
};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of any script but Chinese, with inner apostrophes.
    Word,
    /// ASCII digits.
    Number,
    /// One Chinese character.
    Han(char),
    /// A mark that is there already.
    Mark(Option<SecretKind>),
    Punct(char),
}

/// One token: glyphs `start..end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// Folded and lower-case.
    pub text: String,
    /// Of the text: it is looked for in many lists.
    pub hash: u64,
    pub start: usize,
    pub end: usize,
    /// Whether white space comes before it.
    pub spaced: bool,
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    pub fn one_of(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.contains(&self.text.as_str())
    }

    pub fn is_punct(&self, marks: &str) -> bool {
        matches!(self.kind, Kind::Punct(c) if marks.contains(c))
    }

    pub fn han(&self) -> Option<char> {
        match self.kind {
            Kind::Han(c) => Some(c),
            _ => None,
        }
    }
}

/// Whether this is a Chinese character (the digit zero 〇 too).
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

/// Cuts glyphs into tokens.
pub(super) fn tokens(glyphs: &[Glyph]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut spaced = false;
    let mut at = 0;
    while let Some(g) = glyphs.get(at) {
        if g.c == ' ' || g.c == '\n' {
            spaced = true;
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        let kind = if g.c == MARK {
            Kind::Mark(g.mark)
        } else if is_han(g.c) {
            Kind::Han(g.c)
        } else if g.c.is_ascii_digit() {
            while glyphs.get(at).is_some_and(|g| g.c.is_ascii_digit()) {
                at += 1;
            }
            Kind::Number
        } else if letter(g.c) {
            while let Some(g) = glyphs.get(at) {
                let inner = g.c == '\'' && glyphs.get(at + 1).is_some_and(|g| letter(g.c));
                if !letter(g.c) && !inner {
                    break;
                }
                at += 1;
            }
            Kind::Word
        } else {
            Kind::Punct(g.c)
        };
        let text: String = glyphs.get(start..at).unwrap_or_default().iter().map(|g| g.c).collect();
        let hash = hash(&text);
        tokens.push(Token { kind, text, hash, start, end: at, spaced });
        spaced = false;
    }
    tokens
}

/// FNV-1a: a few letters are hashed faster than by a hash that withstands attackers, who could win nothing here.
pub(super) fn hash(text: &str) -> u64 {
    hash_of([text])
}

/// The hash of pieces that stand behind each other.
pub(super) fn hash_of<const N: usize>(pieces: [&str; N]) -> u64 {
    let bytes = pieces.into_iter().flat_map(str::bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn letter(c: char) -> bool {
    c.is_alphabetic() && !is_han(c)
}

#[cfg(test)]
mod tests {
    use super::{super::fold::fold, *};

    #[test]
    fn words_numbers_characters_and_punctuation_are_apart() {
        let (glyphs, _) = fold("Don't pay 12.5 给我", 100);
        let texts: Vec<_> = tokens(&glyphs).into_iter().map(|t| t.text).collect();
        assert_eq!(texts, ["don't", "pay", "12", ".", "5", "给", "我"]);
    }
}
