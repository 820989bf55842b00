//! The durable log of records.
//!
//! [`EventLog`] is the interface; [`MemoryLog`] forgets when the process ends, [`SqliteLog`] does not.

mod datadir;
mod erased;
mod error;
mod keys;
mod memory;
mod model;
mod random;
mod record;
mod seal;
mod sqlite;

pub use datadir::{DataDir, make_private_dir, secret_file, write_private};
pub use error::{AppendError, LogError};
pub use memory::MemoryLog;
pub use model::{
    Answer, Append, Appended, CommandResult, EventLog, OpenConversation, PAGE_MAX_BYTES, PAGE_MAX_EVENTS,
    Page, Record,
};
pub use random::{random_bytes, random_u128};
pub use sqlite::{DATABASE_FILE, Fault, Report, Snapshot, SqliteLog, SqliteOptions, forget_in_copy};
