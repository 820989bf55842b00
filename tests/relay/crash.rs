//! A relay that is killed, and stores that fail: what was acknowledged is there once, in order.
//!
//! A kill keeps what the operating system has not yet written to the disk, so these tests do not show that the log
//! syncs (`tests/chaos` does); they show that nothing is acknowledged before it is handed over whole, and that clients
//! resume.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Command, ConversationId};
use avatardesk::log::{Answer, Append, AppendError, Appended, EventLog, MemoryLog};
use avatardesk::protocol::Role;
use avatardesk::relay::Limits;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command as Process};
use tokio::time::timeout;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};

/// What is wrong with `said`, given what was acknowledged in which order.
fn check(acknowledged: &[String], said: &[String]) -> Result<(), String> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, text) in said.iter().enumerate() {
        if places.insert(text, place).is_some() {
            return Err(format!("`{text}` is there twice"));
        }
    }
    let mut last = None;
    for text in acknowledged {
        let place = *places.get(text.as_str()).ok_or(format!("`{text}` is missing"))?;
        if last.is_some_and(|last| place < last) {
            return Err(format!("`{text}` is in the wrong place"));
        }
        last = Some(place);
    }
    Ok(())
}

#[test]
fn the_check_notices_what_is_missing_twice_or_misplaced() {
    let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(check(&list("a b c"), &list("a b c d")), Ok(()));
    assert_eq!(check(&list("a b c"), &list("a c")), Err("`b` is missing".to_owned()));
    assert_eq!(check(&list("a b"), &list("a b b")), Err("`b` is there twice".to_owned()));
    assert_eq!(check(&list("a b"), &list("b a")), Err("`b` is in the wrong place".to_owned()));
}

pub async fn relay_process(data: &Path, listen: &str) -> (Child, u16) {
    let mut child = Process::new(env!("CARGO_BIN_EXE_avatardesk"))
        .args(["relay", "--listen", listen, "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first =
        timeout(SOON, lines.next_line()).await.unwrap().unwrap().expect("the relay says where it listens");
    let address = first.strip_prefix("listening on 127.0.0.1:").expect(&first);
    (child, address.parse().unwrap())
}

/// Sends `count` messages without waiting, and what was acknowledged, in the order of the acknowledgements.
struct Talker {
    peer: Peer,
    visit: ConversationId,
    sent: HashMap<String, String>,
    acknowledged: Vec<String>,
    next: usize,
}

impl Talker {
    async fn start(url: &str) -> Self {
        let mut peer = Peer::connect(url, Role::Kiosk, "kiosk-1");
        let visit = conversation();
        peer.done(visit, open()).await;
        peer.handle.follow(visit).unwrap();
        Self { peer, visit, sent: HashMap::new(), acknowledged: Vec::new(), next: 0 }
    }

    async fn say(&mut self, count: usize) {
        for _ in 0..count {
            let text = format!("what about number {}?", self.next);
            self.next += 1;
            let cmid = self.peer.handle.command(self.visit, say(&text)).await.unwrap();
            self.sent.insert(cmid.to_string(), text);
        }
    }

    async fn until_acknowledged(&mut self, count: usize) {
        while self.acknowledged.len() < count {
            let cmid = self
                .peer
                .wait("an acknowledgement", |e| match e {
                    ClientEvent::Acked { cmid, .. } => Some(cmid.to_string()),
                    ClientEvent::Refused { text, .. } => panic!("refused: {text}"),
                    _ => None,
                })
                .await;
            self.acknowledged.extend(self.sent.remove(&cmid));
        }
    }

    /// What somebody who comes later reads.
    async fn read_all(&self, url: &str) -> Vec<String> {
        let mut agent = Peer::connect(url, Role::Agent, "ann");
        let seq = agent.done(self.visit, Command::Claim).await;
        agent.handle.follow(self.visit).unwrap();
        let events = agent.events_until(seq).await;
        events.iter().filter_map(words).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_relay_killed_ten_times_loses_and_repeats_nothing() {
    let tmp = tempfile::tempdir().unwrap();
    let (mut child, port) = relay_process(tmp.path(), "127.0.0.1:0").await;
    let url = format!("ws://127.0.0.1:{port}/ws");
    let mut talker = Talker::start(&url).await;
    for round in 1..=10 {
        talker.say(60).await;
        // In the middle of a round: some are acknowledged, some are on their way, some wait.
        talker.until_acknowledged((round - 1) * 60 + 7 + round).await;
        child.start_kill().unwrap();
        child.wait().await.unwrap();
        child = relay_process(tmp.path(), &format!("127.0.0.1:{port}")).await.0;
    }
    talker.until_acknowledged(600).await;
    let said = talker.read_all(&url).await;
    assert_eq!(check(&talker.acknowledged, &said), Ok(()));
    assert_eq!(said.len(), 600);
}

#[tokio::test]
async fn a_second_relay_on_the_same_directory_is_refused_in_words() {
    let tmp = tempfile::tempdir().unwrap();
    let (_first, _) = relay_process(tmp.path(), "127.0.0.1:0").await;
    let second = Process::new(env!("CARGO_BIN_EXE_avatardesk"))
        .args(["relay", "--listen", "127.0.0.1:0", "--data"])
        .arg(tmp.path())
        .output();
    let second = timeout(SOON, second).await.unwrap().unwrap();
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && error.contains("already in use by another avatardesk"), "{error}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_so() {
    let tmp = tempfile::tempdir().unwrap();
    let (_first, port) = relay_process(&tmp.path().join("a"), "127.0.0.1:0").await;
    let mut second = Process::new(env!("CARGO_BIN_EXE_avatardesk"))
        .args(["relay", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(tmp.path().join("b"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(!timeout(SOON, second.wait()).await.unwrap().unwrap().success());
    let mut error = String::new();
    second.stderr.take().unwrap().read_to_string(&mut error).await.unwrap();
    assert!(error.contains("cannot be listened on") && error.contains("--listen"), "{error}");
}

/// A log with a fault.
struct Faulty {
    log: MemoryLog,
    /// Says "stored" for every tenth message without storing it.
    forgets: bool,
    full: AtomicBool,
    count: AtomicU64,
}

impl Faulty {
    fn new(forgets: bool) -> Arc<Self> {
        let (full, count) = (AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { log: MemoryLog::new(), forgets, full, count })
    }
}

impl EventLog for Faulty {
    pass_on!(log: read, commands, read_from, open_after, erase);

    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            if self.full.load(Ordering::SeqCst) {
                return Err(AppendError::Full("no room".to_owned()));
            }
            let count = self.count.fetch_add(1, Ordering::SeqCst);
            if self.forgets && count % 10 == 9 {
                let page = self.log.read(append.conversation, 0, 1).await.unwrap().unwrap();
                let (first_seq, last_seq) = (append.expected_seq + 1, append.expected_seq + 1);
                return Ok(Appended { epoch: page.epoch, first_seq, last_seq, repeated: false });
            }
            self.log.append(append).await
        })
    }
}

#[tokio::test]
async fn the_check_notices_a_store_that_acknowledges_what_it_does_not_keep() {
    let relay = Running::start(Faulty::new(true), Limits::default()).await;
    let mut talker = Talker::start(&relay.url).await;
    talker.say(60).await;
    talker.until_acknowledged(60).await;
    let said = talker.read_all(&relay.url).await;
    let fault = check(&talker.acknowledged, &said);
    assert!(fault.as_ref().is_err_and(|e| e.contains("missing")), "{fault:?}");
}

#[tokio::test]
async fn while_the_store_is_full_messages_wait_and_keep_their_order() {
    let log = Faulty::new(false);
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut talker = Talker::start(&relay.url).await;
    talker.say(10).await;
    talker.until_acknowledged(10).await;
    log.full.store(true, Ordering::SeqCst);
    talker.say(100).await;
    let told = talker.peer.wait("why it does not go on", |e| match e {
        ClientEvent::Error { text, .. } => Some(text),
        _ => None,
    });
    assert!(told.await.contains("no room left"));
    log.full.store(false, Ordering::SeqCst);
    talker.until_acknowledged(110).await;
    let said = talker.read_all(&relay.url).await;
    assert_eq!(check(&talker.acknowledged, &said), Ok(()));
    assert_eq!(said, (0..110).map(|n| format!("what about number {n}?")).collect::<Vec<_>>());
}
