//! The time, injected so that tests set it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::conversation::Time;

/// Wall clock and elapsed time may differ by so much between two looks, in milliseconds, before it counts as a jump.
const JUMP_MS: u64 = 2_000;

/// Where the relay gets the time from.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Time;

    /// Now, and whether the clock has jumped since the last look: then waits that were measured with it mean nothing.
    fn look(&self) -> (Time, bool) {
        (self.now(), false)
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn look(&self) -> (Time, bool) {
        let (now, at) = (self.now(), Instant::now());
        let mut last = LAST_LOOK.lock().unwrap_or_else(PoisonError::into_inner);
        let jumped = last.is_some_and(|(then, begin)| jumped(then, now, at.duration_since(begin)));
        *last = Some((now, at));
        (now, jumped)
    }
}

/// What the wall clock showed at the last look, and when that was by a clock that only counts. A plain mutex: one task
/// looks, a few times a second.
static LAST_LOOK: Mutex<Option<(Time, Instant)>> = Mutex::new(None);

/// Whether the time from `then` to `now` is not what has passed.
fn jumped(then: Time, now: Time, passed: Duration) -> bool {
    let expected = then.plus_ms(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
    now.0.abs_diff(expected.0) > JUMP_MS
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Time) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Moves the clock forward.
    pub fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_told_from_time_that_passes() {
        let (then, minute) = (Time(1_700_000_000_000), Duration::from_secs(60));
        assert!(!jumped(then, then.plus_ms(60_000), minute));
        assert!(!jumped(then, then.plus_ms(61_500), minute));
        assert!(jumped(then, then.plus_ms(70_000), minute));
        assert!(jumped(then, Time(then.0 - 1), minute));
        assert!(jumped(then, then, minute));
    }
}
