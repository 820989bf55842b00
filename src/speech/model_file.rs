//! Speech model files: reads the header of a ggml Whisper model and unpacks `.zst` files in memory.
//!
//! The header is what whisper.cpp's loader reads first: a magic number and eleven little-endian 32-bit integers.

use std::io::Read;
use std::path::Path;

use ruzstd::decoding::StreamingDecoder;

/// "ggml" as whisper.cpp writes it.
const MAGIC: u32 = 0x6767_6d6c;
/// First bytes of a zstd frame.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes of magic number and header.
const HEADER_BYTES: usize = 48;
/// The largest model that is loaded, in bytes: "large" in full precision has 3.1 GB.
pub const MAX_MODEL_BYTES: u64 = 4 << 30;
/// Positions of the encoder per second of sound.
pub const POSITIONS_PER_SECOND: u32 = 50;
/// Size of the vocabulary of models that know English only.
const ENGLISH_VOCAB: u32 = 51_864;

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error(
        "the speech model {name} cannot be read: {why}; run `avatardesk model list` to see what is there"
    )]
    Read { name: String, why: String },
    #[error("the speech model {name} is broken: {why}; fetch it again with `avatardesk model fetch`")]
    Broken { name: String, why: String },
    #[error(
        "the speech model {name} has more than {max} bytes, which no Whisper model has: choose another file"
    )]
    TooLarge { name: String, max: u64 },
}

/// The sizes that a model was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelHeader {
    pub n_vocab: u32,
    /// Positions that the encoder can take, [`POSITIONS_PER_SECOND`] each second.
    pub n_audio_ctx: u32,
    pub n_audio_state: u32,
    pub n_audio_head: u32,
    pub n_audio_layer: u32,
    /// Tokens that the decoder can take, prompt included.
    pub n_text_ctx: u32,
    pub n_text_state: u32,
    pub n_text_head: u32,
    pub n_text_layer: u32,
    pub n_mels: u32,
    /// How the numbers are stored, plus 1000 for each version of the quantisation.
    pub ftype: u32,
}

impl ModelHeader {
    /// Whether the model knows English only.
    pub fn english_only(&self) -> bool {
        self.n_vocab == ENGLISH_VOCAB
    }

    /// The longest sound that the model hears at once, in seconds.
    pub fn max_seconds(&self) -> f32 {
        self.n_audio_ctx as f32 / POSITIONS_PER_SECOND as f32
    }

    /// Whether a file of so many bytes can hold the model. whisper.cpp takes a file without any weights for an "empty
    /// model for testing" and would transcribe with it.
    pub fn fits(&self, bytes: usize) -> bool {
        // The embedding of the tokens alone, with the smallest numbers there are: half a byte each.
        bytes as u64 > u64::from(self.n_vocab) * u64::from(self.n_text_state) / 2
    }

    /// Reads the header from the first bytes of a model; `name` is used in errors.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, ModelFileError> {
        let broken = |why: String| ModelFileError::Broken { name: name.to_owned(), why };
        let head = bytes
            .first_chunk::<HEADER_BYTES>()
            .ok_or_else(|| broken(format!("it has only {} bytes", bytes.len())))?;
        let mut numbers = head.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b));
        let mut next = || numbers.next().unwrap_or(0);
        if next() != MAGIC {
            return Err(broken("it does not begin as a ggml model does".into()));
        }
        let header = Self {
            n_vocab: next(),
            n_audio_ctx: next(),
            n_audio_state: next(),
            n_audio_head: next(),
            n_audio_layer: next(),
            n_text_ctx: next(),
            n_text_state: next(),
            n_text_head: next(),
            n_text_layer: next(),
            n_mels: next(),
            ftype: next(),
        };
        header.check().map_err(broken)?;
        Ok(header)
    }

    /// Sizes outside of these bounds would make the loader allocate absurdly or stop the process.
    fn check(&self) -> Result<(), String> {
        let within = |what: &str, value: u32, bounds: std::ops::RangeInclusive<u32>| {
            if bounds.contains(&value) {
                Ok(())
            } else {
                Err(format!(
                    "its {what} is {value}, and {} to {} would be right",
                    bounds.start(),
                    bounds.end()
                ))
            }
        };
        within("vocabulary", self.n_vocab, ENGLISH_VOCAB..=60_000)?;
        within("audio context", self.n_audio_ctx, 64..=1_500)?;
        within("audio width", self.n_audio_state, 16..=4_096)?;
        within("number of audio heads", self.n_audio_head, 1..=64)?;
        within("number of audio layers", self.n_audio_layer, 1..=64)?;
        within("text context", self.n_text_ctx, 16..=1_024)?;
        within("text width", self.n_text_state, 16..=4_096)?;
        within("number of text heads", self.n_text_head, 1..=64)?;
        within("number of text layers", self.n_text_layer, 1..=64)?;
        within("number of mel bands", self.n_mels, 80..=128)?;
        if !self.n_audio_state.is_multiple_of(self.n_audio_head)
            || !self.n_text_state.is_multiple_of(self.n_text_head)
        {
            return Err("its width is not a multiple of its heads".into());
        }
        Ok(())
    }
}

/// Reads a model file, unpacking it when it is packed with zstd, and its header.
pub fn load(path: &Path) -> Result<(Vec<u8>, ModelHeader), ModelFileError> {
    let name = path.display().to_string();
    let read = |e: std::io::Error| ModelFileError::Read { name: name.clone(), why: e.to_string() };
    let file = std::fs::File::open(path).map_err(read)?;
    let bytes = bounded(file, &name, read)?;
    unpack(bytes, &name)
}

/// Unpacks a model that is in memory when it is packed with zstd, and reads its header.
pub fn unpack(bytes: Vec<u8>, name: &str) -> Result<(Vec<u8>, ModelHeader), ModelFileError> {
    let bytes = if bytes.starts_with(&ZSTD_MAGIC) {
        let broken = |why: String| ModelFileError::Broken {
            name: name.to_owned(),
            why: format!("it cannot be unpacked ({why})"),
        };
        let decoder = StreamingDecoder::new(bytes.as_slice()).map_err(|e| broken(e.to_string()))?;
        bounded(decoder, name, |e| broken(e.to_string()))?
    } else {
        bytes
    };
    let header = ModelHeader::parse(&bytes, name)?;
    Ok((bytes, header))
}

fn bounded(
    source: impl Read,
    name: &str,
    failed: impl Fn(std::io::Error) -> ModelFileError,
) -> Result<Vec<u8>, ModelFileError> {
    let mut bytes = Vec::new();
    source.take(MAX_MODEL_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_MODEL_BYTES {
        return Err(ModelFileError::TooLarge { name: name.to_owned(), max: MAX_MODEL_BYTES });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::CompressionLevel;

    use super::*;

    fn header(change: impl FnOnce(&mut [u32; 12])) -> Vec<u8> {
        let mut numbers = [MAGIC, 51_864, 512, 192, 3, 4, 64, 192, 3, 2, 80, 1];
        change(&mut numbers);
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    #[test]
    fn the_header_of_a_small_english_model_is_read() {
        let header = ModelHeader::parse(&header(|_| {}), "desk").unwrap();
        assert!(header.english_only());
        assert_eq!(header.n_audio_ctx, 512);
        assert!(!header.fits(48) && header.fits(10_000_000));
        assert!((header.max_seconds() - 10.24).abs() < 1e-6);
        assert_eq!((header.n_text_ctx, header.n_mels, header.ftype), (64, 80, 1));
    }

    #[test]
    fn broken_files_are_named_with_what_is_wrong() {
        let cases: [(Vec<u8>, &str); 5] = [
            (b"short".to_vec(), "only 5 bytes"),
            (header(|n| n[0] = 1), "does not begin"),
            (header(|n| n[1] = 7), "vocabulary is 7"),
            (header(|n| n[2] = 1_000_000), "audio context"),
            (header(|n| n[4] = 5), "multiple of its heads"),
        ];
        for (bytes, expected) in cases {
            let error = ModelHeader::parse(&bytes, "x.bin").unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("x.bin"), "{error}");
        }
    }

    #[test]
    fn packed_files_are_unpacked_and_damaged_ones_refused() {
        let dir = tempfile::tempdir().unwrap();
        let plain = [header(|_| {}), vec![7; 10_000]].concat();
        let packed = ruzstd::encoding::compress_to_vec(plain.as_slice(), CompressionLevel::Fastest);
        let path = dir.path().join("desk.bin.zst");
        std::fs::write(&path, &packed).unwrap();
        let (bytes, _) = load(&path).unwrap();
        assert_eq!(bytes, plain);
        std::fs::write(&path, &packed[..packed.len() / 2]).unwrap();
        assert!(matches!(load(&path), Err(ModelFileError::Broken { .. })));
        assert!(matches!(load(&dir.path().join("none")), Err(ModelFileError::Read { .. })));
    }
}
