//! The servers that are measured, each a process of its own that ends with its value.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::client::{Client, Door};
use super::nats::Nats;
use super::pair::{Side, Who};
use super::serve;

/// How long a server may take to start.
const START_WITHIN: Duration = Duration::from_secs(30);
/// Lines of a server's output that wait to be read.
const LINES_MAX: usize = 64;
/// What `synchronous = FULL` reads as.
const SYNCHRONOUS_FULL: u8 = 2;
const NATS_CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/nats/nats.conf");

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Our relay.
    Ours,
    /// Our relay over TLS.
    OursTls,
    /// socket.io and better-sqlite3, one commit for each message.
    SocketIo,
    /// The same, one commit for all messages of one turn of the event loop.
    SocketIoGrouped,
    /// nats-server with JetStream.
    Nats,
}

impl Kind {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ours => "avatardesk relay",
            Self::OursTls => "avatardesk relay, TLS",
            Self::SocketIo => "socket.io + better-sqlite3",
            Self::SocketIoGrouped => "socket.io + better-sqlite3, grouped commits",
            Self::Nats => "nats-server (weaker durability)",
        }
    }

    /// Whether it acknowledges only what is synced, and is not ours.
    pub fn is_equal_peer(self) -> bool {
        matches!(self, Self::SocketIo | Self::SocketIoGrouped)
    }
}

/// How servers are started.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Where the modules of the socket.io server are.
    pub modules: Option<PathBuf>,
    /// A library that makes each sync slow, and how slow.
    pub slow_sync: Option<(PathBuf, u64)>,
    /// Where the stores are.
    pub stores: Option<PathBuf>,
}

/// A running server.
pub struct Server {
    pub kind: Kind,
    pub door: Door,
    /// What it says about its versions.
    pub versions: String,
    child: Child,
    _dir: tempfile::TempDir,
}

/// The first line of the socket.io server.
#[derive(Deserialize)]
struct Ready {
    port: u16,
    synchronous: u8,
    journal: String,
    versions: std::collections::BTreeMap<String, String>,
}

impl Server {
    /// Starts a server with an empty store, and waits until it listens.
    pub async fn start(kind: Kind, setting: &Setting) -> Result<Self> {
        let dir = match &setting.stores {
            Some(dir) => tempfile::tempdir_in(dir)?,
            None => tempfile::tempdir()?,
        };
        let mut command = command(kind, setting, dir.path())?;
        if let Some((library, micros)) = &setting.slow_sync {
            command.env("LD_PRELOAD", library).env("SLOW_SYNC_US", micros.to_string());
        }
        let piped = |wanted| if wanted { Stdio::piped() } else { Stdio::inherit() };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(piped(kind == Kind::Nats));
        let mut child = command.spawn().with_context(|| format!("{} does not start", kind.label()))?;
        let lines = match (child.stderr.take(), child.stdout.take()) {
            (Some(err), _) => lines(err),
            (None, Some(out)) => lines(out),
            (None, None) => bail!("the server has no output"),
        };
        let mut server = Self {
            kind,
            door: Door { address: SocketAddr::from(([127, 0, 0, 1], 0)), path: "/ws", tls: None },
            versions: String::new(),
            child,
            _dir: dir,
        };
        server.listen(&lines).with_context(|| format!("{} does not start", kind.label()))?;
        if kind == Kind::Nats {
            let founder = Box::new(Nats::founder(&Who::new(Side::Waiting)?));
            Client::connect(&server.door, founder).await.context("JetStream's stream cannot be made")?;
        }
        Ok(server)
    }

    /// Reads where the server listens, and that it is what it should be.
    fn listen(&mut self, lines: &Receiver<String>) -> Result<()> {
        let until = Instant::now() + START_WITHIN;
        loop {
            let line = match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => {
                    bail!("it did not say within {START_WITHIN:?} where it listens")
                }
                Err(RecvTimeoutError::Disconnected) => bail!("it ended: look at its messages above"),
            };
            match self.kind {
                Kind::Ours | Kind::OursTls => {
                    let (address, pem) = serve::greeting(&line)?;
                    self.door.address = address;
                    self.door.tls = pem.as_deref().map(Door::trusting).transpose()?;
                    self.versions = format!("avatardesk {}", env!("CARGO_PKG_VERSION"));
                    return Ok(());
                }
                Kind::SocketIo | Kind::SocketIoGrouped => {
                    let ready: Ready = serde_json::from_str(&line).context("it says something unknown")?;
                    ensure!(
                        ready.synchronous == SYNCHRONOUS_FULL && ready.journal == "wal",
                        "its database is not of equal durability: synchronous {}, journal {}",
                        ready.synchronous,
                        ready.journal
                    );
                    self.door.address.set_port(ready.port);
                    self.door.path = "/socket.io/?EIO=4&transport=websocket";
                    let versions: Vec<_> = ready.versions.iter().map(|(n, v)| format!("{n} {v}")).collect();
                    self.versions = versions.join(", ");
                    return Ok(());
                }
                Kind::Nats => {
                    if let Some((_, version)) = line.split_once("Version:") {
                        self.versions = format!("nats-server {}", version.trim());
                    } else if let Some((_, address)) = line.split_once("websocket clients on ws://") {
                        self.door.address = address.trim().parse()?;
                        self.door.path = "/";
                    } else if line.contains("Server is ready") {
                        ensure!(self.door.address.port() != 0, "it has no WebSocket");
                        return Ok(());
                    } else if line.contains("[FTL]") {
                        bail!("{line}");
                    }
                }
            }
        }
    }

    /// Processor time that it has taken so far, in seconds, where the system tells it.
    pub fn cpu_secs(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // Behind the name, which may contain anything, come the fields from the third.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut times = fields.split_whitespace().skip(11);
        let (user, system): (f64, f64) = (times.next()?.parse().ok()?, times.next()?.parse().ok()?);
        Some((user + system) / TICKS_PER_SEC)
    }

    /// Resident memory in KiB, where the system tells it.
    pub fn memory_kib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

/// The unit of times in `/proc`: `USER_HZ`, which is 100 on every Linux that Rust's standard library supports.
const TICKS_PER_SEC: f64 = 100.0;

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; both are fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(kind: Kind, setting: &Setting, dir: &Path) -> Result<Command> {
    let mut command = match kind {
        Kind::Ours | Kind::OursTls => {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("--serve").arg(dir);
            if kind == Kind::OursTls {
                command.arg("--tls");
            }
            command
        }
        Kind::SocketIo | Kind::SocketIoGrouped => {
            let modules = setting.modules.as_deref().context("its modules are not installed")?;
            let mut command = Command::new("node");
            command.arg(modules.join("server.js")).arg(dir).env("NODE_ENV", "production");
            if kind == Kind::SocketIoGrouped {
                command.arg("--group");
            }
            command
        }
        Kind::Nats => {
            let mut command = Command::new("nats-server");
            command.args(["--config", NATS_CONFIG]).env("DESK_STORE", dir);
            command
        }
    };
    command.current_dir(dir);
    Ok(command)
}

/// The lines of an output. It is read to its end, so that the server never waits for us.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = sync_channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more: go on reading.
            drop(send.try_send(line));
        }
    });
    lines
}
