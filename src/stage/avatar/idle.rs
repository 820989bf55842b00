//! What a body does when it does nothing: it stands at ease, breathes, shifts its weight; and how attention shows in it. Pure.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::{
    build::Build,
    chance::Chance,
    gesture::{folded, hanging, pondering},
    input::Attention,
    skeleton::{Joint, Pose, SIDES, turn},
};
use crate::stage::ease::Ease;

/// Seconds from one breath to the next, at rest and while speaking.
const BREATH_S: (f32, f32) = (4.2, 3.1);
/// Seconds between shifts of weight.
const SHIFT_S: (f32, f32) = (6.0, 14.0);
/// How long one takes, in seconds.
const SHIFTING_S: f32 = 2.4;
/// How far the hips go, in metres, of a body of the usual size.
const SHIFT_M: f32 = 0.020;
/// How far knees are bent by, in metres: legs that are all straight look like a doll's.
const SINK_M: f32 = 0.007;
/// Seconds between changes of the arms.
const ARMS_S: (f32, f32) = (14.0, 34.0);
/// How long arms take to come together, and hang down again, in seconds.
const FOLDING_S: f32 = 1.5;
/// For so long somebody thinks before a hand goes to the chin, in seconds.
const PONDER_AFTER_S: f32 = 0.9;

/// How one body stands.
#[derive(Debug, Clone)]
pub struct Stance {
    t: f32,
    breath: f32,
    side: Ease,
    side_wanted: f32,
    shift_in: f32,
    folded: Ease,
    folds: bool,
    arms_in: f32,
    leans: Leans,
    in_thought: f32,
    chance: Chance,
}

/// How far each kind of attention shows, 0..1.
#[derive(Debug, Clone, Default)]
struct Leans {
    near: Ease,
    listening: Ease,
    thinking: Ease,
    waiting: Ease,
    hand: Ease,
}

impl Stance {
    /// Stands at ease.
    pub fn new(seed: u32) -> Self {
        Self {
            t: 0.0,
            breath: 0.0,
            side: Ease::default(),
            side_wanted: 0.0,
            shift_in: 2.0,
            folded: Ease::at(1.0),
            folds: true,
            arms_in: 12.0,
            leans: Leans::default(),
            in_thought: 0.0,
            chance: Chance::new(seed),
        }
    }

    /// Goes on by `dt` seconds. `still` neither sways nor changes its arms.
    pub fn step(&mut self, dt: f32, attention: Attention, still: bool) {
        self.t += dt;
        let period = if attention == Attention::Speaking { BREATH_S.1 } else { BREATH_S.0 };
        self.breath = (self.breath + dt / period).fract();
        self.shift_in -= dt;
        if self.shift_in <= 0.0 {
            self.shift_in = self.chance.between(SHIFT_S.0, SHIFT_S.1);
            let far = self.chance.between(0.45, 1.0);
            self.side_wanted = if self.side_wanted > 0.0 { -far } else { far };
        }
        self.side.step(if still { 0.0 } else { self.side_wanted }, SHIFTING_S, dt);
        self.arms_in -= dt;
        if self.arms_in <= 0.0 && !still {
            self.arms_in = self.chance.between(ARMS_S.0, ARMS_S.1);
            self.folds = self.chance.unit() < 0.62;
        }
        // Who waits, or is bowed to, sees hands that rest.
        let folds = still || self.folds || attention == Attention::Waiting;
        self.folded.step(f32::from(u8::from(folds)), FOLDING_S, dt);
        self.in_thought = if attention == Attention::Thinking { self.in_thought + dt } else { 0.0 };
        let ponders = !still && self.in_thought > PONDER_AFTER_S;
        let on = |yes: bool| f32::from(u8::from(yes));
        let leans = &mut self.leans;
        leans.near.step(on(attention != Attention::Idle), 0.9, dt);
        leans.listening.step(on(attention == Attention::Listening), 0.9, dt);
        leans.thinking.step(on(attention == Attention::Thinking), 0.8, dt);
        leans.waiting.step(on(attention == Attention::Waiting), 1.2, dt);
        leans.hand.step(on(ponders), 1.0, dt);
    }

    /// The body now.
    pub fn pose(&self, build: &Build, still: bool) -> Pose {
        let mut pose = Pose::default();
        let upper = build.upper_arm();
        for side in SIDES {
            let resting = hanging().arm(upper);
            resting.lay_over(&mut pose, side, 1.0);
            folded(side).arm(upper).lay_over(&mut pose, side, self.folded.value);
            pondering(side).arm(upper).lay_over(&mut pose, side, self.leans.hand.value);
        }
        self.breathe(&mut pose);
        let sway = if still { 0.0 } else { 1.0 };
        self.sway(&mut pose, build.size(), sway);
        self.attend(&mut pose);
        pose
    }

    fn breathe(&self, pose: &mut Pose) {
        let breath = (self.breath * TAU).sin();
        pose.add(Joint::Chest, turn(-0.8 * breath, 0.0, 0.0));
        pose.add(Joint::Neck, turn(0.6 * breath, 0.0, 0.0));
        pose.add(Joint::LeftShoulder, turn(0.0, 0.0, 1.1 * breath));
        pose.add(Joint::RightShoulder, turn(0.0, 0.0, -1.1 * breath));
    }

    /// The weight on one leg or the other: that hip goes out and up, the shoulders come back to the middle.
    fn sway(&self, pose: &mut Pose, size: f32, sway: f32) {
        let (t, side) = (self.t, self.side.value * sway);
        pose.shift = Vec3::new(SHIFT_M * side, -SINK_M - 0.0015 * side.abs(), 0.0) * size;
        pose.add(Joint::Hips, turn(0.0, (1.4 * side + 0.7 * drift(t, 4.0)) * sway, 1.7 * side));
        pose.add(Joint::Spine, turn(0.0, -0.8 * side, -2.2 * side));
        pose.add(Joint::Chest, turn(0.0, 0.0, -0.5 * side + 0.5 * drift(t, 0.3) * sway));
        pose.add(
            Joint::Head,
            turn(
                0.8 * drift(t, 8.0) * sway,
                1.4 * drift(t, 2.0) * sway,
                0.8 * side + 0.9 * drift(t, 6.0) * sway,
            ),
        );
        for (joint, seed) in [(Joint::LeftUpperArm, 1.0), (Joint::RightUpperArm, 3.0)] {
            pose.add(joint, turn(0.9 * drift(t, seed) * sway, 0.0, 0.0));
        }
    }

    fn attend(&self, pose: &mut Pose) {
        let Leans { near, listening, thinking, waiting, .. } = &self.leans;
        pose.add(
            Joint::Spine,
            turn(1.2 * near.value + 2.6 * listening.value - 1.0 * thinking.value, 0.0, 0.0),
        );
        pose.add(Joint::Head, turn(0.8 * listening.value, 0.0, 4.5 * listening.value - 4.0 * thinking.value));
        pose.add(Joint::Neck, turn(1.0 * listening.value, 0.0, 1.0 * listening.value));
        // Turned aside a little: somebody else is being attended to.
        pose.add(Joint::Spine, turn(0.0, -5.0 * waiting.value, 0.0));
        pose.add(Joint::Chest, turn(0.0, -4.0 * waiting.value, 0.0));
    }
}

/// A slow number in -1..1 that does not repeat soon.
pub fn drift(t: f32, seed: f32) -> f32 {
    ((t * 0.41 + seed).sin() + (t * 0.67 + seed * 2.3).sin() * 0.6 + (t * 0.23 + seed * 5.1).sin() * 0.8)
        / 2.4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_goes_from_one_leg_to_the_other_while_the_feet_stay() {
        let build = Build::default();
        let mut stance = Stance::new(3);
        let (mut left, mut right) = (0.0_f32, 0.0_f32);
        for _ in 0..60 * 60 {
            stance.step(1.0 / 60.0, Attention::Idle, false);
            let mut pose = stance.pose(&build, false);
            build.plant_feet(&mut pose);
            left = left.max(pose.shift.x);
            right = right.min(pose.shift.x);
            let stood = build.stand(&pose);
            for foot in [Joint::LeftFoot, Joint::RightFoot] {
                let slid = stood[foot as usize].0.distance(build.place(foot));
                assert!(slid < 1.5e-3, "{foot:?} slides {slid} m");
            }
        }
        assert!(left > 0.008 && right < -0.008, "{left} {right}");
    }

    #[test]
    fn who_wants_no_motion_gets_breath_only() {
        let build = Build::default();
        let mut stance = Stance::new(3);
        let mut seen: Vec<Pose> = Vec::new();
        for frame in 0..60 * 60 {
            stance.step(1.0 / 60.0, Attention::Idle, true);
            if frame % 30 == 0 {
                seen.push(stance.pose(&build, true));
            }
        }
        for pose in &seen {
            assert_eq!(pose.shift.x, 0.0);
            assert!(pose.get(Joint::Head).angle_between(seen[0].get(Joint::Head)) < 1e-3);
        }
        assert!(seen.iter().any(|p| p.get(Joint::Chest).angle_between(seen[0].get(Joint::Chest)) > 0.005));
    }

    #[test]
    fn drifting_stays_small_and_slow() {
        for frame in 0..36_000 {
            let t = frame as f32 / 60.0;
            assert!(drift(t, 1.0).abs() <= 1.0 + 1e-4);
            assert!((drift(t + 1.0 / 60.0, 1.0) - drift(t, 1.0)).abs() < 0.02);
        }
    }
}
