//! What should happen now.

use std::collections::BTreeSet;

use super::agent::AgentState;
use super::board::Board;
use super::line::Offer;
use crate::conversation::{Actor, ActorKind, ConversationId, Target, Time};

/// An agent that does not answer so many offers one after the other is taken to be away.
pub const MISSES_MAX: u32 = 3;

/// How long an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// A person, in milliseconds.
    pub person_ms: u64,
    /// A bot, in milliseconds.
    pub bot_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { person_ms: 20_000, bot_ms: 2_000 }
    }
}

/// Something to be told to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Offer this visitor to this agent.
    Offer { conversation: ConversationId, agent: Actor, until: Time },
    /// What was offered is no longer on offer.
    Withdraw { conversation: ConversationId, agent: Actor },
    /// The agent did not answer and counts as away until it announces itself again.
    Away { agent: Actor },
}

impl Board {
    /// What should happen now, in order; the board supposes that it does.
    pub fn propose(&mut self, now: Time) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut silent = BTreeSet::new();
        for kind in [ActorKind::Bot, ActorKind::Person] {
            for id in self.line(kind).overdue(now) {
                let offer = self.line(kind).get(id).and_then(|w| w.offer.clone());
                if let Some(Offer { agent, .. }) = offer {
                    self.pass(&agent, id, now);
                    silent.insert(agent);
                }
            }
        }
        for agent in silent {
            self.missed(agent, &mut moves);
        }
        moves.append(&mut self.ended);
        // The bot answers first.
        self.fill(ActorKind::Bot, now, &mut moves);
        self.fill(ActorKind::Person, now, &mut moves);
        moves
    }

    /// When [`Self::propose`] may have something to say again, if nothing else happens before.
    pub fn due(&self, now: Time) -> Option<Time> {
        [self.bots.due(now), self.people.due(now)].into_iter().flatten().min()
    }

    /// Counts once for all offers that ended together: a relay that stood still does not send everybody away.
    fn missed(&mut self, agent: Actor, moves: &mut Vec<Move>) {
        let Some(known) = self.agents.get_mut(&agent) else { return };
        known.missed += 1;
        if known.missed >= MISSES_MAX && known.profile.state == AgentState::Available {
            known.profile.state = AgentState::Away;
            let offers: Vec<_> = known.offers.iter().copied().collect();
            for id in offers {
                self.take_back(&agent, id, true);
            }
            moves.push(Move::Away { agent });
        }
    }

    /// Gives out the free seats of one line, to the longest-waiting first.
    fn fill(&mut self, kind: ActorKind, now: Time, moves: &mut Vec<Move>) {
        if self.line(kind).len() == 0 {
            return;
        }
        let is_kind = |actor: &Actor| (actor.kind == ActorKind::Bot) == (kind == ActorKind::Bot);
        let agents = self.agents.keys().filter(|a| is_kind(a));
        let mut free: Vec<Actor> = agents.filter(|a| self.room(a) > 0).cloned().collect();
        let mut ids: Vec<ConversationId> = Vec::new();
        if !free.is_empty() {
            ids.extend(self.line(kind).ids());
        }
        #[cfg(test)]
        super::world::break_order(self.fault, &mut ids);
        for id in ids {
            if free.is_empty() {
                return;
            }
            let Some(waiting) = self.line(kind).get(id) else { continue };
            if waiting.offer.is_some() || waiting.want.from > now {
                continue;
            }
            let Some(agent) = self.choose(id, kind, now, &free) else { continue };
            let ms = if kind == ActorKind::Bot { self.pace.bot_ms } else { self.pace.person_ms };
            let until = now.plus_ms(ms);
            if let Some(waiting) = self.line_mut(kind).get_mut(id) {
                waiting.offer = Some(Offer { agent: agent.clone(), until });
            }
            if let Some(known) = self.agents.get_mut(&agent) {
                known.offers.insert(id);
            }
            if self.room(&agent) == 0 {
                free.retain(|a| *a != agent);
            }
            moves.push(Move::Offer { conversation: id, agent, until });
        }
    }

    /// How many more visitors may be offered to an agent.
    pub(super) fn room(&self, agent: &Actor) -> usize {
        let Some(known) = self.agents.get(agent) else { return 0 };
        if known.profile.state != AgentState::Available {
            return 0;
        }
        let capacity = usize::try_from(known.profile.capacity).unwrap_or(usize::MAX);
        // A claim that is being decided takes the place of its offer, or a place of its own.
        let claims =
            self.claims.iter().filter(|(id, who)| *who == agent && !known.offers.contains(*id)).count();
        capacity.saturating_sub(self.load(agent) + known.offers.len() + claims)
    }

    /// The best of the free agents for one who waits.
    fn choose(&self, id: ConversationId, kind: ActorKind, now: Time, free: &[Actor]) -> Option<Actor> {
        let passed = &self.line(kind).get(id)?.passed;
        let again = |agent: &Actor| passed.get(agent).is_none_or(|again| *again <= now);
        let suited: Vec<&Actor> = free.iter().filter(|a| again(a) && self.suits(a, id)).collect();
        let case = self.cases.get(&id)?;
        let wanted = match &case.target {
            Some(Target::Agent(name)) => suited.iter().find(|a| a.id == *name).copied(),
            Some(Target::Supervisor) => {
                let supervisors = suited.iter().filter(|a| a.kind == ActorKind::Supervisor);
                self.least_loaded(supervisors.copied())
            }
            _ => None,
        };
        // Who had the visitor and did not answer comes after all others; of several the one first who was silent first.
        let silent = |agent: &Actor| case.silent.iter().position(|a| a == agent).map_or(0, |at| at + 1);
        let best = suited.iter().map(|a| silent(a)).min()?;
        #[cfg(test)]
        let best = if self.fault == super::world::Fault::SilentFirst { usize::MAX } else { best };
        let rest = suited.into_iter().filter(|a| silent(a) <= best);
        wanted.or_else(|| self.least_loaded(rest)).cloned()
    }

    /// The least loaded; among equals who has taken nobody for the longest time.
    fn least_loaded<'a>(&self, agents: impl Iterator<Item = &'a Actor>) -> Option<&'a Actor> {
        let busy = |agent: &Actor| {
            let known = self.agents.get(agent);
            let offers = known.map_or(0, |a| a.offers.len());
            (self.load(agent) + offers, known.map_or(Time(0), |a| a.took), agent.clone())
        };
        #[cfg(test)]
        if self.fault == super::world::Fault::MostLoaded {
            return agents.max_by_key(|agent| busy(agent));
        }
        agents.min_by_key(|agent| busy(agent))
    }
}
