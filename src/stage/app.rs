//! What a window and an off-screen picture have in common: the engine's plugins and how errors are met.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use bevy::{
    anti_alias::AntiAliasPlugin,
    app::{PluginGroupBuilder, TerminalCtrlCHandlerPlugin},
    gizmos_render::GizmoRenderPlugin,
    log::LogPlugin,
    pbr::PbrPlugin,
    post_process::PostProcessPlugin,
    prelude::*,
    render::{
        RenderPlugin,
        error_handler::{ErrorType, RenderErrorHandler, RenderErrorPolicy},
        settings::{InstanceFlags, MemoryHints, RenderCreation, WgpuSettings},
    },
    window::ExitCondition,
};
use bevy_egui::{EguiGlobalSettings, EguiPlugin};

use super::{StagePlugin, avatar, look::Preset, set::Set};

/// How often a lost graphics card is taken up again before the app ends.
const MOST_RECOVERIES: u32 = 5;

/// Where assets are kept: beside the program, in the current folder, or where the program was built.
pub fn find_assets() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|dir| dir.join("assets")));
    let here = std::env::current_dir().ok().map(|dir| dir.join("assets"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    [beside, here].into_iter().flatten().find(|dir| dir.is_dir()).unwrap_or(source)
}

/// The engine's plugins, less what is not needed here.
fn defaults(window: Option<Window>, assets: &Path) -> PluginGroupBuilder {
    let exit_condition =
        if window.is_some() { ExitCondition::OnPrimaryClosed } else { ExitCondition::DontExit };
    DefaultPlugins
        .set(WindowPlugin { primary_window: window, exit_condition, ..default() })
        .set(AssetPlugin {
            file_path: assets.to_string_lossy().into_owned(),
            watch_for_changes_override: Some(false),
            ..default()
        })
        // A first frame without its pipelines would be a frame without the set; they are few and small.
        .set(RenderPlugin {
            synchronous_pipeline_compilation: true,
            render_creation: RenderCreation::from(WgpuSettings {
                // Checks of each draw are for who writes an engine; they cost more than the scene.
                instance_flags: InstanceFlags::empty().with_env(),
                // What is drawn is small: memory is taken in small pieces, too.
                memory_hints: MemoryHints::MemoryUsage,
                ..default()
            }),
            ..default()
        })
        .set(PbrPlugin { prepass_enabled: false, add_default_deferred_lighting_plugin: false, ..default() })
        .disable::<PostProcessPlugin>()
        .disable::<AntiAliasPlugin>()
        .disable::<GizmoRenderPlugin>()
        // The program has its own log and its own way to end.
        .disable::<LogPlugin>()
        .disable::<TerminalCtrlCHandlerPlugin>()
}

/// Adds everything but what shows the picture.
pub fn furnish(
    app: &mut App,
    window: Option<Window>,
    assets: &Path,
    change: impl FnOnce(PluginGroupBuilder) -> PluginGroupBuilder,
    set: Set,
    preset: Preset,
) {
    // A system that fails is worth a line in the log, not the end of a visit.
    app.set_error_handler(bevy::ecs::error::error);
    avatar::register_source(app, assets);
    app.add_plugins(change(defaults(window, assets)))
        .add_plugins(EguiPlugin { bindless_mode_array_size: None })
        .insert_resource(EguiGlobalSettings { auto_create_primary_context: false, ..default() })
        .insert_resource(RenderErrorHandler(on_render_error))
        .add_plugins(StagePlugin { set, preset });
}

/// A lost graphics card is taken up again; other errors cost a frame.
fn on_render_error(
    error: &bevy::render::error_handler::RenderError,
    main: &mut World,
    _render: &mut World,
) -> RenderErrorPolicy {
    static RECOVERED: AtomicU32 = AtomicU32::new(0);
    match error.ty {
        ErrorType::DeviceLost if RECOVERED.fetch_add(1, Ordering::Relaxed) < MOST_RECOVERIES => {
            tracing::error!("the graphics driver was lost ({}); taking it up again", error.description);
            RenderErrorPolicy::Recover(RenderCreation::default())
        }
        ErrorType::DeviceLost | ErrorType::OutOfMemory => {
            tracing::error!("the graphics driver cannot go on ({}); ending", error.description);
            main.write_message(AppExit::error());
            RenderErrorPolicy::StopRendering
        }
        _ => {
            tracing::error!("an error while drawing: {}", error.description);
            RenderErrorPolicy::Ignore
        }
    }
}
