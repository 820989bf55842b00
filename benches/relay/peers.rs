//! What of the other servers is on this machine. What is missing is left out, and said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/socketio");
const SLOW_SYNC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/slow_sync.c");
/// How long `npm ci` may take: better-sqlite3 may have to be compiled.
const INSTALL_WITHIN: Duration = Duration::from_secs(900);
/// How long a program may take to say its version.
const VERSION_WITHIN: Duration = Duration::from_secs(10);

/// Whether a program is there and runs.
pub fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    end_within(&mut command, VERSION_WITHIN).is_ok()
}

/// A folder with the socket.io server and its modules, in exactly the versions of the lock file. Installed with `npm ci` into
/// the cache of this user when it is not there yet.
pub fn socketio() -> Result<PathBuf> {
    for program in ["node", "npm"] {
        ensure!(runs(program), "there is no {program} here: install Node.js 20 or newer with npm");
    }
    let source = Path::new(SOURCE);
    let lock = fs::read(source.join("package-lock.json"))?;
    let mut hash = Sha256::new();
    hash.update(&lock);
    let name: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let dir = cache()?.join(format!("socketio-{name}"));
    fs::create_dir_all(&dir)?;
    for file in ["package.json", "package-lock.json", "server.js"] {
        fs::copy(source.join(file), dir.join(file))?;
    }
    let done = dir.join("installed");
    if !done.exists() {
        eprintln!("installing socket.io and better-sqlite3 with npm into {}", dir.display());
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        end_within(&mut npm, INSTALL_WITHIN).context("`npm ci` failed: is there a network?")?;
        fs::write(&done, "")?;
    }
    Ok(dir)
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

fn cache() -> Result<PathBuf> {
    let dirs = directories::BaseDirs::new().context("this user has no home directory")?;
    let dir = dirs.cache_dir().join("avatardesk/bench");
    fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    Ok(dir)
}

fn end_within(command: &mut Command, time: Duration) -> Result<()> {
    let mut child = command.spawn()?;
    let until = Instant::now() + time;
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "{command:?} ended with {status}");
            return Ok(());
        }
        if Instant::now() > until {
            drop(child.kill());
            drop(child.wait());
            bail!("{command:?} took longer than {time:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
