//! A speech model that is told the words and takes its time over them: for a model with random numbers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use avatardesk::speech::recognize::whisper::{ModelSource, Whisper};
use avatardesk::speech::recognize::{
    Cancel, DecodeRequest, Decoded, ModelFacts, RecognizeError, Transcriber,
};

use super::clips::Clip;

/// Tokens that Whisper's vocabulary has for a word of these questions, its mark included.
const TOKENS_PER_WORD: f64 = 1.3;
/// What the endpointer keeps before the speech, in seconds.
const PRE_ROLL_SECS: f64 = 0.608;
/// Above this share of the clip all words have been said: what is kept before and behind varies.
const ALL_SAID: f64 = 0.9;
/// How sure a stock model is of a clear question.
const SURE: f32 = 0.9;

/// What is being said now: set by who says it.
#[derive(Clone, Default)]
pub struct Saying(Arc<Mutex<(String, f64)>>);

impl Saying {
    pub fn say(&self, clip: &Clip) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (clip.text.clone(), clip.speech_secs());
    }

    /// What was said until an utterance had so many samples, as a stock model writes it.
    fn until(&self, samples: usize) -> String {
        let (text, whole_secs) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let words: Vec<&str> = text.split(' ').collect();
        let share = (samples as f64 / 16_000.0 - PRE_ROLL_SECS) / whole_secs.max(0.1);
        if share >= ALL_SAID {
            return format!("{text}?");
        }
        let count = (share.max(0.0) * words.len() as f64).ceil() as usize;
        words.iter().take(count.max(1)).copied().collect::<Vec<_>>().join(" ")
    }
}

/// Tokens of a text.
pub fn tokens(text: &str) -> u32 {
    (text.split(' ').count() as f64 * TOKENS_PER_WORD).ceil() as u32
}

/// The model.
pub struct Told {
    model: Whisper,
    saying: Saying,
}

impl Told {
    pub fn load(source: &ModelSource, saying: Saying) -> Result<Self, RecognizeError> {
        Ok(Self { model: Whisper::load(source)?, saying })
    }
}

impl Transcriber for Told {
    fn facts(&self) -> &ModelFacts {
        self.model.facts()
    }

    fn decode(
        &mut self,
        samples: &[f32],
        request: &DecodeRequest,
        cancel: &Cancel,
    ) -> Result<Decoded, RecognizeError> {
        let text = self.saying.until(samples.len());
        let max_tokens = tokens(&text);
        let request = DecodeRequest { max_tokens, ..request.clone() };
        let took = self.model.decode(samples, &request, cancel)?;
        Ok(Decoded {
            text,
            tokens: max_tokens,
            confidence: SURE,
            least: SURE,
            no_speech: 0.0,
            language: Some("en".into()),
            ..took
        })
    }
}
