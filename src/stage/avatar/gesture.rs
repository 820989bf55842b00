//! Gestures: what the body does from the beginning to the end of each. Pure.

use std::f32::consts::TAU;

use bevy::prelude::Quat;

use super::skeleton::{Curl, Joint, Pose, mirrored, turn};
use crate::performance::Gesture;

/// Fingers that are a little bent.
const SOFT: Curl = [0.12, 0.16, 0.2, 0.24];
/// A flat hand.
const FLAT: Curl = [0.02, 0.02, 0.03, 0.05];
/// A pointing hand.
const POINTING: Curl = [0.0, 1.2, 1.3, 1.35];

/// How long a gesture takes, in seconds.
pub fn seconds(gesture: Gesture) -> f32 {
    match gesture {
        Gesture::Wave => 2.4,
        Gesture::Bow => 2.2,
        Gesture::Nod => 1.1,
        Gesture::ShakeHead => 1.4,
        Gesture::OpenPalms => 2.2,
        Gesture::Point => 2.6,
        Gesture::Halt => 2.4,
    }
}

/// A curve that leaves 0 and reaches 1 without a jerk (zero first and second derivative at both ends).
pub fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// How much of a gesture is seen at `t` seconds: it comes within `attack` seconds and goes within `release`.
fn envelope(t: f32, length: f32, attack: f32, release: f32) -> f32 {
    smooth(t / attack).min(smooth((length - t) / release))
}

/// How far a gesture shuts the eyes at `t` seconds, 0..1: who bows looks down.
pub fn lids(gesture: Gesture, t: f32) -> f32 {
    match gesture {
        Gesture::Bow => 0.9 * envelope(t, seconds(gesture), 0.6, 0.6),
        _ => 0.0,
    }
}

/// Applies a gesture that began `t` seconds ago to a pose. `size` 1 is usual, less is calmer.
pub fn apply(gesture: Gesture, t: f32, size: f32, pose: &mut Pose) {
    let length = seconds(gesture);
    if !(0.0..length).contains(&t) {
        return;
    }
    match gesture {
        Gesture::Wave => {
            let weight = envelope(t, length, 0.55, 0.6);
            let swing = (t * TAU * 1.75).sin() * 20.0 * size;
            arm(
                pose,
                false,
                weight,
                turn(-6.0, -14.0, -34.0),
                turn(0.0, 0.0, 112.0 + swing) * turn(-82.0, 0.0, 0.0),
                FLAT,
            );
            pose.lean_to(Joint::RightHand, turn(0.0, 0.0, swing * 0.35), weight);
            pose.add(Joint::Head, turn(0.0, 0.0, 5.0 * weight * size));
            pose.add(Joint::Spine, turn(0.0, 0.0, -2.0 * weight * size));
        }
        Gesture::Bow => {
            let depth = envelope(t, length, 0.8, 0.9) * size;
            for (joint, degrees) in [
                (Joint::Hips, 6.0),
                (Joint::Spine, 13.0),
                (Joint::Chest, 9.0),
                (Joint::Neck, 5.0),
                (Joint::Head, 9.0),
            ] {
                pose.add(joint, turn(degrees * depth, 0.0, 0.0));
            }
        }
        Gesture::Nod => {
            let weight = envelope(t, length, 0.2, 0.35);
            let down = (1.0 - (t * TAU * 1.8).cos()) * 0.5;
            pose.add(Joint::Head, turn(11.0 * down * weight * size, 0.0, 0.0));
            pose.add(Joint::Neck, turn(4.0 * down * weight * size, 0.0, 0.0));
        }
        Gesture::ShakeHead => {
            let weight = envelope(t, length, 0.25, 0.4);
            let side = (t * TAU * 1.7).sin();
            pose.add(Joint::Head, turn(0.0, 15.0 * side * weight * size, 0.0));
            pose.add(Joint::Neck, turn(0.0, 5.0 * side * weight * size, 0.0));
        }
        Gesture::OpenPalms => {
            let weight = envelope(t, length, 0.5, 0.65);
            let lift = (t * TAU * 0.7).sin() * 4.0 * size;
            for left in [true, false] {
                arm(
                    pose,
                    left,
                    weight,
                    turn(-14.0, 0.0, -58.0),
                    turn(0.0, -62.0 + lift, 0.0) * turn(-72.0, 0.0, 0.0),
                    SOFT,
                );
            }
            pose.add(Joint::Head, turn(-2.0 * weight, 0.0, 3.0 * weight * size));
            pose.add(Joint::LeftShoulder, turn(0.0, 0.0, 4.0 * weight * size));
            pose.add(Joint::RightShoulder, turn(0.0, 0.0, -4.0 * weight * size));
        }
        Gesture::Point => {
            let weight = envelope(t, length, 0.55, 0.6);
            arm(pose, true, weight, turn(0.0, -30.0, -30.0), turn(0.0, -8.0, 26.0), POINTING);
            pose.add(Joint::Head, turn(0.0, 14.0 * weight * size, 0.0));
            pose.add(Joint::Chest, turn(0.0, 5.0 * weight * size, 0.0));
        }
        Gesture::Halt => {
            let weight = envelope(t, length, 0.4, 0.6);
            arm(
                pose,
                false,
                weight,
                turn(-24.0, -34.0, -52.0),
                turn(0.0, 0.0, 118.0) * turn(-86.0, 0.0, 0.0),
                FLAT,
            );
            pose.lean_to(Joint::RightHand, mirrored(turn(0.0, 0.0, 14.0)), weight);
            pose.add(Joint::Spine, turn(-2.0 * weight * size, 0.0, 0.0));
        }
    }
}

/// Brings an arm towards a place. Turns are those of the left arm; the right one takes their mirror image.
fn arm(pose: &mut Pose, left: bool, weight: f32, upper: Quat, lower: Quat, fingers: Curl) {
    let (joints, side) = if left {
        ([Joint::LeftUpperArm, Joint::LeftLowerArm], 0)
    } else {
        ([Joint::RightUpperArm, Joint::RightLowerArm], 1)
    };
    let turns = if left { [upper, lower] } else { [mirrored(upper), mirrored(lower)] };
    for (joint, turn) in joints.into_iter().zip(turns) {
        pose.lean_to(joint, turn, weight);
    }
    if let Some(curl) = pose.curl.get_mut(side) {
        for (own, wanted) in curl.iter_mut().zip(fingers) {
            *own += (wanted - *own) * weight;
        }
    }
}

/// The hands' small beats while speaking: `kind` chooses one, `t` runs from 0 to 1.
pub fn beat(kind: u32, t: f32, size: f32, pose: &mut Pose) {
    let rise = (smooth(t / 0.35)).min(smooth((1.0 - t) / 0.55)) * size;
    let left = kind.is_multiple_of(2);
    let both = kind % 3 == 2;
    for side in [true, false] {
        if both || side == left {
            let (upper, lower) = (turn(-13.0, 0.0, -64.0), turn(0.0, -70.0, 0.0) * turn(-48.0, 0.0, 0.0));
            arm(pose, side, 0.75 * rise, upper, lower, SOFT);
        }
    }
    let side = if left { 3.0 } else { -3.0 };
    pose.add(Joint::Head, turn(2.5 * rise, side * rise, 0.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Gesture; 7] = [
        Gesture::Wave,
        Gesture::Bow,
        Gesture::Nod,
        Gesture::ShakeHead,
        Gesture::OpenPalms,
        Gesture::Point,
        Gesture::Halt,
    ];

    #[test]
    fn a_gesture_begins_and_ends_where_the_body_was() {
        for gesture in ALL {
            for t in [0.0, seconds(gesture) - 1e-4, seconds(gesture), -1.0] {
                let mut pose = Pose::default();
                apply(gesture, t, 1.0, &mut pose);
                for joint in Joint::ALL {
                    assert!(
                        pose.get(*joint).angle_between(Quat::IDENTITY) < 0.01,
                        "{gesture:?} {joint:?} at {t}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_pops_at_sixty_frames_a_second() {
        for gesture in ALL {
            let mut before = Pose::default();
            for frame in 0..(seconds(gesture) * 60.0) as u32 {
                let mut pose = Pose::default();
                apply(gesture, frame as f32 / 60.0, 1.0, &mut pose);
                for joint in Joint::ALL {
                    let step = pose.get(*joint).angle_between(before.get(*joint)).to_degrees();
                    assert!(step < 14.0, "{gesture:?} {joint:?} jumps {step} degrees in frame {frame}");
                }
                before = pose;
            }
        }
    }

    #[test]
    fn a_waving_hand_is_above_its_elbow() {
        let mut pose = Pose::default();
        apply(Gesture::Wave, 1.2, 1.0, &mut pose);
        let upper = pose.get(Joint::RightUpperArm);
        let forearm = upper * pose.get(Joint::RightLowerArm) * bevy::prelude::Vec3::NEG_X;
        assert!(forearm.y > 0.7, "{forearm}");
    }
}
