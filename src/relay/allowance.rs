//! How much may come over one connection.

use axum::extract::ws::Message;
use tokio::time::Instant;

use super::bucket::Bucket;
use super::limits::Limits;
use crate::protocol::VoiceHead;

/// What one connection may still send.
pub struct Allowance {
    frames: Bucket,
    bytes: Bucket,
    voice: Bucket,
}

impl Allowance {
    pub fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            frames: Bucket::new(limits.frames_per_sec, limits.frames_burst, now),
            bytes: Bucket::new(limits.bytes_per_sec, limits.bytes_burst, now),
            voice: Bucket::new(limits.voice_per_sec, limits.voice_burst, now),
        }
    }

    /// Takes a message of so many bytes off it: `None` when it is too much, otherwise whether it is a frame of a voice within
    /// what voices may be. Pings and strange frames count like any others, a voice only when it is more than one.
    pub fn take(&mut self, message: &Message, bytes: u64, now: Instant) -> Option<bool> {
        let voiced = is_voice(message) && self.voice.take(1.0, now);
        let fits = (voiced || self.frames.take(1.0, now)) && self.bytes.take(bytes as f64, now);
        fits.then_some(voiced)
    }
}

/// The payload of a message, in bytes.
pub fn size(message: &Message) -> u64 {
    match message {
        Message::Text(text) => text.len() as u64,
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len() as u64,
        Message::Close(_) => 0,
    }
}

/// Whether this is a frame of a voice, whoever sends it.
fn is_voice(message: &Message) -> bool {
    matches!(message, Message::Binary(frame) if VoiceHead::read(frame).is_ok())
}

pub fn too_large(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = source {
        if matches!(e.downcast_ref(), Some(tokio_tungstenite::tungstenite::Error::Capacity(_))) {
            return true;
        }
        source = e.source();
    }
    false
}
