//! One line of those who wait, with the offers that are out.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Want;
use crate::conversation::{Actor, ConversationId, Time};

/// A visitor is offered to an agent, until they claim, decline, or the time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub agent: Actor,
    pub until: Time,
}

/// One who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub want: Want,
    pub offer: Option<Offer>,
    /// Who was asked and did not take the visitor, and from when on they may be asked again.
    pub passed: BTreeMap<Actor, Time>,
    /// The place in the desk's queue at the beginning.
    pub place: usize,
}

/// A line: the longest wait first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    order: BTreeSet<(bool, Time, ConversationId)>,
    waiting: BTreeMap<ConversationId, Waiting>,
}

impl Line {
    /// Everybody in this line, in order.
    pub fn ids(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.order.iter().map(|(_, _, id)| *id)
    }

    pub fn get(&self, id: ConversationId) -> Option<&Waiting> {
        self.waiting.get(&id)
    }

    pub fn get_mut(&mut self, id: ConversationId) -> Option<&mut Waiting> {
        self.waiting.get_mut(&id)
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Puts somebody into the line, or moves them in it.
    pub fn put(&mut self, id: ConversationId, want: Want, place: usize) {
        match self.waiting.get_mut(&id) {
            Some(known) => {
                self.order.remove(&known.want.key(id));
                known.want = want;
            }
            None => {
                let new = Waiting { want, offer: None, passed: BTreeMap::new(), place };
                self.waiting.insert(id, new);
            }
        }
        self.order.insert(want.key(id));
    }

    /// Takes somebody out of the line.
    pub fn take(&mut self, id: ConversationId) -> Option<Waiting> {
        let known = self.waiting.remove(&id)?;
        self.order.remove(&known.want.key(id));
        Some(known)
    }

    /// Those whose offer is over by now.
    pub fn overdue(&self, now: Time) -> Vec<ConversationId> {
        let late = |w: &Waiting| w.offer.as_ref().is_some_and(|o| o.until <= now);
        self.waiting.iter().filter(|(_, w)| late(w)).map(|(id, _)| *id).collect()
    }

    /// When something happens in this line by itself: an offer ends, somebody may be offered.
    pub fn due(&self, after: Time) -> Option<Time> {
        let each = self.waiting.values().flat_map(|w| {
            let own = w.offer.as_ref().map_or(w.want.from, |o| o.until);
            w.passed.values().copied().chain([own])
        });
        each.filter(|at| *at > after).min()
    }
}
