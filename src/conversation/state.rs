//! The state of a conversation, folded from its events. Only facts are looked at, never bodies.

use super::command::Command;
use super::event::{Actor, ActorKind, Channel, Event, Fact, HandoffReason, Language, Outcome};
use super::ids::{DeskId, Time, VisitorId};

/// A conversation in which nothing happens for this long is closed.
pub const IDLE_CLOSE_MS: u64 = 15 * 60 * 1000;

/// Where a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// No event yet.
    #[default]
    New,
    Open,
    Closed(Outcome),
}

/// Everything that decisions need to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub phase: Phase,
    /// The `seq` of the last event, 0 when there is none.
    pub seq: u64,
    /// When the last event happened.
    pub at: Time,
    pub opened_at: Time,
    pub desk: Option<DeskId>,
    pub language: Language,
    pub channel: Option<Channel>,
    pub visitor: Option<VisitorId>,
    /// The actor that opened the conversation: the kiosk.
    pub kiosk: Option<Actor>,
    pub voice_consent: bool,
    /// The agent that drives the avatar now.
    pub pilot: Option<Actor>,
    /// A person was asked for and has not come yet: since when, and why.
    pub waiting: Option<(Time, HandoffReason)>,
    /// The `seq` of the last words of the visitor that nobody has answered yet.
    pub unanswered: Option<u64>,
    pub rated: bool,
    pub erased: bool,
}

impl State {
    /// Folds one event into the state. Events come in order of `seq`.
    pub fn apply(&mut self, event: &Event) {
        self.seq = event.seq;
        self.at = self.at.max(event.at);
        match &event.fact {
            Fact::Opened { desk, language, visitor, channel } => {
                self.phase = Phase::Open;
                self.opened_at = event.at;
                self.desk = Some(desk.clone());
                self.language = *language;
                self.channel = Some(*channel);
                self.visitor = Some(*visitor);
                self.kiosk = Some(event.actor.clone());
            }
            Fact::Consented { voice, .. } => self.voice_consent = *voice,
            Fact::LanguageChosen { language } => self.language = *language,
            Fact::Said { last, .. } => {
                if event.actor.kind == ActorKind::Visitor {
                    self.unanswered = Some(event.seq);
                } else if *last {
                    self.unanswered = None;
                }
            }
            Fact::HandoffRequested { reason } => self.waiting = Some((event.at, *reason)),
            Fact::Assigned { agent } => {
                if agent.kind.is_person() {
                    self.waiting = None;
                }
                self.pilot = Some(agent.clone());
            }
            Fact::Released { agent, to_bot } => {
                if self.pilot.as_ref() == Some(agent) {
                    self.pilot = None;
                }
                if *to_bot {
                    self.waiting = None;
                }
            }
            Fact::Rated { .. } => self.rated = true,
            Fact::Closed { outcome } => {
                self.phase = Phase::Closed(*outcome);
                self.pilot = None;
                self.waiting = None;
            }
            Fact::Erased => self.erased = true,
            Fact::Spoken { .. }
            | Fact::Measured { .. }
            | Fact::Noted
            | Fact::Tagged { .. }
            | Fact::CaseOpened { .. } => {}
        }
    }

    /// Whether anything may still be said here.
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// The next time-out, as data: what the relay does by itself at that time.
    pub fn due(&self) -> Option<(Time, Command)> {
        self.is_open()
            .then(|| (self.at.plus_ms(IDLE_CLOSE_MS), Command::Close { outcome: Outcome::TimedOut }))
    }
}
