//! Commands: what somebody wants to become a fact.

use serde::{Deserialize, Serialize};

use super::event::{CaseKind, Channel, HandoffReason, Language, Outcome, Target, Timings, Words};
use super::ids::{AnswerId, DeskId, VisitorId};

/// A wish, which `decide` turns into events or refuses. `do` names it in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    Open {
        desk: DeskId,
        language: Language,
        channel: Channel,
        visitor: VisitorId,
    },
    Consent {
        voice: bool,
        recording: bool,
    },
    ChooseLanguage {
        language: Language,
    },
    Say {
        answer: AnswerId,
        part: u16,
        last: bool,
        #[serde(default)]
        voiced: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_reply_to: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<u64>,
        /// Secrets that the sender has already masked in the text.
        #[serde(default)]
        masked: u16,
        words: Words,
    },
    Spoken {
        answer: AnswerId,
        part: u16,
        chars: u32,
        interrupted: bool,
    },
    Measure {
        answer: AnswerId,
        timings: Timings,
    },
    RequestHandoff {
        reason: HandoffReason,
        /// For the person who takes over: what it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    /// Become the pilot.
    Claim,
    /// Stop being the pilot.
    Release {
        to_bot: bool,
    },
    /// Say what an agent should know for this visit.
    Need {
        skills: Vec<String>,
    },
    /// Stop being the pilot, and pass the visitor on.
    Transfer {
        to: Target,
        /// For who takes over: what it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Leave a message for the next person. It keeps the conversation open after the visitor has gone.
    LeaveMessage {
        text: String,
    },
    Note {
        text: String,
    },
    Tag {
        tag: String,
    },
    OpenCase {
        case: CaseKind,
    },
    /// 1 to 5 stars, whether the question was settled, or both.
    Rate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stars: Option<u8>,
        resolved: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    Close {
        outcome: Outcome,
    },
    /// Forget everything that was said by and to this visitor, in all their conversations.
    Erase,
}

impl Command {
    /// The name of the command, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Consent { .. } => "consent",
            Self::ChooseLanguage { .. } => "choose_language",
            Self::Say { .. } => "say",
            Self::Spoken { .. } => "spoken",
            Self::Measure { .. } => "measure",
            Self::RequestHandoff { .. } => "request_handoff",
            Self::Claim => "claim",
            Self::Release { .. } => "release",
            Self::Need { .. } => "need",
            Self::Transfer { .. } => "transfer",
            Self::LeaveMessage { .. } => "leave_message",
            Self::Note { .. } => "note",
            Self::Tag { .. } => "tag",
            Self::OpenCase { .. } => "open_case",
            Self::Rate { .. } => "rate",
            Self::Close { .. } => "close",
            Self::Erase => "erase",
        }
    }
}
