//! Migrations, copies, checks, forgetting, and what happens without room.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::super::erased::ERASED_FILE;
use super::tests::{batch, conversation, open, opened, said, visitor};
use super::*;
use crate::conversation::{Body, Event, Fact};

/// A batch whose events name the command that they come from.
fn lot(to: u128, expected_seq: u64, cmid: u128, events: Vec<Event>) -> Append {
    let mut append = batch(to, expected_seq, cmid, events);
    append.events.iter_mut().for_each(|event| event.cmid = append.cmid);
    append
}

/// A log with so many visitors, each of whom has said something in a conversation of their own.
async fn with_visitors(path: &Path, count: u128) -> SqliteLog {
    let log = open(path);
    for n in 1..=count {
        log.append(lot(n, 0, 1, vec![opened(n), said(2, "words")])).await.unwrap();
    }
    log
}

fn erased(seq: u64) -> Event {
    Event { fact: Fact::Erased, body: Body::Empty, ..said(seq, "") }
}

fn faults(path: &Path) -> Vec<String> {
    let report = Snapshot::open(path, None).unwrap().check(|_, _| {}).unwrap();
    assert_eq!(report.faults_total, report.faults.len() as u64);
    report.faults.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date_with_what_is_in_it() {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join(DATABASE_FILE);
    drop(with_visitors(tmp.path(), 2).await);
    // The rows of a new one in the tables of the first version.
    let older = tempfile::tempdir().unwrap();
    let old_path = older.path().join(DATABASE_FILE);
    schema::make_older(&old_path, 1);
    let connection = Connection::open(&old_path).unwrap();
    connection.execute("ATTACH ?1 AS new", [path.to_str().unwrap()]).unwrap();
    for table in ["meta", "conversations", "keys", "records", "commands"] {
        connection.execute(&format!("INSERT INTO main.{table} SELECT * FROM new.{table}"), []).unwrap();
    }
    drop(connection);
    fs::copy(tmp.path().join(MASTER_KEY_FILE), older.path().join(MASTER_KEY_FILE)).unwrap();
    let log = open(older.path());
    assert_eq!(log.conversations_of(visitor(2)).await.unwrap(), [conversation(2)]);
    let events = log.read(conversation(1), 1, 9).await.unwrap().unwrap().events;
    assert_eq!((events.len(), &events[0].body), (1, &said(2, "words").body));
    log.append(lot(1, 2, 2, vec![said(3, "more")])).await.unwrap();
    drop(log);
    assert_eq!(faults(older.path()), Vec::<String>::new());
    let version: i64 = Connection::open(&old_path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert!(version >= 2);
}

#[tokio::test]
async fn a_copy_is_of_one_state_and_whole_while_others_write() {
    let tmp = tempfile::tempdir().unwrap();
    let log = Arc::new(with_visitors(tmp.path(), 100).await);
    let copy = tmp.path().join("copy.sqlite");
    let snapshot = Snapshot::open(tmp.path(), None).unwrap();
    let writes = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for n in 1..=50 {
                log.append(lot(n, 2, 2, vec![said(3, "later")])).await.unwrap();
            }
        })
    };
    writes.await.unwrap();
    let to = copy.clone();
    let snapshot = tokio::task::spawn_blocking(move || {
        snapshot.backup(&to, false, |done, all| assert!(done <= all)).unwrap();
        snapshot
    })
    .await
    .unwrap();
    assert!(matches!(snapshot.backup(&copy, false, |_, _| {}), Err(LogError::Exists { .. })));
    let own = tmp.path().join(DATABASE_FILE);
    assert!(matches!(snapshot.backup(&own, true, |_, _| {}), Err(LogError::Copy { .. })));
    let nowhere = tmp.path().join("no/where");
    assert!(matches!(snapshot.backup(&nowhere, true, |_, _| {}), Err(LogError::Copy { .. })));
    drop(snapshot);
    // What was written later is in the log and not in the copy; both are right.
    let report = |file| Snapshot::open(tmp.path(), file).unwrap().check(|_, _| {}).unwrap();
    let (then, now) = (report(Some(copy.as_path())), report(None));
    assert_eq!((then.records, then.opened, then.faults_total), (200, 100, 0));
    assert_eq!((now.records, now.opened, now.faults_total), (250, 150, 0));
    let left: Vec<_> = fs::read_dir(tmp.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("part")), "{left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0);
    }
}

#[tokio::test]
async fn the_check_finds_each_planted_fault() {
    let tmp = tempfile::tempdir().unwrap();
    let log = with_visitors(tmp.path(), 3).await;
    log.append(lot(1, 2, 2, vec![said(3, "three"), said(4, "four")])).await.unwrap();
    log.append(lot(1, 4, 3, vec![])).await.unwrap();
    drop(log);
    assert_eq!(faults(tmp.path()), Vec::<String>::new());
    let path = tmp.path().join(DATABASE_FILE);
    let sound = fs::read(&path).unwrap();
    let first = "conversation = (SELECT min(id) FROM conversations)";
    let plants = [
        (format!("DELETE FROM records WHERE seq = 3 AND {first}"), "after event 2 comes event 4"),
        (format!("DELETE FROM records WHERE seq = 4 AND {first}"), "are not of their command"),
        (format!("DELETE FROM commands WHERE first_seq = 3 AND {first}"), "no command caused event 3"),
        (
            format!("UPDATE commands SET cmid = randomblob(16) WHERE first_seq = 3 AND {first}"),
            "events 3 to 4 are not of their command",
        ),
        (
            // The same command once more, as if it had been stored twice.
            format!(
                "INSERT INTO commands SELECT conversation, 'other', cmid, 5, 5 FROM commands
                 WHERE first_seq = 3 AND {first};
                 INSERT INTO records SELECT NULL, conversation, 5, header, body FROM records
                 WHERE seq = 4 AND {first}"
            ),
            "event 5 stands in the place of another",
        ),
        (
            format!("UPDATE conversations SET epoch = randomblob(16) WHERE {}", first.replace("conversation =", "id =")),
            "is of another epoch",
        ),
        (format!("UPDATE records SET body = randomblob(80) WHERE seq = 2 AND {first}"), "event 2 is damaged"),
        (format!("UPDATE records SET body = NULL WHERE seq = 2 AND {first}"), "event 2 is damaged"),
        (
            format!(
                "UPDATE records SET header = CAST(replace(CAST(header AS TEXT), '\"noted\"', '\"erased\"') AS BLOB)
                 WHERE seq = 2 AND {first}"
            ),
            "event 2 is damaged",
        ),
        ("DELETE FROM keys WHERE id = (SELECT min(id) FROM keys)".to_owned(), "is lost"),
        ("UPDATE keys SET wrapped = randomblob(72)".to_owned(), "cannot be opened"),
        (format!("UPDATE records SET conversation = randomblob(16) WHERE {first}"), "belong to no conversation"),
        ("UPDATE conversations SET closed = 1".to_owned(), "does not say what its events say"),
        ("UPDATE conversations SET visitor = randomblob(16)".to_owned(), "does not say what its events say"),
    ];
    for (sql, wanted) in plants {
        for beside in ["-wal", "-shm"] {
            fs::remove_file(tmp.path().join(format!("{DATABASE_FILE}{beside}"))).ok();
        }
        fs::write(&path, &sound).unwrap();
        Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        let found = faults(tmp.path());
        assert!(found.iter().any(|f| f.contains(wanted)), "{sql}: {wanted} is not in {found:#?}");
        assert!(!found.iter().any(|f| f.contains("words")), "what was said is in {found:?}");
    }
}

/// The wrapped keys as they stand in the database.
fn wrapped(path: &Path) -> Vec<([u8; 16], Vec<u8>)> {
    let connection = Connection::open(path.join(DATABASE_FILE)).unwrap();
    let mut statement = connection.prepare("SELECT visitor, wrapped FROM keys").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Forgets every second visitor. Gives how many of the forgotten keys stand in a file, and how many of the others.
async fn forget_half(options: SqliteOptions) -> (usize, usize) {
    let tmp = tempfile::tempdir().unwrap();
    drop(with_visitors(tmp.path(), 300).await);
    let keys = wrapped(tmp.path());
    let log = SqliteLog::open(Arc::new(DataDir::open(tmp.path()).unwrap()), options).unwrap();
    let gone = |n: u128| n.is_multiple_of(2);
    for n in (1..=300).filter(|n| gone(*n)) {
        log.append(lot(n, 2, 9, vec![erased(3)])).await.unwrap();
    }
    // The relay still runs: its write-ahead log is there, too.
    let files: Vec<Vec<u8>> =
        fs::read_dir(tmp.path()).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();
    let there = |key: &[u8]| files.iter().any(|f| f.windows(key.len()).any(|w| w == key));
    let forgotten: Vec<[u8; 16]> = (1..=300).filter(|n| gone(*n)).map(|n| visitor(n).to_bytes()).collect();
    let (forgotten, kept): (Vec<_>, Vec<_>) = keys.iter().partition(|(who, _)| forgotten.contains(who));
    assert_eq!((forgotten.len(), kept.len()), (150, 150));
    let count = |keys: Vec<&([u8; 16], Vec<u8>)>| keys.iter().filter(|(_, key)| there(key)).count();
    (count(forgotten), count(kept))
}

#[tokio::test]
async fn a_forgotten_key_stands_in_no_file_any_more() {
    assert_eq!(forget_half(SqliteOptions::default()).await, (0, 150));
}

#[tokio::test]
async fn without_overwriting_forgotten_keys_are_found_in_the_files() {
    let (forgotten, _) = forget_half(SqliteOptions { purge: false, ..SqliteOptions::default() }).await;
    assert!(forgotten > 0);
}

#[tokio::test]
async fn a_key_is_gone_from_the_write_ahead_log_as_soon_as_nobody_reads_an_older_state() {
    let tmp = tempfile::tempdir().unwrap();
    let log = with_visitors(tmp.path(), 1).await;
    let key = wrapped(tmp.path()).remove(0).1;
    let reader = Snapshot::open(tmp.path(), None).unwrap();
    // Something newer, so that the write-ahead log is in use by the reader.
    log.append(lot(1, 2, 2, vec![erased(3)])).await.unwrap();
    let there = || {
        fs::read_dir(tmp.path())
            .unwrap()
            .any(|e| fs::read(e.unwrap().path()).unwrap().windows(key.len()).any(|w| w == key))
    };
    assert!(there(), "the reader's state was destroyed");
    drop(reader);
    let gone = async {
        while there() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_is_put_back_does_not_bring_a_forgotten_visitor_back() {
    let tmp = tempfile::tempdir().unwrap();
    let log = with_visitors(tmp.path(), 2).await;
    let copy = tmp.path().join("copy.sqlite");
    Snapshot::open(tmp.path(), None).unwrap().backup(&copy, false, |_, _| {}).unwrap();
    log.append(lot(1, 2, 9, vec![erased(3)])).await.unwrap();
    drop(log);
    fs::rename(&copy, tmp.path().join(DATABASE_FILE)).unwrap();
    let log = open(tmp.path());
    let read = |n| log.read(conversation(n), 1, 9);
    assert_eq!(read(1).await.unwrap().unwrap().events[0].body, Body::Erased);
    assert_eq!(read(2).await.unwrap().unwrap().events[0].body, said(2, "words").body);
    assert_eq!(faults(tmp.path()), Vec::<String>::new());
    drop(log);
    // Without the list nobody would know whether the key was forgotten or lost.
    fs::remove_file(tmp.path().join(ERASED_FILE)).unwrap();
    assert!(faults(tmp.path())[0].contains("is lost"));
}

#[tokio::test]
async fn a_copy_can_forget_too() {
    let tmp = tempfile::tempdir().unwrap();
    let log = with_visitors(tmp.path(), 50).await;
    let copy = tmp.path().join("copy.sqlite");
    Snapshot::open(tmp.path(), None).unwrap().backup(&copy, false, |_, _| {}).unwrap();
    let keys = wrapped(tmp.path());
    assert!(forget_in_copy(&copy, visitor(7)).unwrap());
    assert!(!forget_in_copy(&copy, visitor(7)).unwrap());
    let bytes = fs::read(&copy).unwrap();
    for (who, key) in keys {
        let there = bytes.windows(key.len()).any(|w| w == key);
        assert_eq!(there, who != visitor(7).to_bytes());
    }
    drop(log);
}

#[tokio::test]
async fn without_room_nothing_is_stored_and_with_room_again_everything_is() {
    let tmp = tempfile::tempdir().unwrap();
    let log = with_visitors(tmp.path(), 1).await;
    log.probe().await.unwrap();
    log.bound(Some(1)).await.unwrap();
    let long = "a".repeat(200_000);
    let full = log.append(lot(1, 2, 2, vec![said(3, &long)])).await;
    assert!(matches!(full, Err(AppendError::Full(_))), "{full:?}");
    assert_eq!(log.read(conversation(1), 0, 9).await.unwrap().unwrap().events.len(), 2);
    log.append(lot(7, 0, 1, vec![opened(7), said(2, &long)])).await.unwrap_err();
    log.bound(None).await.unwrap();
    log.probe().await.unwrap();
    let stored = log.append(lot(1, 2, 2, vec![said(3, &long)])).await.unwrap();
    assert_eq!((stored.last_seq, stored.repeated), (3, false));
    assert!(log.size_bytes().unwrap() > 200_000);
    drop(log);
    assert_eq!(faults(tmp.path()), Vec::<String>::new());
}
