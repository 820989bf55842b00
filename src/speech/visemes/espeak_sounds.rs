//! Single sounds of espeak-ng, for tests.

use std::process::{Command, Stdio};

use crate::speech::file;

/// Voices that `training/mouth` never hears.
pub(super) const TESTING: &[&str] = &["+m2", "+m4", "+m6", "+f2", "+f4", "+Andrea"];

/// Language, phoneme, shape.
pub(super) const SOUNDS: &[(&str, &str, usize)] = &[
    ("de", "a:", 0),
    ("es", "a", 0),
    ("it", "a", 0),
    ("en", "A:", 0),
    ("en", "V", 0),
    ("de", "i:", 1),
    ("es", "i", 1),
    ("en", "i:", 1),
    ("en", "I", 1),
    ("de", "u:", 2),
    ("es", "u", 2),
    ("en", "u:", 2),
    ("de", "e:", 3),
    ("es", "e", 3),
    ("it", "e", 3),
    ("en", "E", 3),
    ("de", "o:", 4),
    ("es", "o", 4),
    ("it", "o", 4),
    ("en", "O:", 4),
];

/// A phoneme said by a voice: mono samples and their rate.
pub(super) fn say(language: &str, variant: &str, phoneme: &str, pitch: u32) -> (Vec<f32>, u32) {
    let output = Command::new("espeak-ng")
        .args(["--stdout", "-z", "-s", "90", "-p", &pitch.to_string(), "-v", &format!("{language}{variant}")])
        .arg(format!("[[{phoneme}{phoneme}]]"))
        .stdin(Stdio::null())
        .output()
        .expect("espeak-ng is needed here: install it with `apt install espeak-ng`");
    let recording =
        file::decode_bytes(output.stdout, "espeak-ng's output").expect("espeak-ng makes a WAV stream");
    (recording.samples, recording.rate)
}
