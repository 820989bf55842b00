//! What all connections share: the conversations in memory, the lobby, who is here.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::task::TaskTracker;

use super::clock::Clock;
use super::conversation::{Conversation, Trouble};
use super::fleet::Fleet;
use super::greeting::{Access, Gate};
use super::key::RelayKey;
use super::limits::Limits;
use super::lobby::Lobby;
use super::mask::Mask;
use super::metrics::Metrics;
use super::peers::Peers;
use super::queue::Queue;
use super::store::{Store, StoreState, shows_writable};
use crate::access::{Policy, rule};
use crate::conversation::{Actor, Cmid, ConversationId, Time};
use crate::log::{AppendError, EventLog, random_u128};
use crate::routing::Pace;

/// The shared part of the relay.
pub struct Hub {
    pub log: Arc<dyn EventLog>,
    pub clock: Arc<dyn Clock>,
    pub key: RelayKey,
    pub mask: Mask,
    pub limits: Limits,
    pub lobby: Lobby,
    pub peers: Peers,
    pub fleet: Fleet,
    pub metrics: Metrics,
    pub store: Store,
    pub started: Time,
    /// How many clients were here when the relay began to stop.
    pub leaving: AtomicUsize,
    /// Who is let in.
    pub gate: Gate,
    /// What judges what clients try.
    pub policy: Policy,
    pub queue: Queue,
    /// As whom the relay itself acts.
    pub system: Actor,
    /// Commands that are being settled, at most one a conversation: they are carried through whoever has gone.
    pub settling: TaskTracker,
    // A plain mutex: nothing waits while it is held.
    conversations: Mutex<HashMap<ConversationId, Arc<Conversation>>>,
    connections: AtomicU64,
    /// Since when visitors could be heard and what they said be stored, and the time counted evenly, in milliseconds.
    hears_since: AtomicU64,
}

impl Hub {
    /// A hub without conversations in memory.
    pub fn new(
        log: Arc<dyn EventLog>,
        clock: Arc<dyn Clock>,
        key: RelayKey,
        mask: Mask,
        limits: Limits,
        system: Actor,
    ) -> Self {
        let started = clock.now();
        let hears_since = AtomicU64::new(clock.now().0);
        let store = Store::new(limits.store_within);
        let lobby = Lobby::new(limits.silent_pilot_ms);
        let pace = Pace { person_ms: limits.answer_within_ms, bot_ms: limits.bot_answer_within_ms };
        Self {
            log,
            clock,
            key,
            mask,
            limits,
            lobby,
            peers: Peers::default(),
            fleet: Fleet::default(),
            metrics: Metrics::default(),
            store,
            started,
            leaving: AtomicUsize::new(0),
            gate: Gate::new(Access::Open, None),
            policy: rule,
            queue: Queue::new(pace),
            system,
            settling: TaskTracker::new(),
            conversations: Mutex::default(),
            connections: AtomicU64::new(1),
            hears_since,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<Conversation>>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The conversation with this id, which the log may not have yet.
    pub fn conversation(&self, id: ConversationId) -> Result<Arc<Conversation>, Trouble> {
        let mut conversations = self.lock();
        if let Some(known) = conversations.get(&id) {
            return Ok(Arc::clone(known));
        }
        if conversations.len() >= self.limits.max_conversations {
            // Whatever nobody holds can be read again from the log.
            conversations.retain(|_, c| Arc::strong_count(c) > 1);
        }
        if conversations.len() >= self.limits.max_conversations {
            return Err(Trouble::Unavailable("too many conversations are in use".to_owned()));
        }
        let new = Arc::new(Conversation::new(id));
        new.touched.store(self.clock.now().0, Ordering::Relaxed);
        conversations.insert(id, Arc::clone(&new));
        Ok(new)
    }

    /// Forgets the conversations that nobody has used for a while; the log still has them.
    pub fn evict(&self, now: Time) {
        let mut conversations = self.lock();
        // As long as the map is locked, nobody can get hold of a conversation that only the map holds.
        conversations.retain(|_, c| {
            let touched = Time(c.touched.load(Ordering::Relaxed));
            Arc::strong_count(c) > 1 || now.since_ms(touched) < self.limits.evict_after_ms
        });
    }

    /// How many conversations are in memory.
    pub fn loaded(&self) -> usize {
        self.lock().len()
    }

    /// Since when visitors could be heard: the start of the relay, the last jump of its clock, or the end of the last time
    /// in which nothing could be stored. Before that nobody was silent.
    pub fn hears_since(&self) -> Time {
        Time(self.hears_since.load(Ordering::Relaxed))
    }

    /// The clock has jumped, or nothing could be stored for a while: every wait begins again.
    pub fn begin_again(&self, now: Time) {
        self.hears_since.store(now.0, Ordering::Relaxed);
        self.peers.begin_again(now);
    }

    /// Waits for an attempt to store something, and notes how it goes.
    pub async fn attempt<T>(
        &self,
        attempt: impl Future<Output = Result<T, AppendError>>,
    ) -> Result<T, AppendError> {
        let begun = self.store.begin();
        let done = attempt.await;
        let was_away = matches!(self.store.state(), StoreState::Full | StoreState::Failing);
        if was_away && shows_writable(&done) {
            // Before anybody can see that it stores again: what was said meanwhile still waits at the kiosks.
            self.begin_again(self.clock.now());
        }
        self.store.note(&done);
        drop(begun);
        done
    }

    /// Names a new connection.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// A new id for a command of the relay's own.
    pub fn new_cmid(&self) -> Result<Cmid, Trouble> {
        Ok(Cmid::new(self.clock.now(), random_u128()?))
    }
}
