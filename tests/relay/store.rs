//! A store without room: senders are told, nothing that was acknowledged is lost, and it goes on by itself.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Cmid, ConversationId, Epoch, Time};
use avatardesk::log::{
    Answer, Append, AppendError, Appended, DataDir, EventLog, PAGE_MAX_EVENTS, SqliteLog, SqliteOptions,
};
use avatardesk::protocol::{ClientFrame, CloseCode, ErrorCode, Role, ServerFrame, encode};
use avatardesk::relay::Limits;
use futures_util::SinkExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};
use crate::limits::Raw;

fn sqlite(path: &std::path::Path) -> Arc<SqliteLog> {
    let dir = Arc::new(DataDir::open(path).unwrap());
    Arc::new(SqliteLog::open(dir, SqliteOptions::default()).unwrap())
}

/// Everything that was said, straight from the log.
async fn said(log: &dyn EventLog, visit: ConversationId) -> Vec<String> {
    let mut texts = Vec::new();
    let mut after = 0;
    loop {
        let page = log.read(visit, after, PAGE_MAX_EVENTS).await.unwrap().unwrap();
        let Some(last) = page.events.last() else { return texts };
        after = last.seq;
        texts.extend(page.events.iter().filter_map(words).map(str::to_owned));
    }
}

/// What is in short supply.
enum Room<'a> {
    /// Pages of the database.
    Pages(&'a SqliteLog),
    /// A small file system, which a file fills.
    Disk(PathBuf),
}

impl Room<'_> {
    async fn take(&self) {
        match self {
            Self::Pages(log) => log.bound(Some(200_000)).await.unwrap(),
            Self::Disk(filler) => {
                let mut file = std::fs::File::create(filler).unwrap();
                let full =
                    std::iter::repeat_with(|| file.write_all(&[0; 4096])).take(100_000).find_map(Result::err);
                assert_eq!(full.unwrap().kind(), std::io::ErrorKind::StorageFull);
            }
        }
    }

    async fn give_back(&self) {
        match self {
            Self::Pages(log) => make_room(log).await,
            Self::Disk(filler) => std::fs::remove_file(filler).unwrap(),
        }
    }
}

/// Talks, fills the store, talks on, makes room. Gives what was acknowledged, and whether senders were told.
async fn talk_while_full(relay: &Running, room: Room<'_>, visit: ConversationId) -> (Vec<String>, bool) {
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    kiosk.done(visit, open()).await;
    let text = |n: usize| format!("{n} {}", "word ".repeat(200));
    let mut sent = Vec::new();
    let (mut acked, mut told, mut roomy) = (Vec::new(), false, false);
    room.take().await;
    for n in 0..400 {
        sent.push((kiosk.handle.command(visit, say(&text(n))).await.unwrap(), text(n)));
    }
    while acked.len() < sent.len() {
        let news = kiosk.wait("an answer", Some).await;
        match news {
            ClientEvent::Acked { cmid, .. } => {
                acked.extend(sent.iter().find(|(c, _)| *c == cmid).map(|(_, text)| text.clone()));
            }
            ClientEvent::Error { code: ErrorCode::StoreFull, text, .. } => {
                assert!(text.contains("no room left"), "{text}");
                told = true;
            }
            ClientEvent::Refused { text, .. } => panic!("{text}"),
            _ => {}
        }
        if told && !roomy {
            assert_eq!(relay.until_ready(503).await["store"], "full");
            room.give_back().await;
            roomy = true;
        }
    }
    (acked, told)
}

/// Lets the log grow again. While the writer takes back what did not fit, even this may not fit.
async fn make_room(log: &SqliteLog) {
    let done = async {
        while log.bound(None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, done).await.unwrap();
}

#[tokio::test]
async fn a_full_store_tells_its_senders_loses_nothing_and_goes_on() {
    let tmp = tempfile::tempdir().unwrap();
    let log = sqlite(tmp.path());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let visit = conversation();
    let (acked, told) = talk_while_full(&relay, Room::Pages(&log), visit).await;
    assert!(told, "the store was never full");
    assert_eq!(said(&*log, visit).await, acked);
    assert_eq!(relay.until_ready(200).await["store"], "writable");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "needs root, for a small file system of its own"]
async fn a_disk_that_is_full_tells_its_senders_loses_nothing_and_goes_on() {
    let tmp = tempfile::tempdir().unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let done = std::process::Command::new(program).args(arguments).arg(tmp.path()).status().unwrap();
        assert!(done.success(), "{program} {arguments:?}");
    };
    run("mount", &["-t", "tmpfs", "-o", "size=16m", "none"]);
    let data = tmp.path().join("data");
    let log = sqlite(&data);
    let relay = Running::start(log.clone(), Limits::default()).await;
    let visit = conversation();
    let room = Room::Disk(tmp.path().join("filler"));
    let (acked, told) = talk_while_full(&relay, room, visit).await;
    assert!(told, "the store was never full");
    assert_eq!(said(&*log, visit).await, acked);
    assert_eq!(relay.until_ready(200).await["store"], "writable");
    relay.stop().await;
    drop(log);
    let report = avatardesk::log::Snapshot::open(&data, None).unwrap().check(|_, _| {}).unwrap();
    assert_eq!(report.faults_total, 0, "{:?}", report.faults);
    run("umount", &["-l"]);
}

/// Says "stored" when there was no room.
struct Careless(Arc<SqliteLog>);

impl EventLog for Careless {
    pass_on!(0: read, commands, read_from, open_after, erase);

    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let first_seq = append.expected_seq + 1;
            let last_seq = append.expected_seq + append.events.len() as u64;
            match self.0.append(append).await {
                Err(AppendError::Full(_) | AppendError::Conflict { .. }) => {
                    Ok(Appended { epoch: Epoch::new(Time(1), 1), first_seq, last_seq, repeated: false })
                }
                other => other,
            }
        })
    }
}

#[tokio::test]
async fn a_store_that_hides_that_it_is_full_is_found_out() {
    let tmp = tempfile::tempdir().unwrap();
    let log = sqlite(tmp.path());
    let relay = Running::start(Arc::new(Careless(log.clone())), Limits::default()).await;
    let visit = conversation();
    let (acked, told) = talk_while_full(&relay, Room::Pages(&log), visit).await;
    assert!(!told);
    assert!(said(&*log, visit).await.len() < acked.len());
}

#[tokio::test]
async fn a_full_store_has_a_close_code_of_its_own_and_recovers_without_traffic() {
    let tmp = tempfile::tempdir().unwrap();
    let log = sqlite(tmp.path());
    log.bound(Some(1)).await.unwrap();
    let relay = Running::start(log.clone(), Limits::default()).await;
    relay.until_ready(503).await;
    let mut raw = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    // The pages that are there have room for small things: several may go in.
    for n in 0..64u128 {
        let conversation = ConversationId::new(Time(1), n);
        for (n, command) in [(1, open()), (2, say(&"x".repeat(3_000)))] {
            let cmid = Cmid::new(Time(1), n);
            let frame = encode(&ClientFrame::Command { conversation, cmid, command }).unwrap();
            // The relay may have closed already.
            drop(raw.0.send(Message::text(frame)).await);
        }
    }
    let mut codes = Vec::new();
    let closed = loop {
        match raw.next().await {
            Ok(ServerFrame::Error { code, .. }) => codes.push(code),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert!(codes.contains(&ErrorCode::StoreFull), "{codes:?}");
    assert_eq!(closed, CloseCode::StoreFull as u16);
    make_room(&log).await;
    relay.until_ready(200).await;
}
