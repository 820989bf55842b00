//! An outbox in a file. Commands are sealed to the relay's key: this program itself cannot read them again.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crypto_box::{PublicKey, aead::OsRng};
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::age::{Age, CLOCK_RIGHT_FROM, age};
use super::memory::MemoryOutbox;
use super::schema;
use super::{OUTBOX_MAX, Outbox, OutboxError, Outgoing};
use crate::conversation::{Cmid, ConversationId, Time};
use crate::protocol::{ClientFrame, encode, hex};

/// Commands in a file, sealed. Until the relay's key is known there is nothing to seal to, so commands wait in memory. A
/// device that was enrolled knows it from then on ([`Self::begin_with`]), another one from its first `welcome` on; both
/// also after a restart. What is left is the very first start of a device that needs no enrolment.
///
/// Each command keeps the key that it was sealed to, and is sent to a relay with that key only: another one cannot open it
/// and would refuse it for good. What is for another relay waits until that one answers again, or grows too old.
pub struct SqliteOutbox {
    connection: Connection,
    /// The key of the relay, read and as its 32 bytes are kept with each command.
    key: Option<(PublicKey, Vec<u8>)>,
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
        let connection = schema::open(path)?;
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
    fn store_early(&mut self, (key, bytes): &(PublicKey, Vec<u8>)) -> Result<(), OutboxError> {
        while let Some(outgoing) = self.early.first().cloned() {
            self.store(key, bytes, outgoing)?;
            self.early.pop();
        }
        Ok(())
    }

    /// Adds one in a transaction of its own. What is added is synced, what is removed need not be.
    fn store(&mut self, key: &PublicKey, bytes: &[u8], outgoing: Outgoing) -> Result<(), OutboxError> {
        let Outgoing { conversation, cmid, at, command } = outgoing;
        let frame = ClientFrame::Command { conversation, cmid, command };
        let text = encode(&frame).map_err(|e| OutboxError::Storage(e.to_string()))?;
        let text = Zeroizing::new(text);
        let sealed = key
            .seal(&mut OsRng, text.as_bytes())
            .map_err(|_| OutboxError::Storage("the message could not be sealed".to_owned()))?;
        self.connection.execute_batch("PRAGMA synchronous = FULL")?;
        self.connection
            .prepare_cached(
                "INSERT INTO outbox (conversation, cmid, at, sealed, sealed_to) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![conversation.to_bytes(), cmid.to_bytes(), sql(at), sealed, bytes])?;
        self.len += 1;
        Ok(())
    }
}

fn parse(key: &str) -> Result<(PublicKey, Vec<u8>), OutboxError> {
    let bytes = hex::decode(key).ok_or(OutboxError::Key)?;
    let key = PublicKey::from_slice(&bytes).map_err(|_| OutboxError::Key)?;
    Ok((key, bytes))
}

fn sql(time: Time) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
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
                self.store(&key.0, &key.1, outgoing)
            }
            None => self.early.push(outgoing),
        }
    }

    fn after(&mut self, position: u64, limit: usize) -> Result<Vec<(u64, ClientFrame)>, OutboxError> {
        let Some(key) = self.key.clone() else { return Ok(Vec::new()) };
        self.store_early(&key)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT position, conversation, cmid, sealed FROM outbox \
             WHERE position > ?1 AND sealed_to = ?2 ORDER BY position LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![position.cast_signed(), key.1, limit], |row| {
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

    fn expire(&mut self, now: Time) -> Result<Vec<(ConversationId, Cmid)>, OutboxError> {
        let mut old = self.early.expire(now)?;
        let Age::Counts { before } = age(now) else { return Ok(old) };
        // Stamped by a clock that was wrong: how old it is nobody knows, so its time begins now.
        self.connection.execute(
            "UPDATE outbox SET at = ?1 WHERE at < ?2 OR at > ?1",
            params![sql(now), sql(CLOCK_RIGHT_FROM)],
        )?;
        let mut statement = self
            .connection
            .prepare_cached("DELETE FROM outbox WHERE at < ?1 RETURNING conversation, cmid")?;
        let rows = statement.query_map([sql(before)], |row| {
            Ok((ConversationId::from_bytes(row.get(0)?), Cmid::from_bytes(row.get(1)?)))
        })?;
        for row in rows {
            old.push(row?);
            self.len = self.len.saturating_sub(1);
        }
        Ok(old)
    }

    fn restamp(&mut self, now: Time) -> Result<(), OutboxError> {
        self.early.restamp(now)?;
        self.connection.execute("UPDATE outbox SET at = ?1", [sql(now)])?;
        Ok(())
    }

    fn seal_to(&mut self, key: &str) -> Result<(), OutboxError> {
        let parsed = parse(key)?;
        if self.key.as_ref().is_none_or(|(_, known)| *known != parsed.1) {
            self.connection.execute("INSERT OR REPLACE INTO relay (one, seal_to) VALUES (1, ?1)", [key])?;
            let sql = "SELECT count(*) FROM outbox WHERE sealed_to <> ?1";
            let elsewhere: i64 = self.connection.query_row(sql, [&parsed.1], |row| row.get(0))?;
            if elsewhere > 0 {
                tracing::warn!(
                    "{elsewhere} messages are for another relay: they wait until it answers again"
                );
            }
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

    fn elsewhere(&self) -> usize {
        let key = self.key.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        let sql = "SELECT count(*) FROM outbox WHERE sealed_to <> ?1";
        let found = self.connection.query_row(sql, [key], |row| row.get::<_, i64>(0));
        // What cannot be counted cannot be sent either, and that is told.
        found.ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
