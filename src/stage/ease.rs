//! A number that goes to where it is wanted without a jerk. Pure.

/// A number that eases to what is wanted: neither its value nor its speed ever jumps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ease {
    /// Where it is.
    pub value: f32,
    speed: f32,
}

impl Ease {
    /// One that rests.
    pub fn at(value: f32) -> Self {
        Self { value, speed: 0.0 }
    }

    /// Goes on by `dt` seconds; after about `seconds` it has arrived. Never shoots past.
    pub fn step(&mut self, wanted: f32, seconds: f32, dt: f32) -> f32 {
        // A critically damped spring, solved: stable for any step.
        let rate = 5.8 / seconds.max(0.01);
        let (away, fade) = (self.value - wanted, (-rate * dt).exp());
        let push = self.speed + rate * away;
        self.value = wanted + (away + push * dt) * fade;
        self.speed = (self.speed - rate * push * dt) * fade;
        self.value
    }

    /// Whether it has as good as arrived.
    pub fn rests_at(&self, wanted: f32) -> bool {
        (self.value - wanted).abs() < 1e-3 && self.speed.abs() < 1e-3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eased_number_arrives_in_time_and_never_passes() {
        for dt in [0.004, 1.0 / 60.0, 0.1] {
            let mut ease = Ease::default();
            let mut t = 0.0;
            while t < 0.5 {
                t += dt;
                assert!(ease.step(1.0, 0.5, dt) <= 1.0 + 1e-4);
            }
            assert!(ease.value > 0.97, "{} with {dt}", ease.value);
        }
    }
}
