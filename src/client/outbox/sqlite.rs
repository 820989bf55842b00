//! An outbox in a file. Commands are sealed to the relay's key: this program itself cannot read them again.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crypto_box::{PublicKey, aead::OsRng};
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::memory::MemoryOutbox;
use super::{OUTBOX_MAX, Outbox, OutboxError, Outgoing};
use crate::conversation::{Cmid, ConversationId, Time};
use crate::protocol::{ClientFrame, encode, hex};

const TABLES: &str = "
PRAGMA journal_mode = WAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS relay (one INTEGER PRIMARY KEY CHECK (one = 1), seal_to TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation BLOB NOT NULL, cmid BLOB NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_by_command ON outbox (conversation, cmid);
";

/// Commands in a file, sealed. Until the relay's key is known there is nothing to seal to, so commands wait in memory. A
/// device that was enrolled knows it from then on ([`Self::begin_with`]), another one from its first `welcome` on; both
/// also after a restart. What is left is the very first start of a device that needs no enrolment.
pub struct SqliteOutbox {
    connection: Connection,
    key: Option<PublicKey>,
    early: MemoryOutbox,
    len: usize,
    _lock: File,
}

impl SqliteOutbox {
    /// Opens the outbox at `path`, or makes it. Its directory must exist.
    pub fn open(path: &Path) -> Result<Self, OutboxError> {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.with_extension("lock"))
            .map_err(|e| OutboxError::Storage(format!("{}: {e}", path.display())))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OutboxError::InUse { path: path.display().to_string() });
            }
            Err(TryLockError::Error(e)) => return Err(OutboxError::Storage(e.to_string())),
        }
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        let key: Option<String> =
            connection.query_row("SELECT seal_to FROM relay", [], |row| row.get(0)).optional()?;
        let key = key.map(|key| parse(&key)).transpose()?;
        let len: i64 = connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        Ok(Self { connection, key, early: MemoryOutbox::new(), len, _lock: lock })
    }

    /// The relay's key, as it was told elsewhere: counts until a `welcome` says another one.
    pub fn begin_with(&mut self, key: &str) -> Result<(), OutboxError> {
        if self.key.is_some() { Ok(()) } else { self.seal_to(key) }
    }

    /// Stores what came before the key was known, in order. What cannot be stored stays, and so does what is behind it.
    fn store_early(&mut self, key: &PublicKey) -> Result<(), OutboxError> {
        while let Some(outgoing) = self.early.first().cloned() {
            self.store(key, outgoing)?;
            self.early.pop();
        }
        Ok(())
    }

    /// Adds one in a transaction of its own. What is added is synced, what is removed need not be.
    fn store(&mut self, key: &PublicKey, outgoing: Outgoing) -> Result<(), OutboxError> {
        let Outgoing { conversation, cmid, at, command } = outgoing;
        let frame = ClientFrame::Command { conversation, cmid, command };
        let text = encode(&frame).map_err(|e| OutboxError::Storage(e.to_string()))?;
        let text = Zeroizing::new(text);
        let sealed = key
            .seal(&mut OsRng, text.as_bytes())
            .map_err(|_| OutboxError::Storage("the message could not be sealed".to_owned()))?;
        self.connection.execute_batch("PRAGMA synchronous = FULL")?;
        self.connection
            .prepare_cached("INSERT INTO outbox (conversation, cmid, at, sealed) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![conversation.to_bytes(), cmid.to_bytes(), at.0.cast_signed(), sealed])?;
        self.len += 1;
        Ok(())
    }
}

fn parse(key: &str) -> Result<PublicKey, OutboxError> {
    let bytes = hex::decode(key).ok_or(OutboxError::Key)?;
    PublicKey::from_slice(&bytes).map_err(|_| OutboxError::Key)
}

impl From<rusqlite::Error> for OutboxError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Storage(e.to_string())
    }
}

impl Outbox for SqliteOutbox {
    fn blocks(&self) -> bool {
        true
    }

    fn push(&mut self, outgoing: Outgoing) -> Result<(), OutboxError> {
        if self.len() >= OUTBOX_MAX {
            return Err(OutboxError::Full);
        }
        match self.key.clone() {
            Some(key) => {
                self.store_early(&key)?;
                self.store(&key, outgoing)
            }
            None => self.early.push(outgoing),
        }
    }

    fn after(&mut self, position: u64, limit: usize) -> Result<Vec<(u64, ClientFrame)>, OutboxError> {
        if let Some(key) = self.key.clone() {
            self.store_early(&key)?;
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT position, conversation, cmid, sealed FROM outbox WHERE position > ?1 ORDER BY position LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![position.cast_signed(), limit], |row| {
            let frame = ClientFrame::Sealed {
                conversation: ConversationId::from_bytes(row.get(1)?),
                cmid: Cmid::from_bytes(row.get(2)?),
                sealed: hex::encode(&row.get::<_, Vec<u8>>(3)?),
            };
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), frame))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn remove(&mut self, conversation: ConversationId, cmid: Cmid) -> Result<(), OutboxError> {
        // If this gets lost in a power cut, the relay answers the repeat with the first result.
        self.connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        let gone = self
            .connection
            .prepare_cached("DELETE FROM outbox WHERE conversation = ?1 AND cmid = ?2")?
            .execute(params![conversation.to_bytes(), cmid.to_bytes()])?;
        self.len = self.len.saturating_sub(gone);
        Ok(())
    }

    fn expire(&mut self, before: Time) -> Result<Vec<(ConversationId, Cmid)>, OutboxError> {
        let mut old = self.early.expire(before)?;
        let mut statement = self
            .connection
            .prepare_cached("DELETE FROM outbox WHERE at < ?1 RETURNING conversation, cmid")?;
        let rows = statement.query_map([before.0.cast_signed()], |row| {
            Ok((ConversationId::from_bytes(row.get(0)?), Cmid::from_bytes(row.get(1)?)))
        })?;
        for row in rows {
            old.push(row?);
            self.len = self.len.saturating_sub(1);
        }
        Ok(old)
    }

    fn seal_to(&mut self, key: &str) -> Result<(), OutboxError> {
        let parsed = parse(key)?;
        if self.key.as_ref() != Some(&parsed) {
            self.connection.execute("INSERT OR REPLACE INTO relay (one, seal_to) VALUES (1, ?1)", [key])?;
            self.key = Some(parsed.clone());
        }
        self.store_early(&parsed)
    }

    fn len(&self) -> usize {
        self.len + self.early.len()
    }

    fn unkept(&self) -> usize {
        self.early.len()
    }
}

#[cfg(test)]
mod tests {
    use crypto_box::SecretKey;

    use super::*;
    use crate::client::outbox::Waiting;
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
        assert_eq!(Waiting::of(&outbox), Waiting { all: 1, unkept: 1 });
        outbox.seal_to(&public).unwrap();
        outbox.push(note(2, 20)).unwrap();
        assert_eq!(Waiting::of(&outbox), Waiting { all: 2, unkept: 0 });
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
        assert_eq!(outbox.expire(Time(20)).unwrap(), [(note(1, 0).conversation, note(1, 0).cmid)]);
        assert_eq!((outbox.len(), outbox.after(0, 9).unwrap()), (1, frames[2..].to_vec()));
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
        let sealed: Vec<_> = outbox.after(0, 9).unwrap().into_iter().map(|(_, frame)| frame).collect();
        let [ClientFrame::Sealed { sealed: first, .. }, ClientFrame::Sealed { sealed: second, .. }] =
            &sealed[..]
        else {
            panic!("{sealed:?}")
        };
        assert!(open(&enrolled, first).is_some(), "it was kept over the restart");
        assert!(open(&welcomed, second).is_some(), "what the relay itself says counts more");
    }

    #[test]
    fn another_relay_cannot_open_it() {
        let ((ours, public), (other, _)) = (key(), key());
        let tmp = tempfile::tempdir().unwrap();
        let mut outbox = SqliteOutbox::open(&tmp.path().join("o.sqlite")).unwrap();
        outbox.seal_to(&public).unwrap();
        outbox.push(note(1, 10)).unwrap();
        let Some((_, ClientFrame::Sealed { sealed, .. })) = outbox.after(0, 1).unwrap().pop() else {
            panic!()
        };
        assert!(open(&other, &sealed).is_none() && open(&ours, &sealed).is_some());
    }
}
