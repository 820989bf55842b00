//! The open conversations, as agents see them before they claim one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use super::outbound::{Outbound, Topic, text};
use crate::access::Desks;
use crate::conversation::{Actor, Command, ConversationId, State, Time};
use crate::protocol::{LobbyEntry, ServerFrame};

/// The most entries of one snapshot, chosen so that it fits into a frame.
pub const LOBBY_MAX_ENTRIES: usize = 500;

/// The open conversations and who watches them.
#[derive(Debug)]
pub struct Lobby {
    /// How long a pilot has for an answer, in milliseconds.
    answer_ms: u64,
    // A plain mutex: nothing waits while it is held.
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    open: BTreeMap<ConversationId, Open>,
    /// Each with the desks of which it sees the conversations.
    watchers: Vec<(Arc<Outbound>, Desks)>,
}

#[derive(Debug)]
struct Open {
    entry: LobbyEntry,
    due: Option<Time>,
    /// When the pilot last showed that it is there by something that is no event.
    seen: Time,
}

impl Open {
    fn look(&mut self, state: &State, answer_ms: u64) {
        self.due = state.due(answer_ms, self.seen).map(|(at, _)| at);
    }
}

impl Lobby {
    /// An empty lobby, in which a pilot has so long for an answer.
    pub fn new(answer_ms: u64) -> Self {
        Self { answer_ms, inner: Mutex::default(), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened in a conversation.
    pub fn update(&self, conversation: ConversationId, state: &State) {
        let entry = entry(conversation, state);
        let mut inner = self.lock();
        let changed = match entry {
            None => inner.open.remove(&conversation).is_some(),
            Some(entry) => {
                let known = inner.open.get(&conversation);
                let changed = known.is_none_or(|known| known.entry != entry);
                let seen = known.map_or(Time(0), |known| known.seen);
                let mut open = Open { entry, due: None, seen };
                open.look(state, self.answer_ms);
                inner.open.insert(conversation, open);
                changed
            }
        };
        drop(inner);
        if changed {
            self.changed.notify_one();
        }
    }

    /// The pilot of a conversation, which is in this state, has shown that it is there: it has more time.
    pub fn seen(&self, conversation: ConversationId, state: &State, now: Time) {
        if let Some(open) = self.lock().open.get_mut(&conversation) {
            open.seen = now;
            open.look(state, self.answer_ms);
        }
    }

    /// The time-out of a conversation in this state, with what else its pilot has shown.
    pub fn next(&self, conversation: ConversationId, state: &State) -> Option<(Time, Command)> {
        let seen = self.lock().open.get(&conversation).map_or(Time(0), |open| open.seen);
        state.due(self.answer_ms, seen)
    }

    /// From now on this connection gets the snapshots of these desks, one at once.
    pub fn watch(&self, outbound: &Arc<Outbound>, desks: &Desks) {
        let mut inner = self.lock();
        if !inner.watchers.iter().any(|(w, _)| w.connection == outbound.connection) {
            inner.watchers.push((Arc::clone(outbound), desks.clone()));
        }
        if let Some(frame) = inner.snapshot(desks) {
            outbound.pass(Topic::Lobby, frame);
        }
    }

    /// Waits for a change.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Sends a snapshot to all who watch.
    pub fn publish(&self) {
        let mut inner = self.lock();
        inner.watchers.retain(|(w, _)| !w.is_closed());
        if inner.watchers.is_empty() {
            return;
        }
        // Most watchers have the same desks: a snapshot is made once for each set of desks.
        let mut made: Vec<(&Desks, Option<Utf8Bytes>)> = Vec::new();
        for (watcher, desks) in &inner.watchers {
            let frame = match made.iter().find(|(d, _)| *d == desks) {
                Some((_, frame)) => frame.clone(),
                None => {
                    let frame = inner.snapshot(desks);
                    made.push((desks, frame.clone()));
                    frame
                }
            };
            if let Some(frame) = frame {
                watcher.pass(Topic::Lobby, frame);
            }
        }
    }

    /// Passes a frame on to all who watch.
    pub fn broadcast(&self, topic: Topic, frame: &axum::extract::ws::Utf8Bytes) {
        self.lock().watchers.iter().for_each(|(w, _)| w.pass(topic, frame.clone()));
    }

    /// One open conversation.
    pub fn entry(&self, conversation: ConversationId) -> Option<LobbyEntry> {
        self.lock().open.get(&conversation).map(|open| open.entry.clone())
    }

    /// A connection has ended.
    pub fn unwatch(&self, connection: u64) {
        self.lock().watchers.retain(|(w, _)| w.connection != connection);
    }

    /// The conversations with a time-out that has come.
    pub fn due(&self, now: Time) -> Vec<ConversationId> {
        let inner = self.lock();
        let due = inner.open.iter().filter(|(_, open)| open.due.is_some_and(|at| at <= now));
        due.map(|(id, _)| *id).collect()
    }

    /// The conversations that an agent pilots.
    pub fn piloted_by(&self, agent: &Actor) -> Vec<ConversationId> {
        let inner = self.lock();
        let theirs = inner.open.iter().filter(|(_, open)| open.entry.pilot.as_ref() == Some(agent));
        theirs.map(|(id, _)| *id).collect()
    }

    /// How many conversations wait for a person.
    pub fn waiting(&self) -> usize {
        self.lock().open.values().filter(|open| open.entry.waiting.is_some()).count()
    }

    /// How many conversations are open.
    pub fn count(&self) -> usize {
        self.lock().open.len()
    }
}

impl Inner {
    fn snapshot(&self, desks: &Desks) -> Option<Utf8Bytes> {
        let mut entries: Vec<&LobbyEntry> =
            self.open.values().map(|open| &open.entry).filter(|entry| desks.has(&entry.desk)).collect();
        // Who waits for a person first, then who has nobody, then messages, then the rest; the longest wait first.
        entries.sort_by_key(|e| match (&e.waiting, &e.pilot) {
            (_, None) if e.message => (2, e.opened_at),
            (Some((since, _)), _) => (0, *since),
            (None, None) => (1, e.opened_at),
            (None, Some(_)) => (3, e.opened_at),
        });
        let entries = entries.into_iter().take(LOBBY_MAX_ENTRIES).cloned().collect();
        text(&ServerFrame::Lobby { entries })
    }
}

fn entry(conversation: ConversationId, state: &State) -> Option<LobbyEntry> {
    if !state.is_open() {
        return None;
    }
    Some(LobbyEntry {
        conversation,
        desk: state.served_at()?.clone(),
        language: state.language,
        channel: state.channel?,
        opened_at: state.opened_at,
        unanswered: state.unanswered.is_some(),
        waiting: state.waiting,
        pilot: state.pilot.clone(),
        message: state.visitor_left.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Channel, HandoffReason, Phase};

    fn open(at: u64, waiting: Option<u64>) -> State {
        State {
            phase: Phase::Open,
            desk: Some("d".repeat(64).parse().unwrap()),
            channel: Some(Channel::Script),
            opened_at: Time(1_700_000_000_000 + at),
            waiting: waiting.map(|t| (Time(1_700_000_000_000 + t), HandoffReason::NotUnderstood)),
            pilot: Some(Actor {
                id: "p".repeat(64).parse().unwrap(),
                kind: crate::conversation::ActorKind::Supervisor,
            }),
            ..State::default()
        }
    }

    #[test]
    fn a_snapshot_is_bounded_and_begins_with_who_waits_longest() {
        let lobby = Lobby::new(120_000);
        for n in 0..600u64 {
            let waiting = (n >= 590).then_some(1000 - n);
            lobby.update(ConversationId::new(Time(n), u128::from(n)), &open(n, waiting));
        }
        let outbound = Arc::new(Outbound::new(1, 1 << 20, 10));
        lobby.watch(&outbound, &Desks::All);
        let frame = lobby.lock().snapshot(&Desks::All).expect("fits into a frame");
        let ServerFrame::Lobby { entries } = crate::protocol::decode(&frame).unwrap() else { panic!() };
        assert_eq!(entries.len(), LOBBY_MAX_ENTRIES);
        assert_eq!(entries[0].opened_at, Time(1_700_000_000_599));
        assert_eq!(entries[10].opened_at, Time(1_700_000_000_000));
        let elsewhere = Desks::Only(vec!["elsewhere".parse().unwrap()]);
        let frame = lobby.lock().snapshot(&elsewhere).unwrap();
        assert_eq!(
            crate::protocol::decode::<ServerFrame>(&frame).unwrap(),
            ServerFrame::Lobby { entries: vec![] }
        );
        let closed = State { phase: Phase::New, ..open(0, None) };
        lobby.update(ConversationId::new(Time(0), 0), &closed);
        assert_eq!(lobby.count(), 599);
    }

    #[test]
    fn a_pilot_who_shows_that_it_is_there_has_more_time() {
        let (lobby, id) = (Lobby::new(120_000), ConversationId::new(Time(0), 0));
        let begin = Time(1_700_000_000_000);
        let state = State { owed: Some(begin), at: begin, ..open(0, None) };
        lobby.update(id, &state);
        assert_eq!(lobby.due(begin.plus_ms(119_999)), []);
        assert_eq!(lobby.due(begin.plus_ms(120_000)), [id]);
        lobby.seen(id, &state, begin.plus_ms(50_000));
        // What others do meanwhile changes nothing about it.
        lobby.update(id, &state);
        assert_eq!(lobby.due(begin.plus_ms(169_999)), []);
        assert_eq!(lobby.due(begin.plus_ms(170_000)), [id]);
        assert_eq!(lobby.next(id, &state).map(|(at, _)| at), Some(begin.plus_ms(170_000)));
    }
}
