//! The set: what stands still around the avatar.

mod body;
mod build;
mod desk;
mod from_scene;
mod input;
mod lobby;
mod page;
mod plant;
mod room;
mod shape;
mod sign;
mod wall;

pub use body::{Body, Finish, Form};
pub use build::{SetBuilt, SetChanged};
pub use from_scene::theme as theme_of_scene;
pub use input::{CameraPlan, DeskPlan, Palette, PlantPlan, ScreenPlan, Set, SignPlan, View};

pub use wall::{LogoFault, WallCard, WallCode, WallShows};

pub(super) use build::plugin;
pub(super) use desk::hidden_below;
