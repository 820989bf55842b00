//! The visitor app.
//!
//! [`Core`] is the kiosk without its window: it reaches network, microphone and loudspeaker through the traits of
//! [`edges`]. [`KioskPlugin`] puts it on the stage and its panels over it.

#[cfg(feature = "desktop")]
mod app;
mod calm_system;
mod core;
mod cues;
pub mod edges;
#[cfg(feature = "desktop")]
mod guide;
mod health;
mod listening;
mod live;
mod long_turn;
#[cfg(feature = "desktop")]
mod panels;
mod person_voice;
mod presence;
mod relay_link;
#[cfg(feature = "desktop")]
mod scene_file;
mod secrets;
#[cfg(feature = "desktop")]
mod set_up;
mod sound_devices;
mod speech_ears;
mod spoken_voice;
#[cfg(test)]
mod test_world;
mod vocabulary;
mod voices;
#[cfg(feature = "desktop")]
mod walking;
#[cfg(feature = "desktop")]
mod wall;

#[cfg(feature = "desktop")]
pub use app::{KioskPlugin, begin_anew, with_core, with_panels};
pub use calm_system::wants_calm;
pub use core::{Core, Parts};
pub use cues::Cue;
#[cfg(feature = "desktop")]
pub use panels::{Opened, Panels};
pub use person_voice::PersonVoice;
pub use presence::Presence;
#[cfg(unix)]
pub use presence::{PresenceError, PresenceSocket};
pub use relay_link::RelayLink;
pub use secrets::{Safe, Secrets};
pub use sound_devices::SoundDevices;
pub use speech_ears::SpeechEars;
pub use spoken_voice::SpokenVoice;
pub use vocabulary::Vocabulary;
pub use voices::{language_voice, stand_ins, voices};
