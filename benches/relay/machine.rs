//! What this machine is like while it is measured.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use super::support::percentile;

/// Syncs that are timed.
const SYNCS: usize = 200;
/// Bytes that are written before each of them: one page.
const SYNC_BYTES: usize = 4096;

/// Microseconds that writing a page and syncing it takes in a directory (the median).
pub fn sync_micros(dir: &Path) -> Result<u32> {
    let mut file = tempfile::tempfile_in(dir)?;
    let mut times = Vec::with_capacity(SYNCS);
    for n in 0..SYNCS {
        let begun = Instant::now();
        file.seek(SeekFrom::Start((n * SYNC_BYTES) as u64))?;
        file.write_all(&[0x55; SYNC_BYTES])?;
        file.sync_data()?;
        times.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    percentile(&times, 0.5).context("nothing was timed")
}

/// How many processes wanted to run, on average over the last minute.
pub fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// Files that this process, and those that it starts, may open.
pub fn open_files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
