//! Takes steady noise out of a microphone: `sonora-ns`, as in the echo canceller's chain.

use sonora_ns::config::{NS_FRAME_SIZE, SuppressionLevel};
use sonora_ns::noise_suppressor::NoiseSuppressor;

use crate::speech::audio::sanitise;

/// It works on the scale of 16-bit samples.
const SCALE: f32 = 32_768.0;

/// The suppressor of one microphone, at 16 kHz.
pub struct Denoiser {
    noise: NoiseSuppressor,
    waiting: Vec<f32>,
}

impl Default for Denoiser {
    fn default() -> Self {
        Self { noise: NoiseSuppressor::with_level(SuppressionLevel::K12dB), waiting: Vec::new() }
    }
}

impl Denoiser {
    /// Takes samples and appends those that are ready, 10 ms at a time.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let from = self.waiting.len();
        self.waiting.extend_from_slice(samples);
        if let Some(new) = self.waiting.get_mut(from..) {
            sanitise(new);
        }
        let (frames, _) = self.waiting.as_chunks::<NS_FRAME_SIZE>();
        let used = frames.len() * NS_FRAME_SIZE;
        for frame in frames {
            let mut frame = frame.map(|s| s * SCALE);
            self.noise.analyze(&frame);
            self.noise.process(&mut frame);
            out.extend(frame.iter().map(|s| (s / SCALE).clamp(-1.0, 1.0)));
        }
        self.waiting.drain(..used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::audio::level_db;

    #[test]
    fn steady_noise_becomes_quieter_and_no_sample_is_lost() {
        let mut seed = 1u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let samples: Vec<f32> = (0..48_000).map(|_| noise() * 0.02).collect();
        let (mut denoiser, mut out) = (Denoiser::default(), Vec::new());
        samples.chunks(320).for_each(|chunk| denoiser.push(chunk, &mut out));
        assert_eq!(out.len(), samples.len());
        let (before, after) = (level_db(&samples[32_000..]), level_db(&out[32_000..]));
        assert!(after < before - 6.0, "{before} dB became {after} dB");
    }
}
