//! What goes into recognition and what comes out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::speech::model_file::ModelFileError;

/// Why an utterance could not be transcribed.
#[derive(Debug, thiserror::Error)]
pub enum RecognizeError {
    #[error(transparent)]
    Model(#[from] ModelFileError),
    #[error("the speech model {name} could not be loaded: {why}; check it with `avatardesk model check`")]
    Load { name: String, why: String },
    #[error("the speech recogniser failed: {why}; if this happens again, choose another model")]
    Failed { why: String },
    #[error("the transcription was given up because it was no longer needed")]
    Cancelled,
    #[error(
        "this program was built without speech recognition: build it with `cargo build --features voice`"
    )]
    NotBuiltIn,
    #[error(
        "the thread of the speech recogniser could not be started: {0}; close other programs and try again"
    )]
    Thread(std::io::Error),
}

/// Stops work that is no longer needed. Clones stop the same work.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is known about the utterance beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// "en", "zh" and so on; `None` lets a multilingual model find out, at the price of time.
    pub language: Option<String>,
    /// Words that are likely, for models trained with prompts. Keep it short.
    pub vocabulary: Option<String>,
}

/// What a model can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    pub name: String,
    /// Positions of its encoder, 50 for each second.
    pub audio_ctx: u32,
    pub english_only: bool,
    /// Whether it was trained with prompts.
    pub takes_prompt: bool,
    /// Whether it understands more, and takes longer, when a request is not `quick`.
    pub thorough: bool,
}

/// One decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeRequest {
    /// Positions of the encoder to use.
    pub audio_ctx: u32,
    /// Tokens after which decoding stops.
    pub max_tokens: u32,
    pub language: Option<String>,
    pub vocabulary: Option<String>,
    /// The likeliest word at each step, whatever the model could do better.
    pub quick: bool,
}

/// What one decoding gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded {
    pub text: String,
    /// Tokens of text.
    pub tokens: u32,
    /// Mean probability of these tokens, 0 to 1.
    pub confidence: f32,
    /// Probability of the least likely of them, 0 to 1; 0 without any.
    pub least: f32,
    /// Probability that there was no speech at all, 0 to 1.
    pub no_speech: f32,
    /// The language that was found or given.
    pub language: Option<String>,
    /// Until the first token could be chosen: spectrogram, encoder and prompt.
    pub encode: Duration,
    /// The rest.
    pub decode: Duration,
}

/// A speech model.
pub trait Transcriber: Send {
    fn facts(&self) -> &ModelFacts;

    /// Decodes mono samples at 16 kHz once. May return [`RecognizeError::Cancelled`] soon after `cancel`.
    fn decode(
        &mut self,
        samples: &[f32],
        request: &DecodeRequest,
        cancel: &Cancel,
    ) -> Result<Decoded, RecognizeError>;
}

/// How long the parts of a transcription took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecognizeStages {
    /// Waiting for the recogniser.
    pub queued: Duration,
    pub encode: Duration,
    pub decode: Duration,
    /// From taking the utterance to the text, all decodings together.
    pub total: Duration,
}

/// The text of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    pub text: String,
    pub language: Option<String>,
    /// Mean probability of the tokens, 0 to 1.
    pub confidence: f32,
    /// Probability that there was no speech, 0 to 1.
    pub no_speech: f32,
    /// Positions of the encoder that were used.
    pub audio_ctx: u32,
    /// The first decoding was suspicious, and this is the second, with all positions.
    pub retried: bool,
    pub stages: RecognizeStages,
}

#[cfg(test)]
impl Transcript {
    /// One that is certain of these words.
    pub(crate) fn of(words: &str) -> Self {
        Self {
            text: words.into(),
            language: None,
            confidence: 1.0,
            no_speech: 0.0,
            audio_ctx: 0,
            retried: false,
            stages: RecognizeStages::default(),
        }
    }
}

/// Why there is no text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NothingHeard {
    /// Quieter than anybody speaks.
    TooQuiet { level_db: f32 },
    /// The model is sure that nobody spoke.
    NoSpeech { probability: f32 },
    /// Only sounds, such as `[MUSIC]`, or nothing.
    NoWords,
}

/// What became of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Text(Transcript),
    Nothing { why: NothingHeard, stages: RecognizeStages },
}
