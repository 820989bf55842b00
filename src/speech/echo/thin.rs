//! From the rate of what is said to the rate of what is heard, with hardly any delay.

use crate::speech::audio::{SAMPLE_RATE, VOICE_RATE};

/// Samples that are played for each one that is heard.
pub const RATIO: usize = (VOICE_RATE / SAMPLE_RATE) as usize;

/// Keeps every third sample after a low-pass (a sinc of 33 taps at 7.2 kHz under a Hamming window). Its delay of a third of
/// a millisecond is nothing to a canceller; a resampler in blocks would wait for 10 ms.
pub struct Thin {
    taps: [f32; TAPS],
    past: Vec<f32>,
}

const TAPS: usize = 33;
const CUT_HZ: f32 = 7_200.0;

impl Default for Thin {
    fn default() -> Self {
        Self::new()
    }
}

impl Thin {
    pub fn new() -> Self {
        let mut taps = [0.0; TAPS];
        let middle = (TAPS / 2) as f32;
        for (i, tap) in taps.iter_mut().enumerate() {
            let x = i as f32 - middle;
            let f = 2.0 * CUT_HZ / VOICE_RATE as f32;
            let sinc =
                if x == 0.0 { f } else { (std::f32::consts::PI * f * x).sin() / (std::f32::consts::PI * x) };
            let window = 0.54 - 0.46 * (std::f32::consts::TAU * i as f32 / (TAPS - 1) as f32).cos();
            *tap = sinc * window;
        }
        let sum: f32 = taps.iter().sum();
        taps.iter_mut().for_each(|t| *t /= sum);
        Self { taps, past: vec![0.0; TAPS - 1] }
    }

    /// Takes a multiple of [`RATIO`] samples and appends a third of them.
    pub fn run(&mut self, piece: &[f32], out: &mut Vec<f32>) {
        self.past.extend_from_slice(piece);
        out.extend(
            self.past
                .windows(TAPS)
                .step_by(RATIO)
                .map(|window| window.iter().zip(&self.taps).map(|(s, t)| s * t).sum::<f32>()),
        );
        let used = self.past.len().saturating_sub(TAPS - 1);
        self.past.drain(..used);
    }
}
