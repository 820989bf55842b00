//! What the avatar does: answer text → speech parts, expression, gesture, timing. Pure.

mod cue;

pub use cue::{Expression, Gesture};
