//! The skeleton in a form that does not depend on the file: each joint's turn is given in the axes of the model (x to its
//! left, y up, z forward) as if all bones lay along them at rest, and is brought into the bone's own axes here.

use bevy::{platform::collections::HashMap, prelude::*};

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
    RightHand = "rightHand", LeftEye = "leftEye", RightEye = "rightEye",
}

/// How many joints there are.
pub const JOINTS: usize = Joint::ALL.len();

/// The fingers whose joints curl, without the thumb.
pub const FINGERS: [&str; 4] = ["Index", "Middle", "Ring", "Little"];
/// The joints of a finger.
pub const PHALANGES: [&str; 3] = ["Proximal", "Intermediate", "Distal"];

/// A hand's fingers: how far each is curled, in radians per joint, from the index to the little one.
pub type Curl = [f32; 4];

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
        Self { turns: [Quat::IDENTITY; JOINTS], shift: Vec3::ZERO, curl: [[0.0; 4]; 2] }
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

    /// Brings everything towards another pose.
    pub fn blend(&mut self, other: &Pose, weight: f32) {
        for (own, other) in self.turns.iter_mut().zip(&other.turns) {
            *own = own.slerp(*other, weight.clamp(0.0, 1.0));
        }
        self.shift = self.shift.lerp(other.shift, weight);
        for (own, other) in self.curl.iter_mut().flatten().zip(other.curl.iter().flatten()) {
            *own += (other - *own) * weight;
        }
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

/// A bone as it was at rest.
#[derive(Debug, Clone, Copy)]
pub struct Bone {
    /// Its entity.
    pub entity: Entity,
    /// Its turn in its parent, at rest.
    pub rest: Quat,
    /// Its parent's turn in the model, at rest.
    pub parent: Quat,
    /// Where it lay in its parent, at rest.
    pub place: Vec3,
}

impl Bone {
    /// The bone's own turn for a turn in the model's axes.
    pub fn local(&self, turn: Quat) -> Quat {
        self.parent.inverse() * turn * self.parent * self.rest
    }
}

/// The skeleton of one avatar.
#[derive(Component, Debug, Default)]
pub struct Rig {
    /// By VRM's names.
    pub bones: HashMap<String, Bone>,
}

impl Rig {
    /// A joint's bone, if the file has one.
    pub fn joint(&self, joint: Joint) -> Option<&Bone> {
        self.bones.get(joint.bone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_in_the_models_axes_does_not_depend_on_the_bones_own_axes() {
        let wanted = turn(20.0, -35.0, 10.0);
        for rest in [Quat::IDENTITY, turn(90.0, 0.0, 0.0), turn(12.0, 140.0, -70.0)] {
            let parent = turn(-40.0, 15.0, 80.0);
            let bone = Bone { entity: Entity::PLACEHOLDER, rest, parent, place: Vec3::ZERO };
            // How a thing that is fixed to the bone is turned in the model, against how it was at rest.
            let at_rest = parent * rest;
            let now = parent * bone.local(wanted);
            assert!((now * at_rest.inverse()).angle_between(wanted) < 1e-3);
        }
    }

    #[test]
    fn mirrored_turns_move_both_arms_alike() {
        let left = turn(-8.0, -20.0, -70.0) * Vec3::X;
        let right = mirrored(turn(-8.0, -20.0, -70.0)) * Vec3::NEG_X;
        assert!((left * Vec3::new(-1.0, 1.0, 1.0)).distance(right) < 1e-5);
    }

    #[test]
    fn blending_all_the_way_takes_the_other_pose() {
        let mut other = Pose::default();
        other.set(Joint::Head, turn(10.0, 0.0, 0.0));
        other.shift = Vec3::X;
        let mut pose = Pose::default();
        pose.blend(&other, 1.0);
        assert!(pose.get(Joint::Head).angle_between(other.get(Joint::Head)) < 1e-3);
        assert_eq!(pose.shift, Vec3::X);
    }
}
