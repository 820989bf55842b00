//! One connection, from `hello` to the end.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, SplitStream};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::allowance::{Allowance, size, too_large};
use super::conversation::{Conversation, Trouble};
use super::greeting::{Caller, Greeted, greet};
use super::guard::Guard;
use super::hub::Hub;
use super::marks::Mark;
use super::outbound::{Outbound, Topic, text};
use super::writing::{close, write};
use crate::access::{Act, Role};
use crate::conversation::{Channel, Cmid, Command, ConversationId, Time};
use crate::protocol::{ClientFrame, CloseCode, ErrorCode, ServerFrame, Signal, Top, VoiceHead, decode};

/// How long the rest of a connection that was closed is read and thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// Work on one frame, polled until it is done.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that has said hello.
struct Session {
    hub: Arc<Hub>,
    guard: Arc<Guard>,
    outbound: Arc<Outbound>,
    // A plain mutex: nothing waits while it is held.
    follows: Mutex<HashMap<ConversationId, Follow>>,
    /// The voice that was refused last. As above.
    refused: Mutex<Option<(ConversationId, u32)>>,
}

struct Follow {
    conversation: Arc<Conversation>,
    /// The replay has ended, and it is still this client's business.
    live: Arc<AtomicBool>,
}

/// What every command has, also one that this relay does not know.
#[derive(serde::Deserialize)]
struct Head {
    conversation: ConversationId,
    cmid: Cmid,
}

/// Tells a client that there are too many.
pub async fn refuse_full(socket: WebSocket) {
    let (mut sink, _) = socket.split();
    close(&mut sink, CloseCode::Full).await;
}

/// Serves one connection until it ends or `stop` comes.
pub async fn run(socket: WebSocket, hub: Arc<Hub>, stop: CancellationToken, caller: Caller) {
    let (mut sink, mut stream) = socket.split();
    let Greeted { grant, version, you } = match greet(&mut sink, &mut stream, &hub, &caller).await {
        Ok(greeted) => greeted,
        Err(code) => {
            let why = match code {
                CloseCode::Version => "version",
                CloseCode::NotEnrolled | CloseCode::Revoked => "not_enrolled",
                _ => "no_hello",
            };
            hub.metrics.refused(why);
            return close(&mut sink, code).await;
        }
    };
    let limits = &hub.limits;
    let connection = hub.next_connection();
    let outbound = Arc::new(Outbound::new(connection, limits.queue_max_bytes, limits.queue_max_frames));
    tracing::debug!(connection, actor = %grant.actor.id, role = %grant.role, "connected");
    outbound.send(&ServerFrame::Welcome {
        version,
        now: hub.clock.now(),
        heartbeat_secs: u32::try_from(limits.heartbeat.as_secs()).unwrap_or(u32::MAX).max(1),
        seal_to: hub.key.seal_to(),
        you,
    });
    hub.peers.join(&grant.actor, &outbound);
    if let Err(code) = hub.still_enrolled(&grant.actor).await {
        outbound.close(code);
    }
    if grant.actor.kind.is_agent() {
        hub.queue.here(&grant.actor, &grant.desks);
    }
    hub.fleet.joined(&grant.actor, grant.role, hub.clock.now());
    hub.metrics.opened();
    let guard = Arc::new(Guard::new(grant, connection, hub.policy));
    let session =
        Arc::new(Session { hub, guard, outbound, follows: Mutex::default(), refused: Mutex::default() });
    {
        let mut reading = Box::pin(read(&session, &mut stream, &stop));
        let mut writing =
            Box::pin(write(&session.outbound, &mut sink, &session.hub.metrics, session.hub.limits.patience));
        tokio::select! {
            () = &mut writing => {}
            () = &mut reading => {
                // The reading half has closed the queue: what waits is still sent.
                if timeout(session.hub.limits.patience, writing).await.is_err() {
                    tracing::debug!(connection, "the last frames were not taken");
                }
            }
        }
    }
    session.outbound.close(CloseCode::Stopping);
    session.hub.metrics.closed(session.outbound.closed().await);
    let now = session.hub.clock.now();
    session.hub.peers.leave(session.guard.actor(), connection, now);
    session.hub.lobby.unwatch(connection);
    if !session.hub.peers.is_here(session.guard.actor()) {
        session.hub.queue.gone(session.guard.actor());
        session.hub.fleet.left(session.guard.actor(), now);
    }
    let follows = std::mem::take(&mut *session.lock());
    for follow in follows.into_values() {
        follow.conversation.unfollow(connection).await;
    }
    tracing::debug!(connection, actor = %session.guard.actor().id, "disconnected");
    // Unread data would make the system reset the connection, and the close code would be lost.
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    drop(timeout(LINGER, rest).await);
}

/// Reads frames and works on several at a time; those about one conversation in the order in which they came.
async fn read(session: &Arc<Session>, stream: &mut SplitStream<WebSocket>, stop: &CancellationToken) {
    let limits = &session.hub.limits;
    if session.guard.actor().kind.is_agent() {
        tokio::select! {
            () = session.hub.queue.begun() => {}
            () = stop.cancelled() => {}
            _ = session.outbound.closed() => return,
        }
    }
    let mut work: FuturesUnordered<Work> = FuturesUnordered::new();
    let person = session.guard.actor().kind.is_person();
    let every = if person { limits.person_heartbeat() } else { limits.heartbeat };
    let mut heartbeat = tokio::time::interval(every);
    heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut allowance = Allowance::new(limits, heard);
    loop {
        tokio::select! {
            Some(()) = work.next(), if !work.is_empty() => {
                if work.len() + 1 >= limits.max_in_flight {
                    // Nothing was read until now.
                    heard = Instant::now();
                }
            }
            message = stream.next(), if work.len() < limits.max_in_flight => {
                heard = Instant::now();
                let mut voiced = false;
                if let Some(Ok(message)) = &message {
                    let size = size(message);
                    session.hub.metrics.frames_in.inc();
                    session.hub.metrics.bytes_in.inc_by(size);
                    match allowance.take(message, size, heard) {
                        Some(is_voice) => voiced = is_voice,
                        None => return session.outbound.close(CloseCode::Flood),
                    }
                }
                let frame = match message {
                    Some(Ok(Message::Text(frame))) => frame,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    // Of a voice what is too much is lost, as on a bad line.
                    Some(Ok(Message::Binary(frame))) => {
                        session.voice(&frame, voiced);
                        continue;
                    }
                    Some(Err(e)) => {
                        let code = if too_large(&e) { CloseCode::Flood } else { CloseCode::Stopping };
                        return session.outbound.close(code);
                    }
                    Some(Ok(Message::Close(_))) | None => return session.outbound.close(CloseCode::Stopping),
                };
                if let Some(mut begun) = session.begin(&frame)
                    && futures_util::poll!(&mut begun).is_pending()
                {
                    // It has taken its place in the queue of its conversation.
                    work.push(begun);
                }
            }
            _ = heartbeat.tick() => {
                if work.len() >= limits.max_in_flight {
                    // Nothing is read from it: that is not its silence.
                    heard = Instant::now();
                }
                if person {
                    session.quiet(heard.elapsed(), every);
                }
                if heard.elapsed() > limits.silent_max {
                    return session.outbound.close(CloseCode::Silent);
                }
                session.beat();
            }
            () = stop.cancelled() => break,
            _ = session.outbound.closed() => return,
        }
    }
    // What was begun is finished, so that it is acknowledged before the end.
    let finish = async { while work.next().await.is_some() {} };
    if timeout(limits.patience, finish).await.is_err() {
        tracing::debug!(connection = session.outbound.connection, "not everything could be finished");
    }
    let (after_ms, spread_ms) = limits.invitation(session.hub.leaving.load(Ordering::Relaxed));
    session.outbound.send(&ServerFrame::Goodbye { after_ms, spread_ms });
    session.outbound.close(CloseCode::Stopping);
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, Follow>> {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_refused(&self) -> MutexGuard<'_, Option<(ConversationId, u32)>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, conversation: Option<ConversationId>, code: ErrorCode, text: &str) {
        self.outbound.send(&ServerFrame::Error { conversation, code, text: text.to_owned() });
    }

    /// Tells how long nothing has come from a person, if that is more than one pong late.
    fn quiet(&self, silent: Duration, every: Duration) {
        let ms = u64::try_from(silent.as_millis()).unwrap_or(u64::MAX);
        let since = (silent > every * 3 / 2).then(|| Time(self.hub.clock.now().0.saturating_sub(ms)));
        self.hub.peers.quiet(self.guard.actor(), self.outbound.connection, since);
    }

    fn beat(&self) {
        let tops = {
            let follows = self.lock();
            let live = follows.iter().filter(|(_, f)| f.live.load(Ordering::Acquire));
            live.map(|(id, f)| Top { conversation: *id, seq: f.conversation.top() }).collect()
        };
        if let Some(frame) = text(&ServerFrame::Heartbeat { now: self.hub.clock.now(), tops }) {
            self.outbound.pass(Topic::Heartbeat, frame);
        }
        self.outbound.ping();
    }

    /// Begins to work on a frame. The first poll of what it gives takes its place in the conversation's queue.
    fn begin(self: &Arc<Self>, frame: &str) -> Option<Work> {
        let frame = match decode::<ClientFrame>(frame) {
            Ok(frame) => frame,
            Err(e) => {
                // The error may quote the frame: it goes to the sender only.
                tracing::debug!(connection = self.outbound.connection, "not a frame");
                match decode(frame) {
                    // Otherwise it would be sent again for ever.
                    Ok(Head { conversation, cmid }) => {
                        let refused = Trouble::refused(ErrorCode::BadFrame, e.to_string());
                        self.answer(conversation, cmid, Err(refused));
                    }
                    Err(_) => self.error(None, ErrorCode::BadFrame, &e.to_string()),
                }
                return None;
            }
        };
        match frame {
            ClientFrame::Hello { .. } => self.error(None, ErrorCode::BadFrame, "hello comes only once"),
            ClientFrame::Unknown => {
                self.error(None, ErrorCode::UnknownFrame, "this relay does not know this type of frame");
            }
            ClientFrame::Prove { .. } => self.error(None, ErrorCode::BadFrame, "nothing was to be proved"),
            ClientFrame::Watch => match self.guard.role_may(Act::Watch, None) {
                Ok(()) => {
                    self.hub.lobby.watch(&self.outbound, self.guard.desks());
                    self.hub.queue.show(&self.outbound);
                }
                Err(trouble) => self.report(None, Err(trouble)),
            },
            ClientFrame::Announce(profile) => match self.guard.role_may(Act::Announce, None) {
                Ok(()) => {
                    let (actor, desks) = (self.guard.actor(), self.guard.desks());
                    if let Err(e) = self.hub.queue.announce(actor, desks, profile) {
                        self.error(None, ErrorCode::Refused, &e.to_string());
                    }
                }
                Err(trouble) => self.report(None, Err(trouble)),
            },
            ClientFrame::Decline { conversation } => {
                match self.guard.role_may(Act::Decline, Some(conversation)) {
                    Ok(()) => self.hub.queue.decline(self.guard.actor(), conversation, self.hub.clock.now()),
                    Err(trouble) => self.report(None, Err(trouble)),
                }
            }
            ClientFrame::Health(health) if !health.is_fit() => {
                self.error(None, ErrorCode::BadFrame, "health has short names only: see docs/protocol.md");
            }
            ClientFrame::Health(health) => self.hub.fleet.reported(self.guard.actor(), health),
            ClientFrame::Command { conversation, cmid, command } => {
                return self.command(conversation, cmid, command);
            }
            ClientFrame::Sealed { conversation, cmid, sealed } => {
                match self.hub.key.open(conversation, cmid, &sealed) {
                    Ok(command) => return self.command(conversation, cmid, command),
                    Err(e) => {
                        let refused = Trouble::refused(ErrorCode::Refused, e.to_string());
                        self.answer(conversation, cmid, Err(refused));
                    }
                }
            }
            ClientFrame::Follow { conversation, epoch, after_seq } => {
                return self.follow(conversation, epoch, after_seq);
            }
            ClientFrame::Unfollow { conversation } => {
                let follow = self.lock().remove(&conversation)?;
                let connection = self.outbound.connection;
                return Some(unconstrained(async move { follow.conversation.unfollow(connection).await }));
            }
            ClientFrame::Received { conversation, seq } => {
                return self.mark(conversation, Mark::Received, seq);
            }
            ClientFrame::Seen { conversation, seq } => return self.mark(conversation, Mark::Seen, seq),
            ClientFrame::Signal { conversation, signal } => return self.signal(conversation, signal),
        }
        None
    }

    fn command(self: &Arc<Self>, id: ConversationId, cmid: Cmid, command: Command) -> Option<Work> {
        let may = self.may_give(&command, id);
        let conversation = match may.and_then(|()| self.hub.conversation(id)) {
            Ok(conversation) => conversation,
            Err(trouble) => {
                self.answer(id, cmid, Err(trouble));
                return None;
            }
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let done = conversation.command(&this.hub, &this.guard, cmid, command, &this.outbound).await;
            this.answer(id, cmid, done);
        }))
    }

    /// Whether the role may give this command anywhere.
    fn may_give(&self, command: &Command, id: ConversationId) -> Result<(), Trouble> {
        let act = Act::of(command);
        self.guard.role_may(act, Some(id))?;
        match command {
            // A kiosk opens at its own desks, a page as a page.
            Command::Open { desk, channel, .. }
                if !self.guard.desks().has(desk)
                    || (*channel == Channel::Web) != self.guard.is(Role::Web) =>
            {
                Err(self.guard.forbid(act, Some(id)))
            }
            _ => Ok(()),
        }
    }

    fn follow(
        self: &Arc<Self>,
        id: ConversationId,
        epoch: Option<crate::conversation::Epoch>,
        after_seq: u64,
    ) -> Option<Work> {
        let live = Arc::<AtomicBool>::default();
        let conversation = {
            let mut follows = self.lock();
            let full = follows.len() >= self.hub.limits.max_follows && !follows.contains_key(&id);
            let conversation = if full {
                Err(Trouble::refused(ErrorCode::Refused, "you follow too many conversations"))
            } else {
                self.hub.conversation(id)
            };
            if let Ok(c) = &conversation {
                follows.insert(id, Follow { conversation: Arc::clone(c), live: Arc::clone(&live) });
            }
            conversation
        };
        let conversation = match conversation {
            Ok(conversation) => conversation,
            Err(trouble) => {
                self.report(Some(id), Err(trouble));
                return None;
            }
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let place = (epoch, after_seq);
            let followed = conversation.follow(&this.hub, &this.guard, place, &this.outbound, &live).await;
            if followed.is_err() {
                drop(this.lock().remove(&id));
            }
            this.report(Some(id), followed);
        }))
    }

    fn signal(self: &Arc<Self>, id: ConversationId, signal: Signal) -> Option<Work> {
        if let Signal::PartialTranscript { text } = &signal
            && text.chars().count() > Signal::TEXT_MAX_CHARS
        {
            self.error(Some(id), ErrorCode::Refused, "the text of a signal has at most 1000 characters");
            return None;
        }
        let Some(act) = signal.act() else {
            self.error(Some(id), ErrorCode::NotAllowed, "this relay does not know this signal");
            return None;
        };
        if let Err(trouble) = self.guard.role_may(act, Some(id)) {
            self.report(Some(id), Err(trouble));
            return None;
        }
        let Some(conversation) = self.followed(id) else {
            self.report(Some(id), Err(self.guard.hide(act, id)));
            return None;
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let connection = this.outbound.connection;
            let passed = conversation.signal(&this.hub, &this.guard, (act, signal), connection).await;
            this.report(Some(id), passed);
        }))
    }

    /// Passes a frame of a person's voice on, if it is one for which there is room, without waiting for anything.
    fn voice(&self, frame: &Bytes, fits: bool) {
        let (id, stream) = match VoiceHead::read(frame) {
            Ok((head, _)) if fits => (head.conversation, head.stream),
            Ok(_) => return,
            Err(e) => return self.error(None, ErrorCode::BadFrame, &e.to_string()),
        };
        let passed = self.guard.role_may(Act::Voice, Some(id)).and_then(|()| {
            let conversation = self.followed(id).ok_or_else(|| self.guard.hide(Act::Voice, id))?;
            conversation.lane.pass(&self.guard, id, frame)
        });
        // Fifty a second come of a voice: one answer is enough for all of it.
        let known = passed.is_err() && self.lock_refused().replace((id, stream)) == Some((id, stream));
        if !known {
            self.report(Some(id), passed);
        }
    }

    fn mark(self: &Arc<Self>, id: ConversationId, mark: Mark, seq: u64) -> Option<Work> {
        let Some(conversation) = self.followed(id) else {
            self.report(Some(id), Err(self.guard.hide(mark.act(), id)));
            return None;
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let connection = this.outbound.connection;
            let told = conversation.mark(&this.hub, &this.guard, (mark, seq), connection).await;
            this.report(Some(id), told);
        }))
    }

    fn followed(&self, id: ConversationId) -> Option<Arc<Conversation>> {
        self.lock().get(&id).map(|f| Arc::clone(&f.conversation))
    }

    /// Answers a command that was not acknowledged.
    fn answer(&self, conversation: ConversationId, cmid: Cmid, done: Result<(), Trouble>) {
        match done {
            Err(Trouble::Refused { code, text, refusal }) => {
                self.hub.metrics.not_stored();
                self.outbound.send(&ServerFrame::Refused { conversation, cmid, code, text, refusal });
            }
            other => self.report(Some(conversation), other),
        }
    }

    fn report(&self, conversation: Option<ConversationId>, done: Result<(), Trouble>) {
        match done {
            Ok(()) | Err(Trouble::Gone) => {}
            Err(Trouble::Refused { code, text, .. }) => self.error(conversation, code, &text),
            Err(Trouble::Full(text)) => {
                self.error(conversation, ErrorCode::StoreFull, &text);
                self.outbound.close(CloseCode::StoreFull);
            }
            Err(Trouble::Unavailable(text)) => {
                self.error(conversation, ErrorCode::Unavailable, &text);
                // Commands that come later must not overtake the one that failed.
                self.outbound.close(CloseCode::Unavailable);
            }
        }
    }
}

/// Work that is not interrupted by the scheduler's budget, so that its first poll always takes its place in line.
fn unconstrained(work: impl Future<Output = ()> + Send + 'static) -> Work {
    Box::pin(tokio::task::unconstrained(work))
}
