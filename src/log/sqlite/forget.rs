//! Forgetting keys so that nothing in the files can bring them back.

use std::path::Path;

use rusqlite::Connection;

use super::super::erased::ErasedKeys;
use super::super::error::LogError;
use super::super::keys::KeyId;
use super::schema::{self, broken};
use crate::conversation::VisitorId;

/// Why a key was not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("the list of forgotten keys could not be written: {0}")]
    List(#[from] std::io::Error),
}

/// Forgets the keys of a visitor, within the caller's transaction. Says whether there were any.
///
/// The list is written first: should the transaction be lost, the keys are forgotten at the next opening.
pub fn forget(connection: &Connection, visitor: VisitorId, erased: &ErasedKeys) -> Result<bool, ForgetError> {
    let ids = ids_of(connection, visitor)?;
    if ids.is_empty() {
        return Ok(false);
    }
    erased.add(&ids)?;
    connection.prepare_cached("DELETE FROM keys WHERE visitor = ?1")?.execute([visitor.to_bytes()])?;
    Ok(true)
}

fn ids_of(connection: &Connection, visitor: VisitorId) -> rusqlite::Result<Vec<KeyId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM keys WHERE visitor = ?1")?;
    statement.query_map([visitor.to_bytes()], |row| row.get(0))?.collect()
}

/// At the start: what was forgotten stays forgotten, also when an older copy of the database was put back or the
/// process ended before everything was overwritten.
pub fn at_opening(
    connection: &Connection,
    path: &Path,
    erased: &ErasedKeys,
    purge: bool,
) -> Result<(), LogError> {
    if !purge {
        return Ok(());
    }
    let list = erased.read().map_err(|e| LogError::Database { path: path.to_owned(), why: e.to_string() })?;
    let clean = || -> rusqlite::Result<usize> {
        schema::delete_securely(connection)?;
        let mut gone = 0;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        {
            let mut statement = connection.prepare("DELETE FROM keys WHERE id = ?1")?;
            for id in &list {
                gone += statement.execute([id])?;
            }
        }
        connection.execute_batch("COMMIT")?;
        Ok(gone)
    };
    let gone = clean().map_err(broken(path))?;
    // Without room on the disk this has to wait; the log can be read all the same.
    if let Err(e) = schema::empty_wal(connection) {
        tracing::warn!("the write-ahead log could not be emptied: {e}");
    }
    match gone {
        0 => {}
        gone => tracing::warn!(gone, "keys that had been forgotten were in the database again: forgotten"),
    }
    Ok(())
}

/// Forgets a visitor in a backup, which no process uses. Says whether there was anything to forget.
pub fn forget_in_copy(copy: &Path, visitor: VisitorId) -> Result<bool, LogError> {
    if !copy.exists() {
        return Err(LogError::NotThere { path: copy.to_owned() });
    }
    let connection = Connection::open(copy).map_err(broken(copy))?;
    schema::version(&connection, copy)?;
    let clean = || -> rusqlite::Result<bool> {
        schema::delete_securely(&connection)?;
        // The journal that undoes a half-done change has the old pages: it is emptied, and gone in the end.
        connection.execute_batch("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;")?;
        let gone = connection.execute("DELETE FROM keys WHERE visitor = ?1", [visitor.to_bytes()])?;
        connection.execute_batch("PRAGMA journal_mode = DELETE;")?;
        Ok(gone > 0)
    };
    clean().map_err(broken(copy))
}
