//! A copy of the log while it is in use.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::super::datadir::{create_private, sync_directory};
use super::super::error::LogError;
use super::Snapshot;

/// Pages that are copied between two reports of progress.
const PAGES_A_STEP: i32 = 1_024;
/// How long to wait when the copy's file is busy, and how often.
const BUSY_PAUSE: Duration = Duration::from_millis(50);
const BUSY_MAX: u32 = 100;

impl Snapshot {
    /// Copies this state into `to`, which is there either whole, synced and checked, or not at all. An existing file
    /// is replaced only with `replace`. `progress` is told how many of how many pages are done. Gives the size in bytes.
    pub fn backup(
        &self,
        to: &Path,
        replace: bool,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<u64, LogError> {
        let wrong = |why: String| LogError::Copy { path: to.to_owned(), why };
        if to.exists() {
            let same = |a: &Path, b: &Path| fs::canonicalize(a).ok() == fs::canonicalize(b).ok();
            if same(to, &self.path) {
                return Err(wrong("that is the log itself".to_owned()));
            }
            if !replace {
                return Err(LogError::Exists { path: to.to_owned() });
            }
        }
        let name = to.file_name().ok_or_else(|| wrong("this is not the name of a file".to_owned()))?;
        let mut part = name.to_owned();
        part.push(".part");
        let part = to.with_file_name(part);
        let folder = match to.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let done = self.fill(&part, &mut progress).map_err(wrong).and_then(|size| {
            fs::rename(&part, to).and_then(|()| sync_directory(&folder)).map_err(|e| wrong(e.to_string()))?;
            Ok(size)
        });
        if done.is_err() {
            // Half a copy is of no use; what matters is said already.
            drop(fs::remove_file(&part));
        }
        done
    }

    fn fill(&self, part: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<u64, String> {
        let text = |e: rusqlite::Error| e.to_string();
        drop(create_private(part).map_err(|e| e.to_string())?);
        let mut copy = Connection::open(part).map_err(text)?;
        {
            // This connection holds a read transaction: all pages are of one state, whatever the relay writes.
            let backup = Backup::new(&self.connection, &mut copy).map_err(text)?;
            let mut waits = 0;
            loop {
                match backup.step(PAGES_A_STEP).map_err(text)? {
                    StepResult::Done => break,
                    StepResult::More => {
                        let at = backup.progress();
                        let count = |n: i32| u64::try_from(n).unwrap_or(0);
                        progress(count(at.pagecount.saturating_sub(at.remaining)), count(at.pagecount));
                    }
                    _ if waits < BUSY_MAX => {
                        waits += 1;
                        std::thread::sleep(BUSY_PAUSE);
                    }
                    _ => return Err("its file is busy".to_owned()),
                }
            }
        }
        // One file, without a write-ahead log beside it.
        copy.execute_batch("PRAGMA journal_mode = DELETE;").map_err(text)?;
        let sound: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(text)?;
        if sound != "ok" {
            return Err(format!("what was written is damaged: {sound}"));
        }
        copy.close().map_err(|(_, e)| e.to_string())?;
        let file = File::open(part).map_err(|e| e.to_string())?;
        file.sync_all().map_err(|e| e.to_string())?;
        Ok(file.metadata().map_err(|e| e.to_string())?.len())
    }
}
