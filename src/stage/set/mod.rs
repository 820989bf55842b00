//! The set: what stands still around the avatar.

mod build;
mod desk;
mod input;
mod plant;
mod room;
mod shape;
mod sign;

pub use build::{SetBuilt, SetChanged};
pub use input::{CameraPlan, DeskPlan, Palette, PlantPlan, ScreenPlan, Set};

pub(super) use build::plugin;
