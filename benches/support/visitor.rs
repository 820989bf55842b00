//! A visitor who asks one question after the other and does not wait for the end of an answer.

use std::time::{Duration, Instant};

use avatardesk::conversation::{Language, Timings};
use avatardesk::kiosk::Core;
use avatardesk::speech::capture::PacedFeeder;
use avatardesk::visit::{Input, Nearness, Phase, Turn};

use super::clips::Clip;
use super::told::Saying;

/// Silence before a question, so that the one before is over.
const BREATH: Duration = Duration::from_millis(700);
/// How long an answer may take until the question counts as unheard, after the question's own length.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Where the visitor stands.
enum Step {
    Arriving,
    /// Until nobody speaks.
    Waiting,
    Asked {
        before: Option<Timings>,
        until: Instant,
    },
    Done,
}

/// The visitor, and what came of each question.
pub struct Visitor<'a> {
    questions: std::slice::Iter<'a, Clip>,
    microphone: PacedFeeder,
    saying: Saying,
    step: Step,
    /// Each question's stages; `None` where no answer came in time.
    pub turns: Vec<Option<Timings>>,
}

impl<'a> Visitor<'a> {
    /// With these questions; `saying` is told of each.
    pub fn new(questions: &'a [Clip], microphone: PacedFeeder, saying: Saying) -> Self {
        Self { questions: questions.iter(), microphone, saying, step: Step::Arriving, turns: Vec::new() }
    }

    /// Does what comes next. `false` when all questions have been asked.
    pub fn act(&mut self, core: &mut Core) -> bool {
        let state = core.state();
        let quiet =
            state.phase == Phase::Talk && state.turn() == Turn::Listening && state.overlay().is_none();
        match self.step {
            Step::Arriving if state.offline_since.is_none() && state.phase == Phase::Attract => {
                core.input(Input::Near(Nearness::Beside));
                core.input(Input::LanguageChosen { language: Language::En });
                core.input(Input::Consented { voice: true });
                self.step = Step::Waiting;
            }
            // The greeting need not be heard to its end.
            Step::Waiting if state.is_speaking() => core.input(Input::StopPressed),
            Step::Waiting if state.ask_back.is_some() => core.input(Input::AskBackAnswered { yes: false }),
            Step::Waiting if quiet => self.ask(core),
            Step::Asked { before, until } => {
                let measured =
                    core.timings().filter(|t| Some(*t) != before && t.first_sample_played.is_some());
                if measured.is_some() || Instant::now() > until {
                    self.turns.push(measured);
                    self.step = Step::Waiting;
                }
            }
            _ => {}
        }
        !matches!(self.step, Step::Done)
    }

    fn ask(&mut self, core: &Core) {
        let Some(question) = self.questions.next() else {
            self.step = Step::Done;
            return;
        };
        self.saying.say(question);
        let length = Duration::from_secs_f64(question.samples.len() as f64 / 16_000.0);
        let fed = self.microphone.feed_silence(BREATH).and_then(|()| self.microphone.feed(&question.samples));
        let until = Instant::now() + BREATH + length + ANSWER_WITHIN;
        self.step = match fed {
            Ok(()) => Step::Asked { before: core.timings(), until },
            Err(_) => Step::Done,
        };
    }
}
