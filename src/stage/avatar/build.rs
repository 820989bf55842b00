//! How one body is built: where its joints lie at rest, in the axes of the model, in metres. Pure.

use bevy::prelude::*;

use super::{
    limb::{self, STRAIGHT},
    skeleton::{JOINTS, Joint, Pose, SIDES, Side},
};

/// The places of all joints at rest: arms spread, palms down, facing +z.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    places: [Option<Vec3>; JOINTS],
}

/// The house avatar's, for files that leave joints out, and for tests.
const USUAL: [(Joint, Vec3); 15] = [
    (Joint::Hips, Vec3::new(0.0, 0.885, 0.0)),
    (Joint::Spine, Vec3::new(0.0, 0.975, -0.005)),
    (Joint::Chest, Vec3::new(0.0, 1.075, -0.012)),
    (Joint::UpperChest, Vec3::new(0.0, 1.165, -0.020)),
    (Joint::Neck, Vec3::new(0.0, 1.292, -0.025)),
    (Joint::Head, Vec3::new(0.0, 1.351, -0.017)),
    (Joint::LeftShoulder, Vec3::new(0.028, 1.237, -0.020)),
    (Joint::LeftUpperArm, Vec3::new(0.110, 1.232, -0.020)),
    (Joint::LeftLowerArm, Vec3::new(0.335, 1.232, -0.020)),
    (Joint::LeftHand, Vec3::new(0.535, 1.232, -0.020)),
    (Joint::LeftUpperLeg, Vec3::new(0.072, 0.845, 0.0)),
    (Joint::LeftLowerLeg, Vec3::new(0.072, 0.475, 0.005)),
    (Joint::LeftFoot, Vec3::new(0.072, 0.085, -0.015)),
    (Joint::LeftEye, Vec3::new(0.040, 1.460, 0.068)),
    // Only its left side stands here; the right one is its mirror image.
    (Joint::RightEye, Vec3::new(-0.040, 1.460, 0.068)),
];

impl Default for Build {
    fn default() -> Self {
        let mut build = Self { places: [None; JOINTS] };
        for (joint, at) in USUAL {
            build.set(joint, at);
        }
        for (left, right) in Side::Left.arm().into_iter().zip(Side::Right.arm()) {
            build.set(right, build.place(left) * Vec3::new(-1.0, 1.0, 1.0));
        }
        for (left, right) in Side::Left.leg().into_iter().zip(Side::Right.leg()) {
            build.set(right, build.place(left) * Vec3::new(-1.0, 1.0, 1.0));
        }
        build
    }
}

impl Build {
    /// Where a joint lies at rest.
    pub fn place(&self, joint: Joint) -> Vec3 {
        self.places.get(joint as usize).copied().flatten().unwrap_or(Vec3::ZERO)
    }

    /// Says where a joint lies at rest.
    pub fn set(&mut self, joint: Joint, at: Vec3) {
        if let Some(slot) = self.places.get_mut(joint as usize) {
            *slot = at.is_finite().then_some(at);
        }
    }

    /// The upper arm's part of the way from the shoulder to the wrist, 0..1.
    pub fn upper_arm(&self) -> f32 {
        let [_, upper, lower, hand] = Side::Left.arm().map(|joint| self.place(joint));
        let (upper, lower) = (upper.distance(lower), lower.distance(hand));
        if upper + lower > 0.05 { (upper / (upper + lower)).clamp(0.35, 0.65) } else { 0.53 }
    }

    /// From the hips' joints to the ankles, of the usual length: steps to the side are as long as legs allow.
    pub fn size(&self) -> f32 {
        let [upper, _, foot] = Side::Left.leg().map(|joint| self.place(joint));
        (upper.distance(foot) / 0.76).clamp(0.2, 2.0)
    }

    /// Where each joint is, and how it is turned in the model, in a pose.
    #[cfg(test)]
    pub fn stand(&self, pose: &Pose) -> [(Vec3, Quat); JOINTS] {
        let mut stood = [(Vec3::ZERO, Quat::IDENTITY); JOINTS];
        for &joint in Joint::ALL {
            let own = pose.get(joint);
            stood[joint as usize] = match parent(joint) {
                None => (self.place(joint) + pose.shift, own),
                Some(parent) => {
                    let (at, turned) = stood[parent as usize];
                    (at + turned * (self.place(joint) - self.place(parent)), turned * own)
                }
            };
        }
        stood
    }

    /// Bends the legs so that the feet stay where they are at rest, wherever the hips go. The hips sink where a leg would be
    /// too short.
    pub fn plant_feet(&self, pose: &mut Pose) {
        let turned = pose.get(Joint::Hips);
        let hips = self.place(Joint::Hips);
        for side in SIDES {
            let [hip, knee, foot] = side.leg().map(|joint| self.place(joint));
            let longest = STRAIGHT * (hip.distance(knee) + knee.distance(foot));
            let from = hips + pose.shift + turned * (hip - hips);
            let aside = (from - foot).with_y(0.0).length().min(longest * 0.9);
            let highest = foot.y + (longest * longest - aside * aside).sqrt();
            pose.shift.y -= (from.y - highest).max(0.0);
        }
        for side in SIDES {
            let joints = side.leg();
            let [hip, knee, foot] = joints.map(|joint| self.place(joint));
            let (thigh, shin) = (knee - hip, foot - knee);
            if thigh.length() < 1e-3 || shin.length() < 1e-3 {
                continue;
            }
            let from = hips + pose.shift + turned * (hip - hips);
            // Knees stay above the toes.
            let (up, down) = limb::bend(foot - from, thigh.length(), shin.length(), Vec3::Z);
            let up = limb::between((thigh, Vec3::Z), (up, Vec3::Z));
            let down = limb::between((shin, Vec3::Z), (down, Vec3::Z));
            for (joint, turn) in
                joints.into_iter().zip([turned.inverse() * up, up.inverse() * down, down.inverse()])
            {
                pose.set(joint, turn);
            }
        }
    }
}

#[cfg(test)]
fn parent(joint: Joint) -> Option<Joint> {
    use Joint as J;
    Some(match joint {
        J::Hips => return None,
        J::Spine | J::LeftUpperLeg | J::RightUpperLeg => J::Hips,
        J::Chest => J::Spine,
        J::UpperChest => J::Chest,
        J::Neck | J::LeftShoulder | J::RightShoulder => J::UpperChest,
        J::Head => J::Neck,
        J::LeftUpperArm => J::LeftShoulder,
        J::LeftLowerArm => J::LeftUpperArm,
        J::LeftHand => J::LeftLowerArm,
        J::RightUpperArm => J::RightShoulder,
        J::RightLowerArm => J::RightUpperArm,
        J::RightHand => J::RightLowerArm,
        J::LeftLowerLeg => J::LeftUpperLeg,
        J::LeftFoot => J::LeftLowerLeg,
        J::RightLowerLeg => J::RightUpperLeg,
        J::RightFoot => J::RightLowerLeg,
        J::LeftEye | J::RightEye => J::Head,
    })
}

#[cfg(test)]
mod tests {
    use super::super::skeleton::turn;
    use super::*;

    #[test]
    fn feet_stay_where_they_are_wherever_the_hips_go() {
        let build = Build::default();
        for (n, shift) in [Vec3::ZERO, Vec3::X * 0.03, Vec3::new(-0.03, 0.01, 0.02), Vec3::Y * -0.06]
            .into_iter()
            .enumerate()
        {
            let mut pose = Pose::default();
            pose.shift = shift;
            pose.set(Joint::Hips, turn(6.0 * n as f32, 3.0, -2.0));
            let loose = build.stand(&pose);
            build.plant_feet(&mut pose);
            let planted = build.stand(&pose);
            for foot in [Joint::LeftFoot, Joint::RightFoot] {
                let (at, turned) = planted[foot as usize];
                assert!(at.distance(build.place(foot)) < 1.5e-3, "{foot:?} at {at} with {shift}");
                assert!(turned.angle_between(Quat::IDENTITY) < 0.01);
                assert!(
                    n == 0 || loose[foot as usize].0.distance(build.place(foot)) > 5e-3,
                    "this check can fail"
                );
            }
        }
    }

    #[test]
    fn knees_bend_forwards() {
        let build = Build::default();
        let mut pose = Pose::default();
        pose.shift = Vec3::Y * -0.05;
        build.plant_feet(&mut pose);
        let stood = build.stand(&pose);
        assert!(stood[Joint::LeftLowerLeg as usize].0.z > build.place(Joint::LeftLowerLeg).z + 0.05);
    }
}
