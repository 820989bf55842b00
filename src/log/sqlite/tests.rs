//! What both backends promise, and what only the file does.

use std::sync::Arc;

use super::super::memory::MemoryLog;
use super::*;
use crate::conversation::{
    Actor, ActorKind, Body, Channel, Cmid, Event, Fact, Language, Outcome, Time, Words,
};

pub fn kiosk() -> Actor {
    Actor { id: "kiosk-1".parse().unwrap(), kind: ActorKind::Visitor }
}

pub fn conversation(n: u128) -> ConversationId {
    ConversationId::new(Time(n as u64), n)
}

pub fn visitor(n: u128) -> VisitorId {
    VisitorId::new(Time(1), n)
}

pub fn event(seq: u64, fact: Fact, body: Body) -> Event {
    Event { seq, at: Time(1000 + seq), actor: kiosk(), cmid: Cmid::new(Time(1), u128::from(seq)), fact, body }
}

pub fn opened(who: u128) -> Event {
    let fact = Fact::Opened {
        desk: "help".parse().unwrap(),
        language: Language::En,
        channel: Channel::Kiosk,
        visitor: visitor(who),
    };
    event(1, fact, Body::Empty)
}

pub fn said(seq: u64, text: &str) -> Event {
    event(seq, Fact::Noted, Body::Said(Words { text: text.to_owned(), ..Words::default() }))
}

pub fn batch(to: u128, expected_seq: u64, cmid: u128, events: Vec<Event>) -> Append {
    Append {
        conversation: conversation(to),
        expected_seq,
        sender: kiosk().id,
        cmid: Cmid::new(Time(1), cmid),
        events,
    }
}

pub fn open(path: &std::path::Path) -> SqliteLog {
    SqliteLog::open(Arc::new(DataDir::open(path).unwrap()), SqliteOptions::default()).unwrap()
}

/// Both backends must pass.
async fn keeps_its_promises(log: &dyn EventLog) {
    let first = log.append(batch(1, 0, 1, vec![opened(1), said(2, "hello")])).await.unwrap();
    assert_eq!((first.first_seq, first.last_seq, first.repeated), (1, 2, false));
    let again = log.append(batch(1, 0, 1, vec![opened(1), said(2, "other")])).await.unwrap();
    assert_eq!(again, Appended { repeated: true, ..first });
    let late = log.append(batch(1, 1, 2, vec![said(2, "late")])).await;
    assert_eq!(late, Err(AppendError::Conflict { seq: 2 }));
    let nothing = log.append(batch(1, 2, 3, vec![])).await.unwrap();
    assert_eq!((nothing.first_seq, nothing.last_seq), (3, 2));
    let nothing = log.append(batch(1, 7, 3, vec![])).await.unwrap();
    assert!(nothing.repeated);
    log.append(batch(2, 0, 1, vec![opened(2), said(2, "second")])).await.unwrap();

    let page = log.read(conversation(1), 0, 10).await.unwrap().unwrap();
    assert_eq!((page.epoch, page.events), (first.epoch, vec![opened(1), said(2, "hello")]));
    let page = log.read(conversation(1), 1, 10).await.unwrap().unwrap();
    assert_eq!(page.events, vec![said(2, "hello")]);
    assert_eq!(log.read(conversation(9), 0, 10).await.unwrap(), None);
    assert_eq!(log.commands(conversation(1)).await.unwrap().len(), 2);
    let records = log.read_from(1, 2).await.unwrap();
    assert_eq!(records.iter().map(|r| (r.position, r.event.seq)).collect::<Vec<_>>(), [(2, 2), (3, 1)]);

    for (after, limit, expected) in [
        (None, 9, vec![conversation(1), conversation(2)]),
        (None, 1, vec![conversation(1)]),
        (Some(conversation(1)), 9, vec![conversation(2)]),
        (Some(conversation(2)), 9, vec![]),
    ] {
        let page = log.open_after(after, limit).await.unwrap();
        assert_eq!(page.iter().map(|o| o.conversation).collect::<Vec<_>>(), expected);
    }
    log.append(batch(2, 2, 4, vec![event(3, Fact::Closed { outcome: Outcome::Finished }, Body::Empty)]))
        .await
        .unwrap();
    assert_eq!(log.open_after(None, 9).await.unwrap().len(), 1);

    assert!(log.erase(visitor(1)).await.unwrap());
    assert!(!log.erase(visitor(1)).await.unwrap());
    let erased = log.read(conversation(1), 1, 10).await.unwrap().unwrap().events;
    assert_eq!(erased, vec![Event { body: Body::Erased, ..said(2, "") }]);
    let other = log.read(conversation(2), 1, 1).await.unwrap().unwrap().events;
    assert_eq!(other, vec![said(2, "second")]);
    log.append(batch(1, 2, 5, vec![said(3, "after")])).await.unwrap();
    let after = log.read(conversation(1), 2, 1).await.unwrap().unwrap().events;
    assert_eq!(after, vec![said(3, "after")]);
    log.append(batch(1, 3, 6, vec![event(4, Fact::Erased, Body::Empty)])).await.unwrap();
    let after = log.read(conversation(1), 2, 1).await.unwrap().unwrap().events;
    assert_eq!(after, vec![Event { body: Body::Erased, ..said(3, "") }]);
}

#[tokio::test]
async fn memory_keeps_its_promises() {
    keeps_its_promises(&MemoryLog::new()).await;
}

#[tokio::test]
async fn sqlite_keeps_its_promises() {
    let tmp = tempfile::tempdir().unwrap();
    keeps_its_promises(&open(tmp.path())).await;
}

#[tokio::test]
async fn what_was_appended_is_there_after_opening_again_and_nothing_is_readable_in_the_files() {
    let tmp = tempfile::tempdir().unwrap();
    let log = open(tmp.path());
    let first = log.append(batch(1, 0, 1, vec![opened(1), said(2, "PLANTED WORDS")])).await.unwrap();
    drop(log);
    let log = open(tmp.path());
    let page = log.read(conversation(1), 0, 10).await.unwrap().unwrap();
    assert_eq!((page.epoch, page.events), (first.epoch, vec![opened(1), said(2, "PLANTED WORDS")]));
    assert!(log.append(batch(1, 0, 1, vec![])).await.unwrap().repeated);
    log.append(batch(1, 2, 2, vec![said(3, "PLANTED WORDS")])).await.unwrap();
    for file in std::fs::read_dir(tmp.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"PLANTED"));
    }
}

#[tokio::test]
async fn a_page_is_bounded_in_bytes() {
    let long = "a".repeat(50_000);
    let tmp = tempfile::tempdir().unwrap();
    let sqlite = open(tmp.path());
    let memory = MemoryLog::new();
    let logs: [&dyn EventLog; 2] = [&sqlite, &memory];
    for log in logs {
        let events = (2..12).map(|seq| said(seq, &long));
        log.append(batch(1, 0, 1, std::iter::once(opened(1)).chain(events).collect())).await.unwrap();
        let page = log.read(conversation(1), 0, usize::MAX).await.unwrap().unwrap();
        assert_eq!(page.events.len(), 4);
    }
}

#[tokio::test]
async fn many_appends_at_once_all_get_their_own_answer() {
    let tmp = tempfile::tempdir().unwrap();
    let log = Arc::new(open(tmp.path()));
    let tasks = (0..200u128).map(|n| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.append(batch(n, 0, n, vec![opened(n)])).await.unwrap().last_seq })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap(), 1);
    }
    // Two that want the same place: one wins, also within one group.
    let (a, b) = tokio::join!(
        log.append(batch(0, 1, 300, vec![said(2, "a")])),
        log.append(batch(0, 1, 301, vec![said(2, "b")]))
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
}

#[test]
fn a_newer_database_a_wrong_key_and_a_missing_key_are_refused_in_words() {
    let tmp = tempfile::tempdir().unwrap();
    drop(open(tmp.path()));
    let reopen = || SqliteLog::open(Arc::new(DataDir::open(tmp.path()).unwrap()), SqliteOptions::default());
    let key = tmp.path().join(MASTER_KEY_FILE);
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, "0".repeat(64)).unwrap();
    assert!(matches!(reopen(), Err(LogError::KeyWrong { .. })));
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(reopen(), Err(LogError::KeyMissing { .. })));
    let dir = DataDir::open(tmp.path()).unwrap();
    secret_file(&dir, MASTER_KEY_FILE, true).unwrap();
    drop(dir);
    std::fs::write(&key, right).unwrap();
    drop(reopen().unwrap());
    let connection = rusqlite::Connection::open(tmp.path().join(DATABASE_FILE)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let error = reopen().unwrap_err().to_string();
    assert!(error.contains("newer avatardesk") && error.contains("99"), "{error}");
}

/// How many transactions stand in the write-ahead log of this directory: frames that end one name the size of the
/// database (<https://www.sqlite.org/fileformat2.html#walformat>).
fn commits(path: &std::path::Path) -> usize {
    let wal = std::fs::read(path.join(format!("{DATABASE_FILE}-wal"))).unwrap();
    let number = |at: usize| u32::from_be_bytes(wal[at..at + 4].try_into().unwrap());
    let (page, salt) = (number(8) as usize, &wal[16..24]);
    let frames = wal[32..].chunks_exact(24 + page);
    frames.filter(|frame| frame[8..16] == *salt && frame[4..8] != [0; 4]).count()
}

/// In how many transactions so many appends are stored that come at once.
async fn commits_for(appends: u128, group_max_batches: usize) -> usize {
    let tmp = tempfile::tempdir().unwrap();
    let dir = Arc::new(DataDir::open(tmp.path()).unwrap());
    let options = SqliteOptions { group_max_batches, ..SqliteOptions::default() };
    let log = SqliteLog::open(dir, options).unwrap();
    log.append(batch(0, 0, 1, vec![opened(0)])).await.unwrap();
    let before = commits(tmp.path());
    let all = (1..=appends).map(|n| log.append(batch(n, 0, n, vec![opened(n)])));
    for appended in futures_util::future::join_all(all).await {
        appended.unwrap();
    }
    commits(tmp.path()) - before
}

#[tokio::test]
async fn what_comes_at_once_shares_its_syncs() {
    let shared = commits_for(200, SqliteOptions::default().group_max_batches).await;
    assert!((1..=50).contains(&shared), "{shared} transactions, each with a sync, for 200 appends");
    // Without groups each has its own: the count would show it.
    assert_eq!(commits_for(40, 1).await, 40);
}
