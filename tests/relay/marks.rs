//! Stored, delivered, seen: what each side learns about the other, and from when on it is true.

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Actor, Command, ConversationId};
use avatardesk::protocol::{ClientFrame, Role, ServerFrame};

use crate::desk::{Peer, Running, conversation, open, say};
use crate::enrolled::Enrolled;

/// Who has got, or seen, how much.
#[derive(Debug, Clone, PartialEq)]
enum Mark {
    Delivered(String, u64),
    Seen(String, u64),
}

fn mark(event: ClientEvent) -> Option<Mark> {
    let name = |by: Actor| by.id.to_string();
    match event {
        ClientEvent::Delivered { by, seq, .. } => Some(Mark::Delivered(name(by), seq)),
        ClientEvent::Seen { by, seq, .. } => Some(Mark::Seen(name(by), seq)),
        _ => None,
    }
}

/// A visit that an agent serves; both follow it and have read everything, up to event 2, and the agent knows that.
async fn served(relay: &Running) -> (Peer, Peer, ConversationId) {
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut agent = Peer::connect(&relay.url, Role::Agent, "ann");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    agent.done(visit, Command::Claim).await;
    agent.handle.follow(visit).unwrap();
    agent.events_until(2).await;
    kiosk.handle.follow(visit).unwrap();
    kiosk.events_until(2).await;
    let both = |event| mark(event).filter(|told| *told == Mark::Delivered("kiosk-1".into(), 2));
    agent.wait("that the kiosk has both", both).await;
    (kiosk, agent, visit)
}

#[tokio::test]
async fn only_what_the_program_has_taken_is_delivered() {
    let relay = Running::in_memory().await;
    let (mut kiosk, mut agent, visit) = served(&relay).await;
    for n in 3..=12 {
        agent.done(visit, say(&format!("line {n}"))).await;
    }
    // The kiosk's client has all of them, the kiosk takes them one after the other.
    for seq in 3..=5 {
        assert_eq!(kiosk.event().await.seq, seq);
        let told = agent.wait("how far the kiosk is", mark).await;
        assert_eq!(told, Mark::Delivered("kiosk-1".into(), seq));
    }
    kiosk.events_until(12).await;
    let all = |event| mark(event).filter(|told| *told == Mark::Delivered("kiosk-1".into(), 12));
    agent.wait("that the kiosk has everything", all).await;
}

#[tokio::test]
async fn what_somebody_has_seen_reaches_the_others_and_who_comes_later() {
    let relay = Running::in_memory().await;
    let (mut kiosk, mut agent, visit) = served(&relay).await;
    agent.done(visit, say("hello")).await;
    kiosk.events_until(3).await;
    kiosk.handle.seen(visit, 3).unwrap();
    // Of the two only `seen` is sent, unless `received` was sooner.
    let seen = |event| mark(event).filter(|told| matches!(told, Mark::Seen(..)));
    assert_eq!(agent.wait("that it was seen", seen).await, Mark::Seen("kiosk-1".into(), 3));
    // Who has gone has seen it all the same.
    drop(kiosk);
    relay.until_connected(1).await;
    let mut boss = Peer::connect(&relay.url, Role::Supervisor, "boss");
    boss.handle.follow(visit).unwrap();
    let (mut told, mut caught_up) = (Vec::new(), false);
    while !caught_up || told.len() < 2 {
        match boss.wait("the replay and the marks", Some).await {
            ClientEvent::CaughtUp { .. } => caught_up = true,
            other => {
                let mark = mark(other);
                assert!(mark.is_none() || caught_up, "marks come behind the replay");
                told.extend(mark);
            }
        }
    }
    assert!(told.contains(&Mark::Seen("kiosk-1".into(), 3)), "{told:?}");
    assert!(told.iter().any(|mark| matches!(mark, Mark::Delivered(by, _) if by == "ann")), "{told:?}");
}

#[tokio::test]
async fn nothing_is_seen_before_it_is_there_and_no_news_is_passed_on_twice() {
    let relay = Enrolled::plain().await;
    let (kiosk, bot) = (relay.device(Role::Kiosk, "hall", &[]), relay.device(Role::Bot, "bot-1", &[]));
    let (mut kiosk, mut bot) = (kiosk.connect(&relay).await, bot.connect(&relay).await);
    let conversation = conversation();
    let cmid = avatardesk::conversation::Cmid::new(relay.now(), 1);
    kiosk.send(&ClientFrame::Command { conversation, cmid, command: open() }).await;
    kiosk.until(|frame| matches!(frame, ServerFrame::Ack { .. }).then_some(())).await;
    for socket in [&mut kiosk, &mut bot] {
        socket.send(&ClientFrame::Follow { conversation, epoch: None, after_seq: 0 }).await;
        socket.until(|frame| matches!(frame, ServerFrame::Replay { .. }).then_some(())).await;
    }
    for seq in [900, 1, 900] {
        bot.send(&ClientFrame::Seen { conversation, seq }).await;
        bot.send(&ClientFrame::Received { conversation, seq }).await;
    }
    let typing = avatardesk::protocol::Signal::Typing { on: true };
    bot.send(&ClientFrame::Signal { conversation, signal: typing }).await;
    let mut marks = Vec::new();
    let fence = |frame: &ServerFrame| {
        match frame {
            ServerFrame::Seen { seq, .. } => marks.push(("seen", *seq)),
            ServerFrame::Delivered { seq, .. } => marks.push(("delivered", *seq)),
            ServerFrame::Signal { .. } => return Some(()),
            _ => {}
        }
        None
    };
    kiosk.until(fence).await;
    assert_eq!(marks, [("seen", 1)]);
}
