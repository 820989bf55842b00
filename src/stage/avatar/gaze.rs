//! Where head and eyes turn. Pure; angles in degrees: yaw to the avatar's left, pitch downwards, as VRM counts them.

use bevy::prelude::*;

use super::{chance::Chance, input::Attention};

/// The part of the way that the head goes; the eyes go the rest.
const HEAD_PART: f32 = 0.55;
/// How far the head turns at most.
const HEAD_MOST: Vec2 = Vec2::new(32.0, 18.0);
/// How far the eyes turn at most.
const EYES_MOST: Vec2 = Vec2::new(24.0, 14.0);
/// Seconds between jumps of the eyes.
const SACCADE_S: (f32, f32) = (0.9, 2.8);
/// How far a jump goes.
const SACCADE: Vec2 = Vec2::new(2.6, 1.4);
/// How fast the head follows, per second.
const HEAD_RATE: f32 = 4.5;
/// How fast the eyes follow, per second: eyes jump, heads do not.
const EYES_RATE: f32 = 28.0;

/// Head and eyes of one avatar.
#[derive(Debug, Clone)]
pub struct Gaze {
    /// The head's turn beyond its pose.
    pub head: Vec2,
    /// The eyes' turn in the head.
    pub eyes: Vec2,
    jump: Vec2,
    wait: f32,
    aside: f32,
    chance: Chance,
}

impl Gaze {
    /// Looks straight ahead.
    pub fn new(seed: u32) -> Self {
        Self {
            head: Vec2::ZERO,
            eyes: Vec2::ZERO,
            jump: Vec2::ZERO,
            wait: 1.0,
            aside: 1.0,
            chance: Chance::new(seed),
        }
    }

    /// Goes on by `dt` seconds towards a direction that is `wanted` from straight ahead.
    pub fn step(&mut self, dt: f32, wanted: Vec2, attention: Attention, still: bool) {
        self.wait -= dt;
        if self.wait <= 0.0 {
            self.wait = self.chance.between(SACCADE_S.0, SACCADE_S.1);
            let (x, y) = (self.chance.between(-1.0, 1.0), self.chance.between(-1.0, 1.0));
            let wide = if attention == Attention::Idle { 2.0 } else { 1.0 };
            self.jump = if still { Vec2::ZERO } else { SACCADE * Vec2::new(x, y) * wide };
            self.aside = if self.chance.unit() < 0.5 { 1.0 } else { -1.0 };
        }
        // Who thinks looks aside and up, and says so with it.
        let wanted =
            if attention == Attention::Thinking { Vec2::new(17.0 * self.aside, -13.0) } else { wanted };
        let head = (wanted * HEAD_PART).clamp(-HEAD_MOST, HEAD_MOST);
        let follow = |rate: f32| 1.0 - (-rate * dt).exp();
        self.head += (head - self.head) * follow(HEAD_RATE);
        let eyes = (wanted - self.head + self.jump).clamp(-EYES_MOST, EYES_MOST);
        self.eyes += (eyes - self.eyes) * follow(EYES_RATE);
    }
}

/// The direction of `target` from `eyes`, both in the avatar's space (x to its left, y up, z ahead).
pub fn direction(eyes: Vec3, target: Vec3) -> Vec2 {
    let to = target - eyes;
    if to.length_squared() < 1e-6 {
        return Vec2::ZERO;
    }
    Vec2::new(to.x.atan2(to.z).to_degrees(), -to.y.atan2(to.xz().length()).to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(wanted: Vec2, attention: Attention) -> Gaze {
        let mut gaze = Gaze::new(3);
        (0..180).for_each(|_| gaze.step(1.0 / 60.0, wanted, attention, true));
        gaze
    }

    #[test]
    fn head_and_eyes_together_reach_the_visitor() {
        let wanted = direction(Vec3::new(0.0, 1.5, 0.0), Vec3::new(0.6, 1.4, 1.5));
        let gaze = settle(wanted, Attention::Attending);
        assert!((gaze.head + gaze.eyes).distance(wanted) < 1.0, "{:?} {wanted}", gaze.head + gaze.eyes);
    }

    #[test]
    fn who_thinks_looks_up_and_aside() {
        let gaze = settle(Vec2::ZERO, Attention::Thinking);
        let sum = gaze.head + gaze.eyes;
        assert!(sum.y < -8.0 && sum.x.abs() > 8.0, "{sum}");
    }

    #[test]
    fn nobody_turns_the_head_around() {
        let gaze = settle(Vec2::new(170.0, -80.0), Attention::Attending);
        assert!(gaze.head.x <= HEAD_MOST.x && gaze.eyes.x <= EYES_MOST.x);
    }
}
