//! A person takes over from the built-in bot in the middle of a conversation, and gives the visitor back.

use std::path::Path;
use std::sync::Arc;

use avatardesk::bot::{self, Retrieval};
use avatardesk::client::{ClientConfig, ClientEvent, MemoryOutbox, Outbox, SqliteOutbox, connect};
use avatardesk::console::run_text;
use avatardesk::conversation::{Actor, ActorKind, Command, ConversationId, Fact};
use avatardesk::knowledge::KnowledgeBase;
use avatardesk::protocol::Role;
use avatardesk::relay::{Limits, RelayKey};
use avatardesk::routing::Profile;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};

/// The terminal of a console.
struct Terminal {
    keys: DuplexStream,
    screen: Lines<BufReader<DuplexStream>>,
}

impl Terminal {
    /// The console of a person who has just sat down.
    fn of(relay: &Running, name: &str) -> Self {
        let (keys, input) = duplex(4096);
        let (output, screen) = duplex(64 * 1024);
        let me = Actor { id: name.parse().unwrap(), kind: ActorKind::Person };
        let config = ClientConfig::new(&relay.url, Role::Agent, name.parse().unwrap());
        let (client, events) = connect(config, Box::new(MemoryOutbox::new())).unwrap();
        let profile = Profile::available(1);
        tokio::spawn(run_text(me, profile, client, events, BufReader::new(input), output));
        Self { keys, screen: BufReader::new(screen).lines() }
    }

    async fn types(&mut self, line: &str) {
        self.keys.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// Waits for a line with this in it.
    async fn shows(&mut self, what: &str) {
        crate::screen::shown(&mut self.screen, what).await;
    }
}

/// Who says the next words to the visitor, and which.
async fn answer(kiosk: &mut Peer) -> (ActorKind, String) {
    kiosk
        .wait("an answer", |e| match e {
            ClientEvent::Event { event, .. } if event.actor.kind.is_agent() => {
                words(&event).map(|text| (event.actor.kind, text.to_owned()))
            }
            _ => None,
        })
        .await
}

async fn ask(kiosk: &mut Peer, visit: ConversationId, text: &str) {
    kiosk.handle.command(visit, say(text)).await.unwrap();
}

/// The built-in bot, with its outbox in memory or elsewhere.
fn serve_as_bot(relay: &Running, outbox: Box<dyn Outbox>) {
    serve_as_bot_at(&relay.url, outbox);
}

fn serve_as_bot_at(url: &str, outbox: Box<dyn Outbox>) {
    let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/knowledge");
    let knowledge = Arc::new(KnowledgeBase::load(&articles).unwrap());
    let me = Actor { id: "bot-1".parse().unwrap(), kind: ActorKind::Bot };
    let config = ClientConfig::new(url, Role::Bot, me.id.clone());
    let (client, events) = connect(config, outbox).unwrap();
    tokio::spawn(bot::serve(me, Arc::new(Retrieval::new(knowledge)), client, events));
}

#[tokio::test]
async fn the_bot_is_silent_while_a_person_serves_and_answers_again_afterwards() {
    let relay = Running::in_memory().await;
    serve_as_bot(&relay, Box::new(MemoryOutbox::new()));

    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    ask(&mut kiosk, visit, "how do I create a wallet").await;
    let (who, text) = answer(&mut kiosk).await;
    assert!(who == ActorKind::Bot && text.contains("wallet app"), "{who:?}: {text}");

    let mut ann = Terminal::of(&relay, "ann");
    ann.shows("bot-1").await;
    ann.types("/take 1").await;
    ann.shows("you are the pilot").await;
    ann.types("Hello, I am Ann.").await;
    assert_eq!(answer(&mut kiosk).await, (ActorKind::Person, "Hello, I am Ann.".to_owned()));
    // A question that the bot knows well. It hears it before Ann does anything.
    ask(&mut kiosk, visit, "what is a wallet").await;
    ann.shows("what is a wallet").await;
    ann.types("Let me show you.").await;
    assert_eq!(answer(&mut kiosk).await, (ActorKind::Person, "Let me show you.".to_owned()));

    ann.types("/give").await;
    ann.shows("you have let go").await;
    ask(&mut kiosk, visit, "what is a seed phrase").await;
    let (who, text) = answer(&mut kiosk).await;
    assert!(who == ActorKind::Bot && text.contains("seed phrase"), "{who:?}: {text}");
}

#[tokio::test]
async fn what_a_bot_has_for_another_relay_does_not_keep_it_from_serving() {
    let (tmp, relay) = (tempfile::tempdir().unwrap(), Running::in_memory().await);
    let file = tmp.path().join("outbox.sqlite");
    let mut outbox = SqliteOutbox::open(&file).unwrap();
    outbox.begin_with(&RelayKey::passing().unwrap().seal_to()).unwrap();
    let nowhere = ClientConfig::new("ws://127.0.0.1:1/ws", Role::Bot, "bot-1".parse().unwrap());
    let (client, events) = connect(nowhere, Box::new(outbox)).unwrap();
    client.command(conversation(), Command::Claim).await.unwrap();
    drop((client, events));
    let again = async {
        loop {
            match SqliteOutbox::open(&file) {
                Ok(outbox) => break outbox,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let outbox = timeout(SOON, again).await.expect("the former client lets go of it");
    assert_eq!(outbox.len(), 1);
    serve_as_bot(&relay, Box::new(outbox));
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    ask(&mut kiosk, visit, "how do I create a wallet").await;
    assert_eq!(answer(&mut kiosk).await.0, ActorKind::Bot);
}

/// A line to the relay that can be cut.
struct Cut {
    url: String,
    open: watch::Sender<bool>,
}

impl Cut {
    async fn between(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut is_open = is_open.clone();
                if !*is_open.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = is_open.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { url, open }
    }
}

#[tokio::test]
async fn a_bot_that_was_away_too_long_and_is_given_the_visitor_again_answers_what_was_asked_meanwhile() {
    let relay = Running::in_memory().await;
    let line = Cut::between(relay.port).await;
    serve_as_bot_at(&line.url, Box::new(MemoryOutbox::new()));
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    ask(&mut kiosk, visit, "how do I create a wallet").await;
    assert_eq!(answer(&mut kiosk).await.0, ActorKind::Bot);
    line.open.send(false).unwrap();
    relay.until_connected(1).await;
    ask(&mut kiosk, visit, "what is a seed phrase").await;
    kiosk
        .wait("the question to be stored", |e| match e {
            ClientEvent::Event { event, .. } => {
                (words(&event) == Some("what is a seed phrase")).then_some(())
            }
            _ => None,
        })
        .await;
    relay.clock.advance_ms(Limits::default().bot_grace_ms + 1_000);
    kiosk
        .wait("the bot to be let go", |e| match e {
            ClientEvent::Event { event, .. } => matches!(event.fact, Fact::Released { .. }).then_some(()),
            _ => None,
        })
        .await;
    line.open.send(true).unwrap();
    let (who, text) = answer(&mut kiosk).await;
    assert!(who == ActorKind::Bot && text.contains("seed phrase"), "{who:?}: {text}");
}

#[tokio::test]
async fn who_loses_sight_of_a_visitor_is_told() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    let mut ben = Peer::connect(&relay.url, Role::Agent, "ben");
    ben.handle.follow(visit).unwrap();
    assert_eq!(ben.event().await.seq, 1);
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    ann.done(visit, Command::Claim).await;
    assert_eq!(ben.event().await.seq, 2, "that another person came is the last that ben sees");
    let hidden =
        |event: ClientEvent| matches!(event, ClientEvent::Hidden { conversation } if conversation == visit);
    ben.wait("to be told", |event| hidden(event).then_some(())).await;
    // Somebody who follows what there is not yet is told, too, and sees it when it is there.
    let next = conversation();
    kiosk.handle.follow(next).unwrap();
    kiosk.wait("to be told", |e| matches!(e, ClientEvent::Hidden { .. }).then_some(())).await;
    kiosk.done(next, open()).await;
    assert_eq!(kiosk.event().await.seq, 1);
}
