//! What the log itself must be like: each event what somebody sent, one pilot, no more than an agent takes, no message lost.
//! These rules are written down here a second time, and do not use what the relay decides with.

use std::collections::HashMap;

use avatardesk::conversation::{Actor, ActorKind, Body, Cmid, Command, ConversationId, Event, Fact, Outcome};

use crate::check::{Log, Logged};
use crate::history::{Answer, History, Sent};

/// What was sent, by its number.
pub type Commands<'a> = HashMap<(&'a Actor, ConversationId, Cmid), &'a Sent>;

/// Every event comes from a command that somebody sent, and says what was sent.
pub fn strangers(id: ConversationId, logged: &Logged, sent: &Commands) -> Vec<String> {
    let mut wrong = Vec::new();
    for event in &logged.events {
        if event.actor.kind == ActorKind::System {
            // Nobody is idle for so long here, and a clock that jumps must not end a visit.
            if matches!(event.fact, Fact::Closed { outcome: Outcome::TimedOut }) {
                wrong.push(format!("event {}: it was closed as idle", event.seq));
            }
            continue;
        }
        match sent.get(&(&event.actor, id, event.cmid)) {
            None => wrong.push(format!("nobody sent event {}", event.seq)),
            Some(sent) if !says(&sent.command, event) => {
                let (seq, fact, name) = (event.seq, event.fact.kind(), sent.command.name());
                wrong.push(format!("event {seq} ({fact}) says something else than was sent ({name})"));
            }
            Some(_) => {}
        }
    }
    wrong
}

/// Whether an event is one that this command makes, with everything that the command says.
fn says(command: &Command, event: &Event) -> bool {
    let text = |text: &Option<String>| match text {
        Some(text) => Body::Text { text: text.clone() },
        None => Body::Empty,
    };
    let (fact, body) = match (command, &event.fact) {
        // The claim of another, and passing on, end the former pilot's time.
        (
            Command::Claim | Command::Transfer { .. } | Command::Close { .. },
            Fact::Released { to_bot, .. },
        ) => {
            return !to_bot && event.body == Body::Empty;
        }
        (Command::Open { desk, language, channel, visitor }, _) => {
            let (desk, language, channel, visitor) = (desk.clone(), *language, *channel, *visitor);
            (Fact::Opened { desk, language, channel, visitor }, Body::Empty)
        }
        (Command::Say { answer, part, last, voiced, in_reply_to, corrects, masked, words }, _) => {
            let (answer, part, last, voiced) = (*answer, *part, *last, *voiced);
            let (in_reply_to, corrects, masked) = (*in_reply_to, *corrects, *masked);
            let fact =
                Fact::Said { answer, part, last, voiced, in_reply_to, corrects, masked, thanks: false };
            (fact, Body::Said(words.clone()))
        }
        (Command::RequestHandoff { reason, summary }, _) => {
            (Fact::HandoffRequested { reason: *reason }, text(summary))
        }
        (Command::Claim, _) => (Fact::Assigned { agent: event.actor.clone() }, Body::Empty),
        (Command::Release { to_bot }, _) => {
            (Fact::Released { agent: event.actor.clone(), to_bot: *to_bot }, Body::Empty)
        }
        (Command::Transfer { to, note }, _) => (Fact::Transferred { to: to.clone() }, text(note)),
        (Command::LeaveMessage { text: left }, _) => (Fact::MessageLeft, Body::Text { text: left.clone() }),
        (Command::Note { text: note }, _) => (Fact::Noted, Body::Text { text: note.clone() }),
        (Command::Rate { stars, resolved, comment }, _) => {
            (Fact::Rated { stars: *stars, resolved: *resolved }, text(comment))
        }
        (Command::Close { outcome }, Fact::VisitorLeft { .. }) => {
            (Fact::VisitorLeft { outcome: *outcome }, Body::Empty)
        }
        (Command::Close { outcome }, _) => (Fact::Closed { outcome: *outcome }, Body::Empty),
        // Nobody sends anything else here.
        _ => return false,
    };
    event.fact == fact && event.body == body
}

/// Who is the pilot after one more event.
fn next_pilot(pilot: Option<Actor>, event: &Event) -> Option<Actor> {
    match &event.fact {
        Fact::Assigned { agent } => Some(agent.clone()),
        Fact::Released { agent, .. } if pilot.as_ref() == Some(agent) => None,
        Fact::Closed { .. } => None,
        _ => pilot,
    }
}

/// Only a free conversation is assigned or passed on, and only the pilot answers.
pub fn pilots(logged: &Logged) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut pilot: Option<Actor> = None;
    for event in &logged.events {
        let (seq, who) = (event.seq, &event.actor.id);
        match (&event.fact, &pilot) {
            (Fact::Assigned { agent }, Some(pilot)) => {
                wrong.push(format!("event {seq}: {} and {} both pilot", pilot.id, agent.id));
            }
            (Fact::Transferred { .. }, Some(pilot)) => {
                wrong.push(format!("event {seq}: it is passed on while {} pilots", pilot.id));
            }
            (Fact::Released { agent, .. }, pilot) if pilot.as_ref() != Some(agent) => {
                wrong.push(format!("event {seq}: {} lets go without being the pilot", agent.id));
            }
            (Fact::Said { .. }, pilot)
                if event.actor.kind != ActorKind::Visitor && pilot.as_ref() != Some(&event.actor) =>
            {
                wrong.push(format!("event {seq}: {who} speaks without being the pilot"));
            }
            _ => {}
        }
        pilot = next_pilot(pilot, event);
    }
    wrong
}

/// Whoever was told that a claim is stored was the pilot then.
pub fn claims(history: &History, log: &Log) -> Vec<String> {
    let mut pilots: HashMap<ConversationId, Vec<Option<Actor>>> = HashMap::new();
    let mut wrong = Vec::new();
    for sent in history.sent.iter().filter(|s| s.command == Command::Claim) {
        let Some(logged) = log.get(&sent.conversation) else { continue };
        let after = pilots.entry(sent.conversation).or_insert_with(|| {
            let mut after = vec![None];
            for event in &logged.events {
                let pilot = next_pilot(after.last().cloned().flatten(), event);
                after.push(pilot);
            }
            after
        });
        let key = (sent.who.clone(), sent.conversation, sent.cmid);
        let told = history.answers.get(&key).into_iter().flatten().filter_map(|answer| match answer {
            Answer::Acked { seq, .. } => Some(*seq),
            _ => None,
        });
        let stored = logged.results.get(&(sent.who.clone(), sent.cmid)).copied();
        for seq in told.chain(stored) {
            let pilot = usize::try_from(seq).ok().and_then(|at| after.get(at)).cloned().flatten();
            if pilot.as_ref() != Some(&sent.who) {
                let (who, id) = (&sent.who.id, sent.conversation);
                let pilot = pilot.map_or("nobody".to_owned(), |p| p.id.to_string());
                wrong.push(format!("{id}: the claim of {who} counts at {seq}, where {pilot} pilots"));
                break;
            }
        }
    }
    wrong
}

/// No agent serves more visitors at once than it has said that it takes.
pub fn loads(history: &History, log: &Log) -> Vec<String> {
    let mut all: Vec<(u64, ConversationId, &Event)> = Vec::new();
    for (id, logged) in log {
        all.extend(logged.positions.iter().zip(&logged.events).map(|(at, event)| (*at, *id, event)));
    }
    all.sort_by_key(|(at, ..)| *at);
    let mut pilots: HashMap<ConversationId, Actor> = HashMap::new();
    let mut wrong = Vec::new();
    for (_, id, event) in all {
        match next_pilot(pilots.remove(&id), event) {
            Some(pilot) => drop(pilots.insert(id, pilot)),
            None => continue,
        }
        if let Fact::Assigned { agent } = &event.fact
            && let Some(capacity) = history.capacities.get(agent)
        {
            let load = pilots.values().filter(|pilot| *pilot == agent).count();
            if load > *capacity {
                let (who, seq) = (&agent.id, event.seq);
                wrong.push(format!("{id}: at event {seq} {who} serves {load} visitors and takes {capacity}"));
            }
        }
    }
    wrong
}

/// A message that a visitor has left is closed only when a person had the conversation afterwards, and until then every
/// agent is shown it.
pub fn messages(history: &History, log: &Log) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, logged) in log {
        let mut story = Story::default();
        for event in &logged.events {
            if matches!(event.fact, Fact::Closed { .. }) && story.waits() {
                wrong.push(format!("{id}: event {} closes it, and no person has its message", event.seq));
            }
            story.goes_on(event);
        }
        if story.is_left() {
            for (who, shown) in &history.messages {
                if !shown.contains(id) {
                    wrong.push(format!("{id}: its message waits, and the lobby of {} is without it", who.id));
                }
            }
        }
    }
    wrong
}

/// What has become of a message.
#[derive(Debug, Default)]
pub struct Story {
    pilot: Option<Actor>,
    left: bool,
    had: bool,
    closed: bool,
    gone: bool,
}

impl Story {
    /// One more event.
    pub fn goes_on(&mut self, event: &Event) {
        self.pilot = next_pilot(self.pilot.take(), event);
        match &event.fact {
            Fact::MessageLeft => (self.left, self.had) = (true, false),
            Fact::VisitorLeft { .. } => self.gone = true,
            Fact::Closed { .. } => self.closed = true,
            _ => {}
        }
        self.had |= self.pilot.as_ref().is_some_and(|pilot| pilot.kind.is_person());
    }

    /// A message was left, and no person has had the conversation since.
    pub fn waits(&self) -> bool {
        self.left && !self.had && !self.closed
    }

    /// The visitor has gone, and the message waits.
    pub fn is_left(&self) -> bool {
        self.waits() && self.gone
    }
}
