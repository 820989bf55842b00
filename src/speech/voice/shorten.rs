//! Plays a stretch of speech in less time: one period of the voice is left out, where it is most like the one before. Pure.

use crate::speech::audio::VOICE_RATE;

/// The stretch before the cut that stays as it is: 8 ms.
const HEAD: usize = VOICE_RATE as usize * 8 / 1000;
/// What is left out: 5 to 15 ms, a period of a voice or several.
const LAG_MIN: usize = VOICE_RATE as usize * 5 / 1000;
const LAG_MAX: usize = VOICE_RATE as usize * 15 / 1000;
/// Over so many samples the one becomes the other: 10 ms.
const FADE: usize = VOICE_RATE as usize / 100;
/// Every so manieth sample is compared: enough for the periods of a voice.
const STEP: usize = 4;

/// Shortens at least 33 ms of sound at [`VOICE_RATE`] by 5 to 15 ms. What is shorter is left alone.
pub fn shorten(samples: &mut Vec<f32>) {
    if samples.len() < HEAD + LAG_MAX + FADE {
        return;
    }
    let best = (LAG_MIN..=LAG_MAX).step_by(STEP).map(|lag| (lag, likeness(samples, lag)));
    let best = best.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(LAG_MAX, |(lag, _)| lag);
    for i in 0..FADE {
        let share = (i + 1) as f32 / FADE as f32;
        let later = samples.get(HEAD + best + i).copied().unwrap_or(0.0);
        if let Some(sample) = samples.get_mut(HEAD + i) {
            *sample += (later - *sample) * share;
        }
    }
    samples.drain(HEAD + FADE..HEAD + FADE + best);
}

/// How much the sound is like itself so much later: −1 to 1. Silence is like anything, and most of it is left out.
fn likeness(samples: &[f32], lag: usize) -> f32 {
    let (mut product, mut here, mut there) = (0.0f32, 0.0f32, 0.0f32);
    let early = samples.iter().skip(HEAD).step_by(STEP).take(FADE / STEP);
    let late = samples.iter().skip(HEAD + lag).step_by(STEP);
    for (a, b) in early.zip(late) {
        product += a * b;
        here += a * a;
        there += b * b;
    }
    let power = here * there;
    if power < 1e-12 { lag as f32 / LAG_MAX as f32 } else { product / power.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stays_a_tone() {
        let tone = |i: usize| (i as f32 * 130.0 * std::f32::consts::TAU / VOICE_RATE as f32).sin() * 0.5;
        let mut samples: Vec<f32> = (0..1_920).map(tone).collect();
        shorten(&mut samples);
        assert!((1_200..=1_680).contains(&samples.len()), "{}", samples.len());
        let steepest = samples.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        // The tone itself climbs by 0.0085 a sample.
        assert!(steepest < 0.013, "a jump of {steepest}");
    }

    #[test]
    fn silence_is_shortened_most_and_what_is_too_short_not_at_all() {
        let mut silence = vec![0.0; 1_920];
        shorten(&mut silence);
        assert_eq!(silence.len(), 1_920 - LAG_MAX);
        let mut short = vec![0.1; 960];
        shorten(&mut short);
        assert_eq!(short.len(), 960);
    }
}
