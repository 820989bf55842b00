//! The stage as one plugin.

use bevy::{
    ecs::schedule::{Schedules, SingleThreadedExecutor},
    prelude::*,
    render::RenderApp,
};
use bevy_vrm1::prelude::VrmPlugin;

use super::{avatar, camera, fonts::Lettering, look, set, theme, walk};

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
                walk::plugin,
                camera::plugin,
                theme::plugin,
            ));
    }

    fn finish(&self, app: &mut App) {
        one_thread(app.world_mut());
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            one_thread(render.world_mut());
        }
    }
}

/// Systems of a stage are many and tiny. Handing them from thread to thread costs more than running them one after the
/// other, and the processor's other cores are wanted for drawing and for speech.
fn one_thread(world: &mut World) {
    for (_, schedule) in world.resource_mut::<Schedules>().iter_mut() {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
}
