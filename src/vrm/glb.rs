//! The container: a GLB file is a header and two chunks, JSON and binary (glTF 2.0, section 4.4).

/// The largest file, in bytes.
pub const FILE_MAX_BYTES: usize = 512 << 20;
/// The largest JSON chunk, in bytes.
pub const JSON_MAX_BYTES: usize = 32 << 20;

/// The file's header and those of its two chunks.
const HEADER_BYTES: usize = 12 + 8 + 8;
const MAGIC: u32 = 0x4654_6c67;
const CHUNK_JSON: u32 = 0x4e4f_534a;
const CHUNK_BIN: u32 = 0x004e_4942;

/// Why bytes are not a GLB file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlbError {
    #[error("the file has {0} bytes, more than the {FILE_MAX_BYTES} allowed: use smaller pictures")]
    TooLarge(usize),
    #[error("this is no GLB or VRM file: it does not begin with `glTF`. Export it as VRM 1.0")]
    NotGlb,
    #[error("this GLB file is of version {0}; only version 2 exists today: export it again")]
    WrongVersion(u32),
    #[error(
        "the file ends too early: it says that it has {said} bytes and has {has}. Copy or download it again"
    )]
    Truncated { said: usize, has: usize },
    #[error(
        "the chunk at byte {at} says that it has {said} bytes, but only {left} are left: the file is damaged"
    )]
    BadChunk { at: usize, said: usize, left: usize },
    #[error("the first chunk is not JSON: the file is damaged or not a GLB file")]
    NoJson,
    #[error("the JSON part has {0} bytes, more than the {JSON_MAX_BYTES} allowed")]
    JsonTooLarge(usize),
}

/// Puts a file together.
///
/// # Errors
/// [`GlbError::JsonTooLarge`], [`GlbError::TooLarge`].
pub(super) fn pack(json: &[u8], binary: &[u8]) -> Result<Vec<u8>, GlbError> {
    if json.len() > JSON_MAX_BYTES {
        return Err(GlbError::JsonTooLarge(json.len()));
    }
    let size = HEADER_BYTES + json.len().next_multiple_of(4) + binary.len().next_multiple_of(4);
    if size > FILE_MAX_BYTES {
        return Err(GlbError::TooLarge(size));
    }
    let mut file = Vec::with_capacity(size);
    // Both bounds above are far below 4 GiB.
    let number = |file: &mut Vec<u8>, n: usize| file.extend((n as u32).to_le_bytes());
    number(&mut file, MAGIC as usize);
    number(&mut file, 2);
    let parts = [(CHUNK_JSON, json, b' '), (CHUNK_BIN, binary, 0)];
    let kept = || parts.iter().filter(|(kind, data, _)| *kind == CHUNK_JSON || !data.is_empty());
    number(&mut file, 12 + kept().map(|(_, data, _)| 8 + data.len().next_multiple_of(4)).sum::<usize>());
    for (kind, data, filler) in kept() {
        let length = data.len().next_multiple_of(4);
        number(&mut file, length);
        number(&mut file, *kind as usize);
        file.extend_from_slice(data);
        file.resize(file.len() + length - data.len(), *filler);
    }
    Ok(file)
}

/// The two parts of a GLB file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glb<'a> {
    pub json: &'a [u8],
    /// Empty when there is none.
    pub binary: &'a [u8],
}

impl<'a> Glb<'a> {
    /// Finds the parts. Every length in the file is checked against what is there.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, GlbError> {
        if bytes.len() > FILE_MAX_BYTES {
            return Err(GlbError::TooLarge(bytes.len()));
        }
        if word(bytes, 0) != Some(MAGIC) {
            return Err(GlbError::NotGlb);
        }
        let (Some(version), Some(said)) = (word(bytes, 4), word(bytes, 8)) else {
            return Err(GlbError::Truncated { said: 12, has: bytes.len() });
        };
        if version != 2 {
            return Err(GlbError::WrongVersion(version));
        }
        let said = said as usize;
        let Some(file) = bytes.get(..said) else {
            return Err(GlbError::Truncated { said, has: bytes.len() });
        };
        let mut chunks = Chunks { file, at: 12 };
        let json = match chunks.next_chunk()? {
            Some((CHUNK_JSON, json)) => json,
            _ => return Err(GlbError::NoJson),
        };
        if json.len() > JSON_MAX_BYTES {
            return Err(GlbError::JsonTooLarge(json.len()));
        }
        // Chunks of unknown kinds are skipped, as the format demands.
        while let Some((kind, binary)) = chunks.next_chunk()? {
            if kind == CHUNK_BIN {
                return Ok(Self { json, binary });
            }
        }
        Ok(Self { json, binary: &[] })
    }
}

struct Chunks<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Chunks<'a> {
    fn next_chunk(&mut self) -> Result<Option<(u32, &'a [u8])>, GlbError> {
        let at = self.at;
        let left = self.file.len().saturating_sub(at);
        if left == 0 {
            return Ok(None);
        }
        let (Some(said), Some(kind)) = (word(self.file, at), word(self.file, at + 4)) else {
            return Err(GlbError::BadChunk { at, said: 8, left });
        };
        let (said, left) = (said as usize, left - 8);
        let start = at + 8;
        let Some(chunk) = start.checked_add(said).and_then(|end| self.file.get(start..end)) else {
            return Err(GlbError::BadChunk { at, said, left });
        };
        // The next chunk begins at a multiple of 4.
        self.at = (start + said).next_multiple_of(4).min(self.file.len());
        Ok(Some((kind, chunk)))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vrm::test_files::glb;

    #[test]
    fn the_parts_are_found() {
        let bytes = glb("{}", b"abcd");
        let found = Glb::parse(&bytes).unwrap();
        assert_eq!((found.json, found.binary), (b"{}  ".as_slice(), b"abcd".as_slice()));
        assert_eq!(Glb::parse(&glb("{}", b"")).unwrap().binary, b"");
    }

    #[test]
    fn what_is_packed_is_found_again() {
        for (json, binary) in [(&b"{}"[..], &b"abcde"[..]), (b"{\"a\": 1}", b"")] {
            let bytes = pack(json, binary).unwrap();
            let found = Glb::parse(&bytes).unwrap();
            assert_eq!((bytes.len() % 4, found.json.trim_ascii_end()), (0, json));
            assert!(found.binary.starts_with(binary) && found.binary.len() - binary.len() < 4);
        }
        assert!(matches!(pack(&vec![b' '; JSON_MAX_BYTES + 1], b""), Err(GlbError::JsonTooLarge(_))));
    }

    #[test]
    fn each_damage_has_its_sentence() {
        let good = glb("{}", b"abcd");
        assert_eq!(Glb::parse(b""), Err(GlbError::NotGlb));
        assert_eq!(Glb::parse(b"glTF"), Err(GlbError::Truncated { said: 12, has: 4 }));
        let said = good.len();
        assert_eq!(Glb::parse(&good[..said - 1]), Err(GlbError::Truncated { said, has: said - 1 }));
        let with = |at: usize, byte: u8| {
            let mut bad = good.clone();
            bad[at] = byte;
            Glb::parse(&bad).unwrap_err()
        };
        assert_eq!(with(0, b'x'), GlbError::NotGlb);
        assert_eq!(with(4, 1), GlbError::WrongVersion(1));
        assert!(matches!(with(15, 0xff), GlbError::BadChunk { at: 12, .. }));
        assert_eq!(with(16, b'X'), GlbError::NoJson);
    }

    proptest! {
        #[test]
        fn no_bytes_can_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
            if header && bytes.len() >= 20 {
                bytes[..4].copy_from_slice(b"glTF");
                bytes[4..8].copy_from_slice(&2u32.to_le_bytes());
                let length = bytes.len() as u32;
                bytes[8..12].copy_from_slice(&length.to_le_bytes());
                bytes[16..20].copy_from_slice(b"JSON");
            }
            let _ = Glb::parse(&bytes);
        }
    }
}
