//! How much a connection may send.

use tokio::time::Instant;

/// A token bucket: so many tokens per second, so many at once.
///
/// The time comes from the caller: so a test needs no clock, and one look at the clock serves several buckets.
pub struct Bucket {
    tokens: f64,
    at: Instant,
    per_sec: f64,
    burst: f64,
}

impl Bucket {
    /// A full bucket.
    pub fn new(per_sec: f64, burst: f64, now: Instant) -> Self {
        Self { tokens: burst, at: now, per_sec, burst }
    }

    /// Takes `count` tokens, if they are there.
    pub fn take(&mut self, count: f64, now: Instant) -> bool {
        let filled = self.tokens + now.duration_since(self.at).as_secs_f64() * self.per_sec;
        self.tokens = filled.min(self.burst);
        self.at = now;
        if self.tokens < count {
            return false;
        }
        self.tokens -= count;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_at_once_and_then_so_many_per_second() {
        let begin = Instant::now();
        let mut bucket = Bucket::new(10.0, 3.0, begin);
        let mut taken =
            |ms: u64| (0..9).filter(|_| bucket.take(1.0, begin + Duration::from_millis(ms))).count();
        assert_eq!((taken(0), taken(50), taken(200), taken(60_000)), (3, 0, 2, 3));
    }

    #[test]
    fn a_large_frame_takes_more() {
        let begin = Instant::now();
        let mut bytes = Bucket::new(100.0, 1_000.0, begin);
        assert!(bytes.take(900.0, begin) && !bytes.take(200.0, begin) && bytes.take(100.0, begin));
        assert!(!bytes.take(200.0, begin + Duration::from_secs(1)));
        assert!(bytes.take(200.0, begin + Duration::from_secs(2)));
    }
}
