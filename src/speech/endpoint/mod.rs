//! Finds utterances in a stream of judged frames: where one begins, where it ends, where a long one is cut.
//!
//! Pure: no clock, no thread, no device. [`Endpointer`] takes frames, their verdicts and their capture times.

mod config;
mod finish;
mod machine;
mod notes;
mod utterance;

pub use config::{EndpointConfig, Mode, PEEK_MS};
pub use finish::Finish;
pub use machine::Endpointer;
pub use utterance::{EndedBy, Heard, Utterance};
