//! A kiosk in a window, with the machine's own microphone and loudspeaker.

use std::sync::Arc;

use anyhow::Result;

use super::Where;
use crate::cli::common::load_scene;
use crate::cli::desk::{Connection, Kiosk, Sound, kiosk};
use crate::cli::notify::Manager;
use crate::kiosk::KioskPlugin;
use crate::speech::capture::CaptureSource;
use crate::speech::playback::Playback;
use crate::stage::set::Set;
use crate::stage::{StageError, window as stage_window};

/// Opens the window and returns when it is closed.
pub fn window(at: Where<'_>, fullscreen: bool) -> Result<()> {
    // Before anything else: a window that cannot be opened should cost nothing.
    stage_window::probe()?;
    let connection = Connection { runtime: at.runtime, config: at.client.clone() };
    let sound =
        Sound { source: microphone(at.settings), playback: loudspeaker(at.settings)?, overheard: None };
    let scene = load_scene(at.settings)?;
    let Kiosk { core, scene, knowledge, deaf } = kiosk(at.settings, scene, connection, sound)?;
    if let Some(why) = deaf {
        eprintln!("{why}");
    }
    let set = Set::from_scene(&scene, core.desk(), core.state().language);
    let settings = stage_window::Settings {
        title: scene.name.clone(),
        fullscreen,
        assets: at.settings.assets.clone(),
        ..stage_window::Settings::default()
    };
    let plugin = KioskPlugin::new(core, scene, knowledge).reloading(at.settings.scene.clone());
    let plugin = match Manager::of_process() {
        Some(manager) => plugin.with_pulse(Arc::new(manager).pulse()),
        None => plugin,
    };
    stage_window::run(settings, set, |app| {
        app.add_plugins(plugin);
    })?;
    Ok(())
}

/// Whether an error says that no window can be opened here, though pictures may be drawn.
pub fn is_no_display(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<StageError>(), Some(StageError::NoDisplay))
}

#[cfg(feature = "voice")]
fn microphone(settings: &crate::config::Settings) -> Box<dyn CaptureSource> {
    Box::new(crate::speech::capture::device::Microphone { name: settings.microphone.clone() })
}

#[cfg(feature = "voice")]
fn loudspeaker(settings: &crate::config::Settings) -> Result<Box<dyn Playback>> {
    Ok(Box::new(crate::speech::playback::device::Loudspeaker::start(settings.loudspeaker.clone())?))
}

#[cfg(not(feature = "voice"))]
fn microphone(_: &crate::config::Settings) -> Box<dyn CaptureSource> {
    Box::new(crate::speech::capture::PacedSource::live().0)
}

#[cfg(not(feature = "voice"))]
fn loudspeaker(_: &crate::config::Settings) -> Result<Box<dyn Playback>> {
    Ok(Box::new(crate::speech::playback::PacedPlayback::start(false)?))
}
