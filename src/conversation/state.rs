//! The state of a conversation, folded from its events. Only facts are looked at, never bodies.

use super::command::Command;
use super::event::{Actor, ActorKind, Channel, Event, Fact, HandoffReason, Language, Outcome, Target};
use super::ids::{DeskId, Time, VisitorId};

/// A conversation in which nothing happens for this long is closed, unless the visitor waits for somebody to come.
pub const IDLE_CLOSE_MS: u64 = 15 * 60 * 1000;
/// Who waits for somebody to come has nothing to say meanwhile, and keeps the place in the queue for this long. Then the
/// visitor has gone without the kiosk having said so.
pub const QUEUE_KEEP_MS: u64 = 4 * 60 * 60 * 1000;
/// A message that nobody has taken care of for this long is closed.
pub const MESSAGE_KEEP_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// The most people of whom it is remembered that they did not answer; the first of them is forgotten first.
pub const SILENT_MAX: usize = 8;
/// A visitor who has nobody and waits for a person may have a bot for company after this long.
pub const BOT_RETURNS_MS: u64 = 30 * 1000;

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
    /// To whom the visitor was passed on, as long as nobody has taken over.
    pub transfer: Option<Target>,
    /// The desk to whose queue the visitor was passed on, until a bot has them again.
    pub passed_to: Option<DeskId>,
    /// What an agent should know: one of these. Empty: nothing special.
    pub needs: Vec<String>,
    /// A message waits for the next person: since when.
    pub message: Option<Time>,
    /// The visitor is gone, and only the message waits.
    pub visitor_left: Option<Outcome>,
    /// Since when nobody is the pilot.
    pub alone_since: Option<Time>,
    /// The last pilot has gone and left the visitor to a bot, whoever else is waited for.
    pub bot_invited: bool,
    /// The `seq` of the last words of the visitor that nobody has answered yet.
    pub unanswered: Option<u64>,
    /// Since when the visitor waits for words of the pilot: since their own, or since the person came whom they had asked
    /// for; and since the pilot last did something.
    pub owed: Option<Time>,
    /// The people who had this visitor and did not answer, the last one last. Whoever answers ends it.
    pub silent: Vec<Actor>,
    pub rated: bool,
    pub erased: bool,
}

impl State {
    /// Folds one event into the state. Events come in order of `seq`.
    pub fn apply(&mut self, event: &Event) {
        self.seq = event.seq;
        self.at = self.at.max(event.at);
        if self.pilot.as_ref() == Some(&event.actor) {
            self.owed = self.owed.map(|_| event.at);
        }
        match &event.fact {
            Fact::Opened { desk, language, visitor, channel } => {
                self.phase = Phase::Open;
                self.opened_at = event.at;
                self.desk = Some(desk.clone());
                self.language = *language;
                self.channel = Some(*channel);
                self.visitor = Some(*visitor);
                self.kiosk = Some(event.actor.clone());
                self.alone_since = Some(event.at);
            }
            Fact::Consented { voice, .. } => self.voice_consent = *voice,
            Fact::LanguageChosen { language } => self.language = *language,
            Fact::Said { last, thanks, .. } => {
                if event.actor.kind == ActorKind::Visitor {
                    self.unanswered = Some(event.seq);
                    // What was asked before it stays owed.
                    if !*thanks {
                        self.owed.get_or_insert(event.at);
                    }
                } else if *last {
                    self.unanswered = None;
                    self.owed = None;
                    if event.actor.kind.is_person() {
                        self.silent.clear();
                    }
                }
            }
            Fact::HandoffRequested { reason } => self.waiting = Some((event.at, *reason)),
            Fact::Assigned { agent } => {
                // Who comes has the whole time; and a person who was waited for has the first word.
                self.owed = self.owed.map(|_| event.at);
                if agent.kind.is_person() {
                    if self.waiting.take().is_some() && self.visitor_left.is_none() {
                        self.owed = Some(event.at);
                    }
                    self.transfer = None;
                    if self.visitor_left.is_none() {
                        // Who talks with the visitor has the message.
                        self.message = None;
                    }
                }
                self.pilot = Some(agent.clone());
                self.alone_since = None;
            }
            Fact::Released { agent, to_bot } => {
                if self.pilot.as_ref() == Some(agent) {
                    self.pilot = None;
                    self.alone_since = Some(event.at);
                }
                self.bot_invited = *to_bot;
                // With `to_bot` the agent was not silent but gone.
                if event.actor.kind == ActorKind::System && !*to_bot && agent.kind.is_person() {
                    self.was_silent(agent);
                }
                // Who waits for a person goes on waiting when the relay lets go for a bot that is lost.
                if *to_bot && event.actor == *agent {
                    self.waiting = None;
                    self.transfer = None;
                    self.passed_to = None;
                } else if event.actor == *agent {
                    self.waiting.get_or_insert((event.at, HandoffReason::Transferred));
                }
            }
            Fact::Needed { skills } => self.needs.clone_from(skills),
            Fact::Transferred { to } => {
                self.waiting = Some((event.at, HandoffReason::Transferred));
                self.transfer = Some(to.clone());
                if let Target::Queue { desk: Some(desk), .. } = to {
                    self.passed_to = Some(desk.clone());
                }
            }
            Fact::MessageLeft => {
                if !self.pilot.as_ref().is_some_and(|p| p.kind.is_person()) {
                    self.message.get_or_insert(event.at);
                }
            }
            Fact::VisitorLeft { outcome } => {
                self.visitor_left = Some(*outcome);
                self.owed = None;
            }
            Fact::Rated { .. } => self.rated = true,
            Fact::Closed { outcome } => {
                self.phase = Phase::Closed(*outcome);
                self.pilot = None;
                self.waiting = None;
                self.transfer = None;
                self.message = None;
                self.alone_since = None;
                self.owed = None;
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

    /// The desk whose agents serve the visitor: the one to whose queue they were passed on, or else the one at which they
    /// stand.
    pub fn served_at(&self) -> Option<&DeskId> {
        self.passed_to.as_ref().or(self.desk.as_ref())
    }

    /// Whether the visitor is there and waits for somebody to come: for a person who was asked for, or for anybody after
    /// words that nobody has answered.
    pub fn waits(&self) -> bool {
        let unheard = self.pilot.is_none() && self.unanswered.is_some();
        self.is_open() && self.visitor_left.is_none() && (self.waiting.is_some() || unheard)
    }

    /// From when on a bot may become the pilot, while nobody is. Who waits for a person and has nobody may have a bot for
    /// company when it takes long; a message is for people.
    pub fn bot_from(&self) -> Option<Time> {
        let alone = self.alone_since.filter(|_| self.is_open() && self.visitor_left.is_none())?;
        Some(match self.waiting {
            Some((since, _)) if !self.bot_invited => alone.max(since).plus_ms(BOT_RETURNS_MS),
            _ => alone,
        })
    }

    /// Whether a bot may become the pilot now, while nobody is.
    pub fn may_have_bot(&self, now: Time) -> bool {
        self.bot_from().is_some_and(|from| from <= now)
    }

    /// The next time-out, as data: what the relay does by itself at that time. A pilot has `answer_ms` for an answer;
    /// `seen` is when it last showed that it is there by something that is no event.
    pub fn due(&self, answer_ms: u64, seen: Time) -> Option<(Time, Command)> {
        if !self.is_open() {
            return None;
        }
        let patience = match (&self.visitor_left, self.waits()) {
            (Some(_), _) => MESSAGE_KEEP_MS,
            (None, true) => QUEUE_KEEP_MS,
            (None, false) => IDLE_CLOSE_MS,
        };
        let close = (self.at.plus_ms(patience), Command::Close { outcome: Outcome::TimedOut });
        let next = self.answer_due(answer_ms, seen);
        next.into_iter().chain([close]).min_by_key(|(at, _)| *at)
    }

    /// When the next one is asked, because the pilot does not answer.
    fn answer_due(&self, answer_ms: u64, seen: Time) -> Option<(Time, Command)> {
        let (owed, pilot) = (self.owed?, self.pilot.as_ref()?);
        // Whom a bot keeps company until a person comes is in the queue already.
        let may_ask = pilot.kind.is_person() || self.waiting.is_none();
        let ask = Command::RequestHandoff { reason: HandoffReason::NoAnswer, summary: None };
        may_ask.then(|| (owed.max(seen).plus_ms(answer_ms), ask))
    }

    fn was_silent(&mut self, agent: &Actor) {
        self.silent.retain(|one| one != agent);
        if self.silent.len() >= SILENT_MAX {
            self.silent.remove(0);
        }
        self.silent.push(agent.clone());
    }
}
