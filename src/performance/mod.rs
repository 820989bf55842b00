//! What the avatar does: answer text → speech parts, expression, gesture, timing. Pure.

mod beat;
mod cue;
mod mood;
mod plan;
mod sentence;

pub use beat::Beat;
pub use cue::{Expression, Gesture};
pub use plan::{PLAN_PARTS_MAX, Part, plan};
pub use sentence::{SENTENCE_MAX_CHARS, Sentence, sentences};
