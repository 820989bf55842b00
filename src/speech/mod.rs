//! From sound to text and from text to sound. Knows nothing of the rest of the program.
//!
//! ```text
//! capture ─ listen (vad, endpoint) ─ recognize            one handle for all of it: ears::Ears
//! tts (normalise, sentences, smooth) ─ playback ─ visemes  one handle for all of it: mouth::Voice
//! voice (detector, codec) … voice (jitter buffer, codec) ─ playback ─ visemes: a person's own voice
//! ```
//!
//! What needs a device or whisper.cpp is behind the feature `voice`; everything else is built always and tested without.
//! Threads and bounded queues of the standard library; no async runtime.

pub mod audio;
pub mod capture;
pub mod clock;
pub mod compact;
mod crowd;
pub mod devices;
pub mod ears;
pub mod echo;
pub mod endpoint;
pub mod file;
mod foreground;
pub mod listen;
pub mod model_file;
pub mod mouth;
pub mod near;
pub mod playback;
pub mod probe;
pub mod recognize;
pub mod resample;
pub mod room;
pub mod tts;
pub mod vad;
pub mod visemes;
pub mod visitor;
pub mod voice;
