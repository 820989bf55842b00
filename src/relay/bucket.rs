//! How many frames a connection may send.

use tokio::time::Instant;

use super::limits::Limits;

/// A token bucket: so many frames per second, so many at once.
pub struct Bucket {
    tokens: f64,
    at: Instant,
    per_sec: f64,
    burst: f64,
}

impl Bucket {
    /// A full bucket.
    pub fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            tokens: limits.frames_burst,
            at: now,
            per_sec: limits.frames_per_sec,
            burst: limits.frames_burst,
        }
    }

    /// Takes one token, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let filled = self.tokens + now.duration_since(self.at).as_secs_f64() * self.per_sec;
        self.tokens = filled.min(self.burst);
        self.at = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_at_once_and_then_so_many_per_second() {
        let limits = Limits { frames_per_sec: 10.0, frames_burst: 3.0, ..Limits::default() };
        let begin = Instant::now();
        let mut bucket = Bucket::new(&limits, begin);
        let mut taken = |ms: u64| (0..9).filter(|_| bucket.take(begin + Duration::from_millis(ms))).count();
        assert_eq!((taken(0), taken(50), taken(200), taken(60_000)), (3, 0, 2, 3));
    }
}
