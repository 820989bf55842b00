//! The board: who waits, who is there, who serves whom.

use std::collections::{BTreeMap, BTreeSet};

use super::agent::{Profile, ProfileError};
use super::case::{Case, Want};
use super::line::{Line, Offer};
use super::propose::{Move, Pace};
use super::waits::Waits;
use crate::conversation::{Actor, ActorKind, ConversationId, DeskId, State, Time};

/// The most agents that are known at once.
pub const AGENTS_MAX: usize = 4_096;
/// Who did not take a visitor is not asked about the same one again for so long.
pub const ASK_AGAIN_MS: u64 = 15_000;
/// The most desks whose waits are remembered.
const DESKS_KEPT: usize = 1_024;

/// The agent serves as many visitors as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("you serve as many visitors as your capacity allows: finish with one or pass one on first")]
pub struct Full;

/// An agent that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Agent {
    pub profile: Profile,
    /// The desks that the host has given it, whatever it announces. Empty: every desk.
    pub granted: Vec<DeskId>,
    /// Offers not answered, one after the other.
    pub missed: u32,
    /// When it last became somebody's pilot.
    pub took: Time,
    pub offers: BTreeSet<ConversationId>,
}

impl Agent {
    /// Whether this agent may be offered this visitor, as the host and as itself would have it.
    pub fn serves(&self, case: &Case) -> bool {
        let granted = self.granted.is_empty() || self.granted.contains(&case.desk);
        granted && self.profile.serves(case)
    }
}

/// An agent as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub agent: Actor,
    pub profile: Profile,
    /// How many visitors it serves.
    pub serves: usize,
}

/// Who waits, who is there, who serves whom. See the module for how it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    pub(super) pace: Pace,
    pub(super) cases: BTreeMap<ConversationId, Case>,
    pub(super) bots: Line,
    pub(super) people: Line,
    pub(super) agents: BTreeMap<Actor, Agent>,
    /// Whom each agent serves, whether it is there or not.
    pub(super) serves: BTreeMap<Actor, BTreeSet<ConversationId>>,
    /// Claims that are being decided.
    pub(super) claims: BTreeMap<ConversationId, Actor>,
    pub(super) waits: BTreeMap<DeskId, Waits>,
    /// Offers that ended by what has happened, to be told with the next proposal.
    pub(super) ended: Vec<Move>,
    #[cfg(test)]
    pub(super) fault: super::world::Fault,
}

impl Board {
    /// An empty board.
    pub fn new(pace: Pace) -> Self {
        Self { pace, ..Self::default() }
    }

    /// A conversation is in this state now. Says whether anything changed for routing.
    ///
    /// Times are those of its events, so that a board made again from the log is the same.
    pub fn update(&mut self, id: ConversationId, state: &State) -> bool {
        let case = Case::of(state);
        if self.cases.get(&id) == case.as_ref() {
            return false;
        }
        let old = match &case {
            Some(case) => self.cases.insert(id, case.clone()),
            None => self.cases.remove(&id),
        };
        let pilot = case.as_ref().and_then(|c| c.pilot.clone());
        self.change_pilot(id, old.and_then(|c| c.pilot), pilot.as_ref(), state.at);
        let desk = case.as_ref().map(|c| &c.desk);
        let (person, bot) = case.as_ref().map_or((None, None), |c| (c.person, c.bot));
        let joins = person.is_some() && self.people.get(id).is_none();
        let place = 1 + desk.filter(|_| joins).map_or(0, |desk| self.length(desk));
        let came = pilot.as_ref().filter(|p| p.kind.is_person());
        if person.is_none() && came.is_some() {
            self.wait_ended(id, state.at, state.served_at());
        }
        self.stand(id, ActorKind::Person, person, place, pilot.as_ref(), state.at);
        self.stand(id, ActorKind::Bot, bot, 1, pilot.as_ref(), state.at);
        if let Some(pilot) = pilot {
            self.trim(&pilot);
        }
        true
    }

    fn change_pilot(&mut self, id: ConversationId, old: Option<Actor>, new: Option<&Actor>, at: Time) {
        if old.as_ref() == new {
            return;
        }
        if let Some(old) = old
            && let Some(served) = self.serves.get_mut(&old)
        {
            served.remove(&id);
            if served.is_empty() {
                self.serves.remove(&old);
            }
        }
        if let Some(new) = new {
            self.serves.entry(new.clone()).or_default().insert(id);
            if let Some(agent) = self.agents.get_mut(new) {
                agent.took = at;
                agent.missed = 0;
            }
        }
    }

    /// Brings the place in one line up to date.
    fn stand(
        &mut self,
        id: ConversationId,
        kind: ActorKind,
        want: Option<Want>,
        place: usize,
        pilot: Option<&Actor>,
        at: Time,
    ) {
        let offer = self.line(kind).get(id).and_then(|w| w.offer.clone());
        match want {
            Some(want) => {
                self.line_mut(kind).put(id, want, place);
                // What is needed may have changed: then somebody else is asked, or nobody yet.
                if let Some(offer) = offer
                    && (want.from > at || !self.suits(&offer.agent, id))
                {
                    self.end_offer(id, kind, &offer, true);
                }
            }
            None => {
                if let Some(offer) = offer {
                    self.end_offer(id, kind, &offer, pilot != Some(&offer.agent));
                }
                self.line_mut(kind).take(id);
            }
        }
    }

    fn wait_ended(&mut self, id: ConversationId, at: Time, desk: Option<&DeskId>) {
        let Some(waited) = self.people.get(id).filter(|w| w.want.usual) else { return };
        let (ms, place) = (at.since_ms(waited.want.since), waited.place);
        let Some(desk) = desk else { return };
        if self.waits.len() < DESKS_KEPT || self.waits.contains_key(desk) {
            self.waits.entry(desk.clone()).or_default().ended(at, ms, place);
        }
    }

    /// An agent is connected, for these desks (empty: for every desk). Until it announces itself, it takes whom it wants
    /// and nothing is offered to it.
    pub fn here(&mut self, agent: &Actor, granted: &[DeskId]) {
        if self.agents.len() >= AGENTS_MAX && !self.agents.contains_key(agent) {
            return;
        }
        self.agents.entry(agent.clone()).or_default().granted = granted.to_vec();
        self.take_back_unsuited(agent);
    }

    /// An agent says whom it serves and whether it takes somebody now. Who is not [here](Self::here) yet is, for every desk.
    pub fn announce(&mut self, agent: &Actor, profile: Profile) -> Result<(), ProfileError> {
        profile.check()?;
        if !self.agents.contains_key(agent) {
            self.here(agent, &[]);
        }
        if let Some(known) = self.agents.get_mut(agent) {
            known.profile = profile;
            known.missed = 0;
        }
        self.take_back_unsuited(agent);
        self.trim(agent);
        Ok(())
    }

    /// Takes back what was offered to an agent that may not have it any more.
    fn take_back_unsuited(&mut self, agent: &Actor) {
        let offers = self.offers_of(agent).into_iter();
        let unsuited: Vec<_> = offers.filter(|id| !self.suits(agent, *id)).collect();
        for id in unsuited {
            self.take_back(agent, id, true);
        }
    }

    /// An agent is no longer connected: what was offered to it goes to others.
    pub fn gone(&mut self, agent: &Actor) {
        for id in self.offers_of(agent) {
            self.take_back(agent, id, false);
        }
        self.agents.remove(agent);
    }

    /// An agent does not want the visitor who was offered to it.
    pub fn decline(&mut self, agent: &Actor, id: ConversationId, now: Time) {
        if let Some(known) = self.agents.get_mut(agent) {
            known.missed = 0;
        }
        self.pass(agent, id, now);
    }

    /// Before a claim is decided: whether the agent has room for one more. [`Self::settled`] ends what this begins.
    ///
    /// An agent that became the pilot counts from [`Self::update`] on, so that its room is never given away twice.
    pub fn claim(&mut self, agent: &Actor, id: ConversationId) -> Result<(), Full> {
        if !agent.kind.is_agent() || self.serves.get(agent).is_some_and(|s| s.contains(&id)) {
            return Ok(());
        }
        let capacity =
            self.agents.get(agent).map_or_else(|| Profile::default().capacity, |a| a.profile.capacity);
        let deciding = self.claims.iter().filter(|(other, who)| *who == agent && **other != id).count();
        let full = self.load(agent) + deciding >= usize::try_from(capacity).unwrap_or(usize::MAX);
        #[cfg(test)]
        let full = full && self.fault != super::world::Fault::NoCapacity;
        if full {
            return Err(Full);
        }
        self.claims.insert(id, agent.clone());
        Ok(())
    }

    /// A claim was decided, whatever came of it.
    pub fn settled(&mut self, agent: &Actor, id: ConversationId) {
        if self.claims.get(&id) == Some(agent) {
            self.claims.remove(&id);
        }
    }

    /// How many visitors an agent serves.
    pub fn load(&self, agent: &Actor) -> usize {
        self.serves.get(agent).map_or(0, BTreeSet::len)
    }

    /// The agents that are there.
    pub fn seats(&self) -> impl Iterator<Item = Seat> + '_ {
        self.agents.iter().map(|(actor, agent)| Seat {
            agent: actor.clone(),
            profile: agent.profile.clone(),
            serves: self.load(actor),
        })
    }

    /// The offers that are out.
    pub fn offers(&self) -> impl Iterator<Item = (ConversationId, &Offer)> + '_ {
        let of = |line: &'_ Line| line.ids().collect::<Vec<_>>();
        let people = of(&self.people).into_iter().filter_map(|id| Some((id, self.people.get(id)?)));
        let bots = of(&self.bots).into_iter().filter_map(|id| Some((id, self.bots.get(id)?)));
        people.chain(bots).filter_map(|(id, waiting)| Some((id, waiting.offer.as_ref()?)))
    }

    /// Takes back the offers for which an agent has no room any more, the newest visitor first.
    fn trim(&mut self, agent: &Actor) {
        let Some(known) = self.agents.get(agent) else { return };
        let room =
            usize::try_from(known.profile.capacity).unwrap_or(usize::MAX).saturating_sub(self.load(agent));
        let surplus: Vec<_> = known.offers.iter().copied().skip(room).collect();
        for id in surplus {
            self.take_back(agent, id, true);
        }
    }

    fn offers_of(&self, agent: &Actor) -> Vec<ConversationId> {
        self.agents.get(agent).map_or_else(Vec::new, |a| a.offers.iter().copied().collect())
    }

    /// Whether this agent may have this offer.
    pub(super) fn suits(&self, agent: &Actor, id: ConversationId) -> bool {
        let (Some(known), Some(case)) = (self.agents.get(agent), self.cases.get(&id)) else { return false };
        known.profile.state == super::AgentState::Available && known.serves(case)
    }

    /// The agent does not take this visitor; the next one is asked, and this one not again for a while.
    pub(super) fn pass(&mut self, agent: &Actor, id: ConversationId, now: Time) {
        if !self.take_back(agent, id, true) {
            return;
        }
        if let Some(waiting) = self.line_mut(agent.kind).get_mut(id) {
            waiting.passed.retain(|_, again| *again > now);
            waiting.passed.insert(agent.clone(), now.plus_ms(ASK_AGAIN_MS));
        }
    }

    /// Ends an offer, if it is this agent's.
    pub(super) fn take_back(&mut self, agent: &Actor, id: ConversationId, tell: bool) -> bool {
        let offer = self.line(agent.kind).get(id).and_then(|w| w.offer.clone());
        let Some(offer) = offer.filter(|o| o.agent == *agent) else { return false };
        self.end_offer(id, agent.kind, &offer, tell);
        true
    }

    fn end_offer(&mut self, id: ConversationId, kind: ActorKind, offer: &Offer, tell: bool) {
        if let Some(waiting) = self.line_mut(kind).get_mut(id) {
            waiting.offer = None;
        }
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.offers.remove(&id);
            if tell {
                self.ended.push(Move::Withdraw { conversation: id, agent: offer.agent.clone() });
            }
        }
    }

    /// How many wait for a person at a desk, who are still there.
    fn length(&self, desk: &DeskId) -> usize {
        let waiting = self.people.ids().filter_map(|id| Some((self.people.get(id)?, self.cases.get(&id)?)));
        waiting.filter(|(w, case)| !w.want.message && case.desk == *desk).count()
    }

    pub(super) fn line(&self, kind: ActorKind) -> &Line {
        if kind == ActorKind::Bot { &self.bots } else { &self.people }
    }

    pub(super) fn line_mut(&mut self, kind: ActorKind) -> &mut Line {
        if kind == ActorKind::Bot { &mut self.bots } else { &mut self.people }
    }
}
