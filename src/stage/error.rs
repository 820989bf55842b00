//! What can go wrong before and while the stage is drawn.

use std::path::PathBuf;

/// Why the stage cannot be drawn. Each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The machine has no driver that could draw, not even in software.
    #[error(
        "nothing on this machine can draw: no Vulkan driver was found. Install one, for drawing without a \
         graphics card: sudo apt install mesa-vulkan-drivers"
    )]
    NoAdapter,
    /// There is no X11 or Wayland display to open a window on.
    #[error(
        "no display was found (neither WAYLAND_DISPLAY nor DISPLAY leads to one), so no window can be opened. Run in a \
         graphical session, or with --headless to draw off-screen"
    )]
    NoDisplay,
    /// A picture's width or height is zero or too large.
    #[error("a picture of {width}x{height} cannot be drawn: each side must be between 16 and {most} pixels")]
    Size {
        /// Asked for, in pixels.
        width: u32,
        /// Asked for, in pixels.
        height: u32,
        /// The largest side, in pixels.
        most: u32,
    },
    /// The graphics driver gave no frame back.
    #[error("no frame came back from the graphics driver within {0} updates: restart, or update the driver")]
    NoFrame(u32),
    /// The app ended by itself.
    #[error("the drawing stopped by itself: the log's last lines say why")]
    Stopped,
    /// The avatar's file could not be shown.
    #[error("the avatar cannot be shown: {0}")]
    Avatar(String),
    /// A picture could not be written.
    #[error("the picture {path} could not be written: {why}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}
