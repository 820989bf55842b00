//! How much a moment of sound repeats itself at the period of some voice.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::speech::vad::FRAME;

/// Samples under one look: room for two periods of a deep voice.
const WINDOW: usize = 2 * FRAME;
/// Periods of voices, in samples at 16 kHz: 70 to 400 Hz.
const PERIODS: std::ops::RangeInclusive<usize> = 40..=228;
/// A difference removes hum and offset, which repeat themselves at every period.
const EMPHASIS: f32 = 0.97;
/// Keeps silence from repeating itself.
const TINY: f32 = 1e-9;

/// Looks at one stream of frames.
pub(super) struct Pitch {
    forth: Arc<dyn RealToComplex<f32>>,
    back: Arc<dyn ComplexToReal<f32>>,
    past: [f32; FRAME],
    /// Twice the window, the second half silent: so that the end is not compared with the beginning.
    slope: Vec<f32>,
    buffer: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
}

impl Pitch {
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forth, back) = (planner.plan_fft_forward(2 * WINDOW), planner.plan_fft_inverse(2 * WINDOW));
        let (slope, buffer, spectrum) =
            (forth.make_input_vec(), forth.make_input_vec(), forth.make_output_vec());
        Self { forth, back, past: [0.0; FRAME], slope, buffer, spectrum }
    }

    /// The largest normalised autocorrelation of the next frame and the one before it: 1 for a perfect tone.
    pub fn push(&mut self, frame: &[f32; FRAME]) -> f32 {
        let samples = || self.past.iter().chain(frame);
        for ((slot, now), next) in self.slope.iter_mut().zip(samples()).zip(samples().skip(1)) {
            *slot = next - EMPHASIS * now;
        }
        self.past = *frame;
        self.buffer.copy_from_slice(&self.slope);
        if self.forth.process(&mut self.buffer, &mut self.spectrum).is_err() {
            return 0.0;
        }
        self.spectrum.iter_mut().for_each(|bin| *bin = Complex::new(bin.norm_sqr(), 0.0));
        if self.back.process(&mut self.spectrum, &mut self.buffer).is_err() {
            return 0.0;
        }
        // Energy of the first `i` samples.
        let mut sums = [0.0f32; WINDOW + 1];
        let mut sum = 0.0;
        for (slot, s) in sums.iter_mut().skip(1).zip(&self.slope) {
            sum += s * s;
            *slot = sum;
        }
        let energy = |i: usize| sums.get(i).copied().unwrap_or(sum);
        let alike = |period: usize| {
            let cross = self.buffer.get(period).copied().unwrap_or(0.0) / (2 * WINDOW) as f32;
            cross / (energy(WINDOW - period) * (sum - energy(period)) + TINY).sqrt()
        };
        PERIODS.map(alike).fold(f32::MIN, f32::max).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(samples: impl Iterator<Item = f32>) -> f32 {
        let samples: Vec<f32> = samples.take(4 * FRAME).collect();
        let mut pitch = Pitch::new();
        samples.as_chunks::<FRAME>().0.iter().map(|frame| pitch.push(frame)).last().unwrap()
    }

    #[test]
    fn a_voice_has_a_pitch_and_noise_has_none() {
        let buzz = |i: i32| {
            (1..20)
                .map(|h| (i as f32 * h as f32 * 120.0 / 16_000.0 * std::f32::consts::TAU).sin())
                .sum::<f32>()
        };
        assert!(last((0..).map(|i| buzz(i) * 0.01)) > 0.9);
        let mut chance = crate::speech::room::Chance::new(1);
        let noise = last(std::iter::repeat_with(|| chance.between(-0.1, 0.1)));
        assert!(noise < 0.4, "{noise}");
        assert!(last(std::iter::repeat(0.0)).abs() < 0.1);
    }
}
