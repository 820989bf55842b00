//! Takes away what is only there for the eye: Markdown, emoji, control characters.

/// The text without marks. Links in brackets keep their words.
pub(super) fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches(['#', '>']).trim_start();
        let line = ["- ", "* ", "+ ", "• "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if let Some((words, after)) = link(rest) {
                out.push_str(&words.replace(['*', '`', '_'], ""));
                rest = after;
                continue;
            }
            match c {
                '*' | '`' | '~' | '|' => {}
                '_' => out.push(' '),
                c if is_unspeakable(c) => {}
                c => out.push(c),
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        out.push('\n');
    }
    out
}

/// `[words](address)` at the beginning of a text: the words and what follows.
fn link(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('!').unwrap_or(text);
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    if words.contains('[') {
        return None;
    }
    let (_, after) = rest.split_once(')')?;
    Some((words, after))
}

/// Emoji, pictures, variation selectors, direction marks and other characters that nobody reads aloud.
fn is_unspeakable(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{e007f}' | '\u{20e3}'
    ) || (c.is_control() && c != '\n' && c != '\t')
}
