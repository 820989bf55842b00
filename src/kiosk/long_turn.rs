//! An utterance that was cut for its length, put together again; and one without an end, ended.

use crate::conversation::TEXT_MAX_CHARS;

/// After so many pieces an utterance is sent as it is. At nine and a half seconds each that is half a minute: less than it
/// takes until a visitor is asked whether they are still there.
const PIECES_MAX: u32 = 3;

/// What has become of an utterance.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// So far; it goes on.
    Partial(String),
    /// All of it; empty when there were no words.
    Whole(String),
}

/// The utterance of which pieces come.
#[derive(Debug, Default)]
pub(super) struct LongTurn {
    text: String,
    /// The number of the piece that goes on with it: endpointing counts them one by one.
    next: u64,
    pieces: u32,
    /// It was too long once, and what there was of it was sent.
    sent: bool,
    /// It was too long again: nobody speaks that long without a pause, and the rest of it is ignored.
    endless: bool,
}

impl LongTurn {
    /// What was understood before piece `id`, which is still being spoken; `None` when nobody listens to it any more.
    pub fn before(&self, id: u64) -> Option<&str> {
        if id != self.next {
            return Some("");
        }
        (!self.endless).then_some(self.text.as_str())
    }

    /// Piece `id` was understood as `text`, which is empty when it held no words. `more`: another piece goes on with it.
    pub fn piece(&mut self, id: u64, text: &str, more: bool) -> Option<Said> {
        if id != self.next {
            // What was begun before was given up.
            *self = Self::default();
        }
        self.next = id.wrapping_add(1);
        if !self.endless && !text.is_empty() {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(text);
        }
        if !more {
            let Self { text, sent, .. } = std::mem::take(self);
            // The end of what was sent already is no silence of its own.
            return (!sent || !text.is_empty()).then_some(Said::Whole(text));
        }
        if self.endless {
            return None;
        }
        self.pieces += 1;
        if self.pieces < PIECES_MAX && self.text.chars().count() < TEXT_MAX_CHARS {
            return (!self.text.is_empty()).then(|| Said::Partial(self.text.clone()));
        }
        self.pieces = 0;
        let text = std::mem::take(&mut self.text);
        if self.sent {
            self.endless = true;
            return Some(Said::Whole(String::new()));
        }
        self.sent = true;
        Some(Said::Whole(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<Said> {
        Some(Said::Whole(text.to_owned()))
    }

    #[test]
    fn pieces_become_one_text() {
        let mut turn = LongTurn::default();
        assert_eq!(turn.piece(7, "where is", true), Some(Said::Partial("where is".into())));
        assert_eq!((turn.before(8), turn.before(9)), (Some("where is"), Some("")));
        assert_eq!(turn.piece(8, "my wallet", false), whole("where is my wallet"));
        assert_eq!(turn.piece(9, "", false), whole(""));
    }

    #[test]
    fn what_was_given_up_is_no_part_of_the_next_utterance() {
        let mut turn = LongTurn::default();
        turn.piece(1, "a secret of somebody else", true);
        // Piece 2 was dropped: the microphone was closed.
        assert_eq!(turn.piece(3, "hello", false), whole("hello"));
    }

    #[test]
    fn an_utterance_without_an_end_is_sent_once_and_then_ignored_until_it_ends() {
        let mut turn = LongTurn::default();
        let said: Vec<_> = (1..=30).filter_map(|id| turn.piece(id, "and", true)).collect();
        let texts: Vec<_> = said.iter().filter(|s| matches!(s, Said::Whole(_))).collect();
        assert_eq!(texts, [&Said::Whole("and and and".into()), &Said::Whole(String::new())]);
        assert_eq!(said.len(), 6, "{said:?}");
        assert_eq!(turn.before(31), None, "there is no caption for it either");
        assert_eq!(turn.piece(31, "and", false), None);
        assert_eq!(turn.before(32), Some(""));
        assert_eq!(turn.piece(32, "hello", false), whole("hello"));
    }

    #[test]
    fn who_speaks_on_a_little_after_that_is_heard_to_the_end() {
        let mut turn = LongTurn::default();
        (1..=3).for_each(|id| drop(turn.piece(id, "long", true)));
        assert_eq!(turn.piece(4, "and the rest", false), whole("and the rest"));
        (5..=7).for_each(|id| drop(turn.piece(id, "long", true)));
        assert_eq!(turn.piece(8, "", false), None);
    }

    #[test]
    fn a_text_as_long_as_may_be_sent_is_sent() {
        let mut turn = LongTurn::default();
        let words = "x".repeat(TEXT_MAX_CHARS);
        assert_eq!(turn.piece(1, &words, true), whole(&words));
    }
}
