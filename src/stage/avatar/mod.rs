//! The avatar: a VRM that breathes, blinks, looks, listens, thinks, speaks and gestures.
//!
//! Nothing here knows who drives it. Apps write [`Attention`], [`MouthShape`] and [`LookTarget`] and send [`MoodChanged`] and
//! [`GestureAsked`], [`BeatAsked`], [`NodAsked`], [`BlinkAsked`]; the rest is the avatar's own life.

mod arm;
mod blink;
mod build;
mod chance;
mod clip;
mod clips;
mod dress;
mod face;
mod gaze;
mod gesture;
mod idle;
mod input;
mod life;
mod limb;
mod load;
mod motion;
mod rig;
mod skeleton;
mod source;
mod spring;
mod talk;

pub use input::{
    Attention, AvatarFault, AvatarStatus, BeatAsked, BlinkAsked, GestureAsked, LookTarget, MoodChanged,
    MouthShape, NodAsked, ReducedMotion, Shown, Stature,
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
    app.add_plugins((
        input::plugin,
        load::plugin,
        clips::plugin,
        dress::plugin,
        motion::plugin,
        face::plugin,
    ));
}
