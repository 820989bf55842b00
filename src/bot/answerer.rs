//! What makes answers. Retrieval is the first kind; a language model would be another.

use futures_util::stream::BoxStream;

use crate::conversation::{HandoffReason, Language, Words};

/// Something a visitor said, with what the bot remembers of this conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub text: String,
    pub language: Language,
    /// Of the transcript, 0 to 1, when the question was spoken.
    pub certainty: Option<f32>,
    /// Secrets were masked in the text.
    pub masked: bool,
    /// A person was asked for and has not come yet.
    pub person_awaited: bool,
    pub memory: Memory,
}

/// What the bot remembers within one conversation. Small on purpose: the log has the rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    /// Questions in a row that found no answer.
    pub misses: u8,
    /// What the bot said last, to say it again.
    pub last: Option<Words>,
    /// What the bot asked back, if its last words were a question.
    pub offer: Option<Offer>,
}

/// A question that the bot asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// "Shall I fetch a person?"
    Person { reason: HandoffReason },
    /// "Did you mean …?", the ids of the articles in the order named; at most three.
    Articles(Vec<String>),
}

/// A piece of an answer, sent on as soon as it is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Say(Words),
    /// Ask for a person.
    Handoff {
        reason: HandoffReason,
        summary: String,
    },
    /// What to remember; comes last.
    Remember(Memory),
}

/// Makes answers.
pub trait Answerer: Send + Sync {
    /// The pieces of the answer, as they are made. At least one `Say` is among them.
    fn answer(&self, question: Question) -> BoxStream<'static, Piece>;
}
