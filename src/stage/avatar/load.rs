//! Brings the avatar's file to the desk and says how that went.

use bevy::{asset::LoadState, prelude::*};
use bevy_vrm1::prelude::{
    Initialized, LookAtProperties, LookAtType, RestTransform, Vrm, VrmAsset, VrmBone, VrmHandle,
};

use super::{
    AvatarSystems,
    input::{AvatarStatus, Stature},
    motion::Life,
    skeleton::{Bone, Joint, Rig},
};
use crate::stage::set::Set;

/// The avatar of the desk.
#[derive(Component, Debug)]
pub struct Avatar {
    /// The file, kept to notice when reading it fails.
    handle: Handle<VrmAsset>,
    /// Updates since it was asked for.
    waited: u32,
    /// The eyes are turned by expressions instead of bones.
    pub eyes_by_expression: bool,
}

/// Updates after which a file that was read but shows nothing is given up: 20 seconds at 60 a second.
const MOST_UPDATES: u32 = 1200;
/// From the head's joint to the top of the head, as a part of the height of the joint. Usual for people: 0.15 of 1.45 m.
const SKULL: f32 = 0.135;
/// From the head's joint to the eyes, likewise.
const EYES: f32 = 0.045;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (call.run_if(resource_exists_and_changed::<Set>), watch, find_skeleton)
            .chain()
            .in_set(AvatarSystems::Load),
    );
}

/// Asks for the file when the scene names another one.
fn call(
    set: Res<Set>,
    assets: Res<AssetServer>,
    mut status: ResMut<AvatarStatus>,
    mut commands: Commands,
    mut last: Local<String>,
    mut old: Query<(Entity, &mut Transform), With<Avatar>>,
) {
    if *last == set.avatar && !old.is_empty() {
        for (_, mut place) in &mut old {
            place.set_if_neq(set.avatar_place);
        }
        return;
    }
    for (entity, _) in &old {
        commands.entity(entity).despawn();
    }
    last.clone_from(&set.avatar);
    let handle: Handle<VrmAsset> = assets.load(set.avatar.clone());
    *status = AvatarStatus::Loading;
    commands.spawn((
        Avatar { handle: handle.clone(), waited: 0, eyes_by_expression: false },
        VrmHandle(handle),
        set.avatar_place,
        // Until the skeleton is found it would be seen with its arms spread.
        Visibility::Hidden,
    ));
}

/// Notices that a file cannot be read, or was read and shows nothing.
fn watch(
    assets: Res<AssetServer>,
    set: Res<Set>,
    mut status: ResMut<AvatarStatus>,
    mut avatars: Query<(&mut Avatar, Has<Vrm>), Without<Rig>>,
) {
    for (mut avatar, read) in &mut avatars {
        if matches!(*status, AvatarStatus::Failed(_)) {
            continue;
        }
        avatar.waited = avatar.waited.saturating_add(1);
        let file = &set.avatar;
        let problem = match assets.load_state(&avatar.handle) {
            LoadState::Failed(why) => Some(format!("{file} could not be read: {why}")),
            _ if avatar.waited > MOST_UPDATES => Some(if read {
                format!("{file} has no complete humanoid skeleton: check it with `avatardesk avatar check`")
            } else {
                format!(
                    "{file} was not read in time, or is not VRM 1.0: check it with `avatardesk avatar check`"
                )
            }),
            _ => None,
        };
        if let Some(problem) = problem {
            tracing::error!("{problem}");
            *status = AvatarStatus::Failed(problem);
        }
    }
}

type Unrigged = (With<Avatar>, With<Initialized>, Without<Rig>);

/// Finds the bones once bevy_vrm1 has marked them.
fn find_skeleton(
    mut commands: Commands,
    mut status: ResMut<AvatarStatus>,
    mut stature: ResMut<Stature>,
    mut avatars: Query<(Entity, &mut Avatar, Option<&LookAtProperties>), Unrigged>,
    bones: Query<(Entity, &VrmBone)>,
    parents: Query<&ChildOf>,
    rests: Query<(Option<&RestTransform>, &Transform)>,
) {
    for (root, mut avatar, look) in &mut avatars {
        let mut rig = Rig::default();
        let mut head_at = None;
        for (entity, VrmBone(name)) in &bones {
            // The way up to the avatar itself: if it leads elsewhere, the bone is another avatar's.
            let way: Vec<Entity> = parents.iter_ancestors(entity).take_while(|e| *e != root).collect();
            if parents.iter_ancestors(entity).all(|e| e != root) {
                continue;
            }
            let rest =
                |e: Entity| rests.get(e).map(|(rest, now)| rest.map_or(*now, |r| r.0)).unwrap_or_default();
            let parent = way.iter().rev().fold(Transform::IDENTITY, |sum, e| sum * rest(*e));
            let own = rest(entity);
            if name == Joint::Head.bone() {
                head_at = Some((parent * own).translation);
            }
            rig.bones.insert(
                name.clone(),
                Bone { entity, rest: own.rotation, parent: parent.rotation, place: own.translation },
            );
        }
        if rig.bones.is_empty() {
            continue;
        }
        if let Some(head) = head_at.filter(|h| h.y.is_finite() && h.y > 0.1) {
            *stature = Stature { head_top: head.y * (1.0 + SKULL), eyes: head.y * (1.0 + EYES) };
        }
        let no_eye_bones = rig.joint(Joint::LeftEye).is_none() || rig.joint(Joint::RightEye).is_none();
        avatar.eyes_by_expression = no_eye_bones || look.is_some_and(|l| l.r#type == LookAtType::Expression);
        *status = AvatarStatus::Ready;
        commands.entity(root).insert((rig, Life::default(), Visibility::Inherited));
    }
}
