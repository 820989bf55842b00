//! Splits an answer into pieces that are spoken one after the other, so that the first is heard at once.

use std::ops::Range;

/// A piece is at most this long, in characters: longer sentences are cut at a comma or a space.
pub const MAX_PIECE_CHARS: usize = 220;
/// The first piece is cut at a comma when it is longer than this, so that sound begins early.
const FIRST_PIECE_CHARS: usize = 90;
/// A piece cut at a comma has at least this many characters.
const MIN_CUT_CHARS: usize = 16;

/// Words after which a full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "etc", "mr", "mrs", "ms", "dr", "prof", "jr", "sr", "st", "ave", "rd", "vs", "approx",
    "inc", "ltd", "co", "corp", "dept", "incl", "excl", "tel", "min", "max", "fig", "vol", "nr",
];
/// These, too, when a number follows: "No. 5", and not "The answer is no."
const BEFORE_NUMBERS: &[&str] =
    &["no", "nos", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"];

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Bytes in the text.
    pub bytes: Range<usize>,
    /// Characters in the text, which is what captions and `spoken` events count.
    pub chars: Range<usize>,
}

/// The pieces of a text, in order. Together they cover everything that can be spoken.
pub fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in sentence_ends(text) {
        cut_long(text, start..end, pieces.is_empty(), &mut pieces);
        start = end;
    }
    cut_long(text, start..text.len(), pieces.is_empty(), &mut pieces);
    let mut chars = 0;
    let mut at = 0;
    pieces
        .into_iter()
        .map(|bytes| {
            chars += count(text, at..bytes.start);
            let from = chars;
            chars += count(text, bytes.clone());
            at = bytes.end;
            Piece { bytes, chars: from..chars }
        })
        .collect()
}

fn count(text: &str, bytes: Range<usize>) -> usize {
    text.get(bytes).map_or(0, |s| s.chars().count())
}

/// Byte positions behind the end of each sentence, the closing quotes and brackets with it.
fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((i, c)) = characters.next() {
        let ended = match c {
            '\n' | '。' | '！' | '？' | '；' => true,
            '!' | '?' | '…' => next_is_break(text, i + c.len_utf8()),
            '.' => {
                let (before, after) =
                    (text.get(..i).unwrap_or_default(), text.get(i + 1..).unwrap_or_default());
                next_is_break(text, i + 1) && !is_abbreviation(before, after)
            }
            _ => false,
        };
        if !ended {
            continue;
        }
        let mut end = i + c.len_utf8();
        while let Some((j, next)) = characters.peek().copied() {
            if !matches!(
                next,
                '"' | '\'' | '”' | '’' | '」' | '』' | ')' | '）' | '!' | '?' | '.' | '。' | '！' | '？'
            ) {
                break;
            }
            end = j + next.len_utf8();
            characters.next();
        }
        ends.push(end);
    }
    ends
}

fn next_is_break(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_none_or(|c| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '”' | '’' | ')' | '!' | '?' | '.') || !c.is_ascii()
    })
}

fn is_abbreviation(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let lower = word.to_lowercase();
    // Single letters are initials; "3." at the beginning of a line numbers a list.
    let number_follows = after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    ABBREVIATIONS.contains(&lower.as_str())
        || (number_follows && BEFORE_NUMBERS.contains(&lower.as_str()))
        || (word.chars().count() == 1 && word != "I" && word.chars().all(char::is_alphabetic))
        || (!word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) && word.len() <= 2 && {
            let line = before.rsplit('\n').next().unwrap_or_default();
            line.trim() == word
        })
}

fn cut_long(text: &str, range: Range<usize>, first: bool, pieces: &mut Vec<Range<usize>>) {
    let Some(sentence) = text.get(range.clone()) else { return };
    let start = range.start + (sentence.len() - sentence.trim_start().len());
    let sentence = sentence.trim();
    if !sentence.chars().any(char::is_alphanumeric) {
        // Only marks: they belong to what came before, and are not spoken.
        return;
    }
    let limit = if first { FIRST_PIECE_CHARS } else { MAX_PIECE_CHARS };
    if sentence.chars().count() > limit
        && let Some(cut) = cut_place(sentence, first)
    {
        let head = start..start + cut;
        let tail = start + cut..start + sentence.len();
        pieces.push(trimmed(text, head));
        return cut_long(text, tail, false, pieces);
    }
    pieces.push(start..start + sentence.len());
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    range.start..range.start + part.trim_end().len()
}

/// Where to cut a long sentence, in bytes: for the first piece at its first comma; else at the last comma, or the last
/// space, that keeps the piece short enough. A first piece without a comma is left whole unless it is far too long.
fn cut_place(sentence: &str, first: bool) -> Option<usize> {
    let is_comma = |c: char| matches!(c, ',' | ';' | ':' | '，' | '；' | '：' | '、' | '–' | '—');
    let mut comma = None;
    let mut space = None;
    for (n, (i, c)) in sentence.char_indices().enumerate() {
        if n >= MAX_PIECE_CHARS {
            return comma.or(space).or(Some(i));
        }
        let end = i + c.len_utf8();
        // A comma between digits belongs to a number.
        let in_number =
            sentence.get(end..).and_then(|s| s.chars().next()).is_some_and(|next| next.is_ascii_digit());
        if n >= MIN_CUT_CHARS && is_comma(c) && !in_number {
            comma = Some(end);
            if first && sentence.get(end..).is_some_and(|rest| rest.chars().count() >= MIN_CUT_CHARS) {
                return comma;
            }
        }
        if c.is_whitespace() {
            space = Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|p| text.get(p.bytes).unwrap()).collect()
    }

    #[test]
    fn sentences_end_where_they_end() {
        let cases: [(&str, &[&str]); 11] = [
            ("Hello. How are you?", &["Hello.", "How are you?"]),
            ("It costs 3.50 today. Yes!", &["It costs 3.50 today.", "Yes!"]),
            ("See e.g. the list. Done", &["See e.g. the list.", "Done"]),
            ("Take No. 5 on Nov. 23. Go.", &["Take No. 5 on Nov. 23.", "Go."]),
            ("The answer is no. Sorry, Prof. Tan.", &["The answer is no.", "Sorry, Prof. Tan."]),
            ("Go to example.com now.", &["Go to example.com now."]),
            ("你好！请问您需要什么帮助？谢谢。", &["你好！", "请问您需要什么帮助？", "谢谢。"]),
            ("He said \"Stop!\" Then he left.", &["He said \"Stop!\"", "Then he left."]),
            ("1. Open it.\n2. Close it.", &["1. Open it.", "2. Close it."]),
            ("Wait... what?!", &["Wait...", "what?!"]),
            (" \n … ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_first_sentence_begins_with_a_short_piece() {
        let text = "To get your wallet back, you need the twelve words that you wrote down when you made it, and nothing else at all.";
        let pieces = texts(text);
        assert_eq!(pieces[0], "To get your wallet back,");
        assert_eq!(pieces.len(), 2);
    }

    #[test]
    fn positions_count_characters() {
        let text = "你好。 Hello there. 再见";
        let pieces = split(text);
        assert_eq!(pieces.len(), 3);
        let characters: Vec<char> = text.chars().collect();
        for piece in &pieces {
            let by_chars: String = characters[piece.chars.clone()].iter().collect();
            assert_eq!(by_chars, text[piece.bytes.clone()]);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(text in "[a-z0-9 .,!?。，你好\n]{0,600}") {
            let pieces = split(&text);
            let mut covered = vec![false; text.len()];
            let mut last = 0;
            for piece in &pieces {
                assert!(piece.bytes.start >= last);
                last = piece.bytes.end;
                assert!(piece.chars.len() <= MAX_PIECE_CHARS, "{piece:?}");
                covered[piece.bytes.clone()].fill(true);
            }
            for (i, c) in text.char_indices() {
                assert!(covered[i] || !c.is_alphanumeric(), "{c} at {i}");
            }
        }
    }
}
