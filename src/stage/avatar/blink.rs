//! Blinking: when, and how far the lids are shut. Pure.

use super::chance::Chance;

/// Seconds between blinks, at least and at most (people: 15 to 20 a minute).
const APART_S: (f32, f32) = (2.0, 6.0);
/// Seconds that a blink takes: lids fall faster than they rise.
const SHUT_S: f32 = 0.07;
/// Seconds that they rise.
const OPEN_S: f32 = 0.14;
/// A blink that is asked for comes no sooner after the last one.
const AGAIN_S: f32 = 0.9;
/// How often a second blink follows at once.
const DOUBLE: f32 = 0.15;

/// The lids of one avatar.
#[derive(Debug, Clone)]
pub struct Blink {
    wait: f32,
    since: f32,
    chance: Chance,
}

impl Blink {
    /// Open eyes.
    pub fn new(seed: u32) -> Self {
        let mut chance = Chance::new(seed);
        Self { wait: chance.between(APART_S.0, APART_S.1), since: f32::INFINITY, chance }
    }

    /// Goes on by `dt` seconds; returns how far the lids are shut, 0..1.
    pub fn step(&mut self, dt: f32) -> f32 {
        self.since += dt;
        self.wait -= dt;
        if self.wait <= 0.0 {
            self.since = 0.0;
            self.wait = if self.chance.unit() < DOUBLE {
                SHUT_S + OPEN_S + 0.08
            } else {
                self.chance.between(APART_S.0, APART_S.1)
            };
        }
        if self.since < SHUT_S {
            self.since / SHUT_S
        } else if self.since < SHUT_S + OPEN_S {
            1.0 - (self.since - SHUT_S) / OPEN_S
        } else {
            0.0
        }
    }

    /// Blinks at once, unless the last blink was a moment ago.
    pub fn now(&mut self) {
        if self.since > AGAIN_S {
            self.wait = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_ten_to_thirty_blinks_and_eyes_are_mostly_open() {
        let mut blink = Blink::new(11);
        let (mut blinks, mut open, mut before) = (0, 0, 0.0);
        for _ in 0..3600 {
            let shut = blink.step(1.0 / 60.0);
            assert!((0.0..=1.0).contains(&shut));
            blinks += u32::from(shut > 0.0 && before == 0.0);
            open += u32::from(shut == 0.0);
            before = shut;
        }
        assert!((10..=32).contains(&blinks), "{blinks}");
        assert!(open > 3000, "{open}");
    }

    #[test]
    fn a_blink_that_is_asked_for_comes_at_once_and_not_twice() {
        let mut blink = Blink::new(11);
        (0..70).for_each(|_| _ = blink.step(1.0 / 60.0));
        let mut shut = Vec::new();
        for frame in 0..40 {
            if frame == 0 || frame == 18 {
                blink.now();
            }
            shut.push(blink.step(1.0 / 60.0));
        }
        assert!(shut[..8].iter().any(|s| *s > 0.5), "{shut:?}");
        assert!(shut[18..].iter().all(|s| *s == 0.0), "{shut:?}");
    }
}
