//! Hears the visitor while the avatar speaks: takes the avatar's voice and steady noise out of what the microphone hears, and
//! tells a visitor who interrupts from echoes, coughs and "mm-hm".
//!
//! ```text
//! microphone ──────────────► removal ─ canceller (sonora) ─► cleaned, with what it was made of ─► listen, barge
//! playback::VoiceOutput ─ reference ─┘ (what was played while that was captured)
//! ```

mod barge;
mod breath;
mod canceller;
mod level;
mod reference;
mod removal;
mod thin;

pub use barge::{Barge, BargeConfig, BargeIn, FrameStreams, NearFacts, OPEN_HZ};
pub use breath::Breath;
pub use canceller::{Canceller, Cleaned, EchoFacts};
pub use level::{MAX_GAIN_DB, TARGET_DB, bring_to_level};
pub use reference::{Fetched, Reference};
pub use removal::{CleanChunk, EchoRemoval};
pub use thin::{RATIO, Thin};
