//! Folds a text to plain lower-case characters that remember where they came from.
//!
//! Full-width and mathematical letters, accents, zero-width characters and Cyrillic or Greek look-alikes must not
//! hide a secret. Marks that are in the text already become one glyph each, so that they are never read as words.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::secret::{SecretKind, cut_mark};

/// One folded character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Folded and lower-case; [`MARK`] for a mark.
    pub c: char,
    /// Folded with its case.
    pub raw: char,
    /// Bytes of the original that it came from.
    pub start: usize,
    pub end: usize,
    /// Of which kind a mark is; nothing for the mark of a cut.
    pub mark: Option<SecretKind>,
}

/// Stands for a mark. The same character in a text is replaced, so it cannot be forged.
pub(super) const MARK: char = '\u{F0000}';

/// At most this many folded characters come from one (a ligature such as U+FDFA makes 18).
const EXPANSION_MAX: usize = 20;

/// Folds `text`; at most `max` glyphs. The second value is the byte at which folding stopped, the length of the text
/// if it did not.
pub(super) fn fold(text: &str, max: usize) -> (Vec<Glyph>, usize) {
    let mut glyphs = Vec::with_capacity(text.len().min(max));
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let end = at + c.len_utf8();
        if let Some((mark, len)) = mark_at(text, at, c) {
            if glyphs.len() >= max && !(mark.is_none() && at + len == text.len()) {
                return (glyphs, at);
            }
            glyphs.push(Glyph { c: MARK, raw: MARK, start: at, end: at + len, mark });
            at += len;
            continue;
        }
        if !invisible(c) {
            if glyphs.len() >= max {
                return (glyphs, at);
            }
            push(&mut glyphs, c, at, end);
        }
        at = end;
    }
    (glyphs, text.len())
}

fn push(glyphs: &mut Vec<Glyph>, c: char, start: usize, end: usize) {
    let mut one = |c: char| {
        let raw = plain(c);
        let lower = raw.to_lowercase().next().map_or(raw, plain);
        glyphs.push(Glyph { c: lower, raw, start, end, mark: None });
    };
    if c.is_ascii() {
        one(c);
    } else if c.is_whitespace() {
        one(if c == '\u{2028}' || c == '\u{2029}' || c == '\u{85}' { '\n' } else { ' ' });
    } else {
        let parts = std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c) && !invisible(*c));
        parts.take(EXPANSION_MAX).for_each(|c| one(if c.is_whitespace() { ' ' } else { c }));
    }
}

/// The mark that begins at this byte and its length.
fn mark_at(text: &str, at: usize, c: char) -> Option<(Option<SecretKind>, usize)> {
    if c != '[' && c != '［' {
        return None;
    }
    let rest = text.get(at..)?;
    for chinese in [false, true] {
        for kind in SecretKind::ALL {
            let mark = kind.mark(chinese);
            if rest.starts_with(mark) {
                return Some((Some(kind), mark.len()));
            }
        }
        if rest.starts_with(cut_mark(chinese)) {
            return Some((None, cut_mark(chinese).len()));
        }
    }
    None
}

/// Characters without width, of writing direction, variation selectors, tags.
fn invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
        || is_combining_mark(c)
}

/// The Latin letter that this letter looks like, and a few kinds of punctuation in their plain form.
fn plain(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'ь' => 'b',
        'с' | 'ϲ' => 'c',
        'С' | 'Ϲ' => 'C',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' => 'e',
        'Е' | 'Ε' => 'E',
        'ɡ' => 'g',
        'һ' => 'h',
        'Н' | 'Η' => 'H',
        'і' | 'ι' | 'ı' => 'i',
        'І' | 'Ι' => 'I',
        'ј' => 'j',
        'Ј' => 'J',
        'к' | 'κ' => 'k',
        'К' | 'Κ' => 'K',
        'ӏ' | 'ⅼ' => 'l',
        'м' => 'm',
        'М' | 'Μ' => 'M',
        'п' | 'η' => 'n',
        'Ν' => 'N',
        'о' | 'ο' | 'օ' => 'o',
        'О' | 'Ο' => 'O',
        'р' | 'ρ' => 'p',
        'Р' | 'Ρ' => 'P',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'Ѕ' => 'S',
        'т' | 'τ' => 't',
        'Т' | 'Τ' => 'T',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'Х' | 'Χ' => 'X',
        'у' | 'γ' => 'y',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        '‘' | '’' | 'ʼ' | '`' | '´' => '\'',
        '‐'..='―' | '−' | '－' => '-',
        '，' => ',',
        '。' => '.',
        '：' => ':',
        MARK => '\u{FFFD}',
        '\r' => '\n',
        '\t' | '\u{B}' | '\u{C}' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text, 1000).0.iter().map(|g| g.c).collect()
    }

    #[test]
    fn disguises_are_taken_off() {
        assert_eq!(folded("Ａｂａｎｄｏｎ"), "abandon");
        assert_eq!(folded("ab\u{200B}an\u{200D}don\u{FEFF}"), "abandon");
        assert_eq!(folded("аbаndоn"), "abandon");
        assert_eq!(folded("𝐚𝐛𝐚𝐧𝐝𝐨𝐧 àb ①"), "abandon ab 1");
    }

    #[test]
    fn marks_are_one_glyph_and_cannot_be_forged() {
        let (glyphs, _) = fold("a［助记词已移除］[rest removed]\u{F0000}", 1000);
        assert_eq!(glyphs.len(), 4);
        assert_eq!(glyphs[1].mark, Some(SecretKind::SeedPhrase));
        assert_eq!(glyphs[2].mark, None);
        assert_ne!(glyphs[3].c, MARK);
    }

    #[test]
    fn glyphs_know_their_bytes() {
        let (glyphs, end) = fold("xｙz", 1000);
        assert_eq!((glyphs[1].start, glyphs[1].end, end), (1, 4, 5));
        assert_eq!(fold("abcd", 2), (fold("ab", 9).0, 2));
    }
}
