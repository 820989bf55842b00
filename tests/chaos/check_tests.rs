//! Each mechanism of the checker notices what it is there for.

use std::time::Duration;

use avatardesk::conversation::{
    Actor, ActorKind, Body, Channel, Cmid, Command, ConversationId, Epoch, Event, Fact, HandoffReason,
    Language, Outcome, Target, Time, VisitorId, Words,
};

use crate::check::{Log, Logged, check};
use crate::history::{Answer, History, Sent, View};

fn actor(name: &str, kind: ActorKind) -> Actor {
    Actor { id: name.parse().unwrap(), kind }
}

fn kiosk() -> Actor {
    actor("kiosk-1", ActorKind::Visitor)
}

fn say(text: &str) -> Command {
    Command::Say {
        answer: avatardesk::conversation::AnswerId::new(Time(1), 1),
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words: Words { text: text.to_owned(), ..Words::default() },
    }
}

fn id() -> ConversationId {
    ConversationId::new(Time(1), 1)
}

fn bot() -> Actor {
    actor("bot-1", ActorKind::Bot)
}

fn ann() -> Actor {
    actor("ann", ActorKind::Person)
}

/// A story that goes well, as the clients and the log have it; `who` follow it to its end.
fn told(story: Vec<(Actor, Command)>, who: &[Actor]) -> (History, Log) {
    let mut history = History::default();
    let mut logged = Logged { epochs: vec![Epoch::new(Time(1), 1)], ..Logged::default() };
    let mut state = avatardesk::conversation::State::default();
    for (n, (who, command)) in story.into_iter().enumerate() {
        let cmid = Cmid::new(Time(1), n as u128);
        let decided = avatardesk::conversation::decide(&state, command.clone(), &who, cmid, Time(n as u64));
        for event in decided.unwrap() {
            state.apply(&event);
            logged.positions.push(event.seq);
            logged.events.push(event);
        }
        let (at, acked) = (Duration::from_secs(n as u64 * 2), Duration::from_secs(n as u64 * 2 + 1));
        history.sent.push(Sent { who: who.clone(), life: 0, conversation: id(), cmid, command, at });
        logged.results.insert((who.clone(), cmid), state.seq);
        history.answers.insert((who, id(), cmid), vec![Answer::Acked { seq: state.seq, at: acked }]);
    }
    for who in who {
        let view = View { events: logged.events.clone(), open: true, ..View::default() };
        history.views.insert((who.clone(), 0, id()), view);
        history.lives.insert(who.clone(), 0);
    }
    history.capacities.insert(bot(), 1);
    (history, Log::from([(id(), logged)]))
}

fn open() -> Command {
    let (desk, visitor) = ("help".parse().unwrap(), VisitorId::new(Time(1), 1));
    Command::Open { desk, language: Language::En, channel: Channel::Script, visitor }
}

/// A history without a fault: a visitor opens and says two things, a bot claims, answers and writes down a note; the
/// visitor asks for a person, rates and goes. Both follow.
fn sound() -> (History, Log) {
    let text = |text: &str| Some(text.to_owned());
    let story = vec![
        (kiosk(), open()),
        (kiosk(), say("first")),
        (bot(), Command::Claim),
        (bot(), say("answer")),
        (kiosk(), say("second")),
        (bot(), Command::Note { text: "a note".to_owned() }),
        (kiosk(), Command::RequestHandoff { reason: HandoffReason::Asked, summary: text("a summary") }),
        (kiosk(), Command::Rate { stars: Some(5), resolved: None, comment: text("a comment") }),
        (kiosk(), Command::Close { outcome: Outcome::Finished }),
    ];
    told(story, &[kiosk(), bot()])
}

/// Nobody comes: the visitor leaves a message and goes. Ann takes it, passes it on, and a supervisor closes it.
fn message() -> (History, Log) {
    let sue = actor("sue", ActorKind::Supervisor);
    let to = Target::Agent("sue".parse().unwrap());
    let story = vec![
        (kiosk(), open()),
        (kiosk(), Command::LeaveMessage { text: "ring me".to_owned() }),
        (kiosk(), Command::Close { outcome: Outcome::Finished }),
        (ann(), Command::Claim),
        (ann(), Command::Transfer { to, note: Some("for you".to_owned()) }),
        (sue.clone(), Command::Claim),
        (sue.clone(), Command::Close { outcome: Outcome::Finished }),
    ];
    told(story, &[kiosk(), sue])
}

/// Breaks a sound history in one way; the complaint about it must contain `expect`.
fn broken_in(story: (History, Log), expect: &str, breaks: impl Fn(&mut History, &mut Logged)) {
    let (mut history, mut log) = story;
    breaks(&mut history, log.get_mut(&id()).unwrap());
    let wrong = check(&history, &log);
    assert!(wrong.iter().any(|w| w.contains(expect)), "`{expect}` is not among {wrong:#?}");
}

fn broken(expect: &str, breaks: impl Fn(&mut History, &mut Logged)) {
    broken_in(sound(), expect, breaks);
}

fn renumber(logged: &mut Logged) {
    logged.events.iter_mut().zip(1..).for_each(|(event, seq)| event.seq = seq);
}

pub fn nothing_is_wrong_with_a_sound_history() {
    let (history, log) = sound();
    assert_eq!(check(&history, &log), Vec::<String>::new());
    let (history, log) = message();
    assert_eq!(check(&history, &log), Vec::<String>::new());
}

pub fn every_kind_of_fault_is_noticed() {
    broken("and is missing", |_, l| l.results.retain(|_, seq| *seq != 5));
    broken("was acknowledged as 5 and is 4", |_, l| l.results.values_mut().for_each(|s| *s = 4.min(*s)));
    broken("stands where 2 belongs", |_, l| drop(l.events.remove(1)));
    broken("is there twice", |_, l| {
        l.events.push(l.events[1].clone());
        renumber(l);
    });
    broken("2 epochs", |_, l| l.epochs.push(Epoch::new(Time(1), 2)));
    broken("older than the one before", |_, l| l.events[2].at = Time(0));
    broken("nobody sent event 10", |_, l| {
        let at = Time(99);
        let (actor, cmid, body) = (kiosk(), Cmid::new(Time(1), 99), Body::Empty);
        let fact = Fact::Consented { voice: true, recording: true };
        l.events.push(Event { seq: 10, at, actor, cmid, fact, body });
    });
    broken("closed as idle", |_, l| {
        let (actor, cmid) = (actor("relay", ActorKind::System), Cmid::new(Time(1), 99));
        let fact = Fact::Closed { outcome: Outcome::TimedOut };
        l.events.push(Event { seq: 10, at: Time(99), actor, cmid, fact, body: Body::Empty });
    });
    broken("something else", |_, l| {
        l.events[1].body = Body::Said(Words { text: "other".to_owned(), ..Words::default() });
    });
    broken("both pilot", |_, l| {
        let agent = actor("bot-2", ActorKind::Bot);
        l.events.insert(3, Event { fact: Fact::Assigned { agent }, ..l.events[2].clone() });
        renumber(l);
    });
    broken("without being the pilot", |_, l| drop(l.events.remove(2)));
    broken("but stands after it", |h, _| h.sent[1].at = Duration::from_secs(60));
    broken("was overtaken by", |h, _| h.sent.swap(1, 4));
    broken("was refused", |h, _| {
        h.answers.values_mut().for_each(|a| *a = vec![Answer::Refused { text: String::new() }]);
    });
    broken("was given up", |h, _| h.answers.values_mut().for_each(|a| *a = vec![Answer::Expired]));
    broken("never got an answer", |h, l| {
        h.answers.clear();
        l.results.clear();
    });
    let view = |h: &mut History, change: &dyn Fn(&mut View)| h.views.values_mut().for_each(change);
    broken("is not what the log has", |h, _| view(h, &|v| v.events.swap(1, 4)));
    broken("is not what the log has", |h, _| view(h, &|v| v.events.insert(1, v.events[1].clone())));
    broken("is stuck at event 4 of 9", |h, _| view(h, &|v| v.events.truncate(4)));
    broken("saw 9 events, the log has 4", |_, l| l.events.truncate(4));
    broken("another one", |h, _| view(h, &|v| v.restarted = true));
    broken("it happened", |h, _| h.complaints.push("it happened".to_owned()));
}

pub fn a_claim_counts_only_for_who_became_the_pilot() {
    // Two were told that their claim is stored, and the log has one pilot.
    broken("the claim of bot-1 counts at 3, where bot-2 pilots", |_, l| {
        let agent = actor("bot-2", ActorKind::Bot);
        l.events[2].fact = Fact::Assigned { agent };
    });
    broken("the claim of bot-1 counts at 2, where nobody pilots", |h, _| {
        let claim = (bot(), id(), h.sent[2].cmid);
        h.answers.insert(claim, vec![Answer::Acked { seq: 2, at: Duration::from_secs(9) }]);
    });
    broken("bot-1 serves 1 visitors and takes 0", |h, _| {
        h.capacities.insert(bot(), 0);
    });
}

/// What another person serves one sees no more of; whoever is stuck before that is stuck.
pub fn only_who_was_told_or_saw_the_claim_may_be_behind() {
    let story = vec![
        (kiosk(), open()),
        (kiosk(), say("first")),
        (kiosk(), say("second")),
        (ann(), Command::Claim),
        (ann(), say("answer")),
    ];
    let ben = actor("ben", ActorKind::Person);
    let seen = |count: usize, hidden: Option<(usize, u64)>| {
        let (mut history, log) = told(story.clone(), &[kiosk(), ann(), ben.clone()]);
        let view = history.views.get_mut(&(ben.clone(), 0, id())).unwrap();
        view.events.truncate(count);
        view.hidden = hidden.map(|(after, secs)| (after, Duration::from_secs(secs)));
        check(&history, &log)
    };
    // Ann claims after 6 seconds.
    assert_eq!(seen(4, None), Vec::<String>::new(), "the claim was the last that ben saw");
    assert_eq!(seen(2, Some((2, 7))), Vec::<String>::new(), "ben was told");
    for (count, hidden, why) in [
        (2, None, "ben was told nothing"),
        (3, None, "ben was told nothing"),
        (2, Some((2, 5)), "ann had not claimed when ben was told"),
        (3, Some((2, 7)), "ben saw more after that"),
    ] {
        let wrong = seen(count, hidden);
        assert!(
            wrong.iter().any(|w| w.contains("ben (life 0)") && w.contains("is stuck")),
            "{why}: {wrong:?}"
        );
    }
}

/// A client that was started again sends what its outbox has, whatever it is.
pub fn whatever_an_outbox_had_is_answered() {
    for (n, name) in [(0, "open"), (1, "say"), (3, "say"), (5, "note"), (7, "rate"), (8, "close")] {
        broken(&format!("{name} of"), |h, l| {
            // It was in the outbox of the second life.
            let who = h.sent[n].who.clone();
            h.lives.insert(who.clone(), 1);
            h.sent[n].life = 1;
            h.answers.remove(&(who.clone(), id(), h.sent[n].cmid));
            l.results.remove(&(who, h.sent[n].cmid));
        });
    }
    // It was in no outbox any more, so it was answered; and it cannot have been refused.
    for (n, name) in [(0, "open"), (7, "rate"), (8, "close")] {
        broken(&format!("{name} of kiosk-1"), |h, l| {
            h.lives.insert(kiosk(), 1);
            h.answers.remove(&(kiosk(), id(), h.sent[n].cmid));
            l.results.remove(&(kiosk(), h.sent[n].cmid));
        });
    }
}

pub fn every_body_is_compared() {
    for n in [1, 3, 5, 6, 7] {
        broken(&format!("event {} (", n + 1), |_, l| match &mut l.events[n].body {
            Body::Said(words) => words.text = "other".to_owned(),
            Body::Text { text } => *text = "other".to_owned(),
            other => panic!("{other:?}"),
        });
        broken("says something else", |_, l| l.events[n].body = Body::Empty);
    }
    broken("says something else", |_, l| l.events[7].fact = Fact::Rated { stars: Some(1), resolved: None });
}

pub fn a_message_is_not_lost_and_passing_on_keeps_one_pilot() {
    // The events: opened, left, gone, assigned to ann, released, transferred, assigned to sue, closed.
    let closed_at_once = |_: &mut History, l: &mut Logged| {
        l.events.drain(3..7);
        renumber(l);
    };
    broken_in(message(), "no person has its message", closed_at_once);
    let waits = |h: &mut History, l: &mut Logged| {
        l.events.truncate(3);
        h.messages.insert(ann(), std::iter::once(id()).collect());
    };
    broken_in(message(), "the lobby of sue is without it", |h, l| {
        waits(h, l);
        h.messages.insert(actor("sue", ActorKind::Supervisor), std::collections::HashSet::new());
    });
    broken_in(message(), "something else", |_, l| l.events[1].body = Body::Text { text: "x".to_owned() });
    broken_in(message(), "something else", |_, l| l.events[5].body = Body::Empty);
    broken_in(message(), "it is passed on while ann pilots", |_, l| drop(l.events.remove(4)));
    broken_in(message(), "ann and sue both pilot", |_, l| drop(l.events.remove(4)));
    broken_in(message(), "lets go without being the pilot", |_, l| drop(l.events.remove(3)));
}
