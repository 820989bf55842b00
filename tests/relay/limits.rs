//! What the relay does not put up with. These clients speak to the socket themselves.

use std::sync::Arc;
use std::time::Duration;

use avatardesk::conversation::{ConversationId, Time};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{
    ClientFrame, CloseCode, ErrorCode, FRAME_MAX_BYTES, Role, ServerFrame, VersionSpan, decode, encode,
};
use avatardesk::relay::Limits;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::desk::{Peer, Running, SOON, conversation, open, say};

/// A client that sends what the test wants.
pub struct Raw(pub WebSocketStream<TcpStream>);

impl Raw {
    pub async fn connect(relay: &Running) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let stream = socket.connect(([127, 0, 0, 1], relay.port).into()).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(relay.url.as_str(), stream).await.unwrap();
        Self(socket)
    }

    pub async fn hello(relay: &Running, role: Role, name: &str) -> Self {
        let mut raw = Self::connect(relay).await;
        raw.send(&ClientFrame::Hello { versions: VersionSpan::OURS, role, name: name.parse().unwrap() })
            .await;
        assert!(matches!(raw.next().await, Ok(ServerFrame::Welcome { version: 1, .. })));
        raw
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.text(encode(frame).unwrap()).await;
    }

    pub async fn text(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// The next frame, or the code that the connection was closed with (0: without one).
    pub async fn next(&mut self) -> Result<ServerFrame, u16> {
        loop {
            match timeout(SOON, self.0.next()).await.expect("the relay sends something") {
                Some(Ok(Message::Text(text))) => return Ok(decode(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(0),
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    pub async fn error(&mut self) -> ErrorCode {
        loop {
            if let ServerFrame::Error { code, .. } = self.next().await.expect("still connected") {
                return code;
            }
        }
    }
}

pub async fn with(limits: Limits) -> Running {
    Running::start(Arc::new(MemoryLog::new()), limits).await
}

#[tokio::test]
async fn whoever_does_not_say_hello_is_shown_out() {
    let relay = with(Limits { hello_within: Duration::from_millis(50), ..Limits::default() }).await;
    assert_eq!(Raw::connect(&relay).await.closed().await, CloseCode::NoHello as u16);
    let relay = Running::in_memory().await;
    let mut raw = Raw::connect(&relay).await;
    raw.send(&ClientFrame::Watch).await;
    assert_eq!(raw.closed().await, CloseCode::NoHello as u16);
    let mut raw = Raw::connect(&relay).await;
    let versions = VersionSpan { min: 90, max: 99 };
    raw.send(&ClientFrame::Hello { versions, role: Role::Bot, name: "b".parse().unwrap() }).await;
    assert_eq!(raw.closed().await, CloseCode::Version as u16);
}

#[tokio::test]
async fn one_more_than_allowed_is_told_so() {
    let relay = with(Limits { max_connections: 1, ..Limits::default() }).await;
    let first = Raw::hello(&relay, Role::Bot, "bot-1").await;
    assert_eq!(Raw::connect(&relay).await.closed().await, CloseCode::Full as u16);
    drop(first);
    relay.until_connected(0).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_newer_connection_with_the_same_name_takes_over() {
    let relay = Running::in_memory().await;
    let mut older = Raw::hello(&relay, Role::Bot, "bot-1").await;
    let mut other = Raw::hello(&relay, Role::Agent, "bot-1").await;
    let mut newer = Raw::hello(&relay, Role::Bot, "bot-1").await;
    assert_eq!(older.closed().await, CloseCode::Replaced as u16);
    for still_here in [&mut newer, &mut other] {
        still_here.send(&ClientFrame::Watch).await;
        while !matches!(still_here.next().await.unwrap(), ServerFrame::Lobby { .. }) {}
    }
}

#[tokio::test]
async fn too_many_and_too_large_frames_end_the_connection_and_strange_ones_do_not() {
    let relay = with(Limits { frames_burst: 20.0, frames_per_sec: 0.1, ..Limits::default() }).await;
    let mut raw = Raw::hello(&relay, Role::Bot, "bot-1").await;
    raw.text("{").await;
    assert_eq!(raw.error().await, ErrorCode::BadFrame);
    raw.text(r#"{"type":"teleport"}"#).await;
    assert_eq!(raw.error().await, ErrorCode::UnknownFrame);
    let nowhere = ConversationId::new(Time(1), 1);
    raw.send(&ClientFrame::Follow { conversation: nowhere, epoch: None, after_seq: 0 }).await;
    assert_eq!(raw.error().await, ErrorCode::NoConversation);
    for _ in 0..30 {
        // The relay may have closed already.
        drop(raw.0.send(Message::text(r#"{"type":"watch"}"#)).await);
    }
    assert_eq!(raw.closed().await, CloseCode::Flood as u16);

    let mut raw = Raw::hello(&relay, Role::Bot, "bot-2").await;
    drop(raw.0.send(Message::text("x".repeat(FRAME_MAX_BYTES + 1))).await);
    assert!([0, CloseCode::Flood as u16].contains(&raw.closed().await));
}

#[tokio::test]
async fn who_reads_too_slowly_is_closed_and_nothing_is_left_out_before() {
    let limits = Limits {
        queue_max_bytes: 512 * 1024,
        frames_burst: 1e6,
        patience: Duration::from_secs(2),
        ..Limits::default()
    };
    let relay = with(limits).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    let mut slow = Raw::hello(&relay, Role::Agent, "ann").await;
    slow.send(&ClientFrame::Follow { conversation: visit, epoch: None, after_seq: 0 }).await;
    let epoch = loop {
        if let ServerFrame::Replay { epoch, more: false, .. } = slow.next().await.unwrap() {
            break Some(epoch);
        }
    };
    let mut said = 1;
    // Nobody reads: the socket's buffers fill, then the queue.
    // Three bytes each, and in no list of seed words: what is masked would be short.
    let long = "嘟".repeat(4_000);
    for n in 0.. {
        // The system buffers some 40 MiB before anybody notices.
        assert!(n < 50_000, "the slow reader was never closed");
        said = kiosk.done(visit, say(&long)).await;
        if n % 50 == 0 && relay.health().await["connections"] == 1 {
            break;
        }
    }
    let mut last = 1;
    let code = loop {
        match slow.next().await {
            Ok(ServerFrame::Event { event, .. }) => {
                assert_eq!(event.seq, last + 1);
                last = event.seq;
            }
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert!([0, CloseCode::Slow as u16].contains(&code), "{code}");
    // It comes back and goes on where it was.
    let mut back = Raw::hello(&relay, Role::Agent, "ann").await;
    back.send(&ClientFrame::Follow { conversation: visit, epoch, after_seq: last }).await;
    loop {
        if let ServerFrame::Replay { events, recovered, more, .. } = back.next().await.unwrap() {
            assert!(recovered);
            for event in events {
                assert_eq!(event.seq, last + 1);
                last = event.seq;
            }
            if !more {
                break;
            }
        }
    }
    assert_eq!(last, said);
}

#[tokio::test]
async fn a_page_of_another_site_may_not_connect() {
    let relay = Running::in_memory().await;
    let mut request = relay.url.as_str().into_client_request().unwrap();
    request.headers_mut().insert("Origin", "https://example.org".parse().unwrap());
    let error = tokio_tungstenite::connect_async(request).await.unwrap_err();
    assert!(error.to_string().contains("403"), "{error}");
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_first_result() {
    let relay = Running::in_memory().await;
    let mut raw = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    let visit = conversation();
    let cmid = |n| avatardesk::conversation::Cmid::new(Time(1), n);
    let mut acks = Vec::new();
    for (n, command) in [(1, open()), (2, say("a")), (3, say("b")), (2, say("changed")), (1, open())] {
        raw.send(&ClientFrame::Command { conversation: visit, cmid: cmid(n), command }).await;
        loop {
            match raw.next().await.unwrap() {
                ServerFrame::Ack { seq, .. } => break acks.push(seq),
                ServerFrame::Refused { text, .. } => panic!("{text}"),
                _ => {}
            }
        }
    }
    assert_eq!(acks, [1, 2, 3, 2, 1]);
    raw.send(&ClientFrame::Follow { conversation: visit, epoch: None, after_seq: 0 }).await;
    loop {
        if let ServerFrame::Replay { events, recovered, more, .. } = raw.next().await.unwrap() {
            assert_eq!((events.len(), recovered, more), (3, true, false));
            break;
        }
    }
    // With another epoch the numbers mean nothing: everything comes from the beginning.
    let other = Some(avatardesk::conversation::Epoch::new(Time(1), 1));
    raw.send(&ClientFrame::Follow { conversation: visit, epoch: other, after_seq: 2 }).await;
    loop {
        if let ServerFrame::Replay { events, recovered, .. } = raw.next().await.unwrap() {
            assert_eq!((events.len(), recovered), (3, false));
            break;
        }
    }
}
