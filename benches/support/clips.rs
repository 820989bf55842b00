//! Spoken questions, mono at 16 kHz.

use std::path::Path;

use anyhow::Result;
use avatardesk::speech::file;

use super::questions::Question;
use super::voices::VOICES;

/// Quieter than this at both ends is no speech, of 1.
const SPEECH_ABOVE: f32 = 0.01;

/// One of them.
pub struct Clip {
    pub text: String,
    pub samples: Vec<f32>,
}

impl Clip {
    /// The part of it in which somebody speaks.
    pub fn speech(&self) -> &[f32] {
        let loud = |sample: &f32| sample.abs() > SPEECH_ABOVE;
        let from = self.samples.iter().position(loud).unwrap_or(0);
        let to = self.samples.iter().rposition(loud).map_or(0, |last| last + 1);
        self.samples.get(from..to).unwrap_or_default()
    }

    pub fn speech_secs(&self) -> f64 {
        self.speech().len() as f64 / 16_000.0
    }
}

/// Says the questions, one voice after the other. `dir` takes the sound files.
pub fn speak(questions: &[Question], dir: &Path) -> Result<Vec<Clip>> {
    let mut clips = Vec::new();
    for ((n, question), voice) in questions.iter().enumerate().zip(VOICES.iter().cycle()) {
        let wav = dir.join(format!("{n}.wav"));
        voice.say(&question.text, &wav)?;
        clips.push(Clip { text: question.text.clone(), samples: file::read(&wav)? });
    }
    Ok(clips)
}
