//! How far stored words have come: delivered, seen.

/// How far words have come. Each later one means the ones before it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Durable at the relay.
    Stored,
    /// The program of the other side has handled it.
    Delivered,
    /// It was shown on the other side, where somebody reads.
    Seen,
}

/// How far one side has got in a conversation, by `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    delivered: u64,
    seen: u64,
}

impl Marks {
    /// That side says how far it has got. It never goes back. Says whether that is news.
    pub fn raise(&mut self, reach: Reach, seq: u64) -> bool {
        let before = *self;
        if reach >= Reach::Delivered {
            self.delivered = self.delivered.max(seq);
        }
        if reach >= Reach::Seen {
            self.seen = self.seen.max(seq);
        }
        *self != before
    }

    /// How far the event with this number has come.
    pub fn reach(self, seq: u64) -> Reach {
        match seq {
            _ if seq <= self.seen => Reach::Seen,
            _ if seq <= self.delivered => Reach::Delivered,
            _ => Reach::Stored,
        }
    }

    /// The newest event that was seen; 0 when none was.
    pub fn seen(self) -> u64 {
        self.seen
    }

    /// The newest event that was delivered; 0 when none was.
    pub fn delivered(self) -> u64 {
        self.delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_cumulative_and_never_go_back() {
        let mut marks = Marks::default();
        assert!(!marks.raise(Reach::Stored, 9) && marks.raise(Reach::Delivered, 5));
        assert!(!marks.raise(Reach::Delivered, 4), "no news");
        assert!(marks.raise(Reach::Seen, 3));
        let reach: Vec<Reach> = [1, 3, 4, 5, 6].map(|seq| marks.reach(seq)).into();
        assert_eq!(reach, [Reach::Seen, Reach::Seen, Reach::Delivered, Reach::Delivered, Reach::Stored]);
        assert!(marks.raise(Reach::Seen, 7));
        assert_eq!((marks.delivered(), marks.seen()), (7, 7), "who has seen it has it");
    }
}
