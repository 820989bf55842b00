//! A log in memory, for tests and for demonstrations that shall leave nothing behind.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::{AppendError, LogError};
use super::model::{
    Answer, Append, Appended, CommandResult, EventLog, OpenConversation, PAGE_MAX_BYTES, PAGE_MAX_EVENTS,
    Page, Record,
};
use super::random::random_u128;
use crate::conversation::{ActorId, Body, Cmid, ConversationId, Epoch, Event, Fact, Time, VisitorId};

/// The most events that a memory log keeps, over all conversations.
pub const MEMORY_MAX_EVENTS: usize = 1_000_000;

/// A log that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryLog {
    // A plain mutex: nothing waits while it is held.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    conversations: BTreeMap<ConversationId, Kept>,
    order: Vec<(ConversationId, u64)>,
}

#[derive(Debug)]
struct Kept {
    epoch: Epoch,
    visitor: Option<VisitorId>,
    closed: bool,
    events: Vec<Event>,
    results: HashMap<(ActorId, Cmid), (u64, u64)>,
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        let Append { conversation, expected_seq, sender, cmid, events } = append;
        let known = self.conversations.get(&conversation);
        if let Some(kept) = known
            && let Some(&(first_seq, last_seq)) = kept.results.get(&(sender.clone(), cmid))
        {
            return Ok(Appended { epoch: kept.epoch, first_seq, last_seq, repeated: true });
        }
        let seq = known.and_then(|k| k.events.last()).map_or(0, |e| e.seq);
        if seq != expected_seq {
            return Err(AppendError::Conflict { seq });
        }
        if self.order.len() + events.len() > MEMORY_MAX_EVENTS {
            return Err(AppendError::Full("the log in memory has reached its bound".to_owned()));
        }
        let random = random_u128().map_err(|e| AppendError::Storage(e.to_string()))?;
        let at = events.first().map_or(Time(0), |e| e.at);
        let kept = self.conversations.entry(conversation).or_insert_with(|| Kept {
            epoch: Epoch::new(at, random),
            visitor: None,
            closed: false,
            events: Vec::new(),
            results: HashMap::new(),
        });
        let last_seq = expected_seq + events.len() as u64;
        kept.results.insert((sender, cmid), (expected_seq + 1, last_seq));
        let mut erased = None;
        for event in events {
            match &event.fact {
                Fact::Opened { visitor, .. } => kept.visitor = Some(*visitor),
                Fact::Closed { .. } => kept.closed = true,
                Fact::Erased => erased = kept.visitor,
                _ => {}
            }
            self.order.push((conversation, event.seq));
            kept.events.push(event);
        }
        let appended = Appended { epoch: kept.epoch, first_seq: expected_seq + 1, last_seq, repeated: false };
        if let Some(visitor) = erased {
            self.erase(visitor);
        }
        Ok(appended)
    }

    fn erase(&mut self, visitor: VisitorId) -> bool {
        let mut any = false;
        for kept in self.conversations.values_mut().filter(|k| k.visitor == Some(visitor)) {
            for event in kept.events.iter_mut().filter(|e| e.body != Body::Empty && e.body != Body::Erased) {
                event.body = Body::Erased;
                any = true;
            }
        }
        any
    }

    fn record(&self, position: usize) -> Option<Record> {
        let (conversation, seq) = *self.order.get(position)?;
        let kept = self.conversations.get(&conversation)?;
        let index = usize::try_from(seq).ok()?.checked_sub(1)?;
        let event = kept.events.get(index)?.clone();
        Some(Record { position: position as u64 + 1, conversation, epoch: kept.epoch, event })
    }
}

/// How many of `events` fit into a page.
fn fit<'a>(events: impl Iterator<Item = &'a Event>, limit: usize) -> usize {
    let mut bytes = 0;
    events
        .take(limit.min(PAGE_MAX_EVENTS))
        .enumerate()
        .take_while(|(i, event)| {
            bytes += serde_json::to_string(event).map_or(0, |text| text.len());
            *i == 0 || bytes <= PAGE_MAX_BYTES
        })
        .count()
}

impl EventLog for MemoryLog {
    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(async move { self.lock().append(append) })
    }

    fn read(
        &self,
        conversation: ConversationId,
        after_seq: u64,
        limit: usize,
    ) -> Answer<'_, Result<Option<Page>, LogError>> {
        Box::pin(async move {
            Ok(self.lock().conversations.get(&conversation).map(|kept| {
                let start = usize::try_from(after_seq).unwrap_or(usize::MAX);
                let rest = kept.events.get(start..).unwrap_or_default();
                let events = rest.iter().take(fit(rest.iter(), limit)).cloned().collect();
                Page { epoch: kept.epoch, events }
            }))
        })
    }

    fn commands(&self, conversation: ConversationId) -> Answer<'_, Result<Vec<CommandResult>, LogError>> {
        Box::pin(async move {
            Ok(self.lock().conversations.get(&conversation).map_or_else(Vec::new, |kept| {
                let results = kept.results.iter();
                results
                    .map(|((sender, cmid), (_, last_seq))| CommandResult {
                        sender: sender.clone(),
                        cmid: *cmid,
                        last_seq: *last_seq,
                    })
                    .collect()
            }))
        })
    }

    fn read_from(&self, position: u64, limit: usize) -> Answer<'_, Result<Vec<Record>, LogError>> {
        Box::pin(async move {
            let inner = self.lock();
            let start = usize::try_from(position).unwrap_or(usize::MAX);
            let records: Vec<Record> =
                (start..).map_while(|p| inner.record(p)).take(limit.min(PAGE_MAX_EVENTS)).collect();
            let count = fit(records.iter().map(|r| &r.event), limit);
            Ok(records.into_iter().take(count).collect())
        })
    }

    fn open_after(
        &self,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Answer<'_, Result<Vec<OpenConversation>, LogError>> {
        Box::pin(async move {
            let inner = self.lock();
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            let open = inner.conversations.range((from, Bound::Unbounded)).filter(|(_, kept)| !kept.closed);
            Ok(open
                .take(limit)
                .map(|(id, k)| OpenConversation { conversation: *id, epoch: k.epoch })
                .collect())
        })
    }

    fn erase(&self, visitor: VisitorId) -> Answer<'_, Result<bool, AppendError>> {
        Box::pin(async move { Ok(self.lock().erase(visitor)) })
    }
}
