//! Signals: what passes and is not stored.

use serde::{Deserialize, Serialize};

use crate::access::Act;
use crate::conversation::AnswerId;
use crate::performance::{Expression, Gesture};
use crate::routing::QueuePlace;

/// What the avatar is doing, as its pilot should see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AvatarState {
    Idle,
    Listening,
    Thinking,
    Speaking,
}

/// A passing message within a conversation. `signal` names it in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// Somebody is writing an answer.
    Typing { on: bool },
    /// What has been understood so far of what the visitor is saying.
    PartialTranscript { text: String },
    /// From the kiosk: what the avatar does now.
    Avatar { state: AvatarState },
    /// From the pilot: move the face.
    Expression { expression: Expression },
    /// From the pilot: move the body.
    Gesture { gesture: Gesture },
    /// From the pilot or the visitor: stop speaking this answer.
    Interrupt { answer: AnswerId },
    /// From the relay: where the visitor stands in the queue for a person.
    Queue(QueuePlace),
    /// From the relay: the person who pilots has lost the connection, or is back.
    PilotAway { away: bool },
    /// A kind that this program does not know yet.
    #[serde(other)]
    #[cfg_attr(all(test, feature = "schema"), schemars(skip))]
    Unknown,
}

impl Signal {
    /// The longest text of a signal, in characters.
    pub const TEXT_MAX_CHARS: usize = 1_000;

    /// What sending this signal is; `None` when no client sends it.
    pub fn act(&self) -> Option<Act> {
        match self {
            Self::Typing { .. } => Some(Act::Typing),
            Self::PartialTranscript { .. } => Some(Act::PartialTranscript),
            Self::Avatar { .. } => Some(Act::Avatar),
            Self::Expression { .. } => Some(Act::Expression),
            Self::Gesture { .. } => Some(Act::Gesture),
            Self::Interrupt { .. } => Some(Act::Interrupt),
            Self::Queue(_) | Self::PilotAway { .. } | Self::Unknown => None,
        }
    }

    /// Signals of one kind replace each other in a full queue; this names the kind.
    pub fn slot(&self) -> u8 {
        match self {
            Self::Typing { .. } => 0,
            Self::PartialTranscript { .. } => 1,
            Self::Avatar { .. } => 2,
            Self::Expression { .. } => 3,
            Self::Gesture { .. } => 4,
            Self::Interrupt { .. } => 5,
            Self::Queue(_) => 6,
            Self::PilotAway { .. } => 7,
            Self::Unknown => 8,
        }
    }
}
