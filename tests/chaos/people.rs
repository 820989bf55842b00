//! Visitors and agents, each with the client that kiosks, consoles and bots use, and with its outbox in a file.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use avatardesk::client::{
    ClientConfig, ClientEvent, ClientHandle, Identity, OUTBOX_MAX, Outbox, SqliteOutbox, connect, now,
    random_u128,
};
use avatardesk::conversation::{Actor, ActorKind, AnswerId, Cmid, Command, ConversationId, Words};
use avatardesk::protocol::{ClientFrame, Role, Signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::agent::serve;
use crate::history::{Answer, Recorder, Sent, View};
use crate::rng::Rng;
use crate::visitor::visit;

/// Commands of one client without an answer; more wait until some were answered.
const UNANSWERED_MAX: usize = 50;

/// What the clients are asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Talk,
    /// Say nothing new.
    Settle,
    Over,
}

/// Why a client is started again.
pub enum Restart {
    /// Its program ends.
    Ends,
    /// Its device was revoked, and is another one now.
    Enrolled(Box<Identity>),
}

/// A client, over all its lives.
pub struct Person {
    pub role: Role,
    pub name: String,
    pub url: String,
    pub outbox: PathBuf,
    pub recorder: Recorder,
    pub rng: Rng,
    /// As which device it comes, where only enrolled ones are let in.
    pub identity: Option<Identity>,
    /// A client is ended and started again for each of these.
    pub restarts: mpsc::Receiver<Restart>,
    pub stage: watch::Receiver<Stage>,
}

/// One life of a client.
pub struct Life<'a> {
    pub person: &'a mut Person,
    pub who: Actor,
    pub number: u32,
    pub handle: ClientHandle,
    events: mpsc::Receiver<ClientEvent>,
    waiting: HashSet<Cmid>,
    said: u64,
    /// When it acts next by itself.
    act_at: Instant,
}

/// Why a life ended.
pub enum End {
    Restart,
    /// The relay has said that the device is revoked.
    Revoked,
    Over,
}

impl Person {
    fn actor(&self) -> Actor {
        Actor { id: self.name.parse().unwrap(), kind: self.role.actor_kind() }
    }

    /// Lives until the stage is over.
    pub async fn live(mut self) {
        let mut number = 0;
        loop {
            let mut life = self.begin(number).await;
            let end = match life.who.kind {
                ActorKind::Visitor => visit(&mut life).await,
                _ => serve(&mut life).await,
            };
            // It has been told this.
            while let Ok(event) = life.events.try_recv() {
                life.note(&event);
            }
            drop(life);
            match end {
                End::Over => return,
                End::Restart => {}
                End::Revoked => self.enrolled_again().await,
            }
            number += 1;
        }
    }

    /// Waits until the host has enrolled the device anew.
    async fn enrolled_again(&mut self) {
        while let Some(restart) = self.restarts.recv().await {
            if let Restart::Enrolled(identity) = restart {
                self.identity = Some(*identity);
                return;
            }
        }
    }

    async fn begin(&mut self, number: u32) -> Life<'_> {
        let who = self.actor();
        // The former life lets go of the outbox a moment after its end.
        let mut outbox = loop {
            match SqliteOutbox::open(&self.outbox) {
                Ok(outbox) => break outbox,
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        };
        let kept: HashSet<(ConversationId, Cmid)> = outbox
            .after(0, OUTBOX_MAX)
            .unwrap()
            .into_iter()
            .filter_map(|(_, frame)| match frame {
                ClientFrame::Sealed { conversation, cmid, .. } => Some((conversation, cmid)),
                _ => None,
            })
            .collect();
        let mut config = match &self.identity {
            Some(identity) => ClientConfig::enrolled(self.url.as_str(), identity),
            None => ClientConfig::new(self.url.as_str(), self.role, who.id.clone()),
        };
        config.timing.pause_max = Duration::from_secs(1);
        if let Some(key) = &config.seal_to {
            outbox.begin_with(key).unwrap();
        }
        let (handle, events) = connect(config, Box::new(outbox)).unwrap();
        let mut waiting = HashSet::new();
        {
            let mut history = self.recorder.lock();
            history.lives.insert(who.clone(), number);
            for ((whose, _, _), view) in &mut history.views {
                if *whose == who {
                    view.open = false;
                }
            }
            // What the outbox has, this life has to bring to an end.
            for sent in &mut history.sent {
                if sent.who == who && kept.contains(&(sent.conversation, sent.cmid)) {
                    sent.life = number;
                    waiting.insert(sent.cmid);
                }
            }
        }
        Life { person: self, who, number, handle, events, waiting, said: 0, act_at: Instant::now() }
    }
}

impl Life<'_> {
    pub async fn command(&mut self, conversation: ConversationId, command: Command) {
        let at = self.person.recorder.now();
        // `Err`: not taken over, so nothing was promised.
        if let Ok(cmid) = self.handle.command(conversation, command.clone()).await {
            let (who, life) = (self.who.clone(), self.number);
            self.person.recorder.lock().sent.push(Sent { who, life, conversation, cmid, command, at });
            self.waiting.insert(cmid);
        }
    }

    pub async fn say(&mut self, conversation: ConversationId, in_reply_to: Option<u64>) {
        self.said += 1;
        let kind = if in_reply_to.is_some() { "answer" } else { "question" };
        let text = format!("{kind} {} of {} in life {}", self.said, self.who.id, self.number);
        let command = Command::Say {
            answer: AnswerId::new(now(), random_u128().unwrap()),
            part: 0,
            last: true,
            voiced: false,
            in_reply_to,
            corrects: None,
            masked: 0,
            words: Words { text, ..Words::default() },
        };
        self.command(conversation, command).await;
    }

    pub fn follow(&self, conversation: ConversationId) {
        // `Err`: too busy for the moment; then it is not followed and not looked at.
        if self.handle.follow(conversation).is_ok() {
            let view = View { open: true, ..View::default() };
            let key = (self.who.clone(), self.number, conversation);
            self.person.recorder.lock().views.entry(key).or_insert(view).open = true;
        }
    }

    pub fn unfollow(&self, conversation: ConversationId) {
        if self.handle.unfollow(conversation).is_ok() {
            let key = (self.who.clone(), self.number, conversation);
            // It is not followed again in this life: what still waits to be told would be taken for the new replay.
            self.person.recorder.lock().views.get_mut(&key).unwrap().open = false;
        }
    }

    pub fn followed(&self, conversation: ConversationId) -> bool {
        let key = (self.who.clone(), self.number, conversation);
        self.person.recorder.lock().views.contains_key(&key)
    }

    /// Says that everything up to there has been seen.
    pub fn seen(&self, conversation: ConversationId, seq: u64) {
        let mut history = self.person.recorder.lock();
        let seen = history.seen.entry((self.who.clone(), conversation)).or_default();
        *seen = seq.max(*seen);
        // `Err`: too busy for the moment; then nobody is told.
        let _ = self.handle.seen(conversation, seq);
    }

    /// Signals, if there is a connection.
    pub fn signal(&self, conversation: ConversationId, signal: Signal) {
        // `Err`: too busy for the moment; signals are not kept.
        let _ = self.handle.signal(conversation, signal);
    }

    /// Writes down what the client told.
    fn note(&mut self, event: &ClientEvent) -> Option<End> {
        let mut history = self.person.recorder.lock();
        let at = self.person.recorder.now();
        let mut answer = |conversation, cmid, answer| {
            self.waiting.remove(&cmid);
            history.answers.entry((self.who.clone(), conversation, cmid)).or_default().push(answer);
        };
        match event {
            ClientEvent::Acked { conversation, cmid, seq } => {
                answer(*conversation, *cmid, Answer::Acked { seq: *seq, at });
            }
            ClientEvent::Refused { conversation, cmid, text, .. } => {
                answer(*conversation, *cmid, Answer::Refused { text: text.clone() });
            }
            ClientEvent::Expired { conversation, cmid } => answer(*conversation, *cmid, Answer::Expired),
            ClientEvent::Event { conversation, event } => {
                let key = (self.who.clone(), self.number, *conversation);
                if let Some(view) = history.views.get_mut(&key) {
                    view.events.push(event.clone());
                }
            }
            ClientEvent::Restarted { conversation } => {
                let key = (self.who.clone(), self.number, *conversation);
                if let Some(view) = history.views.get_mut(&key) {
                    view.restarted = true;
                }
            }
            ClientEvent::Hidden { conversation } => {
                let key = (self.who.clone(), self.number, *conversation);
                if let Some(view) = history.views.get_mut(&key) {
                    view.hidden = Some((view.events.len(), at));
                }
            }
            ClientEvent::Lobby(entries) => {
                let left = entries.iter().filter(|entry| entry.message).map(|entry| entry.conversation);
                history.messages.insert(self.who.clone(), left.collect());
            }
            ClientEvent::Seen { conversation, by, seq } => {
                let said = history.seen.get(&(by.clone(), *conversation)).copied().unwrap_or_default();
                if *seq > said {
                    let (us, by) = (&self.who.id, &by.id);
                    let what =
                        format!("{us} was told that {by} has seen {seq} of {conversation}, not {said}");
                    history.complaints.push(what);
                }
            }
            ClientEvent::Signal { conversation, from, signal } => {
                let key = (self.who.clone(), self.number, *conversation);
                if !history.views.contains_key(&key) {
                    let (us, from) = (&self.who.id, &from.id);
                    let what =
                        format!("{us} got {signal:?} of {from} in {conversation}, which is not for it");
                    history.complaints.push(what);
                }
            }
            ClientEvent::Fatal { sentence }
                if sentence.contains("revoked") && history.revoked.contains(&self.who) =>
            {
                return Some(End::Revoked);
            }
            ClientEvent::Fatal { sentence } => {
                history.complaints.push(format!("{} gave up for good: {sentence}", self.who.id));
                return Some(End::Restart);
            }
            _ => {}
        }
        None
    }

    /// The next thing to do with what happened; what is done by itself is done after each `pause`.
    pub async fn next(&mut self, pause: Duration) -> Next {
        let stage = *self.person.stage.borrow();
        if stage == Stage::Over {
            return Next::End(End::Over);
        }
        tokio::select! {
            event = self.events.recv() => match event {
                Some(event) => match self.note(&event) {
                    Some(end) => Next::End(end),
                    None => Next::Event(Box::new(event)),
                },
                None => Next::End(End::Restart),
            },
            Some(restart) = self.person.restarts.recv() => {
                if let Restart::Enrolled(identity) = restart {
                    self.person.identity = Some(*identity);
                }
                Next::End(End::Restart)
            }
            _ = self.person.stage.changed() => Next::Nothing,
            () = sleep_until(self.act_at), if stage == Stage::Talk => {
                self.act_at = Instant::now() + pause;
                if self.waiting.len() < UNANSWERED_MAX { Next::Act } else { Next::Nothing }
            }
        }
    }

    /// Until there has been a connection, an outbox has no key to seal to and keeps commands in memory only; an enrolled
    /// device knows it, and so does every later life.
    pub async fn first_connection(&mut self) -> Option<End> {
        if self.number > 0 || self.person.identity.is_some() {
            return None;
        }
        loop {
            match self.next(Duration::from_secs(3600)).await {
                Next::Event(event) if *event == ClientEvent::Connected => {
                    self.act_at = Instant::now();
                    return None;
                }
                Next::End(end) => return Some(end),
                _ => {}
            }
        }
    }
}

/// What comes next.
pub enum Next {
    Event(Box<ClientEvent>),
    Act,
    Nothing,
    End(End),
}

/// Waits for all to have ended.
pub async fn all_ended(tasks: Vec<tokio::task::JoinHandle<()>>, within: Duration) -> bool {
    let all = async {
        for task in tasks {
            drop(task.await);
        }
    };
    timeout(within, all).await.is_ok()
}
