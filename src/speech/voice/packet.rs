//! One frame of a voice on its way.

/// Milliseconds of sound in a packet.
pub const FRAME_MS: u32 = 20;
/// The longest coded frame, in bytes: 20 ms at 160 kbit/s, several times what speech needs.
pub const PAYLOAD_MAX_BYTES: usize = 400;

/// A coded frame of 20 ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Names the run of the sender: another one begins anew.
    pub stream: u32,
    /// Counts the frames that were sent, from 0, without a gap.
    pub seq: u32,
    /// When the frame's first sample was captured, in milliseconds of the sender's own clock; pauses included.
    pub time_ms: u32,
    /// The person begins to speak.
    pub first: bool,
    /// The person has stopped speaking.
    pub last: bool,
    pub payload: Vec<u8>,
}
