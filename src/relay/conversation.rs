//! One conversation in use: who follows it, and the one place where its commands become facts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::{Mutex, MutexGuard};

use super::guard::Guard;
use super::hub::Hub;
use super::mask::{mask_command, mask_signal};
use super::outbound::{Outbound, Topic, text};
use crate::access::Act;
use crate::conversation::{
    Actor, ActorId, ActorKind, Cmid, Command, ConversationId, Epoch, Event, Fact, Refusal, State, decide,
};
use crate::log::{Append, AppendError, LogError, PAGE_MAX_EVENTS};
use crate::protocol::{ErrorCode, ServerFrame, Signal};
use crate::redact::Watch;

/// In the place of a connection, when the relay itself signals: connections are numbered from 1.
const RELAY_CONNECTION: u64 = 0;
/// How often a command is decided again when something else was stored first.
const CONFLICTS_MAX: usize = 3;
/// The most refusals that are remembered of one conversation; the oldest gives way.
const REFUSALS_MAX: usize = 256;

/// A conversation in memory. What is kept here can be read again from the log at any time.
#[derive(Debug)]
pub struct Conversation {
    pub id: ConversationId,
    // Asynchronous and fair: it is held while the log stores, so that commands are stored, acknowledged and fanned out
    // in the order in which they came.
    inner: Mutex<Inner>,
    /// The newest event that was fanned out.
    top: AtomicU64,
    /// When it was last used, in milliseconds of the relay's clock.
    pub touched: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    /// `None` until it has been read from the log, and after a failure that leaves the log's content in doubt.
    core: Option<Core>,
    /// The connections that have had their replay and get everything new.
    followers: Vec<Follower>,
    /// What the visitor's words so far say about the next ones: a secret may come in pieces.
    watch: Watch,
    /// What was refused: a copy that comes late, over an older connection, must not become a fact after all.
    refused: VecDeque<(ActorId, Cmid, Refusal)>,
}

/// A connection that gets everything new.
#[derive(Debug)]
struct Follower {
    outbound: Arc<Outbound>,
    guard: Arc<Guard>,
    /// What the connection's own list says about it.
    live: Arc<AtomicBool>,
}

impl Follower {
    fn is(&self, connection: u64) -> bool {
        self.outbound.connection == connection
    }
}

#[derive(Debug, Default)]
struct Core {
    /// `None` when the log does not have this conversation.
    epoch: Option<Epoch>,
    state: State,
    results: HashMap<(ActorId, Cmid), u64>,
}

/// Why something did not work, for the client.
#[derive(Debug)]
pub enum Trouble {
    Refused {
        code: ErrorCode,
        text: String,
        refusal: Option<Refusal>,
    },
    /// The log does not take or give anything now.
    Unavailable(String),
    /// There is no room left in the log.
    Full(String),
    /// The connection has ended meanwhile.
    Gone,
}

impl Trouble {
    /// Refused by a rule of the relay.
    pub fn refused(code: ErrorCode, text: impl Into<String>) -> Self {
        Self::Refused { code, text: text.into(), refusal: None }
    }

    /// There is no such conversation, or it is none of this client's business.
    pub fn unknown() -> Self {
        Refusal::NotOpen.into()
    }
}

impl Trouble {
    /// The error frame about a conversation.
    pub fn about(self, conversation: ConversationId) -> ServerFrame {
        let (code, text) = match self {
            Self::Refused { code, text, .. } => (code, text),
            Self::Unavailable(text) => (ErrorCode::Unavailable, text),
            Self::Full(text) => (ErrorCode::StoreFull, text),
            Self::Gone => (ErrorCode::Unavailable, "the connection has ended".to_owned()),
        };
        ServerFrame::Error { conversation: Some(conversation), code, text }
    }
}

impl From<LogError> for Trouble {
    fn from(e: LogError) -> Self {
        tracing::error!("the log could not be read: {e}");
        Self::Unavailable("the store cannot be read now: look at the relay's messages".to_owned())
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotAllowed => ErrorCode::NotAllowed,
            Refusal::NotOpen => ErrorCode::NoConversation,
            _ => ErrorCode::Refused,
        };
        Self::Refused { code, text: refusal.to_string(), refusal: Some(refusal) }
    }
}

impl Conversation {
    /// A conversation that has not been read yet.
    pub fn new(id: ConversationId) -> Self {
        Self { id, inner: Mutex::default(), top: AtomicU64::new(0), touched: AtomicU64::new(0) }
    }

    /// The newest event that was fanned out.
    pub fn top(&self) -> u64 {
        self.top.load(Ordering::Acquire)
    }

    /// Makes a command a fact: decides, stores, acknowledges to `sender`, then fans out.
    pub async fn command(
        &self,
        hub: &Hub,
        guard: &Guard,
        cmid: Cmid,
        command: Command,
        sender: &Outbound,
    ) -> Result<(), Trouble> {
        let actor = guard.actor();
        let mut inner = self.inner.lock().await;
        if sender.is_closed() {
            // Its earlier commands may have failed: what came later must not overtake them.
            return Err(Trouble::Gone);
        }
        self.load(hub, &mut inner).await?;
        let core = inner.core.as_ref().ok_or(Trouble::Gone)?;
        // What was a fact already is acknowledged again, whatever has changed since.
        if !core.results.contains_key(&(actor.id.clone(), cmid)) {
            guard.may(Act::of(&command), self.id, &core.state)?;
        }
        let mut nothing = Watch::new();
        let watch = if actor.kind == ActorKind::Visitor { &mut inner.watch } else { &mut nothing };
        let command = mask_command(&hub.mask, watch, command);
        self.settle(hub, &mut inner, actor, cmid, |_| Some(command.clone()), Some(sender)).await
    }

    /// Lets the relay itself do something, if `wish` still wants it when its turn has come.
    pub async fn system(&self, hub: &Hub, wish: impl Fn(&State) -> Option<Command>) -> Result<(), Trouble> {
        let mut inner = self.inner.lock().await;
        self.load(hub, &mut inner).await?;
        let cmid = hub.new_cmid()?;
        self.settle(hub, &mut inner, &hub.system, cmid, wish, None).await
    }

    async fn settle(
        &self,
        hub: &Hub,
        inner: &mut MutexGuard<'_, Inner>,
        actor: &Actor,
        cmid: Cmid,
        wish: impl Fn(&State) -> Option<Command>,
        sender: Option<&Outbound>,
    ) -> Result<(), Trouble> {
        let mut refused = inner.refused.iter();
        if let Some((_, _, refusal)) = refused.find(|(who, what, _)| *what == cmid && *who == actor.id) {
            return Err((*refusal).into());
        }
        for _ in 0..CONFLICTS_MAX {
            let core = inner.core.as_ref().ok_or(Trouble::Gone)?;
            if let (Some(&seq), Some(epoch)) = (core.results.get(&(actor.id.clone(), cmid)), core.epoch) {
                acknowledge(sender, self.id, cmid, epoch, seq);
                return Ok(());
            }
            let Some(command) = wish(&core.state) else { return Ok(()) };
            if core.state.seq >= hub.limits.max_events && actor.kind != ActorKind::System {
                return Err(Trouble::refused(
                    ErrorCode::Refused,
                    "this conversation has become too long: start a new one",
                ));
            }
            let opens = matches!(command, Command::Open { .. });
            if opens && hub.lobby.count() >= hub.limits.max_conversations {
                return Err(Trouble::refused(
                    ErrorCode::Refused,
                    "too many conversations are open: close some, or wait until they time out",
                ));
            }
            // Held until the claim is decided and counted.
            let _claiming = match command {
                Command::Claim => Some(hub.queue.claim(actor, self.id)?),
                _ => None,
            };
            let events = match decide(&core.state, command, actor, cmid, hub.clock.now()) {
                Ok(events) => events,
                Err(refusal) => {
                    if inner.refused.len() >= REFUSALS_MAX {
                        inner.refused.pop_front();
                    }
                    inner.refused.push_back((actor.id.clone(), cmid, refusal));
                    return Err(refusal.into());
                }
            };
            let append = Append {
                conversation: self.id,
                expected_seq: core.state.seq,
                sender: actor.id.clone(),
                cmid,
                events: events.clone(),
            };
            let begun = Instant::now();
            let appended = hub.log.append(append).await;
            hub.store.note(&appended);
            hub.metrics.appended(&appended, begun.elapsed());
            match appended {
                Ok(appended) if appended.repeated => {
                    acknowledge(sender, self.id, cmid, appended.epoch, appended.last_seq);
                    inner.core = None;
                    return Ok(());
                }
                Ok(appended) => {
                    acknowledge(sender, self.id, cmid, appended.epoch, appended.last_seq);
                    self.apply(hub, inner, appended.epoch, (actor.id.clone(), cmid), events);
                    return Ok(());
                }
                Err(AppendError::Conflict { .. }) => {
                    inner.core = None;
                    self.load(hub, inner).await?;
                }
                Err(e) => {
                    tracing::debug!(conversation = %self.id, "the log could not store: {e}");
                    inner.core = None;
                    let text = e.to_string();
                    return Err(match e {
                        AppendError::Full(_) => Trouble::Full(text),
                        _ => Trouble::Unavailable(text),
                    });
                }
            }
        }
        Err(Trouble::Unavailable("too much happens here at the same time".to_owned()))
    }

    fn apply(&self, hub: &Hub, inner: &mut Inner, epoch: Epoch, by: (ActorId, Cmid), events: Vec<Event>) {
        let Inner { core: Some(core), followers, .. } = inner else { return };
        core.epoch = Some(epoch);
        for event in events {
            core.state.apply(&event);
            self.note(hub, &event);
            if followers.is_empty() {
                continue;
            }
            if let Some(frame) = text(&ServerFrame::Event { conversation: self.id, epoch, event }) {
                followers.retain(|follower| follower.outbound.push(frame.clone()));
            }
        }
        // Whoever this has become none of the business of has been told why, and hears no more.
        followers.retain(|follower| {
            let stays = follower.guard.follows_on(&core.state);
            if !stays {
                follower.live.store(false, Ordering::Release);
                follower.outbound.send(&Trouble::unknown().about(self.id));
            }
            stays
        });
        core.results.insert(by, core.state.seq);
        self.top.store(core.state.seq, Ordering::Release);
        hub.lobby.update(self.id, &core.state);
        hub.queue.update(self.id, &core.state);
    }

    /// What the host may see of an event: never what was said.
    fn note(&self, hub: &Hub, event: &Event) {
        match &event.fact {
            Fact::Opened { .. } => hub.fleet.visited(&event.actor, event.at),
            Fact::Assigned { .. }
            | Fact::Released { .. }
            | Fact::HandoffRequested { .. }
            | Fact::Closed { .. }
            | Fact::Erased => {}
            _ => return,
        }
        let (seq, fact) = (event.seq, event.fact.kind());
        tracing::info!(conversation = %self.id, seq, fact, actor = %event.actor.id, "happened");
    }

    /// Reads the conversation from the log, unless that has been done.
    async fn load(&self, hub: &Hub, inner: &mut Inner) -> Result<(), Trouble> {
        self.touched.store(hub.clock.now().0, Ordering::Relaxed);
        if inner.core.is_some() {
            return Ok(());
        }
        let mut core = Core::default();
        while let Some(page) = hub.log.read(self.id, core.state.seq, PAGE_MAX_EVENTS).await? {
            core.epoch = Some(page.epoch);
            if page.events.is_empty() {
                break;
            }
            for event in &page.events {
                core.state.apply(event);
            }
        }
        if core.epoch.is_some() {
            let results = hub.log.commands(self.id).await?;
            core.results = results.into_iter().map(|r| ((r.sender, r.cmid), r.last_seq)).collect();
            hub.lobby.update(self.id, &core.state);
            if let Some(kiosk) = &core.state.kiosk {
                hub.fleet.visited(kiosk, core.state.opened_at);
            }
            hub.queue.update(self.id, &core.state);
            if let Some(pilot) = &core.state.pilot {
                hub.peers.expect(pilot, hub.clock.now());
            }
        }
        self.top.store(core.state.seq, Ordering::Release);
        inner.core = Some(core);
        Ok(())
    }

    /// Reads the conversation so that the lobby and the time-outs know it.
    pub async fn recall(&self, hub: &Hub) -> Result<(), Trouble> {
        let mut inner = self.inner.lock().await;
        self.load(hub, &mut inner).await
    }

    /// The state, when this client may do this here. It cannot tell a conversation that is none of its business from
    /// one that does not exist.
    async fn visible<'a>(
        &self,
        hub: &Hub,
        inner: &'a mut MutexGuard<'_, Inner>,
        guard: &Guard,
        act: Act,
    ) -> Result<(Epoch, &'a State), Trouble> {
        self.load(hub, inner).await?;
        let core = inner.core.as_ref().ok_or(Trouble::Gone)?;
        guard.may(act, self.id, &core.state)?;
        Ok((core.epoch.ok_or_else(Trouble::unknown)?, &core.state))
    }

    /// Sends what came after `after_seq` in pages, then makes the connection a follower of everything new.
    ///
    /// Events that happen meanwhile are in the log and so come with a later page: nothing has to be kept for them.
    /// `live` says whether the connection is a follower.
    pub async fn follow(
        &self,
        hub: &Hub,
        guard: &Arc<Guard>,
        (known, after_seq): (Option<Epoch>, u64),
        outbound: &Arc<Outbound>,
        live: &Arc<AtomicBool>,
    ) -> Result<(), Trouble> {
        let (epoch, recovered) = {
            let mut inner = self.inner.lock().await;
            let (epoch, state) = self.visible(hub, &mut inner, guard, Act::Follow).await?;
            let continues = match known {
                Some(known) => known == epoch && after_seq <= state.seq,
                None => after_seq == 0,
            };
            inner.followers.retain(|f| !f.is(outbound.connection));
            (epoch, continues)
        };
        let mut after = if recovered { after_seq } else { 0 };
        loop {
            let wait = tokio::time::timeout(hub.limits.patience, outbound.room());
            if wait.await.is_err() {
                outbound.close(crate::protocol::CloseCode::Slow);
            }
            if outbound.is_closed() {
                return Err(Trouble::Gone);
            }
            let page = hub.log.read(self.id, after, PAGE_MAX_EVENTS).await?.ok_or_else(Trouble::unknown)?;
            after = page.events.last().map_or(after, |e| e.seq);
            let mut inner = self.inner.lock().await;
            self.visible(hub, &mut inner, guard, Act::Follow).await?;
            let more = inner.core.as_ref().is_some_and(|core| core.state.seq > after);
            let replay =
                ServerFrame::Replay { conversation: self.id, epoch, recovered, events: page.events, more };
            if !outbound.send(&replay) {
                return Err(Trouble::Gone);
            }
            if !more {
                inner.followers.retain(|f| !f.is(outbound.connection));
                live.store(true, Ordering::Release);
                let (outbound, guard, live) = (Arc::clone(outbound), Arc::clone(guard), Arc::clone(live));
                inner.followers.push(Follower { outbound, guard, live });
                hub.queue.tell_again(self.id);
                return Ok(());
            }
        }
    }

    /// The connection no longer follows.
    pub async fn unfollow(&self, connection: u64) {
        self.inner.lock().await.followers.retain(|f| !f.is(connection));
    }

    /// Passes a signal on to everybody else who follows.
    pub async fn signal(
        &self,
        hub: &Hub,
        guard: &Guard,
        (act, signal): (Act, Signal),
        connection: u64,
    ) -> Result<(), Trouble> {
        let mut inner = self.inner.lock().await;
        let (_, state) = self.visible(hub, &mut inner, guard, act).await?;
        if guard.needs_pilot(act) && state.pilot.as_ref() != Some(guard.actor()) {
            return Err(Refusal::NotPilot.into());
        }
        if !state.is_open() {
            return Err(Trouble::refused(ErrorCode::Refused, "this conversation is closed"));
        }
        let signal = mask_signal(&hub.mask, &inner.watch, signal);
        let topic = Topic::Signal(self.id, connection, signal.slot());
        let frame = ServerFrame::Signal { conversation: self.id, from: guard.actor().clone(), signal };
        pass(&inner, connection, topic, &frame);
        Ok(())
    }

    /// Passes a signal of the relay's own on, unless something is being stored right now. Says whether it did.
    pub fn tell(&self, hub: &Hub, signal: Signal) -> bool {
        let Ok(inner) = self.inner.try_lock() else { return false };
        let topic = Topic::Signal(self.id, RELAY_CONNECTION, signal.slot());
        let frame = ServerFrame::Signal { conversation: self.id, from: hub.system.clone(), signal };
        pass(&inner, RELAY_CONNECTION, topic, &frame);
        true
    }

    /// Tells everybody else who follows how far this client has got.
    pub async fn received(&self, hub: &Hub, guard: &Guard, seq: u64, connection: u64) -> Result<(), Trouble> {
        let mut inner = self.inner.lock().await;
        let (_, state) = self.visible(hub, &mut inner, guard, Act::Received).await?;
        let by = guard.actor().clone();
        let frame = ServerFrame::Delivered { conversation: self.id, by, seq: seq.min(state.seq) };
        pass(&inner, connection, Topic::Delivered(self.id, connection), &frame);
        Ok(())
    }
}

fn pass(inner: &Inner, from: u64, topic: Topic, frame: &ServerFrame) {
    let mut others = inner.followers.iter().filter(|f| !f.is(from)).peekable();
    if others.peek().is_none() {
        return;
    }
    if let Some(frame) = text(frame) {
        others.for_each(|f| f.outbound.pass(topic, frame.clone()));
    }
}

fn acknowledge(sender: Option<&Outbound>, conversation: ConversationId, cmid: Cmid, epoch: Epoch, seq: u64) {
    if let Some(sender) = sender {
        sender.send(&ServerFrame::Ack { conversation, cmid, epoch, seq });
    }
}
