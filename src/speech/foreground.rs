//! Who stands out in a loud hall: begins utterances only for a voice that has been the visitor's for a while, as far as the
//! network of [`visitor`](super::visitor) can tell, and does not end them at each doubt.

use std::collections::VecDeque;

use super::crowd::Crowd;

/// A frame counts as the visitor's from this probability on, and goes on to down to that one.
const BEGINS_AT: f32 = 0.7;
const GOES_ON_AT: f32 = 0.25;
/// So many of the latest frames (of 16 ms) have to be the visitor's before an utterance may begin. Its beginning is not lost:
/// the endpointer keeps more than that.
const NEEDED: usize = 12;
const WINDOW: usize = 18;
/// So many frames have to be heard before anybody may begin, or the hall would not be known to be loud, and so many of a
/// loud one: 1 s and 1.5 s. The first half second does not count, in which canceller and noise suppressor find their level.
const KNOWS: usize = 62;
const LEARNS: usize = 94;
const SETTLES: usize = 31;

/// What is known about a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InFront {
    /// The hall is loud: a voice detector would hear the crowd.
    pub loud: bool,
    /// The visitor speaks.
    pub speech: bool,
    /// Surely enough for an utterance to begin; in a quiet hall that is for others to say.
    pub may_begin: bool,
}

/// The gate.
#[derive(Debug, Clone, Default)]
pub(super) struct Foreground {
    crowd: Crowd,
    past: VecDeque<bool>,
    /// Frames heard so far, up to [`LEARNS`].
    heard: usize,
}

impl Foreground {
    /// Takes the level of the next frame, less what is known to be the avatar's, and the probability that the visitor speaks
    /// in it; `hearing`: an utterance is being heard.
    pub fn push(&mut self, level_db: f32, visitor: f32, hearing: bool) -> InFront {
        self.heard = (self.heard + 1).min(LEARNS);
        if self.heard > SETTLES {
            self.crowd.push(level_db, hearing);
        }
        self.past.push_back(visitor >= BEGINS_AT);
        while self.past.len() > WINDOW {
            self.past.pop_front();
        }
        let loud = self.crowd.level_db().is_some();
        let sure = || self.past.iter().filter(|visitors| **visitors).count() >= NEEDED;
        InFront {
            loud,
            speech: visitor >= if hearing { GOES_ON_AT } else { BEGINS_AT },
            may_begin: if loud { self.heard >= LEARNS && sure() } else { self.heard >= KNOWS },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(gate: &mut Foreground, visitor: f32, frames: usize, hearing: bool) -> InFront {
        (0..frames).map(|_| gate.push(-36.0, visitor, hearing)).last().unwrap()
    }

    #[test]
    fn a_crowd_begins_no_turn_and_keeps_none_going() {
        let mut gate = Foreground::default();
        assert_eq!(feed(&mut gate, 0.1, 100, false), InFront { loud: true, speech: false, may_begin: false });
        // One of the crowd comes out for a syllable.
        assert!(!feed(&mut gate, 0.9, NEEDED - 1, false).may_begin);
        feed(&mut gate, 0.1, WINDOW, false);
        assert_eq!(
            feed(&mut gate, 0.9, NEEDED, false),
            InFront { loud: true, speech: true, may_begin: true }
        );
        assert!(feed(&mut gate, 0.4, 1, true).speech, "a doubt does not end it");
        assert!(!feed(&mut gate, 0.1, 1, true).speech);
    }

    #[test]
    fn nobody_is_the_visitor_before_the_hall_is_known() {
        let mut gate = Foreground::default();
        assert!(!feed(&mut gate, 0.9, LEARNS - 1, false).may_begin);
        assert!(feed(&mut gate, 0.9, 1, false).may_begin);
    }

    #[test]
    fn a_quiet_hall_is_left_to_the_voice_detector() {
        let mut gate = Foreground::default();
        assert!((1..KNOWS).all(|_| !gate.push(-60.0, 0.9, false).may_begin), "nothing is known yet");
        assert!((0..200).all(|_| gate.push(-60.0, 0.1, false).may_begin));
        assert!(!gate.push(-60.0, 0.9, false).loud);
    }
}
