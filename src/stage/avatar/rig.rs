//! The skeleton of one avatar: its bones as they were at rest, and a pose brought to them.

use bevy::{platform::collections::HashMap, prelude::*};

use super::{
    build::Build,
    skeleton::{FINGERS, Joint, PHALANGES},
};

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
    /// Where the joints lie in the model.
    pub build: Build,
    /// The fingers' bones: of the left and the right hand, of each finger (the thumb last) its three.
    pub fingers: [[[Option<Bone>; 3]; 5]; 2],
}

impl Rig {
    /// Of bones by VRM's names, each with its place in the model at rest.
    pub fn new(found: impl IntoIterator<Item = (String, Bone, Vec3)>) -> Self {
        let mut rig = Self::default();
        for (name, bone, at) in found {
            if let Some(joint) = Joint::ALL.iter().find(|joint| joint.bone() == name) {
                rig.build.set(*joint, at);
            }
            rig.bones.insert(name, bone);
        }
        let named = |side: &str, finger: &str, ends: [&str; 3]| {
            ends.map(|end| rig.bones.get(&format!("{side}{finger}{end}")).copied())
        };
        rig.fingers = ["left", "right"].map(|side| {
            let [index, middle, ring, little] = FINGERS.map(|finger| named(side, finger, PHALANGES));
            [index, middle, ring, little, named(side, "Thumb", ["Metacarpal", "Proximal", "Distal"])]
        });
        rig
    }

    /// A joint's bone, if the file has one.
    pub fn joint(&self, joint: Joint) -> Option<&Bone> {
        self.bones.get(joint.bone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::skeleton::turn;
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
}
