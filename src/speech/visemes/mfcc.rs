//! Mel-frequency cepstral coefficients of short windows, at any sample rate.
//!
//! Davis and Mermelstein (1980); mel scale as 2595·log10(1 + f/700). The loudness term (coefficient 0) is left out, so
//! that the result does not depend on the volume.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Coefficients per window.
pub const COEFFICIENTS: usize = 12;
/// Mel bands under them.
const BANDS: usize = 24;
/// Where the bands begin and end, in Hz. Below the top of what 16 kHz can carry, so that every rate gives the same.
const RANGE_HZ: (f32, f32) = (120.0, 7_000.0);
/// Strength of the pre-emphasis at 16 kHz.
const EMPHASIS: f32 = 0.97;
/// Power under which a band counts as empty, relative to full scale.
const FLOOR: f32 = 1e-9;

/// Computes the coefficients of windows of one length.
pub struct Mfcc {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each band the first bin and the weights from there on.
    bands: Vec<(usize, Vec<f32>)>,
    buffer: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    emphasis: Vec<f32>,
}

impl Mfcc {
    /// For windows of `length` samples at `rate` samples per second.
    pub fn new(rate: u32, length: usize) -> Self {
        let length = length.max(64);
        let fft = RealFftPlanner::new().plan_fft_forward(length);
        let window: Vec<f32> = (0..length)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / length as f32).cos())
            .collect();
        let (buffer, spectrum, scratch) =
            (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
        let hz_per_bin = rate as f32 / length as f32;
        let bands = bands(hz_per_bin, spectrum.len());
        // The response of the pre-emphasis at 16 kHz, applied to the spectrum: the same at every rate.
        let emphasis = (0..spectrum.len())
            .map(|bin| {
                let w = (bin as f32 * hz_per_bin / 8_000.0).min(1.0) * std::f32::consts::PI;
                1.0 + EMPHASIS * EMPHASIS - 2.0 * EMPHASIS * w.cos()
            })
            .collect();
        Self { fft, window, bands, buffer, spectrum, scratch, emphasis }
    }

    /// Samples in a window.
    pub fn length(&self) -> usize {
        self.window.len()
    }

    /// The coefficients of a window; shorter ones are filled with silence.
    pub fn coefficients(&mut self, samples: &[f32]) -> [f32; COEFFICIENTS] {
        self.buffer.fill(0.0);
        for ((slot, sample), weight) in self.buffer.iter_mut().zip(samples).zip(&self.window) {
            *slot = sample * weight;
        }
        let mut out = [0.0; COEFFICIENTS];
        if self.fft.process_with_scratch(&mut self.buffer, &mut self.spectrum, &mut self.scratch).is_err() {
            return out;
        }
        let scale = 1.0 / (self.window.len() as f32 * self.window.len() as f32);
        let mut logs = [0.0f32; BANDS];
        for (log, (first, weights)) in logs.iter_mut().zip(&self.bands) {
            let power: f32 = self
                .spectrum
                .iter()
                .zip(&self.emphasis)
                .skip(*first)
                .zip(weights)
                .map(|((bin, emphasis), weight)| bin.norm_sqr() * emphasis * weight)
                .sum();
            *log = (power * scale + FLOOR).ln();
        }
        for (k, value) in out.iter_mut().enumerate() {
            *value = logs
                .iter()
                .enumerate()
                .map(|(b, log)| {
                    log * (std::f32::consts::PI * (k + 1) as f32 * (b as f32 + 0.5) / BANDS as f32).cos()
                })
                .sum::<f32>()
                * (2.0 / BANDS as f32).sqrt();
        }
        out
    }
}

fn mel(hz: f32) -> f32 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

fn hertz(mel: f32) -> f32 {
    700.0 * (10f32.powf(mel / 2595.0) - 1.0)
}

fn bands(hz_per_bin: f32, bins: usize) -> Vec<(usize, Vec<f32>)> {
    let (low, high) = (mel(RANGE_HZ.0), mel(RANGE_HZ.1));
    let edge = |i: usize| hertz(low + (high - low) * i as f32 / (BANDS + 1) as f32);
    (0..BANDS)
        .map(|band| {
            let (left, middle, right) = (edge(band), edge(band + 1), edge(band + 2));
            let first = (left / hz_per_bin).ceil() as usize;
            let last = ((right / hz_per_bin).floor() as usize).min(bins.saturating_sub(1));
            let weights = (first..=last)
                .map(|bin| {
                    let hz = bin as f32 * hz_per_bin;
                    let slope = if hz <= middle {
                        (hz - left) / (middle - left)
                    } else {
                        (right - hz) / (right - middle)
                    };
                    slope.max(0.0) * hz_per_bin
                })
                .collect();
            (first, weights)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hz: f32, amplitude: f32) -> Vec<f32> {
        (0..rate as usize / 31)
            .map(|i| (i as f32 * hz / rate as f32 * std::f32::consts::TAU).sin() * amplitude)
            .collect()
    }

    fn distance(a: &[f32; COEFFICIENTS], b: &[f32; COEFFICIENTS]) -> f32 {
        a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f32>().sqrt()
    }

    #[test]
    fn the_rate_and_the_volume_change_little_and_the_pitch_changes_much() {
        let mut at16 = Mfcc::new(16_000, 512);
        let mut at48 = Mfcc::new(48_000, 1536);
        // Rich sound: every band has something.
        let rich = |rate: u32, gain: f32, lowest: f32| {
            let mut sum = vec![0.0; rate as usize / 31];
            for k in 1..40 {
                for (s, t) in sum.iter_mut().zip(tone(rate, lowest * k as f32, gain / k as f32)) {
                    *s += t;
                }
            }
            sum
        };
        let a = at16.coefficients(&rich(16_000, 0.2, 180.0));
        let b = at48.coefficients(&rich(48_000, 0.2, 180.0));
        let quiet = at16.coefficients(&rich(16_000, 0.05, 180.0));
        let high = at16.coefficients(&tone(16_000, 3_000.0, 0.2));
        assert!(distance(&a, &b) < 3.0, "rate: {}", distance(&a, &b));
        assert!(distance(&a, &quiet) < 1.5, "volume: {}", distance(&a, &quiet));
        assert!(distance(&a, &high) > 6.0, "pitch: {}", distance(&a, &high));
    }

    #[test]
    fn silence_has_coefficients_of_zero() {
        let silent = Mfcc::new(16_000, 512).coefficients(&[0.0; 512]);
        assert!(silent.iter().all(|c| c.abs() < 1e-3), "{silent:?}");
    }
}
