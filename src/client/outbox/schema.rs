//! The tables of an outbox in a file, and their versions.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::OutboxError;

/// Each step brings a file from the version of its index to the next one. Never change a step: add one. The first files
/// had no version: what they have is made here only where it is missing.
const MIGRATIONS: [&str; 2] = [
    "
CREATE TABLE IF NOT EXISTS relay (one INTEGER PRIMARY KEY CHECK (one = 1), seal_to TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation BLOB NOT NULL, cmid BLOB NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_by_command ON outbox (conversation, cmid);
",
    // Which relay each command is sealed to. What is there was sealed to the last one that answered.
    "
ALTER TABLE outbox ADD COLUMN sealed_to BLOB NOT NULL DEFAULT x'';
UPDATE outbox SET sealed_to = coalesce((SELECT unhex(seal_to) FROM relay), x'');
",
];

/// Opens the file, or makes it, and brings it up to date.
pub fn open(path: &Path) -> Result<Connection, OutboxError> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;")?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OutboxError> {
    let ours = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > ours {
        return Err(OutboxError::Newer { path: path.display().to_string(), found, ours });
    }
    for (sql, from) in MIGRATIONS.iter().zip(0i64..).skip(usize::try_from(found).unwrap_or(0)) {
        step.execute_batch(&format!("{sql} PRAGMA user_version = {};", from + 1))?;
    }
    Ok(step.commit()?)
}
