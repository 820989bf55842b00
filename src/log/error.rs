//! What can go wrong with the log, in sentences for whoever runs it.

use std::path::PathBuf;

/// Why the log cannot be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error(
        "the data directory {path} cannot be used: {why}. Choose another one with --data, or make it writable"
    )]
    Directory { path: PathBuf, why: String },
    #[error(
        "the data directory {path} is already in use by another avatardesk: stop that one, or choose another \
         directory with --data"
    )]
    InUse { path: PathBuf },
    #[error(
        "the database {path} was written by a newer avatardesk (its format is {found}, this program knows up to \
         {ours}): install the newer version"
    )]
    Newer { path: PathBuf, found: i64, ours: i64 },
    #[error(
        "{path} is missing, but the database beside it is sealed with it: put the file back, or move the whole \
         directory away to start with an empty one"
    )]
    KeyMissing { path: PathBuf },
    #[error("{path} is not a key of this program (64 hexadecimal digits): put the right file back")]
    KeyMalformed { path: PathBuf },
    #[error("{path} may be read by others: run `chmod 600 {path}`")]
    KeyExposed { path: PathBuf },
    #[error("{path} is not the key that the database beside it is sealed with: put the right file back")]
    KeyWrong { path: PathBuf },
    #[error("{path} is not there: name the data directory with --data, or start the relay once to make it")]
    NotThere { path: PathBuf },
    #[error("{path} exists already: choose another name, or add --replace")]
    Exists { path: PathBuf },
    #[error("the copy {path} could not be made: {why}. The log itself is as it was")]
    Copy { path: PathBuf, why: String },
    #[error("the database {path} cannot be used: {why}")]
    Database { path: PathBuf, why: String },
    #[error("record {position} of the database is damaged ({why}): put a backup of the data directory back")]
    Damaged { position: i64, why: String },
    #[error("the operating system gave no random numbers: {0}")]
    Random(String),
    #[error("the log is closed")]
    Closed,
}

/// Why something was not appended. Nothing of the batch is in the log then, except after [`AppendError::Storage`],
/// when it is unknown: read again before going on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else was quicker: the conversation's last event is `seq`, not the expected one.
    #[error("the conversation is at event {seq}, not where it was expected to be")]
    Conflict { seq: u64 },
    #[error(
        "there is no room left to store anything: {0}. Free some space; clients send again by themselves"
    )]
    Full(String),
    #[error("storing failed: {0}. Clients send again by themselves; look at the disk when it persists")]
    Storage(String),
    #[error("the log is closed")]
    Closed,
}
