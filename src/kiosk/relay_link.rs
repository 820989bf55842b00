//! The connection to the relay, seen from the frame loop: a bounded queue in, a bounded queue out, never waiting.

use std::collections::VecDeque;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::edges::{Link, LinkEvent};
use crate::client::{self, ClientConfig, ClientError, ClientEvent, ClientHandle, Outbox};
use crate::conversation::{Cmid, Command, ConversationId};
use crate::protocol::{Reach, Signal, VoiceFrame};
use crate::visit::Unsent;

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 256;

/// The most commands on their way of which it is remembered what a visitor would lose with them; the oldest go first.
const ON_WAY_MAX: usize = 256;

/// A [`Link`] over the client.
pub struct RelayLink {
    client: ClientHandle,
    events: mpsc::Receiver<ClientEvent>,
    /// What became of requests that the client did not take.
    trouble: Vec<LinkEvent>,
    /// What of the visitor's is on its way, oldest first.
    on_way: VecDeque<(ConversationId, Cmid, Unsent)>,
}

impl RelayLink {
    /// Starts the client on this runtime.
    pub fn start(
        runtime: &Handle,
        config: ClientConfig,
        outbox: Box<dyn Outbox>,
    ) -> Result<Self, ClientError> {
        let _inside = runtime.enter();
        let (client, events) = client::connect(config, outbox)?;
        Ok(Self { client, events, trouble: Vec::new(), on_way: VecDeque::new() })
    }

    /// From now on `take` gets the frames of a person's voice. It is called on the client's own task and must not wait.
    ///
    /// # Errors
    /// The client has ended.
    pub fn voices(&self, take: impl Fn(VoiceFrame) + Send + Sync + 'static) -> Result<(), ClientError> {
        self.client.voices(take)
    }

    /// The client did not take a request.
    fn lost(&mut self, conversation: ConversationId, what: Option<Unsent>, error: &ClientError) {
        let text = error.to_string();
        if *error == ClientError::Ended {
            self.trouble.push(LinkEvent::Fatal(text.clone()));
        }
        self.trouble.push(LinkEvent::Refused { conversation, refusal: None, what, text });
    }

    /// The command is on its way no more: what it was for the visitor.
    fn settled(&mut self, conversation: ConversationId, cmid: Cmid) -> Option<Unsent> {
        let place = self.on_way.iter().position(|(c, id, _)| *c == conversation && *id == cmid)?;
        self.on_way.remove(place).map(|(_, _, what)| what)
    }

    fn news(&mut self, event: ClientEvent) -> Option<LinkEvent> {
        match event {
            ClientEvent::Connected => Some(LinkEvent::Up),
            ClientEvent::Disconnected { .. } => Some(LinkEvent::Down),
            ClientEvent::Event { conversation, event } => {
                Some(LinkEvent::Happened { conversation, event: Box::new(event) })
            }
            ClientEvent::Acked { conversation, cmid, .. } => {
                self.settled(conversation, cmid);
                None
            }
            ClientEvent::Refused { conversation, cmid, refusal, text, .. } => {
                let what = self.settled(conversation, cmid);
                Some(LinkEvent::Refused { conversation, refusal, what, text })
            }
            ClientEvent::Expired { conversation, cmid } => {
                let what = self.settled(conversation, cmid);
                let text = format!("{conversation}: a message waited too long for the relay and was dropped");
                Some(LinkEvent::Refused { conversation, refusal: None, what, text })
            }
            ClientEvent::Signal { conversation, signal, .. } => {
                Some(LinkEvent::Signal { conversation, signal })
            }
            ClientEvent::Delivered { conversation, by, seq } => {
                Some(LinkEvent::Reached { conversation, by, reach: Reach::Delivered, seq })
            }
            ClientEvent::Seen { conversation, by, seq } => {
                Some(LinkEvent::Reached { conversation, by, reach: Reach::Seen, seq })
            }
            ClientEvent::Fatal { sentence } => Some(LinkEvent::Fatal(sentence)),
            _ => None,
        }
    }
}

impl Link for RelayLink {
    fn poll(&mut self) -> Vec<LinkEvent> {
        let mut news = std::mem::take(&mut self.trouble);
        while news.len() < EVENTS_A_FRAME
            && let Ok(event) = self.events.try_recv()
        {
            news.extend(self.news(event));
        }
        news
    }

    fn send(&mut self, conversation: ConversationId, command: Command) {
        let what = Unsent::of(&command);
        match (self.client.command_now(conversation, command), what) {
            (Ok(cmid), Some(what)) => {
                if self.on_way.len() >= ON_WAY_MAX {
                    self.on_way.pop_front();
                }
                self.on_way.push_back((conversation, cmid, what));
            }
            (Ok(_), None) => {}
            (Err(error), what) => self.lost(conversation, what, &error),
        }
    }

    fn follow(&mut self, conversation: ConversationId) {
        if let Err(error) = self.client.follow(conversation) {
            self.lost(conversation, Some(Unsent::Wish), &error);
        }
    }

    fn unfollow(&mut self, conversation: ConversationId) {
        if let Err(error) = self.client.unfollow(conversation) {
            self.lost(conversation, None, &error);
        }
    }

    fn seen(&mut self, conversation: ConversationId, seq: u64) {
        // A mark may be lost: the next one says the same and more.
        let _ = self.client.seen(conversation, seq);
    }

    fn signal(&mut self, conversation: ConversationId, signal: Signal) {
        // A signal may be lost: that is what makes it a signal.
        let _ = self.client.signal(conversation, signal);
    }

    fn report(&mut self, missing: Vec<String>) -> bool {
        // That the client has ended is told with what a visitor wants next.
        self.client.report(missing).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;
    use crate::client::{MemoryOutbox, OUTBOX_MAX};
    use crate::conversation::{Actor, ActorKind, AnswerId, Time, Words};
    use crate::protocol::Role;

    /// More than the client lets wait.
    const MANY: u128 = 300;
    /// Turns that the client gets to take everything.
    const SETTLING: u32 = 1_000;

    fn link() -> (Runtime, RelayLink) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // Nobody listens at port 1 of this machine.
        let config = ClientConfig::new("ws://127.0.0.1:1/ws", Role::Kiosk, "kiosk-1".parse().unwrap());
        let link = RelayLink::start(runtime.handle(), config, Box::new(MemoryOutbox::default())).unwrap();
        (runtime, link)
    }

    fn visit() -> ConversationId {
        ConversationId::new(Time(1), 1)
    }

    fn say(n: u128) -> (AnswerId, Command) {
        let answer = AnswerId::new(Time(1), n);
        let words = Words { text: "what is gas".into(), ..Words::default() };
        let say = Command::Say {
            answer,
            part: 0,
            last: true,
            voiced: false,
            in_reply_to: None,
            corrects: None,
            masked: 0,
            words,
        };
        (answer, say)
    }

    fn lost(news: Vec<LinkEvent>) -> Vec<Option<Unsent>> {
        let lost = news.into_iter().filter_map(|event| match event {
            LinkEvent::Refused { refusal: None, what, .. } => Some(what),
            _ => None,
        });
        lost.collect()
    }

    #[test]
    fn words_that_the_outbox_cannot_keep_are_named() {
        let (runtime, mut link) = link();
        let news = runtime.block_on(async {
            for n in 0..=OUTBOX_MAX as u128 {
                link.send(visit(), say(n).1);
                // The client takes each at its own pace.
                tokio::task::yield_now().await;
            }
            for _ in 0..SETTLING {
                tokio::task::yield_now().await;
            }
            link.poll()
        });
        let full = OUTBOX_MAX.to_string();
        let told =
            |event: &LinkEvent| matches!(event, LinkEvent::Refused { text, .. } if text.contains(&full));
        assert!(news.iter().any(told), "{news:?}");
        let last = say(OUTBOX_MAX as u128).0;
        assert_eq!(lost(news).last(), Some(&Some(Unsent::Words { answer: last })));
    }

    #[test]
    fn words_for_which_the_client_has_no_room_are_named_and_the_connection_is_not_given_up() {
        let (_runtime, mut link) = link();
        for n in 0..MANY {
            link.send(visit(), say(n).1);
        }
        let news = link.poll();
        assert!(!news.iter().any(|event| matches!(event, LinkEvent::Fatal(_))), "{news:?}");
        let lost = lost(news);
        assert!(!lost.is_empty() && lost.len() < MANY as usize, "{}", lost.len());
        assert_eq!(lost.last(), Some(&Some(Unsent::Words { answer: say(MANY - 1).0 })));
        assert!(link.on_way.len() <= ON_WAY_MAX);
    }

    #[test]
    fn how_far_the_others_have_got_is_passed_on() {
        let (_runtime, mut link) = link();
        let (conversation, seq) = (visit(), 5);
        let by = Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person };
        for (event, reach) in [
            (ClientEvent::Delivered { conversation, by: by.clone(), seq }, Reach::Delivered),
            (ClientEvent::Seen { conversation, by: by.clone(), seq }, Reach::Seen),
        ] {
            let told = LinkEvent::Reached { conversation, by: by.clone(), reach, seq };
            assert_eq!(link.news(event), Some(told));
        }
    }

    #[test]
    fn a_client_that_has_ended_is_fatal_and_loses_the_words() {
        let (runtime, mut link) = link();
        drop(runtime);
        let (answer, command) = say(1);
        link.send(visit(), command);
        let news = link.poll();
        assert!(matches!(news.first(), Some(LinkEvent::Fatal(_))), "{news:?}");
        assert_eq!(lost(news), [Some(Unsent::Words { answer })]);
    }

    #[test]
    fn what_waited_too_long_or_was_refused_is_named_and_what_came_through_is_forgotten() {
        let (_runtime, mut link) = link();
        let message = Command::LeaveMessage { text: "ring me".into() };
        let handoff =
            Command::RequestHandoff { reason: crate::conversation::HandoffReason::Asked, summary: None };
        for command in [message, handoff, say(1).1, Command::Claim] {
            link.send(visit(), command);
        }
        let cmids: Vec<Cmid> = link.on_way.iter().map(|(_, cmid, _)| *cmid).collect();
        assert_eq!(cmids.len(), 3, "a claim is nothing that a visitor would miss");
        let conversation = visit();
        let expired = link.news(ClientEvent::Expired { conversation, cmid: cmids[0] });
        assert!(
            matches!(expired, Some(LinkEvent::Refused { what: Some(Unsent::Message), .. })),
            "{expired:?}"
        );
        let refused = link.news(ClientEvent::Refused {
            conversation,
            cmid: cmids[1],
            code: crate::protocol::ErrorCode::Unavailable,
            text: String::new(),
            refusal: None,
        });
        assert!(matches!(refused, Some(LinkEvent::Refused { what: Some(Unsent::Wish), .. })), "{refused:?}");
        assert_eq!(link.news(ClientEvent::Acked { conversation, cmid: cmids[2], seq: 1 }), None);
        assert!(link.on_way.is_empty());
    }
}
