//! What must hold at any time, checked from outside; and each check is shown to notice its fault.

use std::collections::BTreeMap;

use super::world::{Fault, World, ask_for_person, bot, person};
use super::*;
use crate::conversation::{Actor, ActorKind, Command, ConversationId, Language, Time};

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
            let free = load < count && load < known.profile.capacity as usize;
            free && is_bot(b) == is_bot(agent) && may_ask(after, b, *conversation, now)
        });
        if let (Some((better, _)), None) = (better, &case.target) {
            return Err(format!("{} has less to do than {}", better.id, agent.id));
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
            world.does(&super::world::kiosk(), id, ask_for_person()).unwrap();
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
            world.does(&super::world::kiosk(), id, ask_for_person()).unwrap();
        }
        world.board.announce(&person("ann"), Profile::available(1)).unwrap();
        world.board.announce(&bot("bot"), Profile::available(9)).unwrap();
        assert_eq!(propose(&mut world).is_ok(), right, "{fault:?}");
    }
}
