//! An agent: takes who is offered or free, answers, takes over, passes on, takes care of messages, has breaks.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{ActorKind, Command, ConversationId, Event, Outcome, State, Target};
use avatardesk::protocol::{LobbyEntry, Role, Signal};
use avatardesk::routing::{AgentState, Profile};
use tokio::time::Instant;

use crate::people::{End, Life, Next, Stage};

/// Conversations at a time of an agent that has announced nothing.
const CAPACITY: usize = 6;
/// How often an agent looks around.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The shortest time between two claims of the same conversation by one agent.
const CLAIM_AGAIN: Duration = Duration::from_secs(1);

/// How an agent works.
#[derive(Debug, Clone, Copy)]
struct Habits {
    /// How many visitors it announces that it takes; `None` announces nothing.
    announces: Option<u32>,
    /// Takes whom it sees in the lobby, not only who is offered.
    looks: bool,
}

impl Habits {
    /// One bot and one person wait for offers, one of each looks for themselves, a supervisor does both.
    fn of(role: Role, name: &str) -> Self {
        match (role, name) {
            (Role::Supervisor, _) => Self { announces: Some(4), looks: true },
            (_, "ann") => Self { announces: Some(2), looks: false },
            (_, "bot-1") => Self { announces: Some(3), looks: false },
            _ => Self { announces: None, looks: true },
        }
    }
}

/// A conversation as an agent knows it.
#[derive(Default)]
struct Case {
    state: State,
    caught_up: bool,
    answered: HashSet<u64>,
    claimed_at: Option<Instant>,
    /// It takes care of the message.
    closing: bool,
}

type Cases = HashMap<ConversationId, Case>;

/// Lives as an agent.
pub async fn serve(life: &mut Life<'_>) -> End {
    let habits = Habits::of(life.person.role, &life.person.name);
    let mut on_break = false;
    drop(life.handle.watch());
    announce(life, habits, on_break);
    if let Some(end) = life.first_connection().await {
        return end;
    }
    let mut lobby: Vec<LobbyEntry> = Vec::new();
    let mut cases = Cases::new();
    loop {
        match life.next(LOOK_EVERY).await {
            Next::End(end) => return end,
            Next::Nothing => {}
            Next::Event(event) => match *event {
                ClientEvent::Lobby(entries) => {
                    lobby = entries;
                    look_around(life, habits, &lobby, &mut cases, false).await;
                }
                ClientEvent::Offer { entry, .. } => offered(life, &entry, &mut cases).await,
                ClientEvent::Event { conversation, event } => {
                    case_goes_on(life, conversation, &event, &mut cases).await;
                }
                ClientEvent::CaughtUp { conversation } => {
                    if let Some(case) = cases.get_mut(&conversation) {
                        case.caught_up = true;
                        answer(life, conversation, case).await;
                    }
                }
                // What happened meanwhile is not known.
                ClientEvent::Hidden { conversation } => {
                    if let Some(case) = cases.get_mut(&conversation) {
                        case.state.pilot = None;
                    }
                }
                _ => {}
            },
            Next::Act => {
                look_around(life, habits, &lobby, &mut cases, true).await;
                if life.person.rng.percent(if on_break { 20 } else { 2 }) {
                    on_break = !on_break;
                    announce(life, habits, on_break);
                }
                work(life, &cases).await;
            }
        }
    }
}

/// Says whom it takes; said again from time to time, it ends being away after offers that were not answered.
fn announce(life: &Life<'_>, habits: Habits, on_break: bool) {
    let Some(capacity) = habits.announces else { return };
    let state = if on_break { AgentState::Break { reason: "tea".to_owned() } } else { AgentState::Available };
    // `Err`: the client has ended, which is noticed elsewhere. An announcement before the first connection goes out with it.
    let _ = life.handle.announce(Profile { state, ..Profile::available(capacity) });
    life.person.recorder.lock().capacities.insert(life.who.clone(), capacity as usize);
}

/// Does something in one of its conversations, or, as a supervisor, in another's.
async fn work(life: &mut Life<'_>, cases: &Cases) {
    let others = life.who.kind == ActorKind::Supervisor && life.person.rng.percent(5);
    let mine = |case: &Case| case.state.pilot.as_ref() == Some(&life.who);
    let pick = cases.iter().find(|(_, case)| case.state.is_open() && (mine(case) || others));
    let Some((&id, _)) = pick else { return };
    match life.person.rng.below(100) {
        0..4 => {
            let to_bot = life.person.rng.percent(70);
            life.command(id, Command::Release { to_bot }).await;
        }
        4..8 => {
            let text = format!("note of {}", life.who.id);
            life.command(id, Command::Note { text }).await;
        }
        8..12 => {
            let to = match life.person.rng.below(4) {
                0 => Target::Agent("ann".parse().unwrap()),
                1 => Target::Agent("ben".parse().unwrap()),
                2 => Target::Supervisor,
                _ => Target::Queue { desk: None, skills: Vec::new() },
            };
            let note = life.person.rng.percent(50).then(|| format!("passed on by {}", life.who.id));
            life.command(id, Command::Transfer { to, note }).await;
        }
        12..20 => life.signal(id, Signal::Typing { on: true }),
        _ => {}
    }
}

/// Takes who is offered, mostly; or declines, or says nothing.
async fn offered(life: &mut Life<'_>, entry: &LobbyEntry, cases: &mut Cases) {
    if *life.person.stage.borrow() != Stage::Talk {
        return;
    }
    match life.person.rng.below(100) {
        0..75 => claim(life, entry.conversation, cases).await,
        // `Err`: too busy for the moment; then the offer ends by itself.
        75..90 => drop(life.handle.decline(entry.conversation)),
        _ => {}
    }
}

async fn claim(life: &mut Life<'_>, id: ConversationId, cases: &mut Cases) {
    if !cases.contains_key(&id) {
        // What this life has looked at to its end is not followed again.
        if life.followed(id) {
            return;
        }
        life.follow(id);
    }
    cases.entry(id).or_default().claimed_at = Some(Instant::now());
    life.command(id, Command::Claim).await;
}

/// Claims what is free, and when `bold` now and then what is not. Several agents may try at once.
async fn look_around(
    life: &mut Life<'_>,
    habits: Habits,
    lobby: &[LobbyEntry],
    cases: &mut Cases,
    bold: bool,
) {
    for entry in lobby {
        let id = entry.conversation;
        let piloted = cases.values().filter(|c| c.state.pilot.as_ref() == Some(&life.who)).count();
        let recent = |c: &Case| c.claimed_at.is_some_and(|at| at.elapsed() < CLAIM_AGAIN);
        let known = cases.get(&id);
        if *life.person.stage.borrow() != Stage::Talk || piloted >= CAPACITY || known.is_some_and(recent) {
            continue;
        }
        let chance = match &entry.pilot {
            Some(pilot) if *pilot == life.who => {
                if known.is_none() {
                    100
                } else {
                    0
                }
            }
            _ if !habits.looks => 0,
            Some(_) if !bold => 0,
            Some(pilot) if pilot.kind == ActorKind::Bot && life.who.kind.is_person() => 6,
            Some(_) => 3,
            None if entry.message => 10,
            None if entry.waiting.is_some() && !life.who.kind.is_person() => 1,
            None => 60,
        };
        if life.person.rng.percent(chance) {
            claim(life, id, cases).await;
        }
    }
}

async fn case_goes_on(life: &mut Life<'_>, id: ConversationId, event: &Event, cases: &mut Cases) {
    let Some(case) = cases.get_mut(&id) else { return };
    case.state.apply(event);
    if event.actor.kind == ActorKind::Visitor && life.person.rng.percent(30) {
        life.seen(id, event.seq);
    }
    if case.caught_up {
        answer(life, id, case).await;
        if !case.state.is_open() {
            cases.remove(&id);
            life.unfollow(id);
        }
    }
}

/// Answers the visitor's last words, once; takes care of the message of a visitor who has gone.
async fn answer(life: &mut Life<'_>, id: ConversationId, case: &mut Case) {
    let mine = case.state.pilot.as_ref() == Some(&life.who);
    if !mine || *life.person.stage.borrow() != Stage::Talk {
        return;
    }
    if case.state.visitor_left.is_some() {
        if life.who.kind.is_person() && !std::mem::replace(&mut case.closing, true) {
            life.command(id, Command::Note { text: format!("done by {}", life.who.id) }).await;
            life.command(id, Command::Close { outcome: Outcome::Finished }).await;
        }
    } else if let Some(seq) = case.state.unanswered
        && case.answered.insert(seq)
    {
        life.say(id, Some(seq)).await;
    }
}
