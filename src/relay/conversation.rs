//! One conversation in use: who follows it, and the one place where its commands become facts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::guard::Guard;
use super::hub::Hub;
use super::lane::{Follower, Lane};
use super::marks::{Mark, Places};
use super::mask::{mask_command, mask_signal};
use super::outbound::{Outbound, Topic, text};
use super::settling::{Settling, acknowledge};
use crate::access::Act;
use crate::conversation::{
    ActorId, ActorKind, Cmid, Command, ConversationId, Epoch, Event, Fact, Refusal, State,
};
use crate::log::{LogError, PAGE_MAX_EVENTS};
use crate::protocol::{ErrorCode, ServerFrame, Signal};
use crate::redact::Watch;

/// In the place of a connection, when the relay itself signals: connections are numbered from 1.
const RELAY_CONNECTION: u64 = 0;
/// The most refusals that are remembered of one conversation; the oldest gives way.
const REFUSALS_MAX: usize = 256;

/// A conversation in memory. What is kept here can be read again from the log at any time.
#[derive(Debug)]
pub struct Conversation {
    pub id: ConversationId,
    // Asynchronous and fair: it is held while the log stores, so that commands are stored, acknowledged and fanned out
    // in the order in which they came. Shared, so that it can be held by a task that nobody waits for.
    inner: Arc<Mutex<Inner>>,
    /// The newest event that was fanned out.
    top: AtomicU64,
    /// When it was last used, in milliseconds of the relay's clock.
    pub touched: AtomicU64,
    /// The way of a person's voice, beside the lock.
    pub lane: Lane,
}

/// What is behind the lock of a conversation.
#[derive(Debug, Default)]
pub struct Inner {
    /// `None` until it has been read from the log, and after a failure that leaves the log's content in doubt.
    pub core: Option<Core>,
    /// The connections that have had their replay and get everything new.
    followers: Vec<Follower>,
    /// What the visitor's stored words say about the next ones: a secret may come in pieces.
    pub watch: Watch,
    /// How far those who follow, or did, have got.
    places: Places,
    /// What was refused: a copy that comes late, over an older connection, must not become a fact after all.
    refused: VecDeque<(ActorId, Cmid, Refusal)>,
}

impl Inner {
    /// Brings the way of a person's voice up to date.
    fn show_lane(&self, lane: &Lane) {
        if let Some(core) = &self.core {
            lane.note(&core.state, &self.followers);
        }
    }

    /// What this command was refused for before.
    fn refusal(&self, (who, what): &(ActorId, Cmid)) -> Option<Refusal> {
        let mut refused = self.refused.iter();
        refused.find(|(id, cmid, _)| cmid == what && id == who).map(|(_, _, refusal)| *refusal)
    }

    /// Remembers what a command was refused for.
    pub fn refuse(&mut self, (who, what): (ActorId, Cmid), refusal: Refusal) {
        if self.refused.len() >= REFUSALS_MAX {
            self.refused.pop_front();
        }
        self.refused.push_back((who, what, refusal));
    }
}

/// What the log says about a conversation.
#[derive(Debug, Default)]
pub struct Core {
    /// `None` when the log does not have this conversation.
    epoch: Option<Epoch>,
    pub state: State,
    results: HashMap<(ActorId, Cmid), u64>,
}

impl Core {
    /// Where the last event of this command is, if it was stored before.
    pub fn result(&self, by: &(ActorId, Cmid)) -> Option<(Epoch, u64)> {
        Some((self.epoch?, *self.results.get(by)?))
    }
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
        Self {
            id,
            inner: Arc::default(),
            top: AtomicU64::new(0),
            touched: AtomicU64::new(0),
            lane: Lane::default(),
        }
    }

    /// The newest event that was fanned out.
    pub fn top(&self) -> u64 {
        self.top.load(Ordering::Acquire)
    }

    async fn lock(&self) -> OwnedMutexGuard<Inner> {
        Arc::clone(&self.inner).lock_owned().await
    }

    /// Makes a command a fact: decides, stores, acknowledges to `sender`, then fans out.
    ///
    /// What has been decided is carried through also when this is dropped.
    pub async fn command(
        self: &Arc<Self>,
        hub: &Arc<Hub>,
        guard: &Guard,
        cmid: Cmid,
        command: Command,
        sender: &Arc<Outbound>,
    ) -> Result<(), Trouble> {
        let by = (guard.actor().id.clone(), cmid);
        let mut inner = self.lock().await;
        if sender.is_closed() {
            // Its earlier commands may have failed: what came later must not overtake them.
            return Err(Trouble::Gone);
        }
        self.load(hub, &mut inner).await?;
        // What was settled already is answered again, whatever has changed since; nor are its words heard again.
        if let Some(refusal) = inner.refusal(&by) {
            return Err(refusal.into());
        }
        let core = inner.core.as_ref().ok_or(Trouble::Gone)?;
        if let Some((epoch, seq)) = core.result(&by) {
            acknowledge(Some(sender), self.id, cmid, epoch, seq);
            return Ok(());
        }
        if let Err(trouble) = guard.may(Act::of(&command), self.id, &core.state) {
            // A rule of the conversation: who becomes the pilot meanwhile must not have said this after all.
            if let Trouble::Refused { refusal: Some(refusal @ Refusal::NotPilot), .. } = trouble {
                inner.refuse(by, refusal);
            }
            return Err(trouble);
        }
        self.show(hub, guard, &core.state);
        let heard = guard.actor().kind == ActorKind::Visitor;
        let mut watch = if heard { inner.watch.clone() } else { Watch::new() };
        let command = mask_command(&hub.mask, &mut watch, command);
        let settling = Settling {
            hub: Arc::clone(hub),
            conversation: Arc::clone(self),
            actor: guard.actor().clone(),
            cmid,
            heard: heard.then_some(watch),
            sender: Some(Arc::clone(sender)),
        };
        settling.finish(inner, move |_| Some(command.clone())).await
    }

    /// Whoever does something here is there: a pilot of whom an answer is awaited has more time.
    fn show(&self, hub: &Hub, guard: &Guard, state: &State) {
        if state.owed.is_some() && state.pilot.as_ref() == Some(guard.actor()) {
            hub.lobby.seen(self.id, state, hub.clock.now());
        }
    }

    /// Lets the relay itself do something, if `wish` still wants it when its turn has come. Once it has, that is carried
    /// through also when this is dropped.
    pub async fn system(
        self: &Arc<Self>,
        hub: &Arc<Hub>,
        wish: impl Fn(&State) -> Option<Command> + Send + Sync + 'static,
    ) -> Result<(), Trouble> {
        let mut inner = self.lock().await;
        self.load(hub, &mut inner).await?;
        let settling = Settling {
            hub: Arc::clone(hub),
            conversation: Arc::clone(self),
            actor: hub.system.clone(),
            cmid: hub.new_cmid()?,
            heard: None,
            sender: None,
        };
        settling.finish(inner, wish).await
    }

    /// Brings everything in memory up to what was stored just now, and tells whom it concerns.
    pub fn apply(&self, hub: &Hub, inner: &mut Inner, epoch: Epoch, by: (ActorId, Cmid), events: Vec<Event>) {
        let Inner { core: Some(core), followers, .. } = inner else { return };
        core.epoch = Some(epoch);
        for event in &events {
            core.state.apply(event);
            self.note(hub, event);
        }
        core.results.insert(by, core.state.seq);
        self.fan_out(followers, &core.state, epoch, events);
        self.top.store(core.state.seq, Ordering::Release);
        hub.lobby.update(self.id, &core.state);
        hub.queue.update(self.id, &core.state);
        inner.show_lane(&self.lane);
    }

    /// Sends new events, after which the conversation is in this state.
    fn fan_out(&self, followers: &mut Vec<Follower>, state: &State, epoch: Epoch, events: Vec<Event>) {
        for event in events {
            if followers.is_empty() {
                return;
            }
            if let Some(frame) = text(&ServerFrame::Event { conversation: self.id, epoch, event }) {
                followers.retain(|follower| follower.outbound.push(frame.clone()));
            }
        }
        // Whoever this has become none of the business of has been told why, and hears no more.
        followers.retain(|follower| {
            let stays = follower.guard.follows_on(state);
            if !stays {
                follower.live.store(false, Ordering::Release);
                follower.outbound.send(&Trouble::unknown().about(self.id));
            }
            stays
        });
    }

    /// What the host may see of an event: never what was said.
    fn note(&self, hub: &Hub, event: &Event) {
        match &event.fact {
            Fact::Opened { .. } => hub.fleet.visited(&event.actor, event.at),
            // Only here, where it has just happened: what is read from the log was counted by the relay of that time.
            Fact::Measured { timings, .. } => return hub.metrics.turn(timings),
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

    /// Reads the conversation from the log, unless that has been done. Followers get what they have not had.
    pub async fn load(&self, hub: &Hub, inner: &mut Inner) -> Result<(), Trouble> {
        self.touched.store(hub.clock.now().0, Ordering::Relaxed);
        if inner.core.is_some() {
            return Ok(());
        }
        let mut core = Core::default();
        let (had, mut missed) = (self.top(), Vec::new());
        while let Some(page) = hub.log.read(self.id, core.state.seq, PAGE_MAX_EVENTS).await? {
            core.epoch = Some(page.epoch);
            if page.events.is_empty() {
                break;
            }
            for event in page.events {
                core.state.apply(&event);
                if event.seq > had && !inner.followers.is_empty() {
                    missed.push(event);
                }
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
        if let Some(epoch) = core.epoch.filter(|_| !missed.is_empty()) {
            self.fan_out(&mut inner.followers, &core.state, epoch, missed);
        }
        self.top.store(core.state.seq, Ordering::Release);
        inner.core = Some(core);
        inner.show_lane(&self.lane);
        Ok(())
    }

    /// Reads the conversation so that the lobby and the time-outs know it.
    pub async fn recall(&self, hub: &Hub) -> Result<(), Trouble> {
        let mut inner = self.lock().await;
        self.load(hub, &mut inner).await
    }

    /// The state, when this client may do this here. It cannot tell a conversation that is none of its business from
    /// one that does not exist.
    async fn visible<'a>(
        &self,
        hub: &Hub,
        inner: &'a mut Inner,
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
            let mut inner = self.lock().await;
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
            let mut inner = self.lock().await;
            self.visible(hub, &mut inner, guard, Act::Follow).await?;
            let more = inner.core.as_ref().is_some_and(|core| core.state.seq > after);
            let replay =
                ServerFrame::Replay { conversation: self.id, epoch, recovered, events: page.events, more };
            if !outbound.send(&replay) {
                return Err(Trouble::Gone);
            }
            if !more {
                inner.places.tell(self.id, guard.actor(), outbound);
                inner.followers.retain(|f| !f.is(outbound.connection));
                live.store(true, Ordering::Release);
                let (outbound, guard, live) = (Arc::clone(outbound), Arc::clone(guard), Arc::clone(live));
                inner.followers.push(Follower { outbound, guard, live });
                inner.show_lane(&self.lane);
                hub.queue.tell_again(self.id);
                return Ok(());
            }
        }
    }

    /// The connection no longer follows.
    pub async fn unfollow(&self, connection: u64) {
        let mut inner = self.lock().await;
        inner.followers.retain(|f| !f.is(connection));
        inner.show_lane(&self.lane);
    }

    /// Passes a signal on to everybody else who follows.
    pub async fn signal(
        &self,
        hub: &Hub,
        guard: &Guard,
        (act, signal): (Act, Signal),
        connection: u64,
    ) -> Result<(), Trouble> {
        let mut inner = self.lock().await;
        let (_, state) = self.visible(hub, &mut inner, guard, act).await?;
        if !state.is_open() {
            return Err(Trouble::refused(ErrorCode::Refused, "this conversation is closed"));
        }
        if !matches!(signal, Signal::Typing { on: false }) {
            self.show(hub, guard, state);
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

    /// A client says how far it has got: everybody else who follows is told, if that is news.
    pub async fn mark(
        &self,
        hub: &Hub,
        guard: &Guard,
        (mark, seq): (Mark, u64),
        connection: u64,
    ) -> Result<(), Trouble> {
        let mut inner = self.lock().await;
        let (_, state) = self.visible(hub, &mut inner, guard, mark.act()).await?;
        let seq = seq.min(state.seq);
        if inner.places.note(guard.actor(), connection, mark, seq) {
            let (topic, frame) = mark.told(self.id, (guard.actor().clone(), connection), seq);
            pass(&inner, connection, topic, &frame);
        }
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
