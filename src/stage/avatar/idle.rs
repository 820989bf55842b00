//! What a body does when it does nothing: it stands at ease, breathes, shifts its weight. Pure.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::{
    input::Attention,
    skeleton::{Joint, Pose, mirrored, turn},
};

/// Seconds from one breath to the next.
const BREATH_S: f32 = 4.1;

/// A slow number in -1..1 that does not repeat soon.
pub fn drift(t: f32, seed: f32) -> f32 {
    ((t * 0.41 + seed).sin() + (t * 0.67 + seed * 2.3).sin() * 0.6 + (t * 0.23 + seed * 5.1).sin() * 0.8)
        / 2.4
}

/// The body at `t` seconds. `sway` 1 is usual, 0 stands still but breathes.
pub fn pose(t: f32, attention: Attention, sway: f32) -> Pose {
    let mut pose = Pose::default();
    at_ease(&mut pose);

    let breath = (t * TAU / BREATH_S).sin();
    pose.add(Joint::Chest, turn(-0.9 * breath, 0.0, 0.0));
    pose.add(Joint::Neck, turn(0.5 * breath, 0.0, 0.0));
    pose.add(Joint::LeftShoulder, turn(0.0, 0.0, 0.9 * breath));
    pose.add(Joint::RightShoulder, turn(0.0, 0.0, -0.9 * breath));

    let lean = drift(t, 0.3) * sway;
    pose.shift = Vec3::new(0.011 * lean, -0.002 * lean.abs(), 0.0);
    pose.add(Joint::Hips, turn(0.0, 1.2 * drift(t, 4.0) * sway, 1.1 * lean));
    pose.add(Joint::Spine, turn(0.0, 0.0, -1.6 * lean));
    pose.add(
        Joint::Head,
        turn(0.9 * drift(t, 8.0) * sway, 1.6 * drift(t, 2.0) * sway, 0.8 * drift(t, 6.0) * sway),
    );
    for (joint, seed) in [(Joint::LeftUpperArm, 1.0), (Joint::RightUpperArm, 3.0)] {
        pose.add(joint, turn(1.1 * drift(t, seed) * sway, 0.0, 0.0));
    }

    match attention {
        Attention::Listening => {
            pose.add(Joint::Spine, turn(2.5, 0.0, 0.0));
            pose.add(Joint::Head, turn(1.5, 0.0, 5.0));
        }
        Attention::Thinking => pose.add(Joint::Head, turn(0.0, 0.0, -4.0)),
        Attention::Attending | Attention::Speaking => pose.add(Joint::Spine, turn(1.0, 0.0, 0.0)),
        Attention::Idle => {}
    }
    pose
}

/// Arms down, elbows and fingers a little bent, instead of the T that a file is made in.
fn at_ease(pose: &mut Pose) {
    let (shoulder, upper, lower, hand) = (
        turn(0.0, 0.0, -3.0),
        turn(-5.0, 0.0, -71.0),
        turn(0.0, -20.0, 0.0) * turn(-12.0, 0.0, 0.0),
        turn(0.0, 0.0, -5.0),
    );
    for (joint, turn) in [
        (Joint::LeftShoulder, shoulder),
        (Joint::LeftUpperArm, upper),
        (Joint::LeftLowerArm, lower),
        (Joint::LeftHand, hand),
    ] {
        pose.set(joint, turn);
    }
    for (joint, turn) in [
        (Joint::RightShoulder, shoulder),
        (Joint::RightUpperArm, upper),
        (Joint::RightLowerArm, lower),
        (Joint::RightHand, hand),
    ] {
        pose.set(joint, mirrored(turn));
    }
    pose.curl = [[0.22, 0.28, 0.33, 0.38]; 2];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arms_hang_down() {
        for t in [0.0, 3.3, 100.0] {
            let pose = pose(t, Attention::Idle, 1.0);
            let left = pose.get(Joint::LeftShoulder) * pose.get(Joint::LeftUpperArm) * Vec3::X;
            let right = pose.get(Joint::RightShoulder) * pose.get(Joint::RightUpperArm) * Vec3::NEG_X;
            assert!(left.y < -0.85 && right.y < -0.85, "{left} {right}");
        }
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
