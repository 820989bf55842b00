//! The scripted visitor: comes, asks a question aloud, listens to the answer, rates and leaves.

use std::time::{Duration, Instant};

use crate::conversation::Language;
use crate::kiosk::Core;
use crate::speech::capture::PacedFeeder;
use crate::visit::{Input, Nearness, Phase, Turn, Who};

/// How long to wait for a transcript before the question is typed instead.
const HEARD_WITHIN: Duration = Duration::from_secs(20);
/// How long the whole visit may take.
const VISIT_MAX: Duration = Duration::from_secs(100);
/// A short silence before the visitor speaks, so that the question does not begin in the middle of a chunk.
const BREATH: Duration = Duration::from_millis(300);

/// Where the visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Arriving,
    Greeted,
    Asked,
    Answered,
    Leaving,
    Gone,
}

/// A visitor that needs no person.
pub struct Visitor {
    pub step: Step,
    language: Language,
    feeder: PacedFeeder,
    question: Vec<f32>,
    typed: String,
    begun: Instant,
    asked_at: Instant,
    /// The question had to be typed: it was not understood, or the model does not know the language.
    pub had_to_type: bool,
}

impl Visitor {
    /// A visitor who says `question` (mono, 16 kHz), or types `typed` when there is nothing to say or nobody hears.
    pub fn new(language: Language, feeder: PacedFeeder, question: Vec<f32>, typed: String) -> Self {
        let now = Instant::now();
        Self {
            step: Step::Arriving,
            language,
            feeder,
            question,
            typed,
            begun: now,
            asked_at: now,
            had_to_type: false,
        }
    }

    /// Does what comes next. `false` when the visit has taken too long.
    pub fn act(&mut self, core: &mut Core) -> bool {
        let state = core.state();
        let answered = state.captions.iter().any(|c| c.who == Who::Bot);
        let asked = state.captions.iter().any(|c| c.who == Who::Visitor);
        let quiet = state.turn() == Turn::Listening && !state.is_speaking();
        match self.step {
            Step::Arriving if state.offline_since.is_none() && state.phase == Phase::Attract => {
                core.input(Input::Near(Nearness::Beside));
                core.input(Input::LanguageChosen { language: self.language });
                core.input(Input::Consented { voice: true });
                self.step = Step::Greeted;
            }
            Step::Greeted if state.phase == Phase::Talk && quiet && !state.captions.is_empty() => {
                self.asked_at = Instant::now();
                self.step = Step::Asked;
                let spoken = !self.question.is_empty()
                    && self.feeder.feed_silence(BREATH).is_ok()
                    && self.feeder.feed(&self.question).is_ok();
                if !spoken {
                    self.type_it(core);
                }
            }
            Step::Asked if answered => self.step = Step::Answered,
            Step::Asked if state.ask_back.is_some() && quiet => {
                core.input(Input::AskBackAnswered { yes: true })
            }
            Step::Asked if !asked && !self.had_to_type && self.asked_at.elapsed() > HEARD_WITHIN => {
                self.type_it(core);
            }
            Step::Answered if quiet => {
                core.input(Input::Leave);
                self.step = Step::Leaving;
            }
            Step::Leaving if matches!(state.phase, Phase::Rating { stars: None, .. }) => {
                core.input(Input::Rated { stars: 5 });
                core.input(Input::ResolvedChosen { resolved: Some(true) });
                core.input(Input::RatingDone);
            }
            Step::Leaving if matches!(state.phase, Phase::Farewell { .. } | Phase::Attract) => {
                self.step = Step::Gone
            }
            _ => {}
        }
        self.begun.elapsed() < VISIT_MAX
    }

    fn type_it(&mut self, core: &mut Core) {
        self.had_to_type = true;
        core.typed(&self.typed);
    }
}
