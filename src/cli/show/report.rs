//! What a visit leaves behind: a transcript with the timings of its stages.

use serde::Serialize;

use crate::conversation::Timings;
use crate::kiosk::Core;
use crate::visit::Who;

/// A visit, as `transcript.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub language: &'static str,
    /// The question was typed, since it was not understood.
    pub typed: bool,
    pub article: Option<String>,
    pub turns: Vec<Line>,
    /// Milliseconds since the end of the visitor's speech.
    pub timings_ms: Option<Timings>,
    /// Frames drawn per second of the visit.
    pub frames_per_second: f32,
}

/// One caption.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub who: &'static str,
    pub text: String,
}

impl Report {
    /// What the kiosk shows now.
    pub fn of(core: &Core, typed: bool, frames_per_second: f32) -> Self {
        let state = core.state();
        let turns = state.captions.iter().map(|caption| Line {
            who: match caption.who {
                Who::Visitor => "visitor",
                Who::Bot => "bot",
                Who::Person { .. } => "person",
                Who::Kiosk => "kiosk",
            },
            text: caption.saying.resolve(core.texts(), core.greeting()),
        });
        Self {
            language: state.language.tag(),
            typed,
            article: core.article().map(str::to_owned),
            turns: turns.collect(),
            timings_ms: core.timings(),
            frames_per_second,
        }
    }
}
