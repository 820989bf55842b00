//! How long to wait before connecting again: full jitter, so that many clients do not return at once.

use std::time::Duration;

use super::config::Timing;

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
}
