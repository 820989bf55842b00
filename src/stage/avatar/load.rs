//! Brings the avatar's file to the desk and says how that went. Where it cannot be shown, the house avatar stands in.

use std::time::{Duration, Instant};

use bevy::{asset::LoadState, prelude::*};
use bevy_vrm1::prelude::{
    Initialized, LookAtProperties, LookAtType, RestTransform, VrmAsset, VrmBone, VrmHandle,
};

use super::{
    AvatarSystems,
    input::{AvatarFault, AvatarStatus, Stature},
    life::Life,
    rig::{Bone, Rig},
    skeleton::Joint,
    source,
};
use crate::stage::set::Set;

/// The avatar of the desk.
#[derive(Component, Debug)]
pub struct Avatar {
    /// The file's name below the folder of assets.
    file: String,
    /// The file, kept to notice when reading it fails.
    handle: Handle<VrmAsset>,
    /// When it was asked for; later, when it was read.
    since: Instant,
    /// It was read and is being put together.
    read: bool,
    /// The eyes are turned by expressions instead of bones.
    pub eyes_by_expression: bool,
}

/// The longest that reading a file may take: a large one on a slow disk takes some seconds.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// The longest that a file that was read may take to show something. It takes a few frames.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
/// Of the avatar's small movements: pictures and videos come out alike.
const SEED: u32 = 0x5EED;

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
    mut fault: ResMut<AvatarFault>,
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
    fault.set_if_neq(AvatarFault(None));
    *status = AvatarStatus::Loading;
    commands.spawn(avatar(&set.avatar, &assets, set.avatar_place));
}

/// What an avatar is until its skeleton is found.
fn avatar(file: &str, assets: &AssetServer, place: Transform) -> impl Bundle + use<> {
    let handle: Handle<VrmAsset> = assets.load(format!("{}://{file}", source::NAME));
    let avatar = Avatar {
        file: file.to_owned(),
        handle: handle.clone(),
        since: Instant::now(),
        read: false,
        eyes_by_expression: false,
    };
    // Until then it would be seen with its arms spread.
    (avatar, VrmHandle(handle), place, Visibility::Hidden)
}

/// Notices that a file cannot be read, or was read and shows nothing, and calls the house avatar.
fn watch(
    assets: Res<AssetServer>,
    set: Res<Set>,
    mut status: ResMut<AvatarStatus>,
    mut fault: ResMut<AvatarFault>,
    mut commands: Commands,
    mut avatars: Query<(Entity, &mut Avatar), Without<Rig>>,
) {
    for (entity, mut waiting) in &mut avatars {
        if matches!(*status, AvatarStatus::Failed(_)) {
            continue;
        }
        let state = assets.load_state(&waiting.handle);
        let read = matches!(state, LoadState::Loaded);
        if read && !waiting.read {
            (waiting.read, waiting.since) = (true, Instant::now());
        }
        let file = &waiting.file;
        let problem = match state {
            LoadState::Failed(why) => format!("{file} cannot be shown: {why}"),
            _ if !read && waiting.since.elapsed() > READ_WITHIN => {
                format!("{file} was not read within {} s", READ_WITHIN.as_secs())
            }
            _ if read && waiting.since.elapsed() > SHOWN_WITHIN => {
                format!("{file} was read, but its skeleton was not found")
            }
            _ => continue,
        };
        let house = Set::default().avatar;
        if *file == house {
            tracing::error!("{problem}");
            *status = AvatarStatus::Failed(problem);
            continue;
        }
        tracing::error!("{problem}. Check it with `avatardesk avatar check`; the house avatar stands in");
        fault.0 = Some(problem);
        commands.entity(entity).despawn();
        commands.spawn(avatar(&house, &assets, set.avatar_place));
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
        let mut found = Vec::new();
        let (mut head_at, mut eyes_at) = (None, None);
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
            let at = (parent * own).translation;
            if name == Joint::Head.bone() {
                head_at = Some(at);
            }
            if name == Joint::LeftEye.bone() {
                eyes_at = Some(at);
            }
            let bone = Bone { entity, rest: own.rotation, parent: parent.rotation, place: own.translation };
            found.push((name.clone(), bone, at));
        }
        if found.is_empty() {
            continue;
        }
        let rig = Rig::new(found);
        if let Some(tall) = head_at.and_then(|head| Stature::of(head.y, eyes_at.map(|eyes| eyes.y))) {
            stature.set_if_neq(tall);
        }
        let no_eye_bones = rig.joint(Joint::LeftEye).is_none() || rig.joint(Joint::RightEye).is_none();
        avatar.eyes_by_expression = no_eye_bones || look.is_some_and(|l| l.r#type == LookAtType::Expression);
        *status = AvatarStatus::Ready;
        let life = Life::new(rig.build.clone(), SEED);
        commands.entity(root).insert((rig, life, Visibility::Inherited));
    }
}
