//! Text of others in our own sentences: on one line, with nothing hidden in it, and not too long.

/// The longest text of others in a sentence, in characters.
pub const QUOTE_MAX_CHARS: usize = 500;

/// A text of others as it may stand in a sentence for a terminal, a log or a frame: what is hidden becomes a space, what is
/// longer than [`QUOTE_MAX_CHARS`] ends with `…`.
pub fn quote(text: &str) -> String {
    let shown = text.chars().take(QUOTE_MAX_CHARS).map(|c| if is_hidden(c) { ' ' } else { c });
    let more = text.chars().nth(QUOTE_MAX_CHARS).map(|_| '…');
    shown.chain(more).collect()
}

/// Control characters, line ends, and characters that turn the direction of writing: they could move a terminal's cursor or
/// make a sentence look like another one.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_becomes_a_space_and_the_rest_stays() {
        assert_eq!(quote("no such field `camra`, 好"), "no such field `camra`, 好");
        assert_eq!(quote("a\nb\u{1b}[2Jc\u{202e}d"), "a b [2Jc d");
    }

    #[test]
    fn a_long_text_ends_with_dots() {
        assert_eq!(quote(&"好".repeat(QUOTE_MAX_CHARS)), "好".repeat(QUOTE_MAX_CHARS));
        let cut = quote(&"好".repeat(QUOTE_MAX_CHARS + 1));
        assert!(cut.ends_with("好…") && cut.chars().count() == QUOTE_MAX_CHARS + 1);
    }
}
