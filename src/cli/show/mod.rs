//! Shows a kiosk: in a window, or off-screen.

#[cfg(feature = "desktop")]
mod film;
#[cfg(feature = "desktop")]
mod off_screen;
#[cfg(feature = "desktop")]
mod video;
#[cfg(feature = "desktop")]
mod windowed;

use tokio::runtime::Handle;

use crate::client::ClientConfig;
use crate::config::Settings;

#[cfg(feature = "desktop")]
pub use off_screen::Drawn;
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

#[cfg(not(feature = "desktop"))]
mod missing;
#[cfg(not(feature = "desktop"))]
pub use missing::{Drawn, is_no_display, window};
