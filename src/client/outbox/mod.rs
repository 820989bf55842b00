//! Commands that have not been acknowledged yet.

mod age;
mod memory;
mod schema;
mod sqlite;

#[cfg(test)]
pub use age::CLOCK_JUMP_MS;
pub use age::ClockWatch;
pub use memory::MemoryOutbox;
pub use sqlite::SqliteOutbox;

use crate::conversation::{Cmid, Command, ConversationId, Time};
use crate::protocol::ClientFrame;

/// The most commands that wait.
pub const OUTBOX_MAX: usize = 10_000;
/// Commands that have waited for so long are dropped, in milliseconds: two days.
pub const OUTBOX_MAX_AGE_MS: u64 = 48 * 60 * 60 * 1000;

/// Why the outbox cannot take or give something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    #[error("{OUTBOX_MAX} messages wait for the relay already: wait until it can be reached again")]
    Full,
    #[error(
        "the outbox {path} is already in use by another avatardesk: stop that one, or start this one with another name, \
         or with another data directory (`--data DIR`)"
    )]
    InUse { path: String },
    #[error(
        "the outbox {path} was written by a newer avatardesk (version {found}, this one knows {ours}): start the newer one, \
         or use another data directory (`--data DIR`)"
    )]
    Newer { path: String, found: i64, ours: i64 },
    #[error("the outbox cannot be used: {0}")]
    Storage(String),
    #[error("the relay's key is not 64 hexadecimal digits")]
    Key,
}

/// A command on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub conversation: ConversationId,
    pub cmid: Cmid,
    pub at: Time,
    pub command: Command,
}

/// How many commands wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// For the relay that answered last.
    pub all: usize,
    /// How many of them end with the process.
    pub unkept: usize,
    /// Beside them, for other relays: they wait until those answer again.
    pub elsewhere: usize,
}

impl Waiting {
    /// What waits in this outbox.
    pub fn of(outbox: &dyn Outbox) -> Self {
        let elsewhere = outbox.elsewhere();
        Self { all: outbox.len().saturating_sub(elsewhere), unkept: outbox.unkept(), elsewhere }
    }
}

/// Where commands wait, in the order in which they were given. When `push` returns, the command is as safe as the
/// backend makes it; after that it leaves only by `remove` or `expire`.
pub trait Outbox: Send {
    /// Whether calls may take long, so that they belong on a thread of their own.
    fn blocks(&self) -> bool;

    /// Adds a command.
    fn push(&mut self, outgoing: Outgoing) -> Result<(), OutboxError>;

    /// The frames after `position` that this relay can open, with their positions, at most `limit`.
    fn after(&mut self, position: u64, limit: usize) -> Result<Vec<(u64, ClientFrame)>, OutboxError>;

    /// The command was acknowledged or refused.
    fn remove(&mut self, conversation: ConversationId, cmid: Cmid) -> Result<(), OutboxError>;

    /// Drops what has waited for longer than [`OUTBOX_MAX_AGE_MS`], and says what that was. Nothing while `now` cannot be
    /// right; and what was stamped by a clock that cannot have been right begins to wait now.
    fn expire(&mut self, now: Time) -> Result<Vec<(ConversationId, Cmid)>, OutboxError>;

    /// The clock was set: everything begins to wait now.
    fn restamp(&mut self, now: Time) -> Result<(), OutboxError>;

    /// The relay's key, as `welcome` gave it.
    fn seal_to(&mut self, key: &str) -> Result<(), OutboxError>;

    /// How many commands wait.
    fn len(&self) -> usize;

    /// How many of them end with the process.
    fn unkept(&self) -> usize;

    /// How many of them this relay could not open.
    fn elsewhere(&self) -> usize {
        0
    }

    /// Whether no command waits.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
