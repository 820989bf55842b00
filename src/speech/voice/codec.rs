//! From samples to coded frames and back.

use super::packet::FRAME_MS;
#[cfg(feature = "opus")]
use super::packet::PAYLOAD_MAX_BYTES;
use crate::speech::audio::{SAMPLE_RATE, VOICE_RATE};

/// Samples of a frame as it is captured, at [`SAMPLE_RATE`].
pub const HEARD_FRAME: usize = (SAMPLE_RATE * FRAME_MS / 1000) as usize;
/// Samples of a frame as it is played, at [`VOICE_RATE`].
pub const SAID_FRAME: usize = (VOICE_RATE * FRAME_MS / 1000) as usize;

/// Why a frame could not be coded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("the voice codec could not be set up: {0}; close other programs and try again")]
    SetUp(String),
    #[error("a frame of the voice could not be coded: {0}")]
    Frame(String),
}

/// Codes frames, one after the other.
pub trait Encoder: Send {
    /// Codes one frame of [`HEARD_FRAME`] samples.
    fn encode(&mut self, frame: &[f32]) -> Result<Vec<u8>, CodecError>;
}

/// What there is of the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coded<'a> {
    Frame(&'a [u8]),
    /// It is lost, but this is the one after it, which may hold a copy.
    Before(&'a [u8]),
    /// It is lost.
    Lost,
}

/// Makes samples of coded frames, one after the other.
pub trait Decoder: Send {
    /// Appends the samples of the next frame at [`VOICE_RATE`]: [`SAID_FRAME`] of them. What cannot be decoded is concealed like
    /// what is lost: bytes from a network are nothing to fail over.
    fn decode(&mut self, coded: Coded<'_>, out: &mut Vec<f32>);
}

/// Speech at 24 kbit/s with a copy of the frame before in each frame.
#[cfg(feature = "opus")]
pub struct OpusEncoder(opus::Encoder);

#[cfg(feature = "opus")]
impl OpusEncoder {
    /// Bits per second: wideband speech is transparent with these.
    const BITRATE: i32 = 24_000;
    /// For how much loss the copies are made, in percent.
    const LOSS_PERCENT: i32 = 10;
    /// 0 to 10: beyond this, work grows and speech does not get better.
    const COMPLEXITY: i32 = 6;

    /// An encoder for one voice.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new() -> Result<Self, CodecError> {
        let made = || {
            let mut encoder = opus::Encoder::new(SAMPLE_RATE, opus::Channels::Mono, opus::Application::Voip)?;
            encoder.set_bitrate(opus::Bitrate::Bits(Self::BITRATE))?;
            encoder.set_complexity(Self::COMPLEXITY)?;
            encoder.set_signal(opus::Signal::Voice)?;
            encoder.set_inband_fec(true)?;
            encoder.set_packet_loss_perc(Self::LOSS_PERCENT)?;
            Ok::<_, opus::Error>(encoder)
        };
        Ok(Self(made().map_err(|e| CodecError::SetUp(e.to_string()))?))
    }
}

#[cfg(feature = "opus")]
impl Encoder for OpusEncoder {
    fn encode(&mut self, frame: &[f32]) -> Result<Vec<u8>, CodecError> {
        self.0.encode_vec_float(frame, PAYLOAD_MAX_BYTES).map_err(|e| CodecError::Frame(e.to_string()))
    }
}

/// Decodes what [`OpusEncoder`] and any other encoder of the format make.
#[cfg(feature = "opus")]
pub struct OpusDecoder(opus::Decoder);

#[cfg(feature = "opus")]
impl OpusDecoder {
    /// A decoder for one voice.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new() -> Result<Self, CodecError> {
        let decoder = opus::Decoder::new(VOICE_RATE, opus::Channels::Mono);
        Ok(Self(decoder.map_err(|e| CodecError::SetUp(e.to_string()))?))
    }

    /// Decodes into a frame. A packet that holds more than a frame does not fit and is an error.
    fn run(&mut self, bytes: &[u8], copy: bool, frame: &mut [f32]) -> Option<usize> {
        self.0.decode_float(bytes, frame, copy).ok().filter(|count| *count > 0)
    }
}

#[cfg(feature = "opus")]
impl Decoder for OpusDecoder {
    fn decode(&mut self, coded: Coded<'_>, out: &mut Vec<f32>) {
        let mut frame = [0.0; SAID_FRAME];
        let decoded = match coded {
            // An empty packet would mean that it is lost.
            Coded::Frame([]) | Coded::Before([]) | Coded::Lost => None,
            Coded::Frame(bytes) => self.run(bytes, false, &mut frame),
            Coded::Before(bytes) => self.run(bytes, true, &mut frame),
        };
        if decoded.is_none() && self.run(&[], false, &mut frame).is_none() {
            frame = [0.0; SAID_FRAME];
        }
        crate::speech::audio::sanitise(&mut frame);
        out.extend_from_slice(&frame);
    }
}

#[cfg(test)]
#[cfg(feature = "opus")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::speech::audio::level_db;

    /// Something like a vowel.
    fn vowel(frames: usize) -> Vec<f32> {
        let harmonic = |i: usize, n: usize| {
            let t = i as f32 / SAMPLE_RATE as f32;
            (t * 140.0 * n as f32 * std::f32::consts::TAU).sin() / n as f32
        };
        (0..frames * HEARD_FRAME).map(|i| (1..8).map(|n| harmonic(i, n)).sum::<f32>() * 0.15).collect()
    }

    fn coded(frames: usize) -> Vec<Vec<u8>> {
        let mut encoder = OpusEncoder::new().unwrap();
        vowel(frames).chunks(HEARD_FRAME).map(|frame| encoder.encode(frame).unwrap()).collect()
    }

    #[test]
    fn a_voice_survives_and_needs_few_bytes() {
        let packets = coded(50);
        let mut decoder = OpusDecoder::new().unwrap();
        let mut heard = Vec::new();
        packets.iter().for_each(|packet| decoder.decode(Coded::Frame(packet), &mut heard));
        assert_eq!(heard.len(), 50 * SAID_FRAME);
        let (said, heard) = (level_db(&vowel(50)), level_db(&heard[SAID_FRAME * 5..]));
        assert!((said - heard).abs() < 3.0, "said at {said} dB, heard at {heard} dB");
        let bytes: usize = packets.iter().map(Vec::len).sum();
        assert!(bytes < 6_000, "{bytes} bytes for a second");
    }

    #[test]
    fn a_lost_frame_is_made_up_from_the_copy_or_from_what_was_before() {
        let packets = coded(30);
        for copy in [true, false] {
            let mut decoder = OpusDecoder::new().unwrap();
            let mut heard = Vec::new();
            packets[..20].iter().for_each(|packet| decoder.decode(Coded::Frame(packet), &mut heard));
            heard.clear();
            decoder.decode(if copy { Coded::Before(&packets[21]) } else { Coded::Lost }, &mut heard);
            assert_eq!(heard.len(), SAID_FRAME);
            assert!(level_db(&heard) > -30.0, "copy {copy}: {} dB", level_db(&heard));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
        #[test]
        fn any_bytes_give_a_frame_of_sound(
            packets in proptest::collection::vec(
                (proptest::collection::vec(any::<u8>(), 0..PAYLOAD_MAX_BYTES), 0u8..3), 1..8)
        ) {
            let mut decoder = OpusDecoder::new().unwrap();
            let mut heard = Vec::new();
            for (bytes, how) in &packets {
                decoder.decode(match how {
                    0 => Coded::Before(bytes),
                    1 => Coded::Lost,
                    _ => Coded::Frame(bytes),
                }, &mut heard);
            }
            prop_assert_eq!(heard.len(), packets.len() * SAID_FRAME);
            prop_assert!(heard.iter().all(|s| s.is_finite() && s.abs() <= 1.0));
        }

        #[test]
        fn a_frame_with_wrong_bits_gives_a_frame_of_sound(at in 0usize..60, bit in 0u8..8) {
            let mut packets = coded(4);
            if let Some(byte) = packets[2].get_mut(at) {
                *byte ^= 1 << bit;
            }
            let mut decoder = OpusDecoder::new().unwrap();
            let mut heard = Vec::new();
            packets.iter().for_each(|packet| decoder.decode(Coded::Frame(packet), &mut heard));
            prop_assert_eq!(heard.len(), 4 * SAID_FRAME);
        }
    }
}
