//! The readers: connections of their own, used on threads that may block.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::Semaphore;

use super::super::error::LogError;
use super::super::keys::{KeyId, MasterKey, VisitorKey};
use super::super::model::{CommandResult, OpenConversation, PAGE_MAX_BYTES, PAGE_MAX_EVENTS, Page, Record};
use super::super::record;
use super::schema::{broken, open_reader};
use crate::conversation::{ActorId, Cmid, ConversationId, Epoch, VisitorId};

/// How many reads may run at the same time; more wait.
const READERS: usize = 4;

/// A pool of reading connections, opened when needed.
#[derive(Debug)]
pub struct Readers {
    shared: Arc<Shared>,
    turns: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    master: Arc<MasterKey>,
    // A plain mutex: held only to take a connection out or to put it back.
    idle: Mutex<Vec<Connection>>,
}

/// One read.
pub struct Reader<'a> {
    pub connection: &'a Connection,
    pub master: &'a MasterKey,
    pub path: &'a Path,
}

impl Readers {
    /// Readers of the database at `path`.
    pub fn new(path: PathBuf, master: Arc<MasterKey>) -> Self {
        let shared = Shared { path, master, idle: Mutex::new(Vec::new()) };
        Self { shared: Arc::new(shared), turns: Arc::new(Semaphore::new(READERS)) }
    }

    /// Runs one read on a thread that may block.
    pub async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader<'_>) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| LogError::Closed)?;
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let idle = || shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = idle().pop();
            let connection = match taken {
                Some(connection) => connection,
                None => open_reader(&shared.path)?,
            };
            let reader = Reader { connection: &connection, master: &shared.master, path: &shared.path };
            let result = read(&reader);
            idle().push(connection);
            result
        })
        .await
        .map_err(|_| LogError::Closed)?
    }
}

type Row = (i64, Vec<u8>, Option<Vec<u8>>);

impl Reader<'_> {
    /// See [`super::EventLog::read`].
    pub fn page(
        &self,
        conversation: ConversationId,
        after_seq: u64,
        limit: usize,
    ) -> Result<Option<Page>, LogError> {
        let id = conversation.to_bytes();
        let epoch: Option<[u8; 16]> = self
            .connection
            .prepare_cached("SELECT epoch FROM conversations WHERE id = ?1")
            .and_then(|mut s| s.query_row([id], |row| row.get(0)).optional())
            .map_err(broken(self.path))?;
        let Some(epoch) = epoch else { return Ok(None) };
        let after = i64::try_from(after_seq).unwrap_or(i64::MAX);
        let rows = self.rows(
            "SELECT position, header, body FROM records WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            params![id, after, rows_max(limit)],
        )?;
        let events = self.decode(rows)?.into_iter().map(|r| r.event).collect();
        Ok(Some(Page { epoch: Epoch::from_bytes(epoch), events }))
    }

    /// See [`super::EventLog::read_from`].
    pub fn records(&self, position: u64, limit: usize) -> Result<Vec<Record>, LogError> {
        let after = i64::try_from(position).unwrap_or(i64::MAX);
        let rows = self.rows(
            "SELECT position, header, body FROM records WHERE position > ?1 ORDER BY position LIMIT ?2",
            params![after, rows_max(limit)],
        )?;
        self.decode(rows)
    }

    /// See [`super::EventLog::commands`].
    pub fn commands(&self, conversation: ConversationId) -> Result<Vec<CommandResult>, LogError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT sender, cmid, last_seq FROM commands WHERE conversation = ?1")
            .map_err(broken(self.path))?;
        let rows = statement
            .query_map([conversation.to_bytes()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, i64>(2)?))
            })
            .map_err(broken(self.path))?;
        rows.map(|row| {
            let (sender, cmid, last_seq) = row.map_err(broken(self.path))?;
            let sender = ActorId::try_from(sender)
                .map_err(|e| LogError::Damaged { position: 0, why: e.to_string() })?;
            Ok(CommandResult { sender, cmid: Cmid::from_bytes(cmid), last_seq: last_seq.cast_unsigned() })
        })
        .collect()
    }

    /// See [`super::EventLog::open_after`].
    pub fn open_after(
        &self,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<OpenConversation>, LogError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        match after {
            None => self.listed(
                "SELECT id, epoch FROM conversations WHERE closed = 0 ORDER BY id LIMIT ?1",
                params![limit],
            ),
            Some(after) => self.listed(
                "SELECT id, epoch FROM conversations WHERE closed = 0 AND id > ?2 ORDER BY id LIMIT ?1",
                params![limit, after.to_bytes()],
            ),
        }
    }

    fn listed(&self, query: &str, params: impl rusqlite::Params) -> Result<Vec<OpenConversation>, LogError> {
        let mut statement = self.connection.prepare_cached(query).map_err(broken(self.path))?;
        let rows = statement
            .query_map(params, |row| {
                Ok(OpenConversation {
                    conversation: ConversationId::from_bytes(row.get(0)?),
                    epoch: Epoch::from_bytes(row.get(1)?),
                })
            })
            .map_err(broken(self.path))?;
        rows.collect::<Result<_, _>>().map_err(broken(self.path))
    }

    /// See [`super::EventLog::conversations_of`].
    pub fn conversations_of(&self, visitor: VisitorId) -> Result<Vec<ConversationId>, LogError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM conversations WHERE visitor = ?1 ORDER BY id")
            .map_err(broken(self.path))?;
        let rows = statement
            .query_map([visitor.to_bytes()], |row| Ok(ConversationId::from_bytes(row.get(0)?)))
            .map_err(broken(self.path))?;
        rows.collect::<Result<_, _>>().map_err(broken(self.path))
    }

    /// The records after `position`, of one conversation if it is named, within the bounds of a page.
    pub fn export(
        &self,
        position: u64,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<Record>, LogError> {
        let Some(conversation) = conversation else { return self.records(position, PAGE_MAX_EVENTS) };
        let after = i64::try_from(position).unwrap_or(i64::MAX);
        let rows = self.rows(
            "SELECT position, header, body FROM records WHERE conversation = ?1 AND position > ?2
             ORDER BY seq LIMIT ?3",
            params![conversation.to_bytes(), after, rows_max(PAGE_MAX_EVENTS)],
        )?;
        self.decode(rows)
    }

    /// The rows of a query that fit into a page.
    fn rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Row>, LogError> {
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let (position, header, body): Row = (row.get(0)?, row.get(1)?, row.get(2)?);
                bytes += header.len() + body.as_ref().map_or(0, Vec::len);
                if !page.is_empty() && bytes > PAGE_MAX_BYTES {
                    break;
                }
                page.push((position, header, body));
            }
            Ok(page)
        };
        read().map_err(broken(self.path))
    }

    fn decode(&self, rows: Vec<Row>) -> Result<Vec<Record>, LogError> {
        let mut keys: HashMap<KeyId, Option<VisitorKey>> = HashMap::new();
        rows.into_iter()
            .map(|(position, header, body)| {
                let (header, event) = record::decode(position, &header, body.as_deref(), |id| {
                    if let Some(key) = keys.get(&id) {
                        return Ok(key.clone());
                    }
                    let key = self.key(id)?;
                    keys.insert(id, key.clone());
                    Ok(key)
                })?;
                Ok(Record {
                    position: position.cast_unsigned(),
                    conversation: header.conversation,
                    epoch: header.epoch,
                    event,
                })
            })
            .collect()
    }

    /// The key with this id, unless it was forgotten.
    pub fn key(&self, id: KeyId) -> Result<Option<VisitorKey>, LogError> {
        let row: Option<([u8; 16], Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT visitor, wrapped FROM keys WHERE id = ?1")
            .and_then(|mut s| s.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(broken(self.path))?;
        row.map(|(visitor, wrapped)| {
            self.master.unwrap_key(VisitorId::from_bytes(visitor), id, &wrapped).map_err(|e| {
                LogError::Database {
                    path: self.path.to_owned(),
                    why: format!("the key of a visitor is damaged: {e}"),
                }
            })
        })
        .transpose()
    }
}

fn rows_max(limit: usize) -> i64 {
    i64::try_from(limit.min(PAGE_MAX_EVENTS)).unwrap_or(0)
}
