//! Where sound goes: a loudspeaker, or a paced sink that plays into nothing or into a recording.
//!
//! Both pull from one [`queue::VoiceQueue`], which knows what was really played.

#[cfg(feature = "voice")]
pub mod device;
mod lips;
pub mod live;
pub mod output;
pub mod paced;
pub mod queue;
pub mod ring;

pub use output::{Place, Playback, PlaybackError, PlaybackStatus, VoiceOutput};
pub use paced::{PacedPlayback, PlayedRecording, Recorder};
pub use queue::{PartKey, PlayEvent, Played};
