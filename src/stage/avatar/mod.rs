//! The avatar: a VRM that breathes, blinks, looks, listens, thinks, speaks and gestures.
//!
//! Nothing here knows who drives it. Apps write [`Attention`], [`MouthShape`] and [`LookTarget`] and send [`MoodChanged`] and
//! [`GestureAsked`], [`BeatAsked`]; the rest is the avatar's own life.

mod blink;
mod chance;
mod dress;
mod face;
mod gaze;
mod gesture;
mod idle;
mod input;
mod load;
mod motion;
mod skeleton;
mod source;

pub use input::{
    Attention, AvatarFault, AvatarStatus, BeatAsked, GestureAsked, LookTarget, MoodChanged, MouthShape,
    ReducedMotion, Stature,
};
pub use load::Avatar;

pub(super) use source::register as register_source;

use bevy::prelude::*;

/// The order of the avatar's life in each frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AvatarSystems {
    /// The file is loaded, the skeleton found, materials swapped.
    Load,
    /// Bones are turned.
    Move,
    /// Expressions and mouth are set.
    Face,
}

/// Everything about the avatar.
pub(super) fn plugin(app: &mut App) {
    app.configure_sets(Update, (AvatarSystems::Load, AvatarSystems::Move, AvatarSystems::Face).chain());
    app.add_plugins((input::plugin, load::plugin, dress::plugin, motion::plugin, face::plugin));
}
