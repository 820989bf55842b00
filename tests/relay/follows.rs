//! How many conversations one connection follows, and what becomes of one more.

use std::sync::Arc;

use avatardesk::client::ClientEvent;
use avatardesk::log::MemoryLog;
use avatardesk::protocol::Role;
use avatardesk::relay::Limits;

use crate::desk::{Peer, Running, conversation, open, say, words};

#[tokio::test]
async fn what_could_not_be_followed_is_followed_when_there_is_room_again() {
    let limits = Limits { max_follows: 1, ..Limits::default() };
    let relay = Running::start(Arc::new(MemoryLog::new()), limits).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let (first, second) = (conversation(), conversation());
    for visit in [first, second] {
        kiosk.done(visit, open()).await;
    }
    kiosk.handle.follow(first).unwrap();
    kiosk.events_until(1).await;
    kiosk.handle.follow(second).unwrap();
    let text = |e| match e {
        ClientEvent::Error { conversation, text, .. } if conversation == Some(second) => Some(text),
        _ => None,
    };
    assert!(kiosk.wait("that it is too many", text).await.contains("too many"));
    kiosk.handle.unfollow(first).unwrap();
    // Asked for again by the program.
    kiosk.handle.follow(second).unwrap();
    kiosk.events_until(1).await;
    // Refused again, and asked for by itself when something was acknowledged there.
    kiosk.handle.follow(first).unwrap();
    kiosk.wait("that it is too many", |e| matches!(e, ClientEvent::Error { .. }).then_some(())).await;
    kiosk.handle.unfollow(second).unwrap();
    kiosk.handle.command(first, say("is anybody there?")).await.unwrap();
    let heard = kiosk.events_until(2).await;
    assert_eq!(words(&heard[1]), Some("is anybody there?"));
}
