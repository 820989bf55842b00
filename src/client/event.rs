//! What a client tells the program that uses it.

use std::ops::ControlFlow;
use std::time::Duration;

use super::outbox::OutboxError;
use crate::conversation::{Actor, Cmid, ConversationId, Event, Refusal, Time};
use crate::protocol::{AgentEntry, ErrorCode, LobbyEntry, ServerFrame, Signal};

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// The relay has welcomed us.
    Connected,
    /// The connection has ended, or could not be made; the next attempt is made after `retry_in`.
    Disconnected {
        retry_in: Duration,
        why: String,
    },
    /// The next event of a followed conversation: each once, in order, also over new connections.
    Event {
        conversation: ConversationId,
        event: Event,
    },
    /// The replay is over: what comes from now on is happening now.
    CaughtUp {
        conversation: ConversationId,
    },
    /// The relay has another log for this conversation: what was seen so far counts no more, and everything comes again
    /// from the beginning.
    Restarted {
        conversation: ConversationId,
    },
    /// The relay shows nothing (more) of a followed conversation: it is not open yet, or another person serves the visitor
    /// now. It is followed again when something of our own was acknowledged there.
    Hidden {
        conversation: ConversationId,
    },
    /// The command is durable; `seq` is the last event that it caused.
    Acked {
        conversation: ConversationId,
        cmid: Cmid,
        seq: u64,
    },
    /// The command will never become a fact.
    Refused {
        conversation: ConversationId,
        cmid: Cmid,
        code: ErrorCode,
        text: String,
        /// The rule that says no, when it is one of the conversation's own.
        refusal: Option<Refusal>,
    },
    /// The command waited too long to be sent and was dropped.
    Expired {
        conversation: ConversationId,
        cmid: Cmid,
    },
    Signal {
        conversation: ConversationId,
        from: Actor,
        signal: Signal,
    },
    /// Somebody else has got everything up to `seq`.
    Delivered {
        conversation: ConversationId,
        by: Actor,
        seq: u64,
    },
    /// Somebody else has not only got everything up to `seq`, but has seen it.
    Seen {
        conversation: ConversationId,
        by: Actor,
        seq: u64,
    },
    /// The open conversations, after [`ClientHandle::watch`](super::ClientHandle::watch).
    Lobby(Vec<LobbyEntry>),
    /// The agents that are there, after [`ClientHandle::watch`](super::ClientHandle::watch).
    Agents(Vec<AgentEntry>),
    /// This visitor is offered to us until then: `claim`, or [`ClientHandle::decline`](super::ClientHandle::decline).
    Offer {
        entry: LobbyEntry,
        until: Time,
    },
    /// What was offered is no longer on offer.
    Withdrawn {
        conversation: ConversationId,
    },
    /// The relay did not like a frame.
    Error {
        conversation: Option<ConversationId>,
        code: ErrorCode,
        text: String,
    },
    /// Connecting again makes no sense; the client has ended.
    Fatal {
        sentence: String,
    },
}

/// Why a client did not take a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    #[error("the client has ended")]
    Ended,
    #[error("too many requests wait for the client: try again in a moment")]
    Busy,
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error("the system gave no random numbers: {0}")]
    Random(String),
    #[error(
        "`{0}` is not the address of a relay: it begins with ws:// or wss://, as in ws://127.0.0.1:7400/ws"
    )]
    Url(String),
}

impl ClientEvent {
    /// What a frame tells that asks nothing of the client itself; any other frame comes back.
    pub(super) fn told(frame: ServerFrame) -> ControlFlow<Self, ServerFrame> {
        ControlFlow::Break(match frame {
            ServerFrame::Signal { conversation, from, signal } => Self::Signal { conversation, from, signal },
            ServerFrame::Delivered { conversation, by, seq } => Self::Delivered { conversation, by, seq },
            ServerFrame::Seen { conversation, by, seq } => Self::Seen { conversation, by, seq },
            ServerFrame::Lobby { entries } => Self::Lobby(entries),
            ServerFrame::Agents { agents } => Self::Agents(agents),
            ServerFrame::Offer { entry, until } => Self::Offer { entry, until },
            ServerFrame::Withdrawn { conversation } => Self::Withdrawn { conversation },
            other => return ControlFlow::Continue(other),
        })
    }
}
