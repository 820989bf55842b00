//! A log that a test shuts, fills, or makes say the wrong thing; and what connections and time-outs do then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use avatardesk::conversation::{Cmid, Command, ConversationId, Fact, IDLE_CLOSE_MS, QUEUE_KEEP_MS, Time};
use avatardesk::log::{
    Answer, Append, AppendError, Appended, EventLog, LogError, MemoryLog, PAGE_MAX_EVENTS, Page,
};
use avatardesk::protocol::{ClientFrame, CloseCode, Role, ServerFrame};
use avatardesk::redact::Watch;
use avatardesk::relay::{Limits, Masked};
use avatardesk::routing::Profile;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::desk::{Running, SOON, conversation, open, say, words};
use crate::limits::Raw;

/// A log in memory.
struct Gate {
    log: MemoryLog,
    /// It has no room.
    full: AtomicBool,
    /// It says that it has failed when it has not.
    lies: AtomicBool,
    /// It stores, but does not say so until it is open.
    open: watch::Sender<bool>,
    /// It does not say what is in this conversation.
    kept: watch::Sender<Option<ConversationId>>,
    /// How often it was asked to store something.
    appends: watch::Sender<usize>,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            log: MemoryLog::new(),
            full: AtomicBool::new(false),
            lies: AtomicBool::new(false),
            open: watch::Sender::new(true),
            kept: watch::Sender::new(None),
            appends: watch::Sender::new(0),
        })
    }

    fn fill(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    fn room(&self) -> Result<(), AppendError> {
        let full = self.full.load(Ordering::SeqCst);
        if full { Err(AppendError::Full("as the test wants".to_owned())) } else { Ok(()) }
    }

    fn appends(&self) -> usize {
        *self.appends.borrow()
    }

    /// Waits until something more than so many appends is asked for.
    async fn more_than(&self, appends: usize) {
        let mut asked = self.appends.subscribe();
        timeout(SOON, asked.wait_for(|n| *n > appends)).await.unwrap().unwrap();
    }
}

impl EventLog for Gate {
    pass_on!(log: commands, read_from, open_after, erase);

    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let stored = match self.room() {
                Ok(()) => self.log.append(append).await,
                Err(e) => Err(e),
            };
            self.appends.send_modify(|n| *n += 1);
            self.open.subscribe().wait_for(|open| *open).await.unwrap();
            if self.lies.load(Ordering::SeqCst) {
                return Err(AppendError::Storage("as the test wants".to_owned()));
            }
            stored
        })
    }

    fn read(
        &self,
        c: ConversationId,
        after: u64,
        limit: usize,
    ) -> Answer<'_, Result<Option<Page>, LogError>> {
        Box::pin(async move {
            self.kept.subscribe().wait_for(|kept| *kept != Some(c)).await.unwrap();
            self.log.read(c, after, limit).await
        })
    }

    fn probe(&self) -> Answer<'_, Result<(), AppendError>> {
        Box::pin(async { self.room() })
    }
}

/// Commands, and what comes back.
impl Raw {
    async fn give(&mut self, conversation: ConversationId, cmid: u128, command: Command) {
        let cmid = Cmid::new(Time(1), cmid);
        self.send(&ClientFrame::Command { conversation, cmid, command }).await;
    }

    /// What is said to the command that is given next, or the code that the connection is closed with.
    async fn told(
        &mut self,
        visit: ConversationId,
        cmid: u128,
        command: Command,
    ) -> Result<Result<u64, String>, u16> {
        self.give(visit, cmid, command).await;
        self.heard().await
    }

    async fn heard(&mut self) -> Result<Result<u64, String>, u16> {
        loop {
            match self.next().await? {
                ServerFrame::Ack { seq, .. } => return Ok(Ok(seq)),
                ServerFrame::Refused { text, .. } => return Ok(Err(text)),
                _ => {}
            }
        }
    }

    async fn follows(&mut self, conversation: ConversationId) {
        self.send(&ClientFrame::Follow { conversation, epoch: None, after_seq: 0 }).await;
        while !matches!(self.next().await.unwrap(), ServerFrame::Replay { more: false, .. }) {}
    }

    /// The number and the words of the next event.
    async fn event(&mut self) -> (u64, Option<String>) {
        let event = async {
            loop {
                if let ServerFrame::Event { event, .. } = self.next().await.unwrap() {
                    return (event.seq, words(&event).map(str::to_owned));
                }
            }
        };
        // Heartbeats go on coming.
        timeout(SOON, event).await.expect("an event comes")
    }
}

fn stored(seq: u64) -> Result<Result<u64, String>, u16> {
    Ok(Ok(seq))
}

/// A visit that a kiosk has opened.
async fn begun(relay: &Running) -> (Raw, ConversationId) {
    let visit = conversation();
    let mut kiosk = Raw::hello(relay, Role::Kiosk, "kiosk-1").await;
    assert_eq!(kiosk.told(visit, 1, open()).await, stored(1));
    (kiosk, visit)
}

#[tokio::test]
async fn while_nothing_can_be_stored_nobody_is_idle_and_nothing_is_tried() {
    let gate = Gate::new();
    let often = Duration::from_millis(10);
    let limits = Limits { tick: often, probe_every: often, ..Limits::default() };
    let rounds = Arc::new(watch::Sender::new(0));
    let counts = Arc::clone(&rounds);
    let pulse = move || counts.send_modify(|n: &mut usize| *n += 1);
    let relay = Running::start_as(gate.clone(), limits, 0, |relay| relay.with_pulse(pulse)).await;
    let some_rounds = || async {
        let before = *rounds.borrow();
        timeout(SOON, rounds.subscribe().wait_for(|n| *n > before + 5)).await.unwrap().unwrap();
    };
    let (mut kiosk, visit) = begun(&relay).await;
    relay.until_ready(200).await;
    gate.fill(true);
    let late = say("my wallet does not start");
    assert_eq!(kiosk.told(visit, 2, late.clone()).await, Err(CloseCode::StoreFull as u16));
    relay.until_ready(503).await;
    let tried = gate.appends();
    relay.clock.advance_ms(IDLE_CLOSE_MS + 1);
    some_rounds().await;
    assert_eq!(gate.appends(), tried, "the relay tries to store something");
    gate.fill(false);
    relay.until_ready(200).await;
    some_rounds().await;
    // The kiosk comes back later than the room: what it kept is still taken.
    let mut kiosk = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    assert_eq!(kiosk.told(visit, 2, late).await, stored(2));
    // Who is silent although it could be heard is idle: of those who wait, after hours only.
    relay.clock.advance_ms(IDLE_CLOSE_MS + 1);
    some_rounds().await;
    assert_eq!(gate.read(visit, 0, PAGE_MAX_EVENTS).await.unwrap().unwrap().events.len(), 2);
    relay.clock.advance_ms(QUEUE_KEEP_MS);
    some_rounds().await;
    let page = gate.read(visit, 0, PAGE_MAX_EVENTS).await.unwrap().unwrap();
    assert!(matches!(page.events.last().unwrap().fact, Fact::Closed { .. }), "{:?}", page.events);
}

#[tokio::test]
async fn what_was_being_stored_when_its_connection_was_cut_reaches_the_others() {
    let gate = Gate::new();
    let relay = Running::start(gate.clone(), Limits::default()).await;
    let (mut kiosk, visit) = begun(&relay).await;
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.follows(visit).await;
    let before = gate.appends();
    gate.open.send_replace(false);
    kiosk.give(visit, 2, say("hello")).await;
    gate.more_than(before).await;
    drop(kiosk);
    relay.until_connected(1).await;
    gate.open.send_replace(true);
    assert_eq!(ann.event().await, (2, Some("hello".to_owned())));
    // Sent again, it is acknowledged and comes no second time.
    let mut kiosk = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    assert_eq!(kiosk.told(visit, 2, say("hello")).await, stored(2));
    assert_eq!(kiosk.told(visit, 3, say("are you there?")).await, stored(3));
    assert_eq!(ann.event().await, (3, Some("are you there?".to_owned())));
    relay.stop().await;
}

#[tokio::test]
async fn a_claim_whose_connection_was_cut_keeps_its_seat() {
    let gate = Gate::new();
    let relay = Running::start(gate.clone(), Limits::default()).await;
    let (mut kiosk, first) = begun(&relay).await;
    let second = conversation();
    assert_eq!(kiosk.told(second, 1, open()).await, stored(1));
    let announce = ClientFrame::Announce(Profile { capacity: 1, ..Profile::default() });
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.send(&announce).await;
    let before = gate.appends();
    gate.open.send_replace(false);
    ann.give(first, 1, Command::Claim).await;
    gate.more_than(before).await;
    drop(ann);
    relay.until_connected(1).await;
    gate.open.send_replace(true);
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.send(&announce).await;
    let told = ann.told(second, 2, Command::Claim).await.unwrap();
    assert!(told.clone().unwrap_err().contains("capacity"), "{told:?}");
}

#[tokio::test]
async fn what_was_stored_although_the_log_said_otherwise_reaches_everybody() {
    let gate = Gate::new();
    let relay = Running::start(gate.clone(), Limits::default()).await;
    let (mut kiosk, visit) = begun(&relay).await;
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.follows(visit).await;
    gate.lies.store(true, Ordering::SeqCst);
    assert_eq!(kiosk.told(visit, 2, say("hello")).await, stored(2));
    assert_eq!(ann.event().await, (2, Some("hello".to_owned())));
}

#[tokio::test]
async fn what_is_repeated_or_was_not_stored_does_not_count_for_the_mask() {
    let gate = Gate::new();
    let watches = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&watches);
    let mask = move |watch: &mut Watch, text: &str| {
        seen.lock().unwrap().push(watch.clone());
        Masked { text: watch.redact(text).text, count: 0 }
    };
    let dress = |relay: avatardesk::relay::Relay| relay.with_mask(Arc::new(mask));
    let relay = Running::start_as(gate.clone(), Limits::default(), 0, dress).await;
    let (mut kiosk, visit) = begun(&relay).await;
    let announcing = "I want to tell you my seed phrase";
    gate.fill(true);
    assert_eq!(kiosk.told(visit, 2, say(announcing)).await, Err(CloseCode::StoreFull as u16));
    gate.fill(false);
    let mut kiosk = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    for _ in 0..3 {
        assert_eq!(kiosk.told(visit, 2, say(announcing)).await, stored(2));
    }
    assert_eq!(kiosk.told(visit, 3, say("here it comes")).await, stored(3));
    let mut once = Watch::new();
    once.redact(announcing);
    assert_ne!(once, Watch::new());
    assert_eq!(*watches.lock().unwrap(), [Watch::new(), Watch::new(), once]);
}

#[tokio::test]
async fn who_is_not_read_from_is_not_silent() {
    let gate = Gate::new();
    let limits = Limits {
        max_in_flight: 1,
        heartbeat: Duration::from_millis(20),
        silent_max: Duration::from_millis(200),
        ..Limits::default()
    };
    let relay = Running::start(gate.clone(), limits).await;
    let (mut kiosk, visit) = begun(&relay).await;
    gate.open.send_replace(false);
    kiosk.give(visit, 2, say("hello")).await;
    // For longer than a client may be silent.
    let mut beats = 0;
    while beats < 30 {
        let frame = kiosk.next().await.expect("still connected");
        beats += usize::from(matches!(frame, ServerFrame::Heartbeat { .. }));
    }
    gate.open.send_replace(true);
    assert_eq!(kiosk.heard().await, stored(2));
}

#[tokio::test]
async fn a_store_that_hangs_is_not_ready_until_it_answers() {
    let gate = Gate::new();
    let limits = Limits { store_within: Duration::from_millis(50), ..Limits::default() };
    let relay = Running::start(gate.clone(), limits).await;
    let (mut kiosk, visit) = begun(&relay).await;
    relay.until_ready(200).await;
    gate.open.send_replace(false);
    kiosk.give(visit, 2, say("hello")).await;
    assert_eq!(relay.until_ready(503).await["store"], "failing");
    let figures = relay.get("/metrics").await.1;
    assert!(figures.contains("avatardesk_store_writable 0"), "{figures}");
    gate.open.send_replace(true);
    assert_eq!(kiosk.heard().await, stored(2));
    relay.until_ready(200).await;
}

/// What is logged, for the test to read.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    fn has(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.0.lock().unwrap()).contains(text)
    }
}

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn that_the_next_one_is_asked_is_logged_when_it_is_stored() {
    let logged = Logged::default();
    let copy = logged.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || copy.clone()).with_ansi(false).finish();
    // Everything of this test runs on this thread.
    let _here = tracing::subscriber::set_default(subscriber);
    let gate = Gate::new();
    let relay = Running::start(gate.clone(), Limits::default()).await;
    let (mut kiosk, visit) = begun(&relay).await;
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    assert_eq!(ann.told(visit, 2, Command::Claim).await, stored(2));
    assert_eq!(kiosk.told(visit, 2, say("are you there?")).await, stored(3));
    kiosk.follows(visit).await;
    let before = gate.appends();
    gate.open.send_replace(false);
    relay.clock.advance_ms(Limits::default().silent_pilot_ms);
    gate.more_than(before).await;
    let line = "the next one is asked";
    assert!(logged.has("listening") && !logged.has(line), "it is not stored yet");
    gate.open.send_replace(true);
    assert_eq!(kiosk.event().await.0, 4);
    let comes = async {
        while !logged.has(line) {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, comes).await.unwrap();
    assert!(logged.has("agent=ann"));
}

#[tokio::test]
async fn whoever_serves_one_takes_no_second_one_before_the_relay_has_read_whom_they_serve() {
    let log = Gate::new();
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut kiosk = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    let (one, two) = (conversation(), conversation());
    assert_eq!(kiosk.told(one, 1, open()).await, Ok(Ok(1)));
    assert_eq!(kiosk.told(two, 2, open()).await, Ok(Ok(1)));
    let announce = ClientFrame::Announce(Profile::available(1));
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.send(&announce).await;
    assert_eq!(ann.told(one, 3, Command::Claim).await, Ok(Ok(2)));
    relay.stop().await;

    log.kept.send_replace(Some(one));
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut ann = Raw::hello(&relay, Role::Agent, "ann").await;
    ann.send(&announce).await;
    ann.give(two, 4, Command::Claim).await;
    // A relay that does not wait decides it meanwhile. Visitors need not wait.
    let mut kiosk = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    assert_eq!(kiosk.told(two, 5, say("is nobody there?")).await.map(|said| said.is_ok()), Ok(true));
    log.kept.send_replace(None);
    let refused = ann.heard().await.unwrap().unwrap_err();
    assert!(refused.contains("capacity"), "{refused}");
}
