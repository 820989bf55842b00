//! A pose in a form that does not depend on the file: each joint's turn is given in the axes of the model (x to its
//! left, y up, z forward) as if all bones lay along them at rest, and is brought into the bone's own axes here.

use bevy::prelude::*;

macro_rules! joints {
    ($($name:ident = $bone:literal),+ $(,)?) => {
        /// A joint that is moved. Left and right are the avatar's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Joint { $(#[doc = $bone] $name),+ }

        impl Joint {
            /// All of them.
            pub const ALL: &'static [Joint] = &[$(Joint::$name),+];

            /// VRM's name of the bone.
            pub fn bone(self) -> &'static str {
                match self { $(Joint::$name => $bone),+ }
            }
        }
    };
}

joints! {
    Hips = "hips", Spine = "spine", Chest = "chest", UpperChest = "upperChest", Neck = "neck", Head = "head",
    LeftShoulder = "leftShoulder", LeftUpperArm = "leftUpperArm", LeftLowerArm = "leftLowerArm", LeftHand = "leftHand",
    RightShoulder = "rightShoulder", RightUpperArm = "rightUpperArm", RightLowerArm = "rightLowerArm",
    RightHand = "rightHand", LeftUpperLeg = "leftUpperLeg", LeftLowerLeg = "leftLowerLeg", LeftFoot = "leftFoot",
    RightUpperLeg = "rightUpperLeg", RightLowerLeg = "rightLowerLeg", RightFoot = "rightFoot",
    LeftEye = "leftEye", RightEye = "rightEye",
}

/// How many joints there are.
pub const JOINTS: usize = Joint::ALL.len();

/// The fingers whose joints curl, without the thumb.
pub const FINGERS: [&str; 4] = ["Index", "Middle", "Ring", "Little"];
/// The joints of a finger.
pub const PHALANGES: [&str; 3] = ["Proximal", "Intermediate", "Distal"];

/// A hand's fingers: how far each is curled, in radians per joint, from the index to the little one; the thumb last.
pub type Curl = [f32; 5];

/// Both sides of the body: the avatar's left, then its right.
pub const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// A side of the body, the avatar's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Where x is positive.
    Left,
    /// The other one.
    Right,
}

impl Side {
    /// Shoulder, upper arm, lower arm, hand.
    pub fn arm(self) -> [Joint; 4] {
        match self {
            Side::Left => [Joint::LeftShoulder, Joint::LeftUpperArm, Joint::LeftLowerArm, Joint::LeftHand],
            Side::Right => {
                [Joint::RightShoulder, Joint::RightUpperArm, Joint::RightLowerArm, Joint::RightHand]
            }
        }
    }

    /// Upper leg, lower leg, foot.
    pub fn leg(self) -> [Joint; 3] {
        match self {
            Side::Left => [Joint::LeftUpperLeg, Joint::LeftLowerLeg, Joint::LeftFoot],
            Side::Right => [Joint::RightUpperLeg, Joint::RightLowerLeg, Joint::RightFoot],
        }
    }

    /// A turn of the left side, on this one.
    pub fn own(self, left: Quat) -> Quat {
        match self {
            Side::Left => left,
            Side::Right => mirrored(left),
        }
    }
}

/// How the whole body stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Pose {
    turns: [Quat; JOINTS],
    /// Moves the hips, in metres.
    pub shift: Vec3,
    /// The fingers of the left and the right hand.
    pub curl: [Curl; 2],
}

impl Default for Pose {
    fn default() -> Self {
        Self { turns: [Quat::IDENTITY; JOINTS], shift: Vec3::ZERO, curl: [[0.0; 5]; 2] }
    }
}

impl Pose {
    /// A joint's turn.
    pub fn get(&self, joint: Joint) -> Quat {
        self.turns.get(joint as usize).copied().unwrap_or(Quat::IDENTITY)
    }

    /// Sets a joint's turn.
    pub fn set(&mut self, joint: Joint, turn: Quat) {
        if let Some(slot) = self.turns.get_mut(joint as usize) {
            *slot = turn;
        }
    }

    /// Turns a joint further, after what it does already.
    pub fn add(&mut self, joint: Joint, turn: Quat) {
        self.set(joint, turn * self.get(joint));
    }

    /// Brings one joint towards another turn: 0 leaves it, 1 takes the other.
    pub fn lean_to(&mut self, joint: Joint, turn: Quat, weight: f32) {
        self.set(joint, self.get(joint).slerp(turn, weight.clamp(0.0, 1.0)));
    }
}

/// A turn about the model's axes in degrees, about z first, then x, then y.
pub fn turn(x: f32, y: f32, z: f32) -> Quat {
    Quat::from_euler(EulerRot::YXZ, y.to_radians(), x.to_radians(), z.to_radians())
}

/// The same turn on the other side of the body.
pub fn mirrored(q: Quat) -> Quat {
    Quat::from_xyzw(q.x, -q.y, -q.z, q.w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrored_turns_move_both_arms_alike() {
        let left = turn(-8.0, -20.0, -70.0) * Vec3::X;
        let right = mirrored(turn(-8.0, -20.0, -70.0)) * Vec3::NEG_X;
        assert!((left * Vec3::new(-1.0, 1.0, 1.0)).distance(right) < 1e-5);
    }
}
