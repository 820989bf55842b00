//! A visitor and an agent who talk, whoever serves them.

use std::sync::OnceLock;
use std::time::Instant;

use anyhow::Result;
use avatardesk::conversation::{ConversationId, Time};
use avatardesk::log::random_u128;

use super::client::{Client, Door, Protocol};
use super::nats::Nats;
use super::ours::Ours;
use super::server::Kind;
use super::socketio::SocketIo;

/// Bytes that each message says.
pub const TEXT_BYTES: usize = 200;
/// Messages are named by nanoseconds since this long before the measurement began: so smaller numbers are free.
pub const FIRST_ID: u64 = 1_000_000_000;
/// What is said again and again until a message is full.
const TEXT: &str = "I cannot find the tickets that I bought yesterday, can you tell me where they are? ";

/// Which side of a pair a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Visitor,
    Agent,
    /// Connected, with nobody to talk to.
    Waiting,
}

/// Who a client is.
#[derive(Debug, Clone)]
pub struct Who {
    pub side: Side,
    /// Different for each pair.
    pub name: String,
    pub conversation: String,
    pub text: String,
}

impl Who {
    /// Somebody in a conversation of their own.
    pub fn new(side: Side) -> Result<Self> {
        let random = random_u128()?;
        let conversation = ConversationId::new(Time(1_700_000_000_000), random);
        let text = TEXT.chars().cycle().take(TEXT_BYTES).collect();
        Ok(Self { side, name: format!("{random:032x}"), conversation: conversation.to_string(), text })
    }

    /// The protocol of a kind of server, spoken as this one.
    pub fn speak(&self, kind: Kind) -> Result<Box<dyn Protocol>> {
        Ok(match kind {
            Kind::Ours | Kind::OursTls => Box::new(Ours::new(self)?),
            Kind::SocketIo | Kind::SocketIoGrouped => Box::new(SocketIo::new(self)),
            Kind::Nats => Box::new(Nats::new(self)),
        })
    }
}

/// Both sides, connected.
pub struct Pair {
    pub visitor: Client,
    pub agent: Client,
}

impl Pair {
    /// A new visit, with an agent who serves it.
    pub async fn meet(door: &Door, kind: Kind) -> Result<Self> {
        let visitor = Who::new(Side::Visitor)?;
        let agent = Who { side: Side::Agent, ..visitor.clone() };
        let visitor = Client::connect(door, visitor.speak(kind)?).await?;
        let agent = Client::connect(door, agent.speak(kind)?).await?;
        Ok(Self { visitor, agent })
    }
}

/// The name of a message that is said now: so whoever hears it knows when it was said.
pub fn id_now() -> u64 {
    FIRST_ID + u64::try_from(began().elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Microseconds since the message with this name was said.
pub fn micros_since(id: u64) -> u32 {
    u32::try_from(id_now().saturating_sub(id) / 1_000).unwrap_or(u32::MAX)
}

fn began() -> Instant {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    *BEGAN.get_or_init(Instant::now)
}
