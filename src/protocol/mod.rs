//! Frames on the wire between the relay and its clients. `docs/protocol.md` explains them with an example of each.

mod codec;
mod frame;
mod health;
pub mod hex;
mod reach;
#[cfg(all(test, feature = "schema"))]
mod schema;
mod signal;
mod voice;

pub use crate::access::Role;
pub use codec::{CodecError, FRAME_MAX_BYTES, decode, encode};
pub use frame::{
    AgentEntry, ClientFrame, CloseCode, ErrorCode, LobbyEntry, PROTOCOL_MIN, PROTOCOL_VERSION, ServerFrame,
    Top, VersionSpan, You,
};
pub use health::Health;
pub use reach::{Marks, Reach};
pub use signal::{AvatarState, Signal};
pub use voice::{VOICE_MAX_BYTES, VoiceFrame, VoiceFrameError, VoiceHead};
