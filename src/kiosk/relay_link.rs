//! The connection to the relay, seen from the frame loop: a bounded queue in, a bounded queue out, never waiting.

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::edges::{Link, LinkEvent};
use crate::client::{self, ClientConfig, ClientError, ClientEvent, ClientHandle, Outbox};
use crate::conversation::{Command, ConversationId};
use crate::protocol::Signal;

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 256;

/// A [`Link`] over the client.
pub struct RelayLink {
    client: ClientHandle,
    events: mpsc::Receiver<ClientEvent>,
    /// Requests that the client had no room for.
    trouble: Vec<LinkEvent>,
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
        Ok(Self { client, events, trouble: Vec::new() })
    }

    /// Tells the host which parts of this kiosk do not work.
    pub fn report(&mut self, missing: Vec<String>) {
        let told = self.client.report(missing);
        self.note(told);
    }

    fn note<T>(&mut self, result: Result<T, ClientError>) {
        if let Err(error) = result {
            self.trouble.push(LinkEvent::Fatal(error.to_string()));
        }
    }
}

impl Link for RelayLink {
    fn poll(&mut self) -> Vec<LinkEvent> {
        let mut news = std::mem::take(&mut self.trouble);
        while news.len() < EVENTS_A_FRAME
            && let Ok(event) = self.events.try_recv()
        {
            news.extend(match event {
                ClientEvent::Connected => Some(LinkEvent::Up),
                ClientEvent::Disconnected { .. } => Some(LinkEvent::Down),
                ClientEvent::Event { conversation, event } => {
                    Some(LinkEvent::Happened { conversation, event: Box::new(event) })
                }
                ClientEvent::Refused { conversation, refusal, text, .. } => {
                    Some(LinkEvent::Refused { conversation, refusal, text })
                }
                ClientEvent::Signal { conversation, signal, .. } => {
                    Some(LinkEvent::Signal { conversation, signal })
                }
                ClientEvent::Fatal { sentence } => Some(LinkEvent::Fatal(sentence)),
                _ => None,
            });
        }
        news
    }

    fn send(&mut self, conversation: ConversationId, command: Command) {
        let sent = self.client.command_now(conversation, command);
        self.note(sent);
    }

    fn follow(&mut self, conversation: ConversationId) {
        let done = self.client.follow(conversation);
        self.note(done);
    }

    fn unfollow(&mut self, conversation: ConversationId) {
        let done = self.client.unfollow(conversation);
        self.note(done);
    }

    fn signal(&mut self, conversation: ConversationId, signal: Signal) {
        // A signal may be lost: that is what makes it a signal.
        let _ = self.client.signal(conversation, signal);
    }
}
