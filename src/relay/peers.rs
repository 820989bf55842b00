//! Who is connected, and who was until a moment ago.

use std::collections::{HashMap, HashSet};
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
    /// People whose connection stands, but from which nothing has come since then, not even a pong.
    quiet: HashMap<Actor, Time>,
    /// People who are lost, and whose visitors have been told.
    away: HashSet<Actor>,
}

impl Peers {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client is here. An older connection of the same client is closed.
    pub fn join(&self, actor: &Actor, outbound: &Arc<Outbound>) {
        let mut inner = self.lock();
        inner.lost.remove(actor);
        inner.quiet.remove(actor);
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
            let since = inner.quiet.remove(actor).unwrap_or(now);
            inner.lose(actor, since);
        }
    }

    /// Says since when nothing has come from a person, if their line is quieter than it should be.
    pub fn quiet(&self, actor: &Actor, connection: u64, since: Option<Time>) {
        let mut inner = self.lock();
        if inner.here.get(actor).is_none_or(|o| o.connection != connection) {
            return;
        }
        let _ = match since {
            // Reckoned anew each time from what no jump of the clock changes.
            Some(since) => inner.quiet.insert(actor.clone(), since),
            None => inner.quiet.remove(actor),
        };
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
        let gone: Vec<Actor> = gone.map(|(actor, _)| actor).collect();
        for actor in &gone {
            inner.away.remove(actor);
        }
        gone
    }

    /// The people whose visitors should be told now: with `true` that they have been gone for so long, in milliseconds, with
    /// `false` that they are back. Who is told is noted with [`Self::told`].
    pub fn to_tell(&self, now: Time, after_ms: u64) -> Vec<(Actor, bool)> {
        let inner = self.lock();
        let gone = inner.lost.iter().chain(&inner.quiet).filter(|(actor, since)| {
            actor.kind.is_person() && now.since_ms(**since) >= after_ms && !inner.away.contains(actor)
        });
        let back =
            inner.away.iter().filter(|who| inner.here.contains_key(who) && !inner.quiet.contains_key(who));
        gone.map(|(actor, _)| (actor.clone(), true)).chain(back.map(|actor| (actor.clone(), false))).collect()
    }

    /// The visitors of a person have been told that they are gone, or back.
    pub fn told(&self, actor: &Actor, away: bool) {
        let mut inner = self.lock();
        if away && (inner.lost.contains_key(actor) || inner.quiet.contains_key(actor)) {
            inner.away.insert(actor.clone());
        } else {
            inner.away.remove(actor);
        }
    }

    /// The clock has jumped: who is lost is lost from now on.
    pub fn begin_again(&self, now: Time) {
        let mut inner = self.lock();
        let Inner { lost, quiet, .. } = &mut *inner;
        lost.values_mut().chain(quiet.values_mut()).for_each(|since| *since = now);
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
    fn visitors_are_told_once_that_a_person_is_gone_and_once_that_they_are_back() {
        let peers = Peers::default();
        let ann = Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person };
        let bot = Actor { id: "bot-1".parse().unwrap(), kind: ActorKind::Bot };
        peers.expect(&bot, Time(0));
        peers.join(&ann, &outbound(1));
        assert_eq!(peers.to_tell(Time(9_000), 3_000), []);
        peers.leave(&ann, 1, Time(10_000));
        assert_eq!(peers.to_tell(Time(12_999), 3_000), [], "it may be a short break");
        assert_eq!(peers.to_tell(Time(13_000), 3_000), [(ann.clone(), true)]);
        peers.told(&ann, true);
        assert_eq!(peers.to_tell(Time(13_200), 3_000), []);
        peers.join(&ann, &outbound(2));
        assert_eq!(peers.to_tell(Time(14_000), 3_000), [(ann.clone(), false)]);
        peers.told(&ann, false);
        assert_eq!(peers.to_tell(Time(14_200), 3_000), []);
        // Who is given up is not announced as being back.
        peers.leave(&ann, 2, Time(20_000));
        peers.told(&ann, true);
        assert_eq!(peers.take_lost(Time(40_000), |_| 15_000).len(), 2);
        peers.join(&ann, &outbound(3));
        assert_eq!(peers.to_tell(Time(40_000), 3_000), []);
    }

    #[test]
    fn who_is_silent_on_an_open_line_is_away_and_lost_since_then() {
        let peers = Peers::default();
        let ann = Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person };
        peers.join(&ann, &outbound(2));
        peers.quiet(&ann, 1, Some(Time(1_000)));
        assert_eq!(peers.to_tell(Time(9_000), 3_000), [], "that was an older connection");
        peers.quiet(&ann, 2, Some(Time(2_000)));
        peers.quiet(&ann, 2, Some(Time(1_000)));
        assert_eq!(peers.to_tell(Time(4_000), 3_000), [(ann.clone(), true)]);
        peers.told(&ann, true);
        assert_eq!(peers.to_tell(Time(5_000), 3_000), []);
        peers.quiet(&ann, 2, None);
        assert_eq!(peers.to_tell(Time(5_000), 3_000), [(ann.clone(), false)]);
        peers.told(&ann, false);
        peers.quiet(&ann, 2, Some(Time(6_000)));
        peers.leave(&ann, 2, Time(21_000));
        assert_eq!(peers.take_lost(Time(21_000), |_| 15_000), [ann]);
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
