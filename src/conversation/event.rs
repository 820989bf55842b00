//! Events: the durable facts of a conversation.
//!
//! An event is a plain [`Fact`], from which every decision is made, and a [`Body`], which holds what the visitor's
//! key seals. A conversation therefore replays to the same state after its bodies have been erased.

use serde::{Deserialize, Deserializer, Serialize};

use super::ids::{ActorId, AnswerId, Cmid, DeskId, Time, VisitorId};
use crate::performance::{Expression, Gesture};

/// The language of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    Zh,
}

impl Language {
    /// The tag used in files and on the wire: `en` or `zh`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// By which way a visitor came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Kiosk,
    /// `avatardesk ask` and other scripts.
    Script,
    Web,
}

/// What somebody is, which decides what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// The visitor, for whom the kiosk speaks.
    Visitor,
    Bot,
    Person,
    /// A person who may also take a conversation from another person.
    Supervisor,
    Host,
    /// The relay itself: time-outs.
    System,
}

impl ActorKind {
    /// Whether this is a bot or a person that may pilot the avatar.
    pub fn is_agent(self) -> bool {
        matches!(self, Self::Bot | Self::Person | Self::Supervisor)
    }

    /// Whether this is a person at a console.
    pub fn is_person(self) -> bool {
        matches!(self, Self::Person | Self::Supervisor)
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Actor {
    pub id: ActorId,
    pub kind: ActorKind,
}

/// Why a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoffReason {
    /// The visitor asked for a person.
    Asked,
    /// The bot did not find an answer several times.
    NotUnderstood,
    /// Loss, theft, distress.
    Sensitive,
    /// The bot has gone away.
    BotLost,
    /// The agent did not answer in time.
    NoAnswer,
    /// An agent has passed the visitor on.
    Transferred,
}

/// To whom a visitor is passed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This person if they can take the visitor now, otherwise the queue.
    Agent(ActorId),
    /// A supervisor if one can take the visitor now, otherwise the queue.
    Supervisor,
    /// Whoever serves this desk (absent: the visitor's own) and has one of these skills (none: any).
    Queue {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desk: Option<DeskId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skills: Vec<String>,
    },
}

/// What kind of case a conversation became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    Question,
    Problem,
    Complaint,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The visitor said farewell.
    Finished,
    /// The visitor walked away.
    Abandoned,
    /// Nothing happened for too long.
    TimedOut,
}

/// The stages of one turn, in milliseconds since the end of the visitor's speech (or since a text was sent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Timings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sample_made: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sample_played: Option<u32>,
}

/// The plain part of an event. `kind` names it in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// Always the first event.
    Opened {
        desk: DeskId,
        language: Language,
        channel: Channel,
        visitor: VisitorId,
    },
    /// What the visitor agreed to. Without `voice` the microphone stays closed.
    Consented {
        voice: bool,
        recording: bool,
    },
    /// The visitor changed the language.
    LanguageChosen {
        language: Language,
    },
    /// One part of something said by the visitor or by the pilot; the text is in the body.
    Said {
        answer: AnswerId,
        part: u16,
        last: bool,
        /// Spoken into the microphone, not typed.
        voiced: bool,
        /// The `seq` of what this answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_reply_to: Option<u64>,
        /// The `seq` of what this corrects, when a visitor mends a transcript.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<u64>,
        /// How many secrets were masked in the text before it was stored.
        #[serde(default, skip_serializing_if = "is_zero")]
        masked: u16,
        /// Nothing but a short thanks or farewell of the visitor's: no answer is owed to it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        thanks: bool,
    },
    /// How far the avatar got in speaking an answer.
    Spoken {
        answer: AnswerId,
        part: u16,
        chars: u32,
        interrupted: bool,
    },
    Measured {
        answer: AnswerId,
        timings: Timings,
    },
    HandoffRequested {
        reason: HandoffReason,
    },
    /// From now on this agent is the pilot.
    Assigned {
        agent: Actor,
    },
    /// The agent is no longer the pilot. `to_bot` invites the bot, otherwise a person is waited for.
    Released {
        agent: Actor,
        to_bot: bool,
    },
    /// What an agent should know for this visit: one of these.
    Needed {
        skills: Vec<String>,
    },
    /// The visitor was passed on and waits for whom `to` names; the reason is in the body.
    Transferred {
        to: Target,
    },
    /// The visitor left a message for the next person; it is in the body.
    MessageLeft,
    /// The visitor is gone, and the message still waits.
    VisitorLeft {
        outcome: Outcome,
    },
    Noted,
    Tagged {
        tag: String,
    },
    CaseOpened {
        case: CaseKind,
    },
    /// 1 to 5 stars, whether the question was settled, or both.
    Rated {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stars: Option<u8>,
        resolved: Option<bool>,
    },
    Closed {
        outcome: Outcome,
    },
    /// The bodies of this conversation can no longer be read.
    Erased,
}

fn is_zero(n: &u16) -> bool {
    *n == 0
}

impl Fact {
    /// The name of the kind, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Consented { .. } => "consented",
            Self::LanguageChosen { .. } => "language_chosen",
            Self::Said { .. } => "said",
            Self::Spoken { .. } => "spoken",
            Self::Measured { .. } => "measured",
            Self::HandoffRequested { .. } => "handoff_requested",
            Self::Assigned { .. } => "assigned",
            Self::Released { .. } => "released",
            Self::Needed { .. } => "needed",
            Self::Transferred { .. } => "transferred",
            Self::MessageLeft => "message_left",
            Self::VisitorLeft { .. } => "visitor_left",
            Self::Noted => "noted",
            Self::Tagged { .. } => "tagged",
            Self::CaseOpened { .. } => "case_opened",
            Self::Rated { .. } => "rated",
            Self::Closed { .. } => "closed",
            Self::Erased => "erased",
        }
    }
}

/// The sealed part of an event.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    #[default]
    Empty,
    Said(Words),
    /// A note, a summary at hand-off, why a visitor was passed on, a message, a comment with a rating.
    Text {
        text: String,
    },
    /// The key was forgotten.
    Erased,
}

/// What was said, and how the avatar should say it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Words {
    pub text: String,
    /// The article that the answer comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// Of the answer, or of the transcript: 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "finite")]
    pub confidence: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gesture: Option<Gesture>,
    /// What the visitor can answer with one touch, in the words of the answer: at most
    /// [`CHOICES_MAX`](super::CHOICES_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// JSON has numbers that this precision has not, and no infinity: such a confidence is none.
fn finite<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f32>, D::Error> {
    Ok(Option::<f32>::deserialize(from)?.filter(|confidence| confidence.is_finite()))
}

/// One durable fact of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Event {
    /// Gap-free, from 1.
    pub seq: u64,
    pub at: Time,
    pub actor: Actor,
    pub cmid: Cmid,
    pub fact: Fact,
    #[serde(default)]
    pub body: Body,
}
