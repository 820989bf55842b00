//! The tables of the list of devices, and their versions.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::model::DevicesError;

/// Each step brings the database from the version of its index to the next one. Never change a step: add one.
const MIGRATIONS: [&str; 1] = ["
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE devices (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, desks TEXT NOT NULL,
    key BLOB NOT NULL UNIQUE, enrolled_at INTEGER NOT NULL, seen_at INTEGER, revoked_at INTEGER
);
CREATE UNIQUE INDEX enrolled_ids ON devices (id) WHERE revoked_at IS NULL;
CREATE TABLE invites (
    hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, role TEXT NOT NULL, name TEXT NOT NULL, desks TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
"];

/// How long to wait while another process writes.
const BUSY: Duration = Duration::from_secs(5);

/// The error for anything that SQLite says about the file at `path`.
pub fn broken(path: &Path) -> impl Fn(rusqlite::Error) -> DevicesError + '_ {
    |e| DevicesError::Database { path: path.to_owned(), why: e.to_string() }
}

/// Opens the database, or makes it, readable by its owner only.
pub fn open(path: &Path) -> Result<Connection, DevicesError> {
    make_private(path).map_err(|e| DevicesError::Database { path: path.to_owned(), why: e.to_string() })?;
    let mut connection = Connection::open(path).map_err(broken(path))?;
    connection.busy_timeout(BUSY).map_err(broken(path))?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
        .map_err(broken(path))?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // SQLite gives its other files the rights of this one.
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), DevicesError> {
    let ours = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    // Two processes may come at the same time: whoever gets the lock looks at the version then.
    let step = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(broken(path))?;
    let found: i64 = step.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(broken(path))?;
    if found > ours {
        return Err(DevicesError::Newer { path: path.to_owned(), found, ours });
    }
    for (sql, from) in MIGRATIONS.iter().zip(0i64..).skip(usize::try_from(found).unwrap_or(0)) {
        step.execute_batch(&format!("{sql} PRAGMA user_version = {};", from + 1)).map_err(broken(path))?;
    }
    step.commit().map_err(broken(path))
}
