//! The stage as one plugin.

use bevy::prelude::*;
use bevy_vrm1::prelude::VrmPlugin;

use super::{avatar, camera, fonts::Lettering, look, set, theme};

/// Scene, avatar, camera and the look of panels. Needs `bevy_egui`'s plugin and Bevy's defaults; [`super::headless`] and
/// [`super::window`] bring both.
#[derive(Debug, Default)]
pub struct StagePlugin {
    /// The set that stands there first.
    pub set: set::Set,
    /// How much is drawn.
    pub preset: look::Preset,
}

impl Plugin for StagePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.set.clone())
            .insert_resource(self.preset)
            .insert_resource(Lettering::from_system())
            .add_plugins(VrmPlugin)
            .add_plugins((
                look::plugin,
                look::bake_plugin,
                set::plugin,
                avatar::plugin,
                camera::plugin,
                theme::plugin,
            ));
    }
}
