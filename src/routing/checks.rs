//! What must hold at any time, checked from outside; and each check is shown to notice its fault.

use std::collections::BTreeMap;

use super::world::{ANSWER_MS, Fault, World, ask_for_person, bot, kiosk, person, say};
use super::*;
use crate::conversation::{Actor, ActorKind, Command, ConversationId, Event, Fact, Language, Time};

/// Loads, lines and capacities, against the states of the conversations.
pub fn check_world(world: &World) -> Result<(), String> {
    let board = &world.board;
    for seat in board.seats() {
        let (load, expected) = (board.load(&seat.agent), world.load_by_states(&seat.agent));
        if load != expected {
            return Err(format!("{} serves {expected}, the board says {load}", seat.agent.id));
        }
    }
    for (id, state) in &world.states {
        let case = Case::of(state);
        for (line, want) in [
            (&board.people, case.as_ref().and_then(|c| c.person)),
            (&board.bots, case.as_ref().and_then(|c| c.bot)),
        ] {
            if line.get(*id).map(|w| w.want) != want {
                return Err(format!("{id} was forgotten: it wants {want:?}"));
            }
        }
    }
    let mut asked: BTreeMap<&Actor, usize> = BTreeMap::new();
    for (_, offer) in board.offers() {
        *asked.entry(&offer.agent).or_default() += 1;
    }
    for (agent, offers) in asked {
        let known = board.agents.get(agent).ok_or("an offer to somebody who is not there")?;
        if offers != known.offers.len() || board.load(agent) + offers > known.profile.capacity as usize {
            return Err(format!("{} is offered more than it has room for", agent.id));
        }
    }
    let mut again = Board::new(board.pace);
    for (id, state) in world.replayed() {
        again.update(id, &state);
    }
    let same = again.cases == board.cases && again.serves == board.serves;
    if !same || !again.people.ids().eq(board.people.ids()) || !again.bots.ids().eq(board.bots.ids()) {
        return Err("the replay gives another board".to_owned());
    }
    Ok(())
}

/// A claim that was let through.
pub fn check_claim(world: &World, agent: &Actor) -> Result<(), String> {
    let capacity = world.board.agents.get(agent).map_or(CAPACITY_MAX, |a| a.profile.capacity);
    let load = world.load_by_states(agent);
    if load > capacity as usize { Err(format!("{} serves {load} of {capacity}", agent.id)) } else { Ok(()) }
}

/// A visit, as its events alone tell it.
#[derive(Default)]
struct Told<'a> {
    pilot: Option<&'a Actor>,
    /// Since when the visitor waits for words, and since when the pilot has done nothing.
    since: Option<Time>,
    /// A person was asked for.
    asked: bool,
    over: bool,
}

impl<'a> Told<'a> {
    fn follow(&mut self, event: &'a Event) {
        let by_visitor = event.actor.kind == ActorKind::Visitor;
        if self.pilot == Some(&event.actor) {
            self.since = self.since.map(|_| event.at);
        }
        match &event.fact {
            Fact::Said { thanks: true, .. } if by_visitor => {}
            Fact::Said { .. } if by_visitor => self.since = self.since.or(Some(event.at)),
            Fact::Said { last: true, .. } => self.since = None,
            Fact::HandoffRequested { .. } | Fact::Transferred { .. } => self.asked = true,
            Fact::Released { agent, to_bot } => {
                if event.actor == *agent {
                    self.asked = !*to_bot;
                }
                self.pilot = None;
            }
            Fact::Assigned { agent } => {
                let first_word = self.asked && agent.kind.is_person();
                self.since = self.since.or(first_word.then_some(event.at)).map(|_| event.at);
                self.asked &= !agent.kind.is_person();
                self.pilot = Some(agent);
            }
            Fact::Closed { .. } | Fact::VisitorLeft { .. } => self.over = true,
            _ => {}
        }
    }
}

/// Nobody waits for words of a pilot who shows no sign of life for longer than the bound; except in the queue.
pub fn check_answered(world: &World) -> Result<(), String> {
    let mut told: BTreeMap<ConversationId, Told<'_>> = BTreeMap::new();
    for (id, event) in &world.events {
        told.entry(*id).or_default().follow(event);
    }
    for (id, visit) in told {
        let (Some(pilot), Some(since)) = (visit.pilot, visit.since) else { continue };
        let since = world.seen.get(&id).map_or(since, |seen| since.max(*seen));
        let queued = is_bot(pilot) && visit.asked;
        if !visit.over && !queued && world.now.since_ms(since) >= ANSWER_MS {
            return Err(format!("{id} goes unanswered: {} is silent since {}", pilot.id, since.0));
        }
    }
    Ok(())
}

fn is_bot(agent: &Actor) -> bool {
    agent.kind == ActorKind::Bot
}

/// Whether this agent may be asked about this one at all, room aside.
fn may_ask(board: &Board, agent: &Actor, id: ConversationId, now: Time) -> bool {
    let passed = board.line(agent.kind).get(id).and_then(|w| w.passed.get(agent).copied());
    board.suits(agent, id) && passed.is_none_or(|again| again <= now)
}

/// Proposes, and looks whether the proposal is right: longest-waiting first among equals, least loaded first, nobody
/// left waiting for whom there is room.
pub fn propose(world: &mut World) -> Result<Vec<Move>, String> {
    let (before, now) = (world.board.clone(), world.now);
    let moves = world.board.propose(now);
    let after = &world.board;
    let mut counts: BTreeMap<Actor, usize> = BTreeMap::new();
    for (actor, agent) in &before.agents {
        // What was withdrawn by an event is told only now, but counts no more.
        counts.insert(actor.clone(), before.load(actor) + agent.offers.len());
    }
    let lapsed: Vec<_> =
        before.offers().filter(|(_, o)| o.until <= now).map(|(_, o)| o.agent.clone()).collect();
    for agent in lapsed {
        *counts.entry(agent).or_default() -= 1;
    }
    for one in &moves {
        let Move::Offer { conversation, agent, .. } = one else { continue };
        let case = after.cases.get(conversation).ok_or("an offer of nobody")?;
        let key = after.line(agent.kind).get(*conversation).ok_or("not in the line")?.want.key(*conversation);
        for other in after.line(agent.kind).ids() {
            let waiting = after.line(agent.kind).get(other).ok_or("not in the line")?;
            let waits = waiting.offer.is_none() && waiting.want.from <= now && waiting.want.key(other) < key;
            let equal = after.cases.get(&other).is_some_and(|c| {
                (&c.desk, c.language, &c.skills, &c.target)
                    == (&case.desk, case.language, &case.skills, &case.target)
            });
            if waits && equal && may_ask(after, agent, other, now) {
                return Err(format!("{other} waits longer than {conversation}, who was offered"));
            }
        }
        let count = counts.get(agent).copied().unwrap_or(0);
        let better = after.agents.iter().find(|(b, known)| {
            let load = counts.get(*b).copied().unwrap_or(0);
            let free = load < count && load < known.profile.capacity as usize && !case.silent.contains(b);
            free && is_bot(b) == is_bot(agent) && may_ask(after, b, *conversation, now)
        });
        if let (Some((better, _)), None) = (better, &case.target) {
            return Err(format!("{} has less to do than {}", better.id, agent.id));
        }
        if case.silent.contains(agent) && case.target.is_none() {
            let other = |b: &Actor| {
                let known = before.agents.get(b);
                let room = known.is_some_and(|known| {
                    counts.get(b).copied().unwrap_or(0) < known.profile.capacity as usize
                });
                room && !is_bot(b) && !case.silent.contains(b) && may_ask(after, b, *conversation, now)
            };
            if let Some(other) = after.agents.keys().find(|b| other(b)) {
                return Err(format!("{} did not answer before, and {} is free", agent.id, other.id));
            }
        }
        *counts.entry(agent.clone()).or_default() += 1;
    }
    for kind in [ActorKind::Bot, ActorKind::Person] {
        for id in after.line(kind).ids() {
            let waiting = after.line(kind).get(id).ok_or("not in the line")?;
            if waiting.offer.is_some() || waiting.want.from > now {
                continue;
            }
            let idle = |a: &&Actor| is_bot(a) == (kind == ActorKind::Bot) && after.room(a) > 0;
            if let Some(agent) = after.agents.keys().filter(idle).find(|a| may_ask(after, a, id, now)) {
                return Err(format!("{id} waits although {} is free", agent.id));
            }
        }
    }
    Ok(moves)
}

/// Three visitors ask for a person one after the other; Ann, who takes two, comes, and takes who is offered.
fn scene(fault: Fault) -> Result<(), String> {
    let mut world = World::new(fault);
    let ids: Vec<_> = (0..3)
        .map(|_| {
            world.wait(1_000);
            let id = world.open("help", Language::En);
            world.does(&kiosk(), id, ask_for_person()).unwrap();
            id
        })
        .collect();
    check_world(&world)?;
    world.board.announce(&person("ann"), Profile::available(2)).unwrap();
    world.board.announce(&person("bob"), Profile::available(2)).unwrap();
    let moves = propose(&mut world)?;
    check_world(&world)?;
    if moves.len() != 3 {
        return Err(format!("{moves:?}"));
    }
    for id in ids {
        let done = world.does(&person("ann"), id, Command::Claim);
        check_claim(&world, &person("ann"))?;
        if id == *world.states.keys().next_back().unwrap() && done.is_ok() {
            return Err("a third claim was let through".to_owned());
        }
        check_world(&world)?;
    }
    Ok(())
}

#[test]
fn the_checks_notice_what_is_broken() {
    assert_eq!(scene(Fault::None), Ok(()));
    let error = |fault| scene(fault).unwrap_err();
    assert!(error(Fault::NoCapacity).contains("serves 3 of 2"), "{}", error(Fault::NoCapacity));
    assert!(error(Fault::Forgets).contains("was forgotten"), "{}", error(Fault::Forgets));
    assert!(error(Fault::MostLoaded).contains("has less to do"), "{}", error(Fault::MostLoaded));
}

#[test]
fn the_check_of_the_order_notices_that_the_newest_comes_first() {
    for (fault, right) in [(Fault::None, true), (Fault::NewestFirst, false)] {
        let mut world = World::new(fault);
        for _ in 0..2 {
            world.wait(1_000);
            let id = world.open("help", Language::En);
            world.does(&kiosk(), id, ask_for_person()).unwrap();
        }
        world.board.announce(&person("ann"), Profile::available(1)).unwrap();
        world.board.announce(&bot("bot"), Profile::available(9)).unwrap();
        assert_eq!(propose(&mut world).is_ok(), right, "{fault:?}");
    }
}

/// Ann takes a visitor and says nothing; Bob is free, and has more to do.
fn silence(fault: Fault) -> Result<(), String> {
    let mut world = World::new(fault);
    for (name, capacity) in [("ann", 5), ("bob", 5)] {
        world.board.announce(&person(name), Profile::available(capacity)).unwrap();
    }
    let mut ids = Vec::new();
    for name in ["ann", "bob", "bob"] {
        let id = world.open("help", Language::En);
        world.does(&kiosk(), id, ask_for_person()).unwrap();
        world.does(&person(name), id, Command::Claim).unwrap();
        ids.push(id);
    }
    for id in &ids[1..] {
        world.does(&person("bob"), *id, say("hello")).unwrap();
    }
    for _ in 0..ANSWER_MS / 1_000 {
        world.wait(1_000);
        world.time_outs();
        check_answered(&world)?;
        propose(&mut world)?;
        check_world(&world)?;
    }
    let offer = world.board.offers().next().map(|(id, offer)| (id, offer.agent.clone()));
    if offer == Some((ids[0], person("bob"))) { Ok(()) } else { Err(format!("{offer:?}")) }
}

#[test]
fn the_check_of_answers_notices_a_silent_pilot_and_who_is_asked_next() {
    assert_eq!(silence(Fault::None), Ok(()));
    let error = |fault| silence(fault).unwrap_err();
    assert!(error(Fault::Patient).contains("ann is silent since"), "{}", error(Fault::Patient));
    assert!(error(Fault::SilentFirst).contains("did not answer before"), "{}", error(Fault::SilentFirst));
}
