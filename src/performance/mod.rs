//! What the avatar does: answer text → speech parts, expression, gesture, timing. Pure.

mod beat;
mod clause;
mod cue;
mod feeling;
mod listener;
mod mood;
mod plan;
mod sentence;

pub use beat::{Beat, STROKE_MS};
pub use cue::{Expression, Gesture};
pub use feeling::Feeling;
pub use listener::Listener;
pub use plan::{PLAN_PARTS_MAX, Part, plan};
pub use sentence::{SENTENCE_MAX_CHARS, Sentence, sentences};
