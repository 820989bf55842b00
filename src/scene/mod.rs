//! The scene file: types and checks. Pure, no Bevy.
//!
//! Lengths are in metres, angles in degrees, times in seconds. Y points up; an avatar with `facing: 0` looks along +Z,
//! towards the visitor, and the camera looks along −Z. All files are named relative to the asset folder.

mod check;
mod colour;
mod defaults;
mod desk;
mod parse;
mod place;
mod types;
mod walk;

pub use check::{CONTRAST_MIN, Finding, Severity, check};
pub use colour::{Colour, ColourError};
pub use desk::{Badge, Desk, Engine, Voice};
pub use parse::{SceneError, VERSION, parse};
pub use place::{Ambient, Backdrop, Camera, Finish, LightSet, Lights, Part, Prop, Shape, Sign, Sun, View};
pub use types::{DayNight, KioskOptions, ListenMode, Localized, Scene, SpokenLanguage, Theme, TimeoutsSecs};
pub use walk::Walk;
