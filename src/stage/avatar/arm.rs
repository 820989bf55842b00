//! An arm as a hand that is somewhere, instead of as angles. Pure.
//!
//! Everything is said of the left arm, in the axes of the chest (x to the left, y up, z ahead), from the shoulder's joint, in
//! lengths of the arm. The right arm takes the mirror image.

use bevy::prelude::*;

use super::{
    limb,
    skeleton::{Curl, Pose, Side, turn},
};

/// The most that a wrist bends.
const WRIST_MOST_DEG: f32 = 62.0;
/// The part of the hand's twist that the forearm takes; the wrist takes the rest.
const FOREARM_PART: f32 = 0.62;
/// The most that a forearm twists.
const TWIST_MOST_DEG: f32 = 105.0;
/// How much later than the hand's way the shoulder moves, and how much earlier the elbow.
const LATE: f32 = 1.5;
/// See [`LATE`].
const EARLY: f32 = 1.7;

/// Where a hand is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// The wrist.
    pub at: Vec3,
    /// Where the fingers point.
    pub fingers: Vec3,
    /// What the palm faces.
    pub palm: Vec3,
    /// To which side the elbow goes.
    pub elbow: Vec3,
    /// The fingers.
    pub curl: Curl,
    /// How far the shoulder rises, in degrees.
    pub shrug: f32,
}

/// The turns of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// Shoulder, upper arm, lower arm and hand, of the left side.
    turns: [Quat; 4],
    curl: Curl,
}

impl Reach {
    /// The arm that does it, when the upper arm has this part of its length.
    pub fn arm(&self, upper_part: f32) -> Arm {
        // At rest the arm lies along x, the elbow's tip looks back and the palm down.
        let (along, tip, palm) = (Vec3::X, Vec3::NEG_Z, Vec3::NEG_Y);
        let (upper, lower) = limb::bend(self.at, upper_part, 1.0 - upper_part, self.elbow);
        let elbow = limb::beside_of(self.at.try_normalize().unwrap_or(Vec3::NEG_Y), self.elbow);
        let upper_turn = limb::between((along, tip), (upper, elbow));
        let lower_turn = limb::between((along, tip), (lower, elbow));
        let hand_turn = limb::between((along, palm), (self.fingers, self.palm));
        let wanted = lower_turn.inverse() * hand_turn;
        let twist = 2.0 * wanted.x.atan2(wanted.w);
        let twist = (twist + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU) - std::f32::consts::PI;
        let most = TWIST_MOST_DEG.to_radians();
        let lower_turn = lower_turn * Quat::from_rotation_x((twist * FOREARM_PART).clamp(-most, most));
        let hand = lower_turn.inverse() * hand_turn;
        let (axis, angle) = if hand.w < 0.0 { (-hand).to_axis_angle() } else { hand.to_axis_angle() };
        let hand = Quat::from_axis_angle(axis, angle.min(WRIST_MOST_DEG.to_radians()));
        let turns = [turn(0.0, 0.0, self.shrug), upper_turn, upper_turn.inverse() * lower_turn, hand];
        Arm { turns, curl: self.curl }
    }
}

impl Arm {
    /// Brings one arm of a pose towards this one: 0 leaves it, 1 takes this.
    ///
    /// The elbow bends before the shoulder lifts, and stretches after it sinks, as arms do that hang behind a desk.
    pub fn lay_over(&self, pose: &mut Pose, side: Side, weight: f32) {
        let weight = weight.clamp(0.0, 1.0);
        let (late, early) = (weight.powf(LATE), 1.0 - (1.0 - weight).powf(EARLY));
        for ((joint, turn), part) in side.arm().into_iter().zip(self.turns).zip([weight, late, early, early])
        {
            pose.lean_to(joint, side.own(turn), part);
        }
        if let Some(curl) = pose.curl.get_mut(side as usize) {
            for (own, wanted) in curl.iter_mut().zip(self.curl) {
                *own += (wanted - *own) * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{build::Build, skeleton::Joint};
    use super::*;

    #[test]
    fn the_wrist_arrives_and_the_palm_faces_what_it_shall() {
        let build = Build::default();
        let reach = Reach {
            at: Vec3::new(0.2, -0.45, 0.5),
            fingers: Vec3::new(0.3, 0.2, 1.0),
            palm: Vec3::new(0.0, 1.0, 0.0),
            elbow: Vec3::new(0.5, -1.0, -0.3),
            curl: [0.1; 5],
            shrug: 0.0,
        };
        for (side, sign) in [(Side::Left, 1.0), (Side::Right, -1.0)] {
            let mut pose = Pose::default();
            reach.arm(build.upper_arm()).lay_over(&mut pose, side, 1.0);
            let stood = build.stand(&pose);
            let [_, shoulder, _, hand] = side.arm();
            let length = 0.425;
            let ((from, _), (at, turned)) = (stood[shoulder as usize], stood[hand as usize]);
            let way = (at - from) / length * Vec3::new(sign, 1.0, 1.0);
            assert!(way.distance(reach.at) < 0.02, "{side:?}: {way}");
            let palm = turned * Vec3::NEG_Y;
            assert!(palm.y > 0.6, "{side:?}: the palm faces {palm}");
        }
        assert_eq!(Joint::LeftHand, Side::Left.arm()[3]);
    }
}
