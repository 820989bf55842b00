//! The visitor app.
//!
//! [`Core`] is the kiosk without its window; it reaches network, microphone and loudspeaker through the traits of [`edges`].

mod core;
mod cues;
pub mod edges;
#[cfg(feature = "desktop")]
mod panels;
mod relay_link;
mod secrets;
mod silent;

pub use core::{Core, Parts};
pub use cues::Cue;
pub use relay_link::RelayLink;
pub use secrets::{Safe, Secrets};
pub use silent::Silent;
