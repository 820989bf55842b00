//! Visitors and agents, each with the client that kiosks, consoles and bots use, and with its outbox in a file.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use avatardesk::client::{ClientConfig, ClientEvent, ClientHandle, SqliteOutbox, connect, now, random_u128};
use avatardesk::conversation::{
    Actor, ActorKind, AnswerId, Channel, Command, ConversationId, Event, HandoffReason, Language, Outcome,
    State, VisitorId, Words,
};
use avatardesk::protocol::{LobbyEntry, Role};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::history::{Answer, Recorder, Sent, View};
use crate::rng::Rng;

/// Commands of one client without an answer; more wait until some were answered.
const UNANSWERED_MAX: usize = 50;
/// Ended conversations that a visitor still follows.
const OLD_MAX: usize = 2;
/// Conversations that an agent has at a time.
const CAPACITY: usize = 6;
/// How often an agent looks around.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The shortest time between two claims of the same conversation by one agent.
const CLAIM_AGAIN: Duration = Duration::from_secs(1);

/// What the clients are asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Talk,
    /// Say nothing new.
    Settle,
    Over,
}

/// A client, over all its lives.
pub struct Person {
    pub role: Role,
    pub name: String,
    pub url: String,
    pub outbox: PathBuf,
    pub recorder: Recorder,
    pub rng: Rng,
    /// A client is ended and started again for each of these.
    pub restarts: mpsc::Receiver<()>,
    pub stage: watch::Receiver<Stage>,
}

/// One life of a client.
struct Life<'a> {
    person: &'a mut Person,
    who: Actor,
    number: u32,
    handle: ClientHandle,
    events: mpsc::Receiver<ClientEvent>,
    waiting: HashSet<avatardesk::conversation::Cmid>,
    said: u64,
    /// When it acts next by itself.
    act_at: Instant,
}

/// Why a life ended.
enum End {
    Restart,
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
            drop(life);
            if matches!(end, End::Over) {
                return;
            }
            number += 1;
        }
    }

    async fn begin(&mut self, number: u32) -> Life<'_> {
        let who = self.actor();
        // The former life lets go of the outbox a moment after its end.
        let outbox = loop {
            match SqliteOutbox::open(&self.outbox) {
                Ok(outbox) => break outbox,
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        };
        let mut config = ClientConfig::new(self.url.as_str(), self.role, who.id.clone());
        config.timing.pause_max = Duration::from_secs(1);
        let (handle, events) = connect(config, Box::new(outbox)).unwrap();
        {
            let mut history = self.recorder.lock();
            history.lives.insert(who.clone(), number);
            for ((whose, _, _), view) in &mut history.views {
                if *whose == who {
                    view.open = false;
                }
            }
        }
        Life {
            person: self,
            who,
            number,
            handle,
            events,
            waiting: HashSet::new(),
            said: 0,
            act_at: Instant::now(),
        }
    }
}

impl Life<'_> {
    async fn command(&mut self, conversation: ConversationId, command: Command) {
        let at = self.person.recorder.now();
        // `Err`: not taken over, so nothing was promised.
        if let Ok(cmid) = self.handle.command(conversation, command.clone()).await {
            let (who, life) = (self.who.clone(), self.number);
            self.person.recorder.lock().sent.push(Sent { who, life, conversation, cmid, command, at });
            self.waiting.insert(cmid);
        }
    }

    async fn say(&mut self, conversation: ConversationId, in_reply_to: Option<u64>) {
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

    fn follow(&self, conversation: ConversationId) {
        // `Err`: too busy for the moment; then it is not followed and not looked at.
        if self.handle.follow(conversation).is_ok() {
            let view = View { open: true, ..View::default() };
            let key = (self.who.clone(), self.number, conversation);
            self.person.recorder.lock().views.entry(key).or_insert(view).open = true;
        }
    }

    fn unfollow(&self, conversation: ConversationId) {
        if self.handle.unfollow(conversation).is_ok() {
            let key = (self.who.clone(), self.number, conversation);
            // It is not followed again in this life: what still waits to be told would be taken for the new replay.
            self.person.recorder.lock().views.get_mut(&key).unwrap().open = false;
        }
    }

    fn followed(&self, conversation: ConversationId) -> bool {
        let key = (self.who.clone(), self.number, conversation);
        self.person.recorder.lock().views.contains_key(&key)
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
            ClientEvent::Fatal { sentence } => {
                history.complaints.push(format!("{} gave up for good: {sentence}", self.who.id));
                return Some(End::Restart);
            }
            _ => {}
        }
        None
    }

    /// The next thing to do with what happened; what is done by itself is done after each `pause`.
    async fn next(&mut self, pause: Duration) -> Next {
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
            Some(()) = self.person.restarts.recv() => Next::End(End::Restart),
            _ = self.person.stage.changed() => Next::Nothing,
            () = sleep_until(self.act_at), if stage == Stage::Talk => {
                self.act_at = Instant::now() + pause;
                if self.waiting.len() < UNANSWERED_MAX { Next::Act } else { Next::Nothing }
            }
        }
    }

    /// Until there has been a connection, an outbox has no key to seal to and keeps commands in memory only.
    async fn first_connection(&mut self) -> Option<End> {
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

enum Next {
    Event(Box<ClientEvent>),
    Act,
    Nothing,
    End(End),
}

/// A visitor: opens conversations one after the other, asks, and leaves.
async fn visit(life: &mut Life<'_>) -> End {
    if let Some(end) = life.first_connection().await {
        return end;
    }
    let mut old: VecDeque<ConversationId> = VecDeque::new();
    let mut current: Option<(ConversationId, u64)> = None;
    loop {
        let pause = Duration::from_millis(life.person.rng.between(30, 250));
        match life.next(pause).await {
            Next::End(end) => return end,
            Next::Act => {}
            Next::Event(_) | Next::Nothing => continue,
        }
        match current {
            Some((visit, left)) if left > 0 => {
                current = Some((visit, left - 1));
                if life.person.rng.percent(3) {
                    let reason = HandoffReason::Asked;
                    life.command(visit, Command::RequestHandoff { reason, summary: None }).await;
                } else {
                    life.say(visit, None).await;
                }
            }
            Some((visit, _)) => {
                current = None;
                life.command(visit, Command::Rate { stars: Some(5), resolved: Some(true), comment: None })
                    .await;
                life.command(visit, Command::Close { outcome: Outcome::Finished }).await;
                old.push_back(visit);
                if old.len() > OLD_MAX
                    && let Some(oldest) = old.pop_front()
                {
                    life.unfollow(oldest);
                }
            }
            None => {
                let visit = ConversationId::new(now(), random_u128().unwrap());
                let open = Command::Open {
                    desk: "help".parse().unwrap(),
                    language: Language::En,
                    channel: Channel::Script,
                    visitor: VisitorId::new(now(), random_u128().unwrap()),
                };
                life.command(visit, open).await;
                life.follow(visit);
                current = Some((visit, life.person.rng.between(10, 60)));
            }
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
}

/// An agent: claims, answers, takes over, lets go.
async fn serve(life: &mut Life<'_>) -> End {
    drop(life.handle.watch());
    if let Some(end) = life.first_connection().await {
        return end;
    }
    let mut lobby: Vec<LobbyEntry> = Vec::new();
    let mut cases: HashMap<ConversationId, Case> = HashMap::new();
    loop {
        match life.next(LOOK_EVERY).await {
            Next::End(end) => return end,
            Next::Nothing => {}
            Next::Event(event) => match *event {
                ClientEvent::Lobby(entries) => {
                    lobby = entries;
                    look_around(life, &lobby, &mut cases, false).await;
                }
                ClientEvent::Event { conversation, event } => {
                    case_goes_on(life, conversation, &event, &mut cases).await;
                }
                ClientEvent::CaughtUp { conversation } => {
                    if let Some(case) = cases.get_mut(&conversation) {
                        case.caught_up = true;
                        answer(life, conversation, case).await;
                    }
                }
                _ => {}
            },
            Next::Act => {
                look_around(life, &lobby, &mut cases, true).await;
                let mine = cases.iter().find(|(_, c)| c.state.pilot.as_ref() == Some(&life.who));
                if let Some((&conversation, _)) = mine {
                    match life.person.rng.below(100) {
                        0..5 => {
                            let to_bot = life.person.rng.percent(70);
                            life.command(conversation, Command::Release { to_bot }).await;
                        }
                        5..10 => {
                            let text = format!("note of {}", life.who.id);
                            life.command(conversation, Command::Note { text }).await;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Claims what is free, and when `bold` now and then what is not. Several agents may try at once.
async fn look_around(
    life: &mut Life<'_>,
    lobby: &[LobbyEntry],
    cases: &mut HashMap<ConversationId, Case>,
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
            Some(_) if !bold => 0,
            Some(pilot) if pilot.kind == ActorKind::Bot && life.who.kind.is_person() => 6,
            Some(_) => 3,
            None if entry.waiting.is_some() && !life.who.kind.is_person() => 1,
            None => 60,
        };
        if !life.person.rng.percent(chance) || (known.is_none() && life.followed(id)) {
            continue;
        }
        if known.is_none() {
            life.follow(id);
        }
        cases.entry(id).or_default().claimed_at = Some(Instant::now());
        life.command(id, Command::Claim).await;
    }
}

async fn case_goes_on(
    life: &mut Life<'_>,
    conversation: ConversationId,
    event: &Event,
    cases: &mut HashMap<ConversationId, Case>,
) {
    let Some(case) = cases.get_mut(&conversation) else { return };
    case.state.apply(event);
    if case.caught_up {
        answer(life, conversation, case).await;
        if !case.state.is_open() {
            cases.remove(&conversation);
            life.unfollow(conversation);
        }
    }
}

/// Answers the visitor's last words, once.
async fn answer(life: &mut Life<'_>, conversation: ConversationId, case: &mut Case) {
    let mine = case.state.pilot.as_ref() == Some(&life.who);
    if let Some(seq) = case.state.unanswered
        && mine
        && *life.person.stage.borrow() == Stage::Talk
        && case.answered.insert(seq)
    {
        life.say(conversation, Some(seq)).await;
    }
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
