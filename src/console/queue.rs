//! The console's part in who gets whom: this agent's state, offers, colleagues.

use super::input::Wish;
use super::model::{Console, Deed, describe};
use crate::conversation::{Command, ConversationId, Outcome, Time};
use crate::protocol::{AgentEntry, LobbyEntry};
use crate::routing::AgentState;

/// The most offers that are kept; the relay never makes more than this agent's capacity.
const OFFERS_MAX: usize = 1_000;

impl Console {
    /// What this agent says about itself when it comes.
    pub fn greet(&self) -> Vec<Deed> {
        vec![Deed::Announce(self.profile.clone())]
    }

    /// The relay offers a visitor.
    pub fn on_offer(&mut self, entry: &LobbyEntry, until: Time, now: Time) -> Vec<Deed> {
        let id = entry.conversation;
        let number = self.number(id);
        self.offers.retain(|o| *o != id);
        if self.offers.len() < OFFERS_MAX {
            self.offers.push(id);
        }
        let secs = until.since_ms(now) / 1000;
        let line = describe(number, entry, now);
        vec![Deed::Show(format!("? for you, {secs} s: {line} (/accept {number} or /decline {number})"))]
    }

    /// An offer is over.
    pub fn on_withdrawn(&mut self, id: ConversationId) -> Vec<Deed> {
        let offered = self.offers.iter().position(|o| *o == id);
        let Some(place) = offered else { return Vec::new() };
        self.offers.remove(place);
        let number = self.number(id);
        vec![Deed::Show(format!("#{number} is no longer on offer"))]
    }

    /// Who is there. Says so when the relay takes this agent to be away.
    pub fn on_agents(&mut self, agents: Vec<AgentEntry>) -> Vec<Deed> {
        self.agents = agents;
        let away = self.agents.iter().any(|a| a.agent == self.me && a.state == AgentState::Away);
        if !away || self.profile.state == AgentState::Away {
            return Vec::new();
        }
        self.profile.state = AgentState::Away;
        let line = "you did not answer, so nothing is offered to you any more: /available when you are back";
        // Said again after a new connection, too.
        vec![Deed::Announce(self.profile.clone()), Deed::Show(line.to_owned())]
    }

    /// What follows from a wish about offers, states and colleagues.
    pub(super) fn wish_queue(&mut self, wish: Wish) -> Vec<Deed> {
        match wish {
            Wish::State(state) => {
                let line = match &state {
                    AgentState::Available => "you are available: visitors are offered to you".to_owned(),
                    AgentState::Busy => "you are busy: take whom you want with /take".to_owned(),
                    AgentState::Break { reason } => format!("you are on a break: {reason}"),
                    AgentState::Away => "you are away".to_owned(),
                };
                self.profile.state = state;
                vec![Deed::Announce(self.profile.clone()), Deed::Show(line)]
            }
            Wish::Agents if self.agents.is_empty() => vec![Deed::Show("nobody is there".to_owned())],
            Wish::Agents => self.agents.iter().map(|a| Deed::Show(colleague(a))).collect(),
            Wish::Accept(number) => match self.offered(number) {
                Some(id) => {
                    self.offers.retain(|o| *o != id);
                    self.join(id, true)
                }
                None => vec![Deed::Show("nobody is offered to you: /list shows who is here".to_owned())],
            },
            Wish::Decline(number) => match self.offered(number) {
                Some(id) => {
                    self.offers.retain(|o| *o != id);
                    vec![Deed::Decline(id), Deed::Show("the next one is asked".to_owned())]
                }
                None => vec![Deed::Show("nobody is offered to you".to_owned())],
            },
            Wish::Pass { to, note } => self.in_current(true, |_| Command::Transfer { to, note }),
            Wish::Done => self.in_current(true, |_| Command::Close { outcome: Outcome::Finished }),
            _ => Vec::new(),
        }
    }

    /// The oldest offer, or the one with this number.
    fn offered(&self, number: Option<u32>) -> Option<ConversationId> {
        match number {
            None => self.offers.first().copied(),
            Some(_) => {
                let is = |id: &&ConversationId| self.numbers.get(*id).copied() == number;
                self.offers.iter().find(is).copied()
            }
        }
    }

    /// How many wait for a person, and for how long.
    pub(super) fn queue_line(&self, now: Time) -> Option<String> {
        let waiting: Vec<_> = self.lobby.iter().filter(|e| !e.message).filter_map(|e| e.waiting).collect();
        let longest = waiting.iter().map(|(since, _)| now.since_ms(*since) / 1000).max()?;
        let messages = self.lobby.iter().filter(|e| e.message && e.pilot.is_none()).count();
        let messages = if messages > 0 { format!("; {messages} messages wait") } else { String::new() };
        Some(format!("queue: {} wait for a person, the longest {longest} s{messages}", waiting.len()))
    }
}

fn colleague(entry: &AgentEntry) -> String {
    let state = match &entry.state {
        AgentState::Available => "available".to_owned(),
        AgentState::Busy => "busy".to_owned(),
        AgentState::Break { reason } => format!("on a break ({reason})"),
        AgentState::Away => "away".to_owned(),
    };
    format!("{}: {state}, serves {} of {}", entry.agent.id, entry.serves, entry.capacity)
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{answer, entry, id, me, taken};
    use super::*;
    use crate::conversation::Target;
    use crate::routing::Profile;

    fn shown(deeds: &[Deed]) -> String {
        let lines = deeds.iter().filter_map(|d| match d {
            Deed::Show(line) => Some(line.as_str()),
            _ => None,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_offer_is_accepted_or_declined_or_taken_back() {
        let mut console = Console::new(me(), Profile::available(2));
        let offered = console.on_offer(&entry(true), Time(80_000), Time(60_000));
        assert!(shown(&offered).contains("? for you, 20 s: #1 main"), "{offered:?}");
        assert_eq!(console.wish(Wish::Decline(None), answer(), Time(1))[0], Deed::Decline(id()));
        assert!(shown(&console.wish(Wish::Accept(None), answer(), Time(1))).contains("nobody is offered"));
        console.on_offer(&entry(true), Time(80_000), Time(60_000));
        assert!(shown(&console.on_withdrawn(id())).contains("no longer"));
        console.on_offer(&entry(true), Time(80_000), Time(60_000));
        let accepted = console.wish(Wish::Accept(Some(1)), answer(), Time(1));
        assert_eq!(accepted, [Deed::Follow(id()), Deed::Send(id(), Command::Claim)]);
    }

    #[test]
    fn who_is_served_is_never_out_of_sight() {
        let mut console = Console::new(me(), Profile::available(2));
        let mine = LobbyEntry { pilot: Some(me()), ..entry(false) };
        let deeds = console.on_lobby(vec![mine.clone()], Time(1));
        assert!(shown(&deeds).contains("you serve visitor 1"), "{deeds:?}");
        assert!(deeds.contains(&Deed::Follow(id())) && !deeds.contains(&Deed::Send(id(), Command::Claim)));
        assert_eq!(console.on_lobby(vec![mine], Time(2)), []);
    }

    #[test]
    fn a_state_is_announced_and_who_does_not_answer_is_told() {
        let mut console = Console::new(me(), Profile::available(2));
        assert_eq!(console.greet(), [Deed::Announce(Profile::available(2))]);
        let lunch = AgentState::Break { reason: "lunch".into() };
        let deeds = console.wish(Wish::State(lunch.clone()), answer(), Time(1));
        assert_eq!(deeds[0], Deed::Announce(Profile { state: lunch, ..Profile::available(2) }));
        console.wish(Wish::State(AgentState::Available), answer(), Time(1));
        let entry = AgentEntry { agent: me(), state: AgentState::Away, capacity: 2, serves: 0 };
        let deeds = console.on_agents(vec![entry.clone()]);
        assert!(shown(&deeds).contains("/available when you are back"), "{deeds:?}");
        assert_eq!(console.on_agents(vec![entry]), []);
        assert_eq!(shown(&console.wish(Wish::Agents, answer(), Time(1))), "ann: away, serves 0 of 2");
    }

    #[test]
    fn a_visitor_is_passed_on_only_by_who_serves_them() {
        let pass = || Wish::Pass { to: Target::Supervisor, note: Some("a complaint".into()) };
        let refused = Console::new(me(), Profile::default()).wish(pass(), answer(), Time(1));
        assert!(shown(&refused).contains("nobody is taken"));
        let command = Command::Transfer { to: Target::Supervisor, note: Some("a complaint".into()) };
        assert_eq!(taken().wish(pass(), answer(), Time(1)), [Deed::Send(id(), command)]);
        let closed = taken().wish(Wish::Done, answer(), Time(1));
        assert_eq!(closed, [Deed::Send(id(), Command::Close { outcome: Outcome::Finished })]);
    }
}
