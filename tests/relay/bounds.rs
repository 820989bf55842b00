//! Each bound of a connection is reached once.

use std::time::Duration;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Command, Outcome};
use avatardesk::protocol::{ClientFrame, CloseCode, ErrorCode, Health, Role};
use avatardesk::relay::Limits;
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::desk::{Peer, SOON, conversation, open, say};
use crate::limits::{Raw, with};

#[tokio::test]
async fn too_many_bytes_end_the_connection_and_fewer_do_not() {
    let limits = Limits { bytes_burst: 10_000.0, bytes_per_sec: 1.0, ..Limits::default() };
    let relay = with(limits).await;
    let mut raw = Raw::hello(&relay, Role::Bot, "bot-1").await;
    for _ in 0..4 {
        raw.text("x".repeat(2_000)).await;
        raw.error().await;
    }
    // The relay may have closed already.
    drop(raw.0.send(Message::text("x".repeat(2_500))).await);
    assert_eq!(raw.closed().await, CloseCode::Flood as u16);
}

#[tokio::test]
async fn pings_and_binary_frames_count_like_others() {
    let limits = Limits { frames_burst: 20.0, frames_per_sec: 0.1, ..Limits::default() };
    let relay = with(limits).await;
    for message in [Message::Ping(vec![1u8; 8].into()), Message::Binary(vec![1u8; 8].into())] {
        let mut raw = Raw::hello(&relay, Role::Bot, "bot-1").await;
        for _ in 0..30 {
            drop(raw.0.send(message.clone()).await);
        }
        assert_eq!(raw.closed().await, CloseCode::Flood as u16);
    }
}

#[tokio::test]
async fn one_more_from_an_address_is_told_so_and_leaves_room_for_others() {
    let relay = with(Limits { max_per_loopback: 2, ..Limits::default() }).await;
    let first = Raw::hello(&relay, Role::Bot, "bot-1").await;
    let _second = Raw::hello(&relay, Role::Bot, "bot-2").await;
    assert_eq!(Raw::connect(&relay).await.closed().await, CloseCode::Full as u16);
    drop(first);
    relay.until_connected(1).await;
    Raw::hello(&relay, Role::Bot, "bot-3").await;
    let (_, figures) = relay.get("/metrics").await;
    assert!(figures.contains(r#"connections_refused_total{reason="address"} 1"#), "{figures}");
}

#[tokio::test]
async fn sockets_of_one_address_that_ask_for_nothing_are_bounded_and_dropped() {
    let limits = Limits { max_per_loopback: 0, hello_within: Duration::from_secs(2), ..Limits::default() };
    let relay = with(limits).await;
    let begun = Instant::now();
    let mut sockets = Vec::new();
    for _ in 0..17 {
        sockets.push(TcpStream::connect(("127.0.0.1", relay.port)).await.unwrap());
    }
    // Sixteen may try; the seventeenth is dropped at once, the others when they have said nothing for too long.
    assert!(ends(&mut sockets[16]).await);
    assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
    // Half a request is no request.
    sockets[0].write_all(b"GET /healthz HT").await.unwrap();
    assert!(ends(&mut sockets[0]).await);
    assert!(begun.elapsed() >= Duration::from_millis(1_900), "{:?}", begun.elapsed());
}

/// Whether the relay ends this connection without a word.
async fn ends(socket: &mut TcpStream) -> bool {
    timeout(SOON, socket.read(&mut [0; 64])).await.unwrap().unwrap_or(0) == 0
}

#[tokio::test]
async fn who_is_silent_for_too_long_is_told_so() {
    let limits = Limits {
        heartbeat: Duration::from_millis(50),
        silent_max: Duration::from_millis(300),
        ..Limits::default()
    };
    let relay = with(limits).await;
    let mut silent = Raw::hello(&relay, Role::Bot, "bot-1").await;
    let mut lively = Raw::hello(&relay, Role::Bot, "bot-2").await;
    let begun = Instant::now();
    // A client that reads also answers pings; this one does neither for a while.
    while begun.elapsed() < Duration::from_millis(700) {
        drop(timeout(Duration::from_millis(20), lively.next()).await);
    }
    let (_, figures) = relay.get("/metrics").await;
    assert!(figures.contains(r#"connections_closed_total{code="4009"} 1"#), "{figures}");
    // Its late pongs may meet a closed door.
    assert!([0, CloseCode::Silent as u16].contains(&silent.closed().await));
    lively.send(&ClientFrame::Health(Health::ours())).await;
    assert_eq!(relay.health().await["connections"], 1);
}

#[tokio::test]
async fn too_long_visits_and_too_many_to_follow_are_refused_and_one_visit_too_many_waits() {
    let relay =
        with(Limits { max_events: 3, max_conversations: 2, max_follows: 1, ..Limits::default() }).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let (one, two, three) = (conversation(), conversation(), conversation());
    kiosk.done(one, open()).await;
    kiosk.done(one, say("a")).await;
    assert_eq!(kiosk.done(one, say("b")).await, 3);
    assert!(kiosk.answer(one, say("c")).await.unwrap_err().contains("too long"));
    kiosk.done(two, open()).await;
    // One visit too many, with words: both stay in the outbox until there is room, and nothing is refused.
    let mut late = Peer::connect(&relay.url, Role::Kiosk, "kiosk-2");
    late.handle.command(three, open()).await.unwrap();
    let spoken = late.handle.command(three, say("hello")).await.unwrap();
    late.wait("a reason to wait", |e| match e {
        ClientEvent::Error { code: ErrorCode::Unavailable, text, .. } => {
            text.contains("too many conversations").then_some(())
        }
        _ => None,
    })
    .await;
    kiosk.done(two, Command::Close { outcome: Outcome::Finished }).await;
    let seq = late.wait("an acknowledgement", |e| match e {
        ClientEvent::Acked { cmid, seq, .. } if cmid == spoken => Some(seq),
        ClientEvent::Refused { text, .. } => panic!("refused: {text}"),
        _ => None,
    });
    assert_eq!(seq.await, 2);
    let mut agent = Raw::hello(&relay, Role::Agent, "ann").await;
    for conversation in [one, two] {
        agent.send(&ClientFrame::Follow { conversation, epoch: None, after_seq: 0 }).await;
    }
    assert_eq!(agent.error().await, ErrorCode::Refused);
}
