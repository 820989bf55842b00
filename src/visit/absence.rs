//! When nobody attends to the visitor for a while: the pilot is with somebody else or away, or the visitor has been passed on to
//! another desk. The avatar says so once, and stands accordingly.

use super::caption::Saying;
use super::state::{Phase, Pilot, State, Told};
use super::step::Visit;
use crate::conversation::DeskId;
use crate::performance::Expression;
use crate::texts::id;

/// A person who has not answered for so long is with somebody else, or away, in milliseconds.
pub(super) const AWAY_AFTER_MS: u64 = 45_000;

/// Why nobody attends to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The person who drives the avatar does not answer.
    Pilot { name: String },
    /// The line to the person who drives the avatar is broken.
    Line { name: String },
    /// The visitor waits for somebody of another desk.
    Desk { desk: DeskId },
}

impl State {
    /// Why nobody attends to the visitor now; `None` while somebody does.
    pub fn absence(&self) -> Option<Absence> {
        if self.phase != Phase::Talk {
            return None;
        }
        let told = self.awaiting.as_ref().is_some_and(|awaiting| awaiting.told > Told::Nothing);
        match self.pilot() {
            Pilot::Person { name } if self.pilot_away => Some(Absence::Line { name }),
            Pilot::Person { name } if told => Some(Absence::Pilot { name }),
            Pilot::Nobody => {
                let passed_to = self.conversation.as_ref().and_then(|open| open.record.passed_to.clone());
                passed_to.filter(|desk| *desk != self.rules.desk).map(|desk| Absence::Desk { desk })
            }
            _ => None,
        }
    }

    /// What is shown about it.
    pub fn absence_line(&self) -> Option<Saying> {
        Some(match self.absence()? {
            Absence::Pilot { name } => Saying::Text { id: id::PILOT_AWAY, args: vec![("name", name)] },
            Absence::Line { name } => Saying::Text { id: id::PERSON_AWAY, args: vec![("name", name)] },
            Absence::Desk { desk } => {
                Saying::Text { id: id::PASSED_TO_DESK, args: vec![("desk", desk.as_str().to_owned())] }
            }
        })
    }

    /// Whether a person is awaited whose silence has not been explained yet, and since when.
    pub(super) fn silent_person(&self) -> Option<crate::conversation::Time> {
        let person = matches!(self.pilot(), Pilot::Person { .. });
        let awaiting = self.awaiting.as_ref().filter(|awaiting| awaiting.told == Told::Nothing)?;
        let open = self.phase == Phase::Talk && self.offline_since.is_none() && self.idle_warned.is_none();
        // Of a broken line they have been told.
        (person && open && !self.pilot_away && !self.is_heard()).then_some(awaiting.since)
    }
}

impl Visit {
    /// The person who pilots has been silent for long.
    pub fn person_silent(&mut self) {
        if let Some(awaiting) = &mut self.s.awaiting {
            awaiting.told = Told::StillThinking;
        }
        if let Some(line) = self.s.absence_line() {
            self.speak_own(line, Expression::Neutral, None);
        }
    }

    /// The pilot is writing: they are there, and the wait begins anew.
    pub fn pilot_writes(&mut self) {
        let person = matches!(self.s.pilot(), Pilot::Person { .. });
        if let Some(awaiting) = self.s.awaiting.as_mut().filter(|_| person) {
            awaiting.since = self.at;
            awaiting.told = Told::Nothing;
        }
    }
}
