//! Which engines are left alone for a while: one that has failed costs seconds with each try. Pure.

use std::time::{Duration, Instant};

/// How long an engine rests after its first failure, and at the most.
pub const FIRST_REST: Duration = Duration::from_secs(15);
pub const LONGEST_REST: Duration = Duration::from_secs(120);
/// The most engines that are remembered; the oldest gives way.
const ENGINES_MAX: usize = 16;

/// The engines that failed when they were asked last.
#[derive(Debug, Default)]
pub struct Rests {
    failing: Vec<Failing>,
}

#[derive(Debug)]
struct Failing {
    engine: String,
    until: Instant,
    rest: Duration,
    why: String,
}

impl Rests {
    /// Why this engine is not asked now.
    pub fn resting(&self, engine: &str, now: Instant) -> Option<&str> {
        let failing = self.failing.iter().find(|f| f.engine == engine)?;
        (now < failing.until).then_some(&failing.why)
    }

    /// It has failed: each time it rests twice as long as before.
    pub fn failed(&mut self, engine: &str, why: String, now: Instant) {
        let before = self.failing.iter().position(|f| f.engine == engine).map(|i| self.failing.remove(i));
        let rest = before.map_or(FIRST_REST, |f| (f.rest * 2).min(LONGEST_REST));
        if self.failing.len() >= ENGINES_MAX {
            self.failing.remove(0);
        }
        self.failing.push(Failing { engine: engine.to_owned(), until: now + rest, rest, why });
    }

    /// It has spoken.
    pub fn spoke(&mut self, engine: &str) {
        self.failing.retain(|f| f.engine != engine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_rests_longer_each_time_and_never_for_ever() {
        let (mut rests, mut now) = (Rests::default(), Instant::now());
        let mut lengths = Vec::new();
        for _ in 0..6 {
            assert_eq!(rests.resting("kokoro", now), None);
            rests.failed("kokoro", "refused".into(), now);
            let start = now;
            while rests.resting("kokoro", now) == Some("refused") {
                now += Duration::from_secs(1);
            }
            lengths.push((now - start).as_secs());
        }
        assert_eq!(lengths, [15, 30, 60, 120, 120, 120]);
        assert_eq!(rests.resting("espeak-ng", now), None);
        rests.spoke("kokoro");
        rests.failed("kokoro", "refused".into(), now);
        assert_eq!(rests.resting("kokoro", now + FIRST_REST), None, "it has spoken in between");
    }

    #[test]
    fn few_are_remembered() {
        let (mut rests, now) = (Rests::default(), Instant::now());
        for n in 0..100 {
            rests.failed(&n.to_string(), String::new(), now);
        }
        assert_eq!(rests.failing.len(), ENGINES_MAX);
        assert!(rests.resting("99", now).is_some() && rests.resting("1", now).is_none());
    }
}
