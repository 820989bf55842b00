//! The bones of an avatar.

use std::collections::BTreeMap;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};
use super::gltf::{field, index};

/// The bones that a VRM 1.0 humanoid must have.
pub const BONES_REQUIRED: [&str; 15] = [
    "hips",
    "spine",
    "head",
    "leftUpperLeg",
    "leftLowerLeg",
    "leftFoot",
    "rightUpperLeg",
    "rightLowerLeg",
    "rightFoot",
    "leftUpperArm",
    "leftLowerArm",
    "leftHand",
    "rightUpperArm",
    "rightLowerArm",
    "rightHand",
];

/// Bones that make gestures and looks better. Fingers are left out of this list.
pub const BONES_OPTIONAL: [&str; 10] = [
    "chest",
    "upperChest",
    "neck",
    "leftEye",
    "rightEye",
    "jaw",
    "leftShoulder",
    "rightShoulder",
    "leftToes",
    "rightToes",
];

/// Which bone is which node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Humanoid {
    /// Node indices by the bone's name in VRM 1.0.
    pub bones: BTreeMap<String, usize>,
    /// Required bones that are not there.
    pub missing: Vec<&'static str>,
}

impl Humanoid {
    /// Reads `VRMC_vrm`'s bones.
    pub(super) fn of_v1(vrm: &Value) -> Self {
        let bones = field(field(vrm, "humanoid"), "humanBones").as_object().into_iter().flatten();
        Self::new(
            bones.filter_map(|(name, bone)| Some((name.clone(), index(field(bone, "node"))?))).collect(),
        )
    }

    fn new(bones: BTreeMap<String, usize>) -> Self {
        let missing = BONES_REQUIRED.into_iter().filter(|b| !bones.contains_key(*b)).collect();
        Self { bones, missing }
    }

    /// Whether the avatar has this bone.
    pub fn has(&self, bone: &str) -> bool {
        self.bones.contains_key(bone)
    }

    /// `parents` holds the parent of each node.
    pub(super) fn check(&self, parents: &[Option<usize>], findings: &mut Findings) {
        if !self.missing.is_empty() {
            let names = self.missing.join(", ");
            let sentence = format!(
                "required bones are missing: {names}. Assign them in the program that exports the avatar"
            );
            findings.push(Finding::new(Severity::Error, "humanoid", sentence));
        }
        let mut owners: BTreeMap<usize, &str> = BTreeMap::new();
        for (bone, node) in &self.bones {
            if *node >= parents.len() {
                let sentence =
                    format!("points at node {node}, which does not exist: export the avatar again");
                findings.push(Finding::new(Severity::Error, format!("humanoid.{bone}"), sentence));
            } else if let Some(other) = owners.insert(*node, bone) {
                let sentence = format!("is the same node as `{other}`: each bone needs its own");
                findings.push(Finding::new(Severity::Error, format!("humanoid.{bone}"), sentence));
            }
        }
        for (child, ancestor) in [
            ("spine", "hips"),
            ("head", "spine"),
            ("leftHand", "leftLowerArm"),
            ("rightHand", "rightLowerArm"),
        ] {
            let (Some(from), Some(to)) = (self.bones.get(child), self.bones.get(ancestor)) else { continue };
            if !descends(parents, *from, *to) {
                let sentence =
                    format!("is not below `{ancestor}` in the skeleton: mend the order of the bones");
                findings.push(Finding::new(Severity::Error, format!("humanoid.{child}"), sentence));
            }
        }
        if !(self.has("leftEye") && self.has("rightEye")) {
            let sentence = "there are no eye bones: the avatar looks at visitors with its head, or by its look expressions";
            findings.push(Finding::new(Severity::Note, "humanoid", sentence));
        }
    }
}

fn descends(parents: &[Option<usize>], mut node: usize, ancestor: usize) -> bool {
    // A path longer than there are nodes would be a circle.
    for _ in 0..parents.len() {
        match parents.get(node).copied().flatten() {
            Some(parent) if parent == ancestor => return true,
            Some(parent) => node = parent,
            None => return false,
        }
    }
    false
}
