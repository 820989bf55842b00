//! What the clients did and saw.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use avatardesk::conversation::{Actor, Cmid, Command, ConversationId, Event};

/// A command that a client took over: from then on it must not get lost.
#[derive(Debug, Clone)]
pub struct Sent {
    pub who: Actor,
    /// Which life of the client.
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
}

/// Everything.
#[derive(Debug, Default)]
pub struct History {
    pub sent: Vec<Sent>,
    pub answers: HashMap<(Actor, ConversationId, Cmid), Vec<Answer>>,
    pub views: HashMap<(Actor, u32, ConversationId), View>,
    /// The life that each client has reached.
    pub lives: HashMap<Actor, u32>,
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
}
