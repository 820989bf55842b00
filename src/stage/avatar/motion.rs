//! Turns the bones: at ease, gestures, beats, nods and gaze together, smoothed so that nothing pops.

use bevy::prelude::*;

use super::{
    AvatarSystems,
    chance::Chance,
    gaze::{self, Gaze},
    gesture, idle,
    input::{Attention, BeatAsked, GestureAsked, LookTarget, MouthShape, ReducedMotion, Stature},
    load::Avatar,
    skeleton::{FINGERS, Joint, PHALANGES, Pose, Rig, turn},
};
use crate::{performance::Gesture, stage::camera::StageCamera};

/// Gestures that may be under way at once; the oldest makes room.
const MOST_GESTURES: usize = 4;
/// Seconds that all movement is smoothed over.
const SMOOTH_S: f32 = 0.07;
/// The longest step that is taken at once, in seconds: after a pause the avatar goes on, it does not jump.
const LONGEST_STEP_S: f32 = 0.1;

/// How long a beat that was asked for takes, in seconds: its stroke falls into the first third, near the stressed word.
const BEAT_S: f32 = 1.2;
/// For so long after such a beat the hands make none of their own, in seconds: whoever speaks has a plan.
const PLANNED_S: f32 = 6.0;
/// The size of the weakest beat, of the strongest's 1.
const BEAT_LEAST: f32 = 0.55;

/// A beat under way.
#[derive(Debug, Clone, Copy)]
struct Stroke {
    /// Which one.
    kind: u32,
    age: f32,
    length: f32,
    size: f32,
}

/// What one avatar is in the middle of.
#[derive(Component, Debug)]
pub struct Life {
    t: f32,
    shown: Option<Pose>,
    gestures: Vec<(Gesture, f32)>,
    beat: Option<Stroke>,
    rest: f32,
    chance: Chance,
    /// Head and eyes.
    pub gaze: Gaze,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            t: 0.0,
            shown: None,
            gestures: Vec::new(),
            beat: None,
            rest: 0.6,
            chance: Chance::new(0xA17A),
            gaze: Gaze::new(0x9A2E),
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (live, turn_bones).chain().in_set(AvatarSystems::Move));
}

impl Life {
    /// Small movements that belong to listening and speaking.
    fn fidget(&mut self, dt: f32, attention: Attention) {
        self.rest -= dt;
        if let Some(beat) = &mut self.beat {
            beat.age += dt;
        }
        if self.beat.is_some_and(|beat| beat.age >= beat.length) {
            self.beat = None;
        }
        if self.rest > 0.0 {
            return;
        }
        match attention {
            Attention::Speaking => {
                let length = self.chance.between(1.1, 1.7);
                self.stroke(length, 1.0);
                self.rest = length + self.chance.between(0.1, 1.1);
            }
            Attention::Listening => {
                self.begin(Gesture::Nod);
                self.rest = self.chance.between(2.6, 5.0);
            }
            _ => self.rest = 0.4,
        }
    }

    /// A beat that goes with a stressed word. One that has hardly begun is not cut off.
    fn asked_beat(&mut self, strength: f32) {
        self.rest = PLANNED_S;
        if self.beat.is_none_or(|beat| beat.age > 0.6 * beat.length) {
            self.stroke(BEAT_S, BEAT_LEAST + (1.0 - BEAT_LEAST) * strength.clamp(0.0, 1.0));
        }
    }

    fn stroke(&mut self, length: f32, size: f32) {
        self.beat = Some(Stroke { kind: (self.chance.unit() * 6.0) as u32, age: 0.0, length, size });
    }

    /// How far gestures shut the eyes, 0..1.
    pub fn lids(&self) -> f32 {
        self.gestures.iter().map(|(gesture, age)| gesture::lids(*gesture, *age)).fold(0.0, f32::max)
    }

    fn begin(&mut self, gesture: Gesture) {
        if self.gestures.len() >= MOST_GESTURES {
            self.gestures.remove(0);
        }
        self.gestures.push((gesture, 0.0));
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names what it touches")]
fn live(
    time: Res<Time>,
    attention: Res<Attention>,
    look: Res<LookTarget>,
    calm: Res<ReducedMotion>,
    mouth: Res<MouthShape>,
    stature: Res<Stature>,
    mut asked: MessageReader<GestureAsked>,
    mut beats: MessageReader<BeatAsked>,
    cameras: Query<&GlobalTransform, With<StageCamera>>,
    mut avatars: Query<(&mut Life, &GlobalTransform), With<Avatar>>,
) {
    let asked: Vec<Gesture> = asked.read().map(|GestureAsked(g)| *g).collect();
    let beat = beats.read().last().copied();
    let dt = time.delta_secs().min(LONGEST_STEP_S);
    let (sway, size) = if calm.0 { (0.0, 0.5) } else { (1.0, 1.0) };
    for (mut life, place) in &mut avatars {
        life.t += dt;
        for gesture in &asked {
            life.begin(*gesture);
        }
        if !calm.0 {
            if let Some(BeatAsked(strength)) = beat {
                life.asked_beat(strength);
            }
            life.fidget(dt, *attention);
        }
        let mut pose = idle::pose(life.t, *attention, sway);
        if let Some(beat) = life.beat {
            gesture::beat(beat.kind, beat.age / beat.length, size * beat.size, &mut pose);
        }
        life.gestures.retain_mut(|(gesture, age)| {
            *age += dt;
            gesture::apply(*gesture, *age, size, &mut pose);
            *age < gesture::seconds(*gesture)
        });
        if *attention == Attention::Speaking {
            pose.add(Joint::Head, turn(-1.6 * mouth.openness() * size, 0.0, 0.0));
        }

        let eyes = Vec3::new(0.0, stature.eyes, 0.0);
        let target = cameras.iter().next().map(|camera| match *look {
            LookTarget::Camera => camera.translation(),
            LookTarget::Place(at) => at,
            LookTarget::Pointer(at) => {
                camera.translation() + camera.right() * at.x * 0.6 + camera.up() * at.y * 0.35
            }
        });
        let wanted = target
            .map(|at| gaze::direction(eyes, place.affine().inverse().transform_point3(at)))
            .unwrap_or_default();
        life.gaze.step(dt, wanted, *attention, calm.0);
        let head = life.gaze.head;
        pose.add(Joint::Neck, turn(head.y * 0.4, head.x * 0.4, 0.0));
        pose.add(Joint::Head, turn(head.y * 0.6, head.x * 0.6, 0.0));

        match &mut life.shown {
            Some(shown) => shown.blend(&pose, 1.0 - (-dt / SMOOTH_S).exp()),
            none => *none = Some(pose),
        }
    }
}

fn turn_bones(avatars: Query<(&Life, &Rig, &Avatar)>, mut transforms: Query<&mut Transform>) {
    for (life, rig, avatar) in &avatars {
        let Some(pose) = &life.shown else { continue };
        for &joint in Joint::ALL {
            let Some(bone) = rig.joint(joint) else { continue };
            let Ok(mut transform) = transforms.get_mut(bone.entity) else { continue };
            let turned = match joint {
                // Eyes jump: they are not smoothed with the rest.
                Joint::LeftEye | Joint::RightEye if !avatar.eyes_by_expression => {
                    turn(life.gaze.eyes.y, life.gaze.eyes.x, 0.0)
                }
                _ => pose.get(joint),
            };
            transform.rotation = bone.local(turned);
            if joint == Joint::Hips {
                transform.translation = bone.place + bone.parent.inverse() * pose.shift;
            }
        }
        curl_fingers(rig, pose, &mut transforms);
    }
}

fn curl_fingers(rig: &Rig, pose: &Pose, transforms: &mut Query<&mut Transform>) {
    for ((side, sign), curl) in [("left", -1.0), ("right", 1.0)].into_iter().zip(pose.curl) {
        for (finger, angle) in FINGERS.into_iter().zip(curl) {
            for phalanx in PHALANGES {
                let Some(bone) = rig.bones.get(&format!("{side}{finger}{phalanx}")) else { continue };
                if let Ok(mut transform) = transforms.get_mut(bone.entity) {
                    transform.rotation = bone.local(Quat::from_rotation_z(sign * angle));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_plans_beats_gets_those_and_no_others() {
        let mut life = Life::default();
        life.asked_beat(0.0);
        assert!(life.beat.is_some_and(|beat| beat.size == BEAT_LEAST && beat.age == 0.0));
        let mut own = 0;
        for frame in 0..300 {
            life.fidget(0.02, Attention::Speaking);
            own += u32::from(frame as f32 * 0.02 > BEAT_S + 0.1 && life.beat.is_some());
        }
        assert!(own <= 1, "{own} frames with a beat that nobody asked for");
        // Without a plan the hands move by themselves.
        for _ in 0..100 {
            life.fidget(0.02, Attention::Speaking);
        }
        assert!(life.beat.is_some() || life.rest < PLANNED_S);
    }

    #[test]
    fn a_beat_that_has_just_begun_is_not_cut_off() {
        let mut life = Life::default();
        life.asked_beat(1.0);
        life.fidget(0.1, Attention::Speaking);
        life.asked_beat(0.2);
        assert!(life.beat.is_some_and(|beat| beat.size == 1.0 && beat.age > 0.0));
    }
}
