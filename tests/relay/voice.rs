//! Frames of a person's voice, and what the relay does for who is lost, over real sockets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use avatardesk::client::{ClientEvent, ClientHandle};
use avatardesk::conversation::{Cmid, Command, ConversationId, Time};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{ClientFrame, Role, ServerFrame, Signal, VoiceFrame, VoiceHead};
use avatardesk::relay::Limits;
use tokio::time::timeout;

use crate::desk::{Peer, Running, SOON, conversation, open, say, words};
use crate::limits::Raw;

fn frame(conversation: ConversationId, seq: u32) -> VoiceFrame {
    let head = VoiceHead { conversation, stream: 7, seq, time_ms: seq * 20, first: seq == 0, last: false };
    VoiceFrame { head, sound: vec![9; 60] }
}

/// What has come of voices.
type Heard = Arc<Mutex<Vec<VoiceFrame>>>;

fn listens(handle: &ClientHandle) -> Heard {
    let heard = Heard::default();
    let take = Arc::clone(&heard);
    handle.voices(move |frame| take.lock().unwrap().push(frame)).unwrap();
    heard
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let reached = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(timeout(SOON, reached).await.is_ok(), "{what}");
}

/// A kiosk, and a person who serves its visitor.
async fn served(relay: &Running) -> (Peer, Peer, ConversationId) {
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    ann.handle.follow(visit).unwrap();
    ann.done(visit, Command::Claim).await;
    kiosk.events_until(2).await;
    (kiosk, ann, visit)
}

#[tokio::test]
async fn the_pilots_voice_comes_to_the_visitor_as_it_was_sent_and_to_nobody_else() {
    let relay = Running::in_memory().await;
    let (kiosk, ann, visit) = served(&relay).await;
    let mut boss = Peer::connect(&relay.url, Role::Supervisor, "boss");
    boss.handle.follow(visit).unwrap();
    boss.events_until(2).await;
    let other = Peer::connect(&relay.url, Role::Kiosk, "kiosk-2");
    let (heard, boss_heard, other_heard) =
        (listens(&kiosk.handle), listens(&boss.handle), listens(&other.handle));
    let ann_heard = listens(&ann.handle);
    for seq in 0..20 {
        ann.handle.voice(frame(visit, seq)).unwrap();
    }
    until("all of it is heard", || heard.lock().unwrap().len() == 20).await;
    let sent: Vec<_> = (0..20).map(|seq| frame(visit, seq)).collect();
    assert_eq!(*heard.lock().unwrap(), sent);
    for nobody in [boss_heard, other_heard, ann_heard] {
        assert!(nobody.lock().unwrap().is_empty());
    }
    // Who only looks on may not speak, and is told so; who has let go may not either.
    boss.handle.voice(frame(visit, 100)).unwrap();
    boss.wait("a refusal", |e| matches!(e, ClientEvent::Error { .. }).then_some(())).await;
    let mut ann = ann;
    ann.done(visit, Command::Release { to_bot: true }).await;
    ann.handle.voice(frame(visit, 101)).unwrap();
    ann.wait("a refusal", |e| matches!(e, ClientEvent::Error { .. }).then_some(())).await;
    assert_eq!(heard.lock().unwrap().len(), 20);
}

#[tokio::test]
async fn a_voice_is_bounded_and_a_flood_of_it_loses_frames_and_no_connection_and_no_word() {
    let limits = Limits { voice_burst: 30.0, voice_per_sec: 1.0, ..Limits::default() };
    let relay = Running::start(Arc::new(MemoryLog::new()), limits).await;
    let (mut kiosk, mut ann, visit) = served(&relay).await;
    let heard = listens(&kiosk.handle);
    let mut sent = 0;
    for seq in 0..200 {
        // The client itself lets only so many wait.
        sent += u32::from(ann.handle.voice(frame(visit, seq)).is_ok());
        tokio::task::yield_now().await;
    }
    ann.done(visit, say("Hello, I am Ann.")).await;
    let said = kiosk.wait("the words", |e| match e {
        ClientEvent::Event { event, .. } => words(&event).map(str::to_owned),
        _ => None,
    });
    assert_eq!(said.await, "Hello, I am Ann.");
    let count = heard.lock().unwrap().len();
    assert!(sent > 40 && (1..=32).contains(&count), "{count} of {sent}");
}

/// A client ends, and the relay has noticed it.
async fn lost(relay: &Running, client: Peer) {
    drop(client);
    relay.until_connected(1).await;
    // Its connection is counted down a moment before it counts as lost.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

fn away(event: ClientEvent) -> Option<(ConversationId, bool)> {
    match event {
        ClientEvent::Signal { signal: Signal::PilotAway { away }, conversation, .. } => {
            Some((conversation, away))
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_line_that_is_dead_but_open_is_noticed_too_and_so_is_its_return() {
    let limits = Limits { away_after_ms: 400, ..Limits::default() };
    let relay = Running::start(Arc::new(MemoryLog::new()), limits).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    let mut dead = Raw::hello(&relay, Role::Agent, "ann").await;
    let cmid = Cmid::new(Time(1), 1);
    dead.send(&ClientFrame::Command { conversation: visit, cmid, command: Command::Claim }).await;
    while !matches!(dead.next().await, Ok(ServerFrame::Ack { .. })) {}
    // From now on it reads nothing: no pong goes out either.
    assert_eq!(kiosk.wait("that she is away", away).await, (visit, true));
    let reading = async {
        loop {
            drop(dead.next().await);
        }
    };
    tokio::select! {
        back = kiosk.wait("that she is back", away) => assert_eq!(back, (visit, false)),
        () = reading => {}
    }
}

#[tokio::test]
async fn a_visitor_hears_within_five_seconds_that_the_person_is_lost_and_gets_the_bot_after_fifteen() {
    let relay = Running::in_memory().await;
    let (mut kiosk, ann, visit) = served(&relay).await;
    lost(&relay, ann).await;
    relay.clock.advance_ms(4_000);
    assert_eq!(kiosk.wait("that she is away", away).await, (visit, true));
    let ann = Peer::connect(&relay.url, Role::Agent, "ann");
    assert_eq!(kiosk.wait("that she is back", away).await, (visit, false));
    lost(&relay, ann).await;
    relay.clock.advance_ms(4_000);
    assert_eq!(kiosk.wait("that she is away again", away).await, (visit, true));
    relay.clock.advance_ms(11_500);
    let released = kiosk.wait("the end of her turn", |e| match e {
        ClientEvent::Event { event, .. } => Some(event.fact.kind()),
        _ => None,
    });
    assert_eq!(released.await, "released");
}
