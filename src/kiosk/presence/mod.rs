//! Who comes and goes before a kiosk that cannot see: a sensor tells it.

#[cfg(unix)]
mod socket;

#[cfg(unix)]
pub use socket::{PresenceError, PresenceSocket};

use super::edges::{Reading, Sensor};
use crate::conversation::Time;
use crate::visit::Nearness;

/// So long a sensor has to see nobody before nobody is there, in milliseconds: sensors lose people who stand still.
pub const SENSOR_PATIENCE_MS: u64 = 3_000;

/// From what is measured to who comes and goes. Pure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presence {
    near: Nearness,
    patience_ms: u64,
    /// Since when nobody is seen.
    nobody_since: Option<Time>,
}

impl Presence {
    /// Nobody is there. Who is not seen for `patience_ms` milliseconds has gone.
    pub fn new(patience_ms: u64) -> Self {
        Self { patience_ms, ..Self::default() }
    }

    /// Takes what was measured, if anything was. Gives how near somebody is, when that has changed.
    pub fn step(&mut self, reading: Option<Reading>, now: Time) -> Option<Nearness> {
        let seen = reading.map(|reading| match reading {
            Reading::Metres(metres) => self.near.at(metres),
            Reading::Nobody => Nearness::Away,
        });
        match seen {
            Some(Nearness::Away) if self.near > Nearness::Away => {
                self.nobody_since.get_or_insert(now);
            }
            Some(near) => {
                self.nobody_since = None;
                return self.change(near);
            }
            None => {}
        }
        let since = self.nobody_since?;
        if now.since_ms(since) < self.patience_ms {
            return None;
        }
        self.nobody_since = None;
        self.change(Nearness::Away)
    }

    fn change(&mut self, near: Nearness) -> Option<Nearness> {
        (std::mem::replace(&mut self.near, near) != near).then_some(near)
    }
}

/// A sensor, and what it means. Without one nobody comes but by touch, key or voice.
#[derive(Default)]
pub struct Arrivals {
    sensor: Option<Box<dyn Sensor + Send>>,
    presence: Presence,
}

impl Arrivals {
    /// Who this sensor sees.
    pub fn seen_by(sensor: Box<dyn Sensor + Send>) -> Self {
        Self { sensor: Some(sensor), presence: Presence::new(SENSOR_PATIENCE_MS) }
    }

    /// How near somebody is, when that has changed.
    pub fn poll(&mut self, now: Time) -> Option<Nearness> {
        let reading = self.sensor.as_mut()?.poll();
        self.presence.step(reading, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(presence: &mut Presence, readings: &[(u64, Option<Reading>)]) -> Vec<(u64, Nearness)> {
        let step = |(ms, reading): &(u64, Option<Reading>)| {
            presence.step(*reading, Time(*ms)).map(|near| (*ms, near))
        };
        readings.iter().filter_map(step).collect()
    }

    #[test]
    fn who_comes_is_told_at_once_and_once() {
        let mut presence = Presence::new(SENSOR_PATIENCE_MS);
        let coming = [5.0, 3.9, 3.5, 1.9, 1.8, 2.1].map(|m| Some(Reading::Metres(m)));
        let coming: Vec<_> = (0..).map(|n| n * 100).zip(coming).collect();
        assert_eq!(told(&mut presence, &coming), [(100, Nearness::Noticed), (300, Nearness::Beside)]);
    }

    #[test]
    fn who_is_lost_for_a_moment_is_still_there_and_who_is_gone_is_gone_once() {
        let mut presence = Presence::new(SENSOR_PATIENCE_MS);
        let here = Some(Reading::Metres(1.5));
        let lost = [(0, here), (100, Some(Reading::Nobody)), (3_000, here), (3_100, Some(Reading::Nobody))];
        assert_eq!(told(&mut presence, &lost), [(0, Nearness::Beside)]);
        let gone =
            [(4_000, None), (6_099, None), (6_100, None), (9_000, Some(Reading::Nobody)), (15_000, None)];
        assert_eq!(told(&mut presence, &gone), [(6_100, Nearness::Away)]);
    }

    #[test]
    fn a_sensor_that_says_nothing_changes_nothing() {
        let mut presence = Presence::new(0);
        assert_eq!(
            told(&mut presence, &[(0, Some(Reading::Metres(1.0))), (1_000_000, None)]),
            [(0, Nearness::Beside)]
        );
    }
}
