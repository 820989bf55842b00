//! Who gets the visitor: offers, capacities, passing on, messages, over real sockets.

use std::sync::Arc;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{Body, Command, ConversationId, Fact, HandoffReason, Outcome, Target};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{AgentEntry, Role, Signal};
use avatardesk::relay::Limits;
use avatardesk::routing::{AgentState, Profile, QueuePlace};

use crate::desk::{Peer, Running, conversation, open, say};

const ANSWER_WITHIN_MS: u64 = 20_000;

fn ask_for_person() -> Command {
    Command::RequestHandoff { reason: HandoffReason::Asked, summary: None }
}

fn close() -> Command {
    Command::Close { outcome: Outcome::Finished }
}

/// A visitor who follows what happens and has asked for a person.
async fn visitor(kiosk: &mut Peer) -> ConversationId {
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.handle.follow(visit).unwrap();
    kiosk.done(visit, ask_for_person()).await;
    visit
}

/// Somebody at a console who takes so many.
fn arriving(relay: &Running, name: &str, capacity: u32) -> Peer {
    let peer = Peer::connect(&relay.url, Role::Agent, name);
    peer.handle.watch().unwrap();
    peer.handle.announce(Profile::available(capacity)).unwrap();
    peer
}

/// The same, known to the relay when this returns.
async fn person(relay: &Running, name: &str, capacity: u32) -> Peer {
    let mut peer = arriving(relay, name, capacity);
    until_state(&mut peer, name, |s| *s == AgentState::Available).await;
    peer
}

async fn until_state(peer: &mut Peer, name: &str, is: impl Fn(&AgentState) -> bool) {
    let known = |agents: &[AgentEntry]| agents.iter().any(|a| a.agent.id.as_str() == name && is(&a.state));
    peer.wait("the agents", |e| matches!(e, ClientEvent::Agents(agents) if known(&agents)).then_some(()))
        .await;
}

async fn offer(peer: &mut Peer) -> ConversationId {
    peer.wait("an offer", |e| match e {
        ClientEvent::Offer { entry, .. } => Some(entry.conversation),
        _ => None,
    })
    .await
}

async fn withdrawn(peer: &mut Peer) -> ConversationId {
    peer.wait("that an offer is taken back", |e| match e {
        ClientEvent::Withdrawn { conversation } => Some(conversation),
        _ => None,
    })
    .await
}

async fn place(kiosk: &mut Peer, of: ConversationId, is: impl Fn(&QueuePlace) -> bool) -> QueuePlace {
    kiosk
        .wait("a place in the queue", |e| match e {
            ClientEvent::Signal { conversation, signal: Signal::Queue(place), from }
                if conversation == of =>
            {
                assert_eq!(from.id.as_str(), "relay");
                is(&place).then_some(place)
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn no_answer_and_the_next_one_is_asked() {
    let relay = Running::in_memory().await;
    let mut ann = person(&relay, "ann", 1).await;
    let mut bob = person(&relay, "bob", 1).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = visitor(&mut kiosk).await;
    assert_eq!(offer(&mut ann).await, visit);
    relay.clock.advance_ms(ANSWER_WITHIN_MS);
    assert_eq!(withdrawn(&mut ann).await, visit);
    assert_eq!(offer(&mut bob).await, visit);
    // Declined: it is Ann's turn again when she may be asked again.
    bob.handle.decline(visit).unwrap();
    assert_eq!(withdrawn(&mut bob).await, visit);
    relay.clock.advance_ms(ANSWER_WITHIN_MS);
    assert_eq!(offer(&mut ann).await, visit);
    ann.done(visit, Command::Claim).await;
    let assigned = kiosk.events_until(3).await;
    assert!(matches!(&assigned.last().unwrap().fact, Fact::Assigned { agent } if agent.id.as_str() == "ann"));
}

#[tokio::test]
async fn who_does_not_answer_three_times_counts_as_away() {
    let relay = Running::in_memory().await;
    let mut ann = person(&relay, "ann", 1).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = visitor(&mut kiosk).await;
    for _ in 0..3 {
        assert_eq!(offer(&mut ann).await, visit);
        relay.clock.advance_ms(ANSWER_WITHIN_MS);
        withdrawn(&mut ann).await;
        relay.clock.advance_ms(ANSWER_WITHIN_MS);
    }
    until_state(&mut ann, "ann", |s| *s == AgentState::Away).await;
    assert!(!place(&mut kiosk, visit, |p| !p.staffed).await.staffed);
    ann.handle.announce(Profile::available(1)).unwrap();
    assert_eq!(offer(&mut ann).await, visit);
}

#[tokio::test]
async fn a_full_agent_gets_nobody_and_two_claims_never_share_the_last_seat() {
    let relay = Running::in_memory().await;
    let mut ann = person(&relay, "ann", 3).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut visits = Vec::new();
    for _ in 0..8 {
        let visit = conversation();
        kiosk.done(visit, open()).await;
        visits.push(visit);
    }
    // All at once: the claims are about different conversations, so they may overtake each other.
    let mut sent = Vec::new();
    for visit in &visits {
        sent.push(ann.handle.command(*visit, Command::Claim).await.unwrap());
    }
    let (mut won, mut refused) = (Vec::new(), 0);
    while won.len() + refused < sent.len() {
        let answer = |e| match e {
            ClientEvent::Acked { conversation, cmid, .. } if sent.contains(&cmid) => Some(Ok(conversation)),
            ClientEvent::Refused { text, .. } => Some(Err(text)),
            _ => None,
        };
        match ann.wait("an answer", answer).await {
            Ok(visit) => won.push(visit),
            Err(text) => {
                assert!(text.contains("capacity"), "{text}");
                refused += 1;
            }
        }
    }
    assert_eq!((won.len(), refused), (3, 5));
    ann.done(won[0], close()).await;
    let free = visits.iter().find(|v| !won.contains(v)).unwrap();
    ann.done(*free, Command::Claim).await;
}

#[tokio::test]
async fn places_are_told_and_who_is_taken_back_to_the_queue_is_served_first() {
    let relay = Running::in_memory().await;
    let mut ann = person(&relay, "ann", 1).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let first = visitor(&mut kiosk).await;
    assert_eq!(offer(&mut ann).await, first);
    ann.done(first, Command::Claim).await;
    relay.clock.advance_ms(1);
    let second = visitor(&mut kiosk).await;
    relay.clock.advance_ms(1);
    let third = visitor(&mut kiosk).await;
    let told = place(&mut kiosk, third, |p| p.place == 2).await;
    assert_eq!(told, QueuePlace { place: 2, length: 2, staffed: true, estimate: None });
    let mut bob = arriving(&relay, "bob", 1);
    assert_eq!(offer(&mut bob).await, second);
    // Ann passes the first one on, to Bob; he is being asked about another, and she has room again.
    let to = Target::Agent("bob".parse().unwrap());
    bob.done(second, Command::Claim).await;
    place(&mut kiosk, third, |p| p.place == 1).await;
    ann.done(first, Command::Transfer { to, note: Some("knows about it".into()) }).await;
    assert_eq!(offer(&mut ann).await, first, "who has waited before is before the third");
    ann.handle.announce(Profile { state: AgentState::Busy, ..Profile::available(1) }).unwrap();
    assert_eq!(withdrawn(&mut ann).await, first);
    bob.done(second, close()).await;
    assert_eq!(offer(&mut bob).await, first);
    let seq = bob.done(first, Command::Claim).await;
    bob.handle.follow(first).unwrap();
    let events = bob.events_until(seq).await;
    let note = events.iter().find(|e| e.fact.kind() == "transferred").map(|e| &e.body);
    assert_eq!(note, Some(&Body::Text { text: "knows about it".into() }));
}

#[tokio::test]
async fn nobody_is_there_and_a_message_waits_for_the_next_person_even_over_a_restart() {
    let log = Arc::new(MemoryLog::new());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut bot = Peer::connect(&relay.url, Role::Bot, "bot-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    bot.done(visit, Command::Claim).await;
    kiosk.handle.follow(visit).unwrap();
    kiosk.done(visit, ask_for_person()).await;
    place(&mut kiosk, visit, |p| !p.staffed).await;
    kiosk.done(visit, Command::LeaveMessage { text: "ring me".into() }).await;
    kiosk.done(visit, close()).await;
    drop((kiosk, bot));
    relay.stop().await;

    let relay = Running::start(log, Limits::default()).await;
    let mut ann = arriving(&relay, "ann", 1);
    let entry = ann
        .wait("the message", |e| match e {
            ClientEvent::Offer { entry, .. } => Some(entry),
            _ => None,
        })
        .await;
    assert!(entry.message && entry.conversation == visit && entry.pilot.is_none());
    let seq = ann.done(visit, Command::Claim).await;
    ann.handle.follow(visit).unwrap();
    let events = ann.events_until(seq).await;
    assert!(
        events.iter().any(|e| e.fact == Fact::MessageLeft && e.body == Body::Text { text: "ring me".into() })
    );
    ann.done(visit, close()).await;
    assert!(matches!(ann.event().await.fact, Fact::Closed { .. }));
}

#[tokio::test]
async fn a_bot_is_offered_who_has_nobody_and_the_queue_survives_a_restart_in_order() {
    let log = Arc::new(MemoryLog::new());
    let relay = Running::start(log.clone(), Limits::default()).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut bot = Peer::connect(&relay.url, Role::Bot, "bot-1");
    bot.handle.announce(Profile::available(9)).unwrap();
    let first = conversation();
    kiosk.done(first, open()).await;
    assert_eq!(offer(&mut bot).await, first);
    bot.done(first, Command::Claim).await;
    bot.done(first, ask_for_person()).await;
    relay.clock.advance_ms(5);
    let second = visitor(&mut kiosk).await;
    drop((kiosk, bot));
    relay.stop().await;
    let relay = Running::start(log, Limits::default()).await;
    relay.clock.advance_ms(10);
    let mut ann = arriving(&relay, "ann", 2);
    assert_eq!((offer(&mut ann).await, offer(&mut ann).await), (first, second));
}

#[tokio::test]
async fn only_agents_announce_themselves_and_within_bounds() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    kiosk.handle.announce(Profile::available(1)).unwrap();
    let text = |e| match e {
        ClientEvent::Error { text, .. } => Some(text),
        _ => None,
    };
    assert!(kiosk.wait("an error", text).await.contains("your role may not do this"));
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    ann.handle.announce(Profile::available(0)).unwrap();
    assert!(ann.wait("an error", text).await.contains("1 to 1000"));
}

#[tokio::test]
async fn a_pilot_who_does_not_answer_loses_the_visitor_to_the_next_one() {
    let relay = Running::in_memory().await;
    let answer_ms = Limits::default().silent_pilot_ms;
    let mut ann = person(&relay, "ann", 2).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = visitor(&mut kiosk).await;
    assert_eq!(offer(&mut ann).await, visit);
    ann.done(visit, Command::Claim).await;
    ann.handle.follow(visit).unwrap();
    let mut bob = person(&relay, "bob", 2).await;
    // Bob has somebody else already; but Ann did not answer this one.
    let other = conversation();
    kiosk.done(other, open()).await;
    bob.done(other, Command::Claim).await;
    let asked = kiosk.done(visit, say("are you there?")).await;
    ann.events_until(asked).await;
    // She is seen writing: that is no answer, but a sign of life.
    relay.clock.advance_ms(answer_ms - 1);
    ann.handle.signal(visit, Signal::Typing { on: true }).unwrap();
    kiosk
        .wait("that somebody writes", |e| {
            matches!(e, ClientEvent::Signal { signal: Signal::Typing { on: true }, .. }).then_some(())
        })
        .await;
    relay.clock.advance_ms(answer_ms - 1);
    let still = kiosk.done(visit, say("hello?")).await;
    assert_eq!(still, asked + 1, "nothing else has happened meanwhile");
    relay.clock.advance_ms(1);
    let events = kiosk.events_until(still + 2).await;
    let [.., released, handoff] = &events[..] else { panic!("{events:?}") };
    assert!(
        matches!(&released.fact, Fact::Released { agent, to_bot: false } if agent.id.as_str() == "ann"),
        "{released:?}"
    );
    assert_eq!(handoff.fact, Fact::HandoffRequested { reason: HandoffReason::NoAnswer });
    assert_eq!(handoff.actor.id.as_str(), "relay");
    place(&mut kiosk, visit, |p| p.place == 1 && p.staffed).await;
    assert_eq!(offer(&mut bob).await, visit);
    let late = ann.answer(visit, say("here I am")).await.unwrap_err();
    assert!(late.contains("only the pilot"), "{late}");
    bob.done(visit, Command::Claim).await;
    bob.done(visit, say("I am here")).await;
}

#[tokio::test]
async fn a_pilot_who_does_something_is_there() {
    let relay = Running::in_memory().await;
    let answer_ms = Limits::default().silent_pilot_ms;
    let mut ann = person(&relay, "ann", 2).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let visit = visitor(&mut kiosk).await;
    ann.done(visit, Command::Claim).await;
    relay.clock.advance_ms(answer_ms - 1);
    // Refused, but she is there.
    assert!(ann.answer(visit, say("  ")).await.is_err());
    relay.clock.advance_ms(answer_ms - 1);
    assert_eq!(ann.done(visit, Command::Tag { tag: "slow".into() }).await, 4, "nothing else has happened");
    relay.clock.advance_ms(answer_ms - 1);
    assert_eq!(ann.done(visit, say("sorry")).await, 5);
    // Answered: now it is the visitor's turn.
    relay.clock.advance_ms(answer_ms * 2);
    assert_eq!(kiosk.done(visit, say("thank you")).await, 6);
}
