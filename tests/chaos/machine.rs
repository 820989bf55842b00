//! The machine of the relay: its process, its disk, its clock.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use avatardesk::access::{InviteCode, Role};

use crate::arguments::BY_HAND;
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
    /// The relay lets in enrolled devices only, over TLS.
    enrolled: bool,
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
    pub fn new(dir: &Path, program: Program, enrolled: bool, seed: u64) -> Result<Self> {
        let dir = dir.canonicalize()?;
        let control = Control::new(&dir.join("control"))?;
        fs::create_dir(dir.join("data"))?;
        let shim = build_shim(&dir)?;
        if matches!(program, Program::Ourselves(Broken::LyingDisk)) {
            control.set(Slot::Lies, 1)?;
        }
        let (port, child, disk) = (Arc::default(), None, Disk::default());
        Ok(Self { program, enrolled, dir, shim, control, port, child, disk, rng: Rng::of(seed, 2) })
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Where the relay is without a line between.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/ws", self.port.load(Ordering::SeqCst))
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
                command.args(self.enrolled.then_some("--enrol"));
                command
            }
            Program::Ourselves(broken) => {
                let mut command = Command::new(std::env::current_exe()?);
                let name = clap::ValueEnum::to_possible_value(broken).context("no name")?;
                command.arg(BY_HAND).arg("--serve").arg(&data).args(["--broken", name.get_name()]);
                command
            }
        };
        let mut child = self
            .on_this_machine(&mut command)?
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
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

    /// What this program does is done on the machine's disk, by its clock.
    fn on_this_machine<'c>(&self, command: &'c mut Command) -> Result<&'c mut Command> {
        let said = OpenOptions::new().create(true).append(true).open(self.dir.join("relay.txt"))?;
        Ok(command
            .env("LD_PRELOAD", &self.shim)
            .env("CHAOS_ROOT", self.data())
            .env("CHAOS_JOURNAL", self.journal())
            .env("CHAOS_CONTROL", self.dir.join("control"))
            .stderr(said))
    }

    /// Has the relay's owner give a command, `avatardesk relay …`, while the relay is stopped; gives what it prints.
    pub async fn owner(&mut self, arguments: &[&str]) -> Result<String> {
        ensure!(self.child.is_none(), "two programs at a time are too much for the journal of the disk");
        let Program::Real(program) = &self.program else { bail!("only the real relay has an owner") };
        let mut command = Command::new(program);
        command.arg("relay").args(arguments).arg("--data").arg(self.data()).kill_on_drop(true);
        let done = timeout(PATIENCE, self.on_this_machine(&mut command)?.stdout(Stdio::piped()).output());
        let done = done.await.context("the owner's command does not end")??;
        self.lose_power(Keep::Everything)?;
        ensure!(done.status.success(), "`relay {}` failed: {}", arguments.join(" "), self.said());
        Ok(String::from_utf8(done.stdout)?.trim().to_owned())
    }

    /// A code for a client.
    pub async fn invite(&mut self, role: Role, id: &str) -> Result<InviteCode> {
        let code = self.owner(&["invite", "--role", role.name(), "--name", id, "--id", id]).await?;
        code.parse().map_err(|e| anyhow!("a strange code: {e}"))
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
