//! What the tests share: a relay on a free port, clients, and waiting for conditions.

use std::sync::Arc;
use std::time::Duration;

use avatardesk::client::{ClientConfig, ClientEvent, ClientHandle, MemoryOutbox, Outbox, connect};
use avatardesk::conversation::{
    AnswerId, Body, Channel, Command, ConversationId, Event, Fact, Language, Time, VisitorId, Words,
};
use avatardesk::log::{EventLog, MemoryLog, random_u128};
use avatardesk::protocol::Role;
use avatardesk::relay::{Limits, ManualClock, Mask, Masked, Relay, RelayKey, ServeError, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Nothing on loopback takes as long as this, even on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// A relay in this process.
pub struct Running {
    pub url: String,
    pub port: u16,
    pub clock: Arc<ManualClock>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    pub async fn start(log: Arc<dyn EventLog>, limits: Limits) -> Self {
        Self::start_at(log, limits, 0).await
    }

    pub async fn start_at(log: Arc<dyn EventLog>, limits: Limits, port: u16) -> Self {
        Self::start_as(log, limits, port, |relay| relay).await
    }

    /// A relay that `dress` has changed.
    pub async fn start_as(
        log: Arc<dyn EventLog>,
        limits: Limits,
        port: u16,
        dress: impl FnOnce(Relay) -> Relay,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let clock = Arc::new(ManualClock::new(Time(1_700_000_000_000)));
        // These tests are not about secrets, and looking for them in long texts takes time.
        let mask: Mask = Arc::new(|_, text| Masked { text: text.to_owned(), count: 0 });
        let relay = Relay::new(log, clock.clone(), RelayKey::passing().unwrap());
        let relay = dress(relay.with_limits(limits).with_mask(mask));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, relay, async { drop(stopped.await) }));
        Self { url: format!("ws://127.0.0.1:{port}/ws"), port, clock, stop: Some(stop), served }
    }

    pub async fn in_memory() -> Self {
        Self::start(Arc::new(MemoryLog::new()), Limits::default()).await
    }

    /// What the relay says about its health.
    pub async fn health(&self) -> serde_json::Value {
        serde_json::from_str(&self.get("/healthz").await.1).unwrap()
    }

    /// The status and the body of a page.
    pub async fn get(&self, path: &str) -> (u16, String) {
        self.get_with(path, "").await
    }

    /// The same, asked for with more headers, each with its line's end.
    pub async fn get_with(&self, path: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        // The relay itself ends the connection.
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Waits until the relay says with this status whether it is ready.
    pub async fn until_ready(&self, status: u16) -> serde_json::Value {
        let reached = async {
            loop {
                let (code, body) = self.get("/readyz").await;
                if code == status {
                    return serde_json::from_str(&body).unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, reached).await.unwrap_or_else(|_| panic!("/readyz never said {status}"))
    }

    /// Waits until so many clients are connected.
    pub async fn until_connected(&self, count: u64) {
        let reached = async {
            while self.health().await["connections"] != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, reached).await.unwrap();
    }

    pub async fn stop(mut self) {
        self.stop.take();
        timeout(SOON, self.served).await.unwrap().unwrap().unwrap();
    }
}

/// A client and what it has told.
pub struct Peer {
    pub handle: ClientHandle,
    pub events: mpsc::Receiver<ClientEvent>,
}

impl Peer {
    pub fn connect(url: &str, role: Role, name: &str) -> Self {
        Self::with_outbox(url, role, name, Box::new(MemoryOutbox::new()))
    }

    pub fn with_outbox(url: &str, role: Role, name: &str, outbox: Box<dyn Outbox>) -> Self {
        Self::start(ClientConfig::new(url, role, name.parse().unwrap()), outbox)
    }

    pub fn start(config: ClientConfig, outbox: Box<dyn Outbox>) -> Self {
        let (handle, events) = connect(config, outbox).unwrap();
        Self { handle, events }
    }

    /// The first thing told from now on that `pick` wants; what comes before is dropped.
    pub async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(ClientEvent) -> Option<T>) -> T {
        let mut seen = Vec::new();
        let found = timeout(SOON, async {
            while let Some(event) = self.events.recv().await {
                seen.push(format!("{event:?}"));
                if let Some(found) = pick(event) {
                    return Some(found);
                }
            }
            None
        });
        match found.await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("the client ended before: {what}; it told {seen:#?}"),
            Err(_) => panic!("this did not come: {what}; but {seen:#?}"),
        }
    }

    /// The next event of a followed conversation.
    pub async fn event(&mut self) -> Event {
        self.wait("an event", |e| match e {
            ClientEvent::Event { event, .. } => Some(event),
            _ => None,
        })
        .await
    }

    pub async fn events_until(&mut self, seq: u64) -> Vec<Event> {
        let mut events = vec![self.event().await];
        while events.last().unwrap().seq < seq {
            events.push(self.event().await);
        }
        events
    }

    /// Sends a command and waits for its acknowledgement; gives its `seq`.
    pub async fn done(&mut self, to: ConversationId, command: Command) -> u64 {
        match self.answer(to, command).await {
            Ok(seq) => seq,
            Err(text) => panic!("refused: {text}"),
        }
    }

    /// Sends a command and waits for the answer.
    pub async fn answer(&mut self, to: ConversationId, command: Command) -> Result<u64, String> {
        let sent = self.handle.command(to, command).await.unwrap();
        self.wait("the answer to a command", |e| match e {
            ClientEvent::Acked { cmid, seq, .. } if cmid == sent => Some(Ok(seq)),
            ClientEvent::Refused { cmid, text, .. } if cmid == sent => Some(Err(text)),
            _ => None,
        })
        .await
    }
}

pub fn conversation() -> ConversationId {
    ConversationId::new(Time(1_700_000_000_000), random_u128().unwrap())
}

pub fn open() -> Command {
    Command::Open {
        desk: "help".parse().unwrap(),
        language: Language::En,
        channel: Channel::Kiosk,
        visitor: VisitorId::new(Time(1), random_u128().unwrap()),
    }
}

pub fn say(text: &str) -> Command {
    Command::Say {
        answer: AnswerId::new(Time(1), random_u128().unwrap()),
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words: Words { text: text.to_owned(), ..Words::default() },
    }
}

/// What was said in an event.
pub fn words(event: &Event) -> Option<&str> {
    match (&event.fact, &event.body) {
        (Fact::Said { .. }, Body::Said(words)) => Some(&words.text),
        _ => None,
    }
}
