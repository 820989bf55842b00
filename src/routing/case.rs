//! What routing needs to know of a conversation.

use crate::conversation::{Actor, ConversationId, DeskId, Language, State, Target, Time};

/// A visitor for whom no bot came within this time is offered to people.
pub const PERSON_STEPS_IN_MS: u64 = 10_000;

/// A place in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// What the order in the line goes by.
    pub since: Time,
    /// Before this time nobody is offered the visitor.
    pub from: Time,
    /// Only a message waits: after those who are still there.
    pub message: bool,
    /// How long this one waits says something about how long others will.
    pub usual: bool,
}

impl Want {
    /// The place in the order of a line.
    pub fn key(&self, conversation: ConversationId) -> (bool, Time, ConversationId) {
        (self.message, self.since, conversation)
    }
}

/// An open conversation, as far as it matters to who gets whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// In the queue of which desk.
    pub desk: DeskId,
    pub language: Language,
    /// One of these is needed; empty: nothing special.
    pub skills: Vec<String>,
    /// To whom the visitor was passed on.
    pub target: Option<Target>,
    pub pilot: Option<Actor>,
    /// Who had this visitor and did not answer, the last one last: asked after all others.
    pub silent: Vec<Actor>,
    /// A person is wanted.
    pub person: Option<Want>,
    /// A bot is wanted.
    pub bot: Option<Want>,
}

impl Case {
    /// The case of an open conversation.
    pub fn of(state: &State) -> Option<Self> {
        if !state.is_open() {
            return None;
        }
        let mut skills = state.needs.clone();
        if let Some(Target::Queue { skills: needed, .. }) = &state.transfer
            && !needed.is_empty()
        {
            skills.clone_from(needed);
        }
        Some(Self {
            desk: state.served_at()?.clone(),
            language: state.language,
            skills,
            target: state.transfer.clone(),
            pilot: state.pilot.clone(),
            silent: state.silent.clone(),
            person: person(state),
            bot: bot(state),
        })
    }
}

fn person(state: &State) -> Option<Want> {
    if state.pilot.as_ref().is_some_and(|p| p.kind.is_person()) {
        return None;
    }
    let message = state.visitor_left.is_some();
    let was_left_alone = state.waiting.is_some() && !state.silent.is_empty();
    if state.transfer.is_some() || was_left_alone {
        // Who was passed on, or not answered, has waited before and does not begin again at the end.
        let from = state.waiting.map_or(state.opened_at, |(at, _)| at);
        return Some(Want { since: state.opened_at, from, message, usual: false });
    }
    if let Some((since, _)) = state.waiting {
        return Some(Want { since, from: since, message, usual: !message });
    }
    if let Some(since) = state.message {
        return Some(Want { since, from: since, message, usual: false });
    }
    // Nobody has come: better a person than nobody.
    let since = state.alone_since?;
    Some(Want { since, from: since.plus_ms(PERSON_STEPS_IN_MS), message, usual: false })
}

fn bot(state: &State) -> Option<Want> {
    if state.pilot.is_some() {
        return None;
    }
    let from = state.bot_from()?;
    Some(Want { since: state.alone_since.unwrap_or(from), from, message: false, usual: false })
}
