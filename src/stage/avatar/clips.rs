//! Reads the clips that a desk's scene names, beside the avatar. One that cannot be used is named in the log, and the house
//! gesture stays.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{
    platform::collections::HashMap,
    prelude::*,
    tasks::{IoTaskPool, Task, block_on, poll_once},
};

use super::{AvatarSystems, clip::Clip};
use crate::{performance::Gesture, stage::set::Set, vrm};

/// The folder of assets, as an absolute path.
#[derive(Resource, Debug, Default)]
pub(super) struct AssetFolder(pub PathBuf);

/// The clips that stand in for gestures.
#[derive(Resource, Default)]
pub(super) struct Clips {
    ready: HashMap<Gesture, Arc<Clip>>,
    asked: Vec<(Gesture, String)>,
    reading: Vec<(Gesture, Task<Result<Clip, String>>)>,
}

impl Clips {
    /// The clip that stands in for a gesture.
    pub fn of(&self, gesture: Gesture) -> Option<Arc<Clip>> {
        self.ready.get(&gesture).cloned()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Clips>().init_resource::<AssetFolder>().add_systems(
        Update,
        (call.run_if(resource_exists_and_changed::<Set>), take).chain().in_set(AvatarSystems::Load),
    );
}

/// Begins to read what a scene names, when it names something else than before.
fn call(set: Res<Set>, folder: Res<AssetFolder>, mut clips: ResMut<Clips>) {
    if clips.asked == set.clips {
        return;
    }
    clips.asked.clone_from(&set.clips);
    clips.ready.clear();
    clips.reading = set
        .clips
        .iter()
        .map(|(gesture, file)| {
            let path = folder.0.join(file);
            (*gesture, IoTaskPool::get().spawn(async move { read(&path) }))
        })
        .collect();
}

fn take(mut clips: ResMut<Clips>) {
    if clips.reading.is_empty() {
        return;
    }
    for (gesture, mut task) in std::mem::take(&mut clips.reading) {
        match block_on(poll_once(&mut task)) {
            None => clips.reading.push((gesture, task)),
            Some(Ok(clip)) => {
                clips.ready.insert(gesture, Arc::new(clip));
            }
            Some(Err(why)) => tracing::warn!("{why}. The house gesture stays"),
        }
    }
}

fn read(path: &Path) -> Result<Clip, String> {
    let name = || path.display().to_string();
    let size = std::fs::metadata(path).map_err(|why| format!("{}: {why}", name()))?.len();
    if size > vrm::CLIP_MAX_BYTES as u64 {
        return Err(format!("{} has {size} bytes, more than the {} allowed", name(), vrm::CLIP_MAX_BYTES));
    }
    let bytes = std::fs::read(path).map_err(|why| format!("{}: {why}", name()))?;
    vrm::recording(&bytes).map(|recording| Clip::new(&recording)).map_err(|why| format!("{}: {why}", name()))
}
