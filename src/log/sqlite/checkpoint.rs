//! Moves what stands in the write-ahead log into the database, beside the writer: a checkpoint syncs twice, and whoever
//! waits for a commit would wait for that, too.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::super::error::LogError;
use super::schema;

/// So many events are stored between two checkpoints.
const EVERY_EVENTS: usize = 512;
/// A write-ahead log of so many pages (64 MiB) does not become shorter by itself: the writer has to pause for it.
const LONG_PAGES: i64 = 16 * 1024;

/// The thread that does it; ends with this value.
#[derive(Debug)]
pub struct Checkpoints {
    /// `None` while dropping, which ends the thread.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    long: Arc<AtomicBool>,
    events: usize,
}

impl Checkpoints {
    /// Begins for the database at `path`. `sync` as for its writer.
    pub fn begin(path: &Path, sync: bool) -> Result<Self, LogError> {
        Self::with_bound(path, sync, LONG_PAGES)
    }

    fn with_bound(path: &Path, sync: bool, long_pages: i64) -> Result<Self, LogError> {
        let connection = schema::open_checkpoints(path, sync)?;
        let long = Arc::<AtomicBool>::default();
        // One call may wait: it also stands for those that come meanwhile.
        let (wake, woken) = sync_channel(1);
        let tells = Arc::clone(&long);
        let thread = std::thread::Builder::new()
            .name("log-checkpoints".to_owned())
            .spawn(move || run(&connection, &woken, &tells, long_pages))
            .map_err(|e| LogError::Database { path: path.to_owned(), why: e.to_string() })?;
        Ok(Self { wake: Some(wake), thread: Some(thread), long, events: 0 })
    }

    /// So many events were committed.
    pub fn committed(&mut self, events: usize) {
        self.events = self.events.saturating_add(events);
        if self.events >= EVERY_EVENTS {
            self.events = 0;
            // When one call waits already, that is enough.
            let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
        }
    }

    /// Whether the writer has to pause until the write-ahead log begins anew: looked at now and then, since each try may
    /// take a while.
    pub fn is_long(&self) -> bool {
        self.events == 0 && self.long.load(Ordering::Relaxed)
    }

    /// The write-ahead log begins at its front again.
    pub fn restarted(&self) {
        self.long.store(false, Ordering::Relaxed);
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread for checkpoints ended abnormally");
        }
    }
}

fn run(connection: &Connection, woken: &Receiver<()>, long: &AtomicBool, long_pages: i64) {
    while woken.recv().is_ok() {
        match schema::checkpoint(connection) {
            Ok(pages) if pages > long_pages => long.store(true, Ordering::Relaxed),
            Ok(_) => {}
            // The writer meets whatever is wrong, and says so.
            Err(e) => tracing::debug!("a checkpoint failed: {e}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wal_pages(path: &Path) -> u64 {
        std::fs::metadata(path.with_extension("sqlite-wal")).map_or(0, |m| m.len() / 4096)
    }

    /// A transaction of about a page.
    fn store(writer: &Connection, n: u32) {
        let insert = "INSERT INTO meta (name, value) VALUES (?1, zeroblob(4000))";
        writer.execute(insert, [n.to_string()]).unwrap();
    }

    #[test]
    fn what_is_committed_reaches_the_database_while_the_writer_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        let writer = schema::open_writer(&path, true).unwrap();
        let store = |n| store(&writer, n);
        let size = || std::fs::metadata(&path).unwrap().len();
        (0..1500).for_each(store);
        let before = size();
        assert!(wal_pages(&path) > 1500, "the writer makes no checkpoints itself");
        let mut checkpoints = Checkpoints::begin(&path, true).unwrap();
        checkpoints.committed(EVERY_EVENTS - 1);
        checkpoints.committed(1);
        // Its end waits for what was asked for.
        drop(checkpoints);
        assert!(size() > before + 1500 * 4000, "{before} {}", size());
        // The next transaction finds that all of it was moved, and begins at the front again.
        let pages = wal_pages(&path);
        (1500..1600).for_each(store);
        assert_eq!(wal_pages(&path), pages);
    }

    #[test]
    fn a_log_that_grows_too_long_begins_anew_as_soon_as_nobody_reads_from_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.sqlite");
        let writer = schema::open_writer(&path, true).unwrap();
        let store = |n| store(&writer, n);
        store(0);
        let mut checkpoints = Checkpoints::with_bound(&path, true, 100).unwrap();
        let reader = schema::open_reader(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta;").unwrap();
        (1..200).for_each(store);
        let mut is_long = |events| {
            checkpoints.committed(events);
            let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
            while !checkpoints.is_long() && std::time::Instant::now() < until {
                std::thread::yield_now();
            }
            checkpoints.is_long()
        };
        assert!(is_long(EVERY_EVENTS));
        assert!(!schema::restart_wal(&writer).unwrap(), "somebody reads an older state");
        reader.execute_batch("COMMIT").unwrap();
        assert!(schema::restart_wal(&writer).unwrap());
        checkpoints.restarted();
        let pages = wal_pages(&path);
        (200..300).for_each(store);
        assert_eq!((wal_pages(&path), checkpoints.is_long()), (pages, false));
    }
}
