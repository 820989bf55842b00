//! How long something has waited, by a clock that may be wrong.
//!
//! A small machine without a battery begins each start in 1970 and gets the time from the network some seconds or days
//! later. Nothing that waits may get lost over that: age is counted only where both stamps can be right.

use std::time::Duration;

use tokio::time::Instant;

use super::OUTBOX_MAX_AGE_MS;
use crate::conversation::Time;

/// A clock that says an earlier time than this, the first day of 2026, has not been set.
pub const CLOCK_RIGHT_FROM: Time = Time(1_767_225_600_000);
/// A clock that goes so much further than the time that has passed was set, in milliseconds: half a day. Smaller
/// corrections may make something a little older than it is.
pub const CLOCK_JUMP_MS: u64 = 12 * 60 * 60 * 1000;

/// Whether anything can be too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// What was stamped before this is too old.
    Counts { before: Time },
    /// The clock has not been set.
    Unknown,
}

/// Whether anything can be too old at this time.
pub fn age(now: Time) -> Age {
    if now < CLOCK_RIGHT_FROM {
        return Age::Unknown;
    }
    Age::Counts { before: Time(now.0.saturating_sub(OUTBOX_MAX_AGE_MS)) }
}

/// The machine's clock, and whether it was set forward while this program runs, or the machine has slept.
#[derive(Debug)]
pub struct ClockWatch {
    wall: fn() -> Time,
    last: (Instant, Time),
}

impl ClockWatch {
    /// Watches the clock `wall` beside one that never jumps.
    pub fn new(wall: fn() -> Time, steady: Instant) -> Self {
        Self { wall, last: (steady, wall()) }
    }

    /// The time, and whether it has jumped forward since the last look.
    pub fn look(&mut self, steady: Instant) -> (Time, bool) {
        let wall = (self.wall)();
        (wall, self.jumped(steady, wall))
    }

    fn jumped(&mut self, steady: Instant, wall: Time) -> bool {
        let (then, said) = std::mem::replace(&mut self.last, (steady, wall));
        let passed = steady.saturating_duration_since(then);
        let expected = said.plus_ms(ms(passed));
        wall.since_ms(expected) >= CLOCK_JUMP_MS
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_not_set_makes_nothing_old() {
        assert_eq!(age(Time(5_000)), Age::Unknown);
        let now = CLOCK_RIGHT_FROM.plus_ms(OUTBOX_MAX_AGE_MS);
        assert_eq!(age(now), Age::Counts { before: CLOCK_RIGHT_FROM });
    }

    #[test]
    fn a_jump_forward_is_noticed_once_and_time_that_passes_is_none() {
        let (begin, hour) = (Instant::now(), Duration::from_secs(3_600));
        let wall = |ms: u64| CLOCK_RIGHT_FROM.plus_ms(ms);
        let mut watch = ClockWatch::new(|| Time(7), begin);
        assert!(watch.jumped(begin + hour, wall(0)), "it was set after a start in 1970");
        assert!(!watch.jumped(begin + hour * 100, wall(99 * 3_600_000)), "the time has passed");
        assert!(!watch.jumped(begin + hour * 101, wall(0)), "back makes nothing older");
        assert!(!watch.jumped(begin + hour * 102, wall(3_600_000 + CLOCK_JUMP_MS - 1)));
        assert!(watch.jumped(begin + hour * 103, wall(2 * 3_600_000 + 2 * CLOCK_JUMP_MS)));
    }
}
