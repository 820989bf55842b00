//! What a console knows, and what follows from an agent's wish. Pure: the terminal and a window both stand on it.

use std::collections::{BTreeMap, VecDeque};

use super::input::{HELP, Wish};
use super::marks::Line;
use super::voice::say;
use crate::conversation::{
    Actor, ActorKind, AnswerId, Body, Command, ConversationId, Event, Fact, State, Time, Words,
};
use crate::protocol::{AgentEntry, LobbyEntry, Marks, Signal};
use crate::routing::Profile;

/// The most lines of a conversation that are kept.
const LINES_MAX: usize = 200;
/// The most conversations that are followed at once.
const TALKS_MAX: usize = 32;

/// Something for the edge to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    Follow(ConversationId),
    Unfollow(ConversationId),
    Send(ConversationId, Command),
    Signal(ConversationId, Signal),
    /// Say whom this agent serves.
    Announce(Profile),
    /// Do not take who was offered.
    Decline(ConversationId),
    /// Everything up to this event has been shown.
    Seen(ConversationId, u64),
    /// Show this line.
    Show(String),
    Quit,
}

/// A conversation that this console follows.
#[derive(Debug, Default)]
pub struct Talk {
    pub state: State,
    /// What was said, oldest first.
    pub lines: VecDeque<Line>,
    /// How far the visitor's kiosk has got.
    pub marks: Marks,
    /// This agent asked to become the pilot and has not heard yet.
    claiming: bool,
}

/// The state of one agent's console.
#[derive(Debug)]
pub struct Console {
    pub(super) me: Actor,
    pub(super) profile: Profile,
    pub(super) lobby: Vec<LobbyEntry>,
    pub(super) agents: Vec<AgentEntry>,
    /// Who is offered to this agent, the oldest offer first.
    pub(super) offers: Vec<ConversationId>,
    /// The numbers by which the agent calls visitors.
    pub(super) numbers: BTreeMap<ConversationId, u32>,
    next_number: u32,
    pub(super) talks: BTreeMap<ConversationId, Talk>,
    current: Option<ConversationId>,
}

impl Console {
    /// The console of this agent, who serves what `profile` says.
    pub fn new(me: Actor, profile: Profile) -> Self {
        Self {
            me,
            profile,
            lobby: Vec::new(),
            agents: Vec::new(),
            offers: Vec::new(),
            numbers: BTreeMap::new(),
            next_number: 1,
            talks: BTreeMap::new(),
            current: None,
        }
    }

    /// The conversation that typed text goes to.
    pub fn current(&self) -> Option<(ConversationId, &Talk)> {
        let id = self.current?;
        self.talks.get(&id).map(|talk| (id, talk))
    }

    /// Who is here now. Says who is new and who began to wait for a person.
    pub fn on_lobby(&mut self, entries: Vec<LobbyEntry>, now: Time) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for entry in &entries {
            let known = self.numbers.contains_key(&entry.conversation);
            let number = self.number(entry.conversation);
            let waited =
                self.lobby.iter().any(|e| e.conversation == entry.conversation && e.waiting.is_some());
            if entry.waiting.is_some() && !waited {
                deeds.push(Deed::Show(format!("! {} (/take {number})", describe(number, entry, now))));
            } else if !known {
                deeds.push(Deed::Show(format!("+ {}", describe(number, entry, now))));
            }
        }
        // A claim that waited in the outbox, or that was made before a restart: whoever is served must not be out of sight.
        let mine =
            |e: &&LobbyEntry| e.pilot.as_ref() == Some(&self.me) && !self.talks.contains_key(&e.conversation);
        let unseen: Vec<_> = entries.iter().filter(mine).map(|e| e.conversation).collect();
        for id in unseen {
            let number = self.number(id);
            deeds.push(Deed::Show(format!("you serve visitor {number}: /give gives back")));
            // Typed words still go to whom they went to before.
            let before = self.current;
            deeds.extend(self.join(id, false));
            self.current = before.or(self.current);
        }
        let open = |id: &ConversationId| entries.iter().any(|e| e.conversation == *id);
        self.numbers.retain(|id, _| open(id) || self.talks.contains_key(id) || self.offers.contains(id));
        self.lobby = entries;
        deeds
    }

    /// An event of a conversation that is followed.
    pub fn on_event(&mut self, conversation: ConversationId, event: &Event) -> Vec<Deed> {
        let number = self.number(conversation);
        let mine = event.actor == self.me;
        let Some(talk) = self.talks.get_mut(&conversation) else { return Vec::new() };
        talk.state.apply(event);
        let mut deeds = Vec::new();
        let text = match (&event.fact, &event.body) {
            (Fact::Said { .. }, Body::Said(words)) => {
                let (seq, who, text) = (event.seq, event.actor.kind, words.text.clone());
                let line = Line { seq, who, mine, text };
                let shown = match mine {
                    true => line.has_come(talk.reach(&line)),
                    false => format!("{}: {}", name(who), line.text),
                };
                talk.lines.push_back(line);
                if talk.lines.len() > LINES_MAX {
                    talk.lines.pop_front();
                }
                Some(shown)
            }
            (Fact::HandoffRequested { .. }, Body::Text { text }) => Some(format!("why a person: {text}")),
            (Fact::MessageLeft, Body::Text { text }) => Some(format!("message: {text}")),
            (Fact::VisitorLeft { .. }, _) => {
                Some("the visitor has gone and left the message: /done when it is taken care of".to_owned())
            }
            (Fact::Transferred { .. }, Body::Text { text }) => Some(format!("passed on: {text}")),
            (Fact::Noted, Body::Text { text }) => Some(format!("note: {text}")),
            (Fact::Assigned { agent }, _) if *agent == self.me => {
                talk.claiming = false;
                self.offers.retain(|o| *o != conversation);
                Some("you are the pilot; what you type is spoken. /give gives back".to_owned())
            }
            (Fact::Assigned { agent }, _) => Some(format!("now served by {}", agent.id)),
            (Fact::Released { agent, to_bot }, _) if *agent == self.me => {
                let silent = event.actor.kind == ActorKind::System && !to_bot;
                Some(match (mine, silent) {
                    (true, _) => "you have let go".to_owned(),
                    (_, true) => {
                        "you said nothing for a while: the visitor waits for somebody else".to_owned()
                    }
                    _ => format!("the visitor is no longer yours: {} has decided so", event.actor.id),
                })
            }
            (Fact::Rated { stars, resolved }, _) => Some(rating(*stars, *resolved)),
            (Fact::Closed { .. }, _) => Some("the visitor has left".to_owned()),
            _ => None,
        };
        let closed = !talk.state.is_open();
        if let Some(text) = text {
            deeds.push(Deed::Show(format!("#{number} {text}")));
            if !mine {
                deeds.push(Deed::Seen(conversation, event.seq));
            }
        }
        if closed {
            self.leave(conversation, &mut deeds);
        }
        deeds
    }

    /// The visitor is saying this, as far as it will most likely stay. Only the conversation in front is shown word by word.
    pub fn on_partial(&mut self, conversation: ConversationId, text: &str) -> Vec<Deed> {
        if self.current != Some(conversation) || text.is_empty() {
            return Vec::new();
        }
        let number = self.number(conversation);
        vec![Deed::Show(format!("#{number} the visitor is saying: {text}"))]
    }

    /// The relay refused a command.
    pub fn on_refused(&mut self, conversation: ConversationId, text: &str) -> Vec<Deed> {
        if let Some(talk) = self.talks.get_mut(&conversation) {
            talk.claiming = false;
        }
        vec![Deed::Show(format!("refused: {text}"))]
    }

    /// What follows from a wish. `answer` is a fresh id, used when something is said.
    pub fn wish(&mut self, wish: Wish, answer: AnswerId, now: Time) -> Vec<Deed> {
        match wish {
            Wish::Nothing => Vec::new(),
            Wish::Help => HELP.lines().map(|line| Deed::Show(line.to_owned())).collect(),
            Wish::List => self.list(now),
            Wish::Take(number) => self.call(number, true),
            Wish::Next => self.next(),
            Wish::Look(number) => self.call(number, false),
            Wish::Say(text) => {
                let words = Words { text, ..Words::default() };
                self.in_current(true, |talk| say(talk, answer, words, false))
            }
            Wish::Gesture(gesture) => self.signal(Signal::Gesture { gesture }),
            Wish::Mood(expression) => self.signal(Signal::Expression { expression }),
            Wish::Note(text) => self.in_current(false, |_| Command::Note { text }),
            Wish::Case(case) => self.in_current(false, |_| Command::OpenCase { case }),
            Wish::Give { to_bot } => self.in_current(true, |_| Command::Release { to_bot }),
            Wish::State(_)
            | Wish::Agents
            | Wish::Accept(_)
            | Wish::Decline(_)
            | Wish::Pass { .. }
            | Wish::Done => self.wish_queue(wish),
            Wish::Quit => {
                let mine = self.talks.iter().filter(|(_, t)| t.state.pilot.as_ref() == Some(&self.me));
                let mut deeds: Vec<_> =
                    mine.map(|(id, _)| Deed::Send(*id, Command::Release { to_bot: true })).collect();
                deeds.push(Deed::Quit);
                deeds
            }
        }
    }

    fn list(&self, now: Time) -> Vec<Deed> {
        if self.lobby.is_empty() {
            return vec![Deed::Show("nobody is here".to_owned())];
        }
        let line = |entry: &LobbyEntry| {
            let number = self.numbers.get(&entry.conversation).copied().unwrap_or(0);
            let mark = if Some(entry.conversation) == self.current { ">" } else { " " };
            Deed::Show(format!("{mark} {}", describe(number, entry, now)))
        };
        self.queue_line(now).map(Deed::Show).into_iter().chain(self.lobby.iter().map(line)).collect()
    }

    fn call(&mut self, number: u32, take: bool) -> Vec<Deed> {
        match self.numbers.iter().find(|(_, n)| **n == number).map(|(id, _)| *id) {
            Some(id) => self.join(id, take),
            None => vec![Deed::Show(format!("there is no visitor {number}: /list shows who is here"))],
        }
    }

    pub(super) fn join(&mut self, id: ConversationId, take: bool) -> Vec<Deed> {
        let mut deeds = Vec::new();
        if !self.talks.contains_key(&id) {
            if self.talks.len() >= TALKS_MAX {
                return vec![Deed::Show(format!(
                    "you follow {TALKS_MAX} visitors already: /give one back first"
                ))];
            }
            self.talks.insert(id, Talk::default());
            deeds.push(Deed::Follow(id));
        }
        self.current = Some(id);
        if take && let Some(talk) = self.talks.get_mut(&id) {
            talk.claiming = true;
            deeds.push(Deed::Send(id, Command::Claim));
        }
        deeds
    }

    /// A command for the current conversation; `as_pilot` when only the pilot may give it.
    pub(super) fn in_current(&mut self, as_pilot: bool, command: impl FnOnce(&Talk) -> Command) -> Vec<Deed> {
        let Some((id, talk)) = self.current() else {
            return vec![Deed::Show("nobody is taken: /list, then /take N".to_owned())];
        };
        if as_pilot && !talk.claiming && talk.state.pilot.as_ref() != Some(&self.me) {
            return vec![Deed::Show("somebody else is serving this visitor: /take first".to_owned())];
        }
        vec![Deed::Send(id, command(talk))]
    }

    fn signal(&mut self, signal: Signal) -> Vec<Deed> {
        match self.current {
            Some(id) => vec![Deed::Signal(id, signal)],
            None => vec![Deed::Show("nobody is taken: /list, then /take N".to_owned())],
        }
    }

    fn leave(&mut self, id: ConversationId, deeds: &mut Vec<Deed>) {
        self.talks.remove(&id);
        self.offers.retain(|o| *o != id);
        self.numbers.remove(&id);
        if self.current == Some(id) {
            self.current = None;
        }
        deeds.push(Deed::Unfollow(id));
    }

    pub(super) fn number(&mut self, id: ConversationId) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.next_number += 1;
            self.next_number - 1
        })
    }
}

fn name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Visitor => "visitor",
        ActorKind::Bot => "bot",
        ActorKind::Person | ActorKind::Supervisor => "colleague",
        ActorKind::Host | ActorKind::System => "desk",
    }
}

pub(super) fn describe(number: u32, entry: &LobbyEntry, now: Time) -> String {
    let minutes = now.since_ms(entry.opened_at) / 60_000;
    let with = match &entry.pilot {
        Some(pilot) => format!("with {}", pilot.id),
        None => "with nobody".to_owned(),
    };
    let waits = match &entry.waiting {
        _ if entry.message => ", gone, left a message".to_owned(),
        Some((since, reason)) => {
            let reason = serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned));
            format!(", waits for a person {} s ({})", now.since_ms(*since) / 1000, reason.unwrap_or_default())
        }
        None => String::new(),
    };
    let open = if entry.unanswered { ", a question is open" } else { "" };
    format!("#{number} {} [{}] {minutes} min, {with}{waits}{open}", entry.desk, entry.language.tag())
}

/// What the visitor thinks of the visit, in words.
fn rating(stars: Option<u8>, resolved: Option<bool>) -> String {
    let stars = stars.map(|stars| format!("rated {stars} of 5"));
    let resolved = resolved.map(|yes| if yes { "resolved" } else { "not resolved" }.to_owned());
    let said: Vec<String> = stars.into_iter().chain(resolved).collect();
    if said.is_empty() { "rated".to_owned() } else { said.join(", ") }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::conversation::{Channel, HandoffReason, Language, VisitorId};

    pub fn me() -> Actor {
        Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person }
    }

    pub fn id() -> ConversationId {
        ConversationId::new(Time(1), 7)
    }

    pub fn answer() -> AnswerId {
        AnswerId::new(Time(2), 8)
    }

    pub fn entry(waiting: bool) -> LobbyEntry {
        LobbyEntry {
            conversation: id(),
            desk: "main".parse().unwrap(),
            language: Language::En,
            channel: Channel::Kiosk,
            opened_at: Time(0),
            unanswered: true,
            waiting: waiting.then_some((Time(60_000), HandoffReason::Asked)),
            pilot: Some(Actor { id: "bot".parse().unwrap(), kind: ActorKind::Bot }),
            message: false,
        }
    }

    fn event(seq: u64, actor: Actor, fact: Fact) -> Event {
        let cmid = crate::conversation::Cmid::new(Time(seq), 1);
        Event { seq, at: Time(seq), actor, cmid, fact, body: Body::Empty }
    }

    pub fn visitor() -> Actor {
        Actor { id: "kiosk".parse().unwrap(), kind: ActorKind::Visitor }
    }

    pub fn said(seq: u64, actor: Actor, text: &str) -> Event {
        let fact = Fact::Said {
            answer: answer(),
            part: 0,
            last: true,
            voiced: false,
            in_reply_to: None,
            corrects: None,
            masked: 0,
            thanks: false,
        };
        let body = Body::Said(Words { text: text.to_owned(), ..Words::default() });
        Event { body, ..event(seq, actor, fact) }
    }

    pub fn taken() -> Console {
        let mut console = Console::new(me(), Profile::default());
        console.on_lobby(vec![entry(true)], Time(61_000));
        console.wish(Wish::Take(1), answer(), Time(61_000));
        let opened = Fact::Opened {
            desk: "main".parse().unwrap(),
            language: Language::En,
            channel: Channel::Kiosk,
            visitor: VisitorId::new(Time(0), 1),
        };
        console.on_event(id(), &event(1, visitor(), opened));
        console.on_event(id(), &event(2, me(), Fact::Assigned { agent: me() }));
        console
    }

    #[test]
    fn who_begins_to_wait_is_announced_once() {
        let mut console = Console::new(me(), Profile::default());
        let first = console.on_lobby(vec![entry(false)], Time(0));
        assert!(matches!(&first[..], [Deed::Show(line)] if line.starts_with("+ #1 main [en]")), "{first:?}");
        let second = console.on_lobby(vec![entry(true)], Time(70_000));
        assert!(
            matches!(&second[..], [Deed::Show(line)] if line.contains("waits for a person 10 s (asked)"))
        );
        assert!(console.on_lobby(vec![entry(true)], Time(71_000)).is_empty());
    }

    #[test]
    fn taking_follows_and_claims_and_text_is_spoken() {
        let mut console = taken();
        let said = console.wish(Wish::Say("Hello, I am Ann.".into()), answer(), Time(1));
        assert!(
            matches!(&said[..], [Deed::Send(_, Command::Say { words, last: true, .. })] if words.text == "Hello, I am Ann.")
        );
        let given = console.wish(Wish::Give { to_bot: true }, answer(), Time(1));
        assert_eq!(given, [Deed::Send(id(), Command::Release { to_bot: true })]);
    }

    #[test]
    fn what_the_visitor_is_saying_is_shown_of_the_conversation_in_front() {
        let mut console = taken();
        let shown = console.on_partial(id(), "where is my");
        assert_eq!(shown, [Deed::Show("#1 the visitor is saying: where is my".into())]);
        assert!(console.on_partial(id(), "").is_empty(), "it has been said");
        assert!(console.on_partial(ConversationId::new(Time(9), 9), "hello").is_empty(), "somebody else's");
    }

    #[test]
    fn nothing_is_said_to_a_visitor_whom_somebody_else_serves() {
        let mut console = taken();
        let other = Actor { id: "bob".parse().unwrap(), kind: ActorKind::Supervisor };
        console.on_event(id(), &event(3, other.clone(), Fact::Released { agent: me(), to_bot: false }));
        console.on_event(id(), &event(4, other.clone(), Fact::Assigned { agent: other }));
        let deeds = console.wish(Wish::Say("hello?".into()), answer(), Time(1));
        assert!(matches!(&deeds[..], [Deed::Show(line)] if line.contains("/take first")), "{deeds:?}");
    }

    #[test]
    fn a_closed_conversation_is_let_go() {
        let mut console = taken();
        let closed = Fact::Closed { outcome: crate::conversation::Outcome::Finished };
        let deeds = console.on_event(id(), &event(3, visitor(), closed));
        assert_eq!(deeds.last(), Some(&Deed::Unfollow(id())));
        assert!(console.current().is_none());
    }

    #[test]
    fn leaving_gives_everybody_back() {
        let deeds = taken().wish(Wish::Quit, answer(), Time(1));
        assert_eq!(deeds, [Deed::Send(id(), Command::Release { to_bot: true }), Deed::Quit]);
    }
}
