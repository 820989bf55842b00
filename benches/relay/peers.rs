//! What of the other servers is on this machine. What is missing is left out, and said.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub use super::npm::runs;
use super::npm::{INSTALL_WITHIN, cache, end_within, install};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/socketio");
const SLOW_SYNC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/slow_sync.c");

/// A folder with the socket.io server and its modules.
pub fn socketio() -> Result<PathBuf> {
    install(Path::new(SOURCE), "socketio", &["package.json", "package-lock.json", "server.js"])
}

/// A library for `LD_PRELOAD` that makes each sync take longer, as on a slower disk.
pub fn slow_sync() -> Result<PathBuf> {
    ensure!(runs("cc"), "a slow sync needs a C compiler (`cc`)");
    let library = cache()?.join("slow_sync.so");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(SLOW_SYNC).arg("-ldl");
    end_within(&mut cc, INSTALL_WITHIN).context("the library for slow syncs was not compiled")?;
    Ok(library)
}
