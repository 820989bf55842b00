//! An outbox that ends with the process.

use std::collections::VecDeque;

use super::age::{Age, CLOCK_RIGHT_FROM, age};
use super::{OUTBOX_MAX, Outbox, OutboxError, Outgoing};
use crate::conversation::{Cmid, ConversationId, Time};
use crate::protocol::ClientFrame;

/// Commands in memory.
#[derive(Debug, Default)]
pub struct MemoryOutbox {
    last: u64,
    waiting: VecDeque<(u64, Outgoing)>,
}

impl MemoryOutbox {
    /// An empty outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first, which stays until [`Self::pop`].
    pub(super) fn first(&self) -> Option<&Outgoing> {
        self.waiting.front().map(|(_, outgoing)| outgoing)
    }

    /// Takes the first out.
    pub(super) fn pop(&mut self) {
        self.waiting.pop_front();
    }
}

impl Outbox for MemoryOutbox {
    fn blocks(&self) -> bool {
        false
    }

    fn push(&mut self, outgoing: Outgoing) -> Result<(), OutboxError> {
        if self.waiting.len() >= OUTBOX_MAX {
            return Err(OutboxError::Full);
        }
        self.last += 1;
        self.waiting.push_back((self.last, outgoing));
        Ok(())
    }

    fn after(&mut self, position: u64, limit: usize) -> Result<Vec<(u64, ClientFrame)>, OutboxError> {
        let start = self.waiting.partition_point(|(p, _)| *p <= position);
        let rest = self.waiting.range(start..).take(limit);
        Ok(rest
            .map(|(p, o)| {
                let (conversation, cmid) = (o.conversation, o.cmid);
                (*p, ClientFrame::Command { conversation, cmid, command: o.command.clone() })
            })
            .collect())
    }

    fn remove(&mut self, conversation: ConversationId, cmid: Cmid) -> Result<(), OutboxError> {
        let found = self.waiting.iter().position(|(_, o)| o.cmid == cmid && o.conversation == conversation);
        if let Some(index) = found {
            self.waiting.remove(index);
        }
        Ok(())
    }

    fn expire(&mut self, now: Time) -> Result<Vec<(ConversationId, Cmid)>, OutboxError> {
        let Age::Counts { before } = age(now) else { return Ok(Vec::new()) };
        for (_, outgoing) in &mut self.waiting {
            if outgoing.at < CLOCK_RIGHT_FROM || outgoing.at > now {
                outgoing.at = now;
            }
        }
        let old: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, o)| o.at < before)
            .map(|(_, o)| (o.conversation, o.cmid))
            .collect();
        self.waiting.retain(|(_, o)| o.at >= before);
        Ok(old)
    }

    fn restamp(&mut self, now: Time) -> Result<(), OutboxError> {
        self.waiting.iter_mut().for_each(|(_, outgoing)| outgoing.at = now);
        Ok(())
    }

    fn seal_to(&mut self, _key: &str) -> Result<(), OutboxError> {
        Ok(())
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }

    fn unkept(&self) -> usize {
        self.len()
    }
}
