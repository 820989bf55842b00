//! The way of what the client tells to the program, and how far the program has taken it.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;

use super::event::ClientEvent;
use crate::conversation::ConversationId;

/// What is told to the program, in order. What has not been taken out of the channel has not been handled.
pub struct Outlet {
    events: mpsc::Sender<ClientEvent>,
    /// What the channel has no room for yet, each with the number of the `follow` that it came by.
    pending: VecDeque<(ClientEvent, u64)>,
    /// The events of conversations that the channel may still hold: never more than it has room for, and one.
    given: VecDeque<Given>,
    /// How much was ever given to the channel.
    count: u64,
    /// The newest event of each conversation that the program has taken since the last look.
    taken: HashMap<ConversationId, Taken>,
}

/// An event that went into the channel.
struct Given {
    count: u64,
    conversation: ConversationId,
    taken: Taken,
}

/// An event that the program has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The number of the `follow` that it came by.
    pub follow: u64,
    pub seq: u64,
}

impl Outlet {
    /// The way into this channel.
    pub fn new(events: mpsc::Sender<ClientEvent>) -> Self {
        let (pending, given) = (VecDeque::new(), VecDeque::new());
        Self { events, pending, given, count: 0, taken: HashMap::new() }
    }

    /// How much waits for room in the channel.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Puts something behind what waits. `follow` numbers the `follow` that an event came by.
    pub fn tell(&mut self, event: ClientEvent, follow: u64) {
        self.pending.push_back((event, follow));
    }

    /// Gives what waits first to the program, when there is room. False when the program takes nothing any more.
    /// Nothing gets lost when the future is dropped.
    pub async fn give(&mut self) -> bool {
        self.look();
        let Ok(permit) = self.events.reserve().await else { return false };
        let Some((event, follow)) = self.pending.pop_front() else { return true };
        self.count += 1;
        if let ClientEvent::Event { conversation, event } = &event {
            let (conversation, taken) = (*conversation, Taken { follow, seq: event.seq });
            self.given.push_back(Given { count: self.count, conversation, taken });
        }
        permit.send(event);
        true
    }

    /// Notes what has left the channel.
    fn look(&mut self) {
        let inside = self.events.max_capacity() - self.events.capacity();
        let out = self.count.saturating_sub(u64::try_from(inside).unwrap_or(u64::MAX));
        while let Some(given) = self.given.pop_front_if(|given| given.count <= out) {
            self.taken.insert(given.conversation, given.taken);
        }
    }

    /// The newest event of each conversation that the program has taken since the last call.
    pub fn take_taken(&mut self) -> HashMap<ConversationId, Taken> {
        self.look();
        std::mem::take(&mut self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Actor, ActorKind, Body, Cmid, Event, Fact, Time};

    fn visit(n: u128) -> ConversationId {
        ConversationId::new(Time(1), n)
    }

    fn event(n: u128, seq: u64) -> ClientEvent {
        let event = Event {
            seq,
            at: Time(seq),
            actor: Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person },
            cmid: Cmid::new(Time(1), 1),
            fact: Fact::Noted,
            body: Body::Empty,
        };
        ClientEvent::Event { conversation: visit(n), event }
    }

    #[tokio::test]
    async fn only_what_the_program_has_taken_counts() {
        let (events, mut program) = mpsc::channel(3);
        let mut outlet = Outlet::new(events);
        outlet.tell(ClientEvent::Connected, 0);
        for seq in 1..=4 {
            outlet.tell(event(7, seq), 1);
        }
        for _ in 0..3 {
            assert!(outlet.give().await);
        }
        assert_eq!((outlet.len(), outlet.take_taken().len()), (2, 0), "three wait in the channel");
        program.recv().await.unwrap();
        assert!(outlet.take_taken().is_empty(), "that was no event");
        program.recv().await.unwrap();
        assert_eq!(outlet.take_taken()[&visit(7)], Taken { follow: 1, seq: 1 });
        assert!(outlet.give().await && outlet.give().await && outlet.is_empty());
        for _ in 0..3 {
            program.recv().await.unwrap();
        }
        assert_eq!(outlet.take_taken()[&visit(7)], Taken { follow: 1, seq: 4 });
        assert!(outlet.take_taken().is_empty(), "each once");
        drop(program);
        outlet.tell(event(7, 5), 1);
        assert!(!outlet.give().await);
    }

    #[tokio::test]
    async fn conversations_are_told_apart_and_nothing_is_kept_of_what_was_taken() {
        let (events, mut program) = mpsc::channel(2);
        let mut outlet = Outlet::new(events);
        for seq in 1..=1_000 {
            outlet.tell(event(1, seq), 1);
            outlet.tell(event(2, seq), 5);
            assert!(outlet.give().await && outlet.give().await);
            program.recv().await.unwrap();
            program.recv().await.unwrap();
            assert!(outlet.given.len() <= 3, "{}", outlet.given.len());
        }
        let taken = outlet.take_taken();
        assert_eq!((taken[&visit(1)].seq, taken[&visit(2)]), (1_000, Taken { follow: 5, seq: 1_000 }));
    }
}
