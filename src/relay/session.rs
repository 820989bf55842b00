//! One connection, from `hello` to the end.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, SplitStream};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::bucket::Bucket;
use super::conversation::{Conversation, Trouble};
use super::hub::Hub;
use super::limits::Limits;
use super::outbound::{Outbound, Topic, text};
use super::writing::{close, write};
use crate::conversation::{Actor, Cmid, Command, ConversationId};
use crate::protocol::{
    ClientFrame, CloseCode, ErrorCode, Role, ServerFrame, Signal, Top, VersionSpan, decode,
};

/// How long the rest of a connection that was closed is read and thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// Work on one frame, polled until it is done.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that has said hello.
struct Session {
    hub: Arc<Hub>,
    role: Role,
    actor: Actor,
    outbound: Arc<Outbound>,
    // A plain mutex: nothing waits while it is held.
    follows: Mutex<HashMap<ConversationId, Follow>>,
}

struct Follow {
    conversation: Arc<Conversation>,
    /// The replay has ended.
    live: bool,
}

/// Tells a client that there are too many.
pub async fn refuse_full(socket: WebSocket) {
    let (mut sink, _) = socket.split();
    close(&mut sink, CloseCode::Full).await;
}

/// Serves one connection until it ends or `stop` comes.
pub async fn run(socket: WebSocket, hub: Arc<Hub>, stop: CancellationToken) {
    let (mut sink, mut stream) = socket.split();
    let (role, name, version) = match hello(&mut stream, &hub.limits).await {
        Ok(hello) => hello,
        Err(code) => {
            hub.metrics.refused(if code == CloseCode::Version { "version" } else { "no_hello" });
            return close(&mut sink, code).await;
        }
    };
    let limits = &hub.limits;
    let connection = hub.next_connection();
    let outbound = Arc::new(Outbound::new(connection, limits.queue_max_bytes, limits.queue_max_frames));
    let actor = Actor { id: name, kind: role.actor_kind() };
    tracing::debug!(connection, actor = %actor.id, ?role, "connected");
    outbound.send(&ServerFrame::Welcome {
        version,
        now: hub.clock.now(),
        heartbeat_secs: u32::try_from(limits.heartbeat.as_secs()).unwrap_or(u32::MAX).max(1),
        seal_to: hub.key.seal_to(),
    });
    hub.peers.join(&actor, &outbound);
    hub.fleet.joined(&actor, role, hub.clock.now());
    hub.metrics.opened();
    let session = Arc::new(Session { hub, role, actor, outbound, follows: Mutex::default() });
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
    session.hub.peers.leave(&session.actor, connection, now);
    if !session.hub.peers.is_here(&session.actor) {
        session.hub.fleet.left(&session.actor, now);
    }
    session.hub.lobby.unwatch(connection);
    let follows = std::mem::take(&mut *session.lock());
    for follow in follows.into_values() {
        follow.conversation.unfollow(connection).await;
    }
    tracing::debug!(connection, actor = %session.actor.id, "disconnected");
    // Unread data would make the system reset the connection, and the close code would be lost.
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    drop(timeout(LINGER, rest).await);
}

/// The first frame, which must be a `hello` that we can understand.
async fn hello(
    stream: &mut SplitStream<WebSocket>,
    limits: &Limits,
) -> Result<(Role, crate::conversation::ActorId, u16), CloseCode> {
    let first = timeout(limits.hello_within, stream.next()).await;
    let Ok(Some(Ok(Message::Text(first)))) = first else { return Err(CloseCode::NoHello) };
    match decode(&first) {
        Ok(ClientFrame::Hello { versions, role, name }) => {
            let version = VersionSpan::OURS.common(versions).ok_or(CloseCode::Version)?;
            Ok((role, name, version))
        }
        _ => Err(CloseCode::NoHello),
    }
}

/// Reads frames and works on several at a time; those about one conversation in the order in which they came.
async fn read(session: &Arc<Session>, stream: &mut SplitStream<WebSocket>, stop: &CancellationToken) {
    let limits = &session.hub.limits;
    let mut work: FuturesUnordered<Work> = FuturesUnordered::new();
    let mut heartbeat = tokio::time::interval(limits.heartbeat);
    heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut frames = Bucket::new(limits.frames_per_sec, limits.frames_burst, heard);
    let mut bytes = Bucket::new(limits.bytes_per_sec, limits.bytes_burst, heard);
    loop {
        tokio::select! {
            Some(()) = work.next(), if !work.is_empty() => {}
            message = stream.next(), if work.len() < limits.max_in_flight => {
                heard = Instant::now();
                if let Some(Ok(message)) = &message {
                    // Pings and strange frames count like any others.
                    let size = size(message);
                    session.hub.metrics.frames_in.inc();
                    session.hub.metrics.bytes_in.inc_by(size);
                    if !frames.take(1.0, heard) || !bytes.take(size as f64, heard) {
                        return session.outbound.close(CloseCode::Flood);
                    }
                }
                let frame = match message {
                    Some(Ok(Message::Text(frame))) => frame,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Binary(_))) => {
                        session.error(None, ErrorCode::UnknownFrame, "binary frames are not known yet");
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

/// The payload of a message, in bytes.
fn size(message: &Message) -> u64 {
    match message {
        Message::Text(text) => text.len() as u64,
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len() as u64,
        Message::Close(_) => 0,
    }
}

fn too_large(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = source {
        if matches!(e.downcast_ref(), Some(tokio_tungstenite::tungstenite::Error::Capacity(_))) {
            return true;
        }
        source = e.source();
    }
    false
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, Follow>> {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, conversation: Option<ConversationId>, code: ErrorCode, text: &str) {
        self.outbound.send(&ServerFrame::Error { conversation, code, text: text.to_owned() });
    }

    fn beat(&self) {
        let tops = {
            let follows = self.lock();
            let live = follows.iter().filter(|(_, f)| f.live);
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
                self.error(None, ErrorCode::BadFrame, &e.to_string());
                return None;
            }
        };
        match frame {
            ClientFrame::Hello { .. } => self.error(None, ErrorCode::BadFrame, "hello comes only once"),
            ClientFrame::Unknown => {
                self.error(None, ErrorCode::UnknownFrame, "this relay does not know this type of frame");
            }
            ClientFrame::Watch if !self.role.may_watch() => {
                self.error(None, ErrorCode::NotAllowed, "a kiosk may not see who waits");
            }
            ClientFrame::Watch => self.hub.lobby.watch(&self.outbound),
            ClientFrame::Health(health) if !health.is_fit() => {
                self.error(None, ErrorCode::BadFrame, "health has short names only: see docs/protocol.md");
            }
            ClientFrame::Health(health) => self.hub.fleet.reported(&self.actor, health),
            ClientFrame::Command { conversation, cmid, command } => {
                return self.command(conversation, cmid, command);
            }
            ClientFrame::Sealed { conversation, cmid, sealed } => {
                match self.hub.key.open(conversation, cmid, &sealed) {
                    Ok(command) => return self.command(conversation, cmid, command),
                    Err(e) => self.refuse(conversation, cmid, ErrorCode::Refused, e.to_string()),
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
                let followed = self.followed(conversation)?;
                let this = Arc::clone(self);
                return Some(unconstrained(async move {
                    let connection = this.outbound.connection;
                    let told = followed.received(&this.hub, &this.actor, seq, connection).await;
                    this.report(conversation, told);
                }));
            }
            ClientFrame::Signal { conversation, signal } => return self.signal(conversation, signal),
        }
        None
    }

    fn command(self: &Arc<Self>, id: ConversationId, cmid: Cmid, command: Command) -> Option<Work> {
        let conversation = match self.hub.conversation(id) {
            Ok(conversation) => conversation,
            Err(trouble) => {
                self.answer(id, cmid, Err(trouble));
                return None;
            }
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let done = conversation.command(&this.hub, &this.actor, cmid, command, &this.outbound).await;
            this.answer(id, cmid, done);
        }))
    }

    fn follow(
        self: &Arc<Self>,
        id: ConversationId,
        epoch: Option<crate::conversation::Epoch>,
        after_seq: u64,
    ) -> Option<Work> {
        let conversation = {
            let mut follows = self.lock();
            let full = follows.len() >= self.hub.limits.max_follows && !follows.contains_key(&id);
            let conversation = if full {
                Err(Trouble::Refused(ErrorCode::Refused, "you follow too many conversations".to_owned()))
            } else {
                self.hub.conversation(id)
            };
            if let Ok(c) = &conversation {
                follows.insert(id, Follow { conversation: Arc::clone(c), live: false });
            }
            conversation
        };
        let conversation = match conversation {
            Ok(conversation) => conversation,
            Err(trouble) => {
                self.report(id, Err(trouble));
                return None;
            }
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let followed =
                conversation.follow(&this.hub, &this.actor, epoch, after_seq, &this.outbound).await;
            match &followed {
                Ok(()) => {
                    if let Some(follow) = this.lock().get_mut(&id) {
                        follow.live = true;
                    }
                }
                Err(_) => drop(this.lock().remove(&id)),
            }
            this.report(id, followed);
        }))
    }

    fn signal(self: &Arc<Self>, id: ConversationId, signal: Signal) -> Option<Work> {
        if let Signal::PartialTranscript { text } = &signal
            && text.chars().count() > Signal::TEXT_MAX_CHARS
        {
            self.error(Some(id), ErrorCode::Refused, "the text of a signal has at most 1000 characters");
            return None;
        }
        let Some(conversation) = self.followed(id) else {
            self.error(
                Some(id),
                ErrorCode::NoConversation,
                "follow the conversation before you signal in it",
            );
            return None;
        };
        let this = Arc::clone(self);
        Some(unconstrained(async move {
            let connection = this.outbound.connection;
            let passed = conversation.signal(&this.hub, &this.actor, signal, connection).await;
            this.report(id, passed);
        }))
    }

    fn followed(&self, id: ConversationId) -> Option<Arc<Conversation>> {
        self.lock().get(&id).map(|f| Arc::clone(&f.conversation))
    }

    fn refuse(&self, conversation: ConversationId, cmid: Cmid, code: ErrorCode, text: String) {
        self.outbound.send(&ServerFrame::Refused { conversation, cmid, code, text });
    }

    /// Answers a command that was not acknowledged.
    fn answer(&self, conversation: ConversationId, cmid: Cmid, done: Result<(), Trouble>) {
        match done {
            Err(Trouble::Refused(code, text)) => {
                self.hub.metrics.not_stored();
                self.refuse(conversation, cmid, code, text);
            }
            other => self.report(conversation, other),
        }
    }

    fn report(&self, conversation: ConversationId, done: Result<(), Trouble>) {
        match done {
            Ok(()) | Err(Trouble::Gone) => {}
            Err(Trouble::Refused(code, text)) => self.error(Some(conversation), code, &text),
            Err(Trouble::Full(text)) => {
                self.error(Some(conversation), ErrorCode::StoreFull, &text);
                self.outbound.close(CloseCode::StoreFull);
            }
            Err(Trouble::Unavailable(text)) => {
                self.error(Some(conversation), ErrorCode::Unavailable, &text);
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
