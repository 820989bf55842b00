//! The usual Whisper models in whisper.cpp's own format (MIT). Sizes and SHA-256 are those of the files that the
//! whisper.cpp maintainers publish at [`SOURCE_URL`].

/// Where the files lie: this and the file's name make the address.
pub const SOURCE_URL: &str = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main";

/// What the demo fetches when it may: every language, small enough for two processor cores.
pub const DEFAULT_MODEL: &str = "base-q8_0";

/// One file that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    pub name: &'static str,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: &'static str,
}

impl Model {
    /// The file's name, the same at the source and on disk.
    pub fn file_name(&self) -> String {
        format!("ggml-{}.bin", self.name)
    }

    /// Whether it understands English only.
    pub fn english_only(&self) -> bool {
        self.name.contains(".en")
    }
}

/// All models, from small to large.
pub const MODELS: &[Model] = &[
    model("tiny-q8_0", 43_537_433, "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca"),
    model("tiny.en-q8_0", 43_550_795, "5bc2b3860aa151a4c6e7bb095e1fcce7cf12c7b020ca08dcec0c6d018bb7dd94"),
    model("tiny", 77_691_713, "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21"),
    model("tiny.en", 77_704_715, "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f"),
    model("base-q8_0", 81_768_585, "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9"),
    model("base.en-q8_0", 81_781_811, "a4d4a0768075e13cfd7e19df3ae2dbc4a68d37d36a7dad45e8410c9a34f8c87e"),
    model("base", 147_951_465, "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe"),
    model("base.en", 147_964_211, "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002"),
    model("small-q8_0", 264_464_607, "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f"),
    model("small", 487_601_967, "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b"),
    model("small.en", 487_614_201, "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d"),
];

/// The model of this name.
pub fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|m| m.name == name)
}

const fn model(name: &'static str, bytes: u64, sha256: &'static str) -> Model {
    Model { name, bytes, sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sound() {
        assert!(find(DEFAULT_MODEL).is_some_and(|m| !m.english_only()));
        for (i, model) in MODELS.iter().enumerate() {
            assert_eq!(model.sha256.len(), 64, "{}", model.name);
            assert!(MODELS[..i].iter().all(|m| m.name != model.name && m.sha256 != model.sha256));
        }
    }
}
