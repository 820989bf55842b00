//! Makes `vowels.rs`: lets espeak-ng say vowels in many voices and fits a linear classifier (softmax regression).
//!
//! Run `cargo test --no-default-features --lib visemes::calibrate -- --ignored` after a change of the coefficients; it
//! writes `src/speech/visemes/vowels.rs` anew. The same sounds, in voices that were not used for that, are the test of
//! [`super::engine`].

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use super::engine::softmax;
use super::mfcc::{COEFFICIENTS, Mfcc};
use super::vowels::CLASSES;
use crate::speech::audio::level_db;
use crate::speech::file;

/// Voices for calibrating, and other ones for testing.
pub(super) const CALIBRATING: &[&str] =
    &["", "+m1", "+m3", "+m5", "+m7", "+f1", "+f3", "+f5", "+Linda", "+Michael"];
pub(super) const TESTING: &[&str] = &["+m2", "+m4", "+m6", "+f2", "+f4", "+Andrea"];

/// Language, phoneme, class.
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
    ("en", "m", 5),
    ("en", "n", 5),
    ("es", "m", 5),
    ("en", "s", 6),
    ("en", "S", 6),
    ("en", "f", 6),
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

/// The coefficients of the loud part of a sound.
fn frames(samples: &[f32], rate: u32) -> Vec<[f32; COEFFICIENTS]> {
    let length = (rate as f32 * 0.032).round() as usize;
    let mut mfcc = Mfcc::new(rate, length);
    let windows: Vec<&[f32]> = samples.windows(length).step_by(length / 4).collect();
    let loudest = windows.iter().map(|w| level_db(w)).fold(f32::MIN, f32::max);
    windows.into_iter().filter(|w| level_db(w) > loudest - 8.0).map(|w| mfcc.coefficients(w)).collect()
}

#[test]
#[ignore = "a tool: writes vowels.rs anew"]
fn write_vowels() {
    let mut data: Vec<([f32; COEFFICIENTS], usize)> = Vec::new();
    for variant in CALIBRATING {
        for (language, phoneme, class) in SOUNDS {
            for pitch in [30, 50, 75] {
                let (samples, rate) = say(language, variant, phoneme, pitch);
                data.extend(frames(&samples, rate).into_iter().map(|f| (f, *class)));
            }
        }
    }
    let count = data.len() as f32;
    let mean: [f32; COEFFICIENTS] =
        std::array::from_fn(|k| data.iter().map(|(f, _)| f[k]).sum::<f32>() / count);
    let scale: [f32; COEFFICIENTS] = std::array::from_fn(|k| {
        1.0 / (data.iter().map(|(f, _)| (f[k] - mean[k]).powi(2)).sum::<f32>() / count).sqrt()
    });
    let normal: Vec<([f32; COEFFICIENTS], usize)> =
        data.iter().map(|(f, c)| (std::array::from_fn(|k| (f[k] - mean[k]) * scale[k]), *c)).collect();
    let sizes: [f32; CLASSES] =
        std::array::from_fn(|c| data.iter().filter(|(_, d)| *d == c).count().max(1) as f32);

    let mut weights = [[0.0f32; COEFFICIENTS]; CLASSES];
    let mut bias = [0.0f32; CLASSES];
    for _ in 0..800 {
        let mut slope = [[0.0f32; COEFFICIENTS]; CLASSES];
        let mut slope_bias = [0.0f32; CLASSES];
        for (f, class) in &normal {
            let scores = std::array::from_fn(|c| {
                bias[c] + (0..COEFFICIENTS).map(|k| weights[c][k] * f[k]).sum::<f32>()
            });
            let guess = softmax(scores);
            for c in 0..CLASSES {
                let error = (guess[c] - f32::from(u8::from(c == *class))) / sizes[*class] / CLASSES as f32;
                slope_bias[c] += error;
                for k in 0..COEFFICIENTS {
                    slope[c][k] += error * f[k];
                }
            }
        }
        for c in 0..CLASSES {
            bias[c] -= 2.0 * slope_bias[c];
            for k in 0..COEFFICIENTS {
                weights[c][k] -= 2.0 * (slope[c][k] + 0.0005 * weights[c][k]);
            }
        }
    }
    let right = normal
        .iter()
        .filter(|(f, class)| {
            let score = |c: usize| bias[c] + (0..COEFFICIENTS).map(|k| weights[c][k] * f[k]).sum::<f32>();
            (0..CLASSES).max_by(|a, b| score(*a).total_cmp(&score(*b))) == Some(*class)
        })
        .count();
    println!("{} windows, {:.1} % right", data.len(), 100.0 * right as f32 / count);

    let list = |values: &[f32]| values.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(", ");
    let mut out = String::from(
        "//! What vowels sound like: made by the tool in `calibrate`, not by hand.\n\n\
         use super::mfcc::COEFFICIENTS;\n\n\
         /// `aa ih ou ee oh`, nasal, hiss.\n\
         pub(super) const CLASSES: usize = 7;\n\n",
    );
    writeln!(out, "/// Mean of each coefficient, and one over its deviation.").unwrap();
    writeln!(out, "pub(super) const MEAN: [f32; COEFFICIENTS] = [{}];", list(&mean)).unwrap();
    writeln!(out, "pub(super) const SCALE: [f32; COEFFICIENTS] = [{}];\n", list(&scale)).unwrap();
    writeln!(out, "/// The classifier.").unwrap();
    writeln!(out, "pub(super) const BIAS: [f32; CLASSES] = [{}];", list(&bias)).unwrap();
    writeln!(out, "pub(super) const WEIGHTS: [[f32; COEFFICIENTS]; CLASSES] = [").unwrap();
    for row in &weights {
        writeln!(out, "    [{}],", list(row)).unwrap();
    }
    writeln!(out, "];").unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/speech/visemes/vowels.rs");
    std::fs::write(path, out).unwrap();
}
