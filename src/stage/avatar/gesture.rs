//! Gestures: what the body does from the beginning to the end of each, apart from how it comes and goes. Pure.

use std::f32::consts::TAU;

use bevy::prelude::*;

use super::{
    arm::Reach,
    skeleton::{Curl, Joint, Pose, Side, turn},
};
use crate::performance::Gesture;

/// Fingers that are a little bent.
pub const SOFT: Curl = [0.12, 0.17, 0.22, 0.27, 0.15];
/// A flat hand.
const FLAT: Curl = [0.03, 0.03, 0.05, 0.08, 0.05];
/// An open hand whose fingers are spread in height.
const OPEN: Curl = [0.05, 0.11, 0.18, 0.24, 0.0];

/// The joints of the trunk, from below.
pub const TRUNK: [Joint; 5] = [Joint::Hips, Joint::Spine, Joint::Chest, Joint::Neck, Joint::Head];

/// What a movement does to the body at one moment, at its full size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figure {
    /// Where it holds the left and the right hand; `None` leaves an arm to others.
    pub arms: [Option<Reach>; 2],
    /// How it turns the trunk's joints beyond their pose, in degrees about x, y and z.
    pub trunk: [Vec3; 5],
    /// How it moves the hips, in metres.
    pub shift: Vec3,
    /// How far it shuts the eyes, 0..1: who bows looks down.
    pub lids: f32,
}

impl Figure {
    /// Turns the trunk of a pose by this part of the figure.
    pub fn turn_trunk(&self, pose: &mut Pose, weight: f32) {
        for (joint, degrees) in TRUNK.into_iter().zip(self.trunk) {
            if degrees != Vec3::ZERO {
                let part = degrees * weight;
                pose.add(joint, turn(part.x, part.y, part.z));
            }
        }
        pose.shift += self.shift * weight;
    }

    fn turned(mut self, joint: Joint, x: f32, y: f32, z: f32) -> Self {
        if let Some(place) = TRUNK.iter().position(|j| *j == joint)
            && let Some(own) = self.trunk.get_mut(place)
        {
            *own += Vec3::new(x, y, z);
        }
        self
    }

    fn with(mut self, side: Side, reach: Reach) -> Self {
        if let Some(arm) = self.arms.get_mut(side as usize) {
            *arm = Some(reach);
        }
        self
    }
}

/// How long a gesture takes, in seconds, with coming and going; how long it takes to come; and to go.
pub fn seconds(gesture: Gesture) -> (f32, f32, f32) {
    match gesture {
        Gesture::Wave => (2.7, 0.62, 0.75),
        Gesture::Bow => (2.5, 0.95, 1.0),
        Gesture::Nod => (1.15, 0.25, 0.4),
        Gesture::ShakeHead => (1.5, 0.3, 0.45),
        Gesture::OpenPalms => (2.5, 0.62, 0.8),
        Gesture::Point => (3.0, 0.66, 0.8),
        Gesture::Halt => (2.6, 0.55, 0.75),
    }
}

/// What a gesture is for those whom motion makes unwell: nothing waves and nothing bows, and some are left out.
pub fn calm(gesture: Gesture) -> Option<Gesture> {
    match gesture {
        Gesture::Wave | Gesture::Bow | Gesture::Nod => Some(Gesture::Nod),
        Gesture::OpenPalms => None,
        Gesture::ShakeHead | Gesture::Point | Gesture::Halt => Some(gesture),
    }
}

/// A gesture `t` seconds after it began. `aim` is where it points, from the chest, for those that point.
pub fn figure(gesture: Gesture, t: f32, aim: Vec3) -> Figure {
    let figure = Figure::default();
    match gesture {
        Gesture::Wave => {
            let swing = (t * TAU * 1.55).sin();
            let reach = Reach {
                at: Vec3::new(0.48 + 0.07 * swing, 0.26, 0.34),
                fingers: Vec3::new(0.14 + 0.42 * swing, 1.0, 0.10),
                palm: Vec3::new(-0.05, -0.05, 1.0),
                elbow: Vec3::new(0.75, -0.8, -0.05),
                curl: FLAT,
                shrug: 4.0,
            };
            figure.with(Side::Right, reach).turned(Joint::Head, 0.0, 0.0, 5.0).turned(
                Joint::Spine,
                0.0,
                0.0,
                -1.5,
            )
        }
        Gesture::Bow => {
            let bowed = figure
                .with(Side::Left, folded(Side::Left))
                .with(Side::Right, folded(Side::Right))
                .turned(Joint::Hips, 9.0, 0.0, 0.0)
                .turned(Joint::Spine, 9.0, 0.0, 0.0)
                .turned(Joint::Chest, 6.0, 0.0, 0.0)
                .turned(Joint::Neck, 5.0, 0.0, 0.0)
                .turned(Joint::Head, 8.0, 0.0, 0.0);
            // Who bows puts the hips back, to stay in balance.
            Figure { shift: Vec3::new(0.0, 0.0, -0.028), lids: 0.85, ..bowed }
        }
        Gesture::Nod => {
            let down = (1.0 - (t * TAU * 1.75).cos()) * 0.5;
            figure.turned(Joint::Head, 9.0 * down, 0.0, 0.0).turned(Joint::Neck, 4.0 * down, 0.0, 0.0)
        }
        Gesture::ShakeHead => {
            let side = (t * TAU * 1.45).sin();
            figure.turned(Joint::Head, 0.0, 13.0 * side, 0.0).turned(Joint::Neck, 0.0, 5.0 * side, 0.0)
        }
        Gesture::OpenPalms => {
            let wide = smooth(t / 1.3);
            let reach = Reach {
                at: Vec3::new(0.10 + 0.14 * wide, -0.48 - 0.03 * wide, 0.52),
                fingers: Vec3::new(0.25 + 0.45 * wide, 0.12, 1.0),
                palm: Vec3::new(-0.25, 1.0, -0.05),
                elbow: Vec3::new(0.55, -0.9, -0.45),
                curl: OPEN,
                shrug: 3.0 * wide,
            };
            figure
                .with(Side::Left, reach)
                .with(Side::Right, Reach { at: reach.at + Vec3::new(0.0, 0.02, 0.0), ..reach })
                .turned(Joint::Head, -1.5, 0.0, 3.5)
        }
        Gesture::Point => point(aim),
        Gesture::Halt => {
            let reach = Reach {
                at: Vec3::new(0.20, -0.02, 0.62),
                fingers: Vec3::new(-0.05, 1.0, 0.12),
                palm: Vec3::new(0.0, -0.1, 1.0),
                elbow: Vec3::new(0.6, -0.9, 0.0),
                curl: FLAT,
                shrug: 2.0,
            };
            figure.with(Side::Right, reach).turned(Joint::Spine, -1.5, 0.0, 0.0).turned(
                Joint::Head,
                2.0,
                0.0,
                0.0,
            )
        }
    }
}

/// Shows something with an open hand, as hosts do: a pointing finger is rude in many places.
fn point(aim: Vec3) -> Figure {
    let aim = aim.try_normalize().unwrap_or(Vec3::X);
    let side = if aim.x < 0.0 { Side::Right } else { Side::Left };
    // In the left arm's axes, and where an arm can point: beside the body, above a desk.
    let toward =
        Vec3::new(aim.x.abs().max(0.12), aim.y.clamp(-0.38, 0.7), aim.z.clamp(-0.1, 0.85)).normalize();
    let reach = Reach {
        at: Vec3::new(toward.x * 0.80 + 0.04, (toward.y * 0.62 - 0.10).max(-0.33), toward.z * 0.62 + 0.20),
        fingers: toward + Vec3::new(0.0, 0.12, 0.0),
        palm: Vec3::new(-0.15, 0.75, 0.65),
        elbow: Vec3::new(0.25, -1.0, -0.35),
        curl: OPEN,
        shrug: 2.0,
    };
    let sign = if side == Side::Left { 1.0 } else { -1.0 };
    Figure::default().with(side, reach).turned(Joint::Chest, 0.0, 6.0 * sign * toward.x, 0.0).turned(
        Joint::Head,
        -toward.y * 6.0,
        5.0 * sign * toward.x,
        -2.0 * sign,
    )
}

/// The arm at the side of the body.
pub fn hanging() -> Reach {
    Reach {
        at: Vec3::new(0.20, -0.945, 0.13),
        fingers: Vec3::new(0.02, -1.0, 0.16),
        palm: Vec3::new(-1.0, 0.0, -0.35),
        elbow: Vec3::new(0.35, 0.0, -1.0),
        curl: [0.24, 0.30, 0.36, 0.42, 0.2],
        shrug: -3.0,
    }
}

/// One of both hands before the belly, the left one on the right.
pub fn folded(side: Side) -> Reach {
    let over = side == Side::Left;
    Reach {
        at: if over { Vec3::new(-0.03, -0.49, 0.50) } else { Vec3::new(0.0, -0.535, 0.46) },
        fingers: if over { Vec3::new(-1.0, -0.16, 0.28) } else { Vec3::new(-1.0, -0.06, 0.28) },
        palm: if over { Vec3::new(0.05, -0.55, -0.8) } else { Vec3::new(0.05, -0.35, -0.9) },
        elbow: Vec3::new(1.0, -0.45, -0.6),
        curl: [0.25, 0.3, 0.34, 0.38, 0.2],
        shrug: -2.0,
    }
}

/// Lost in thought: one hand below the chin, the other before the belly.
pub fn pondering(side: Side) -> Reach {
    match side {
        Side::Left => Reach { at: Vec3::new(-0.10, -0.50, 0.44), ..folded(Side::Right) },
        Side::Right => Reach {
            at: Vec3::new(-0.12, -0.06, 0.50),
            fingers: Vec3::new(-0.35, 0.9, -0.25),
            palm: Vec3::new(-0.5, -0.1, -0.85),
            elbow: Vec3::new(0.55, -1.0, 0.1),
            curl: [0.35, 0.75, 0.85, 0.9, 0.2],
            shrug: 1.0,
        },
    }
}

/// Where a speaking hand is held between beats; `open` 0 has the palm inwards, 1 upwards.
pub fn speaking(open: f32) -> Reach {
    Reach {
        at: Vec3::new(0.02 + 0.08 * open, -0.50, 0.54),
        fingers: Vec3::new(-0.12 + 0.25 * open, 0.22, 1.0),
        palm: Vec3::new(-1.0 + 0.6 * open, 0.35 + 0.6 * open, 0.0),
        elbow: Vec3::new(0.6, -0.9, -0.45),
        curl: SOFT,
        shrug: 1.0,
    }
}

/// A curve that leaves 0 and reaches 1 without a jerk (zero first and second derivative at both ends).
pub fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

#[cfg(test)]
pub const ALL: [Gesture; 7] = [
    Gesture::Wave,
    Gesture::Bow,
    Gesture::Nod,
    Gesture::ShakeHead,
    Gesture::OpenPalms,
    Gesture::Point,
    Gesture::Halt,
];
