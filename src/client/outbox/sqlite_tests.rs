//! An outbox in a file: what survives, what is sent where, what grows old.

use crypto_box::SecretKey;

use super::*;
use crate::client::outbox::{OUTBOX_MAX_AGE_MS, Waiting};
use crate::conversation::Command;
use crate::protocol::decode;

fn key() -> (SecretKey, String) {
    let secret = SecretKey::generate(&mut OsRng);
    let public = hex::encode(secret.public_key().as_bytes());
    (secret, public)
}

/// What the relay does with a sealed frame.
fn open(key: &SecretKey, sealed: &str) -> Option<ClientFrame> {
    let text = key.unseal(&hex::decode(sealed)?).ok()?;
    decode(std::str::from_utf8(&text).ok()?).ok()
}

fn note(n: u128, at: u64) -> Outgoing {
    Outgoing {
        conversation: ConversationId::new(Time(1), 1),
        cmid: Cmid::new(Time(1), n),
        at: Time(at),
        command: Command::Note { text: format!("PLANTED {n}") },
    }
}

#[test]
fn what_came_before_the_key_was_known_stays_when_there_is_no_room_for_it() {
    let tmp = tempfile::tempdir().unwrap();
    let (_, public) = key();
    let mut outbox = SqliteOutbox::open(&tmp.path().join("outbox.sqlite")).unwrap();
    for n in 1..=6 {
        let long = Command::Note { text: "x".repeat(3_000) };
        outbox.push(Outgoing { command: long, ..note(n, 10) }).unwrap();
    }
    let pages: i64 = outbox.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let room = |outbox: &SqliteOutbox, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        outbox.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    room(&outbox, pages + 2);
    assert!(outbox.seal_to(&public).is_err());
    assert_eq!(outbox.len(), 6);
    assert!(outbox.after(0, 9).is_err(), "none is sent before those in front of it are safe");
    assert!(outbox.push(note(7, 10)).is_err(), "and none is put before them");
    room(&outbox, 1_000);
    outbox.push(note(7, 10)).unwrap();
    let sent = outbox.after(0, 9).unwrap();
    let cmids = sent.iter().map(|(_, frame)| match frame {
        ClientFrame::Sealed { cmid, .. } => *cmid,
        other => panic!("{other:?}"),
    });
    assert!(cmids.eq((1..=7).map(|n| Cmid::new(Time(1), n))));
}

#[test]
fn commands_survive_sealed_and_in_order_and_leave_when_acknowledged() {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join("outbox.sqlite");
    let (key, public) = key();
    let mut outbox = SqliteOutbox::open(&path).unwrap();
    assert!(matches!(SqliteOutbox::open(&path), Err(OutboxError::InUse { .. })));
    outbox.push(note(1, 10)).unwrap();
    assert_eq!((outbox.len(), outbox.after(0, 9).unwrap()), (1, vec![]));
    assert_eq!(Waiting::of(&outbox), Waiting { all: 1, unkept: 1, elsewhere: 0 });
    outbox.seal_to(&public).unwrap();
    outbox.push(note(2, 20)).unwrap();
    assert_eq!(Waiting::of(&outbox), Waiting { all: 2, unkept: 0, elsewhere: 0 });
    drop(outbox);

    let mut outbox = SqliteOutbox::open(&path).unwrap();
    outbox.push(note(3, 30)).unwrap();
    let frames = outbox.after(0, 9).unwrap();
    let opened: Vec<Command> = frames
        .iter()
        .map(|(_, frame)| {
            let ClientFrame::Sealed { sealed, .. } = frame else { panic!("{frame:?}") };
            let Some(ClientFrame::Command { command, .. }) = open(&key, sealed) else { panic!() };
            command
        })
        .collect();
    assert_eq!(opened, [note(1, 0).command, note(2, 0).command, note(3, 0).command]);
    assert_eq!(outbox.after(frames[0].0, 1).unwrap(), frames[1..2]);
    for file in std::fs::read_dir(tmp.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"PLANTED"));
    }
    outbox.remove(note(2, 0).conversation, note(2, 0).cmid).unwrap();
    assert_eq!((outbox.len(), outbox.after(frames[0].0, 9).unwrap()), (2, frames[2..].to_vec()));
}

#[test]
fn what_has_waited_for_two_days_by_a_right_clock_goes() {
    let tmp = tempfile::tempdir().unwrap();
    let mut file = SqliteOutbox::open(&tmp.path().join("o.sqlite")).unwrap();
    file.seal_to(&key().1).unwrap();
    let begin = CLOCK_RIGHT_FROM.plus_ms(1_000).0;
    for outbox in [&mut file as &mut dyn Outbox, &mut MemoryOutbox::new()] {
        outbox.push(note(1, begin)).unwrap();
        outbox.push(note(2, begin + 1)).unwrap();
        let late = Time(begin + OUTBOX_MAX_AGE_MS);
        assert_eq!(outbox.expire(late).unwrap(), []);
        assert_eq!(outbox.expire(late.plus_ms(1)).unwrap(), [(note(1, 0).conversation, note(1, 0).cmid)]);
        assert_eq!(outbox.len(), 1);
        outbox.restamp(late.plus_ms(2)).unwrap();
        assert_eq!(outbox.expire(late.plus_ms(OUTBOX_MAX_AGE_MS)).unwrap(), [], "it waits from then on");
        assert_eq!(outbox.expire(late.plus_ms(OUTBOX_MAX_AGE_MS + 3)).unwrap().len(), 1);
    }
}

#[test]
fn what_was_said_before_the_clock_was_set_does_not_get_lost() {
    let tmp = tempfile::tempdir().unwrap();
    let mut file = SqliteOutbox::open(&tmp.path().join("o.sqlite")).unwrap();
    file.seal_to(&key().1).unwrap();
    let now = CLOCK_RIGHT_FROM.plus_ms(20 * OUTBOX_MAX_AGE_MS);
    for outbox in [&mut file as &mut dyn Outbox, &mut MemoryOutbox::new()] {
        // Said in 1970, and by a clock that was ahead; then the clock is set.
        outbox.push(note(1, 10)).unwrap();
        outbox.push(note(2, now.0 * 2)).unwrap();
        assert_eq!(outbox.expire(Time(10 + 2 * OUTBOX_MAX_AGE_MS)).unwrap(), [], "the clock is not set yet");
        assert_eq!(outbox.expire(now).unwrap(), []);
        assert_eq!(outbox.expire(now.plus_ms(OUTBOX_MAX_AGE_MS)).unwrap(), []);
        assert_eq!(outbox.expire(now.plus_ms(OUTBOX_MAX_AGE_MS + 1)).unwrap().len(), 2, "but it is bounded");
    }
}

#[test]
fn what_is_sealed_to_another_relay_waits_for_that_one() {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join("o.sqlite");
    let ((_, first), (_, second)) = (key(), key());
    let mut outbox = SqliteOutbox::open(&path).unwrap();
    outbox.seal_to(&first).unwrap();
    outbox.push(note(1, 10)).unwrap();
    outbox.seal_to(&second).unwrap();
    assert_eq!((outbox.len(), outbox.after(0, 9).unwrap()), (1, vec![]), "it could not open it");
    assert_eq!(Waiting::of(&outbox), Waiting { all: 0, unkept: 0, elsewhere: 1 });
    outbox.push(note(2, 10)).unwrap();
    let cmids = |outbox: &mut SqliteOutbox| -> Vec<Cmid> {
        let frames = outbox.after(0, 9).unwrap().into_iter();
        frames
            .map(|(_, frame)| match frame {
                ClientFrame::Sealed { cmid, .. } => cmid,
                other => panic!("{other:?}"),
            })
            .collect()
    };
    assert_eq!(cmids(&mut outbox), [note(2, 0).cmid]);
    drop(outbox);
    let mut outbox = SqliteOutbox::open(&path).unwrap();
    assert_eq!(cmids(&mut outbox), [note(2, 0).cmid]);
    outbox.seal_to(&first).unwrap();
    assert_eq!(cmids(&mut outbox), [note(1, 0).cmid], "the first relay is back");
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date_and_a_newer_one_is_left_alone() {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join("o.sqlite");
    let (ours, public) = key();
    let frame = ClientFrame::Command {
        conversation: note(1, 0).conversation,
        cmid: note(1, 0).cmid,
        command: note(1, 0).command,
    };
    let sealed = ours.public_key().seal(&mut OsRng, encode(&frame).unwrap().as_bytes()).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "CREATE TABLE relay (one INTEGER PRIMARY KEY CHECK (one = 1), seal_to TEXT NOT NULL);
         CREATE TABLE outbox (
             position INTEGER PRIMARY KEY AUTOINCREMENT,
             conversation BLOB NOT NULL, cmid BLOB NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL
         );
         CREATE INDEX outbox_by_command ON outbox (conversation, cmid);",
    )
    .unwrap();
    old.execute("INSERT INTO relay VALUES (1, ?1)", [&public]).unwrap();
    old.execute(
        "INSERT INTO outbox (conversation, cmid, at, sealed) VALUES (?1, ?2, 10, ?3)",
        params![note(1, 0).conversation.to_bytes(), note(1, 0).cmid.to_bytes(), sealed],
    )
    .unwrap();
    drop(old);

    let mut outbox = SqliteOutbox::open(&path).unwrap();
    outbox.seal_to(&public).unwrap();
    let sent = outbox.after(0, 9).unwrap();
    let [(1, ClientFrame::Sealed { sealed, .. })] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(open(&ours, sealed), Some(frame));
    outbox.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(outbox);
    let Err(error) = SqliteOutbox::open(&path) else { panic!("it was opened") };
    assert!(matches!(error, OutboxError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("newer avatardesk") && error.to_string().contains("o.sqlite"));
}

#[test]
fn a_key_that_is_known_before_the_first_welcome_keeps_what_is_said_before_it() {
    let tmp = tempfile::tempdir().unwrap();
    let path = tmp.path().join("o.sqlite");
    let ((enrolled, public), (welcomed, newer)) = (key(), key());
    let mut outbox = SqliteOutbox::open(&path).unwrap();
    outbox.begin_with(&public).unwrap();
    outbox.push(note(1, 10)).unwrap();
    drop(outbox);
    let mut outbox = SqliteOutbox::open(&path).unwrap();
    outbox.seal_to(&newer).unwrap();
    outbox.begin_with(&public).unwrap();
    outbox.push(note(2, 10)).unwrap();
    let sealed = |outbox: &mut SqliteOutbox| match &outbox.after(0, 9).unwrap()[..] {
        [(_, ClientFrame::Sealed { sealed, .. })] => sealed.clone(),
        other => panic!("{other:?}"),
    };
    let second = sealed(&mut outbox);
    assert!(open(&welcomed, &second).is_some(), "what the relay itself says counts more");
    outbox.seal_to(&public).unwrap();
    let first = sealed(&mut outbox);
    assert!(open(&enrolled, &first).is_some(), "it was kept over the restart");
}

#[test]
fn another_relay_cannot_open_it() {
    let ((ours, public), (other, _)) = (key(), key());
    let tmp = tempfile::tempdir().unwrap();
    let mut outbox = SqliteOutbox::open(&tmp.path().join("o.sqlite")).unwrap();
    outbox.seal_to(&public).unwrap();
    outbox.push(note(1, 10)).unwrap();
    let Some((_, ClientFrame::Sealed { sealed, .. })) = outbox.after(0, 1).unwrap().pop() else { panic!() };
    assert!(open(&other, &sealed).is_none() && open(&ours, &sealed).is_some());
}
