//! The stage in a window.

use std::path::PathBuf;

use bevy::{
    prelude::*,
    window::{MonitorSelection, PresentMode, WindowMode, WindowResolution},
};

use super::{
    StageError, adapter,
    app::{find_assets, furnish},
    camera,
    look::Preset,
    rate,
    set::Set,
};

/// Frames per second at most, unless the settings say otherwise.
const FRAMES_PER_SECOND: f64 = 60.0;

/// The window, and what is drawn in it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In the window's bar.
    pub title: String,
    /// Without a bar, over the whole screen.
    pub fullscreen: bool,
    /// In pixels, when not over the whole screen.
    pub size: (u32, u32),
    /// How much is drawn; `None` lets the adapter decide.
    pub preset: Option<Preset>,
    /// Frames per second at most.
    pub frames_per_second: f64,
    /// The folder of assets.
    pub assets: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            title: "avatardesk".into(),
            fullscreen: false,
            size: (1280, 720),
            preset: None,
            frames_per_second: FRAMES_PER_SECOND,
            assets: find_assets(),
        }
    }
}

/// Whether a window could be opened: a display that answers, and something that draws.
///
/// # Errors
/// [`StageError::NoDisplay`], [`StageError::NoAdapter`].
pub fn probe() -> Result<adapter::Adapter, StageError> {
    if !display::answers() {
        return Err(StageError::NoDisplay);
    }
    adapter::probe()
}

/// Opens the window and returns when it is closed. Must be called on the main thread.
///
/// # Errors
/// Those of [`probe`], and [`StageError::Stopped`] when the app ended by an error.
pub fn run(settings: Settings, set: Set, extra: impl FnOnce(&mut App)) -> Result<(), StageError> {
    let adapter = probe()?;
    let preset = settings.preset.unwrap_or(Preset::for_adapter(&adapter));
    tracing::info!(?adapter, ?preset, "opening a window");
    let mode = if settings.fullscreen {
        WindowMode::BorderlessFullscreen(MonitorSelection::Primary)
    } else {
        WindowMode::Windowed
    };
    let window = Window {
        title: settings.title.clone(),
        resolution: WindowResolution::new(settings.size.0.max(320), settings.size.1.max(240)),
        mode,
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    let mut app = App::new();
    furnish(&mut app, Some(window), &settings.assets, |plugins| plugins, set, preset);
    // What a machine cannot draw in time is not drawn; more than its kind can is not tried.
    let most = settings.preset.is_none().then(|| Preset::most_for_adapter(&adapter));
    rate::set_up(&mut app, settings.frames_per_second, most);
    app.world_mut().spawn(camera::camera());
    extra(&mut app);
    if app.run().is_error() { Err(StageError::Stopped) } else { Ok(()) }
}

/// Whether there is a display, found out without opening a window (which would panic without one).
mod display {
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    pub fn answers() -> bool {
        true
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn answers() -> bool {
        let var = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
        wayland(var("WAYLAND_DISPLAY"), var("XDG_RUNTIME_DIR")) || x11(var("DISPLAY"))
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    fn wayland(display: Option<String>, folder: Option<String>) -> bool {
        let Some(display) = display else { return false };
        let path = std::path::Path::new(&folder.unwrap_or_default()).join(display);
        std::os::unix::net::UnixStream::connect(path).is_ok()
    }

    /// `:N` or `unix:N` is a socket here, `host:N` one elsewhere.
    #[cfg(all(unix, not(target_os = "macos")))]
    fn x11(display: Option<String>) -> bool {
        use std::net::{TcpStream, ToSocketAddrs};
        let Some(display) = display else { return false };
        let Some((host, rest)) = display.rsplit_once(':') else { return false };
        let Some(number) = rest.split('.').next().and_then(|n| n.parse::<u16>().ok()) else { return false };
        if host.is_empty() || host == "unix" {
            let path = format!("/tmp/.X11-unix/X{number}");
            return std::os::unix::net::UnixStream::connect(path).is_ok();
        }
        let wait = std::time::Duration::from_secs(2);
        (host, number.saturating_add(6000))
            .to_socket_addrs()
            .is_ok_and(|mut all| all.any(|a| TcpStream::connect_timeout(&a, wait).is_ok()))
    }

    #[cfg(all(test, unix, not(target_os = "macos")))]
    mod tests {
        use super::*;

        #[test]
        fn a_display_that_is_not_there_does_not_answer() {
            assert!(!x11(None) && !x11(Some("nonsense".into())) && !x11(Some(":59999".into())));
            assert!(!wayland(Some("wayland-none".into()), Some("/nonexistent".into())));
        }
    }
}
