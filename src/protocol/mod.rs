//! Frames on the wire between the relay and its clients. `docs/protocol.md` explains them with an example of each.

mod codec;
mod frame;
mod health;
pub mod hex;
mod signal;

pub use codec::{CodecError, FRAME_MAX_BYTES, decode, encode};
pub use frame::{
    ClientFrame, CloseCode, ErrorCode, LobbyEntry, PROTOCOL_MIN, PROTOCOL_VERSION, Role, ServerFrame, Top,
    VersionSpan,
};
pub use health::Health;
pub use signal::{AvatarState, Signal};
