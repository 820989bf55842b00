//! Levels of sound in bands of pitch: what an ear makes of a moment.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::speech::audio::SAMPLE_RATE;
use crate::speech::vad::FRAME;

/// Bands, evenly spaced on the mel scale (2595·log10(1 + f/700)).
pub const BANDS: usize = 20;
/// Where they begin and end, in Hz.
const RANGE_HZ: (f32, f32) = (100.0, 7_600.0);
/// Samples under one look: the frame and the one before it.
const WINDOW: usize = 2 * FRAME;
/// Power that an empty band is given.
const EMPTY: f32 = 1e-9;

/// Looks at one stream of frames.
pub(super) struct Bands {
    fft: Arc<dyn RealToComplex<f32>>,
    /// A Hann window, scaled so that its power is 1.
    window: Vec<f32>,
    /// For each band the first bin and the weights from there on: triangles that overlap by half.
    bands: Vec<(usize, Vec<f32>)>,
    past: [f32; FRAME],
    buffer: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Bands {
    pub fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let hann: Vec<f32> = (0..WINDOW)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / WINDOW as f32).cos())
            .collect();
        let size = hann.iter().map(|w| w * w).sum::<f32>().sqrt();
        let (buffer, spectrum, scratch) =
            (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
        Self {
            window: hann.iter().map(|w| w / size).collect(),
            bands: triangles(spectrum.len()),
            past: [0.0; FRAME],
            fft,
            buffer,
            spectrum,
            scratch,
        }
    }

    /// The level of each band in the next frame, in dB below full scale.
    pub fn push(&mut self, frame: &[f32; FRAME]) -> [f32; BANDS] {
        let samples = self.past.iter().chain(frame);
        for ((slot, sample), weight) in self.buffer.iter_mut().zip(samples).zip(&self.window) {
            *slot = sample * weight;
        }
        self.past = *frame;
        let mut levels = [10.0 * EMPTY.log10(); BANDS];
        if self.fft.process_with_scratch(&mut self.buffer, &mut self.spectrum, &mut self.scratch).is_err() {
            return levels;
        }
        for (level, (first, weights)) in levels.iter_mut().zip(&self.bands) {
            let bins = self.spectrum.iter().skip(*first).zip(weights);
            let power: f32 = bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum();
            *level = 10.0 * (power + EMPTY).log10();
        }
        levels
    }
}

fn triangles(bins: usize) -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f32| 2_595.0 * (1.0 + hz / 700.0).log10();
    let (low, high) = (mel(RANGE_HZ.0), mel(RANGE_HZ.1));
    let edge = |i: usize| {
        let mel = low + (high - low) * i as f32 / (BANDS + 1) as f32;
        700.0 * (10f32.powf(mel / 2_595.0) - 1.0)
    };
    let hz = |bin: usize| bin as f32 * SAMPLE_RATE as f32 / WINDOW as f32;
    (0..BANDS)
        .map(|band| {
            let (from, top, to) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| ((hz(bin) - from) / (top - from)).min((to - hz(bin)) / (to - top));
            let inside: Vec<usize> = (0..bins).filter(|bin| weight(*bin) > 0.0).collect();
            (inside.first().copied().unwrap_or(0), inside.into_iter().map(weight).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_loudest_in_its_band_and_as_loud_as_it_is() {
        let mut bands = Bands::new();
        let tone: Vec<f32> = (0..2 * FRAME)
            .map(|i| (i as f32 * 1_000.0 / 16_000.0 * std::f32::consts::TAU).sin() * 0.1)
            .collect();
        let mut levels = [0.0; BANDS];
        for frame in tone.as_chunks::<FRAME>().0 {
            levels = bands.push(frame);
        }
        let loudest = (0..BANDS).max_by(|a, b| levels[*a].total_cmp(&levels[*b])).unwrap();
        assert!((5..=8).contains(&loudest), "{levels:?}");
        assert!(
            levels[loudest + 4] < levels[loudest] - 30.0 && levels[0] < levels[loudest] - 30.0,
            "{levels:?}"
        );
        assert!(Bands::new().push(&[0.0; FRAME]).iter().all(|level| *level <= -89.0));
    }

    #[test]
    fn no_band_is_empty() {
        assert!(triangles(WINDOW / 2 + 1).iter().all(|(_, weights)| !weights.is_empty()));
    }
}
