//! Ten times as many visitors as usual: what gives way, and in which order.

use super::checks::{check_world, propose};
use super::world::{Fault, World, ask_for_person, bot, kiosk, person, say};
use super::*;
use crate::conversation::{Command, ConversationId, Language, Outcome};

/// How long a person takes for one visitor, in milliseconds.
const SERVICE_MS: u64 = 60_000;
/// One step of the simulation.
const STEP_MS: u64 = 5_000;
/// After so many steps the rules are looked at again.
const LOOK_EVERY: u64 = 6;

#[derive(Default)]
struct Figures {
    /// The longest that a visitor had nobody at all.
    alone_max_ms: u64,
    longest_queue: u32,
    places_told: usize,
    served: usize,
}

/// For ten minutes a visitor comes every `every_ms`, puts a question to whoever is there and asks for a person. Two people
/// serve two at a time; one bot takes 500. Then nobody comes any more, until everybody was served.
fn simulate(every_ms: u64) -> Figures {
    let mut world = World::new(Fault::None);
    world.board.announce(&bot("bot"), Profile::available(500)).unwrap();
    for name in ["ann", "bob"] {
        world.board.announce(&person(name), Profile::available(2)).unwrap();
    }
    let begin = world.now;
    let mut figures = Figures::default();
    let mut busy: Vec<(ConversationId, crate::conversation::Actor, u64)> = Vec::new();
    let (mut next, mut asked) = (0, Vec::new());
    for step in 0u64.. {
        let passed = step * STEP_MS;
        while next < 600_000 && next <= passed {
            let id = world.open("help", Language::En);
            world.does(&kiosk(), id, say("where is my ticket?")).unwrap();
            asked.push(id);
            next += every_ms;
        }
        for one in propose(&mut world).unwrap() {
            let Move::Offer { conversation, agent, .. } = one else { continue };
            world.does(&agent, conversation, Command::Claim).unwrap();
            if agent.kind.is_person() {
                busy.push((conversation, agent, passed + SERVICE_MS));
            } else {
                // The bot answers at once and cannot help: it calls a person and stays.
                world.does(&agent, conversation, say("I call somebody")).unwrap();
                world.does(&agent, conversation, ask_for_person()).unwrap();
            }
        }
        let (done, rest): (Vec<_>, Vec<_>) = busy.into_iter().partition(|(_, _, until)| *until <= passed);
        busy = rest;
        for (id, agent, _) in done {
            world.does(&agent, id, say("there it is")).unwrap();
            world.does(&kiosk(), id, Command::Close { outcome: Outcome::Finished }).unwrap();
            figures.served += 1;
        }
        // Each look goes through all conversations: now and then, and below once more when all is over.
        if step % LOOK_EVERY == 0 {
            check_world(&world).unwrap();
        }
        let alone = world.states.values().filter_map(|s| s.alone_since).map(|t| world.now.since_ms(t)).max();
        figures.alone_max_ms = figures.alone_max_ms.max(alone.unwrap_or(0));
        let places = world.board.places(world.now);
        // Everybody who waits for a person sees a place, and all places are different.
        let waiting = world.states.values().filter(|s| s.waiting.is_some()).count();
        assert_eq!(places.len(), waiting);
        assert!(places.iter().zip(1..).all(|((_, p), n)| p.place == n && p.staffed));
        figures.longest_queue = figures.longest_queue.max(places.first().map_or(0, |(_, p)| p.length));
        figures.places_told += places.len();
        if next >= 600_000 && asked.iter().all(|id| !world.states[id].is_open()) {
            break;
        }
        assert!(world.now.since_ms(begin) < 6 * 3_600_000, "somebody is never served");
        world.wait(STEP_MS);
        // Who waits says nothing meanwhile, and must not be thrown out for that.
        world.time_outs();
    }
    check_world(&world).unwrap();
    assert_eq!(figures.served, asked.len());
    figures
}

#[test]
fn ten_times_the_visitors_lengthen_the_queue_and_nobody_goes_unanswered() {
    let usual = simulate(20_000);
    let surge = simulate(2_000);
    assert_eq!((usual.served, surge.served), (30, 300));
    // First the bot: nobody is alone for longer than one step, surge or not.
    assert!(usual.alone_max_ms <= STEP_MS && surge.alone_max_ms <= STEP_MS, "{}", surge.alone_max_ms);
    // Then the queue, which everybody sees growing; and in the end it is empty again.
    assert!(usual.longest_queue <= 3, "{}", usual.longest_queue);
    assert!(surge.longest_queue > 100 && surge.places_told > 1_000, "{}", surge.longest_queue);
}

#[test]
fn when_even_the_bot_is_full_the_longest_waiting_is_still_first() {
    let mut world = World::new(Fault::None);
    world.board.announce(&bot("bot"), Profile::available(2)).unwrap();
    let ids: Vec<_> = (0..5)
        .map(|_| {
            world.wait(100);
            world.open("help", Language::En)
        })
        .collect();
    let mut answered = Vec::new();
    for _ in 0..5 {
        for one in propose(&mut world).unwrap() {
            let Move::Offer { conversation, agent, .. } = one else { continue };
            world.does(&agent, conversation, Command::Claim).unwrap();
            answered.push(conversation);
        }
        if let Some(first) = ids.iter().find(|id| world.states[*id].pilot.is_some()) {
            world.does(&kiosk(), *first, Command::Close { outcome: Outcome::Finished }).unwrap();
        }
    }
    assert_eq!(answered, ids);
}
