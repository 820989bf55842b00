//! The bot of `docs/bots.md`, as it stands there, against a real relay; and what a newer client may send.

use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use avatardesk::access::InviteCode;
use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Command, Outcome};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::Role;
use avatardesk::relay::{Certificate, Limits};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};
use crate::enrolled::Enrolled;

const TEXT: &str = include_str!("../../docs/bots.md");
/// Lines with code: the bot must stay short enough to be read.
const LINES_MAX: usize = 40;
/// A Python with `websockets`: the first of these that has it.
const PYTHONS: [&str; 3] = ["python3", "/usr/bin/python3", "python"];

fn bot() -> &'static str {
    program("```python\n")
}

fn program(begin: &str) -> &'static str {
    let (_, rest) = TEXT.split_once(begin).expect("a program");
    rest.split_once("\n```").expect("its end").0
}

/// A Python that can run the bot.
fn python() -> Option<String> {
    python_with("import websockets; websockets.connect")
}

/// A Python that has what is imported. `AVATARDESK_PYTHON` names another one.
fn python_with(imports: &str) -> Option<String> {
    let named = std::env::var("AVATARDESK_PYTHON").ok();
    let all = named.into_iter().chain(PYTHONS.map(str::to_owned));
    let fits = |python: &String| {
        let tried =
            Process::new(python).args(["-c", imports]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    all.into_iter().find(fits)
}

/// Where the set-up has installed everything, nothing is left out.
fn nothing_may_be_skipped() -> bool {
    std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false")
}

/// The bot as a process, ended with this value.
struct Bot(std::process::Child);

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn answer(kiosk: &mut Peer, visit: avatardesk::conversation::ConversationId, text: &str) -> String {
    kiosk.handle.command(visit, say(text)).await.unwrap();
    let mine = format!("You said: {text}");
    kiosk
        .wait("the bot's answer", |e| match e {
            ClientEvent::Event { event, .. } => words(&event).filter(|w| *w == mine).map(str::to_owned),
            _ => None,
        })
        .await
}

#[test]
fn the_bot_in_the_docs_is_short() {
    let lines = bot().lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')).count();
    assert!((20..=LINES_MAX).contains(&lines), "it has {lines} lines");
}

#[tokio::test]
async fn the_bot_in_the_docs_answers_and_comes_back() {
    let Some(python) = python() else {
        assert!(
            !nothing_may_be_skipped(),
            "no Python with the package `websockets`: apt install python3-websockets"
        );
        println!("skipped: no Python with the package `websockets` (apt install python3-websockets)");
        return;
    };
    let tmp = tempfile::tempdir().unwrap();
    let file = tmp.path().join("bot.py");
    std::fs::write(&file, bot()).unwrap();
    let log = Arc::new(MemoryLog::new());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let (url, port) = (relay.url.clone(), relay.port);
    let mut kiosk = Peer::connect(&url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    let _bot = Bot(Process::new(python).arg(&file).arg(&url).spawn().unwrap());
    assert_eq!(answer(&mut kiosk, visit, "hello").await, "You said: hello");
    assert_eq!(answer(&mut kiosk, visit, "and now?").await, "You said: and now?");
    relay.stop().await;
    let relay = Running::start_at(log, Limits::default(), port).await;
    assert_eq!(answer(&mut kiosk, visit, "still there?").await, "You said: still there?");
    drop(kiosk);
    relay.stop().await;
}

#[tokio::test]
async fn the_bot_in_the_docs_lets_go_of_what_is_closed_and_hears_the_next_one() {
    let Some(python) = python() else {
        return assert!(!nothing_may_be_skipped(), "no Python with the package `websockets`");
    };
    let tmp = tempfile::tempdir().unwrap();
    let file = tmp.path().join("bot.py");
    std::fs::write(&file, bot()).unwrap();
    let limits = Limits { max_follows: 2, ..Limits::default() };
    let relay = Running::start(Arc::new(MemoryLog::new()), limits).await;
    let _bot = Bot(Process::new(python).arg(&file).arg(&relay.url).spawn().unwrap());
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    for n in 1..=4 {
        let (visit, text) = (conversation(), format!("hello {n}"));
        kiosk.done(visit, open()).await;
        kiosk.handle.follow(visit).unwrap();
        assert_eq!(answer(&mut kiosk, visit, &text).await, format!("You said: {text}"));
        kiosk.done(visit, Command::Close { outcome: Outcome::Finished }).await;
        kiosk.handle.unfollow(visit).unwrap();
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_python_program_enrols_over_tls_and_comes_back_but_not_to_another_certificate() {
    let imports = "import websockets, cryptography.hazmat.primitives.asymmetric.ed25519; websockets.connect";
    let Some(python) = python_with(imports) else {
        assert!(!nothing_may_be_skipped(), "apt install python3-websockets python3-cryptography");
        return println!("skipped: no Python with the packages `websockets` and `cryptography`");
    };
    let tmp = tempfile::tempdir().unwrap();
    let (file, key) = (tmp.path().join("enrolled.py"), tmp.path().join("bot.key"));
    std::fs::write(&file, program("```python enrolled\n")).unwrap();
    let run = |relay: &Enrolled, code: Option<&InviteCode>| {
        let mut process = Process::new(&python);
        process.arg(&file).arg(relay.url("wss")).arg(&key);
        process.args(code.map(|code| code.expose().to_string()));
        // On a thread of its own: the relay runs on this one.
        tokio::task::spawn_blocking(move || process.output().unwrap())
    };
    let (relay, between) = (Enrolled::secure().await, Enrolled::secure().await);
    let wrong = InviteCode::new([7; 10], Some(&Certificate::own(relay.dir.path()).unwrap().fingerprint()));
    let refused = run(&relay, Some(&wrong)).await.unwrap();
    assert!(!refused.status.success(), "{refused:?}");
    // The code is the right one's, and somebody else answers.
    let code = relay.invite(Role::Bot, "bot-1", &[]);
    let met = run(&between, Some(&code)).await.unwrap();
    assert!(String::from_utf8_lossy(&met.stderr).contains("somebody may be in between"), "{met:?}");
    for code in [Some(&code), None] {
        let done = run(&relay, code).await.unwrap();
        let welcome: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
        assert_eq!((&welcome["type"], &welcome["you"]["id"]), (&json!("welcome"), &json!("bot-1")));
    }
    let met = run(&between, None).await.unwrap();
    assert!(String::from_utf8_lossy(&met.stderr).contains("somebody may be in between"), "{met:?}");
}

/// Sends texts as they are; gives the next frame of a type.
struct Wire(tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>);

impl Wire {
    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn next(&mut self, kind: &str) -> Value {
        let found = async {
            while let Some(Ok(message)) = self.0.next().await {
                if let Message::Text(text) = message {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] == kind {
                        return frame;
                    }
                }
            }
            panic!("the connection ended before a frame `{kind}`")
        };
        timeout(SOON, found).await.expect(kind)
    }
}

#[tokio::test]
async fn a_newer_client_is_met_at_our_version_and_what_is_new_in_it_does_no_harm() {
    let relay = Running::in_memory().await;
    let (socket, _) = tokio_tungstenite::connect_async(&relay.url).await.unwrap();
    let mut wire = Wire(socket);
    let versions = json!({ "min": 1, "max": 9, "draft": true });
    wire.send(
        json!({ "type": "hello", "versions": versions, "role": "kiosk", "name": "k", "colour": "red" }),
    )
    .await;
    assert_eq!(wire.next("welcome").await["version"], 1);
    wire.send(json!({ "type": "teleport", "to": "moon" })).await;
    assert_eq!(wire.next("error").await["code"], "unknown_frame");
    // A command that is not known is refused by its name: it would be sent again for ever otherwise.
    let (visit, cmid) = (conversation().to_string(), conversation().to_string());
    wire.send(
        json!({ "type": "command", "conversation": visit, "cmid": cmid, "command": { "do": "dance" } }),
    )
    .await;
    let refused = wire.next("refused").await;
    assert_eq!((&refused["cmid"], &refused["code"]), (&json!(cmid), &json!("bad_frame")));
    let command = json!({
        "do": "open", "desk": "help", "language": "en", "channel": "kiosk", "visitor": visit, "mood": "good"
    });
    wire.send(
        json!({ "type": "command", "conversation": visit, "cmid": visit, "command": command, "urgent": 1 }),
    )
    .await;
    assert_eq!(wire.next("ack").await["seq"], 1);
    relay.stop().await;
}

#[tokio::test]
async fn two_clients_of_one_name_do_not_fight_for_ever() {
    let relay = Running::in_memory().await;
    let mut first = Peer::connect(&relay.url, Role::Bot, "bot-1");
    let mut second = Peer::connect(&relay.url, Role::Bot, "bot-1");
    // Each comes back a few times: what has taken over may have been its own former attempt.
    let mut connected = [0, 0];
    let ended = async {
        loop {
            let (who, event) = tokio::select! {
                event = first.events.recv() => (0, event),
                event = second.events.recv() => (1, event),
            };
            match event.expect("the client tells why it ends") {
                ClientEvent::Connected => connected[who] += 1,
                ClientEvent::Fatal { .. } => return who,
                _ => {}
            }
        }
    };
    let gone = timeout(SOON, ended).await.expect("one of them gives way");
    assert!(connected[gone] > 1, "it gave up at once: {connected:?}");
    relay.until_connected(1).await;
}

#[tokio::test]
async fn what_was_refused_stays_refused() {
    let relay = Running::in_memory().await;
    let visit = conversation();
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    kiosk.done(visit, open()).await;
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    ann.done(visit, Command::Claim).await;
    let (socket, _) = tokio_tungstenite::connect_async(&relay.url).await.unwrap();
    let mut bot = Wire(socket);
    bot.send(json!({ "type": "hello", "versions": { "min": 1, "max": 1 }, "role": "bot", "name": "bot-1" }))
        .await;
    let (first, second) = (conversation().to_string(), conversation().to_string());
    let claim = |cmid: &str| json!({ "type": "command", "conversation": visit, "cmid": cmid, "command": { "do": "claim" } });
    bot.send(claim(&first)).await;
    let refused = bot.next("refused").await;
    ann.done(visit, Command::Release { to_bot: true }).await;
    // The same command again, as when a copy of it arrives late.
    bot.send(claim(&first)).await;
    assert_eq!(bot.next("refused").await, refused);
    bot.send(claim(&second)).await;
    assert_eq!(bot.next("ack").await["cmid"], json!(second));
    relay.stop().await;
}

#[tokio::test]
async fn what_was_said_by_another_than_the_pilot_is_not_said_by_becoming_it() {
    let relay = Running::in_memory().await;
    let visit = conversation();
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    kiosk.done(visit, open()).await;
    let (socket, _) = tokio_tungstenite::connect_async(&relay.url).await.unwrap();
    let mut bot = Wire(socket);
    bot.send(json!({ "type": "hello", "versions": { "min": 1, "max": 1 }, "role": "bot", "name": "bot-1" }))
        .await;
    let (first, second) = (conversation().to_string(), conversation().to_string());
    let command = |cmid: &str, command: Value| json!({ "type": "command", "conversation": visit, "cmid": cmid, "command": command });
    let words = json!({ "text": "hello" });
    let say = json!({ "do": "say", "answer": first, "part": 0, "last": true, "words": words });
    bot.send(command(&first, say.clone())).await;
    let refused = bot.next("refused").await;
    assert_eq!(refused["refusal"], "not_pilot");
    bot.send(command(&second, json!({ "do": "claim" }))).await;
    assert_eq!(bot.next("ack").await["seq"], 2);
    bot.send(command(&first, say)).await;
    assert_eq!(bot.next("refused").await, refused);
    relay.stop().await;
}
