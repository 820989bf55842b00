//! From text to sound, by programs of their own.

pub mod chinese;
pub mod command;
pub mod espeak;
pub mod normalise;
mod process;
pub mod sentences;
pub mod synth;
pub mod wav_stream;

pub use command::{CommandOutput, CommandSynthesizer};
pub use espeak::Espeak;
pub use synth::{Pcm, Speech, Synthesizer, TtsError, Voice};
