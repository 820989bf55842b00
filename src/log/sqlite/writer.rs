//! The writer: takes what waits, stores it in one transaction with one sync, then answers everybody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};

use super::super::erased::ErasedKeys;
use super::super::error::{AppendError, LogError};
use super::super::keys::{KeyId, MasterKey, VisitorKey};
use super::super::model::{Append, Appended};
use super::super::random::random_u128;
use super::super::record;
use super::checkpoint::Checkpoints;
use super::forget::{self, ForgetError};
use super::{SqliteOptions, schema};
use crate::conversation::{ConversationId, Epoch, Fact, Time, VisitorId};

/// The most events that share one sync.
const GROUP_MAX_EVENTS: usize = 4096;
/// Conversations whose end and key the writer remembers; beyond that it looks them up again.
const KNOWN_MAX: usize = 4096;

/// How often the write-ahead log is tried to be emptied while somebody reads an older state from it.
const PURGE_EVERY: Duration = Duration::from_millis(200);
/// What a trial stores, in bytes: about what a large group of messages takes.
const PROBE_BYTES: i64 = 64 * 1024;
/// SQLite's own bound on pages.
const PAGES_MAX: u64 = 0xffff_fffe;

/// What the writer is asked to do, and whom it answers.
#[derive(Debug)]
pub enum Job {
    Append(Box<Append>, oneshot::Sender<Result<Appended, AppendError>>),
    Erase(VisitorId, oneshot::Sender<Result<bool, AppendError>>),
    /// Try whether there is room, and leave nothing behind.
    Probe(oneshot::Sender<Result<(), AppendError>>),
    /// The most bytes that the database may have.
    Bound(Option<u64>, oneshot::Sender<Result<(), AppendError>>),
}

/// An answer that is held back until the commit.
enum Waiting {
    Appended(oneshot::Sender<Result<Appended, AppendError>>, Result<Appended, AppendError>),
    Erased(oneshot::Sender<Result<bool, AppendError>>, Result<bool, AppendError>),
    Done(oneshot::Sender<Result<(), AppendError>>, Result<(), AppendError>),
}

/// What the writer knows about a conversation.
struct Known {
    epoch: Epoch,
    visitor: Option<VisitorId>,
    seq: u64,
    key: Option<VisitorKey>,
}

/// The writer thread's state.
pub struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    master: Arc<MasterKey>,
    erased: ErasedKeys,
    group_max_batches: usize,
    known: HashMap<ConversationId, Known>,
    purge: bool,
    /// A key was forgotten, but older pages may still be in the write-ahead log.
    purge_due: bool,
}

/// Why a job did not work out.
enum Trouble {
    /// Only this job; nothing was written for it.
    Own(AppendError),
    /// The transaction.
    Database(rusqlite::Error),
    Other(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(e: rusqlite::Error) -> Self {
        Self::Database(e)
    }
}

impl From<LogError> for Trouble {
    fn from(e: LogError) -> Self {
        Self::Other(e.to_string())
    }
}

impl From<ForgetError> for Trouble {
    fn from(e: ForgetError) -> Self {
        match e {
            ForgetError::Database(e) => Self::Database(e),
            e @ ForgetError::List(_) => Self::Other(e.to_string()),
        }
    }
}

impl Trouble {
    fn into_error(self) -> AppendError {
        match self {
            Self::Own(e) => e,
            Self::Database(e) if is_full(&e) => AppendError::Full(e.to_string()),
            Self::Database(e) => AppendError::Storage(e.to_string()),
            Self::Other(e) => AppendError::Storage(e),
        }
    }
}

/// Whether there was no room: for a page, or for the index of the write-ahead log.
fn is_full(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || e.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// How many events these jobs store.
fn count(jobs: &[Job]) -> usize {
    jobs.iter().map(|job| if let Job::Append(append, _) = job { append.events.len() } else { 0 }).sum()
}

impl Writer {
    /// A writer on the one writing connection.
    pub fn new(
        connection: Connection,
        checkpoints: Checkpoints,
        master: Arc<MasterKey>,
        erased: ErasedKeys,
        options: SqliteOptions,
    ) -> Self {
        Self {
            connection,
            checkpoints,
            master,
            erased,
            group_max_batches: options.group_max_batches.max(1),
            known: HashMap::new(),
            purge: options.purge,
            purge_due: false,
        }
    }

    /// Sets the most bytes that the database may have, counted in whole pages.
    pub fn bound(&mut self, max_bytes: Option<u64>) -> rusqlite::Result<()> {
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let page = page.cast_unsigned().max(1);
        let pages = max_bytes.map_or(PAGES_MAX, |bytes| (bytes / page).clamp(1, PAGES_MAX));
        self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
    }

    /// The next job; meanwhile what could not be purged is tried again.
    fn next(&mut self, queue: &mut mpsc::Receiver<Job>) -> Option<Job> {
        while self.purge_due {
            match queue.try_recv() {
                Ok(job) => return Some(job),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {
                    std::thread::sleep(PURGE_EVERY);
                    self.empty_wal();
                }
            }
        }
        queue.blocking_recv()
    }

    fn empty_wal(&mut self) {
        match schema::empty_wal(&self.connection) {
            Ok(emptied) => self.purge_due = !emptied,
            Err(e) => tracing::warn!("a forgotten key is still in the write-ahead log: {e}"),
        }
    }

    /// Works until the queue is closed and empty.
    pub fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = self.next(&mut queue) {
            let mut group = vec![first];
            let mut events = count(&group);
            while group.len() < self.group_max_batches && events < GROUP_MAX_EVENTS {
                let Ok(job) = queue.try_recv() else { break };
                events += count(std::slice::from_ref(&job));
                group.push(job);
            }
            self.commit(group, events);
        }
    }

    /// Stores a group in one transaction; answers only after the commit.
    fn commit(&mut self, group: Vec<Job>, events: usize) {
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        let mut waiting = Vec::with_capacity(group.len());
        let mut failed = self.connection.execute_batch("BEGIN IMMEDIATE").map_err(Trouble::from).err();
        for job in group {
            waiting.push(match job {
                Job::Append(append, answer) => {
                    let result = self.attempt(&mut failed, |writer| writer.append(*append));
                    Waiting::Appended(answer, result)
                }
                Job::Erase(visitor, answer) => {
                    let result = self.attempt(&mut failed, |writer| writer.erase(visitor));
                    Waiting::Erased(answer, result)
                }
                Job::Probe(answer) => {
                    let result = self.attempt(&mut failed, |writer| writer.probe().map_err(Trouble::from));
                    Waiting::Done(answer, result)
                }
                Job::Bound(max_bytes, answer) => {
                    let result =
                        self.attempt(&mut failed, |writer| writer.bound(max_bytes).map_err(Trouble::from));
                    Waiting::Done(answer, result)
                }
            });
        }
        if failed.is_none() {
            failed = self.connection.execute_batch("COMMIT").map_err(Trouble::from).err();
        }
        let error = failed.map(|trouble| {
            // What was known may be ahead of what is stored.
            self.known.clear();
            if !self.connection.is_autocommit()
                && let Err(e) = self.connection.execute_batch("ROLLBACK")
            {
                tracing::error!("the log could not roll back: {e}");
            }
            trouble.into_error()
        });
        if let Some(AppendError::Full(_)) = &error {
            // What stands in the write-ahead log may fit into the database: then its room can be used again. When it
            // does not fit either, somebody has to make room.
            drop(schema::checkpoint(&self.connection));
        }
        if error.is_none() && self.purge_due {
            self.empty_wal();
        }
        let stored = error.is_none();
        for one in waiting {
            // Whoever asked may have gone away; what is stored stays stored.
            match (one, error.clone()) {
                (Waiting::Appended(answer, result), None) => drop(answer.send(result)),
                (Waiting::Appended(answer, _), Some(e)) => drop(answer.send(Err(e))),
                (Waiting::Erased(answer, result), None) => drop(answer.send(result)),
                (Waiting::Erased(answer, _), Some(e)) => drop(answer.send(Err(e))),
                (Waiting::Done(answer, result), None) => drop(answer.send(result)),
                (Waiting::Done(answer, _), Some(e)) => drop(answer.send(Err(e))),
            }
        }
        // Nobody waits for this any more.
        if stored {
            self.checkpoints.committed(events);
        }
        if self.checkpoints.is_long() {
            match schema::restart_wal(&self.connection) {
                Ok(true) => self.checkpoints.restarted(),
                // A reader of an older state, such as a backup: in the next pause again.
                Ok(false) => tracing::debug!("the write-ahead log is long and could not begin anew"),
                Err(e) => tracing::debug!("the write-ahead log could not begin anew: {e}"),
            }
        }
    }

    /// Does one job of a group, unless the group has failed already; remembers a failure of the whole group.
    fn attempt<T>(
        &mut self,
        failed: &mut Option<Trouble>,
        job: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, AppendError> {
        if failed.is_some() {
            return Err(AppendError::Closed);
        }
        match job(self) {
            Ok(value) => Ok(value),
            Err(Trouble::Own(e)) => Err(e),
            Err(trouble) => {
                *failed = Some(trouble);
                Err(AppendError::Closed)
            }
        }
    }

    fn append(&mut self, append: Append) -> Result<Appended, Trouble> {
        let Append { conversation, expected_seq, sender, cmid, events } = append;
        let id = conversation.to_bytes();
        let known = match self.known.remove(&conversation) {
            Some(known) => Some(known),
            None => self.look_up(conversation)?,
        };
        let first: Option<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT first_seq, last_seq FROM commands WHERE conversation = ?1 AND sender = ?2 AND cmid = ?3",
            )?
            .query_row(params![id, sender.as_str(), cmid.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let seq = known.as_ref().map_or(0, |k| k.seq);
        if let (Some((first_seq, last_seq)), Some(k)) = (first, &known) {
            let (first_seq, last_seq) = (first_seq.cast_unsigned(), last_seq.cast_unsigned());
            let appended = Appended { epoch: k.epoch, first_seq, last_seq, repeated: true };
            self.known.extend(known.map(|k| (conversation, k)));
            return Ok(appended);
        }
        if seq != expected_seq {
            self.known.extend(known.map(|k| (conversation, k)));
            return Err(Trouble::Own(AppendError::Conflict { seq }));
        }
        let mut known = match known {
            Some(known) => known,
            None => {
                let at = events.first().map_or(Time(0), |e| e.at);
                let epoch = Epoch::new(at, random_u128()?);
                self.connection
                    .prepare_cached("INSERT INTO conversations (id, epoch) VALUES (?1, ?2)")?
                    .execute(params![id, epoch.to_bytes()])?;
                Known { epoch, visitor: None, seq: 0, key: None }
            }
        };
        self.connection.prepare_cached("INSERT INTO commands VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![
                id,
                sender.as_str(),
                cmid.to_bytes(),
                expected_seq.saturating_add(1).cast_signed(),
                expected_seq.saturating_add(events.len() as u64).cast_signed(),
            ],
        )?;
        let last_seq = expected_seq + events.len() as u64;
        let mut erase = None;
        for event in &events {
            match &event.fact {
                Fact::Opened { visitor, .. } => {
                    known.visitor = Some(*visitor);
                    self.connection
                        .prepare_cached("UPDATE conversations SET visitor = ?2 WHERE id = ?1")?
                        .execute(params![id, visitor.to_bytes()])?;
                }
                Fact::Closed { .. } => {
                    self.connection
                        .prepare_cached("UPDATE conversations SET closed = 1 WHERE id = ?1")?
                        .execute(params![id])?;
                }
                Fact::Erased => erase = known.visitor,
                _ => {}
            }
            if known.key.is_none() && record::is_sealed(event) {
                // Without a visitor there is nobody to erase, but what is sealed must have a key.
                let visitor = known.visitor.unwrap_or(VisitorId::from_bytes(id));
                known.key = Some(self.key_of(visitor)?);
            }
            let bytes = record::encode(known.epoch, conversation, event, known.key.as_ref())?;
            self.connection
                .prepare_cached(
                    "INSERT INTO records (conversation, seq, header, body) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![id, event.seq.cast_signed(), bytes.header, bytes.body])?;
        }
        known.seq = last_seq;
        let appended =
            Appended { epoch: known.epoch, first_seq: expected_seq + 1, last_seq, repeated: false };
        self.known.insert(conversation, known);
        if let Some(visitor) = erase {
            self.erase(visitor)?;
        }
        Ok(appended)
    }

    fn look_up(&self, conversation: ConversationId) -> Result<Option<Known>, Trouble> {
        let id = conversation.to_bytes();
        let row: Option<([u8; 16], Option<[u8; 16]>)> = self
            .connection
            .prepare_cached("SELECT epoch, visitor FROM conversations WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((epoch, visitor)) = row else { return Ok(None) };
        let seq: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM records WHERE conversation = ?1")?
            .query_row([id], |row| row.get(0))?;
        Ok(Some(Known {
            epoch: Epoch::from_bytes(epoch),
            visitor: visitor.map(VisitorId::from_bytes),
            seq: seq.cast_unsigned(),
            key: None,
        }))
    }

    /// The visitor's key, made when there is none (again).
    fn key_of(&self, visitor: VisitorId) -> Result<VisitorKey, Trouble> {
        let row: Option<(KeyId, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT id, wrapped FROM keys WHERE visitor = ?1")?
            .query_row([visitor.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((id, wrapped)) = row {
            return self
                .master
                .unwrap_key(visitor, id, &wrapped)
                .map_err(|e| Trouble::Other(format!("the key of a visitor is damaged: {e}")));
        }
        let (key, wrapped) = self.master.make(visitor)?;
        self.connection
            .prepare_cached("INSERT INTO keys (id, visitor, wrapped) VALUES (?1, ?2, ?3)")?
            .execute(params![key.id, visitor.to_bytes(), wrapped])?;
        Ok(key)
    }

    fn erase(&mut self, visitor: VisitorId) -> Result<bool, Trouble> {
        for known in self.known.values_mut().filter(|k| k.visitor == Some(visitor)) {
            known.key = None;
        }
        let gone = forget::forget(&self.connection, visitor, &self.erased)?;
        self.purge_due |= gone && self.purge;
        Ok(gone)
    }

    /// Stores as much as a group of messages takes, and takes it back.
    fn probe(&self) -> rusqlite::Result<()> {
        self.connection.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', zeroblob(?1))",
            [PROBE_BYTES],
        )?;
        self.connection.execute("DELETE FROM meta WHERE name = 'probe'", []).map(|_| ())
    }
}
