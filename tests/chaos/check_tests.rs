//! Each mechanism of the checker notices what it is there for.

use std::time::Duration;

use avatardesk::conversation::{
    Actor, ActorKind, Body, Channel, Cmid, Command, ConversationId, Epoch, Event, Fact, Language, Outcome,
    Time, VisitorId, Words,
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

/// A history without a fault: a visitor opens and says two things, a bot claims and answers, both follow.
fn sound() -> (History, Log) {
    let bot = actor("bot-1", ActorKind::Bot);
    let (desk, visitor) = ("help".parse().unwrap(), VisitorId::new(Time(1), 1));
    let (language, channel) = (Language::En, Channel::Script);
    let story = [
        (kiosk(), Command::Open { desk, language, channel, visitor }),
        (kiosk(), say("first")),
        (bot.clone(), Command::Claim),
        (bot.clone(), say("answer")),
        (kiosk(), say("second")),
    ];
    let mut history = History::default();
    let mut logged = Logged { epochs: vec![Epoch::new(Time(1), 1)], ..Logged::default() };
    let mut state = avatardesk::conversation::State::default();
    for (n, (who, command)) in story.into_iter().enumerate() {
        let cmid = Cmid::new(Time(1), n as u128);
        let decided = avatardesk::conversation::decide(&state, command.clone(), &who, cmid, Time(n as u64));
        for event in decided.unwrap() {
            state.apply(&event);
            logged.events.push(event);
        }
        let (at, acked) = (Duration::from_secs(n as u64 * 2), Duration::from_secs(n as u64 * 2 + 1));
        history.sent.push(Sent { who: who.clone(), life: 0, conversation: id(), cmid, command, at });
        logged.results.insert((who.clone(), cmid), state.seq);
        history.answers.insert((who, id(), cmid), vec![Answer::Acked { seq: state.seq, at: acked }]);
    }
    for who in [kiosk(), bot] {
        let view = View { events: logged.events.clone(), restarted: false, open: true };
        history.views.insert((who.clone(), 0, id()), view);
        history.lives.insert(who, 0);
    }
    (history, Log::from([(id(), logged)]))
}

/// Breaks the sound history in one way; the complaint about it must contain `expect`.
fn broken(expect: &str, breaks: impl Fn(&mut History, &mut Logged)) {
    let (mut history, mut log) = sound();
    breaks(&mut history, log.get_mut(&id()).unwrap());
    let wrong = check(&history, &log);
    assert!(wrong.iter().any(|w| w.contains(expect)), "`{expect}` is not among {wrong:#?}");
}

fn renumber(logged: &mut Logged) {
    logged.events.iter_mut().zip(1..).for_each(|(event, seq)| event.seq = seq);
}

pub fn nothing_is_wrong_with_a_sound_history() {
    let (history, log) = sound();
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
    broken("nobody sent event 6", |_, l| {
        let at = Time(99);
        let (actor, cmid, body) = (kiosk(), Cmid::new(Time(1), 99), Body::Empty);
        let fact = Fact::Consented { voice: true, recording: true };
        l.events.push(Event { seq: 6, at, actor, cmid, fact, body });
    });
    broken("closed as idle", |_, l| {
        let (actor, cmid) = (actor("relay", ActorKind::System), Cmid::new(Time(1), 99));
        let fact = Fact::Closed { outcome: Outcome::TimedOut };
        l.events.push(Event { seq: 6, at: Time(99), actor, cmid, fact, body: Body::Empty });
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
    broken("is stuck at event 4 of 5", |h, _| view(h, &|v| v.events.truncate(4)));
    broken("saw 5 events, the log has 4", |_, l| l.events.truncate(4));
    broken("another one", |h, _| view(h, &|v| v.restarted = true));
    broken("it happened", |h, _| h.complaints.push("it happened".to_owned()));
}
