//! From text to sound, by programs of their own or a service.

pub mod cached;
pub mod chinese;
pub mod command;
pub mod endpoint;
pub mod espeak;
pub mod flite;
pub mod normalise;
mod process;
pub mod sentences;
pub mod smooth;
pub mod synth;
pub mod wav_stream;

pub use cached::{Cached, ReadySounds};
pub use command::{CommandOutput, CommandSynthesizer};
pub use endpoint::SpeechEndpoint;
pub use espeak::Espeak;
pub use flite::Flite;
pub use synth::{Pcm, Phonemes, Speech, Synthesizer, TtsError, Voice};
