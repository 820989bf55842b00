//! A person's own voice, from their microphone to the avatar's mouth.
//!
//! ```text
//! capture ─ Talker (noise, voice detector, encoder) ─ Packet … Packet ─ Player (JitterBuffer, decoder) ─ playback
//! ```
//!
//! The sound comes out of the same playback as synthetic speech, so that the mouth and the echo canceller follow it in the same way.
//! Everything but the codec is pure or a thread of the standard library; Opus is behind the feature `opus`.

mod codec;
mod denoise;
mod jitter;
#[cfg(test)]
mod jitter_tests;
mod packet;
mod player;
mod shorten;
mod talker;
mod tee;

pub use codec::{CodecError, Coded, Decoder, Encoder, HEARD_FRAME, SAID_FRAME};
#[cfg(feature = "opus")]
pub use codec::{OpusDecoder, OpusEncoder};
pub use jitter::{Counts, JitterBuffer, Pull};
pub use packet::{FRAME_MS, PAYLOAD_MAX_BYTES, Packet};
pub use player::{PacketSender, Player, PlayerEvent};
pub use talker::Talker;
pub use tee::{TEE_CHUNKS, Tee};
