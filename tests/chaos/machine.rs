//! The machine of the relay: its process, its disk, its clock.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::broken::Broken;
use crate::control::{Control, Slot, build_shim};
use crate::disk::{Disk, Keep};
use crate::rng::Rng;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of what the relay said is shown.
const TAIL_BYTES: usize = 2_000;

/// Which relay runs.
#[derive(Debug, Clone)]
pub enum Program {
    /// `avatardesk relay`.
    Real(PathBuf),
    /// This program, as a relay that is broken.
    Ourselves(Broken),
}

/// A machine that can lose its power.
pub struct Machine {
    program: Program,
    dir: PathBuf,
    shim: PathBuf,
    pub control: Control,
    /// Where the relay listens now.
    pub port: Arc<AtomicU16>,
    child: Option<Child>,
    disk: Disk,
    rng: Rng,
}

impl Machine {
    /// A machine with an empty disk, switched off. Everything of it is in `dir`.
    pub fn new(dir: &Path, program: Program, seed: u64) -> Result<Self> {
        let dir = dir.canonicalize()?;
        let control = Control::new(&dir.join("control"))?;
        fs::create_dir(dir.join("data"))?;
        let shim = build_shim(&dir)?;
        if matches!(program, Program::Ourselves(Broken::LyingDisk)) {
            control.set(Slot::Lies, 1)?;
        }
        let (port, child, disk) = (Arc::default(), None, Disk::default());
        Ok(Self { program, dir, shim, control, port, child, disk, rng: Rng::of(seed, 2) })
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    /// Starts the relay and waits until it listens.
    pub async fn start(&mut self) -> Result<()> {
        let data = self.data();
        let mut command = match &self.program {
            Program::Real(program) => {
                let mut command = Command::new(program);
                command.args(["relay", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
                command
            }
            Program::Ourselves(broken) => {
                let mut command = Command::new(std::env::current_exe()?);
                let name = clap::ValueEnum::to_possible_value(broken).context("no name")?;
                command.arg("--serve").arg(&data).args(["--broken", name.get_name()]);
                command
            }
        };
        let said = OpenOptions::new().create(true).append(true).open(self.dir.join("relay.txt"))?;
        let mut child = command
            .env("LD_PRELOAD", &self.shim)
            .env("CHAOS_ROOT", &data)
            .env("CHAOS_JOURNAL", self.journal())
            .env("CHAOS_CONTROL", self.dir.join("control"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(said)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{:?} cannot be started", self.program))?;
        let out = child.stdout.take().context("no output")?;
        self.child = Some(child);
        let mut lines = BufReader::new(out).lines();
        let first =
            timeout(PATIENCE, lines.next_line()).await.context("it does not say where it listens")??;
        let Some(first) = first else {
            let status = self.ended().await?;
            bail!("the relay ended at once ({status}): {}", self.said());
        };
        let address = first.strip_prefix("listening on 127.0.0.1:").with_context(|| first.clone())?;
        self.port.store(address.parse()?, Ordering::SeqCst);
        Ok(())
    }

    /// The last that the relay said.
    pub fn said(&self) -> String {
        let text = fs::read(self.dir.join("relay.txt")).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(TAIL_BYTES)..]).into_owned()
    }

    /// Whether the relay has ended by itself.
    pub fn fell_over(&mut self) -> Result<Option<ExitStatus>> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait()?),
            None => Ok(None),
        }
    }

    /// Kills the relay and switches the power off.
    pub async fn kill(&mut self, keep: Keep) -> Result<()> {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            drop(child.start_kill());
        }
        self.ended().await?;
        self.lose_power(keep)
    }

    /// Asks the relay to stop, waits for it, and switches the power off.
    pub async fn stop(&mut self) -> Result<()> {
        self.signal("TERM").await?;
        let status = self.ended().await?;
        self.lose_power(Keep::Nothing)?;
        ensure!(status.success(), "the relay did not stop in order ({status}): {}", self.said());
        Ok(())
    }

    async fn ended(&mut self) -> Result<ExitStatus> {
        let mut child = self.child.take().context("the relay is not running")?;
        Ok(timeout(PATIENCE, child.wait()).await.context("the relay does not end")??)
    }

    /// Works out what the disk holds now and puts it there. Also after a relay that has ended by itself.
    pub fn lose_power(&mut self, keep: Keep) -> Result<()> {
        self.child = None;
        self.disk.replay(&fs::read(self.journal())?)?;
        self.disk.lose_power(keep, &mut self.rng);
        fs::remove_file(self.journal())?;
        Ok(self.disk.write_to(&self.data())?)
    }

    /// Sends a signal to the relay: STOP, CONT, TERM.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let Some(id) = self.child.as_ref().and_then(Child::id) else { return Ok(()) };
        // The child has not been waited for, so the number is still its own.
        let done = Command::new("/bin/sh").arg("-c").arg(format!("kill -{name} {id}")).status().await?;
        ensure!(done.success(), "the relay could not be sent {name}");
        Ok(())
    }
}
