//! Durable messages per second: pairs of a kiosk and an agent in a closed loop against a relay process of its own.
//!
//! A message counts when it is stored (synced), acknowledged to the kiosk and delivered to the agent; then the kiosk
//! sends the next one. Also measured: the memory that an idle connection takes.
//!
//! `cargo bench --no-default-features --bench relay -- [--json FILE] [--seconds N] [--goal N]`

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use avatardesk::conversation::{
    AnswerId, Channel, Cmid, Command, ConversationId, Language, Time, VisitorId, Words,
};
use avatardesk::log::random_u128;
use avatardesk::protocol::{ClientFrame, Role, ServerFrame, VersionSpan, decode, encode};
use avatardesk::relay::{Limits, Relay, SystemClock, serve};
use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Pairs that talk at the same time, one line of the table each.
const PAIRS: [usize; 4] = [1, 8, 32, 128];
/// The line that the goal is about.
const GOAL_PAIRS: usize = 32;
/// Connections that only wait, for measuring memory.
const IDLE: usize = 1_000;
/// What a visitor says: about as long as a spoken question.
const TEXT: &str =
    "Hello, I cannot find the tickets that I bought yesterday, can you tell me where they are?";

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How long each line is measured.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Messages per second that 32 pairs must reach.
    #[arg(long, default_value_t = 1_500.0)]
    goal: f64,
    /// KiB that an idle connection may take.
    #[arg(long, default_value_t = 10.0)]
    goal_idle_kib: f64,
    /// Be the relay: keep the log in this directory.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match &args.serve {
        Some(dir) => runtime.block_on(be_the_relay(dir)).map(|()| ExitCode::SUCCESS),
        None => runtime.block_on(measure(&args)),
    }
}

async fn be_the_relay(dir: &Path) -> Result<()> {
    let limits =
        Limits { frames_per_sec: 1e6, frames_burst: 1e6, max_connections: 10_000, ..Limits::default() };
    let relay = Relay::in_directory(dir, Arc::new(SystemClock))?.with_limits(limits);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    serve(listener, relay, std::future::pending()).await?;
    Ok(())
}

/// A relay process, ended with this value.
struct Server {
    child: Child,
    url: String,
    _dir: tempfile::TempDir,
}

impl Server {
    fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut child = std::process::Command::new(std::env::current_exe()?)
            .arg("--serve")
            .arg(dir.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("the relay has no output")?;
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address)?;
        Ok(Self { child, url: format!("ws://{}/ws", address.trim()), _dir: dir })
    }

    /// Resident memory in KiB, where the system tells it.
    fn memory_kib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; both are fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One line of the table.
struct Row {
    pairs: usize,
    per_sec: f64,
    p50_ms: f64,
    p99_ms: f64,
}

async fn measure(args: &Args) -> Result<ExitCode> {
    let mut rows = Vec::new();
    for pairs in PAIRS {
        let server = Server::start()?;
        rows.push(talk(&server.url, pairs, Duration::from_secs_f64(args.seconds)).await?);
    }
    let idle_kib = idle().await?;
    let reached = rows.iter().find(|r| r.pairs == GOAL_PAIRS).map_or(0.0, |r| r.per_sec);
    let passed = reached >= args.goal && idle_kib.is_none_or(|kib| kib <= args.goal_idle_kib);
    if let Some(file) = &args.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|r| {
                serde_json::json!({
                    "pairs": r.pairs, "messages_per_sec": r.per_sec, "p50_ms": r.p50_ms, "p99_ms": r.p99_ms
                })
            })
            .collect();
        let json = serde_json::json!({
            "name": "relay", "rows": rows, "idle_connection_kib": idle_kib,
            "goal_messages_per_sec": args.goal, "goal_idle_connection_kib": args.goal_idle_kib, "passed": passed
        });
        std::fs::write(file, serde_json::to_string_pretty(&json)?)?;
    }
    println!("| pairs | durable messages/s | p50 ms | p99 ms |\n|---:|---:|---:|---:|");
    for row in &rows {
        println!("| {} | {:.0} | {:.2} | {:.2} |", row.pairs, row.per_sec, row.p50_ms, row.p99_ms);
    }
    if let Some(kib) = idle_kib {
        println!("\nan idle connection takes {kib:.1} KiB (goal: at most {})", args.goal_idle_kib);
    }
    println!(
        "goal: {} messages/s with {GOAL_PAIRS} pairs: {}",
        args.goal,
        if passed { "reached" } else { "MISSED" }
    );
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Peer(Socket);

impl Peer {
    async fn connect(url: &str, role: Role, name: String) -> Result<Self> {
        let limits = WebSocketConfig::default().read_buffer_size(4096);
        let (socket, _) = connect_async_with_config(url, Some(limits), true).await?;
        let mut peer = Self(socket);
        peer.send(ClientFrame::Hello { versions: VersionSpan::OURS, role, name: name.parse()? }).await?;
        peer.until(|f| matches!(f, ServerFrame::Welcome { .. })).await?;
        Ok(peer)
    }

    async fn send(&mut self, frame: ClientFrame) -> Result<()> {
        Ok(self.0.send(Message::text(encode(&frame)?)).await?)
    }

    async fn command(&mut self, conversation: ConversationId, command: Command) -> Result<Cmid> {
        let cmid = Cmid::new(Time(1), random_u128()?);
        self.send(ClientFrame::Command { conversation, cmid, command }).await?;
        Ok(cmid)
    }

    async fn until(&mut self, wanted: impl Fn(&ServerFrame) -> bool) -> Result<()> {
        while let Some(message) = self.0.next().await {
            if let Message::Text(text) = message? {
                let frame: ServerFrame = decode(&text)?;
                if let ServerFrame::Refused { text, .. } | ServerFrame::Error { text, .. } = &frame {
                    bail!("refused: {text}");
                }
                if wanted(&frame) {
                    return Ok(());
                }
            }
        }
        bail!("the relay closed the connection")
    }

    async fn acknowledged(&mut self, sent: Cmid) -> Result<()> {
        self.until(|f| matches!(f, ServerFrame::Ack { cmid, .. } if *cmid == sent)).await
    }
}

/// `pairs` conversations at the same time, for a while.
async fn talk(url: &str, pairs: usize, time: Duration) -> Result<Row> {
    let mut ready = Vec::new();
    for n in 0..pairs {
        let mut kiosk = Peer::connect(url, Role::Kiosk, format!("kiosk-{n}")).await?;
        let mut agent = Peer::connect(url, Role::Agent, format!("agent-{n}")).await?;
        let visit = ConversationId::new(Time(1), random_u128()?);
        let open = Command::Open {
            desk: "help".parse()?,
            language: Language::En,
            channel: Channel::Kiosk,
            visitor: VisitorId::new(Time(1), random_u128()?),
        };
        let sent = kiosk.command(visit, open).await?;
        kiosk.acknowledged(sent).await?;
        agent.send(ClientFrame::Follow { conversation: visit, epoch: None, after_seq: 0 }).await?;
        agent.until(|f| matches!(f, ServerFrame::Replay { more: false, .. })).await?;
        ready.push((kiosk, agent, visit));
    }
    let begin = Instant::now();
    let tasks: Vec<_> = ready
        .into_iter()
        .map(|(mut kiosk, mut agent, visit)| {
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let sent_at = Instant::now();
                    let sent = kiosk.command(visit, say()?).await?;
                    let delivered =
                        agent.until(|f| matches!(f, ServerFrame::Event { event, .. } if event.cmid == sent));
                    tokio::try_join!(kiosk.acknowledged(sent), delivered)?;
                    times.push(sent_at.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let took = begin.elapsed().as_secs_f64();
    ensure!(!times.is_empty(), "nothing was measured");
    times.sort_unstable();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share).round() as usize;
        times.get(index).map_or(0.0, |t| t.as_secs_f64() * 1e3)
    };
    Ok(Row { pairs, per_sec: times.len() as f64 / took, p50_ms: at(0.5), p99_ms: at(0.99) })
}

fn say() -> Result<Command> {
    Ok(Command::Say {
        answer: AnswerId::new(Time(1), random_u128()?),
        part: 0,
        last: true,
        voiced: true,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words: Words { text: TEXT.to_owned(), ..Words::default() },
    })
}

/// KiB of the relay's memory for each idle connection.
async fn idle() -> Result<Option<f64>> {
    let server = Server::start()?;
    let mut peers = vec![Peer::connect(&server.url, Role::Bot, "first".to_owned()).await?];
    let before = server.memory_kib();
    for n in 0..IDLE {
        peers.push(Peer::connect(&server.url, Role::Bot, format!("idle-{n}")).await?);
    }
    let after = server.memory_kib();
    Ok(before.zip(after).map(|(before, after)| (after - before) / IDLE as f64))
}
