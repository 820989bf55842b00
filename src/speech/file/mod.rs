//! Reads sound files of any rate and channel count and writes WAV files (hound). With the feature `voice` every usual
//! format is read (symphonia), without it WAV only.

#[cfg(feature = "voice")]
mod any;
#[cfg(any(not(feature = "voice"), test))]
mod wav;

use std::path::Path;

#[cfg(feature = "voice")]
use any::decode_source;
#[cfg(not(feature = "voice"))]
use wav::decode_source;

use super::audio::{self, SAMPLE_RATE};
use super::resample::{self, ResampleError};

/// The longest recording that is read, in seconds.
pub const MAX_SECONDS: u32 = 600;

/// The largest file that is opened, in bytes: ten minutes of 96 kHz stereo with 32 bits are 440 MB.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// What can be read, as errors say it.
#[cfg(feature = "voice")]
const FORMATS: &str = "WAV, FLAC, Ogg Vorbis, MP3 or M4A";
#[cfg(not(feature = "voice"))]
const FORMATS: &str = "WAV (a build with the feature voice reads FLAC, Ogg Vorbis, MP3 and M4A, too)";

/// Why a sound file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the sound file {path} cannot be opened: {why}; check the path and that it may be read")]
    Open { path: String, why: String },
    #[error("{path} has {bytes} bytes and at most {max} are read: cut it into shorter pieces")]
    TooLarge { path: String, bytes: u64, max: u64 },
    #[error("{path} is not a sound file that can be read ({why}): use {}", FORMATS)]
    Format { path: String, why: String },
    #[error("{path} lasts longer than {max} seconds: cut it into shorter pieces")]
    TooLong { path: String, max: u32 },
    #[error("{path} holds no sound: it ends before its first sample")]
    Empty { path: String },
    #[error("{path}: {source}")]
    Resample { path: String, source: ResampleError },
    #[error("the sound file {path} cannot be written: {why}; check that the folder exists and has space")]
    Write { path: String, why: String },
}

/// A decoded recording at its own rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Mono samples.
    pub samples: Vec<f32>,
    /// Samples per second.
    pub rate: u32,
}

/// Reads a sound file as mono samples at [`SAMPLE_RATE`].
pub fn read(path: &Path) -> Result<Vec<f32>, FileError> {
    let name = path.display().to_string();
    let recording = decode(path)?;
    resample::resample_all(&recording.samples, recording.rate, SAMPLE_RATE)
        .map_err(|source| FileError::Resample { path: name, source })
}

/// Reads a sound file as mono samples at the rate it has.
pub fn decode(path: &Path) -> Result<Recording, FileError> {
    let name = path.display().to_string();
    let open = |e: std::io::Error| FileError::Open { path: name.clone(), why: e.to_string() };
    let file = std::fs::File::open(path).map_err(open)?;
    let meta = file.metadata().map_err(open)?;
    if !meta.is_file() {
        return Err(FileError::Open { path: name, why: "it is not a file".into() });
    }
    if meta.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge { path: name, bytes: meta.len(), max: MAX_FILE_BYTES });
    }
    decode_source(file, path.extension().and_then(|e| e.to_str()), &name)
}

/// Decodes a sound file that is already in memory; `name` is used in errors.
pub fn decode_bytes(bytes: Vec<u8>, name: &str) -> Result<Recording, FileError> {
    decode_source(std::io::Cursor::new(bytes), None, name)
}

/// Whether this many mono samples are more than is read.
fn too_long(samples: usize, rate: u32) -> bool {
    samples as u64 > u64::from(rate) * u64::from(MAX_SECONDS)
}

/// What a decoder found, unless it is nothing.
fn finish(mut mono: Vec<f32>, rate: u32, name: &str) -> Result<Recording, FileError> {
    if mono.is_empty() || rate == 0 {
        return Err(FileError::Empty { path: name.to_owned() });
    }
    audio::sanitise(&mut mono);
    Ok(Recording { samples: mono, rate })
}

/// Writes mono samples as a WAV file with 16 bits a sample.
pub fn write_wav(path: &Path, samples: &[f32], rate: u32) -> Result<(), FileError> {
    let failed = |e: hound::Error| FileError::Write { path: path.display().to_string(), why: e.to_string() };
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).map_err(failed)?;
    for sample in samples {
        let clean = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        writer.write_sample((clean * f32::from(i16::MAX)).round() as i16).map_err(failed)?;
    }
    writer.finalize().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stereo_44k(path: &Path, seconds: f32) {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for i in 0..(44_100.0 * seconds) as usize {
            let value = (i as f32 / 44_100.0 * 440.0 * std::f32::consts::TAU).sin() * 0.5;
            writer.write_sample((value * 32_767.0) as i16).unwrap();
            writer.write_sample(0i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn a_stereo_file_at_44_kilohertz_becomes_mono_at_16() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tone.wav");
        stereo_44k(&path, 1.0);
        let samples = read(&path).unwrap();
        assert!(samples.len().abs_diff(16_000) <= 2, "{}", samples.len());
        // Half the amplitude: the other channel is silent.
        let level = audio::level_db(&samples[2000..14_000]);
        assert!((level - (20.0 * 0.25f32.log10() - 3.01)).abs() < 0.2, "{level}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.wav");
        let samples: Vec<f32> = (0..1600).map(|i| (i as f32 * 0.05).sin() * 0.3).collect();
        write_wav(&path, &samples, 16_000).unwrap();
        let back = read(&path).unwrap();
        assert_eq!(back.len(), samples.len());
        assert!(back.iter().zip(&samples).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn errors_are_sentences_that_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing.wav");
        assert!(read(&missing).unwrap_err().to_string().contains("missing.wav"));
        let text = dir.path().join("text.wav");
        std::fs::write(&text, "this is no sound at all, only a line of text".repeat(40)).unwrap();
        assert!(matches!(read(&text), Err(FileError::Format { .. })), "{:?}", read(&text));
        let empty = dir.path().join("empty.wav");
        write_wav(&empty, &[], 16_000).unwrap();
        assert!(matches!(read(&empty), Err(FileError::Empty { .. } | FileError::Format { .. })));
        assert!(matches!(read(dir.path()), Err(FileError::Open { .. })));
    }

    #[test]
    fn a_file_that_was_cut_off_is_read_as_far_as_it_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cut.wav");
        stereo_44k(&path, 1.0);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() / 2);
        let recording = decode_bytes(bytes, "cut.wav").unwrap();
        assert!(recording.samples.len() > 20_000, "{}", recording.samples.len());
    }

    /// Both readers agree on WAV, whatever the width of its samples.
    #[cfg(feature = "voice")]
    #[test]
    fn the_reader_of_lean_builds_reads_the_same() {
        let dir = tempfile::tempdir().unwrap();
        for (bits, format) in
            [(16, hound::SampleFormat::Int), (24, hound::SampleFormat::Int), (32, hound::SampleFormat::Float)]
        {
            let path = dir.path().join("tone.wav");
            let spec = hound::WavSpec {
                channels: 2,
                sample_rate: 22_050,
                bits_per_sample: bits,
                sample_format: format,
            };
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            for i in 0..4_410 {
                let value = (i as f32 * 0.05).sin() * 0.5;
                match format {
                    hound::SampleFormat::Float => writer.write_sample(value).unwrap(),
                    hound::SampleFormat::Int => {
                        writer.write_sample((value * ((1u32 << (bits - 1)) - 1) as f32) as i32).unwrap();
                    }
                }
            }
            writer.finalize().unwrap();
            let lean =
                wav::decode_source(std::fs::File::open(&path).unwrap(), Some("wav"), "tone.wav").unwrap();
            let full = decode(&path).unwrap();
            assert_eq!((lean.rate, lean.samples.len()), (full.rate, full.samples.len()));
            assert!(lean.samples.iter().zip(&full.samples).all(|(a, b)| (a - b).abs() < 1e-4), "{bits} bits");
        }
    }

    #[test]
    fn a_recording_that_is_too_long_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long.wav");
        write_wav(&path, &vec![0.0; 100 * (MAX_SECONDS as usize + 2)], 100).unwrap();
        assert!(matches!(read(&path), Err(FileError::TooLong { .. })));
    }
}
