//! A small world for tests: conversations that are decided as at the relay, agents, a clock that is set by hand.

use std::collections::BTreeMap;

use super::*;
use crate::conversation::{
    Actor, ActorKind, AnswerId, Body, Channel, Cmid, Command, ConversationId, Event, HandoffReason, Language,
    State, Time, VisitorId, Words, decide,
};

/// A mechanism that is broken on purpose, to show that the checks notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// Claims are let through whatever the capacity is.
    NoCapacity,
    /// The newest comes first.
    NewestFirst,
    /// Who asks for a person does not come into the queue.
    Forgets,
    /// The most loaded agent comes first.
    MostLoaded,
    /// Nobody lets go for who does not answer.
    Patient,
    /// Who did not answer is asked like everybody.
    SilentFirst,
}

/// How long a pilot has for an answer, in milliseconds.
pub const ANSWER_MS: u64 = 120_000;

pub fn break_order(fault: Fault, ids: &mut [ConversationId]) {
    if fault == Fault::NewestFirst {
        ids.reverse();
    }
}

pub fn actor(name: &str, kind: ActorKind) -> Actor {
    Actor { id: name.parse().unwrap(), kind }
}

pub fn person(name: &str) -> Actor {
    actor(name, ActorKind::Person)
}

pub fn bot(name: &str) -> Actor {
    actor(name, ActorKind::Bot)
}

pub fn kiosk() -> Actor {
    actor("kiosk", ActorKind::Visitor)
}

pub fn say(text: &str) -> Command {
    Command::Say {
        answer: AnswerId::new(Time(1), 1),
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words: Words { text: text.to_owned(), ..Words::default() },
    }
}

pub fn ask_for_person() -> Command {
    Command::RequestHandoff { reason: HandoffReason::Asked, summary: Some("private".into()) }
}

/// The relay without its network.
pub struct World {
    pub board: Board,
    pub states: BTreeMap<ConversationId, State>,
    pub events: Vec<(ConversationId, Event)>,
    pub now: Time,
    pub fault: Fault,
    /// When the pilot was last seen writing.
    pub seen: BTreeMap<ConversationId, Time>,
    next: u128,
}

impl World {
    pub fn new(fault: Fault) -> Self {
        let mut board = Board::new(Pace::default());
        board.fault = fault;
        let (states, events, seen) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        Self { board, states, events, now: Time(1_000_000), fault, seen, next: 0 }
    }

    pub fn wait(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
    }

    pub fn open(&mut self, desk: &str, language: Language) -> ConversationId {
        self.next += 1;
        let id = ConversationId::new(self.now, self.next);
        let visitor = VisitorId::new(self.now, self.next);
        let desk = desk.parse().unwrap();
        let open = Command::Open { desk, language, channel: Channel::Kiosk, visitor };
        self.does(&kiosk(), id, open).unwrap();
        id
    }

    /// A command, as the relay takes it: a claim asks the board first.
    pub fn does(&mut self, who: &Actor, id: ConversationId, command: Command) -> Result<(), String> {
        let claims = command == Command::Claim;
        let asks = matches!(command, Command::RequestHandoff { .. });
        if claims {
            self.board.claim(who, id).map_err(|e| e.to_string())?;
        }
        self.next += 1;
        let state = self.states.entry(id).or_default();
        let decided = decide(state, command, who, Cmid::new(self.now, self.next), self.now);
        if let Ok(events) = &decided {
            for event in events {
                state.apply(event);
                self.events.push((id, event.clone()));
            }
            if !(asks && self.fault == Fault::Forgets) {
                self.board.update(id, state);
            }
        }
        if claims {
            self.board.settled(who, id);
        }
        decided.map(drop).map_err(|e| e.to_string())
    }

    /// What happens by itself now.
    pub fn time_outs(&mut self) {
        let seen = |id: &ConversationId| self.seen.get(id).copied().unwrap_or_default();
        let due = |(id, state): (&ConversationId, &State)| Some((*id, state.due(ANSWER_MS, seen(id))?));
        let due: Vec<_> = self.states.iter().filter_map(due).collect();
        for (id, (at, command)) in due {
            let patient = self.fault == Fault::Patient && matches!(command, Command::RequestHandoff { .. });
            if at <= self.now && !patient {
                self.does(&actor("relay", ActorKind::System), id, command).unwrap();
            }
        }
    }

    /// An agent is seen writing an answer.
    pub fn writes(&mut self, agent: &Actor, id: ConversationId) {
        if self.states.get(&id).is_some_and(|s| s.pilot.as_ref() == Some(agent)) {
            self.seen.insert(id, self.now);
        }
    }

    /// The states, folded again from the events without anything that was said.
    pub fn replayed(&self) -> BTreeMap<ConversationId, State> {
        let mut states: BTreeMap<ConversationId, State> = BTreeMap::new();
        for (id, event) in &self.events {
            states.entry(*id).or_default().apply(&Event { body: Body::Erased, ..event.clone() });
        }
        states
    }

    pub fn load_by_states(&self, agent: &Actor) -> usize {
        self.states.values().filter(|s| s.pilot.as_ref() == Some(agent)).count()
    }
}
