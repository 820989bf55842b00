//! Sound files of every usual format, by symphonia.

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as DecodeError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use super::{FileError, MAX_SECONDS, Recording, finish, too_long};
use crate::speech::audio;

/// Packets that may be broken one after the other before a file counts as broken.
const MAX_BAD_PACKETS: usize = 64;

/// Decodes a sound file of any format that symphonia knows; `extension` helps to guess it.
pub(super) fn decode_source(
    source: impl MediaSource + 'static,
    extension: Option<&str>,
    name: &str,
) -> Result<Recording, FileError> {
    let bad = |why: String| FileError::Format { path: name.to_owned(), why };
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
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
        if too_long(mono.len(), rate) {
            return Err(FileError::TooLong { path: name.to_owned(), max: MAX_SECONDS });
        }
    }
    finish(mono, rate, name)
}
