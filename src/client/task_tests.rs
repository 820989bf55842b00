//! The client's task on its own, without a relay.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::client::outbox::{CLOCK_JUMP_MS, MemoryOutbox, OUTBOX_MAX_AGE_MS, Outgoing};
use crate::conversation::{Command, Time};
use crate::protocol::Role;

/// What the machine's clock says.
static WALL: AtomicU64 = AtomicU64::new(0);

fn wall() -> Time {
    Time(WALL.load(Ordering::SeqCst))
}

#[tokio::test]
async fn what_waits_outlives_a_clock_that_is_set_and_not_its_time() {
    // Some day in 2027.
    let begin = 1_800_000_000_000;
    WALL.store(begin, Ordering::SeqCst);
    let (conversation, cmid) = (ConversationId::new(Time(1), 1), Cmid::new(Time(1), 1));
    let mut outbox = MemoryOutbox::new();
    outbox.push(Outgoing { conversation, cmid, at: wall(), command: Command::Claim }).unwrap();
    let config = ClientConfig::new("ws://127.0.0.1:1/ws", Role::Bot, "bot-1".parse().unwrap());
    let ((_requests, inbox), (events, mut told)) = (mpsc::channel(1), mpsc::channel(1));
    let mut task = Task::new(config, Box::new(outbox), inbox, events);
    task.clock = ClockWatch::new(wall, Instant::now());

    WALL.fetch_add(2 * OUTBOX_MAX_AGE_MS, Ordering::SeqCst);
    task.expire().await;
    assert_eq!(task.with(|outbox| Ok(outbox.len())).await, Ok(1), "no such time has passed");

    // Steps that are no jumps.
    for _ in 0..=OUTBOX_MAX_AGE_MS / (CLOCK_JUMP_MS - 1) {
        WALL.fetch_add(CLOCK_JUMP_MS - 1, Ordering::SeqCst);
        task.expire().await;
    }
    assert_eq!(task.with(|outbox| Ok(outbox.len())).await, Ok(0), "two days are over");
    assert!(task.outlet.give().await);
    assert_eq!(told.recv().await, Some(ClientEvent::Expired { conversation, cmid }));
}
