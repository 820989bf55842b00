//! A log in one SQLite file: write-ahead log, full sync, one writer that commits in groups, readers beside it.

mod check;
mod checkpoint;
mod copy;
mod forget;
mod reader;
mod schema;
mod snapshot;
mod writer;

#[cfg(test)]
mod care_tests;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::datadir::{DataDir, secret_file};
use super::erased::ErasedKeys;
use super::error::{AppendError, LogError};
use super::keys::{MASTER_KEY_FILE, MasterKey};
use super::model::{Answer, Append, Appended, CommandResult, EventLog, OpenConversation, Page, Record};
use crate::conversation::{ConversationId, VisitorId};
pub use check::{Fault, Report};
use checkpoint::Checkpoints;
pub use forget::forget_in_copy;
use reader::Readers;
pub use snapshot::Snapshot;
use writer::{Job, Writer};

/// The file name of the database in the data directory.
pub const DATABASE_FILE: &str = "log.sqlite";
/// The name of the value by which the database knows its master key.
const MASTER_CHECK: &str = "master_check";
/// How many appends may wait for the writer; more callers wait for their turn.
const WRITER_QUEUE: usize = 1024;

/// How the SQLite log is run.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOptions {
    /// The most batches that share one sync.
    pub group_max_batches: usize,
    /// Sync to the disk before an append returns. Off only to show that tests notice it.
    pub sync: bool,
    /// Overwrite forgotten keys and the places where they stood. Off only to show that tests notice it.
    pub purge: bool,
    /// The most that the database may grow to, in bytes; `None`: as long as there is room on the disk.
    pub max_bytes: Option<u64>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { group_max_batches: 256, sync: true, purge: true, max_bytes: None }
    }
}

/// A log that survives the end of the process and a power cut.
#[derive(Debug)]
pub struct SqliteLog {
    /// `None` while dropping, which ends the writer.
    jobs: Option<mpsc::Sender<Job>>,
    readers: Readers,
    writer: Option<JoinHandle<()>>,
    // Last, so that the lock is let go after the writer has ended.
    dir: Arc<DataDir>,
}

impl SqliteLog {
    /// Opens the log in a data directory, or makes it.
    pub fn open(dir: Arc<DataDir>, options: SqliteOptions) -> Result<Self, LogError> {
        let path = dir.path().join(DATABASE_FILE);
        let exists = path.exists();
        let master = Arc::new(MasterKey::new(secret_file(&dir, MASTER_KEY_FILE, !exists)?));
        let connection = schema::open_writer(&path, options.sync)?;
        check_master(&connection, &master, dir.path(), &path)?;
        let erased = ErasedKeys::new(dir.path());
        forget::at_opening(&connection, &path, &erased, options.purge)?;
        let readers = Readers::new(path.clone(), Arc::clone(&master));
        let (jobs, queue) = mpsc::channel(WRITER_QUEUE);
        let checkpoints = Checkpoints::begin(&path, options.sync)?;
        let mut writer = Writer::new(connection, checkpoints, master, erased, options);
        writer.bound(options.max_bytes).map_err(schema::broken(&path))?;
        let writer = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|e| LogError::Database { path, why: e.to_string() })?;
        Ok(Self { jobs: Some(jobs), readers, writer: Some(writer), dir })
    }

    /// The data directory.
    pub fn dir(&self) -> &Arc<DataDir> {
        &self.dir
    }

    /// Changes how large the database may grow, in bytes. What is stored already stays.
    pub async fn bound(&self, max_bytes: Option<u64>) -> Result<(), AppendError> {
        self.ask(move |answer| Job::Bound(max_bytes, answer)).await
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, AppendError>>) -> Job,
    ) -> Result<T, AppendError> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(AppendError::Closed)?;
        jobs.send(job(answer)).await.map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }
}

/// Stores a check value with the first opening, compares with it later.
fn check_master(
    connection: &rusqlite::Connection,
    master: &MasterKey,
    dir: &Path,
    path: &Path,
) -> Result<(), LogError> {
    if schema::meta(connection, path, MASTER_CHECK)?.is_none() {
        schema::set_meta(connection, path, MASTER_CHECK, &master.check_value()?)?;
    }
    check_master_only(connection, master, dir, path)
}

/// Compares the key with the check value.
fn check_master_only(
    connection: &rusqlite::Connection,
    master: &MasterKey,
    dir: &Path,
    path: &Path,
) -> Result<(), LogError> {
    match schema::meta(connection, path, MASTER_CHECK)? {
        Some(check) if master.is_of(&check) => Ok(()),
        _ => Err(LogError::KeyWrong { path: dir.join(MASTER_KEY_FILE) }),
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the log ended abnormally");
        }
    }
}

impl EventLog for SqliteLog {
    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(self.ask(|answer| Job::Append(Box::new(append), answer)))
    }

    fn read(
        &self,
        conversation: ConversationId,
        after_seq: u64,
        limit: usize,
    ) -> Answer<'_, Result<Option<Page>, LogError>> {
        Box::pin(self.readers.run(move |reader| reader.page(conversation, after_seq, limit)))
    }

    fn commands(&self, conversation: ConversationId) -> Answer<'_, Result<Vec<CommandResult>, LogError>> {
        Box::pin(self.readers.run(move |reader| reader.commands(conversation)))
    }

    fn read_from(&self, position: u64, limit: usize) -> Answer<'_, Result<Vec<Record>, LogError>> {
        Box::pin(self.readers.run(move |reader| reader.records(position, limit)))
    }

    fn open_after(
        &self,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Answer<'_, Result<Vec<OpenConversation>, LogError>> {
        Box::pin(self.readers.run(move |reader| reader.open_after(after, limit)))
    }

    fn conversations_of(&self, visitor: VisitorId) -> Answer<'_, Result<Vec<ConversationId>, LogError>> {
        Box::pin(self.readers.run(move |reader| reader.conversations_of(visitor)))
    }

    fn probe(&self) -> Answer<'_, Result<(), AppendError>> {
        Box::pin(self.ask(Job::Probe))
    }

    fn size_bytes(&self) -> Option<u64> {
        let size = |name: &str| std::fs::metadata(self.dir.path().join(name)).map_or(0, |m| m.len());
        Some(size(DATABASE_FILE).saturating_add(size(&format!("{DATABASE_FILE}-wal"))))
    }

    fn erase(&self, visitor: VisitorId) -> Answer<'_, Result<bool, AppendError>> {
        Box::pin(self.ask(move |answer| Job::Erase(visitor, answer)))
    }
}
