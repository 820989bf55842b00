//! Reads sound files of any usual format, rate and channel count (symphonia) and writes WAV files (hound).

use std::io::Cursor;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as DecodeError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use super::audio::{self, SAMPLE_RATE};
use super::resample::{self, ResampleError};

/// The longest recording that is read, in seconds.
pub const MAX_SECONDS: u32 = 600;

/// The largest file that is opened, in bytes: ten minutes of 96 kHz stereo with 32 bits are 440 MB.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Packets that may be broken one after the other before a file counts as broken.
const MAX_BAD_PACKETS: usize = 64;

/// Why a sound file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the sound file {path} cannot be opened: {why}; check the path and that it may be read")]
    Open { path: String, why: String },
    #[error("{path} has {bytes} bytes and at most {max} are read: cut it into shorter pieces")]
    TooLarge { path: String, bytes: u64, max: u64 },
    #[error("{path} is not a sound file that can be read ({why}): use WAV, FLAC, Ogg Vorbis, MP3 or M4A")]
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
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    decode_source(Box::new(file), &hint, &name)
}

/// Decodes a sound file that is already in memory; `name` is used in errors.
pub fn decode_bytes(bytes: Vec<u8>, name: &str) -> Result<Recording, FileError> {
    decode_source(Box::new(Cursor::new(bytes)), &Hint::new(), name)
}

fn decode_source(source: Box<dyn MediaSource>, hint: &Hint, name: &str) -> Result<Recording, FileError> {
    let bad = |why: String| FileError::Format { path: name.to_owned(), why };
    let stream = MediaSourceStream::new(source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| bad(e.to_string()))?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| bad("it has no sound track".into()))?;
    let track_id = track.id;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(|| bad("its sound track is not described".into()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|e| bad(e.to_string()))?;

    let mut mono = Vec::new();
    let mut rate = 0;
    let mut interleaved: Vec<f32> = Vec::new();
    let mut bad_packets = 0;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A file that was cut off is read as far as it goes.
            Ok(None) => break,
            Err(DecodeError::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(_) if !mono.is_empty() => break,
            Err(e) => return Err(bad(e.to_string())),
        };
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                bad_packets = 0;
                rate = buffer.spec().rate();
                let channels = buffer.spec().channels().count();
                interleaved.resize(buffer.samples_interleaved(), 0.0);
                buffer.copy_to_slice_interleaved(&mut interleaved);
                audio::mix_down(&interleaved, channels, &mut mono);
            }
            Err(DecodeError::DecodeError(why)) => {
                bad_packets += 1;
                if bad_packets > MAX_BAD_PACKETS {
                    return Err(bad(why.to_string()));
                }
            }
            Err(e) => return Err(bad(e.to_string())),
        }
        if mono.len() as u64 > u64::from(rate) * u64::from(MAX_SECONDS) {
            return Err(FileError::TooLong { path: name.to_owned(), max: MAX_SECONDS });
        }
    }
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

    #[test]
    fn a_recording_that_is_too_long_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long.wav");
        write_wav(&path, &vec![0.0; 8_000 * (MAX_SECONDS as usize + 2)], 8_000).unwrap();
        assert!(matches!(read(&path), Err(FileError::TooLong { .. })));
    }
}
