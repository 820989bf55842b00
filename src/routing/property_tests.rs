//! What must hold whatever happens, in any order; and single cases.

use proptest::prelude::*;

use super::checks::{check_answered, check_claim, check_world, propose};
use super::world::{ANSWER_MS, Fault, World, actor, ask_for_person, bot, kiosk, person, say};
use super::*;
use crate::conversation::{
    Actor, ActorKind, Command, ConversationId, HandoffReason, Language, Outcome, Target,
};

#[derive(Debug, Clone)]
enum Act {
    Open {
        desk: u8,
        zh: bool,
    },
    Visitor {
        who: usize,
        command: Command,
    },
    Agent {
        agent: usize,
        who: usize,
        command: Command,
    },
    /// The first offer that is out is taken or declined.
    Answer {
        takes: bool,
    },
    Announce {
        agent: usize,
        profile: Profile,
    },
    Gone {
        agent: usize,
    },
    Writes {
        agent: usize,
        who: usize,
    },
    Wait {
        ms: u64,
    },
}

fn agents() -> Vec<Actor> {
    let sue = actor("sue", ActorKind::Supervisor);
    vec![bot("bot-1"), bot("bot-2"), person("ann"), person("bob"), sue]
}

fn skills() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(vec!["wallets".to_owned(), "land".to_owned()], 0..=2)
}

fn profile() -> impl Strategy<Value = Profile> {
    let state = prop_oneof![
        6 => Just(AgentState::Available),
        1 => Just(AgentState::Busy),
        1 => Just(AgentState::Break { reason: "lunch".into() }),
        1 => Just(AgentState::Away),
    ];
    let desks = prop::sample::subsequence(vec!["help".parse().unwrap(), "shop".parse().unwrap()], 0..=2);
    let languages = prop::sample::subsequence(vec![Language::En, Language::Zh], 0..=2);
    (state, 1u32..4, desks, skills(), languages).prop_map(|(state, capacity, desks, skills, languages)| {
        Profile { state, capacity, desks, skills, languages }
    })
}

fn act() -> impl Strategy<Value = Act> {
    let visitor = prop_oneof![
        4 => Just(ask_for_person()),
        1 => Just(say("hello")),
        1 => skills().prop_map(|skills| Command::Need { skills }),
        1 => Just(Command::ChooseLanguage { language: Language::Zh }),
        1 => Just(Command::LeaveMessage { text: "call me".into() }),
        2 => Just(Command::Close { outcome: Outcome::Finished }),
    ];
    let target = prop_oneof![
        Just(Target::Agent("bob".parse().unwrap())),
        Just(Target::Supervisor),
        skills().prop_map(|skills| Target::Queue { desk: Some("shop".parse().unwrap()), skills }),
    ];
    let agent = prop_oneof![
        4 => Just(Command::Claim),
        2 => Just(say("it is over there")),
        2 => any::<bool>().prop_map(|to_bot| Command::Release { to_bot }),
        2 => target.prop_map(|to| Command::Transfer { to, note: Some("see".into()) }),
        1 => Just(ask_for_person()),
        1 => Just(Command::Close { outcome: Outcome::Finished }),
    ];
    prop_oneof![
        3 => (0u8..2, any::<bool>()).prop_map(|(desk, zh)| Act::Open { desk, zh }),
        4 => (0usize..8, visitor).prop_map(|(who, command)| Act::Visitor { who, command }),
        4 => (0usize..5, 0usize..8, agent).prop_map(|(agent, who, command)| Act::Agent { agent, who, command }),
        5 => any::<bool>().prop_map(|takes| Act::Answer { takes }),
        3 => (0usize..5, profile()).prop_map(|(agent, profile)| Act::Announce { agent, profile }),
        1 => (0usize..5).prop_map(|agent| Act::Gone { agent }),
        1 => (0usize..5, 0usize..8).prop_map(|(agent, who)| Act::Writes { agent, who }),
        4 => (0u64..40_000).prop_map(|ms| Act::Wait { ms }),
    ]
}

fn nth(world: &World, n: usize) -> Option<ConversationId> {
    world.states.keys().nth(n % world.states.len().max(1)).copied()
}

fn perform(world: &mut World, act: Act) -> Result<(), String> {
    match act {
        Act::Open { desk, zh } => {
            world.open(if desk == 0 { "help" } else { "shop" }, if zh { Language::Zh } else { Language::En });
        }
        Act::Visitor { who, command } => {
            if let Some(id) = nth(world, who) {
                drop(world.does(&kiosk(), id, command));
            }
        }
        Act::Agent { agent, who, command } => {
            if let Some(id) = nth(world, who) {
                claim_or(world, &agents()[agent], id, command)?;
            }
        }
        Act::Answer { takes } => {
            let first = world.board.offers().next().map(|(id, offer)| (id, offer.agent.clone()));
            if let Some((id, agent)) = first {
                match takes {
                    true => claim_or(world, &agent, id, Command::Claim)?,
                    false => world.board.decline(&agent, id, world.now),
                }
            }
        }
        Act::Announce { agent, profile } => world.board.announce(&agents()[agent], profile).unwrap(),
        Act::Gone { agent } => world.board.gone(&agents()[agent]),
        Act::Writes { agent, who } => {
            if let Some(id) = nth(world, who) {
                world.writes(&agents()[agent], id);
            }
        }
        Act::Wait { ms } => {
            world.wait(ms);
            world.time_outs();
        }
    }
    Ok(())
}

fn claim_or(world: &mut World, agent: &Actor, id: ConversationId, command: Command) -> Result<(), String> {
    let before = world.load_by_states(agent);
    let done = world.does(agent, id, command);
    // An agent may lower its capacity below what it serves; but then nothing more is let through.
    if done.is_ok() && world.load_by_states(agent) > before {
        check_claim(world, agent)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_rules(acts in prop::collection::vec(act(), 0..80)) {
        let mut world = World::new(Fault::None);
        for act in acts {
            let told = format!("{act:?}");
            let kept = perform(&mut world, act)
                .and_then(|()| check_world(&world))
                .and_then(|()| propose(&mut world).map(drop))
                .and_then(|()| check_world(&world))
                .and_then(|()| check_answered(&world));
            prop_assert!(kept.is_ok(), "after {told}: {}", kept.unwrap_err());
        }
        // With somebody who takes everything and answers, everybody is served, and the messages too: also those who have
        // a pilot that says nothing.
        for agent in agents() {
            world.board.announce(&agent, Profile::available(1_000)).unwrap();
        }
        for _ in 0..40 {
            world.wait(5_000);
            world.time_outs();
            for one in propose(&mut world).map_err(TestCaseError::fail)? {
                if let Move::Offer { conversation, agent, .. } = one {
                    // Another agent may have been quicker in this round.
                    drop(world.does(&agent, conversation, Command::Claim));
                    drop(world.does(&agent, conversation, say("here I am")));
                }
            }
            check_world(&world).map_err(TestCaseError::fail)?;
            check_answered(&world).map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(world.board.people.len() + world.board.bots.len(), 0, "somebody still waits");
        let owed = world.states.values().filter(|s| s.owed.is_some_and(|at| world.now.since_ms(at) >= ANSWER_MS));
        prop_assert_eq!(owed.count(), 0, "somebody is still not answered");
    }
}

fn offers(moves: &[Move]) -> Vec<(&str, ConversationId)> {
    let offers = moves.iter().filter_map(|m| match m {
        Move::Offer { conversation, agent, .. } => Some((agent.id.as_str(), *conversation)),
        _ => None,
    });
    offers.collect()
}

/// A world in which these people are available, each for so many.
fn staffed(people: &[(&str, u32)]) -> World {
    let mut world = World::new(Fault::None);
    for (name, capacity) in people {
        world.board.announce(&person(name), Profile::available(*capacity)).unwrap();
    }
    world
}

fn asking(world: &mut World) -> ConversationId {
    world.wait(10);
    let id = world.open("help", Language::En);
    world.does(&kiosk(), id, ask_for_person()).unwrap();
    id
}

#[test]
fn who_does_not_answer_is_passed_over_and_in_the_end_taken_to_be_away() {
    let mut world = staffed(&[("ann", 3), ("bob", 3)]);
    let id = asking(&mut world);
    let mut asked = Vec::new();
    for _ in 0..6 {
        let moves = propose(&mut world).unwrap();
        asked.extend(offers(&moves).into_iter().map(|(name, _)| name.to_owned()));
        world.wait(Pace::default().person_ms);
    }
    assert_eq!(asked, ["ann", "bob", "ann", "bob", "ann", "bob"]);
    let moves = propose(&mut world).unwrap();
    assert!(moves.contains(&Move::Away { agent: person("bob") }), "{moves:?}");
    assert!(!world.board.places(world.now)[0].1.staffed);
    world.board.announce(&person("ann"), Profile::available(3)).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", id)]);
}

#[test]
fn desk_language_and_skills_decide_who_is_asked() {
    let mut world = World::new(Fault::None);
    let zh = Profile { languages: vec![Language::Zh], ..Profile::available(9) };
    let wallets = Profile { skills: vec!["wallets".into()], ..Profile::available(9) };
    let shop = Profile { desks: vec!["shop".parse().unwrap()], ..Profile::available(9) };
    for (name, profile) in [("li", zh), ("wanda", wallets), ("shawn", shop)] {
        world.board.announce(&person(name), profile).unwrap();
    }
    let id = asking(&mut world);
    let need = |skill: &str| Command::Need { skills: vec![skill.to_owned()] };
    world.does(&kiosk(), id, need("land")).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), []);
    assert!(!world.board.places(world.now)[0].1.staffed);
    world.does(&kiosk(), id, need("wallets")).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), [("wanda", id)]);
    world.does(&kiosk(), id, Command::ChooseLanguage { language: Language::Zh }).unwrap();
    world.does(&kiosk(), id, need("land")).unwrap();
    let moves = propose(&mut world).unwrap();
    assert_eq!(moves[0], Move::Withdraw { conversation: id, agent: person("wanda") });
    assert_eq!(offers(&moves), [("li", id)]);
}

#[test]
fn the_desks_that_the_host_has_given_bound_what_an_agent_announces() {
    let mut world = World::new(Fault::None);
    let (help, shop) = ("help".parse().unwrap(), "shop".parse().unwrap());
    world.board.here(&person("shawn"), std::slice::from_ref(&shop));
    world.board.announce(&person("shawn"), Profile::available(9)).unwrap();
    let id = asking(&mut world);
    assert_eq!(offers(&propose(&mut world).unwrap()), []);
    assert!(!world.board.places(world.now)[0].1.staffed);
    // He names the desk himself: that gives it to nobody.
    let wants = Profile { desks: vec![help], ..Profile::available(9) };
    world.board.announce(&person("shawn"), wants.clone()).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), []);
    world.board.here(&person("shawn"), &[]);
    assert!(world.board.places(world.now)[0].1.staffed);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("shawn", id)]);
    // Come back with fewer desks, he is asked no more.
    world.board.here(&person("shawn"), &[shop]);
    let moves = propose(&mut world).unwrap();
    assert_eq!(moves, [Move::Withdraw { conversation: id, agent: person("shawn") }]);
}

#[test]
fn a_visitor_who_is_passed_on_comes_to_the_one_named_and_not_to_the_end_of_the_queue() {
    let mut world = staffed(&[("ann", 1), ("bob", 1)]);
    let first = asking(&mut world);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", first)]);
    world.does(&person("ann"), first, Command::Claim).unwrap();
    let (second, third) = (asking(&mut world), asking(&mut world));
    assert_eq!(offers(&propose(&mut world).unwrap()), [("bob", second)]);
    let to = Target::Agent("bob".parse().unwrap());
    world.does(&person("ann"), first, Command::Transfer { to, note: None }).unwrap();
    // Bob is asked about another one, so it is Ann's turn again: the longest-waiting first.
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", first)]);
    world.board.decline(&person("ann"), first, world.now);
    world.board.decline(&person("bob"), second, world.now);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("bob", first), ("ann", second)]);
    assert_eq!(world.board.places(world.now).len(), 3);
    assert_eq!(world.board.places(world.now)[2].0, third);
}

#[test]
fn a_message_waits_for_the_next_person_behind_those_who_are_there() {
    let mut world = World::new(Fault::None);
    let message = asking(&mut world);
    assert!(!world.board.places(world.now)[0].1.staffed);
    world.does(&kiosk(), message, Command::LeaveMessage { text: "ring me".into() }).unwrap();
    world.does(&kiosk(), message, Command::Close { outcome: Outcome::Finished }).unwrap();
    assert!(world.states[&message].is_open() && world.states[&message].visitor_left.is_some());
    assert!(world.does(&kiosk(), message, say("still here")).is_err());
    assert!(world.does(&bot("bot"), message, Command::Claim).is_err());
    world.wait(crate::conversation::IDLE_CLOSE_MS * 4);
    world.time_outs();
    let present = asking(&mut world);
    assert_eq!(world.board.places(world.now).len(), 1, "who has gone has no place to be told");
    world.board.announce(&person("ann"), Profile::available(2)).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", present), ("ann", message)]);
    world.does(&person("ann"), message, Command::Claim).unwrap();
    world.does(&person("ann"), message, Command::Release { to_bot: true }).unwrap();
    assert!(world.board.people.get(message).is_some(), "not taken care of yet");
    world.does(&person("ann"), message, Command::Claim).unwrap();
    world.does(&person("ann"), message, Command::Close { outcome: Outcome::Finished }).unwrap();
    assert!(!world.states[&message].is_open());
}

#[test]
fn places_move_up_and_an_estimate_comes_with_experience() {
    let mut world = staffed(&[("ann", 1)]);
    for n in 0..WAITS_MIN {
        let id = asking(&mut world);
        propose(&mut world).unwrap();
        assert_eq!(world.board.places(world.now)[0].1.estimate, None, "after {n} waits");
        world.wait(10_000);
        world.does(&person("ann"), id, Command::Claim).unwrap();
        world.does(&person("ann"), id, Command::Close { outcome: Outcome::Finished }).unwrap();
    }
    let (first, second) = (asking(&mut world), asking(&mut world));
    let places = world.board.places(world.now);
    let estimate = |low_secs, high_secs| Some(Estimate { low_secs, high_secs });
    assert_eq!(places[0].1, QueuePlace { place: 1, length: 2, staffed: true, estimate: estimate(10, 10) });
    assert_eq!((places[1].0, places[1].1.estimate), (second, estimate(20, 20)));
    world.does(&person("ann"), first, Command::Claim).unwrap();
    assert_eq!(world.board.places(world.now)[0].1.place, 1);
}

#[test]
fn without_a_bot_a_person_steps_in_and_a_bot_keeps_company_when_it_takes_long() {
    let mut world = staffed(&[("ann", 9)]);
    let id = world.open("help", Language::En);
    assert_eq!(offers(&propose(&mut world).unwrap()), []);
    world.wait(PERSON_STEPS_IN_MS);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", id)]);
    world.does(&person("ann"), id, Command::Claim).unwrap();
    world.board.gone(&person("ann"));
    world.board.announce(&bot("bot"), Profile::available(9)).unwrap();
    world.does(&person("ann"), id, Command::Release { to_bot: false }).unwrap();
    assert_eq!(offers(&propose(&mut world).unwrap()), []);
    assert!(world.does(&bot("bot"), id, Command::Claim).is_err());
    world.wait(crate::conversation::BOT_RETURNS_MS);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("bot", id)]);
    world.does(&bot("bot"), id, Command::Claim).unwrap();
    assert!(world.states[&id].waiting.is_some() && world.board.people.get(id).is_some());
}

#[test]
fn one_person_holds_several_desks_and_conversations() {
    let mut world = World::new(Fault::None);
    let desks = vec!["help".parse().unwrap(), "shop".parse().unwrap()];
    world.board.announce(&person("ann"), Profile { desks, ..Profile::available(2) }).unwrap();
    let ids = ["shop", "tours", "help"].map(|desk| {
        world.wait(10);
        let id = world.open(desk, Language::En);
        world.does(&kiosk(), id, ask_for_person()).unwrap();
        id
    });
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", ids[0]), ("ann", ids[2])]);
    assert!(!world.board.places(world.now)[1].1.staffed, "nobody serves the tours");
}

#[test]
fn who_is_not_answered_comes_to_the_next_one_and_before_those_who_came_later() {
    let mut world = staffed(&[("ann", 1)]);
    let first = asking(&mut world);
    world.does(&person("ann"), first, Command::Claim).unwrap();
    let second = asking(&mut world);
    // Ann writes for a while, and nothing comes of it.
    world.wait(ANSWER_MS - 1);
    world.writes(&person("ann"), first);
    world.wait(ANSWER_MS - 1);
    world.time_outs();
    assert_eq!(world.states[&first].pilot, Some(person("ann")));
    world.wait(1);
    world.time_outs();
    let state = &world.states[&first];
    assert_eq!((&state.pilot, &state.silent), (&None, &vec![person("ann")]));
    assert_eq!(state.waiting, Some((world.now, HandoffReason::NoAnswer)));
    let places: Vec<_> = world.board.places(world.now).into_iter().map(|(id, _)| id).collect();
    assert_eq!(places, [first, second]);
    // There is nobody else: better Ann than nobody. Then Bob comes, and is before her.
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", first)]);
    world.board.decline(&person("ann"), first, world.now);
    world.board.announce(&person("bob"), Profile::available(3)).unwrap();
    world.wait(ASK_AGAIN_MS);
    assert_eq!(offers(&propose(&mut world).unwrap()), [("bob", first), ("ann", second)]);
    world.does(&person("bob"), first, Command::Claim).unwrap();
    world.does(&person("bob"), first, say("sorry that you had to wait")).unwrap();
    assert!(world.states[&first].silent.is_empty() && world.states[&first].owed.is_none());
    world.wait(ANSWER_MS * 2);
    world.time_outs();
    assert_eq!(world.states[&first].pilot, Some(person("bob")), "nobody waits for words of his");
}

#[test]
fn a_bot_that_does_not_answer_stays_and_people_are_asked() {
    let mut world = staffed(&[("ann", 1)]);
    let id = world.open("help", Language::En);
    world.does(&bot("bot"), id, Command::Claim).unwrap();
    world.does(&kiosk(), id, say("where is my ticket?")).unwrap();
    world.wait(ANSWER_MS);
    world.time_outs();
    assert_eq!(world.states[&id].pilot, Some(bot("bot")));
    assert_eq!(offers(&propose(&mut world).unwrap()), [("ann", id)]);
    // Asked once, not again and again.
    world.wait(ANSWER_MS);
    let events = world.events.len();
    world.time_outs();
    assert_eq!(world.events.len(), events);
}
