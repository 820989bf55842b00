//! One command on its way from the decision to everybody who is to hear of it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::OwnedMutexGuard;

use super::conversation::{Conversation, Inner, Trouble};
use super::hub::Hub;
use super::outbound::{Outbound, text};
use crate::conversation::{
    Actor, ActorId, ActorKind, Cmid, Command, ConversationId, Epoch, Refusal, State, decide,
};
use crate::log::{Append, AppendError};
use crate::protocol::{ErrorCode, ServerFrame};
use crate::redact::Watch;

/// How often a command is decided again when something else was stored first.
const CONFLICTS_MAX: usize = 3;

/// A command of which nothing has been decided yet.
pub struct Settling {
    pub hub: Arc<Hub>,
    pub conversation: Arc<Conversation>,
    pub actor: Actor,
    pub cmid: Cmid,
    /// What the visitor's words will say about the next ones, once these are stored.
    pub heard: Option<Watch>,
    /// Who is told that it is stored.
    pub sender: Option<Arc<Outbound>>,
}

impl Settling {
    /// Decides what `wish` wants, stores, acknowledges and fans out, in a task of its own: the log goes on storing what it was
    /// given, so the rest must go on too when the connection has ended. There is one such task a conversation at most,
    /// since it holds the conversation's lock.
    pub async fn finish(
        self,
        mut inner: OwnedMutexGuard<Inner>,
        wish: impl Fn(&State) -> Option<Command> + Send + Sync + 'static,
    ) -> Result<(), Trouble> {
        let hub = Arc::clone(&self.hub);
        let settled = hub.settling.spawn(async move {
            let done = self.settle(&mut inner, &wish).await;
            (done, inner)
        });
        match settled.await {
            // The lock comes back with it: what failed is answered before the next command has its turn.
            Ok((done, _inner)) => done,
            Err(e) => Err(Trouble::Unavailable(format!("the command was broken off: {e}"))),
        }
    }

    fn by(&self) -> (ActorId, Cmid) {
        (self.actor.id.clone(), self.cmid)
    }

    async fn settle(
        mut self,
        inner: &mut Inner,
        wish: &(impl Fn(&State) -> Option<Command> + Send + Sync),
    ) -> Result<(), Trouble> {
        let (hub, conversation) = (Arc::clone(&self.hub), Arc::clone(&self.conversation));
        for _ in 0..CONFLICTS_MAX {
            let core = inner.core.as_ref().ok_or(Trouble::Gone)?;
            if let Some((epoch, seq)) = core.result(&self.by()) {
                self.acknowledge(epoch, seq);
                return Ok(());
            }
            let Some(command) = wish(&core.state) else { return Ok(()) };
            self.fits(&core.state, &command)?;
            // Held until the claim is decided and counted.
            let _claiming = match command {
                Command::Claim => Some(hub.queue.claim(&self.actor, conversation.id)?),
                _ => None,
            };
            let events = match decide(&core.state, command, &self.actor, self.cmid, hub.clock.now()) {
                Ok(events) => events,
                Err(refusal) => return Err(self.refuse(inner, refusal)),
            };
            let append = Append {
                conversation: conversation.id,
                expected_seq: core.state.seq,
                sender: self.actor.id.clone(),
                cmid: self.cmid,
                events: events.clone(),
            };
            let begun = Instant::now();
            let appended = hub.attempt(hub.log.append(append)).await;
            hub.metrics.appended(&appended, begun.elapsed());
            match appended {
                Ok(appended) if appended.repeated => {
                    // The log knows more than we do.
                    self.acknowledge(appended.epoch, appended.last_seq);
                    inner.core = None;
                    return conversation.load(&hub, inner).await;
                }
                Ok(appended) => {
                    self.remember(inner);
                    let ack = ack(conversation.id, self.cmid, appended.epoch, appended.last_seq);
                    // Held back, so that what follows from the command leaves with the same write.
                    let held = self.sender.as_deref().zip(text(&ack)).map(|(sender, ack)| {
                        sender.hold(ack);
                        sender
                    });
                    conversation.apply(&hub, inner, appended.epoch, self.by(), events);
                    if let Some(sender) = held {
                        sender.release();
                    }
                    return Ok(());
                }
                Err(AppendError::Conflict { .. }) => {
                    inner.core = None;
                    conversation.load(&hub, inner).await?;
                }
                // Nothing of it is in the log.
                Err(e @ (AppendError::Full(_) | AppendError::Closed)) => return Err(self.not_stored(e)),
                Err(e @ AppendError::Storage(_)) => {
                    // It may have been stored all the same: then it counts.
                    inner.core = None;
                    conversation.load(&hub, inner).await?;
                    let found = inner.core.as_ref().and_then(|core| core.result(&self.by()));
                    let Some((epoch, seq)) = found else { return Err(self.not_stored(e)) };
                    self.acknowledge(epoch, seq);
                    self.remember(inner);
                    return Ok(());
                }
            }
        }
        Err(Trouble::Unavailable("too much happens here at the same time".to_owned()))
    }

    /// Whether there is room for it.
    fn fits(&self, state: &State, command: &Command) -> Result<(), Trouble> {
        let limits = &self.hub.limits;
        if state.seq >= limits.max_events && self.actor.kind != ActorKind::System {
            let why = "this conversation has become too long: start a new one";
            return Err(Trouble::refused(ErrorCode::Refused, why));
        }
        if matches!(command, Command::Open { .. }) && self.hub.lobby.count() >= limits.max_conversations {
            // There is room again some time. Refused for good, it would leave the visitor's outbox, and all that the
            // visitor says afterwards would be said in no conversation.
            let why = "too many conversations are open: close some, or wait until they time out";
            return Err(Trouble::Unavailable(why.to_owned()));
        }
        Ok(())
    }

    fn refuse(&self, inner: &mut Inner, refusal: Refusal) -> Trouble {
        inner.refuse(self.by(), refusal);
        refusal.into()
    }

    /// The words are stored: they count for what comes later.
    fn remember(&mut self, inner: &mut Inner) {
        if let Some(heard) = self.heard.take() {
            inner.watch = heard;
        }
    }

    fn not_stored(&self, error: AppendError) -> Trouble {
        tracing::debug!(conversation = %self.conversation.id, "the log could not store: {error}");
        let text = error.to_string();
        match error {
            AppendError::Full(_) => Trouble::Full(text),
            _ => Trouble::Unavailable(text),
        }
    }

    fn acknowledge(&self, epoch: Epoch, seq: u64) {
        acknowledge(self.sender.as_deref(), self.conversation.id, self.cmid, epoch, seq);
    }
}

/// Tells the sender of a command that it is stored.
pub fn acknowledge(
    sender: Option<&Outbound>,
    conversation: ConversationId,
    cmid: Cmid,
    epoch: Epoch,
    seq: u64,
) {
    if let Some(sender) = sender {
        sender.send(&ack(conversation, cmid, epoch, seq));
    }
}

fn ack(conversation: ConversationId, cmid: Cmid, epoch: Epoch, seq: u64) -> ServerFrame {
    ServerFrame::Ack { conversation, cmid, epoch, seq }
}
