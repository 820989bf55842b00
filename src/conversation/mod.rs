//! A conversation: events, commands, state, and what may happen. Pure: no clock, no I/O, no threads.

mod command;
mod decide;
mod event;
#[cfg(test)]
mod history;
mod ids;
mod state;
#[cfg(test)]
mod tests;
mod thanks;

pub use command::Command;
pub use decide::{
    ARTICLE_MAX_BYTES, CHOICE_MAX_CHARS, CHOICES_MAX, PARTS_MAX, Refusal, SKILL_MAX_BYTES, SKILLS_MAX,
    TAG_MAX_BYTES, TEXT_MAX_CHARS, decide,
};
pub use event::{
    Actor, ActorKind, Body, CaseKind, Channel, Event, Fact, HandoffReason, Language, Outcome, Target,
    Timings, Words,
};
pub use ids::{ActorId, AnswerId, Cmid, ConversationId, DeskId, Epoch, IdError, Time, VisitorId};
pub use state::{BOT_RETURNS_MS, IDLE_CLOSE_MS, MESSAGE_KEEP_MS, Phase, QUEUE_KEEP_MS, SILENT_MAX, State};
