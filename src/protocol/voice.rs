//! A person's voice on the wire: one binary message for each 20 ms.

use crate::conversation::ConversationId;

/// The first byte of a binary message with a frame of a voice. 2 is kept for poses.
const KIND_VOICE: u8 = 1;
/// Bits of the second byte.
const FIRST: u8 = 1;
const LAST: u8 = 2;
/// Bytes before the coded sound.
const HEAD_BYTES: usize = 30;
/// The most bytes of coded sound in a frame.
pub const VOICE_MAX_BYTES: usize = 400;

/// What is known of a frame without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoiceHead {
    pub conversation: ConversationId,
    /// Random, and new with each run of the sender: the numbers begin anew with it.
    pub stream: u32,
    /// Counts the frames that were sent, from 0.
    pub seq: u32,
    /// When the first sample was captured, in milliseconds of the sender's own clock.
    pub time_ms: u32,
    /// The person begins to speak.
    pub first: bool,
    /// The person has stopped speaking.
    pub last: bool,
}

/// A frame of a voice: 20 ms of sound, coded with Opus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceFrame {
    pub head: VoiceHead,
    pub sound: Vec<u8>,
}

/// Why a binary message is no frame of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoiceFrameError {
    #[error("a binary message that begins with {0} is not known: a voice begins with {KIND_VOICE}")]
    Kind(u8),
    #[error(
        "a frame of a voice has {HEAD_BYTES} bytes before its sound and 1 to {VOICE_MAX_BYTES} bytes of it, not {0} in all"
    )]
    Size(usize),
}

impl VoiceHead {
    /// The head of a binary message, and the coded sound behind it.
    ///
    /// # Errors
    /// It is something else, or too short, or too long.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), VoiceFrameError> {
        let size = VoiceFrameError::Size(bytes.len());
        let (head, sound) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(match bytes.first() {
            Some(&kind) if kind != KIND_VOICE => VoiceFrameError::Kind(kind),
            _ => size,
        })?;
        let [kind, marks, rest @ ..] = head;
        if *kind != KIND_VOICE {
            return Err(VoiceFrameError::Kind(*kind));
        }
        if sound.is_empty() || sound.len() > VOICE_MAX_BYTES {
            return Err(size);
        }
        let (conversation, numbers) = rest.split_first_chunk::<16>().ok_or(size)?;
        let (numbers, _) = numbers.as_chunks::<4>();
        let [stream, seq, time_ms] = numbers else { return Err(size) };
        let head = Self {
            conversation: ConversationId::from_bytes(*conversation),
            stream: u32::from_be_bytes(*stream),
            seq: u32::from_be_bytes(*seq),
            time_ms: u32::from_be_bytes(*time_ms),
            first: marks & FIRST != 0,
            last: marks & LAST != 0,
        };
        Ok((head, sound))
    }
}

impl VoiceFrame {
    /// The frame that a binary message holds.
    ///
    /// # Errors
    /// As [`VoiceHead::read`].
    pub fn read(bytes: &[u8]) -> Result<Self, VoiceFrameError> {
        let (head, sound) = VoiceHead::read(bytes)?;
        Ok(Self { head, sound: sound.to_vec() })
    }

    /// The binary message.
    pub fn bytes(&self) -> Vec<u8> {
        let VoiceHead { conversation, stream, seq, time_ms, first, last } = self.head;
        let marks = if first { FIRST } else { 0 } | if last { LAST } else { 0 };
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.sound.len());
        bytes.extend([KIND_VOICE, marks]);
        bytes.extend(conversation.to_bytes());
        for number in [stream, seq, time_ms] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(&self.sound);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hex;
    use super::*;

    fn frame() -> VoiceFrame {
        let conversation = "01HF7YAT00000000000000001A".parse().unwrap();
        let head = VoiceHead { conversation, stream: 7, seq: 258, time_ms: 5_160, first: true, last: false };
        VoiceFrame { head, sound: vec![0xf8, 0xff, 0xfe] }
    }

    #[test]
    fn the_example_of_the_protocols_text_is_this_frame() {
        let text = include_str!("../../docs/protocol.md");
        let example = text.split("```hex voice\n").nth(1).unwrap().split("\n```").next().unwrap();
        let bytes = hex::decode(&example.replace([' ', '\n'], "")).unwrap();
        assert_eq!(VoiceFrame::read(&bytes), Ok(frame()), "it would be {}", hex::encode(&frame().bytes()));
        assert_eq!(frame().bytes(), bytes);
    }

    #[test]
    fn what_is_no_frame_is_refused_with_a_sentence() {
        let good = frame().bytes();
        let refused = |bytes: &[u8]| VoiceHead::read(bytes).unwrap_err().to_string();
        assert!(refused(&[2, 0]).contains("begins with 2"));
        assert!(refused(&[]).contains("not 0 in all"));
        assert!(refused(&good[..30]).contains("not 30 in all"));
        let long = [&good[..30], &[0; VOICE_MAX_BYTES + 1]].concat();
        assert!(refused(&long).contains("1 to 400"));
        assert!(VoiceHead::read(&long[..30 + VOICE_MAX_BYTES]).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first &= 3;
            }
            if let Ok(frame) = VoiceFrame::read(&bytes) {
                // Marks that are not known yet are the only thing that is left out.
                bytes[1] &= 3;
                prop_assert_eq!(frame.bytes(), bytes);
            }
        }
    }
}
