//! What the clients did and saw.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use avatardesk::conversation::{Actor, Cmid, Command, ConversationId, Event};

/// A command that a client took over: from then on it must not get lost.
#[derive(Debug, Clone)]
pub struct Sent {
    pub who: Actor,
    /// The last life of the client whose outbox had it.
    pub life: u32,
    pub conversation: ConversationId,
    pub cmid: Cmid,
    pub command: Command,
    /// Before the client was asked.
    pub at: Duration,
}

/// What came back for a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Acked { seq: u64, at: Duration },
    Refused { text: String },
    Expired,
}

/// What one life of a client saw of one conversation.
#[derive(Debug, Clone, Default)]
pub struct View {
    pub events: Vec<Event>,
    /// The client was told that what it saw counts no more.
    pub restarted: bool,
    /// It still looks.
    pub open: bool,
    /// The relay said that there is nothing (more) for it: after how many events, and when.
    pub hidden: Option<(usize, Duration)>,
}

/// A command by its sender, conversation and number.
pub type Key = (Actor, ConversationId, Cmid);

/// Everything.
#[derive(Debug, Default)]
pub struct History {
    pub sent: Vec<Sent>,
    pub answers: HashMap<Key, Vec<Answer>>,
    pub views: HashMap<(Actor, u32, ConversationId), View>,
    /// The life that each client has reached.
    pub lives: HashMap<Actor, u32>,
    /// How many visitors an agent has said that it takes at once, before it claimed any.
    pub capacities: HashMap<Actor, usize>,
    /// Up to where each client has said that it has seen a conversation.
    pub seen: HashMap<(Actor, ConversationId), u64>,
    /// The visitors who have gone and left a message, in the last lobby that each agent was shown.
    pub messages: HashMap<Actor, HashSet<ConversationId>>,
    /// Whose device was revoked at least once.
    pub revoked: HashSet<Actor>,
    /// What was wrong while it happened.
    pub complaints: Vec<String>,
}

/// The history that all clients write.
#[derive(Clone)]
pub struct Recorder {
    begin: Instant,
    history: Arc<Mutex<History>>,
}

impl Recorder {
    pub fn new() -> Self {
        Self { begin: Instant::now(), history: Arc::default() }
    }

    pub fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    pub fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    pub fn complain(&self, what: String) {
        self.lock().complaints.push(what);
    }
}

impl History {
    /// How many commands have no answer yet.
    pub fn unanswered(&self) -> usize {
        let key = |s: &Sent| (s.who.clone(), s.conversation, s.cmid);
        let current = |s: &Sent| self.lives.get(&s.who) == Some(&s.life);
        self.sent.iter().filter(|s| current(s) && !self.answers.contains_key(&key(s))).count()
    }

    /// When each command was given.
    pub fn given(&self) -> HashMap<Key, Duration> {
        self.sent.iter().map(|s| ((s.who.clone(), s.conversation, s.cmid), s.at)).collect()
    }
}
