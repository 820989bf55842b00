//! The interface of the log, and what goes in and out.

use std::future::Future;
use std::pin::Pin;

use super::error::{AppendError, LogError};
use crate::conversation::{ActorId, Cmid, ConversationId, Epoch, Event, Fact, VisitorId};

/// The most events of one page.
pub const PAGE_MAX_EVENTS: usize = 300;
/// The most bytes of one page, counted as JSON; one event always fits. Leaves room for the rest of a frame.
pub const PAGE_MAX_BYTES: usize = 192 * 1024;

/// What an asynchronous call of the log gives.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One command's events, to be stored together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    pub conversation: ConversationId,
    /// The `seq` of the event before the first one; 0 makes the conversation.
    pub expected_seq: u64,
    pub sender: ActorId,
    pub cmid: Cmid,
    /// Numbered from `expected_seq + 1` without a gap. Empty for a command that changed nothing: then only the fact
    /// that it was handled is stored.
    pub events: Vec<Event>,
}

/// Where a command's events are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub epoch: Epoch,
    pub first_seq: u64,
    /// `first_seq - 1` when the command caused no events.
    pub last_seq: u64,
    /// This `cmid` had been stored before; the numbers are those of the first time.
    pub repeated: bool,
}

/// One page of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub epoch: Epoch,
    pub events: Vec<Event>,
}

/// The stored result of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandResult {
    pub sender: ActorId,
    pub cmid: Cmid,
    pub last_seq: u64,
}

/// An event with its place in the whole log.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Grows from 1 over all conversations; there may be gaps.
    pub position: u64,
    pub conversation: ConversationId,
    pub epoch: Epoch,
    pub event: Event,
}

/// A conversation that has not been closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenConversation {
    pub conversation: ConversationId,
    pub epoch: Epoch,
}

/// Where events are kept.
///
/// **Durability.** When `append` returns `Ok`, the batch survives whatever the backend promises to survive: the end of
/// the process and a power cut for [`SqliteLog`](super::SqliteLog), nothing for [`MemoryLog`](super::MemoryLog).
///
/// **Atomicity.** A batch is stored whole or not at all, and only after the event `expected_seq`.
///
/// **Idempotency.** (conversation, sender, cmid) is unique for ever: a repeat stores nothing and returns the first
/// result, whatever else it carries.
///
/// **Concurrency.** All calls may come from many tasks at once. A read that starts after an append has returned sees it.
///
/// **Immutability.** The bytes of a record never change. [`EventLog::erase`], or appending the fact `erased`, forgets
/// the visitor's key; bodies then read as [`Body::Erased`](crate::conversation::Body::Erased).
pub trait EventLog: Send + Sync {
    /// Stores one batch.
    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>>;

    /// The events after `after_seq`, at most `limit`, [`PAGE_MAX_EVENTS`] and [`PAGE_MAX_BYTES`]. `None` when there is
    /// no such conversation.
    fn read(
        &self,
        conversation: ConversationId,
        after_seq: u64,
        limit: usize,
    ) -> Answer<'_, Result<Option<Page>, LogError>>;

    /// The results of all commands of a conversation, for recognising repeats.
    fn commands(&self, conversation: ConversationId) -> Answer<'_, Result<Vec<CommandResult>, LogError>>;

    /// The records of all conversations after `position`, in order, within the bounds of `read`: for projections.
    fn read_from(&self, position: u64, limit: usize) -> Answer<'_, Result<Vec<Record>, LogError>>;

    /// The conversations that are not closed, the oldest first, at most `limit` after this one: for reading them all in
    /// pages.
    fn open_after(
        &self,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Answer<'_, Result<Vec<OpenConversation>, LogError>>;

    /// Forgets what a visitor said, durably. Says whether there was anything to forget.
    fn erase(&self, visitor: VisitorId) -> Answer<'_, Result<bool, AppendError>>;

    /// All conversations of a visitor, the oldest first. A backend that knows them without reading everything says so.
    fn conversations_of(&self, visitor: VisitorId) -> Answer<'_, Result<Vec<ConversationId>, LogError>> {
        Box::pin(async move {
            let (mut found, mut position) = (Vec::new(), 0);
            loop {
                let records = self.read_from(position, PAGE_MAX_EVENTS).await?;
                let Some(last) = records.last() else { return Ok(found) };
                position = last.position;
                found.extend(records.iter().filter_map(|record| match &record.event.fact {
                    Fact::Opened { visitor: who, .. } if *who == visitor => Some(record.conversation),
                    _ => None,
                }));
            }
        })
    }

    /// Tries whether a small append would be stored now, and leaves nothing behind.
    fn probe(&self) -> Answer<'_, Result<(), AppendError>> {
        Box::pin(async { Ok(()) })
    }

    /// How much room the log takes, in bytes; `None` when it is in no file.
    fn size_bytes(&self) -> Option<u64> {
        None
    }
}
