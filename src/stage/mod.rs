//! What is drawn: scene, avatar, theme, widgets.
//!
//! Both apps show the same stage. They add one plugin, describe the set, and from then on only say what the avatar does:
//!
//! ```no_run
//! use avatardesk::stage::{
//!     avatar::{Attention, MouthShape},
//!     headless::{Headless, Settings},
//!     set::Set,
//! };
//!
//! # fn main() -> Result<(), avatardesk::stage::StageError> {
//! let mut stage = Headless::new(Settings { width: 640, height: 360, ..Settings::default() }, Set::default(), |_app| {})?;
//! stage.settle()?;
//! stage.world_mut().insert_resource(Attention::Speaking);
//! stage.world_mut().insert_resource(MouthShape { aa: 1.0, ..MouthShape::default() });
//! let frame = stage.frame()?;
//! frame.save_png(std::path::Path::new("speaking.png"))?;
//! # Ok(())
//! # }
//! ```
//!
//! | module | is |
//! |---|---|
//! | [`set`] | desk, wall, floor, plants, screen, sign: plain input [`set::Set`], built by code |
//! | [`avatar`] | loads a VRM and brings it to life |
//! | [`look`] | our own small materials, presets, the set drawn once into a picture |
//! | [`headless`] | the same app without a window: frames as bytes |
//! | [`chapter`] | what a recording is about at the moment, in its lower third |
//! | [`window`] | the same app in a window |
//! | [`walk`] | a visitor on foot, through the lobby to the desk |
//! | [`theme`], [`fonts`], [`widgets`] | how panels look |

#![expect(clippy::type_complexity, reason = "the queries of systems are types")]

pub mod adapter;
mod app;
pub mod avatar;
mod camera;
pub mod chapter;
mod ease;
mod error;
pub mod fonts;
pub mod headless;
pub mod look;
mod plugin;
mod rate;
pub mod set;
pub mod theme;
pub mod walk;
pub mod widgets;
pub mod window;

pub use camera::{Figure, Framing, Region, Shot, StageCamera, conversation};
pub use error::StageError;
pub use plugin::StagePlugin;
