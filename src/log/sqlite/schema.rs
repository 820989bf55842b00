//! The tables, their versions, and how a connection is set up.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::super::error::LogError;

/// Each step brings the database from the version of its index to the next one. Never change a step: add one.
const MIGRATIONS: [&str; 2] = [
    "
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE conversations (
    id BLOB PRIMARY KEY, epoch BLOB NOT NULL, visitor BLOB, closed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX open_conversations ON conversations (id) WHERE closed = 0;
CREATE TABLE keys (id BLOB PRIMARY KEY, visitor BLOB NOT NULL, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX keys_by_visitor ON keys (visitor);
CREATE TABLE records (
    position INTEGER PRIMARY KEY, conversation BLOB NOT NULL, seq INTEGER NOT NULL, header BLOB NOT NULL, body BLOB
);
CREATE UNIQUE INDEX records_by_seq ON records (conversation, seq);
CREATE TABLE commands (
    conversation BLOB NOT NULL, sender TEXT NOT NULL, cmid BLOB NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, sender, cmid)
) WITHOUT ROWID;
",
    // To find everything that one visitor said, for whoever wants it forgotten.
    "CREATE INDEX conversations_by_visitor ON conversations (visitor) WHERE visitor IS NOT NULL;",
];

/// How long a connection waits for a lock of another one, which happens only while the log is brought up to date.
const BUSY: Duration = Duration::from_secs(5);
/// How long emptying the write-ahead log waits for readers.
const EMPTY_WITHIN: Duration = Duration::from_millis(100);
/// How long it waits for a checkpoint that is under way before it looks again.
const EMPTY_AGAIN: Duration = Duration::from_millis(5);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 32;

/// The error for anything that SQLite says about the file at `path`.
pub fn broken(path: &Path) -> impl Fn(rusqlite::Error) -> LogError + '_ {
    |e| LogError::Database { path: path.to_owned(), why: e.to_string() }
}

/// The one connection that writes; brings the tables up to date.
pub fn open_writer(path: &Path, sync: bool) -> Result<Connection, LogError> {
    let connection = Connection::open(path).map_err(broken(path))?;
    set_up(&connection).map_err(broken(path))?;
    migrate(&connection, path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;").map_err(broken(path))?;
    set_sync(&connection, sync).map_err(broken(path))?;
    Ok(connection)
}

/// The connection that moves what is in the write-ahead log into the database: the writer leaves it to that.
pub fn open_checkpoints(path: &Path, sync: bool) -> Result<Connection, LogError> {
    let connection = Connection::open(path).map_err(broken(path))?;
    set_up(&connection).map_err(broken(path))?;
    set_sync(&connection, sync).map_err(broken(path))?;
    Ok(connection)
}

/// Whether commits and checkpoints sync. Checkpoints come when somebody asks for them.
fn set_sync(connection: &Connection, sync: bool) -> rusqlite::Result<()> {
    let synchronous = if sync { "FULL" } else { "OFF" };
    connection.execute_batch(&format!("PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 0;"))
}

/// Moves what nobody reads an older state of into the database, without anybody waiting. Gives the pages that stand in the
/// write-ahead log.
pub fn checkpoint(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
}

/// Lets the write-ahead log begin at its front again. Says whether that was possible, as [`empty_wal`] does.
pub fn restart_wal(connection: &Connection) -> rusqlite::Result<bool> {
    checkpoint_alone(connection, "PRAGMA wal_checkpoint(RESTART)")
}

/// From now on what is deleted is overwritten with zeros.
pub fn delete_securely(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA secure_delete = ON;")
}

/// Writes everything into the database and empties the write-ahead log, in which older pages stand. Says whether that
/// was possible: a reader of an older state prevents it.
pub fn empty_wal(connection: &Connection) -> rusqlite::Result<bool> {
    checkpoint_alone(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

/// A checkpoint that waits a little for readers of an older state and for another checkpoint. Says whether it was done.
fn checkpoint_alone(connection: &Connection, checkpoint: &str) -> rusqlite::Result<bool> {
    // Whoever wants to store something waits meanwhile.
    connection.busy_timeout(EMPTY_WITHIN)?;
    let until = Instant::now() + EMPTY_WITHIN;
    let done = loop {
        match connection.query_row(checkpoint, [], |row| row.get::<_, i64>(0)) {
            // SQLite does not wait for another checkpoint that is under way, only for readers.
            Ok(1..) if Instant::now() < until => std::thread::sleep(EMPTY_AGAIN),
            other => break other.map(|busy| busy == 0),
        }
    };
    connection.busy_timeout(BUSY)?;
    done
}

/// Runs the steps up to a version only, as an older program did.
#[cfg(test)]
pub fn make_older(path: &Path, version: i32) {
    let connection = Connection::open(path).unwrap();
    for step in &MIGRATIONS[..usize::try_from(version).unwrap()] {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", version).unwrap();
}

/// A connection that only reads.
pub fn open_reader(path: &Path) -> Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(broken(path))?;
    set_up(&connection).map_err(broken(path))?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// The version of the tables; an error when it is newer than this program.
pub fn version(connection: &Connection, path: &Path) -> Result<i64, LogError> {
    let ours = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(broken(path))?;
    if found > ours { Err(LogError::Newer { path: path.to_owned(), found, ours }) } else { Ok(found) }
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), LogError> {
    let found = version(connection, path)?;
    for (step, from) in MIGRATIONS.iter().zip(0i64..).skip(usize::try_from(found).unwrap_or(0)) {
        let version = from + 1;
        connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {step} PRAGMA user_version = {version}; COMMIT;"))
            .map_err(broken(path))?;
    }
    Ok(())
}

/// A value of the table `meta`.
pub fn meta(connection: &Connection, path: &Path, name: &str) -> Result<Option<Vec<u8>>, LogError> {
    connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(broken(path))
}

/// Sets a value of the table `meta`.
pub fn set_meta(connection: &Connection, path: &Path, name: &str, value: &[u8]) -> Result<(), LogError> {
    connection
        .execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", params![name, value])
        .map(|_| ())
        .map_err(broken(path))
}
