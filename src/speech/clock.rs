//! Time as a thing that is passed in, so that nothing in a test has to sleep.
//!
//! [`SystemClock`] is real time. [`LeapClock`] runs as fast as whoever waits on it: a wait ends at once and time is
//! then later. It is for one thread of work at a time, such as feeding a file.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What paced sources and sinks take their time from.
pub trait Clock: Send + Sync {
    /// The time now. Never goes back.
    fn now(&self) -> Instant;
    /// Returns when it is `until` or later.
    fn wait_until(&self, until: Instant);
}

/// Real time.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wait_until(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
    }
}

/// A clock that leaps to whatever time is waited for.
#[derive(Debug)]
pub struct LeapClock {
    start: Instant,
    /// A mutex, since a wait reads and writes it in one step; nothing else happens under it.
    passed: Mutex<Duration>,
}

impl Default for LeapClock {
    fn default() -> Self {
        Self { start: Instant::now(), passed: Mutex::new(Duration::ZERO) }
    }
}

impl LeapClock {
    /// Lets time pass without anybody waiting.
    pub fn advance(&self, by: Duration) {
        *lock(&self.passed) += by;
    }
}

impl Clock for LeapClock {
    fn now(&self) -> Instant {
        self.start + *lock(&self.passed)
    }

    fn wait_until(&self, until: Instant) {
        let mut passed = lock(&self.passed);
        *passed = (*passed).max(until.saturating_duration_since(self.start));
    }
}

/// Locks a mutex whose contents stay usable even if a holder panicked.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_on_a_leap_clock_costs_no_time_and_never_goes_back() {
        let clock = LeapClock::default();
        let start = clock.now();
        let real = Instant::now();
        clock.wait_until(start + Duration::from_secs(3600));
        clock.wait_until(start + Duration::from_secs(1));
        assert_eq!(clock.now() - start, Duration::from_secs(3600));
        assert!(real.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn waiting_for_the_past_returns_at_once() {
        let now = SystemClock.now();
        SystemClock.wait_until(now);
        assert!(SystemClock.now() >= now);
    }
}
