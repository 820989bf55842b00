//! What visitors and agents notice.

use std::sync::Arc;

use avatardesk::client::{ClientEvent, SqliteOutbox};
use avatardesk::conversation::{Command, Fact, IDLE_CLOSE_MS, Outcome};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{Role, Signal};
use avatardesk::relay::Limits;

use crate::desk::{Peer, Running, conversation, open, say, words};

#[tokio::test]
async fn a_visitor_asks_and_an_agent_answers() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut agent = Peer::connect(&relay.url, Role::Agent, "ann");
    let visit = conversation();
    agent.handle.watch().unwrap();
    kiosk.handle.follow(visit).unwrap();
    kiosk.done(visit, open()).await;
    kiosk.done(visit, say("where is my wallet?")).await;

    let unanswered = |e| match e {
        ClientEvent::Lobby(entries) => entries.iter().any(|e| e.unanswered).then(|| entries[0].conversation),
        _ => None,
    };
    assert_eq!(agent.wait("a visitor in the lobby", unanswered).await, visit);
    agent.handle.follow(visit).unwrap();
    agent.handle.command(visit, Command::Claim).await.unwrap();
    let asked = agent.events_until(2).await;
    assert_eq!(words(&asked[1]), Some("where is my wallet?"));
    agent.handle.command(visit, say("in the menu")).await.unwrap();

    let heard = kiosk.events_until(4).await;
    assert_eq!(words(heard.last().unwrap()), Some("in the menu"));
    relay.stop().await;
}

#[tokio::test]
async fn signals_reach_the_others_and_only_pilots_move_the_face() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut agent = Peer::connect(&relay.url, Role::Agent, "ann");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    kiosk.events_until(1).await;
    agent.handle.follow(visit).unwrap();
    agent.events_until(1).await;
    kiosk.handle.signal(visit, Signal::PartialTranscript { text: "where is".into() }).unwrap();
    let heard = agent
        .wait("a partial transcript", |e| match e {
            ClientEvent::Signal { signal: Signal::PartialTranscript { text }, .. } => Some(text),
            _ => None,
        })
        .await;
    assert_eq!(heard, "where is");
    let smile = Signal::Expression { expression: avatardesk::performance::Expression::Happy };
    agent.handle.signal(visit, smile.clone()).unwrap();
    agent.wait("an error", |e| matches!(e, ClientEvent::Error { .. }).then_some(())).await;
    agent.done(visit, Command::Claim).await;
    agent.handle.signal(visit, smile.clone()).unwrap();
    let seen = |e| match e {
        ClientEvent::Signal { signal, .. } => Some(signal),
        _ => None,
    };
    assert_eq!(kiosk.wait("a smile", seen).await, smile);
    kiosk.handle.follow(visit).unwrap();
    let told = |e| match e {
        ClientEvent::Delivered { by, seq: 2, .. } => Some(by.id.to_string()),
        _ => None,
    };
    assert_eq!(agent.wait("that the kiosk has got everything", told).await, "kiosk-1");
}

#[tokio::test]
async fn two_claim_and_one_wins() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    let mut bob = Peer::connect(&relay.url, Role::Agent, "bob");
    for _ in 0..20 {
        let visit = conversation();
        kiosk.done(visit, open()).await;
        let (a, b) = tokio::join!(ann.answer(visit, Command::Claim), bob.answer(visit, Command::Claim));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        assert!(a.err().or(b.err()).unwrap().contains("already serving"));
    }
}

#[tokio::test]
async fn a_kiosk_sees_only_its_own_conversations() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut other = Peer::connect(&relay.url, Role::Kiosk, "kiosk-2");
    let (visit, own) = (conversation(), conversation());
    kiosk.done(visit, open()).await;
    other.handle.follow(visit).unwrap();
    other.handle.follow(own).unwrap();
    assert!(other.answer(visit, say("hello")).await.is_err());
    kiosk.done(visit, say("mine")).await;
    other.done(own, open()).await;
    let first = other
        .wait("an event", |e| match e {
            ClientEvent::Event { conversation, .. } => Some(conversation),
            _ => None,
        })
        .await;
    assert_eq!(first, own);
    other.handle.watch().unwrap();
    other.wait("an error", |e| matches!(e, ClientEvent::Error { .. }).then_some(())).await;
}

#[tokio::test]
async fn what_happened_while_away_comes_once_and_in_order() {
    let log = Arc::new(MemoryLog::new());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let (url, port) = (relay.url.clone(), relay.port);
    let mut kiosk = Peer::connect(&url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    kiosk.events_until(1).await;
    relay.stop().await;
    kiosk.wait("disconnected", |e| matches!(e, ClientEvent::Disconnected { .. }).then_some(())).await;
    // Said without a relay: it waits in the outbox. More than a window, more than a page.
    for n in 0..700 {
        kiosk.handle.command(visit, say(&n.to_string())).await.unwrap();
    }
    let limits = Limits { frames_burst: 10_000.0, ..Limits::default() };
    let relay = Running::start_at(log, limits, port).await;
    let mut agent = Peer::connect(&url, Role::Agent, "ann");
    agent.handle.follow(visit).unwrap();
    for peer in [&mut kiosk, &mut agent] {
        let events = peer.events_until(701).await;
        let said: Vec<_> = events.iter().filter_map(words).collect();
        assert_eq!(said, (0..700).map(|n| n.to_string()).collect::<Vec<_>>());
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_kiosk_that_was_killed_sends_what_it_had_not_sent_and_another_relay_cannot_read_it() {
    let tmp = tempfile::tempdir().unwrap();
    let file = tmp.path().join("outbox.sqlite");
    let relay = Running::in_memory().await;
    let (url, visit) = (relay.url.clone(), conversation());
    let outbox = || Box::new(SqliteOutbox::open(&file).unwrap());
    let mut kiosk = Peer::with_outbox(&url, Role::Kiosk, "kiosk-1", outbox());
    kiosk.done(visit, open()).await;
    // Nobody sends these: the client has no relay to go to.
    let mut away = {
        drop(kiosk);
        wait_until_free(&file).await;
        Peer::with_outbox("ws://127.0.0.1:1/ws", Role::Kiosk, "kiosk-1", outbox())
    };
    away.handle.command(visit, say("first")).await.unwrap();
    away.handle.command(visit, say("second")).await.unwrap();
    away.wait("disconnected", |e| matches!(e, ClientEvent::Disconnected { .. }).then_some(())).await;
    drop(away);
    wait_until_free(&file).await;
    let mut kiosk = Peer::with_outbox(&url, Role::Kiosk, "kiosk-1", outbox());
    kiosk.handle.follow(visit).unwrap();
    let events = kiosk.events_until(3).await;
    assert_eq!(events.iter().filter_map(words).collect::<Vec<_>>(), ["first", "second"]);
}

/// A client that was dropped ends a moment later.
pub async fn wait_until_free(file: &std::path::Path) {
    let free = async {
        while SqliteOutbox::open(file).is_err() {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(crate::desk::SOON, free).await.unwrap();
}

#[tokio::test]
async fn a_lost_bot_lets_go_and_a_silent_visit_ends() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let bot = Peer::connect(&relay.url, Role::Bot, "bot-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    bot.handle.command(visit, Command::Claim).await.unwrap();
    kiosk.events_until(2).await;
    drop(bot);
    relay.until_connected(1).await;
    relay.clock.advance_ms(3_000);
    let released = kiosk.event().await;
    assert!(matches!(released.fact, Fact::Released { to_bot: true, .. }), "{released:?}");
    assert_eq!(released.actor.id.as_str(), "relay");
    relay.clock.advance_ms(IDLE_CLOSE_MS);
    let closed = kiosk.event().await;
    assert!(matches!(closed.fact, Fact::Closed { outcome: Outcome::TimedOut }), "{closed:?}");
}

#[tokio::test]
async fn open_conversations_are_continued_after_a_restart() {
    let log = Arc::new(MemoryLog::new());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    relay.stop().await;
    let relay = Running::start(log, Limits::default()).await;
    let mut agent = Peer::connect(&relay.url, Role::Agent, "ann");
    agent.handle.watch().unwrap();
    let seen = |e| match e {
        ClientEvent::Lobby(entries) => entries.first().map(|e| e.conversation),
        _ => None,
    };
    assert_eq!(agent.wait("the visit in the lobby", seen).await, visit);
}
