//! Programs of Node.js with their modules, in exactly the versions of a lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// How long `npm ci` may take: a module may have to be compiled.
pub const INSTALL_WITHIN: Duration = Duration::from_secs(900);
/// How long a program may take to say its version.
const VERSION_WITHIN: Duration = Duration::from_secs(10);

/// Whether a program is there and runs.
pub fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    end_within(&mut command, VERSION_WITHIN).is_ok()
}

/// A folder with these files of `source` and the modules that its lock file names. Installed with `npm ci` into the cache of this
/// user when it is not there yet.
pub fn install(source: &Path, name: &str, files: &[&str]) -> Result<PathBuf> {
    for program in ["node", "npm"] {
        ensure!(runs(program), "there is no {program} here: install Node.js 20 or newer with npm");
    }
    let lock = fs::read(source.join("package-lock.json"))?;
    let mut hash = Sha256::new();
    hash.update(&lock);
    let version: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let dir = cache()?.join(format!("{name}-{version}"));
    fs::create_dir_all(&dir)?;
    for file in files {
        fs::copy(source.join(file), dir.join(file))?;
    }
    let done = dir.join("installed");
    if !done.exists() {
        eprintln!("installing the modules of {name} with npm into {}", dir.display());
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

/// Where this user's cache keeps what measurements need.
pub fn cache() -> Result<PathBuf> {
    let dirs = directories::BaseDirs::new().context("this user has no home directory")?;
    let dir = dirs.cache_dir().join("avatardesk/bench");
    fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    Ok(dir)
}

/// Runs a program to its end, which must come within this time and be a good one.
pub fn end_within(command: &mut Command, time: Duration) -> Result<()> {
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
