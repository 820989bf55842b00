//! A recorded movement from a VRMA file, as turns of the joints that are moved. Pure.

use bevy::prelude::*;

use super::skeleton::{FINGERS, Joint, PHALANGES, Pose, SIDES, Side};
use crate::vrm::{Recording, Track};

/// How far a clip may move the hips, in metres: the feet stay where they are.
const SHIFT_MOST_M: f32 = 0.08;
/// How far a clip may turn a joint of the trunk, and neck and head, in degrees: whoever stands at a desk stays upright.
const TRUNK_MOST_DEG: f32 = 30.0;
/// See [`TRUNK_MOST_DEG`].
const HEAD_MOST_DEG: f32 = 50.0;

/// One clip, ready to be laid over a pose.
#[derive(Debug, Clone)]
pub struct Clip {
    seconds: f32,
    turns: Vec<(Joint, Turns)>,
    /// The same of a finger's joint, of a hand and a finger.
    fingers: Vec<(Side, usize, Turns)>,
    /// The hips' way from where they are at rest, for a body whose hips lie one metre high.
    shift: Vec<(f32, Vec3)>,
}

/// Turns of a joint in the model's axes, at times in order.
type Turns = Vec<(f32, Quat)>;

impl Clip {
    /// Makes a clip of what a file holds. What is not moved by this program, such as legs and toes, is left out.
    pub fn new(recording: &Recording) -> Self {
        let mut clip =
            Self { seconds: recording.seconds, turns: Vec::new(), fingers: Vec::new(), shift: Vec::new() };
        let legs: Vec<Joint> = SIDES.iter().flat_map(|side| side.leg()).collect();
        for track in &recording.tracks {
            let moved = Joint::ALL.iter().copied().find(|joint| joint.bone() == track.bone);
            match moved {
                Some(Joint::LeftEye | Joint::RightEye) => {}
                Some(joint) if legs.contains(&joint) => {}
                Some(joint) => clip.turns.push((joint, limited(joint, turns(track)))),
                None => {
                    if let Some((side, finger)) = finger(&track.bone) {
                        clip.fingers.push((side, finger, turns(track)));
                    }
                }
            }
        }
        // From below, as they are laid over each other.
        clip.turns.sort_by_key(|(joint, _)| *joint as usize);
        let height = if recording.hips_height.abs() > 0.01 { recording.hips_height.abs() } else { 1.0 };
        clip.shift = recording.hips.iter().map(|(t, way)| (*t, Vec3::from_array(*way) / height)).collect();
        clip
    }

    /// How long it takes, in seconds.
    pub fn seconds(&self) -> f32 {
        self.seconds
    }

    /// Which arms it moves.
    pub fn arms(&self) -> [bool; 2] {
        SIDES.map(|side| self.turns.iter().any(|(joint, _)| side.arm().contains(joint)))
    }

    /// Brings a pose towards the clip's at this time. `size` is the body's, 1 usual.
    pub fn lay_over(&self, t: f32, weight: f32, size: f32, pose: &mut Pose) {
        let t = t.clamp(0.0, self.seconds);
        for (joint, turns) in &self.turns {
            pose.lean_to(*joint, turn_at(turns, t), weight);
        }
        if !self.shift.is_empty() {
            let way = shift_at(&self.shift, t) * size;
            pose.shift = pose.shift.lerp(way.clamp_length_max(SHIFT_MOST_M), weight);
        }
        let mut curls = [[(0.0, 0.0); 5]; 2];
        for (side, finger, turns) in &self.fingers {
            if let Some((sum, count)) = curls.get_mut(*side as usize).and_then(|hand| hand.get_mut(*finger)) {
                let turn = side.own(turn_at(turns, t));
                *sum += -2.0 * turn.z.atan2(turn.w);
                *count += 1.0;
            }
        }
        for (own, (sum, count)) in pose.curl.iter_mut().flatten().zip(curls.into_iter().flatten()) {
            if count > 0.0 {
                *own += ((sum / count).clamp(-0.2, 1.6) - *own) * weight;
            }
        }
    }
}

/// The hand and the finger of a bone's name, such as `leftIndexProximal`.
fn finger(bone: &str) -> Option<(Side, usize)> {
    let (side, rest) = match bone.strip_prefix("left") {
        Some(rest) => (Side::Left, rest),
        None => (Side::Right, bone.strip_prefix("right")?),
    };
    let finger = FINGERS
        .iter()
        .position(|finger| rest.strip_prefix(finger).is_some_and(|end| PHALANGES.contains(&end)))?;
    Some((side, finger))
}

/// A bone's turns in the model's axes, from those in its own.
fn turns(track: &Track) -> Turns {
    let parent = Quat::from_array(track.parent_rest).normalize();
    let rest = Quat::from_array(track.rest).normalize();
    let model =
        |own: [f32; 4]| (parent * Quat::from_array(own) * rest.inverse() * parent.inverse()).normalize();
    track.turns.iter().map(|(t, own)| (*t, model(*own))).collect()
}

/// The same, as far as a body at a desk turns.
fn limited(joint: Joint, turns: Turns) -> Turns {
    let most = match joint {
        Joint::Hips | Joint::Spine | Joint::Chest | Joint::UpperChest => TRUNK_MOST_DEG,
        Joint::Neck | Joint::Head => HEAD_MOST_DEG,
        _ => return turns,
    };
    let within = |turn: Quat| {
        let way = (if turn.w < 0.0 { -turn } else { turn }).to_scaled_axis();
        Quat::from_scaled_axis(way.clamp_length_max(most.to_radians()))
    };
    turns.into_iter().map(|(t, turn)| (t, within(turn))).collect()
}

/// The two of a list between which a time lies, and the part of the way from one to the other.
fn around<T: Copy>(list: &[(f32, T)], t: f32) -> Option<(T, T, f32)> {
    let after = list.partition_point(|(at, _)| *at <= t);
    let (from, to) = (list.get(after.saturating_sub(1))?, list.get(after).or(list.last())?);
    let part = if to.0 > from.0 { ((t - from.0) / (to.0 - from.0)).clamp(0.0, 1.0) } else { 0.0 };
    Some((from.1, to.1, part))
}

fn turn_at(turns: &[(f32, Quat)], t: f32) -> Quat {
    around(turns, t).map_or(Quat::IDENTITY, |(from, to, part)| from.slerp(to, part))
}

fn shift_at(way: &[(f32, Vec3)], t: f32) -> Vec3 {
    around(way, t).map_or(Vec3::ZERO, |(from, to, part)| from.lerp(to, part))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::skeleton::{mirrored, turn};
    use super::*;

    fn track(bone: &str, parent: Quat, rest: Quat, turned: Quat) -> Track {
        let own = |turn: Quat| (parent.inverse() * turn * parent * rest).to_array();
        Track {
            bone: bone.into(),
            parent_rest: parent.to_array(),
            rest: rest.to_array(),
            turns: vec![(0.0, own(Quat::IDENTITY)), (1.0, own(turned))],
        }
    }

    /// A clip of half a second for tests of what plays clips.
    pub fn shrug() -> Clip {
        let tracks = vec![
            track("leftShoulder", Quat::IDENTITY, Quat::IDENTITY, turn(0.0, 0.0, 12.0)),
            track("leftUpperArm", Quat::IDENTITY, Quat::IDENTITY, turn(0.0, -30.0, -60.0)),
            track("head", Quat::IDENTITY, Quat::IDENTITY, turn(0.0, 0.0, 10.0)),
        ];
        Clip::new(&Recording { seconds: 1.0, tracks, hips: Vec::new(), hips_height: 1.0 })
    }

    #[test]
    fn turns_do_not_depend_on_the_axes_of_the_files_bones() {
        let wanted = turn(0.0, -40.0, 20.0);
        let odd = turn(90.0, 30.0, -20.0);
        let recording = Recording {
            seconds: 1.0,
            tracks: vec![
                track("leftUpperArm", Quat::IDENTITY, Quat::IDENTITY, wanted),
                track("rightUpperArm", odd, turn(10.0, 80.0, 0.0), wanted),
                track("leftUpperLeg", odd, odd, wanted),
            ],
            hips: vec![(0.0, [0.0; 3]), (1.0, [0.5, 0.0, 0.0])],
            hips_height: 1.0,
        };
        let clip = Clip::new(&recording);
        assert_eq!(clip.arms(), [true, true]);
        let mut pose = Pose::default();
        clip.lay_over(1.0, 1.0, 1.0, &mut pose);
        for joint in [Joint::LeftUpperArm, Joint::RightUpperArm] {
            assert!(pose.get(joint).angle_between(wanted) < 0.01, "{joint:?}");
        }
        assert_eq!(pose.get(Joint::LeftUpperLeg), Quat::IDENTITY, "legs belong to the feet");
        assert!((pose.shift.x - SHIFT_MOST_M).abs() < 1e-4, "the hips stay above the feet");
        let mut half = Pose::default();
        clip.lay_over(0.5, 1.0, 1.0, &mut half);
        assert!(
            (half.get(Joint::LeftUpperArm).angle_between(Quat::IDENTITY)
                - wanted.angle_between(Quat::IDENTITY) / 2.0)
                .abs()
                < 0.01
        );
    }

    #[test]
    fn whatever_was_recorded_the_body_stays_upright() {
        let recording = Recording {
            seconds: 1.0,
            tracks: vec![track("hips", Quat::IDENTITY, Quat::IDENTITY, turn(0.0, 0.0, 85.0))],
            hips: Vec::new(),
            hips_height: 1.0,
        };
        let mut pose = Pose::default();
        Clip::new(&recording).lay_over(1.0, 1.0, 1.0, &mut pose);
        let turned = pose.get(Joint::Hips).angle_between(Quat::IDENTITY).to_degrees();
        assert!((turned - TRUNK_MOST_DEG).abs() < 0.5, "{turned}");
    }

    #[test]
    fn fingers_curl_as_recorded() {
        let bent = Quat::from_rotation_z(-0.8);
        let recording = Recording {
            seconds: 1.0,
            tracks: vec![
                track("leftIndexProximal", Quat::IDENTITY, Quat::IDENTITY, bent),
                track("rightIndexDistal", Quat::IDENTITY, Quat::IDENTITY, mirrored(bent)),
            ],
            hips: Vec::new(),
            hips_height: 0.0,
        };
        let mut pose = Pose::default();
        Clip::new(&recording).lay_over(1.0, 1.0, 1.0, &mut pose);
        assert!(pose.curl.iter().all(|hand| (hand[0] - 0.8).abs() < 1e-3), "{:?}", pose.curl);
    }
}
