//! Carries what apps ask for to the avatar's life, and the pose that comes of it to the bones.

use bevy::prelude::*;

use super::{
    AvatarSystems,
    clips::Clips,
    input::{
        Attention, BeatAsked, GestureAsked, LookTarget, MouthShape, NodAsked, ReducedMotion, Shown, Stature,
    },
    life::{Around, Asked, Life},
    load::Avatar,
    rig::Rig,
    skeleton::{Joint, SIDES, turn},
};
use crate::stage::camera::StageCamera;

/// The longest step that is taken at once, in seconds: after a pause the avatar goes on, it does not jump.
const LONGEST_STEP_S: f32 = 0.1;
/// What is shown on the screen is pointed at as if it hung so far before the avatar, in metres.
const SHOWN_BEFORE_M: f32 = 0.55;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (live, turn_bones).chain().in_set(AvatarSystems::Move));
}

/// What is asked in a frame.
#[derive(bevy::ecs::system::SystemParam)]
struct Cues<'w, 's> {
    gestures: MessageReader<'w, 's, GestureAsked>,
    beats: MessageReader<'w, 's, BeatAsked>,
    nods: MessageReader<'w, 's, NodAsked>,
    clips: Res<'w, Clips>,
}

impl Cues<'_, '_> {
    fn read(&mut self) -> Asked {
        let clips = &self.clips;
        Asked {
            gestures: self.gestures.read().map(|GestureAsked(g)| (*g, clips.of(*g))).collect(),
            beat: self.beats.read().last().map(|BeatAsked(strength)| *strength),
            nod: self.nods.read().last().map(|NodAsked(strength)| *strength),
        }
    }
}

/// What surrounds the avatar in a frame.
#[derive(bevy::ecs::system::SystemParam)]
struct Surroundings<'w> {
    attention: Res<'w, Attention>,
    look: Res<'w, LookTarget>,
    calm: Res<'w, ReducedMotion>,
    mouth: Res<'w, MouthShape>,
    stature: Res<'w, Stature>,
    shown: Res<'w, Shown>,
}

fn live(
    time: Res<Time>,
    mut cues: Cues,
    now: Surroundings,
    cameras: Query<(&Camera, &GlobalTransform), With<StageCamera>>,
    mut avatars: Query<(&mut Life, &GlobalTransform), With<Avatar>>,
) {
    let asked = cues.read();
    let dt = time.delta_secs().min(LONGEST_STEP_S);
    for (mut life, place) in &mut avatars {
        let own = place.affine().inverse();
        let eyes = Vec3::new(0.0, now.stature.eyes, 0.0);
        let seen = cameras.iter().next().map(|(lens, camera)| {
            let visitor = match *now.look {
                LookTarget::Camera => camera.translation(),
                LookTarget::Place(at) => at,
                LookTarget::Pointer(at) => {
                    camera.translation() + camera.right() * at.x * 0.6 + camera.up() * at.y * 0.35
                }
            };
            let shown = now.shown.0.and_then(|at| {
                let ray = lens.ndc_to_world(camera, at.extend(0.5))? - camera.translation();
                // Where the way from the visitor through the screen passes before the avatar.
                let ahead = place.translation() + place.rotation() * Vec3::Z * SHOWN_BEFORE_M;
                let toward = (ahead - camera.translation()).dot(*camera.forward());
                let along = ray.dot(*camera.forward());
                (along > 1e-4).then(|| camera.translation() + ray * (toward / along))
            });
            (own.transform_point3(visitor), shown.map(|at| own.transform_point3(at)))
        });
        let (visitor, shown) = seen.unwrap_or((eyes + Vec3::Z, None));
        let around = Around {
            attention: *now.attention,
            still: now.calm.0,
            mouth: now.mouth.openness(),
            eyes,
            visitor,
            shown,
        };
        life.step(dt, &asked, &around);
    }
}

fn turn_bones(avatars: Query<(&Life, &Rig, &Avatar)>, mut transforms: Query<&mut Transform>) {
    for (life, rig, avatar) in &avatars {
        let pose = life.pose();
        for &joint in Joint::ALL {
            let Some(bone) = rig.joint(joint) else { continue };
            let Ok(mut transform) = transforms.get_mut(bone.entity) else { continue };
            let turned = match joint {
                // Eyes jump: they do not follow as the rest does.
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
        for ((side, hand), curls) in SIDES.into_iter().zip(&rig.fingers).zip(pose.curl) {
            for (n, (finger, curl)) in hand.iter().zip(curls).enumerate() {
                // Fingers curl about z, the thumb across the palm.
                let left = if n == THUMB {
                    turn(0.0, curl.to_degrees(), -0.4 * curl.to_degrees())
                } else {
                    Quat::from_rotation_z(-curl)
                };
                for bone in finger.iter().flatten() {
                    if let Ok(mut transform) = transforms.get_mut(bone.entity) {
                        transform.rotation = bone.local(side.own(left));
                    }
                }
            }
        }
    }
}

/// The thumb's place among the fingers.
const THUMB: usize = 4;
