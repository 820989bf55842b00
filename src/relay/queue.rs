//! Who gets whom, at the relay: the board under one lock, and telling agents and visitors what follows from it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::conversation::Trouble;
use super::hub::Hub;
use super::outbound::{Outbound, Topic, text};
use crate::access::Desks;
use crate::conversation::{Actor, ConversationId, DeskId, State, Time};
use crate::protocol::{AgentEntry, ErrorCode, ServerFrame, Signal};
use crate::routing::{Board, Full, Move, Pace, Profile, ProfileError, QueuePlace};

/// The most agents of one snapshot, chosen so that it fits into a frame.
pub const AGENTS_MAX_ENTRIES: usize = 500;

/// The board of this relay.
///
/// It is a projection: conversations come from the log, at the start and with each event; agents announce themselves with
/// each connection.
#[derive(Debug)]
pub struct Queue {
    // A plain mutex: nothing waits while it is held. It also settles capacities: before a claim is decided, it takes its
    // room here, so that two claims on two connections never share one seat.
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    board: Board,
    /// What each waiting visitor was told last.
    told: HashMap<ConversationId, QueuePlace>,
    /// What those who watch were told last.
    agents: Vec<AgentEntry>,
    /// Something has changed since the last look.
    dirty: bool,
    /// Something has changed since the agents were told.
    agents_dirty: bool,
}

/// A claim that is being decided; dropped when it is.
#[derive(Debug)]
pub struct Claiming<'a> {
    queue: &'a Queue,
    agent: Actor,
    conversation: ConversationId,
}

impl Drop for Claiming<'_> {
    fn drop(&mut self) {
        self.queue.lock().board.settled(&self.agent, self.conversation);
        self.queue.changed.notify_one();
    }
}

impl From<Full> for Trouble {
    fn from(full: Full) -> Self {
        Self::refused(ErrorCode::Refused, full.to_string())
    }
}

impl Queue {
    /// An empty queue.
    pub fn new(pace: Pace) -> Self {
        let (told, agents) = (HashMap::new(), Vec::new());
        let inner = Inner { board: Board::new(pace), told, agents, dirty: true, agents_dirty: true };
        Self { inner: Mutex::new(inner), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let mut inner = self.lock();
        (inner.dirty, inner.agents_dirty) = (true, true);
        let done = change(&mut inner.board);
        drop(inner);
        self.changed.notify_one();
        done
    }

    /// Something happened in a conversation.
    pub fn update(&self, conversation: ConversationId, state: &State) {
        let mut inner = self.lock();
        if inner.board.update(conversation, state) {
            (inner.dirty, inner.agents_dirty) = (true, true);
            drop(inner);
            self.changed.notify_one();
        }
    }

    /// An agent is connected, for these desks.
    pub fn here(&self, agent: &Actor, desks: &Desks) {
        let granted: Vec<DeskId> = desks.clone().into();
        self.change(|board| board.here(agent, &granted));
    }

    /// An agent, connected for these desks, says whom it serves.
    pub fn announce(&self, agent: &Actor, desks: &Desks, profile: Profile) -> Result<(), ProfileError> {
        let granted: Vec<DeskId> = desks.clone().into();
        self.change(|board| {
            // There may have been no room for it when it came.
            board.here(agent, &granted);
            board.announce(agent, profile)
        })
    }

    /// An agent is no longer connected.
    pub fn gone(&self, agent: &Actor) {
        self.change(|board| board.gone(agent));
    }

    /// An agent does not want who was offered.
    pub fn decline(&self, agent: &Actor, conversation: ConversationId, now: Time) {
        self.change(|board| board.decline(agent, conversation, now));
    }

    /// Takes the room for a claim, until what it gives is dropped.
    pub fn claim(&self, agent: &Actor, conversation: ConversationId) -> Result<Claiming<'_>, Full> {
        self.lock().board.claim(agent, conversation)?;
        Ok(Claiming { queue: self, agent: agent.clone(), conversation })
    }

    /// Somebody new follows this conversation: its place is told again.
    pub fn tell_again(&self, conversation: ConversationId) {
        let mut inner = self.lock();
        if inner.told.remove(&conversation).is_some() {
            inner.dirty = true;
            drop(inner);
            self.changed.notify_one();
        }
    }

    /// Sends the agents to one who begins to watch.
    pub fn show(&self, outbound: &Outbound) {
        let agents = self.lock().agents.clone();
        if let Some(frame) = text(&ServerFrame::Agents { agents }) {
            outbound.pass(Topic::Agents, frame);
        }
    }

    /// Waits for a change.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Proposes, and tells whom it concerns. Who watches is told about agents only when `show`.
    pub fn round(&self, hub: &Hub, now: Time, show: bool) {
        let (moves, places, agents) = {
            let mut inner = self.lock();
            let moves = inner.board.propose(now);
            let places = if inner.dirty || !moves.is_empty() || !inner.told.is_empty() {
                inner.dirty = false;
                inner.news(now)
            } else {
                Vec::new()
            };
            inner.agents_dirty |= !moves.is_empty();
            let agents = if show && inner.agents_dirty { inner.agents() } else { None };
            inner.agents_dirty &= !show;
            (moves, places, agents)
        };
        for one in moves {
            tell(hub, one);
        }
        for (id, place) in places {
            let told = hub.conversation(id).is_ok_and(|c| c.tell(hub, Signal::Queue(place)));
            if !told {
                // Something is being stored there: in the next round.
                self.tell_again(id);
            }
        }
        if let Some(agents) = agents
            && let Some(frame) = text(&ServerFrame::Agents { agents })
        {
            hub.lobby.broadcast(Topic::Agents, &frame);
        }
    }
}

impl Inner {
    /// The agents, if they are not as they were told last.
    fn agents(&mut self) -> Option<Vec<AgentEntry>> {
        let entry = |seat: crate::routing::Seat| AgentEntry {
            agent: seat.agent,
            state: seat.profile.state,
            capacity: seat.profile.capacity,
            serves: u32::try_from(seat.serves).unwrap_or(u32::MAX),
        };
        let agents: Vec<_> = self.board.seats().take(AGENTS_MAX_ENTRIES).map(entry).collect();
        let changed = agents != self.agents;
        self.agents.clone_from(&agents);
        changed.then_some(agents)
    }

    /// The places that have changed since they were told.
    fn news(&mut self, now: Time) -> Vec<(ConversationId, QueuePlace)> {
        let places = self.board.places(now);
        let news = places.iter().filter(|(id, place)| self.told.get(id) != Some(place)).copied().collect();
        self.told = places.into_iter().collect();
        news
    }
}

fn tell(hub: &Hub, one: Move) {
    let (agent, frame) = match one {
        Move::Offer { conversation, agent, until } => {
            let Some(entry) = hub.lobby.entry(conversation) else { return };
            (agent, ServerFrame::Offer { entry, until })
        }
        Move::Withdraw { conversation, agent } => (agent, ServerFrame::Withdrawn { conversation }),
        Move::Away { agent } => {
            tracing::info!(agent = %agent.id, "did not answer several offers and counts as away");
            return;
        }
    };
    if let Some(outbound) = hub.peers.outbound(&agent) {
        outbound.send(&frame);
    }
}

/// Keeps the queue going, for ever.
pub async fn keep(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(hub.limits.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut shown: Option<Instant> = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = hub.queue.changed() => {}
        }
        let show = shown.is_none_or(|at| at.elapsed() >= hub.limits.agents_every);
        if show {
            shown = Some(Instant::now());
        }
        hub.queue.round(&hub, hub.clock.now(), show);
        tokio::time::sleep(hub.limits.queue_every).await;
    }
}
