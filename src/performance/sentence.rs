//! Splits a text into sentences: English, Chinese, and both mixed.

/// A sentence longer than this is cut at a comma or a space, so that the voice can begin early.
pub const SENTENCE_MAX_CHARS: usize = 220;

/// Words before whose full stop no sentence ends, in lower case and without it.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "mr", "mrs", "ms", "dr", "prof", "st", "vs", "no", "nr", "approx", "ca", "cf", "fig",
    "vol", "inc", "ltd", "co", "jr", "sr", "dept", "est", "max", "min", "incl", "excl",
];

/// Abbreviations that may also end a sentence: they do when a capital letter follows.
const MAYBE_LAST: &[&str] = &["etc", "a.m", "p.m", "inc", "ltd", "co", "jr", "sr"];

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Without white space at its ends.
    pub text: String,
    /// Where it begins in the whole text, in characters.
    pub start: u32,
    /// A line break follows.
    pub ends_paragraph: bool,
}

/// Splits a text into sentences. Decimals (1.5), addresses (example.org), abbreviations (e.g.), initials (J. Smith) and
/// numbers of lists (1.) stay whole.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut start = 0;
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let mut end = i + 1;
        let ends = match c {
            '\n' | '\r' => true,
            '。' | '！' | '？' | '；' | '…' | '!' | '?' | '.' => {
                while chars.get(end).is_some_and(|n| ".!?。！？…".contains(*n)) {
                    end += 1;
                }
                let last = end - 1;
                while chars.get(end).is_some_and(|n| closes(*n)) {
                    end += 1;
                }
                stops(&chars, start, last, end)
            }
            _ => false,
        };
        if ends {
            push(&chars, start, end, &mut found);
            start = end;
        }
        i = end;
    }
    push(&chars, start, chars.len(), &mut found);
    found
}

/// The text from the first to the last of these sentences as one.
pub(super) fn join(text: &str, sentences: &[Sentence]) -> Option<Sentence> {
    let (first, last) = (sentences.first()?, sentences.last()?);
    let length = last.start as usize + last.text.chars().count() - first.start as usize;
    let text = text.chars().skip(first.start as usize).take(length).collect();
    Some(Sentence { text, start: first.start, ends_paragraph: last.ends_paragraph })
}

fn closes(c: char) -> bool {
    "\"'”’)]）」』》】».".contains(c) && c != '.'
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Whether the mark at `last`, with what closes up to `end`, stops the sentence that began at `start`.
fn stops(chars: &[char], start: usize, last: usize, end: usize) -> bool {
    let mark = chars.get(last).copied().unwrap_or(' ');
    if "。！？；".contains(mark) {
        return true;
    }
    let Some(&next) = chars.get(end) else { return true };
    if is_han(next) {
        // "3.5万" stays whole, "OK.好的" does not.
        return !(mark == '.' && last > start && chars.get(last - 1).is_some_and(char::is_ascii_digit));
    }
    if !next.is_whitespace() {
        return false;
    }
    let follows = chars.iter().skip(end).find(|c| !c.is_whitespace()).copied();
    let lower = follows.is_some_and(char::is_lowercase);
    match mark {
        '!' | '?' => !lower || chars.get(end.wrapping_sub(1)).is_none_or(|c| !closes(*c)),
        '…' => !lower,
        _ if last > start && chars.get(last - 1) == Some(&'.') => !lower,
        _ => !lower && !is_abbreviated(chars, start, last, follows),
    }
}

/// Whether the full stop at `dot` belongs to the word before it.
fn is_abbreviated(chars: &[char], start: usize, dot: usize, follows: Option<char>) -> bool {
    let sentence = chars.get(start..dot).unwrap_or_default();
    let before =
        sentence.iter().rposition(|c| c.is_whitespace() || "(\"“‘'（".contains(*c)).map_or(0, |p| p + 1);
    let word: String =
        sentence.get(before..).unwrap_or_default().iter().flat_map(|c| c.to_lowercase()).collect();
    let capital = follows.is_none_or(|c| c.is_uppercase() || is_han(c));
    if MAYBE_LAST.contains(&word.as_str()) {
        return !capital;
    }
    // "No." is a number's abbreviation only when a number follows.
    if word == "no" {
        return follows.is_some_and(|c| c.is_ascii_digit());
    }
    let initial =
        word.chars().count() == 1 && word != "i" && sentence.get(before).is_some_and(|c| c.is_uppercase());
    let list_number = !word.is_empty()
        && word.len() <= 2
        && word.bytes().all(|b| b.is_ascii_digit())
        && is_blank(sentence, before);
    initial || list_number || ABBREVIATIONS.contains(&word.as_str())
}

fn is_blank(sentence: &[char], before: usize) -> bool {
    sentence.iter().take(before).all(|c| c.is_whitespace())
}

/// Adds the trimmed stretch, cut where it is too long.
fn push(chars: &[char], mut start: usize, end: usize, found: &mut Vec<Sentence>) {
    let ends_paragraph = chars.get(start..end).is_some_and(|s| s.contains(&'\n'));
    if ends_paragraph && let Some(last) = found.last_mut() {
        let blank = chars.get(start..end).unwrap_or_default().iter().all(|c| c.is_whitespace());
        last.ends_paragraph |= blank;
    }
    loop {
        while start < end && chars.get(start).is_some_and(|c| c.is_whitespace()) {
            start += 1;
        }
        if start >= end {
            return;
        }
        let cut = cut(chars, start, end);
        let text: String = chars.get(start..cut).unwrap_or_default().iter().collect();
        found.push(Sentence {
            text: text.trim_end().to_owned(),
            start: u32::try_from(start).unwrap_or(u32::MAX),
            ends_paragraph: ends_paragraph && cut == end,
        });
        start = cut;
    }
}

/// Where to end the piece that begins at `start`: `end`, or earlier when that is too far.
fn cut(chars: &[char], start: usize, end: usize) -> usize {
    if end - start <= SENTENCE_MAX_CHARS {
        return end;
    }
    let piece = chars.get(start..start + SENTENCE_MAX_CHARS).unwrap_or_default();
    let late = SENTENCE_MAX_CHARS / 3;
    let at = |wanted: &dyn Fn(char) -> bool| piece.iter().rposition(|c| wanted(*c)).filter(|p| *p > late);
    let found = at(&|c| "，、：；".contains(c))
        .or_else(|| piece.windows(2).rposition(|w| matches!(w, [',' | ';' | ':', ' '])).filter(|p| *p > late))
        .or_else(|| at(&char::is_whitespace));
    start + found.map_or(SENTENCE_MAX_CHARS, |p| p + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        sentences(text).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn sentences_end_at_their_marks() {
        assert_eq!(split("Hello! How are you? Fine."), ["Hello!", "How are you?", "Fine."]);
        assert_eq!(split("您好！有什么可以帮您？请说。"), ["您好！", "有什么可以帮您？", "请说。"]);
        assert_eq!(split("Use a wallet.然后备份。"), ["Use a wallet.", "然后备份。"]);
        assert_eq!(split("no mark at the end"), ["no mark at the end"]);
        assert_eq!(split(" \n "), Vec::<String>::new());
    }

    #[test]
    fn numbers_addresses_and_abbreviations_stay_whole() {
        for whole in [
            "It costs 1.5 coins.",
            "See example.org/a.b?c=d for more.",
            "Use a wallet, e.g. a hardware wallet.",
            "Ask Dr. Smith or J. Doe.",
            "Open from 9 a.m. to 5 p.m. every day.",
            "费用大约3.5万。",
            "Version 2.0.1 is out.",
            "See No. 5 on the map.",
            "Wait... it comes.",
            "1. Open the app.",
        ] {
            assert_eq!(split(whole), [whole]);
        }
        assert_eq!(split("Keys, coins, etc. Then go."), ["Keys, coins, etc.", "Then go."]);
        assert_eq!(split("No. That is wrong."), ["No.", "That is wrong."]);
        assert_eq!(split("You and I. We go."), ["You and I.", "We go."]);
    }

    #[test]
    fn closing_marks_belong_to_their_sentence() {
        assert_eq!(split("He said “stop.” Then he left."), ["He said “stop.”", "Then he left."]);
        assert_eq!(split("他说：“好的。”然后走了。"), ["他说：“好的。”", "然后走了。"]);
        assert_eq!(split("What?! Really…"), ["What?!", "Really…"]);
        assert_eq!(split("\"Why?\" she asked."), ["\"Why?\" she asked."]);
    }

    #[test]
    fn lines_are_paragraphs() {
        let found = sentences("One.\nTwo. Three.\n\nFour");
        let ends: Vec<_> = found.iter().map(|s| (s.text.as_str(), s.start, s.ends_paragraph)).collect();
        assert_eq!(ends, [("One.", 0, true), ("Two.", 5, false), ("Three.", 10, true), ("Four", 18, false)]);
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_comma_or_a_space() {
        let text = format!("{}, and then more words", "word ".repeat(42).trim_end());
        let parts = split(&text);
        assert!(parts.len() == 2 && parts[0].ends_with(','), "{parts:?}");
        let parts = split(&"好".repeat(500));
        assert!(parts.iter().all(|p| p.chars().count() <= SENTENCE_MAX_CHARS));
        assert_eq!(parts.concat().chars().count(), 500);
    }
}
