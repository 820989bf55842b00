//! What a relay knows again after a start.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{
    Actor, ActorKind, Body, Channel, Cmid, ConversationId, Event, Fact, HandoffReason, Language, Time,
    VisitorId,
};
use avatardesk::log::{
    Answer, Append, AppendError, Appended, EventLog, LogError, MemoryLog, OpenConversation, Page,
};
use avatardesk::protocol::Role;
use avatardesk::relay::Limits;
use avatardesk::routing::Profile;
use tokio::time::timeout;

use crate::desk::{Peer, Running, SOON};

/// A log that cannot be read a few times.
#[derive(Default)]
struct Shaky {
    log: MemoryLog,
    /// How often the open conversations cannot be listed, from the second page on.
    lists: AtomicUsize,
    /// How often the first conversation cannot be read.
    reads: AtomicUsize,
}

fn fails(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn trouble() -> LogError {
    LogError::Damaged { position: 1, why: "as the test wants".to_owned() }
}

impl EventLog for Shaky {
    pass_on!(log: commands, read_from, erase);

    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        self.log.append(append)
    }

    fn read(
        &self,
        c: ConversationId,
        after: u64,
        limit: usize,
    ) -> Answer<'_, Result<Option<Page>, LogError>> {
        if c == visit(0) && fails(&self.reads) {
            return Box::pin(async { Err(trouble()) });
        }
        self.log.read(c, after, limit)
    }

    fn open_after(
        &self,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Answer<'_, Result<Vec<OpenConversation>, LogError>> {
        if after.is_some() && fails(&self.lists) {
            return Box::pin(async { Err(trouble()) });
        }
        self.log.open_after(after, limit)
    }
}

/// The visit that was opened as the nth one.
fn visit(n: u64) -> ConversationId {
    ConversationId::new(Time(1_600_000_000_000 + n), 1)
}

/// So many visitors wait for a person, each for a little less than the one before.
async fn waiting(log: &dyn EventLog, count: u64) {
    let actor = Actor { id: "kiosk-1".parse().unwrap(), kind: ActorKind::Visitor };
    for n in 0..count {
        let (at, cmid) = (Time(1_600_000_000_000 + n), Cmid::new(Time(1), 1));
        let opened = Fact::Opened {
            desk: "help".parse().unwrap(),
            language: Language::En,
            channel: Channel::Kiosk,
            visitor: VisitorId::new(at, 1),
        };
        let facts = [opened, Fact::HandoffRequested { reason: HandoffReason::Asked }];
        let events = facts.into_iter().zip(1..);
        let events = events
            .map(|(fact, seq)| Event { seq, at, actor: actor.clone(), cmid, fact, body: Body::Empty })
            .collect();
        let append =
            Append { conversation: visit(n), expected_seq: 0, sender: actor.id.clone(), cmid, events };
        log.append(append).await.unwrap();
    }
}

async fn until_open(relay: &Running, count: u64) {
    let reached = async {
        while relay.health().await["open_conversations"] != count {
            tokio::task::yield_now().await;
        }
    };
    let reached = timeout(SOON, reached).await;
    assert!(reached.is_ok(), "{}", relay.health().await);
}

fn limits() -> Limits {
    Limits { recall_again: Duration::from_millis(5), ..Limits::default() }
}

async fn first_offer(relay: &Running) -> ConversationId {
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    ann.handle.announce(Profile::available(1)).unwrap();
    ann.wait("an offer", |e| match e {
        ClientEvent::Offer { entry, .. } => Some(entry.conversation),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn the_oldest_are_not_forgotten_when_there_are_more_than_fit_on_a_page_or_into_the_relay() {
    let log = Arc::new(Shaky::default());
    waiting(&*log, 1_300).await;
    let relay = Running::start(log.clone(), limits()).await;
    until_open(&relay, 1_300).await;
    relay.stop().await;
    // With less room than before it is the newest who are not known.
    let relay = Running::start(log, Limits { max_conversations: 700, ..limits() }).await;
    until_open(&relay, 700).await;
    assert_eq!(first_offer(&relay).await, visit(0));
}

#[tokio::test]
async fn what_could_not_be_read_is_read_again() {
    let log = Arc::new(Shaky::default());
    waiting(&*log, 600).await;
    log.lists.store(3, Ordering::SeqCst);
    log.reads.store(2, Ordering::SeqCst);
    let relay = Running::start(log.clone(), limits()).await;
    until_open(&relay, 600).await;
    assert_eq!((log.lists.load(Ordering::SeqCst), log.reads.load(Ordering::SeqCst)), (0, 0));
    assert_eq!(first_offer(&relay).await, visit(0));
}
