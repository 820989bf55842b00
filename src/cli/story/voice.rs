//! How people of a story sound: sentences made by speech programs, brought to one loudness.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::conversation::Language;
use crate::kiosk::language_voice;
use crate::scene::Voice;
use crate::speech::audio::{SAMPLE_RATE, VOICE_RATE, samples_in};
use crate::speech::file;
use crate::speech::resample::resample_all;
use crate::speech::tts::{self, Espeak, Synthesizer};

/// The loudest sample of a sentence.
const PEAK: f32 = 0.6;
/// Quieter than this at its ends is no part of a sentence.
const SILENT_BELOW: f32 = 0.01;
/// A person at a microphone is as loud as the avatar's own voice.
const PERSON_GAIN: f32 = 0.6;
/// Between two sentences of one person: long enough to be two captions.
const BETWEEN: Duration = Duration::from_millis(900);

/// A sentence as mono samples at [`VOICE_RATE`], without silence around it. Where the voice cannot be made, espeak-ng speaks.
pub fn sentence(voice: Option<&Voice>, language: Language, text: &str) -> Result<Vec<f32>> {
    let usual = tts::Voice::of(language.tag());
    let made = voice.and_then(|voice| {
        let voice = language_voice(voice, language);
        let engine = voice.engine?;
        let made = engine.speak(text, &voice.voice).and_then(tts::Speech::collect);
        made.inspect_err(|why| tracing::warn!("{why}; espeak-ng speaks for the story")).ok()
    });
    let pcm = match made {
        Some(pcm) => pcm,
        None => Espeak::default().speak(text, &usual).and_then(tts::Speech::collect)?,
    };
    let samples = resample_all(&pcm.samples, pcm.rate, VOICE_RATE)?;
    Ok(levelled(trimmed(&samples)))
}

/// A sound file as a sentence.
pub fn recorded(path: &Path) -> Result<Vec<f32>> {
    let recording = file::decode(path)?;
    Ok(resample_all(&recording.samples, recording.rate, VOICE_RATE)?)
}

/// What a microphone hears of samples at [`VOICE_RATE`].
pub fn heard(samples: &[f32]) -> Result<Vec<f32>> {
    Ok(resample_all(samples, VOICE_RATE, SAMPLE_RATE)?)
}

/// What a person says from when they begin to serve, as a sound file.
pub fn write_monologue(
    path: &Path,
    voice: &Voice,
    language: Language,
    after: Duration,
    says: &[String],
) -> Result<()> {
    let mut all = vec![0.0; samples_in(after, VOICE_RATE)];
    for (n, text) in says.iter().enumerate() {
        if n > 0 {
            all.resize(all.len() + samples_in(BETWEEN, VOICE_RATE), 0.0);
        }
        all.extend(sentence(Some(voice), language, text)?.iter().map(|sample| sample * PERSON_GAIN));
    }
    file::write_wav(path, &all, VOICE_RATE).context("what the person says")
}

fn trimmed(samples: &[f32]) -> &[f32] {
    let loud = |s: &f32| s.abs() > SILENT_BELOW;
    let first = samples.iter().position(loud).unwrap_or(0);
    let last = samples.iter().rposition(loud).map_or(0, |last| last + 1);
    samples.get(first..last).unwrap_or_default()
}

fn levelled(samples: &[f32]) -> Vec<f32> {
    let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    let gain = if peak > 0.0 { PEAK / peak } else { 1.0 };
    samples.iter().map(|s| s * gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_one_loudness_and_no_silence_around_it() {
        let mut samples = vec![0.0; 100];
        samples.extend([0.02, -0.1, 0.05]);
        samples.resize(300, 0.001);
        let sentence = levelled(trimmed(&samples));
        assert_eq!(sentence.len(), 3);
        assert!((sentence[1] + PEAK).abs() < 1e-6, "{sentence:?}");
        assert!(levelled(trimmed(&[0.0; 9])).is_empty());
    }

    #[test]
    fn a_voice_that_is_not_there_is_stood_in_for() {
        let scene = crate::scene::parse(include_str!("../../../scenes/helpdesk.ron")).unwrap();
        let usual = scene.desks[0].voice.en.clone().unwrap();
        let missing = Voice {
            engine: crate::scene::Engine::Command,
            command: Some(vec!["a-program-that-is-not-there".into()]),
            ..usual
        };
        let sound = sentence(Some(&missing), Language::En, "Where is the exit?").unwrap();
        assert!(sound.len() > VOICE_RATE as usize / 2, "{} samples", sound.len());
    }
}
