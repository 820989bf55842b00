//! A kiosk in a window, with the machine's own microphone and loudspeaker.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::Where;
use crate::cli::common::load_scene;
use crate::cli::desk::{Connection, Kiosk, Sound, kiosk};
use crate::cli::notify::Manager;
#[cfg(unix)]
use crate::kiosk::PresenceSocket;
#[cfg(feature = "voice")]
use crate::kiosk::edges::DeviceKind;
use crate::kiosk::edges::Found;
use crate::kiosk::{Core, KioskPlugin, SoundDevices};
use crate::speech::capture::CaptureSource;
use crate::speech::playback::Playback;
use crate::stage::set::Set;
use crate::stage::{StageError, window as stage_window};

/// Opens the window and returns when it is closed.
pub fn window(at: Where<'_>, fullscreen: bool) -> Result<()> {
    // Before anything else: a window that cannot be opened should cost nothing.
    stage_window::probe()?;
    let connection = Connection { runtime: at.runtime, config: at.client.clone() };
    let devices = SoundDevices::new(at.settings, list_devices);
    let sound = Sound { source: microphone(&devices), playback: loudspeaker(&devices)?, overheard: None };
    let mut scene = load_scene(at.settings)?;
    if at.walk {
        scene.walk.get_or_insert_default();
    }
    let Kiosk { mut core, scene, knowledge, deaf } = kiosk(at.settings, scene, connection, sound)?;
    core.devices = Some(Box::new(devices));
    if let Some(path) = &at.settings.presence {
        watch(&mut core, path)?;
    }
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
    let plugin = if at.walk { plugin.on_foot() } else { plugin };
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

/// Who comes and goes is told to the kiosk over a socket at this path.
#[cfg(unix)]
fn watch(core: &mut Core, path: &Path) -> Result<()> {
    core.watch(Box::new(PresenceSocket::open(path)?));
    Ok(())
}

#[cfg(not(unix))]
fn watch(_: &mut Core, path: &Path) -> Result<()> {
    anyhow::bail!("{}: this system has no such sockets; leave `presence` out of the settings", path.display())
}

#[cfg(feature = "voice")]
fn microphone(devices: &SoundDevices) -> Box<dyn CaptureSource> {
    Box::new(crate::speech::capture::device::Microphone { wanted: devices.wanted(DeviceKind::Microphone) })
}

#[cfg(feature = "voice")]
fn loudspeaker(devices: &SoundDevices) -> Result<Box<dyn Playback>> {
    use crate::speech::playback::device::Loudspeaker;
    Ok(Box::new(Loudspeaker::start(devices.wanted(DeviceKind::Loudspeaker))?))
}

#[cfg(feature = "voice")]
fn list_devices() -> Found {
    let told = |names: Result<Vec<String>, String>| {
        names.unwrap_or_else(|why| {
            tracing::warn!("sound devices cannot be listed: {why}");
            Vec::new()
        })
    };
    Found {
        microphones: told(crate::speech::capture::device::list()),
        loudspeakers: told(crate::speech::playback::device::list()),
    }
}

#[cfg(not(feature = "voice"))]
fn microphone(_: &SoundDevices) -> Box<dyn CaptureSource> {
    Box::new(crate::speech::capture::PacedSource::live().0)
}

#[cfg(not(feature = "voice"))]
fn loudspeaker(_: &SoundDevices) -> Result<Box<dyn Playback>> {
    Ok(Box::new(crate::speech::playback::PacedPlayback::start(false)?))
}

#[cfg(not(feature = "voice"))]
fn list_devices() -> Found {
    Found::default()
}
