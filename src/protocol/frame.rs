//! The frames: one enum for each direction.

use serde::{Deserialize, Serialize};

use super::health::Health;
use super::signal::Signal;
use crate::conversation::{
    Actor, ActorId, ActorKind, Channel, Cmid, Command, ConversationId, DeskId, Epoch, Event, HandoffReason,
    Language, Time,
};

/// The version of the protocol that this program speaks.
pub const PROTOCOL_VERSION: u16 = 1;
/// The oldest version that this program still understands.
pub const PROTOCOL_MIN: u16 = 1;

/// The versions that a client understands, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSpan {
    pub min: u16,
    pub max: u16,
}

impl VersionSpan {
    /// The versions of this program.
    pub const OURS: Self = Self { min: PROTOCOL_MIN, max: PROTOCOL_VERSION };

    /// The newest version that both understand.
    pub fn common(self, other: Self) -> Option<u16> {
        let newest = self.max.min(other.max);
        (newest >= self.min.max(other.min)).then_some(newest)
    }
}

/// What a client is, which decides what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Kiosk,
    Agent,
    Supervisor,
    Bot,
    Host,
}

impl Role {
    /// As what a client of this role acts in a conversation.
    pub fn actor_kind(self) -> ActorKind {
        match self {
            Self::Kiosk => ActorKind::Visitor,
            Self::Agent => ActorKind::Person,
            Self::Supervisor => ActorKind::Supervisor,
            Self::Bot => ActorKind::Bot,
            Self::Host => ActorKind::Host,
        }
    }

    /// The name of the role, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Bot => "bot",
            Self::Host => "host",
        }
    }

    /// Whether clients of this role may see who waits.
    pub fn may_watch(self) -> bool {
        !matches!(self, Self::Kiosk)
    }
}

/// From a client to the relay. `type` names the frame in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Always the first frame of a connection.
    Hello {
        versions: VersionSpan,
        role: Role,
        name: ActorId,
    },
    /// Ask for something to become a fact. Sent again with the same `cmid` until it is acknowledged or refused.
    Command {
        conversation: ConversationId,
        cmid: Cmid,
        command: Command,
    },
    /// A command from a durable outbox: the JSON text of its `command` frame, sealed to the relay's key (`seal_to` of
    /// `welcome`) as libsodium's `crypto_box_seal` does, in hexadecimal. Answered like the command inside.
    Sealed {
        conversation: ConversationId,
        cmid: Cmid,
        sealed: String,
    },
    /// Follow a conversation: first what came after `after_seq`, in pages, then everything new.
    /// `epoch` is the one that `after_seq` belongs to; absent at the first time.
    Follow {
        conversation: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<Epoch>,
        after_seq: u64,
    },
    /// Follow no longer.
    Unfollow {
        conversation: ConversationId,
    },
    /// Everything up to `seq` has been handled (cumulative). The other followers are told with `delivered`.
    Received {
        conversation: ConversationId,
        seq: u64,
    },
    Signal {
        conversation: ConversationId,
        signal: Signal,
    },
    /// Tell me, now and at every change, which conversations are open.
    Watch,
    /// How this client is. Sent after `welcome` and when it changes; the newest one counts.
    Health(Health),
    /// A frame that this program does not know.
    #[serde(other)]
    Unknown,
}

/// From the relay to a client. `type` names the frame in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`.
    Welcome {
        version: u16,
        /// The relay's clock.
        now: Time,
        /// A `heartbeat` comes at least this often; twice as long without one means that the connection is dead.
        heartbeat_secs: u32,
        /// X25519 public key of the relay, hexadecimal: clients seal their outbox to it.
        seal_to: String,
    },
    /// The command is durable. `seq` is the last event that it caused, `epoch` the log that it is in.
    Ack {
        conversation: ConversationId,
        cmid: Cmid,
        epoch: Epoch,
        seq: u64,
    },
    /// The command will never become a fact. Do not send it again.
    Refused {
        conversation: ConversationId,
        cmid: Cmid,
        code: ErrorCode,
        text: String,
    },
    /// One page of what a `follow` asked for. `recovered` is false when `after_seq` could not be continued and the
    /// replay starts from the beginning. More pages follow while `more`.
    Replay {
        conversation: ConversationId,
        epoch: Epoch,
        recovered: bool,
        events: Vec<Event>,
        more: bool,
    },
    /// A new event of a conversation that this client follows.
    Event {
        conversation: ConversationId,
        epoch: Epoch,
        event: Event,
    },
    Signal {
        conversation: ConversationId,
        from: Actor,
        signal: Signal,
    },
    /// Somebody else who follows this conversation has handled everything up to `seq`. Not stored.
    Delivered {
        conversation: ConversationId,
        by: Actor,
        seq: u64,
    },
    /// The open conversations, whenever something about them changes: at most 500, who waits longest first.
    Lobby {
        entries: Vec<LobbyEntry>,
    },
    /// Still here. `tops` has the newest `seq` of each followed conversation: a gap shows at once.
    Heartbeat {
        now: Time,
        tops: Vec<Top>,
    },
    /// The relay stops and closes with 4000. Come back after `after_ms` and a random share of `spread_ms`, in
    /// milliseconds, so that not everybody returns in one instant.
    Goodbye {
        after_ms: u32,
        spread_ms: u32,
    },
    /// Something was wrong with a frame; the connection lives on.
    Error {
        /// The conversation that the frame was about, when it named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
        code: ErrorCode,
        text: String,
    },
    /// A frame that this program does not know.
    #[serde(other)]
    Unknown,
}

/// The newest event of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    pub conversation: ConversationId,
    pub seq: u64,
}

/// One open conversation, as agents see it before they claim it. Nothing that was said is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyEntry {
    pub conversation: ConversationId,
    pub desk: DeskId,
    pub language: Language,
    pub channel: Channel,
    pub opened_at: Time,
    /// The visitor's last words are still without an answer.
    pub unanswered: bool,
    /// A person was asked for: since when and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<(Time, HandoffReason)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pilot: Option<Actor>,
}

/// What went wrong, for programs. The text beside it is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, or not of the form of a frame.
    BadFrame,
    /// A frame type that the relay does not know.
    UnknownFrame,
    /// Your role may not do this.
    NotAllowed,
    /// The rules of the conversation say no: the text says which.
    Refused,
    /// No such conversation.
    NoConversation,
    /// The store cannot take anything now: the connection is closed with 4007. Send it again later.
    Unavailable,
    /// There is no room left in the store: the connection is closed with 4010. Send it again later.
    StoreFull,
    /// A code that this program does not know yet.
    #[serde(other)]
    Unknown,
}

/// Close codes of the WebSocket (4000–4999 is the private range of RFC 6455).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The relay ends this connection, mostly because it stops: come back.
    Stopping = 4000,
    /// The client reads too slowly: come back and resume.
    Slow = 4001,
    /// No `hello` in time, or not as the first frame.
    NoHello = 4002,
    /// No common protocol version.
    Version = 4003,
    /// Too many connections.
    Full = 4004,
    /// A frame was too large or too many came.
    Flood = 4005,
    /// Another connection with this role and name has taken over.
    Replaced = 4006,
    /// The store cannot take anything now: come back and send again.
    Unavailable = 4007,
    /// There is no room left in the store: come back and send again.
    StoreFull = 4010,
    /// Nothing came from the client for too long, not even a pong.
    Silent = 4011,
}

impl CloseCode {
    /// The sentence that goes with the code.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Stopping => "the relay ends this connection: come back",
            Self::Slow => "you read too slowly: come back and resume",
            Self::NoHello => "the first frame must be a hello, soon",
            Self::Version => "no common version of the protocol: update one of us",
            Self::Full => "too many connections: come back later",
            Self::Flood => "too many frames, or too large ones",
            Self::Replaced => "another connection with this role and name has taken over",
            Self::Unavailable => "the store cannot take anything now: come back and send again",
            Self::StoreFull => "there is no room left in the store: come back and send again",
            Self::Silent => "nothing was heard from you for too long: come back",
        }
    }

    /// Whether it makes sense to connect again.
    pub fn may_return(code: u16) -> bool {
        code != Self::Version as u16 && code != Self::Replaced as u16
    }
}
