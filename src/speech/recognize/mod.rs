//! From an utterance to text.
//!
//! A [`Transcriber`] decodes once; [`transcribe`] puts the guards around it; a [`Recognizer`] runs that on a thread.
//! [`glance`] is for captions of what is still being said, and [`agreement`] says how much of them will stay.

pub mod agreement;
pub mod guard;
#[cfg(feature = "voice")]
mod hooks;
#[cfg(any(feature = "voice", test))]
mod pace;
mod pipeline;
pub mod types;
#[cfg(feature = "voice")]
pub mod whisper;
pub mod worker;

pub use pipeline::{glance, transcribe};
pub use types::{
    Cancel, DecodeRequest, Decoded, ModelFacts, NothingHeard, Options, Outcome, RecognizeError,
    RecognizeStages, Transcriber, Transcript,
};
pub use worker::{NotTaken, Recognizer, RecognizerEvent};
