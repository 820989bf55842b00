//! Compares what the clients saw with the log, and the log with the rules. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use avatardesk::conversation::{Actor, ActorKind, Cmid, Command, ConversationId, Epoch, Event, Fact};

use crate::history::{Answer, History, Key, Sent, View};
use crate::rules::{Commands, claims, loads, messages, pilots, strangers};

/// What the log has of one conversation.
#[derive(Debug, Clone, Default)]
pub struct Logged {
    pub epochs: Vec<Epoch>,
    pub events: Vec<Event>,
    /// Where each event stands in the whole log.
    pub positions: Vec<u64>,
    /// The last `seq` of each command that was handled.
    pub results: HashMap<(Actor, Cmid), u64>,
}

/// The whole log.
pub type Log = BTreeMap<ConversationId, Logged>;

/// Everything that is wrong, in words.
pub fn check(history: &History, log: &Log) -> Vec<String> {
    let mut wrong = history.complaints.clone();
    let sent: Commands = history.sent.iter().map(|s| ((&s.who, s.conversation, s.cmid), s)).collect();
    for (id, logged) in log {
        let mut found = shape(logged);
        found.extend(strangers(*id, logged, &sent));
        found.extend(pilots(logged));
        found.extend(real_time(*id, logged, history, &sent));
        wrong.extend(found.into_iter().map(|w| format!("conversation {id}: {w}")));
    }
    wrong.extend(answers(history, log));
    wrong.extend(claims(history, log));
    wrong.extend(loads(history, log));
    wrong.extend(messages(history, log));
    wrong.extend(order(history, log));
    wrong.extend(views(history, log));
    wrong
}

/// One log, no gap, nothing twice, and time does not go back.
fn shape(logged: &Logged) -> Vec<String> {
    let mut wrong = Vec::new();
    if logged.epochs.len() != 1 {
        wrong.push(format!("it has {} epochs", logged.epochs.len()));
    }
    let mut closed: HashSet<(&Actor, Cmid)> = HashSet::new();
    for (event, seq) in logged.events.iter().zip(1..) {
        if event.seq != seq {
            wrong.push(format!("event {} stands where {seq} belongs", event.seq));
            break;
        }
    }
    for pair in logged.events.windows(2) {
        if pair[1].at < pair[0].at {
            wrong.push(format!("event {} is older than the one before it", pair[1].seq));
        }
        let by = |e: &Event| (e.actor.clone(), e.cmid);
        if by(&pair[0]) != by(&pair[1]) {
            closed.insert((&pair[0].actor, pair[0].cmid));
            if closed.contains(&(&pair[1].actor, pair[1].cmid)) {
                wrong.push(format!("the command of event {} is there twice", pair[1].seq));
            }
        }
    }
    wrong
}

/// What was acknowledged before another command was given stands before it.
fn real_time(id: ConversationId, logged: &Logged, history: &History, sent: &Commands) -> Vec<String> {
    let mut wrong = Vec::new();
    // From the end: the earliest acknowledgement of anything that stands later.
    let mut earliest: Option<(Duration, u64)> = None;
    for event in logged.events.iter().rev() {
        let Some(command) = sent.get(&(&event.actor, id, event.cmid)) else { continue };
        if let Some((acked, later)) = earliest
            && acked < command.at
        {
            wrong.push(format!(
                "event {later} was acknowledged before event {} was sent, but stands after it",
                event.seq
            ));
        }
        for answer in history.answers.get(&(event.actor.clone(), id, event.cmid)).into_iter().flatten() {
            if let Answer::Acked { at, .. } = answer
                && earliest.is_none_or(|(e, _)| *at < e)
            {
                earliest = Some((*at, event.seq));
            }
        }
    }
    wrong
}

/// What was acknowledged is there with its number, what was refused is not, and everything got an answer.
fn answers(history: &History, log: &Log) -> Vec<String> {
    let mut wrong = Vec::new();
    for sent in &history.sent {
        let what = || format!("{} of {} in {}", sent.command.name(), sent.who.id, sent.conversation);
        let stored = log.get(&sent.conversation).and_then(|l| l.results.get(&(sent.who.clone(), sent.cmid)));
        let key = (sent.who.clone(), sent.conversation, sent.cmid);
        let answers = history.answers.get(&key).map_or(&[][..], Vec::as_slice);
        for answer in answers {
            match (answer, stored) {
                (Answer::Acked { seq, .. }, Some(stored)) if seq == stored => {}
                (Answer::Acked { seq, .. }, Some(stored)) => {
                    wrong.push(format!("{} was acknowledged as {seq} and is {stored}", what()));
                }
                (Answer::Acked { seq, .. }, None) => {
                    wrong.push(format!("{} was acknowledged as {seq} and is missing", what()));
                }
                (Answer::Refused { text }, Some(_)) => {
                    wrong.push(format!("{} was refused ({text}) and is there", what()));
                }
                (Answer::Refused { text }, None) => {
                    if never_refused(sent) {
                        wrong.push(format!("{} was refused: {text}", what()));
                    }
                }
                (Answer::Expired, _) => wrong.push(format!("{} was given up", what())),
            }
        }
        // What the outbox of a client has is sent and answered, also in its next life. What its outbox has no more was
        // answered, though perhaps the client ended before it was told: then it is there, or was refused.
        let kept = history.lives.get(&sent.who) == Some(&sent.life);
        if answers.is_empty() && stored.is_none() && (kept || never_refused(sent)) {
            wrong.push(format!("{} never got an answer", what()));
        }
    }
    wrong
}

/// What one client says in one conversation keeps its order.
///
/// A command that the rules of the conversation may refuse is left out as the one that overtakes: when its refusal got lost on
/// the way, it is sent and decided again, and what came after it has its place by then.
fn order(history: &History, log: &Log) -> Vec<String> {
    let mut last: HashMap<(&Actor, ConversationId), (u64, &str)> = HashMap::new();
    let mut wrong = Vec::new();
    for sent in &history.sent {
        let Some(logged) = log.get(&sent.conversation) else { continue };
        let Some(&seq) = logged.results.get(&(sent.who.clone(), sent.cmid)) else { continue };
        let last = last.entry((&sent.who, sent.conversation)).or_default();
        let (who, name) = (&sent.who.id, sent.command.name());
        let (top, by) = *last;
        if seq < top {
            wrong.push(format!(
                "{}: {name} of {who} at {seq} was overtaken by {by} at {top}",
                sent.conversation
            ));
        } else if never_refused(sent) {
            *last = (seq, name);
        }
    }
    wrong
}

/// Whether the rules cannot refuse this: a visitor opens, speaks, leaves messages, rates once and goes, in their own
/// conversations only, which nobody else ends before the visitor has gone.
fn never_refused(sent: &Sent) -> bool {
    let own = matches!(
        sent.command,
        Command::Open { .. }
            | Command::Say { .. }
            | Command::LeaveMessage { .. }
            | Command::Rate { .. }
            | Command::Close { .. }
    );
    own && sent.who.kind == ActorKind::Visitor
}

/// Whether this agent may have seen no more than this: what another person serves only supervisors see. Either that
/// person's claim is the last that it saw, or the relay said that there is nothing more for it when a claim had been given.
pub fn lost_sight(
    who: &Actor,
    id: ConversationId,
    view: &View,
    events: &[Event],
    given: &HashMap<Key, Duration>,
) -> bool {
    let by_another = |event: &Event| matches!(&event.fact, Fact::Assigned { agent } if agent.kind.is_person() && agent != who);
    let seen = view.events.len();
    let last = seen.checked_sub(1).and_then(|at| events.get(at));
    let told = |event: &Event| {
        let claimed = given.get(&(event.actor.clone(), id, event.cmid));
        let at = view.hidden.filter(|(after, _)| *after == seen).map(|(_, at)| at);
        claimed.zip(at).is_some_and(|(claimed, told)| *claimed <= told)
    };
    let later = || events.iter().skip(seen).any(|event| by_another(event) && told(event));
    who.kind == ActorKind::Person && (last.is_some_and(by_another) || later())
}

/// Everybody saw the log, in its order, each event once, and at the end all of it.
fn views(history: &History, log: &Log) -> Vec<String> {
    let mut wrong = Vec::new();
    let given = history.given();
    for ((who, life, id), view) in &history.views {
        let mut say = |what: String| wrong.push(format!("{} (life {life}) in {id}: {what}", who.id));
        if view.restarted {
            say("was told that the log is another one".to_owned());
            continue;
        }
        let events = log.get(id).map_or(&[][..], |l| l.events.as_slice());
        let differs = view.events.iter().zip(events).position(|(seen, logged)| seen != logged);
        if let Some(at) = differs {
            say(format!("event {} is not what the log has", at + 1));
        } else if view.events.len() > events.len() {
            say(format!("saw {} events, the log has {}", view.events.len(), events.len()));
        } else if view.open && view.events.len() < events.len() && !lost_sight(who, *id, view, events, &given)
        {
            say(format!("is stuck at event {} of {}", view.events.len(), events.len()));
        }
    }
    wrong
}
