//! What the relay does by itself, again and again: time-outs, agents that are gone, the lobby, forgetting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::conversation::Trouble;
use super::hub::Hub;
use super::store::StoreState;
use crate::conversation::{Actor, ActorId, ActorKind, Command, ConversationId, IDLE_CLOSE_MS, State, Time};
use crate::protocol::Signal;

/// A conversation in which the relay could not act is left alone for so long.
const REST: Duration = Duration::from_secs(10);

/// What is called as the round goes on.
pub type Pulse = Box<dyn FnMut() + Send>;

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
        if hub.store.shown() != StoreState::Writable {
            // How it went is noted; a change is logged there.
            drop(hub.attempt(hub.log.probe()).await);
        }
    }
}

/// Looks whether the store hangs, and never waits for it itself.
pub async fn watch_store(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(hub.limits.probe_every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        hub.store.look();
    }
}

/// Looks at what is due, for ever. `pulse` is called after each piece of work: it is silent only when one of them hangs,
/// however many there are.
pub async fn tick(hub: Arc<Hub>, mut pulse: Pulse) {
    let mut ticks = tokio::time::interval(hub.limits.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut resting = HashMap::new();
    loop {
        ticks.tick().await;
        let (now, jumped) = hub.clock.look();
        if jumped {
            tracing::warn!("the clock has jumped: waits begin again");
            hub.begin_again(now);
        }
        time_out(&hub, now, &mut resting, &mut pulse).await;
        tell_away(&hub, now);
        let_go(&hub, now, &mut pulse).await;
        hub.evict(now);
        pulse();
    }
}

/// Whether what the relay does by itself can be stored: otherwise it does nothing, and tries nothing.
fn can_act(hub: &Hub) -> bool {
    hub.store.state() == StoreState::Writable
}

/// Closes what is idle, and lets go for pilots that do not answer. `resting` has the conversations in which that did not work, at most all that are open.
async fn time_out(
    hub: &Arc<Hub>,
    now: Time,
    resting: &mut HashMap<ConversationId, Instant>,
    pulse: &mut Pulse,
) {
    resting.retain(|_, since| since.elapsed() < REST);
    for id in hub.lobby.due(now) {
        if !can_act(hub) {
            return;
        }
        if resting.contains_key(&id) {
            continue;
        }
        let wishing = Arc::clone(hub);
        let silent: Arc<Mutex<Option<ActorId>>> = Arc::default();
        let found = Arc::clone(&silent);
        // Looked at under the conversation's lock: the store may have been away until then.
        let wish = move |state: &State| {
            let next = wishing.lobby.next(id, state).filter(|_| can_act(&wishing));
            let listened = wishing.limits.silent_pilot_ms;
            let wanted = next.and_then(|next| due(next, now, wishing.hears_since(), listened));
            let asks = matches!(wanted, Some(Command::RequestHandoff { .. }));
            // Asked again when somebody else was quicker: the last time counts.
            *found.lock().unwrap_or_else(PoisonError::into_inner) =
                state.pilot.as_ref().filter(|_| asks).map(|pilot| pilot.id.clone());
            wanted
        };
        if act(hub, id, wish).await {
            // Only now is it stored.
            if let Some(agent) = silent.lock().unwrap_or_else(PoisonError::into_inner).take() {
                tracing::info!(conversation = %id, %agent, "the pilot did not answer: the next one is asked");
            }
        } else {
            resting.insert(id, Instant::now());
        }
        pulse();
    }
}

/// Tells visitors that the person who serves them has lost the connection, and when they are back.
fn tell_away(hub: &Hub, now: Time) {
    for (agent, away) in hub.peers.to_tell(now, hub.limits.away_after_ms) {
        let visitors = hub.lobby.piloted_by(&agent);
        // Whoever could not be told, since something is being stored just now, is told with all others the next time.
        let tell =
            |id: ConversationId| hub.conversation(id).is_ok_and(|c| c.tell(hub, Signal::PilotAway { away }));
        let missed = visitors.into_iter().filter(|id| !tell(*id)).count();
        if missed == 0 {
            hub.peers.told(&agent, away);
        }
    }
}

/// Lets go for the agents that are gone.
async fn let_go(hub: &Arc<Hub>, now: Time, pulse: &mut Pulse) {
    if !can_act(hub) {
        return;
    }
    let lost = hub.peers.take_lost(now, |kind| match kind {
        ActorKind::Bot => hub.limits.bot_grace_ms,
        _ => hub.limits.person_grace_ms,
    });
    for agent in lost {
        for id in hub.lobby.piloted_by(&agent) {
            let (wishing, gone) = (Arc::clone(hub), agent.clone());
            let wish = move |state: &State| release(&wishing, state, &gone);
            if !can_act(hub) || !act(hub, id, wish).await {
                // It is tried again when it has been gone for as long once more.
                hub.peers.expect(&agent, now);
            }
            pulse();
        }
    }
}

/// Lets the relay do what `wish` wants. Says whether it could.
async fn act(
    hub: &Arc<Hub>,
    id: ConversationId,
    wish: impl Fn(&State) -> Option<Command> + Send + Sync + 'static,
) -> bool {
    let done = match hub.conversation(id) {
        Ok(conversation) => conversation.system(hub, wish).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(()) | Err(Trouble::Gone) => true,
        Err(trouble) => {
            // That the store takes nothing has been said already.
            if can_act(hub) {
                tracing::warn!(conversation = %id, "the relay could not act: {trouble:?}");
            }
            false
        }
    }
}

/// The time-out of a conversation, if it has come. A visitor is idle, and a pilot silent, only when they could have been
/// heard all the time: what was said while the relay was away still waits where it was said, and a clock may jump.
fn due((at, command): (Time, Command), now: Time, hears_since: Time, answer_ms: u64) -> Option<Command> {
    let listened = match command {
        Command::RequestHandoff { .. } => answer_ms,
        _ => IDLE_CLOSE_MS,
    };
    (at <= now && now.since_ms(hears_since) >= listened).then_some(command)
}

/// Lets go for an agent that is still gone.
fn release(hub: &Hub, state: &State, agent: &Actor) -> Option<Command> {
    let gone = state.pilot.as_ref() == Some(agent) && !hub.peers.is_here(agent);
    gone.then_some(Command::Release { to_bot: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{HandoffReason, Phase};

    #[test]
    fn nobody_is_idle_whom_the_relay_could_not_hear() {
        let state = State { phase: Phase::Open, at: Time(1_000), ..State::default() };
        let ask = Command::RequestHandoff { reason: HandoffReason::NoAnswer, summary: None };
        let close = state.due(7_000, Time(0)).unwrap();
        for (next, late) in [(close, 1_000 + IDLE_CLOSE_MS), ((Time(8_000), ask), 8_000)] {
            let comes = |now, hears_since| due(next.clone(), Time(now), Time(hears_since), 7_000).is_some();
            assert!(comes(late, 0) && !comes(late - 1, 0));
            // It was away in between, or its clock jumped.
            assert!(!comes(late, 1_001) && comes(late + 1, 1_001));
        }
    }
}
