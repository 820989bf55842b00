//! The shim and the file by which it is steered.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chaos/shim.c");
const PAGE_BYTES: usize = 4096;

/// What the checker can change while the relay runs: see shim.c.
#[derive(Debug, Clone, Copy)]
pub enum Slot {
    ClockMs = 0,
    Room = 1,
    SyncUs = 2,
    Lies = 3,
}

/// The control file, which the shim has mapped.
#[derive(Debug)]
pub struct Control(File);

impl Control {
    /// A new file at `path`: the right time, any room, quick syncs.
    pub fn new(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
        file.write_all_at(&[0; PAGE_BYTES], 0)?;
        let control = Self(file);
        control.set(Slot::Room, -1)?;
        Ok(control)
    }

    pub fn set(&self, slot: Slot, value: i64) -> Result<()> {
        Ok(self.0.write_all_at(&value.to_ne_bytes(), slot as u64 * 8)?)
    }

    pub fn get(&self, slot: Slot) -> Result<i64> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, slot as u64 * 8)?;
        Ok(i64::from_ne_bytes(bytes))
    }
}

/// Compiles the shim into `dir`.
pub fn build_shim(dir: &Path) -> Result<PathBuf> {
    let to = dir.join("shim.so");
    let done = Command::new("cc")
        .args(["-std=gnu11", "-shared", "-fPIC", "-O2", "-o"])
        .arg(&to)
        .args([SOURCE, "-ldl", "-lpthread"])
        .output()
        .context("there is no C compiler `cc`: install build-essential")?;
    ensure!(done.status.success(), "{SOURCE} does not compile: {}", String::from_utf8_lossy(&done.stderr));
    Ok(to)
}
