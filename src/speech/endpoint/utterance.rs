//! What the endpointer reports.

use std::time::Instant;

/// Why an utterance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// A pause.
    Pause,
    /// The button was released.
    Release,
    /// It was too long for the recogniser; the next utterance continues it.
    Split,
    /// The source ended.
    SourceEnded,
}

/// A stretch of sound with speech in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// Counts from 1; an early offer and a peek have the number of the utterance that they are part of.
    pub id: u64,
    /// Mono samples at 16 kHz, with pre-roll.
    pub samples: Vec<f32>,
    /// When speech began.
    pub started: Instant,
    /// When speech ended: the last frame with speech in it.
    pub ended: Instant,
    /// When the end was decided.
    pub decided: Instant,
    pub ended_by: EndedBy,
    /// This continues an utterance that was cut.
    pub continues: bool,
}

/// What was heard, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Speech began, or the button was pressed.
    SpeechStarted { id: u64, at: Instant },
    /// A short pause: probably the end. To be transcribed early, and thrown away after [`Heard::Resumed`].
    Offer(Utterance),
    /// Speech goes on: the utterance so far, for a caption. It decides nothing.
    Peek(Utterance),
    /// Speech went on after an offer.
    Resumed { id: u64 },
    /// An utterance is complete. With `offered` its samples are the ones of the last offer, and are left out here.
    Complete { utterance: Utterance, offered: bool },
    /// What had begun was too short, was muted, or held no speech.
    Nothing { id: u64, by_button: bool },
}
