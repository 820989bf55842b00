//! Where head and eyes turn. Pure; angles in degrees: yaw to the avatar's left, pitch downwards, as VRM counts them.
//!
//! Eyes jump (saccades) and rest between; the head follows more slowly, and while it does the eyes turn back in it, so that what is
//! looked at stays looked at.

use bevy::prelude::*;

use super::{chance::Chance, gesture::smooth, input::Attention};
use crate::stage::ease::Ease;

/// The part of the way that the head goes; the eyes go the rest.
const HEAD_PART: f32 = 0.62;
/// How far the head turns at most.
const HEAD_MOST: Vec2 = Vec2::new(38.0, 18.0);
/// How far the eyes turn at most.
const EYES_MOST: Vec2 = Vec2::new(24.0, 14.0);
/// Seconds that the head takes to a new place.
const HEAD_S: f32 = 0.75;
/// What is looked at has to move so far before the eyes jump after it; less is followed smoothly.
const JUMP_FROM: f32 = 1.2;
/// How long a jump takes: so much, and more with each degree, in seconds (people's "main sequence").
const JUMP_S: (f32, f32) = (0.022, 0.0024);
/// From so wide a jump on people blink with it.
const BLINK_FROM: f32 = 17.0;

/// Head and eyes of one avatar.
#[derive(Debug, Clone)]
pub struct Gaze {
    /// The head's turn beyond its pose.
    pub head: Vec2,
    /// The eyes' turn in the head.
    pub eyes: Vec2,
    turning: [Ease; 2],
    /// Where the eyes look, of the body.
    at: Vec2,
    jump: Option<Jump>,
    /// Where attention wanders, instead of to who is there.
    aside: Option<Vec2>,
    /// A little beside what is looked at: people look at one eye, the other, the mouth.
    beside: Vec2,
    aside_in: f32,
    beside_in: f32,
    chance: Chance,
}

/// A jump of the eyes under way.
#[derive(Debug, Clone, Copy)]
struct Jump {
    from: Vec2,
    age: f32,
    length: f32,
}

impl Gaze {
    /// Looks straight ahead.
    pub fn new(seed: u32) -> Self {
        Self {
            head: Vec2::ZERO,
            eyes: Vec2::ZERO,
            turning: [Ease::default(); 2],
            at: Vec2::ZERO,
            jump: None,
            aside: None,
            beside: Vec2::ZERO,
            aside_in: 1.2,
            beside_in: 0.8,
            chance: Chance::new(seed),
        }
    }

    /// Goes on by `dt` seconds; who is there is `visitor` from straight ahead. Says whether the eyes blink with it.
    pub fn step(&mut self, dt: f32, visitor: Vec2, attention: Attention, still: bool) -> bool {
        self.wander(dt, attention, still);
        let wanted = self.aside.unwrap_or(visitor);
        let reach = HEAD_MOST + EYES_MOST;
        let point = (wanted + self.beside).clamp(-reach, reach);
        let blinks = self.look(point, dt);
        let head = (wanted * HEAD_PART).clamp(-HEAD_MOST, HEAD_MOST);
        let [yaw, pitch] = &mut self.turning;
        self.head = Vec2::new(yaw.step(head.x, HEAD_S, dt), pitch.step(head.y, HEAD_S, dt));
        self.eyes = (self.at - self.head).clamp(-EYES_MOST, EYES_MOST);
        blinks
    }

    /// Looks somewhere else for a moment: at what a hand shows.
    pub fn glance(&mut self, at: Vec2, seconds: f32) {
        self.aside = Some(at);
        self.aside_in = seconds;
    }

    /// Where attention wanders to, and when it comes back.
    fn wander(&mut self, dt: f32, attention: Attention, still: bool) {
        self.beside_in -= dt;
        if self.beside_in <= 0.0 {
            self.beside_in = self.chance.between(0.7, 2.4);
            let place = Vec2::new(self.chance.between(-1.0, 1.0), self.chance.between(-1.0, 1.0));
            self.beside = if still { Vec2::ZERO } else { place * Vec2::new(2.2, 1.6) };
        }
        self.aside_in -= dt;
        if self.aside_in > 0.0 {
            return;
        }
        let (away, for_s, back_s) = match attention {
            // Nobody is there: the hall is looked at, and the desk.
            Attention::Idle if still => (None, 4.0, 4.0),
            Attention::Idle => (
                Some(self.somewhere((38.0, 24.0), (-5.0, 16.0))),
                self.chance.between(1.4, 4.0),
                self.chance.between(1.0, 3.0),
            ),
            // Who thinks looks aside and up, and comes back now and then.
            Attention::Thinking => (
                Some(self.somewhere((24.0, 13.0), (-13.0, -6.0))),
                self.chance.between(1.6, 2.6),
                self.chance.between(0.5, 0.9),
            ),
            // Somebody else is being attended to.
            Attention::Waiting => (
                Some(self.somewhere((30.0, 16.0), (4.0, 16.0)) * Vec2::new(-1.0, 1.0)),
                self.chance.between(2.0, 3.5),
                self.chance.between(0.8, 1.4),
            ),
            Attention::Speaking if !still => (
                Some(self.somewhere((13.0, 6.0), (-5.0, 7.0))),
                self.chance.between(0.5, 1.0),
                self.chance.between(3.0, 6.5),
            ),
            _ => (None, 0.4, 0.4),
        };
        // Away, back, away: except that thinking and waiting begin with looking away.
        let comes_back = self.aside.is_some();
        (self.aside, self.aside_in) = if comes_back { (None, back_s) } else { (away, for_s) };
    }

    /// A place to one side, `far` at most and at least, and between two heights.
    fn somewhere(&mut self, (far, near): (f32, f32), (high, low): (f32, f32)) -> Vec2 {
        let side = if self.chance.unit() < 0.5 { -1.0 } else { 1.0 };
        Vec2::new(side * self.chance.between(near, far), self.chance.between(high, low))
    }

    /// The attention has turned: whatever was looked at aside is left.
    pub fn turn_to_visitor(&mut self) {
        self.aside = None;
        self.aside_in = 1.8;
    }

    /// The attention has left the visitor: the eyes go elsewhere soon.
    pub fn turn_away(&mut self) {
        self.aside_in = self.aside_in.min(0.25);
    }

    fn look(&mut self, point: Vec2, dt: f32) -> bool {
        let mut blinks = false;
        if self.jump.is_none() && self.at.distance(point) > JUMP_FROM {
            let far = self.at.distance(point);
            self.jump = Some(Jump { from: self.at, age: 0.0, length: JUMP_S.0 + JUMP_S.1 * far });
            blinks = far > BLINK_FROM;
        }
        match &mut self.jump {
            Some(jump) => {
                jump.age += dt;
                self.at = jump.from.lerp(point, smooth(jump.age / jump.length));
                if jump.age >= jump.length {
                    self.jump = None;
                }
            }
            None => self.at += (point - self.at) * (1.0 - (-12.0 * dt).exp()),
        }
        blinks
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

    const FRAME: f32 = 1.0 / 60.0;

    fn settle(wanted: Vec2, attention: Attention) -> Gaze {
        let mut gaze = Gaze::new(3);
        (0..180).for_each(|_| _ = gaze.step(FRAME, wanted, attention, true));
        gaze
    }

    #[test]
    fn head_and_eyes_together_reach_the_visitor() {
        let wanted = direction(Vec3::new(0.0, 1.5, 0.0), Vec3::new(0.6, 1.4, 1.5));
        let gaze = settle(wanted, Attention::Attending);
        assert!((gaze.head + gaze.eyes).distance(wanted) < 1.0, "{:?} {wanted}", gaze.head + gaze.eyes);
    }

    #[test]
    fn eyes_are_there_long_before_the_head_and_turn_back_in_it() {
        let wanted = Vec2::new(24.0, 0.0);
        let mut gaze = settle(Vec2::ZERO, Attention::Attending);
        (0..8).for_each(|_| _ = gaze.step(FRAME, wanted, Attention::Attending, true));
        assert!((gaze.head + gaze.eyes).distance(wanted) < 1.5, "{:?}", gaze.head + gaze.eyes);
        assert!(gaze.head.x < 6.0 && gaze.eyes.x > 17.0, "{:?}", gaze);
        (0..90).for_each(|_| _ = gaze.step(FRAME, wanted, Attention::Attending, true));
        assert!(gaze.eyes.x < 12.0 && (gaze.head + gaze.eyes).distance(wanted) < 1.5);
    }

    #[test]
    fn between_jumps_eyes_rest() {
        let mut gaze = settle(Vec2::ZERO, Attention::Attending);
        let (mut moving, mut jumps) = (0, 0);
        for _ in 0..60 * 60 {
            gaze.step(FRAME, Vec2::ZERO, Attention::Attending, false);
            moving += u32::from(gaze.jump.is_some());
            jumps += u32::from(gaze.jump.is_some_and(|jump| jump.age <= FRAME));
        }
        assert!((10..90).contains(&jumps), "{jumps} jumps a minute");
        assert!(moving < 60 * 60 / 10, "{moving} frames of a minute");
    }

    #[test]
    fn who_thinks_looks_aside_and_comes_back_and_who_is_alone_looks_about() {
        for (attention, far) in
            [(Attention::Thinking, 10.0), (Attention::Idle, 20.0), (Attention::Waiting, 12.0)]
        {
            let mut gaze = Gaze::new(9);
            let (mut away, mut back) = (0, 0);
            for _ in 0..60 * 30 {
                gaze.step(FRAME, Vec2::ZERO, attention, false);
                let sum = gaze.head + gaze.eyes;
                away += u32::from(sum.length() > far);
                back += u32::from(sum.length() < 4.0);
            }
            assert!(away > 300 && back > 100, "{attention:?}: {away} away, {back} back of 1800");
        }
    }

    #[test]
    fn nobody_turns_the_head_around() {
        let gaze = settle(Vec2::new(170.0, -80.0), Attention::Attending);
        assert!(gaze.head.x <= HEAD_MOST.x && gaze.eyes.x <= EYES_MOST.x);
    }
}
