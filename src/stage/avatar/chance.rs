//! Chance that is the same in each run: pictures and videos come out alike.

/// A small generator of numbers (xorshift, Marsaglia 2003). Not for secrets.
#[derive(Debug, Clone)]
pub struct Chance(u32);

impl Chance {
    /// Starts from a number.
    pub fn new(seed: u32) -> Self {
        Self(seed.max(1))
    }

    /// In 0..1.
    pub fn unit(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    /// Between two numbers.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_between_their_limits_and_differ() {
        let mut chance = Chance::new(7);
        let drawn: Vec<f32> = (0..500).map(|_| chance.between(2.0, 6.0)).collect();
        assert!(drawn.iter().all(|n| (2.0..=6.0).contains(n)));
        assert!(drawn.iter().any(|n| *n < 3.0) && drawn.iter().any(|n| *n > 5.0));
    }
}
