//! A text as the finders read it, made once for all of them.

use super::{
    fold::{Glyph, MARK, fold},
    token::{Token, tokens},
    unit::{Unit, units},
};

/// The longest text that is read, in characters; the rest is removed unread.
pub const TEXT_MAX_CHARS: usize = 16 * 1024;

/// Folded characters, what they are cut into, and what that is to a seed phrase.
pub(super) struct Reading {
    pub glyphs: Vec<Glyph>,
    pub tokens: Vec<Token>,
    pub units: Vec<Unit>,
    /// The byte from which on nothing was read, if the text is too long.
    pub cut: Option<usize>,
}

impl Reading {
    pub fn of(text: &str) -> Self {
        let (mut glyphs, read) = fold(text, TEXT_MAX_CHARS);
        let cut = (read < text.len()).then_some(read);
        if let Some(start) = cut {
            glyphs.push(Glyph { c: MARK, raw: MARK, start, end: text.len(), mark: None });
        }
        Self::new(glyphs, cut)
    }

    /// The same text with other glyphs.
    pub fn with(&self, glyphs: Vec<Glyph>) -> Self {
        Self::new(glyphs, self.cut)
    }

    fn new(glyphs: Vec<Glyph>, cut: Option<usize>) -> Self {
        let tokens = tokens(&glyphs);
        let units = units(&tokens);
        Self { glyphs, tokens, units, cut }
    }
}
