//! The speaking side in one handle: a synthesiser, a sink and the mouth.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use avatardesk::speech::{mouth::{Part, Voice, VoiceConfig, VoiceEvent}, playback::{PacedPlayback, PartKey}, tts::Espeak};
//! // With the feature `voice`: Loudspeaker::start(WantedDevice::default())? in the place of PacedPlayback.
//! let mut voice = Voice::start(std::sync::Arc::new(Espeak::default()), Box::new(PacedPlayback::start(false)?), VoiceConfig::default())?;
//! voice.say(Part { key: PartKey { answer: 1, part: 0 }, text: "Hello! How can I help?".into(), language: "en".into() })?;
//! // Once a frame:
//! let shape = voice.mouth(std::time::Instant::now());
//! while let Some(event) = voice.next_event() {
//!     if let VoiceEvent::Sentence { from, to, .. } = event { println!("caption: characters {from} to {to}"); }
//! }
//! voice.stop();
//! # let _ = shape; Ok(()) }
//! ```

mod engines;
mod follower;
mod handle;
mod rests;
mod speaker;

pub use engines::{HOST_TEXTS_MAX, HostText};
pub use follower::Follower;
pub use handle::{LanguageVoice, Part, SayError, Voice, VoiceConfig, VoiceError, VoiceEvent};
