//! How long to wait before connecting again: full jitter, so that many clients do not return at once.

use std::time::Duration;

use super::config::Timing;

/// The most that a relay may ask for, of each part of a pause, in milliseconds.
const INVITED_MAX_MS: u32 = 60_000;

/// Counts failures and gives the pauses between attempts.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause: evenly spread between nothing and `pause_first · 2^failures`, at most `pause_max`.
    pub fn next(&mut self, timing: &Timing, random: u128) -> Duration {
        let factor = 2u32.checked_pow(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let top = timing.pause_first.saturating_mul(factor).min(timing.pause_max);
        let top_us = top.as_micros().max(1);
        Duration::from_micros(u64::try_from(random % top_us).unwrap_or(0))
    }

    /// The pause after the relay has said when to return: `after_ms` and an even share of `spread_ms`, both bounded.
    pub fn invited(after_ms: u32, spread_ms: u32, random: u128) -> Duration {
        let share = random % u128::from(spread_ms.min(INVITED_MAX_MS)).max(1);
        let share = u64::try_from(share).unwrap_or(0);
        Duration::from_millis(u64::from(after_ms.min(INVITED_MAX_MS)).saturating_add(share))
    }

    /// A connection was good.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_begin_again() {
        let timing = Timing::default();
        let mut backoff = Backoff::default();
        let most = |b: &mut Backoff, top: Duration| b.next(&timing, top.as_micros() - 1);
        for ms in [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000] {
            let top = Duration::from_millis(ms);
            assert_eq!(most(&mut backoff, top), top - Duration::from_micros(1));
        }
        for _ in 0..100 {
            assert!(backoff.next(&timing, u128::MAX) < timing.pause_max);
        }
        backoff.reset();
        assert!(backoff.next(&timing, u128::MAX) < timing.pause_first);
    }

    #[test]
    fn a_thousand_that_were_told_when_to_return_do_not_return_in_one_instant() {
        let mut tenths = [0; 20];
        for _ in 0..1_000 {
            let pause = Backoff::invited(500, 2_000, crate::log::random_u128().unwrap());
            assert!((500..2_500).contains(&pause.as_millis()), "{pause:?}");
            tenths[usize::try_from(pause.as_millis() - 500).unwrap() / 100] += 1;
        }
        // Fifty each on average; six standard deviations above that is 92.
        assert!(tenths.iter().all(|n| *n < 92), "{tenths:?}");
        assert_eq!(Backoff::invited(u32::MAX, u32::MAX, 59_999), Duration::from_millis(119_999));
        assert_eq!(Backoff::invited(0, 0, 7), Duration::ZERO);
    }
}
