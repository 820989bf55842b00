//! `avatardesk console` and `avatardesk bot` as their users start them: what they could not send is not lost.

use std::path::Path;
use std::process::Stdio;

use avatardesk::client::{ClientEvent, Outbox, SqliteOutbox};
use avatardesk::conversation::{Command, ConversationId, Fact};
use avatardesk::protocol::Role;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, ChildStdout, Command as Process};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};

/// A way to the relay that can be cut.
struct Line {
    url: String,
    carries: JoinHandle<()>,
}

impl Line {
    async fn to(relay: &Running) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let port = relay.port;
        let carries = tokio::spawn(async move {
            let mut wires = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                wires.spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    // However it ends, it has ended.
                    drop(copy_bidirectional(&mut near, &mut far).await);
                });
            }
        });
        Self { url, carries }
    }

    /// From now on nobody answers there.
    async fn cut(self) {
        self.carries.abort();
        assert!(self.carries.await.unwrap_err().is_cancelled());
    }
}

/// A console of the agent `ann`.
struct Console {
    child: Child,
    types: ChildStdin,
    reads: Lines<BufReader<ChildStdout>>,
}

fn console(data: &Path, url: &str) -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_avatardesk"));
    process.args(["console", "--text", "--name", "ann", "--relay", url, "--data"]).arg(data);
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    process
}

impl Console {
    fn start(data: &Path, url: &str) -> Self {
        let mut child = console(data, url).spawn().unwrap();
        let types = child.stdin.take().unwrap();
        let reads = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, types, reads }
    }

    async fn types(&mut self, line: &str) {
        self.types.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// Waits for a line with these words in it.
    async fn shows(&mut self, part: &str) {
        let mut seen = Vec::new();
        let found = timeout(SOON, async {
            while let Some(line) = self.reads.next_line().await.unwrap() {
                seen.push(line);
                if seen.last().unwrap().contains(part) {
                    return true;
                }
            }
            false
        });
        let found = found.await;
        assert!(found == Ok(true), "`{part}` was not shown, but {seen:#?}");
    }

    /// As `kill -9` does.
    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    async fn ends(mut self) {
        assert!(timeout(SOON, self.child.wait()).await.unwrap().unwrap().success());
    }
}

/// A visit that waits for an agent.
async fn visit(relay: &Running) -> (Peer, ConversationId) {
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.done(visit, say("where is my wallet?")).await;
    kiosk.handle.follow(visit).unwrap();
    (kiosk, visit)
}

/// The next words of somebody else.
async fn hears(kiosk: &mut Peer) -> String {
    let said = |event| match event {
        ClientEvent::Event { event, .. } if event.actor.kind.is_agent() => words(&event).map(str::to_owned),
        _ => None,
    };
    kiosk.wait("words of an agent", said).await
}

/// A console whose agent serves the visit, behind a line that can be cut.
async fn serving(relay: &Running, data: &Path) -> (Console, Line) {
    let line = Line::to(relay).await;
    let mut console = Console::start(data, &line.url);
    console.shows("#1").await;
    console.types("/take 1").await;
    console.shows("you are the pilot").await;
    (console, line)
}

#[tokio::test]
async fn an_agents_words_survive_a_kill_without_a_connection() {
    let (relay, data) = (Running::in_memory().await, tempfile::tempdir().unwrap());
    let (mut kiosk, _) = visit(&relay).await;
    let (mut console, line) = serving(&relay, data.path()).await;
    line.cut().await;
    console.shows("no connection").await;
    console.types("It is in the menu.").await;
    console.shows("it is kept").await;
    console.kill().await;
    let mut console = Console::start(data.path(), &relay.url);
    console.shows("1 from last time").await;
    assert_eq!(hears(&mut kiosk).await, "It is in the menu.");
    console.types("/quit").await;
    console.ends().await;
}

#[tokio::test]
async fn an_agent_who_quits_without_a_connection_is_told_and_loses_nothing() {
    let (relay, data) = (Running::in_memory().await, tempfile::tempdir().unwrap());
    let (mut kiosk, _) = visit(&relay).await;
    let (mut console, line) = serving(&relay, data.path()).await;
    line.cut().await;
    console.shows("no connection").await;
    console.types("It is in the menu.").await;
    console.types("/quit").await;
    // What was said, and that the visitor is given back.
    console.shows("2 could not be sent: kept in the outbox").await;
    console.ends().await;
    let mut console = Console::start(data.path(), &relay.url);
    assert_eq!(hears(&mut kiosk).await, "It is in the menu.");
    // With a connection there is nothing left to say.
    console.shows("#1").await;
    console.types("/take 1").await;
    console.shows("✓ stored: It is in the menu.").await;
    console.shows("you are the pilot").await;
    console.types("/quit").await;
    console.ends().await;
    let given_back = |event| match event {
        ClientEvent::Event { event, .. } => (event.seq > 5 && event.fact.kind() == "released").then_some(()),
        _ => None,
    };
    kiosk.wait("that the visitor was given back", given_back).await;
    let outbox = SqliteOutbox::open(&data.path().join("outbox-agent-ann.sqlite")).unwrap();
    assert!(outbox.is_empty(), "{} are left", outbox.len());
}

#[tokio::test]
async fn an_agent_reads_how_far_the_words_have_come() {
    let (relay, data) = (Running::in_memory().await, tempfile::tempdir().unwrap());
    let (mut kiosk, visit) = visit(&relay).await;
    let (mut console, _line) = serving(&relay, data.path()).await;
    let seen = |event| match event {
        ClientEvent::Seen { by, seq, .. } => Some((by.id.to_string(), seq)),
        _ => None,
    };
    assert_eq!(kiosk.wait("that the question was seen", seen).await.0, "ann");
    console.types("It is in the menu.").await;
    console.shows("#1 ✓ stored: It is in the menu.").await;
    assert_eq!(hears(&mut kiosk).await, "It is in the menu.");
    console.shows("#1 ✓✓ delivered: It is in the menu.").await;
    kiosk.handle.seen(visit, 4).unwrap();
    console.shows("#1 ✓✓ seen: It is in the menu.").await;
}

#[tokio::test]
async fn two_consoles_do_not_share_an_outbox() {
    let (relay, data) = (Running::in_memory().await, tempfile::tempdir().unwrap());
    let mut first = Console::start(data.path(), &relay.url);
    first.shows("connected").await;
    let mut second = console(data.path(), &relay.url).spawn().unwrap();
    let mut told = String::new();
    let mut errors = second.stderr.take().unwrap();
    timeout(SOON, errors.read_to_string(&mut told)).await.unwrap().unwrap();
    assert!(!second.wait().await.unwrap().success());
    for part in ["outbox-agent-ann.sqlite", "already in use", "another name", "--data"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn what_a_bot_had_not_sent_when_it_ended_is_sent_when_it_is_back_and_not_answered_again() {
    let (relay, data) = (Running::in_memory().await, tempfile::tempdir().unwrap());
    let (mut kiosk, visit) = visit(&relay).await;
    let file = data.path().join("outbox-bot-bot.sqlite");
    let outbox = || Box::new(SqliteOutbox::open(&file).unwrap());
    let mut bot = Peer::with_outbox(&relay.url, Role::Bot, "bot", outbox());
    bot.done(visit, Command::Claim).await;
    drop(bot);
    crate::rounds::wait_until_free(&file).await;
    let bot = Peer::with_outbox("ws://127.0.0.1:1/ws", Role::Bot, "bot", outbox());
    let mut answer = say("made before the end");
    if let Command::Say { in_reply_to, .. } = &mut answer {
        *in_reply_to = Some(2);
    }
    bot.handle.command(visit, answer).await.unwrap();
    drop(bot);
    crate::rounds::wait_until_free(&file).await;
    let _bot = Process::new(env!("CARGO_BIN_EXE_avatardesk"))
        .args(["bot", "--relay", &relay.url, "--data"])
        .arg(data.path())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    assert_eq!(hears(&mut kiosk).await, "made before the end");
    // The next answer is not another one to the same question.
    kiosk.handle.command(visit, say("how can I create a new wallet")).await.unwrap();
    let replies_to = |event| match event {
        ClientEvent::Event { event, .. } if event.actor.kind.is_agent() => match event.fact {
            Fact::Said { in_reply_to, .. } => in_reply_to,
            _ => None,
        },
        _ => None,
    };
    assert_eq!(kiosk.wait("the next answer", replies_to).await, 5);
}
