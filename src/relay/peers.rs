//! Who is connected, and who was until a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::outbound::Outbound;
use crate::conversation::{Actor, ActorKind, Time};
use crate::protocol::CloseCode;

/// The most agents that are remembered as lost.
const LOST_MAX: usize = 4_096;

/// The connected clients by who they are. A role and a name have one connection.
#[derive(Debug, Default)]
pub struct Peers {
    // A plain mutex: nothing waits while it is held.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    here: HashMap<Actor, Arc<Outbound>>,
    lost: HashMap<Actor, Time>,
}

impl Peers {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client is here. An older connection of the same client is closed.
    pub fn join(&self, actor: &Actor, outbound: &Arc<Outbound>) {
        let mut inner = self.lock();
        inner.lost.remove(actor);
        if let Some(older) = inner.here.insert(actor.clone(), Arc::clone(outbound)) {
            older.close(CloseCode::Replaced);
        }
    }

    /// Closes the connections of these clients.
    pub fn close_where(&self, code: CloseCode, is: impl Fn(&Actor) -> bool) {
        for (actor, outbound) in self.lock().here.iter().filter(|(actor, _)| is(actor)) {
            tracing::info!(connection = outbound.connection, actor = %actor.id, ?code, "cut off");
            outbound.close(code);
        }
    }

    /// A connection has ended.
    pub fn leave(&self, actor: &Actor, connection: u64, now: Time) {
        let mut inner = self.lock();
        if inner.here.get(actor).is_some_and(|o| o.connection == connection) {
            inner.here.remove(actor);
            inner.lose(actor, now);
        }
    }

    /// An agent pilots a conversation but may not be connected, as after a start of the relay.
    pub fn expect(&self, actor: &Actor, now: Time) {
        let mut inner = self.lock();
        if !inner.here.contains_key(actor) {
            inner.lose(actor, now);
        }
    }

    /// Takes out the agents that have been gone for longer than `grace` allows, in milliseconds.
    pub fn take_lost(&self, now: Time, grace: impl Fn(ActorKind) -> u64) -> Vec<Actor> {
        let mut inner = self.lock();
        let gone = inner.lost.extract_if(|actor, since| now.since_ms(*since) >= grace(actor.kind));
        gone.map(|(actor, _)| actor).collect()
    }

    /// The clock has jumped: who is lost is lost from now on.
    pub fn begin_again(&self, now: Time) {
        self.lock().lost.values_mut().for_each(|since| *since = now);
    }

    /// Whether this client is connected.
    pub fn is_here(&self, actor: &Actor) -> bool {
        self.lock().here.contains_key(actor)
    }

    /// The queue of frames to this client, if it is connected.
    pub fn outbound(&self, actor: &Actor) -> Option<Arc<Outbound>> {
        self.lock().here.get(actor).cloned()
    }

    /// How many clients are connected.
    pub fn count(&self) -> usize {
        self.lock().here.len()
    }
}

impl Inner {
    fn lose(&mut self, actor: &Actor, now: Time) {
        if actor.kind.is_agent() && self.lost.len() < LOST_MAX {
            self.lost.entry(actor.clone()).or_insert(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(connection: u64) -> Arc<Outbound> {
        Arc::new(Outbound::new(connection, 100, 100))
    }

    #[test]
    fn a_newer_connection_replaces_the_older_and_nobody_is_lost() {
        let peers = Peers::default();
        let bot = Actor { id: "bot-1".parse().unwrap(), kind: ActorKind::Bot };
        let (older, newer) = (outbound(1), outbound(2));
        peers.join(&bot, &older);
        peers.join(&bot, &newer);
        assert!(older.is_closed() && !newer.is_closed());
        peers.leave(&bot, 1, Time(5));
        assert!(peers.is_here(&bot));
        assert_eq!(peers.take_lost(Time(99), |_| 0), []);
        peers.leave(&bot, 2, Time(5));
        assert_eq!(peers.take_lost(Time(7), |_| 3), []);
        assert_eq!(peers.take_lost(Time(8), |_| 3), std::slice::from_ref(&bot));
        assert_eq!(peers.take_lost(Time(9), |_| 3), []);
    }

    #[test]
    fn a_clock_that_goes_back_does_not_keep_who_is_gone() {
        let peers = Peers::default();
        let bot = Actor { id: "bot-1".parse().unwrap(), kind: ActorKind::Bot };
        peers.expect(&bot, Time(1_000_000));
        peers.begin_again(Time(50));
        assert_eq!(peers.take_lost(Time(52), |_| 3), []);
        assert_eq!(peers.take_lost(Time(53), |_| 3), std::slice::from_ref(&bot));
    }
}
