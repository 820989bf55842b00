//! Relay, bot and console of a story as processes of their own. The relay can be killed and started again.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::script::{Person, Story};
use super::voice;
use crate::config::Settings;
use crate::conversation::Language;

/// How long the relay may take until it listens.
const LISTENS_WITHIN: Duration = Duration::from_secs(30);
/// How long the console may take to give its visitors back.
const LEAVES_WITHIN: Duration = Duration::from_secs(3);
/// Lines of the relay that may wait to be read.
const LINES: usize = 8;
/// How often a process is asked whether it has ended.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Everything that the parts say about themselves is kept: it is searched for secrets.
const SETTINGS: &str = "log = \"debug\"\n";
/// Any free port of this machine.
const ANY_FREE: &str = "127.0.0.1:0";

/// The processes. Dropping this ends them.
pub struct Parts {
    settings: Settings,
    relay: Option<Process>,
    address: SocketAddr,
    bot: Option<Process>,
    console: Option<Console>,
}

struct Process(Child);

struct Console {
    process: Process,
    keys: ChildStdin,
    /// What the person says aloud, if they do: else it is typed.
    typed: Vec<String>,
}

impl Process {
    /// Ends it as a power cut would.
    fn kill(&mut self) -> Result<()> {
        self.0.kill().context("a process of the story cannot be killed")?;
        self.0.wait().context("a killed process of the story does not end")?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}

impl Parts {
    /// Starts them all. Their data is in the data directory of the settings.
    pub fn start(settings: &Settings, story: &Story) -> Result<Self> {
        let settings = Settings { scene: std::path::absolute(&settings.scene)?, ..settings.clone() };
        std::fs::write(settings_file(&settings), SETTINGS)?;
        let (relay, address) = start_relay(&settings, ANY_FREE)?;
        let mut parts = Self { settings, relay: Some(relay), address, bot: None, console: None };
        let mut bot = parts.command("bot");
        bot.stdin(Stdio::null()).stdout(Stdio::null());
        parts.bot = Some(spawn(&parts.settings, bot, "bot")?);
        if let Some(person) = &story.person {
            parts.console = Some(parts.start_console(person, story.language)?);
        }
        Ok(parts)
    }

    /// The relay's address for clients.
    pub fn url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// Kills the relay's process.
    pub fn kill_relay(&mut self) -> Result<()> {
        self.relay.take().context("the relay was killed already")?.kill()
    }

    /// Starts the relay where it was.
    pub fn start_relay(&mut self) -> Result<()> {
        if self.relay.is_some() {
            bail!("the relay runs already");
        }
        let (relay, address) = start_relay(&self.settings, &self.address.to_string())?;
        (self.relay, self.address) = (Some(relay), address);
        Ok(())
    }

    /// The person types a line.
    pub fn console(&mut self, line: &str) -> Result<()> {
        let console = self.console.as_mut().context("nobody sits at the console")?;
        writeln!(console.keys, "{line}").context("the console takes no lines any more: has it ended?")
    }

    /// The person says what they have to say. Who speaks aloud does so by themselves.
    pub fn person_speaks(&mut self) -> Result<()> {
        let typed = self.console.as_mut().map(|console| std::mem::take(&mut console.typed));
        typed.unwrap_or_default().iter().try_for_each(|line| self.console(line))
    }

    /// Lets the person go, so that everything they had to send is sent.
    pub fn dismiss(&mut self) {
        let Some(Console { mut process, keys, .. }) = self.console.take() else { return };
        // The end of its input is the wish to leave.
        drop(keys);
        let until = Instant::now() + LEAVES_WITHIN;
        while matches!(process.0.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(ASK_EVERY);
        }
    }

    fn start_console(&self, person: &Person, language: Language) -> Result<Console> {
        let mut command = self.command("console");
        command.args(["--text", "--name", person.name.as_str()]);
        command.stdin(Stdio::piped()).stdout(log_file(&self.settings, "console-screen")?);
        let voice = person.voice.as_ref().filter(|_| cfg!(feature = "voice"));
        if let Some(voice) = voice {
            let sound = self.settings.data.join("person.wav");
            let after = Duration::from_secs_f32(person.after_secs);
            voice::write_monologue(&sound, voice, language, after, &person.says)?;
            command.arg("--mic").arg("--mic-file").arg(sound);
        }
        let typed = if voice.is_some() { Vec::new() } else { person.says.clone() };
        let mut process = spawn(&self.settings, command, "console")?;
        let keys = process.0.stdin.take().context("the console has no input")?;
        Ok(Console { process, keys, typed })
    }

    /// A client of the relay.
    fn command(&self, name: &str) -> Command {
        let mut command = command(&self.settings, name);
        command.args(["--relay", &self.url()]);
        command
    }
}

/// Starts the relay and waits until it says where it listens.
fn start_relay(settings: &Settings, listen: &str) -> Result<(Process, SocketAddr)> {
    let mut command = command(settings, "relay");
    command.args(["--listen", listen]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut relay = spawn(settings, command, "relay")?;
    let out = relay.0.stdout.take().context("the relay has no output")?;
    let (tell, lines) = sync_channel(LINES);
    // The thread ends with the relay's output.
    std::thread::Builder::new().name("story-relay".into()).spawn(move || {
        let mut lines = BufReader::new(out.take(64 * 1024)).lines();
        while let Some(Ok(line)) = lines.next() {
            // Nobody needs to know more than the first.
            let _ = tell.try_send(line);
        }
    })?;
    let line = match lines.recv_timeout(LISTENS_WITHIN) {
        Ok(line) => line,
        Err(RecvTimeoutError::Timeout) => bail!("the relay does not listen within {LISTENS_WITHIN:?}"),
        Err(RecvTimeoutError::Disconnected) => {
            bail!("the relay has ended: see relay.txt in {}", settings.data.display())
        }
    };
    let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
    Ok((relay, address.with_context(|| format!("the relay says `{line}` and not where it listens"))?))
}

/// This program with another sub-command. Nothing of this process's surroundings reaches it.
fn command(settings: &Settings, name: &str) -> Command {
    let mut command = Command::new(program());
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("AVATARDESK_") {
            command.env_remove(key);
        }
    }
    command.arg(name).arg("--offline");
    command.arg("--config").arg(settings_file(settings));
    command.arg("--data").arg(&settings.data).arg("--assets").arg(&settings.assets);
    command.arg("--scene").arg(&settings.scene);
    command
}

/// Starts a process. What it says on standard error goes into a file beside its data.
fn spawn(settings: &Settings, mut command: Command, name: &str) -> Result<Process> {
    command.stderr(log_file(settings, name)?);
    let child = command.spawn().with_context(|| format!("`avatardesk {name}` cannot be started"))?;
    Ok(Process(child))
}

fn log_file(settings: &Settings, name: &str) -> Result<File> {
    let path = settings.data.join(format!("{name}.txt"));
    let file = File::options().create(true).append(true).open(&path);
    file.with_context(|| format!("cannot write {}", path.display()))
}

fn settings_file(settings: &Settings) -> PathBuf {
    settings.data.join("story.toml")
}

fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "avatardesk".into())
}
