//! The client's task: one loop over the program's requests, the relay's frames and the time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::backoff::Backoff;
use super::config::ClientConfig;
use super::event::ClientEvent;
use super::handle::now;
use super::link::{Broken, Incoming, Link};
use super::outbox::{ClockWatch, Outbox, OutboxError, Waiting};
use super::outlet::Outlet;
use super::phase::{Happened, Phase};
use super::request::Request;
use super::track::{Step, Track};
use super::voice::VoiceSink;
use crate::conversation::{Cmid, ConversationId};
use crate::log::random_u128;
use crate::protocol::{ClientFrame, ErrorCode, ServerFrame};
use crate::routing::Profile;

/// Commands that are on their way at a time.
const WINDOW: usize = 32;
/// When so many events wait for the program, no more is read from the relay.
const PENDING_MAX: usize = 256;
/// How often `received` and `seen` are sent, and the silence of the relay is looked at.
const TICK: Duration = Duration::from_millis(250);

/// Another connection with our name may take over less than so many times within a while. It may be our own former
/// attempt, which the network delivered late; a second program of the same name would come back again and again.
const REPLACED_MAX: usize = 3;
const REPLACED_WITHIN: Duration = Duration::from_secs(60);

/// A running client.
pub struct Task {
    config: ClientConfig,
    // Shared with threads that may block, one at a time.
    outbox: Arc<Mutex<Box<dyn Outbox>>>,
    requests: mpsc::Receiver<Request>,
    outlet: Outlet,
    phase: Phase,
    backoff: Backoff,
    tracks: HashMap<ConversationId, Track>,
    /// Numbers the tracks, and what each goes through after a restart of its log.
    follows: u64,
    watching: bool,
    /// The relay has said when to return: after so long, and a share of so much more, in milliseconds.
    invited: Option<(u32, u32)>,
    /// What an agent has announced: said again on each connection.
    profile: Option<Profile>,
    /// The last position of the outbox that was sent on this connection.
    sent: u64,
    on_way: HashSet<(ConversationId, Cmid)>,
    expired_at: Instant,
    clock: ClockWatch,
    /// When other connections with our name have taken over.
    replaced_at: VecDeque<Instant>,
    /// Where voices go that come.
    voices: Option<VoiceSink>,
}

impl Task {
    pub fn new(
        config: ClientConfig,
        outbox: Box<dyn Outbox>,
        requests: mpsc::Receiver<Request>,
        events: mpsc::Sender<ClientEvent>,
    ) -> Self {
        Self {
            config,
            outbox: Arc::new(Mutex::new(outbox)),
            requests,
            outlet: Outlet::new(events),
            phase: Phase::Waiting(Instant::now()),
            backoff: Backoff::default(),
            tracks: HashMap::new(),
            follows: 0,
            watching: false,
            invited: None,
            profile: None,
            sent: 0,
            on_way: HashSet::new(),
            expired_at: Instant::now(),
            clock: ClockWatch::new(now, Instant::now()),
            replaced_at: VecDeque::new(),
            voices: None,
        }
    }

    /// Runs until the last handle is dropped, or connecting again makes no sense.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if matches!(self.phase, Phase::Ended) && self.outlet.is_empty() {
                return;
            }
            tokio::select! {
                alive = self.outlet.give(), if !self.outlet.is_empty() => if !alive { return self.end().await },
                request = self.requests.recv() => match request {
                    Some(request) => self.request(request).await,
                    None => return self.end().await,
                },
                happened = self.phase.next(), if self.outlet.len() < PENDING_MAX => {
                    self.happened(happened).await;
                }
                _ = ticks.tick() => self.tick().await,
            }
        }
    }

    async fn end(self) {
        if let Phase::Linked(link) = self.phase {
            link.close().await;
        }
    }

    /// Calls the outbox, on a thread of its own when it may block.
    async fn with<T: Send + 'static>(
        &mut self,
        call: impl FnOnce(&mut dyn Outbox) -> Result<T, OutboxError> + Send + 'static,
    ) -> Result<T, OutboxError> {
        let lock = |outbox: &Mutex<Box<dyn Outbox>>| {
            let mut guard = outbox.lock().unwrap_or_else(PoisonError::into_inner);
            call(&mut **guard)
        };
        let blocks = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).blocks();
        if !blocks {
            return lock(&self.outbox);
        }
        let outbox = Arc::clone(&self.outbox);
        match tokio::task::spawn_blocking(move || lock(&outbox)).await {
            Ok(result) => result,
            Err(e) => Err(OutboxError::Storage(e.to_string())),
        }
    }

    async fn request(&mut self, request: Request) {
        match request {
            Request::Command(outgoing, done) => {
                let (conversation, cmid) = (outgoing.conversation, outgoing.cmid);
                let stored = self.with(move |outbox| outbox.push(*outgoing)).await;
                let ok = stored.is_ok();
                match done {
                    // Whoever asked may have gone away; the command stays.
                    Some(done) => drop(done.send(stored)),
                    None => {
                        if let Err(e) = stored {
                            let code = ErrorCode::Unavailable;
                            let text = e.to_string();
                            self.tell(ClientEvent::Refused { conversation, cmid, code, text, refusal: None });
                        }
                    }
                }
                if ok {
                    self.pump().await;
                }
            }
            Request::Follow { conversation, from } => {
                self.follows += 1;
                let track = self.tracks.entry(conversation).or_insert(Track::new(self.follows));
                if let Some((epoch, seq)) = from {
                    track.begin_after(epoch, seq);
                }
                self.follow(conversation).await;
            }
            Request::Unfollow(conversation) => {
                if self.tracks.remove(&conversation).is_some() {
                    self.send(&[ClientFrame::Unfollow { conversation }]).await;
                }
            }
            Request::Seen(conversation, seq) => {
                if let Some(track) = self.tracks.get_mut(&conversation) {
                    track.seen = track.seen.max(seq);
                }
            }
            Request::Waiting(done) => {
                let waiting = self.with(|outbox| Ok(Waiting::of(outbox))).await;
                // Whoever asked may have gone away.
                drop(done.send(waiting));
            }
            Request::Signal(conversation, signal) => {
                self.send(&[ClientFrame::Signal { conversation, signal }]).await;
            }
            Request::Voice(frame, waits) => {
                drop(waits);
                if let Phase::Linked(link) = &mut self.phase
                    && let Err(broken) = link.send_voice(&frame).await
                {
                    self.broken(broken);
                }
            }
            Request::Voices(sink) => self.voices = Some(sink),
            Request::Watch => {
                self.watching = true;
                self.send(&[ClientFrame::Watch]).await;
            }
            Request::Announce(profile) => {
                self.profile = Some(profile.clone());
                self.send(&[ClientFrame::Announce(profile)]).await;
            }
            Request::Decline(conversation) => {
                self.send(&[ClientFrame::Decline { conversation }]).await;
            }
            Request::Report(missing) => {
                if let Some(health) = &mut self.config.health {
                    health.missing = missing;
                }
                self.report().await;
            }
        }
    }

    /// Tells the relay how we are, if it is to know.
    async fn report(&mut self) {
        if let Some(health) = self.config.health.clone() {
            self.send(&[ClientFrame::Health(health)]).await;
        }
    }

    async fn happened(&mut self, happened: Happened) {
        match happened {
            Happened::WaitOver => {
                self.phase = Phase::Connecting(Box::pin(Link::open(self.config.clone())));
            }
            Happened::Opened(Ok(link)) => self.linked(*link).await,
            Happened::Opened(Err(broken)) | Happened::Frame(Err(broken)) => self.broken(broken),
            Happened::Frame(Ok(Some(incoming))) => match incoming {
                Incoming::Frame(frame) => self.frame(*frame).await,
                Incoming::Voice(frame) => {
                    if let Some(voices) = &self.voices {
                        voices.give(frame);
                    }
                }
            },
            Happened::Frame(Ok(None)) => {}
        }
    }

    /// A new connection: first what waits in the outbox, then what is followed.
    async fn linked(&mut self, link: Link) {
        let key = link.seal_to.clone();
        self.phase = Phase::Linked(Box::new(link));
        self.sent = 0;
        self.on_way.clear();
        if let Err(e) = self.with(move |outbox| outbox.seal_to(&key)).await {
            return self.broken(Broken::because(e.to_string()));
        }
        self.tell(ClientEvent::Connected);
        self.report().await;
        if self.watching {
            self.send(&[ClientFrame::Watch]).await;
        }
        if let Some(profile) = self.profile.clone() {
            self.send(&[ClientFrame::Announce(profile)]).await;
        }
        self.pump().await;
        let followed: Vec<ConversationId> = self.tracks.keys().copied().collect();
        for conversation in followed {
            self.follow(conversation).await;
        }
    }

    fn broken(&mut self, broken: Broken) {
        if let Phase::Linked(link) = &self.phase
            && link.since.elapsed() >= self.config.timing.good_after
        {
            self.backoff.reset();
        }
        for track in self.tracks.values_mut() {
            track.disconnected();
        }
        if broken.replaced {
            self.replaced_at.retain(|at| at.elapsed() < REPLACED_WITHIN);
            self.replaced_at.push_back(Instant::now());
        }
        if broken.fatal || self.replaced_at.len() >= REPLACED_MAX {
            self.phase = Phase::Ended;
            return self.tell(ClientEvent::Fatal { sentence: broken.why });
        }
        // Without randomness the pause is the longest.
        let random = random_u128().unwrap_or(u128::MAX);
        let retry_in = match self.invited.take() {
            Some((after_ms, spread_ms)) => Backoff::invited(after_ms, spread_ms, random),
            None => self.backoff.next(&self.config.timing, random),
        };
        self.phase = Phase::Waiting(Instant::now() + retry_in);
        self.tell(ClientEvent::Disconnected { retry_in, why: broken.why });
    }

    async fn frame(&mut self, frame: ServerFrame) {
        let frame = match ClientEvent::told(frame) {
            ControlFlow::Break(event) => return self.tell(event),
            ControlFlow::Continue(frame) => frame,
        };
        match frame {
            ServerFrame::Ack { conversation, cmid, seq, .. } => {
                self.backoff.reset();
                if self.settled(conversation, cmid).await {
                    self.tell(ClientEvent::Acked { conversation, cmid, seq });
                }
                if self.tracks.get(&conversation).is_some_and(|t| t.unknown) {
                    self.follow(conversation).await;
                }
                self.pump().await;
            }
            ServerFrame::Refused { conversation, cmid, code, text, refusal } => {
                if self.settled(conversation, cmid).await {
                    self.tell(ClientEvent::Refused { conversation, cmid, code, text, refusal });
                }
                self.pump().await;
            }
            ServerFrame::Replay { conversation, epoch, recovered, events, more } => {
                self.backoff.reset();
                let step =
                    self.tracks.get_mut(&conversation).map(|t| t.replay(epoch, events, recovered, more));
                let followed = step.is_some();
                self.step(conversation, step).await;
                if followed && !more {
                    self.tell(ClientEvent::CaughtUp { conversation });
                }
            }
            ServerFrame::Event { conversation, epoch, event } => {
                let step = self.tracks.get_mut(&conversation).map(|t| t.event(epoch, event));
                self.step(conversation, step).await;
            }
            ServerFrame::Heartbeat { tops, .. } => {
                for top in tops {
                    let step = self.tracks.get(&top.conversation).map(|t| t.top(top.seq));
                    self.step(top.conversation, step).await;
                }
            }
            ServerFrame::Goodbye { after_ms, spread_ms } => self.invited = Some((after_ms, spread_ms)),
            ServerFrame::Error { conversation, code, text } => {
                let hidden = code == ErrorCode::NoConversation;
                match conversation.and_then(|id| self.tracks.get_mut(&id)) {
                    Some(track) if hidden => {
                        track.refused();
                        if let Some(conversation) = conversation {
                            self.tell(ClientEvent::Hidden { conversation });
                        }
                    }
                    track => {
                        // It may be the follow that was refused: otherwise it would count as asked for until the connection ends.
                        if let Some(track) = track.filter(|track| track.asked) {
                            track.refused();
                        }
                        self.tell(ClientEvent::Error { conversation, code, text });
                    }
                }
            }
            // What belongs to the greeting, and what a newer relay says.
            _ => {}
        }
    }

    /// Passes events on, and follows again when something is missing.
    async fn step(&mut self, conversation: ConversationId, step: Option<Step>) {
        let Some(step) = step else { return };
        if step.restarted {
            self.follows += 1;
            self.tell(ClientEvent::Restarted { conversation });
        }
        if let Some(track) = self.tracks.get_mut(&conversation) {
            if step.restarted {
                track.follow = self.follows;
            }
            let follow = track.follow;
            step.events
                .into_iter()
                .for_each(|event| self.outlet.tell(ClientEvent::Event { conversation, event }, follow));
        }
        if step.resume {
            self.follow(conversation).await;
        }
    }

    /// Takes an answered command out of the outbox. Says whether it was on its way.
    async fn settled(&mut self, conversation: ConversationId, cmid: Cmid) -> bool {
        let known = self.on_way.remove(&(conversation, cmid));
        if let Err(e) = self.with(move |outbox| outbox.remove(conversation, cmid)).await {
            // It will be sent again after a restart, and the relay will know it.
            tracing::warn!("an acknowledged message stays in the outbox: {e}");
        }
        known
    }

    async fn follow(&mut self, conversation: ConversationId) {
        let Some(track) = self.tracks.get_mut(&conversation) else { return };
        if !matches!(self.phase, Phase::Linked(_)) || track.asked {
            return;
        }
        (track.asked, track.unknown) = (true, false);
        let after_seq = if track.epoch.is_some() { track.seq } else { 0 };
        let follow = ClientFrame::Follow { conversation, epoch: track.epoch, after_seq };
        self.send(&[follow]).await;
    }

    /// Sends what waits in the outbox, as far as the window allows.
    async fn pump(&mut self) {
        let room = WINDOW.saturating_sub(self.on_way.len());
        if room == 0 || !matches!(self.phase, Phase::Linked(_)) {
            return;
        }
        let sent = self.sent;
        let waiting = match self.with(move |outbox| outbox.after(sent, room)).await {
            Ok(waiting) => waiting,
            Err(e) => return self.broken(Broken::because(e.to_string())),
        };
        let mut frames = Vec::with_capacity(waiting.len());
        for (position, frame) in waiting {
            self.sent = position;
            if let ClientFrame::Command { conversation, cmid, .. }
            | ClientFrame::Sealed { conversation, cmid, .. } = &frame
            {
                self.on_way.insert((*conversation, *cmid));
            }
            frames.push(frame);
        }
        self.send(&frames).await;
    }

    /// Sends on the connection, if there is one.
    async fn send(&mut self, frames: &[ClientFrame]) {
        if frames.is_empty() {
            return;
        }
        if let Phase::Linked(link) = &mut self.phase
            && let Err(broken) = link.send(frames).await
        {
            self.broken(broken);
        }
    }

    async fn tick(&mut self) {
        if let Phase::Linked(link) = &mut self.phase {
            // While the program does not take its events, nothing is read, so silence means nothing.
            if self.outlet.len() >= PENDING_MAX {
                link.heard = Instant::now();
            }
            if link.heard.elapsed() > link.silent_max {
                return self.broken(Broken::because("the relay has fallen silent"));
            }
            self.tell_relay().await;
        }
        if self.expired_at.elapsed() >= Duration::from_secs(60) {
            self.expire().await;
        }
    }

    /// Tells the relay how far the program has got, and what somebody has seen.
    async fn tell_relay(&mut self) {
        for (conversation, taken) in self.outlet.take_taken() {
            if let Some(track) = self.tracks.get_mut(&conversation) {
                track.taken(taken);
            }
        }
        let mut frames = Vec::new();
        for (&conversation, track) in &mut self.tracks {
            let untold = track.untold();
            frames.extend(untold.received.map(|seq| ClientFrame::Received { conversation, seq }));
            frames.extend(untold.seen.map(|seq| ClientFrame::Seen { conversation, seq }));
        }
        self.send(&frames).await;
    }

    async fn expire(&mut self) {
        self.expired_at = Instant::now();
        let (now, jumped) = self.clock.look(Instant::now());
        let expired = self.with(move |outbox| {
            if jumped {
                outbox.restamp(now)?;
            }
            outbox.expire(now)
        });
        match expired.await {
            Ok(expired) => {
                for (conversation, cmid) in expired {
                    self.on_way.remove(&(conversation, cmid));
                    self.tell(ClientEvent::Expired { conversation, cmid });
                }
            }
            Err(e) => tracing::warn!("old messages stay in the outbox: {e}"),
        }
    }

    fn tell(&mut self, event: ClientEvent) {
        self.outlet.tell(event, 0);
    }
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
