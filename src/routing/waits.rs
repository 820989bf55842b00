//! How long visitors have waited lately, and what that says about the next ones.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::conversation::Time;

/// How many waits are kept for each desk.
pub const WAITS_KEPT: usize = 20;
/// With fewer recent waits nothing is estimated.
pub const WAITS_MIN: usize = 5;
/// A wait that ended longer ago than this says nothing any more, in milliseconds.
pub const WAIT_MAX_AGE_MS: u64 = 60 * 60 * 1000;

/// How much longer it will take, in seconds: half of all waits end between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Estimate {
    pub low_secs: u32,
    pub high_secs: u32,
}

/// The recent waits of one desk.
///
/// Each wait is divided by the place in the queue at which it began: so long did one place take. The estimate for a visitor
/// is the first and the third quartile of these, times the visitor's place now. So it grows with the queue and shrinks while
/// the queue moves. It supposes that as many agents serve as did lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    /// When each ended, and milliseconds for one place; oldest first.
    recent: VecDeque<(Time, u64)>,
}

impl Waits {
    /// A person has come to a visitor who waited so long, from this place on.
    pub fn ended(&mut self, at: Time, waited_ms: u64, place: usize) {
        let places = u64::try_from(place.max(1)).unwrap_or(u64::MAX);
        self.recent.push_back((at, waited_ms / places));
        if self.recent.len() > WAITS_KEPT {
            self.recent.pop_front();
        }
    }

    /// The estimate for who is at this place now. `None` while there are too few recent waits to say anything.
    pub fn estimate(&self, place: usize, now: Time) -> Option<Estimate> {
        let recent = self.recent.iter().filter(|(at, _)| now.since_ms(*at) <= WAIT_MAX_AGE_MS);
        let mut sorted: Vec<u64> = recent.map(|(_, ms)| *ms).collect();
        if sorted.len() < WAITS_MIN {
            return None;
        }
        sorted.sort_unstable();
        let last = sorted.len() - 1;
        let places = u64::try_from(place.max(1)).unwrap_or(u64::MAX);
        let low = sorted.get(last / 4)?.saturating_mul(places);
        let high = sorted.get((3 * last).div_ceil(4))?.saturating_mul(places);
        let secs = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
        Some(Estimate { low_secs: secs(low / 1000), high_secs: secs(high.div_ceil(1000)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_or_too_old_waits_say_nothing() {
        let mut waits = Waits::default();
        for n in 1..=5 {
            assert_eq!(waits.estimate(1, Time(0)), None);
            waits.ended(Time(n), 60_000, 1);
        }
        let sure = Estimate { low_secs: 60, high_secs: 60 };
        assert_eq!(waits.estimate(1, Time(WAIT_MAX_AGE_MS)), Some(sure));
        assert_eq!(waits.estimate(1, Time(WAIT_MAX_AGE_MS + 2)), None);
    }

    #[test]
    fn the_range_is_the_middle_half_and_grows_with_the_place() {
        let mut waits = Waits::default();
        // 10, 20, 30, 40, 50 seconds for each place; the fourth began at the second place.
        for (secs, place) in [(50, 1), (10, 1), (30, 1), (80, 2), (20, 1)] {
            waits.ended(Time(1), secs * 1000, place);
        }
        assert_eq!(waits.estimate(1, Time(2)), Some(Estimate { low_secs: 20, high_secs: 40 }));
        assert_eq!(waits.estimate(3, Time(2)), Some(Estimate { low_secs: 60, high_secs: 120 }));
        for _ in 0..WAITS_KEPT {
            waits.ended(Time(3), 7_000, 1);
        }
        assert_eq!(waits.estimate(1, Time(3)), Some(Estimate { low_secs: 7, high_secs: 7 }));
    }
}
