//! The side of the client that a program holds.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot};

use super::config::ClientConfig;
use super::event::{ClientError, ClientEvent};
use super::outbox::{Outbox, Outgoing, Waiting};
use super::request::Request;
use super::task::Task;
use super::voice::{VoiceSink, Waiters};
use crate::conversation::{Cmid, Command, ConversationId, Epoch, Time};
use crate::log::random_u128;
use crate::protocol::{Signal, VoiceFrame};
use crate::routing::Profile;

/// How many requests may wait for the client.
const REQUESTS: usize = 256;
/// How many events may wait for the program; after that the client reads no more from the relay.
const EVENTS: usize = 256;

/// Asks the client for something. May be cloned; the client ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct ClientHandle {
    requests: mpsc::Sender<Request>,
    /// Counts the frames of a voice that wait.
    voice: Waiters,
}

/// Starts a client on the current tokio runtime. It connects by itself, again and again; what happens comes out of the
/// receiver, which must be read.
pub fn connect(
    config: ClientConfig,
    outbox: Box<dyn Outbox>,
) -> Result<(ClientHandle, mpsc::Receiver<ClientEvent>), ClientError> {
    if !config.url.starts_with("ws://") && !config.url.starts_with("wss://") {
        return Err(ClientError::Url(config.url));
    }
    let (requests, inbox) = mpsc::channel(REQUESTS);
    let (events, outlet) = mpsc::channel(EVENTS);
    tokio::spawn(Task::new(config, outbox, inbox, events).run());
    Ok((ClientHandle { requests, voice: Waiters::default() }, outlet))
}

/// The time by the machine's clock.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn outgoing(conversation: ConversationId, command: Command) -> Result<Outgoing, ClientError> {
    let random = random_u128().map_err(|e| ClientError::Random(e.to_string()))?;
    let at = now();
    Ok(Outgoing { conversation, cmid: Cmid::new(at, random), at, command })
}

impl ClientHandle {
    /// Puts a command into the outbox; when this returns, it is there. It is sent until it was acknowledged or refused,
    /// in the order of the calls.
    pub async fn command(&self, conversation: ConversationId, command: Command) -> Result<Cmid, ClientError> {
        let outgoing = outgoing(conversation, command)?;
        let cmid = outgoing.cmid;
        let (done, stored) = oneshot::channel();
        self.ask(Request::Command(Box::new(outgoing), Some(done))).await?;
        stored.await.map_err(|_| ClientError::Ended)??;
        Ok(cmid)
    }

    /// Like [`Self::command`] without waiting until it is in the outbox: for code that must not wait. When the outbox
    /// does not take it, a `Refused` comes.
    pub fn command_now(&self, conversation: ConversationId, command: Command) -> Result<Cmid, ClientError> {
        let outgoing = outgoing(conversation, command)?;
        let cmid = outgoing.cmid;
        self.try_ask(Request::Command(Box::new(outgoing), None))?;
        Ok(cmid)
    }

    /// Follows a conversation from its beginning; also one that is still to be opened.
    pub fn follow(&self, conversation: ConversationId) -> Result<(), ClientError> {
        self.try_ask(Request::Follow { conversation, from: None })
    }

    /// Follows a conversation after an event that is known already.
    pub fn follow_after(
        &self,
        conversation: ConversationId,
        epoch: Epoch,
        seq: u64,
    ) -> Result<(), ClientError> {
        self.try_ask(Request::Follow { conversation, from: Some((epoch, seq)) })
    }

    /// Follows a conversation no longer.
    pub fn unfollow(&self, conversation: ConversationId) -> Result<(), ClientError> {
        self.try_ask(Request::Unfollow(conversation))
    }

    /// Everything up to this event of a followed conversation has been seen: the others are told in a moment, and again
    /// on each new connection. What was not taken from the client's events cannot have been seen.
    pub fn seen(&self, conversation: ConversationId, seq: u64) -> Result<(), ClientError> {
        self.try_ask(Request::Seen(conversation, seq))
    }

    /// How many commands the relay has not answered yet.
    pub async fn waiting(&self) -> Result<Waiting, ClientError> {
        let (done, told) = oneshot::channel();
        self.ask(Request::Waiting(done)).await?;
        Ok(told.await.map_err(|_| ClientError::Ended)??)
    }

    /// Sends a signal, if there is a connection now.
    pub fn signal(&self, conversation: ConversationId, signal: Signal) -> Result<(), ClientError> {
        self.try_ask(Request::Signal(conversation, signal))
    }

    /// Sends a frame of this agent's voice, if there is a connection now. It is not kept: on a line that stands still frames are
    /// dropped before they are old.
    ///
    /// # Errors
    /// Too many frames wait, or the client has ended.
    pub fn voice(&self, frame: VoiceFrame) -> Result<(), ClientError> {
        let waits = self.voice.one_more().ok_or(ClientError::Busy)?;
        self.try_ask(Request::Voice(Box::new(frame), waits))
    }

    /// From now on `take` gets the frames of the voices that come. It is called by the client's own task and must not wait.
    ///
    /// # Errors
    /// Too many requests wait, or the client has ended.
    pub fn voices(&self, take: impl Fn(VoiceFrame) + Send + Sync + 'static) -> Result<(), ClientError> {
        self.try_ask(Request::Voices(VoiceSink::new(take)))
    }

    /// From now on `Lobby` events come.
    pub fn watch(&self) -> Result<(), ClientError> {
        self.try_ask(Request::Watch)
    }

    /// Tells the relay, now and after each new connection, which parts of this client do not work.
    pub fn report(&self, missing: Vec<String>) -> Result<(), ClientError> {
        self.try_ask(Request::Report(missing))
    }

    /// Says whom this agent serves, now and after each new connection, until it says something else.
    pub fn announce(&self, profile: Profile) -> Result<(), ClientError> {
        self.try_ask(Request::Announce(profile))
    }

    /// Does not take the visitor who was offered.
    pub fn decline(&self, conversation: ConversationId) -> Result<(), ClientError> {
        self.try_ask(Request::Decline(conversation))
    }

    async fn ask(&self, request: Request) -> Result<(), ClientError> {
        self.requests.send(request).await.map_err(|_| ClientError::Ended)
    }

    fn try_ask(&self, request: Request) -> Result<(), ClientError> {
        self.requests.try_send(request).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => ClientError::Busy,
            mpsc::error::TrySendError::Closed(_) => ClientError::Ended,
        })
    }
}
