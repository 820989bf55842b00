//! What every speech synthesiser has in common.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::process::Stopper;

/// The longest text that is spoken at once, in bytes: callers speak sentence by sentence.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Pieces of sound that may wait; the program waits then, too.
pub const QUEUE_PIECES: usize = 16;
/// Samples in a piece of a sound that is there already: the first is heard while the others are made ready for the sink.
const READY_PIECE_SAMPLES: usize = 8192;
/// A synthesiser that delivers nothing for this long is given up.
pub const STALL_LIMIT: Duration = Duration::from_secs(10);

/// Why a text could not be spoken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TtsError {
    #[error("the speech program {program} is not installed: {hint}")]
    Missing { program: String, hint: String },
    #[error("the speech program {program} failed: {why}; try it in a terminal")]
    Failed { program: String, why: String },
    #[error("the speech program {program} delivered nothing for {} seconds and was stopped", STALL_LIMIT.as_secs())]
    Stalled { program: String },
    #[error(
        "a text of {bytes} bytes is too long to be spoken at once (at most {MAX_TEXT_BYTES}): split it into sentences"
    )]
    TooLong { bytes: usize },
    #[error("the speech program {program} failed a moment ago ({why}) and is left alone for a while")]
    Resting { program: String, why: String },
    #[error("the voice setting {setting} is not usable: {why}")]
    Voice { setting: String, why: String },
    #[error(
        "a thread for the speech program could not be started: {why}; close other programs and try again"
    )]
    Thread { why: String },
}

/// Which voice, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// "en" or "zh".
    pub language: String,
    /// The engine's own name of a voice; `None` is its usual one for the language.
    pub name: Option<String>,
    /// Speed; 1 is the engine's own, 0.5 to 2.
    pub rate: f32,
    /// Pitch; 1 is the voice's own, 0.5 to 2.
    pub pitch: f32,
}

impl Voice {
    /// The usual voice of a language.
    pub fn of(language: &str) -> Self {
        Self { language: language.to_owned(), name: None, rate: 1.0, pitch: 1.0 }
    }
}

/// A piece of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Pcm {
    /// Mono samples.
    pub samples: Vec<f32>,
    /// Samples per second; the same in all pieces of one text.
    pub rate: u32,
}

/// The phonemes of one text in order, in the International Phonetic Alphabet, an empty one for each pause: filled at the
/// latest when the last piece of sound has come, by engines that tell.
pub type Phonemes = Arc<OnceLock<Vec<String>>>;

/// The sound of one text while it is being made. Dropping it stops the program.
pub struct Speech {
    pub(super) program: String,
    pub(super) pieces: Receiver<Result<Pcm, TtsError>>,
    pub(super) stopper: Stopper,
    pub phonemes: Phonemes,
}

impl Speech {
    /// A sound that is there already.
    pub fn ready(program: &str, pcm: &Pcm) -> Self {
        let count = pcm.samples.len().div_ceil(READY_PIECE_SAMPLES);
        let (tx, pieces) = std::sync::mpsc::sync_channel(count);
        for piece in pcm.samples.chunks(READY_PIECE_SAMPLES) {
            // There is room for all of them, and the receiver is here.
            let _ = tx.try_send(Ok(Pcm { samples: piece.to_vec(), rate: pcm.rate }));
        }
        Self {
            program: program.to_owned(),
            pieces,
            stopper: Stopper::default(),
            phonemes: Phonemes::default(),
        }
    }

    /// The next piece, or `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "it waits, which an iterator should not")]
    pub fn next(&mut self) -> Option<Result<Pcm, TtsError>> {
        match self.pieces.recv_timeout(STALL_LIMIT) {
            Ok(piece) => Some(piece),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.stopper.stop();
                Some(Err(TtsError::Stalled { program: self.program.clone() }))
            }
        }
    }

    /// All of it at once.
    pub fn collect(mut self) -> Result<Pcm, TtsError> {
        let mut all = Pcm { samples: Vec::new(), rate: 0 };
        while let Some(piece) = self.next() {
            let piece = piece?;
            all.rate = piece.rate;
            all.samples.extend(piece.samples);
        }
        if all.samples.is_empty() {
            return Err(TtsError::Failed { program: self.program.clone(), why: "it made no sound".into() });
        }
        Ok(all)
    }
}

impl Drop for Speech {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

/// Something that speaks.
pub trait Synthesizer: std::fmt::Debug + Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// Whether it can speak now; the error says what is missing.
    fn available(&self) -> Result<(), TtsError>;

    /// Whether it knows this language ("en", "zh").
    fn speaks(&self, _language: &str) -> bool {
        true
    }

    /// Begins to speak a text of at most [`MAX_TEXT_BYTES`], already made speakable (see [`super::normalise`]).
    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError>;
}
