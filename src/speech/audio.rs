//! The one sound format inside `speech`: mono `f32` samples between −1 and 1.
//!
//! What is heard travels at [`SAMPLE_RATE`] (what the recogniser and the voice detector want), what is said at
//! [`VOICE_RATE`] (what most devices want).

use std::time::{Duration, Instant};

/// Samples per second of everything that is heard.
pub const SAMPLE_RATE: u32 = 16_000;

/// Samples per second of everything that is said, until a device wants something else.
pub const VOICE_RATE: u32 = 48_000;

/// The level given to digital silence, in dB below full scale.
pub const SILENCE_DB: f32 = -100.0;

/// A piece of captured sound at [`SAMPLE_RATE`].
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Mono samples.
    pub samples: Vec<f32>,
    /// The number of samples captured before the first of these, dropped ones included: a jump is a gap.
    pub first_sample: u64,
    /// When the last of these samples was captured.
    pub captured_at: Instant,
}

/// How many samples a duration has at a rate (samples per second).
pub fn samples_in(duration: Duration, rate: u32) -> usize {
    (duration.as_secs_f64() * f64::from(rate)).round() as usize
}

/// How long a number of samples lasts at a rate (samples per second); zero for a rate of zero.
pub fn duration_of(samples: u64, rate: u32) -> Duration {
    if rate == 0 {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(samples as f64 / f64::from(rate))
}

/// Milliseconds as a count of samples at [`SAMPLE_RATE`].
pub const fn heard_samples(ms: u32) -> usize {
    (ms as usize * SAMPLE_RATE as usize) / 1000
}

/// The level of some samples: root mean square in dB below full scale, [`SILENCE_DB`] at the least.
pub fn level_db(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DB;
    }
    let power = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / samples.len() as f64;
    if power <= 0.0 || !power.is_finite() {
        return SILENCE_DB;
    }
    ((10.0 * power.log10()) as f32).max(SILENCE_DB)
}

/// Replaces what no detector can take: not-a-number becomes 0, the rest is clipped to −1..1.
pub fn sanitise(samples: &mut [f32]) {
    for sample in samples {
        *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
    }
}

/// The mean over the channels of interleaved samples. An incomplete last frame is dropped.
pub fn mix_down(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    match channels {
        0 => {}
        1 => mono.extend_from_slice(interleaved),
        _ => {
            let scale = 1.0 / channels as f32;
            mono.extend(interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * scale));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_a_full_scale_sine_is_minus_three_db() {
        let sine: Vec<f32> = (0..16_000).map(|i| (i as f32 * 0.1).sin()).collect();
        assert!((level_db(&sine) + 3.01).abs() < 0.05, "{}", level_db(&sine));
        assert_eq!(level_db(&[]), SILENCE_DB);
        assert_eq!(level_db(&[0.0; 64]), SILENCE_DB);
        assert_eq!(level_db(&[f32::NAN; 64]), SILENCE_DB);
    }

    #[test]
    fn mixing_down_is_the_mean_of_the_channels() {
        let mut mono = Vec::new();
        mix_down(&[1.0, 0.0, -0.5, 0.5, 9.0], 2, &mut mono);
        assert_eq!(mono, vec![0.5, 0.0]);
    }

    #[test]
    fn broken_samples_become_usable() {
        let mut samples = [f32::NAN, f32::INFINITY, 2.0, -3.0, 0.25];
        sanitise(&mut samples);
        assert_eq!(samples, [0.0, 0.0, 1.0, -1.0, 0.25]);
    }

    #[test]
    fn samples_and_durations_agree() {
        assert_eq!(samples_in(Duration::from_millis(250), SAMPLE_RATE), 4000);
        assert_eq!(duration_of(4000, SAMPLE_RATE), Duration::from_millis(250));
        assert_eq!(heard_samples(480), 7680);
    }
}
