//! WAV files alone, by hound: symphonia takes long to build, and a lean build needs no other format.

use std::io::Read;

use super::{FileError, MAX_SECONDS, Recording, finish, too_long};
use crate::speech::audio;

/// Decodes a WAV file. A file that was cut off is read as far as it goes.
pub(super) fn decode_source(
    source: impl Read,
    _extension: Option<&str>,
    name: &str,
) -> Result<Recording, FileError> {
    let bad = |e: hound::Error| FileError::Format { path: name.to_owned(), why: e.to_string() };
    let reader = hound::WavReader::new(source).map_err(bad)?;
    let hound::WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
    match sample_format {
        hound::SampleFormat::Float => mix_down(reader.into_samples::<f32>(), channels, sample_rate, name),
        hound::SampleFormat::Int => {
            let full = (1u64 << (bits_per_sample.clamp(1, 32) - 1)) as f32;
            let samples = reader.into_samples::<i32>().map(|sample| sample.map(|value| value as f32 / full));
            mix_down(samples, channels, sample_rate, name)
        }
    }
}

fn mix_down(
    samples: impl Iterator<Item = hound::Result<f32>>,
    channels: u16,
    rate: u32,
    name: &str,
) -> Result<Recording, FileError> {
    let channels = usize::from(channels.max(1));
    let mut mono = Vec::new();
    let mut frame = Vec::with_capacity(channels);
    for sample in samples.map_while(Result::ok) {
        frame.push(sample);
        if frame.len() == channels {
            audio::mix_down(&frame, channels, &mut mono);
            frame.clear();
            if too_long(mono.len(), rate) {
                return Err(FileError::TooLong { path: name.to_owned(), max: MAX_SECONDS });
            }
        }
    }
    finish(mono, rate, name)
}
