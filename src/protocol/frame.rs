//! The frames: one enum for each direction.

use serde::{Deserialize, Deserializer, Serialize, de::IntoDeserializer};

use super::health::Health;
use super::signal::Signal;
use crate::access::{Desks, InviteCode, Role};
use crate::conversation::{
    Actor, ActorId, Channel, Cmid, Command, ConversationId, DeskId, Epoch, Event, HandoffReason, Language,
    Refusal, Time,
};
use crate::routing::{AgentState, Profile};

/// The version of the protocol that this program speaks.
pub const PROTOCOL_VERSION: u16 = 1;
/// The oldest version that this program still understands.
pub const PROTOCOL_MIN: u16 = 1;

/// The versions that a client understands, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
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

/// From a client to the relay. `type` names the frame in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Always the first frame of a connection.
    Hello {
        versions: VersionSpan,
        role: Role,
        name: ActorId,
    },
    /// Answers `challenge`: this device is enrolled, or has a code with which it becomes so.
    Prove {
        /// The device's Ed25519 public key, hexadecimal.
        device: String,
        /// What it has signed, hexadecimal: see [`transcript`](crate::access::transcript).
        signature: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invite: Option<InviteCode>,
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
    /// Everything up to `seq` has been shown where somebody reads (cumulative), and so it has been handled, too. The other
    /// followers are told with `seen`.
    Seen {
        conversation: ConversationId,
        seq: u64,
    },
    Signal {
        conversation: ConversationId,
        signal: Signal,
    },
    /// Tell me, now and at every change, which conversations are open and which agents are there.
    Watch,
    /// How this client is. Sent after `welcome` and when it changes; the newest one counts.
    Health(Health),
    /// An agent says whom it serves, how many at once, and whether it takes somebody now.
    Announce(Profile),
    /// An agent does not take the visitor who was offered. Whoever does sends `claim`.
    Decline {
        conversation: ConversationId,
    },
    /// A frame that this program does not know.
    #[serde(other)]
    #[cfg_attr(all(test, feature = "schema"), schemars(skip))]
    Unknown,
}

/// From the relay to a client. `type` names the frame in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello` where only enrolled devices are let in.
    Challenge {
        version: u16,
        /// 32 random bytes, hexadecimal, made for this connection.
        nonce: String,
        /// X25519 public key of the relay, hexadecimal, as in `welcome`.
        relay: String,
        /// The keying material of the TLS connection is signed, too (RFC 9266, `tls-exporter`).
        bound: bool,
    },
    /// Answers `hello`, or `prove`.
    Welcome {
        version: u16,
        /// The relay's clock.
        now: Time,
        /// A `heartbeat` comes at least this often; twice as long without one means that the connection is dead.
        heartbeat_secs: u32,
        /// X25519 public key of the relay, hexadecimal: clients seal their outbox to it.
        seal_to: String,
        /// As whom an enrolled device acts: this counts, not what it said in `hello`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        you: Option<You>,
    },
    /// The command is durable. `seq` is the last event that it caused, `epoch` the log that it is in.
    Ack {
        conversation: ConversationId,
        cmid: Cmid,
        epoch: Epoch,
        seq: u64,
    },
    /// The command will never become a fact. Do not send it again. `refusal` is the rule that says no, when it is one of
    /// the conversation's own.
    Refused {
        conversation: ConversationId,
        cmid: Cmid,
        code: ErrorCode,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_or_none")]
        refusal: Option<Refusal>,
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
    /// Somebody else who follows this conversation has handled and shown everything up to `seq`. Not stored.
    Seen {
        conversation: ConversationId,
        by: Actor,
        seq: u64,
    },
    /// The open conversations, whenever something about them changes: at most 500, who waits longest first.
    Lobby {
        entries: Vec<LobbyEntry>,
    },
    /// This visitor is offered to you: `claim` until then, or `decline`.
    Offer {
        entry: LobbyEntry,
        until: Time,
    },
    /// What was offered is no longer on offer.
    Withdrawn {
        conversation: ConversationId,
    },
    /// The agents that are there, whenever something about them changes: at most 500.
    Agents {
        agents: Vec<AgentEntry>,
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
    #[cfg_attr(all(test, feature = "schema"), schemars(skip))]
    Unknown,
}

/// What the relay knows about an enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct You {
    pub role: Role,
    /// The name in every record: a pseudonym that never changes.
    pub id: ActorId,
    /// What the host calls the device or its owner. In no record.
    pub name: String,
    /// The desks that it is for; none are all.
    #[serde(default)]
    pub desks: Desks,
}

/// The newest event of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Top {
    pub conversation: ConversationId,
    pub seq: u64,
}

/// One open conversation, as agents see it before they claim it. Nothing that was said is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
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
    /// The visitor has gone and left a message: read it, do what it asks for, and close.
    #[serde(default, skip_serializing_if = "is_false")]
    pub message: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// One agent that is there, as its colleagues see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct AgentEntry {
    pub agent: Actor,
    pub state: AgentState,
    /// How many visitors it serves at once, at most.
    pub capacity: u32,
    /// How many it serves now.
    pub serves: u32,
}

/// What went wrong, for programs. The text beside it is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
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
    /// The relay cannot take this now: the connection is closed with 4007. Send it again later.
    Unavailable,
    /// There is no room left in the store: the connection is closed with 4008. Send it again later.
    StoreFull,
    /// A code that this program does not know yet.
    #[serde(other)]
    #[cfg_attr(all(test, feature = "schema"), schemars(skip))]
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
    StoreFull = 4008,
    /// Nothing came from the client for too long, not even a pong.
    Silent = 4009,
    /// The device is not enrolled, or its proof or its code is wrong.
    NotEnrolled = 4010,
    /// The device was enrolled and is so no longer.
    Revoked = 4011,
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
            Self::NotEnrolled => {
                "this device is not enrolled here, or the code is wrong or too old: ask the host for a new invite"
            }
            Self::Revoked => "the host has revoked this device: ask for a new invite",
        }
    }

    /// Whether it makes sense to connect again.
    pub fn may_return(code: u16) -> bool {
        let never = [Self::Version, Self::Replaced, Self::NotEnrolled, Self::Revoked];
        never.iter().all(|c| code != *c as u16)
    }
}

/// A refusal that this version knows; a newer one's is left out, the sentence beside it says enough.
fn known_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Refusal>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    Ok(name.and_then(|name| {
        let name: serde::de::value::StringDeserializer<serde::de::value::Error> = name.into_deserializer();
        Refusal::deserialize(name).ok()
    }))
}
