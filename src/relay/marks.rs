//! How far the clients that follow a conversation have got, as they say themselves. In memory, bounded, and repeated to
//! who comes later: it is not worth a record, and after a start of the relay the clients say it again.

use std::collections::VecDeque;

use super::outbound::{Outbound, Topic, text};
use crate::access::Act;
use crate::conversation::{Actor, ConversationId};
use crate::protocol::{Marks, Reach, ServerFrame};

/// The most clients of one conversation whose marks are kept; who said something longest ago gives way.
const CLIENTS_MAX: usize = 64;

/// What a client says about itself: that it has handled, or that somebody has seen, everything up to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Received,
    Seen,
}

impl Mark {
    /// What saying so is.
    pub fn act(self) -> Act {
        match self {
            Self::Received => Act::Received,
            Self::Seen => Act::Seen,
        }
    }

    /// How far the event has come by it.
    pub fn reach(self) -> Reach {
        match self {
            Self::Received => Reach::Delivered,
            Self::Seen => Reach::Seen,
        }
    }

    /// What the others are told, and what it is about.
    pub fn told(
        self,
        conversation: ConversationId,
        (by, connection): (Actor, u64),
        seq: u64,
    ) -> (Topic, ServerFrame) {
        match self {
            Self::Received => {
                let frame = ServerFrame::Delivered { conversation, by, seq };
                (Topic::Delivered(conversation, connection), frame)
            }
            Self::Seen => {
                let frame = ServerFrame::Seen { conversation, by, seq };
                (Topic::Seen(conversation, connection), frame)
            }
        }
    }
}

/// One client's place in a conversation.
#[derive(Debug)]
struct Place {
    who: Actor,
    /// The connection over which it was said.
    connection: u64,
    marks: Marks,
}

/// The places of a conversation's clients, the one that said something last behind.
#[derive(Debug, Default)]
pub struct Places(VecDeque<Place>);

impl Places {
    /// A client says how far it has got. Says whether that is news.
    pub fn note(&mut self, who: &Actor, connection: u64, mark: Mark, seq: u64) -> bool {
        let known = self.0.iter().position(|place| place.who == *who);
        let known = known.and_then(|index| self.0.remove(index));
        let mut place =
            known.unwrap_or_else(|| Place { who: who.clone(), connection, marks: Marks::default() });
        place.connection = connection;
        let news = place.marks.raise(mark.reach(), seq);
        if self.0.len() >= CLIENTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(place);
        news
    }

    /// Tells a client how far the others have got. They may say less than that again: it never goes back.
    pub fn tell(&self, conversation: ConversationId, to: &Actor, outbound: &Outbound) {
        for Place { who, connection, marks } in self.0.iter().filter(|place| place.who != *to) {
            let seen = (marks.seen() > 0).then_some((Mark::Seen, marks.seen()));
            let more = marks.delivered() > marks.seen();
            let delivered = more.then_some((Mark::Received, marks.delivered()));
            for (mark, seq) in seen.into_iter().chain(delivered) {
                let (topic, frame) = mark.told(conversation, (who.clone(), *connection), seq);
                if let Some(frame) = text(&frame) {
                    outbound.pass(topic, frame);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{ActorKind, Time};
    use crate::protocol::decode;
    use crate::relay::outbound::Packed;

    fn actor(name: &str) -> Actor {
        Actor { id: name.parse().unwrap(), kind: ActorKind::Bot }
    }

    async fn told(places: &Places, to: &Actor) -> Vec<ServerFrame> {
        let outbound = Outbound::new(9, 100_000, 1_000);
        places.tell(ConversationId::new(Time(1), 1), to, &outbound);
        // Something at least, so that there is a batch.
        outbound.ping();
        let batch = outbound.next().await;
        let text = |frame: &Packed| match frame {
            Packed::Text(text) => decode::<ServerFrame>(text).unwrap(),
            Packed::Voice(bytes) => panic!("{bytes:?}"),
        };
        batch.frames.iter().map(text).collect()
    }

    #[tokio::test]
    async fn the_newest_marks_are_repeated_to_the_others() {
        let (ann, bob) = (actor("ann"), actor("bob"));
        let mut places = Places::default();
        assert!(places.note(&ann, 1, Mark::Received, 5) && !places.note(&ann, 2, Mark::Received, 5));
        assert!(places.note(&ann, 2, Mark::Seen, 3));
        assert!(places.note(&bob, 3, Mark::Seen, 4) && !places.note(&bob, 3, Mark::Received, 4));
        let conversation = ConversationId::new(Time(1), 1);
        let seen = |by: &Actor, seq| ServerFrame::Seen { conversation, by: by.clone(), seq };
        let delivered = ServerFrame::Delivered { conversation, by: ann.clone(), seq: 5 };
        assert_eq!(told(&places, &bob).await, [seen(&ann, 3), delivered]);
        assert_eq!(told(&places, &ann).await, [seen(&bob, 4)]);
    }

    #[tokio::test]
    async fn the_marks_of_a_conversation_are_bounded() {
        let mut places = Places::default();
        for n in 0..=CLIENTS_MAX {
            places.note(&actor(&format!("bot-{n}")), n as u64, Mark::Seen, 1);
        }
        assert_eq!(places.0.len(), CLIENTS_MAX);
        assert!(places.note(&actor("bot-0"), 0, Mark::Seen, 1), "the oldest was forgotten");
        assert!(!places.note(&actor("bot-64"), 0, Mark::Seen, 1), "and the newest was not");
    }
}
