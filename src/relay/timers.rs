//! What the relay does by itself: time-outs, agents that are gone, the lobby, forgetting.

use std::sync::Arc;

use super::conversation::Trouble;
use super::hub::Hub;
use super::queue;
use super::store::StoreState;
use crate::conversation::{Actor, ActorKind, Command, ConversationId, IDLE_CLOSE_MS, State, Time};

/// The most open conversations that are read at the start.
const RECALL_MAX: usize = 10_000;

/// What is called as the round goes on.
pub type Pulse = Box<dyn FnMut() + Send>;

/// Reads the open conversations after a start, so that the lobby and the time-outs know them.
async fn recall(hub: Arc<Hub>) {
    let open = match hub.log.conversations(RECALL_MAX).await {
        Ok(open) => open,
        Err(e) => return tracing::error!("the open conversations could not be read: {e}"),
    };
    if !open.is_empty() {
        tracing::info!(count = open.len(), "continuing open conversations");
    }
    for one in open {
        let recalled = match hub.conversation(one.conversation) {
            Ok(conversation) => conversation.recall(&hub).await,
            Err(e) => Err(e),
        };
        if let Err(trouble) = recalled {
            tracing::warn!(conversation = %one.conversation, "not continued: {trouble:?}");
        }
    }
}

/// Recalls what is open, then offers who waits to who is free: so that nobody is offered before those who waited longer.
pub async fn recall_and_route(hub: Arc<Hub>) {
    recall(Arc::clone(&hub)).await;
    queue::keep(hub).await;
}

/// Sends the lobby when it has changed, with a pause in between.
pub async fn publish_lobby(hub: Arc<Hub>) {
    loop {
        hub.lobby.changed().await;
        hub.lobby.publish();
        tokio::time::sleep(hub.limits.lobby_every).await;
    }
}

/// Tries the store at the start, and again and again while it takes nothing: nobody who asks whether the relay is ready
/// sends it the message that would show that it is.
pub async fn probe(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(hub.limits.probe_every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if hub.store.state() != StoreState::Writable {
            hub.store.note(&hub.log.probe().await);
        }
    }
}

/// Looks at what is due, for ever. `pulse` is called after each piece of work: it is silent only when one of them hangs,
/// however many there are.
pub async fn tick(hub: Arc<Hub>, mut pulse: Pulse) {
    let mut ticks = tokio::time::interval(hub.limits.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (now, jumped) = hub.clock.look();
        if jumped {
            tracing::warn!("the clock has jumped: waits begin again");
            hub.begin_again(now);
        }
        let hears_since = hub.hears_since();
        for id in hub.lobby.due(now) {
            act(&hub, id, |state| due(state, now, hears_since)).await;
            pulse();
        }
        let lost = hub.peers.take_lost(now, |kind| match kind {
            ActorKind::Bot => hub.limits.bot_grace_ms,
            _ => hub.limits.person_grace_ms,
        });
        for agent in lost {
            for id in hub.lobby.piloted_by(&agent) {
                act(&hub, id, |state| release(&hub, state, &agent)).await;
                pulse();
            }
        }
        hub.evict(now);
        pulse();
    }
}

async fn act(hub: &Hub, id: ConversationId, wish: impl Fn(&State) -> Option<Command>) {
    let done = match hub.conversation(id) {
        Ok(conversation) => conversation.system(hub, wish).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(()) | Err(Trouble::Gone) => {}
        Err(trouble) => tracing::warn!(conversation = %id, "the relay could not act: {trouble:?}"),
    }
}

/// The time-out of a conversation, if it has come. A conversation is idle only when the visitor could have been heard
/// all the time: what was said while the relay was away still waits at the kiosk, and a clock may jump.
fn due(state: &State, now: Time, hears_since: Time) -> Option<Command> {
    let (_, command) = state.due().filter(|(at, _)| *at <= now)?;
    let closes = matches!(command, Command::Close { .. });
    (!closes || now.since_ms(hears_since) >= IDLE_CLOSE_MS).then_some(command)
}

/// Lets go for an agent that is still gone.
fn release(hub: &Hub, state: &State, agent: &Actor) -> Option<Command> {
    let gone = state.pilot.as_ref() == Some(agent) && !hub.peers.is_here(agent);
    gone.then_some(Command::Release { to_bot: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Phase;

    #[test]
    fn nobody_is_idle_whom_the_relay_could_not_hear() {
        let state = State { phase: Phase::Open, at: Time(1_000), ..State::default() };
        let late = Time(1_000 + IDLE_CLOSE_MS);
        assert!(due(&state, late, Time(0)).is_some());
        assert!(due(&state, Time(late.0 - 1), Time(0)).is_none());
        // It was away in between, or its clock jumped.
        assert!(due(&state, late, Time(1_001)).is_none());
        assert!(due(&state, Time(late.0 + 1), Time(1_001)).is_some());
    }
}
