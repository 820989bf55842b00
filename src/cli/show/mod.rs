//! Shows a kiosk: in a window, or off-screen with a scripted visitor.

#[cfg(feature = "desktop")]
mod off_screen;
#[cfg(feature = "desktop")]
mod report;
#[cfg(feature = "desktop")]
mod video;
#[cfg(feature = "desktop")]
mod visitor;
#[cfg(feature = "desktop")]
mod windowed;

use std::path::PathBuf;

use tokio::runtime::Handle;

use crate::client::ClientConfig;
use crate::config::Settings;
use crate::conversation::Language;

#[cfg(feature = "desktop")]
pub use off_screen::headless;
#[cfg(feature = "desktop")]
pub use windowed::{is_no_display, window};

/// Which relay a kiosk talks to, and with what settings.
#[cfg_attr(not(feature = "desktop"), expect(dead_code, reason = "only a kiosk that draws reads it"))]
#[derive(Clone)]
pub struct Where<'a> {
    pub settings: &'a Settings,
    pub runtime: &'a Handle,
    pub client: ClientConfig,
    /// The visitor walks up, also where the scene does not say so.
    pub walk: bool,
}

/// What the scripted visitor does, and what is left of it.
#[cfg_attr(not(feature = "desktop"), expect(dead_code, reason = "only a kiosk that draws reads it"))]
#[derive(Debug, Clone)]
pub struct Script {
    pub language: Language,
    pub out: PathBuf,
    pub record: Option<PathBuf>,
    pub question: Option<PathBuf>,
}

#[cfg(not(feature = "desktop"))]
mod missing {
    use anyhow::{Result, bail};

    use super::{Script, Where};

    pub fn window(_: Where<'_>, _: bool) -> Result<()> {
        bail!(
            "this program was built without the feature `desktop`, so it draws nothing: build it with `cargo build`"
        )
    }

    pub fn headless(kiosk: Where<'_>, _: &Script) -> Result<()> {
        window(kiosk, false)
    }

    pub fn is_no_display(_: &anyhow::Error) -> bool {
        false
    }
}
#[cfg(not(feature = "desktop"))]
pub use missing::{headless, is_no_display, window};
