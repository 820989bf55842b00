//! Brings an utterance to a level that a recogniser is used to.
//!
//! A whole utterance gets one gain, when it is handed over. So the detectors before it see true levels, and nothing pumps.

use crate::speech::audio::{SILENCE_DB, level_db};

/// The level that loud syllables are brought to, in dB below full scale.
pub const TARGET_DB: f32 = -22.0;
/// The most that is added, in dB: more would be noise.
pub const MAX_GAIN_DB: f32 = 18.0;
/// No sample comes above this.
const PEAK: f32 = 0.95;
/// Levels are taken over this many samples: 16 ms.
const STRETCH: usize = 256;
/// Share of the stretches that are quieter than a loud syllable.
const QUIETER: f32 = 0.85;

/// Makes a quiet utterance louder; leaves a loud one as it is. Returns the gain in dB.
pub fn bring_to_level(samples: &mut [f32]) -> f32 {
    let mut levels: Vec<f32> = samples.chunks(STRETCH).map(level_db).collect();
    levels.sort_by(f32::total_cmp);
    let place = (levels.len() as f32 * QUIETER) as usize;
    let loud = levels.get(place).copied().unwrap_or(SILENCE_DB);
    let peak = samples.iter().fold(0.0f32, |most, s| most.max(s.abs()));
    if loud <= SILENCE_DB || peak <= 0.0 {
        return 0.0;
    }
    let room_db = 20.0 * (PEAK / peak).log10();
    let gain_db = (TARGET_DB - loud).min(room_db).clamp(0.0, MAX_GAIN_DB);
    let gain = 10f32.powf(gain_db / 20.0);
    samples.iter_mut().for_each(|s| *s *= gain);
    gain_db
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_becomes_louder_within_bounds_and_loud_stays() {
        let tone = |amplitude: f32| -> Vec<f32> {
            (0..16_000).map(|i| (i as f32 * 0.2).sin() * amplitude).collect()
        };
        let mut quiet = tone(0.02);
        let gain = bring_to_level(&mut quiet);
        assert!((level_db(&quiet) - TARGET_DB).abs() < 0.5, "{} after {gain} dB", level_db(&quiet));
        assert_eq!(bring_to_level(&mut tone(0.000_5)), MAX_GAIN_DB);
        assert_eq!(bring_to_level(&mut tone(0.5)), 0.0);
        assert_eq!(bring_to_level(&mut []), 0.0);
        // One loud click bounds it: nothing is overdriven.
        let mut clicked = tone(0.02);
        clicked[100] = 0.9;
        bring_to_level(&mut clicked);
        assert!(clicked.iter().all(|s| s.abs() <= PEAK + 1e-3));
    }
}
