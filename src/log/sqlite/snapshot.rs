//! A log looked at from outside: one consistent state, read-only, also while a relay writes to it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::super::datadir::existing_secret;
use super::super::error::LogError;
use super::super::keys::{MASTER_KEY_FILE, MasterKey};
use super::super::model::Record;
use super::reader::Reader;
use super::schema::{self, broken};
use super::{DATABASE_FILE, check_master_only};
use crate::conversation::{ConversationId, VisitorId};

/// One state of a log. It does not change while this value lives; meanwhile the write-ahead log of a running relay
/// cannot be emptied, so it should not live long.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) connection: Connection,
    pub(super) master: MasterKey,
    pub(super) path: PathBuf,
    pub(super) dir: PathBuf,
}

impl Snapshot {
    /// The log of a data directory, or a backup of it in `file`; either needs the directory's master key.
    pub fn open(dir: &Path, file: Option<&Path>) -> Result<Self, LogError> {
        let path = file.map_or_else(|| dir.join(DATABASE_FILE), Path::to_owned);
        if !path.exists() {
            return Err(LogError::NotThere { path });
        }
        let master = MasterKey::new(existing_secret(dir, MASTER_KEY_FILE)?);
        let connection = schema::open_reader(&path)?;
        connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(broken(&path))?;
        schema::version(&connection, &path)?;
        check_master_only(&connection, &master, dir, &path)?;
        Ok(Self { connection, master, path, dir: dir.to_owned() })
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { connection: &self.connection, master: &self.master, path: &self.path }
    }

    /// One page of records after `position`, of one conversation if it is named. Empty at the end.
    pub fn records(
        &self,
        position: u64,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<Record>, LogError> {
        self.reader().export(position, conversation)
    }

    /// The visitor of a conversation, if there is such a conversation.
    pub fn visitor_of(&self, conversation: ConversationId) -> Result<Option<VisitorId>, LogError> {
        let first = self.records(0, Some(conversation))?;
        Ok(first.first().and_then(|record| match &record.event.fact {
            crate::conversation::Fact::Opened { visitor, .. } => Some(*visitor),
            _ => None,
        }))
    }
}
