//! One run: people talk, faults happen, everything heals, and the histories are compared with the log.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use avatardesk::client::{ClientConfig, ClientEvent, Identity, MemoryOutbox, connect};
use avatardesk::conversation::{Actor, ActorId, ConversationId, Event};
use avatardesk::log::{DataDir, EventLog, PAGE_MAX_EVENTS, SqliteLog, SqliteOptions};
use avatardesk::protocol::Role;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::check::{Log, check, lost_sight};
use crate::control::Slot;
use crate::disk::Keep;
use crate::history::{Answer, History, Recorder};
use crate::machine::{Machine, Program};
use crate::people::{Person, Restart, Stage, all_ended};
use crate::proxy::Line;
use crate::rng::Rng;
use crate::rules::Story;
use crate::schedule::{Fault, Step};

/// Who takes part.
const PEOPLE: [(Role, &str); 10] = [
    (Role::Kiosk, "kiosk-1"),
    (Role::Kiosk, "kiosk-2"),
    (Role::Kiosk, "kiosk-3"),
    (Role::Kiosk, "kiosk-4"),
    (Role::Kiosk, "kiosk-5"),
    (Role::Bot, "bot-1"),
    (Role::Bot, "bot-2"),
    (Role::Agent, "ann"),
    (Role::Agent, "ben"),
    (Role::Supervisor, "sue"),
];
/// How many clients there are.
pub const CLIENTS: usize = PEOPLE.len();
/// How often the effects of faults are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// After the last fault everything must be answered and seen within this time, on a busy machine.
pub const HEAL_WITHIN: Duration = Duration::from_secs(120);
/// The relay is given up when it cannot be started so often, with room on its disk.
const STARTS_MAX: usize = 5;

/// What to do.
pub struct Plan {
    pub seed: u64,
    pub steps: Vec<Step>,
    pub program: Program,
    /// The clients are enrolled devices, which come over TLS.
    pub enrolled: bool,
    /// How long to wait after the last fault until everything is answered and seen.
    pub heal_within: Duration,
    /// Says each fault as it comes.
    pub loud: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    pub violations: Vec<String>,
    pub conversations: usize,
    pub events: usize,
    pub commands: usize,
    /// How often each kind of event is in the log, and each kind of refusal came: what a run has tried at all.
    pub kinds: BTreeMap<String, usize>,
}

struct Run<'a> {
    plan: &'a Plan,
    machine: Machine,
    lines: Vec<Line>,
    restarts: Vec<mpsc::Sender<Restart>>,
    /// As which device each client came first, or comes now.
    identities: Vec<Option<Identity>>,
    /// Those who try whether a revoked device is still let in.
    probes: Vec<JoinHandle<()>>,
    recorder: Recorder,
    frozen_until: Option<Instant>,
    full_until: Option<Instant>,
    slow_until: Option<Instant>,
}

/// Runs a plan. Everything that it leaves is in `dir`.
pub async fn run(plan: &Plan, dir: &Path) -> Result<Report> {
    let mut machine = Machine::new(dir, plan.program.clone(), plan.enrolled, plan.seed)?;
    let recorder = Recorder::new();
    machine.start().await?;
    let scheme = if plan.enrolled { "wss" } else { "ws" };
    let identities = if plan.enrolled { enrol_all(&mut machine).await? } else { vec![None; CLIENTS] };
    let (stage, staged) = watch::channel(Stage::Talk);
    let (mut lines, mut restarts, mut people) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (role, name)) in PEOPLE.into_iter().enumerate() {
        let line = Line::new(Arc::clone(&machine.port), scheme).await?;
        let (restart, asked) = mpsc::channel(4);
        let person = Person {
            role,
            name: name.to_owned(),
            url: line.url.clone(),
            outbox: dir.join(format!("outbox-{name}.sqlite")),
            identity: identities[n].clone(),
            recorder: recorder.clone(),
            rng: Rng::of(plan.seed, 100 + n as u64),
            restarts: asked,
            stage: staged.clone(),
        };
        people.push(tokio::spawn(person.live()));
        lines.push(line);
        restarts.push(restart);
    }
    let (frozen_until, full_until, slow_until) = (None, None, None);
    let probes = Vec::new();
    let mut run = Run {
        plan,
        machine,
        lines,
        restarts,
        identities,
        probes,
        recorder,
        frozen_until,
        full_until,
        slow_until,
    };
    run.pass(Duration::from_millis(500)).await?;
    for step in &plan.steps {
        run.pass(Duration::from_millis(step.after_ms)).await?;
        if plan.loud {
            eprintln!("{:7.1} s  {:?}", run.recorder.now().as_secs_f64(), step.fault);
        }
        run.happens(step.fault).await?;
    }
    run.settle(&stage).await?;
    run.end(stage, people).await
}

/// Invites and enrols all clients, one after the other, before anything goes wrong.
async fn enrol_all(machine: &mut Machine) -> Result<Vec<Option<Identity>>> {
    machine.stop().await?;
    let mut codes = Vec::new();
    for (role, name) in PEOPLE {
        codes.push(machine.invite(role, name).await?);
    }
    machine.start().await?;
    let mut identities = Vec::new();
    for ((role, _), code) in PEOPLE.into_iter().zip(codes) {
        identities.push(Some(Identity::enrol(&machine.url("wss"), role, &code).await?));
    }
    Ok(identities)
}

/// A revoked device must not come in again, whatever else happens.
async fn try_to_come_in(url: String, identity: Identity, recorder: Recorder) {
    let mut config = ClientConfig::enrolled(url, &identity);
    config.timing.pause_max = Duration::from_secs(1);
    let Ok((_handle, mut events)) = connect(config, Box::new(MemoryOutbox::new())) else { return };
    while let Some(event) = events.recv().await {
        match event {
            ClientEvent::Disconnected { .. } => {}
            ClientEvent::Fatal { sentence } if sentence.contains("revoked") => return,
            other => {
                let what = format!("the revoked device of {} was not shown out: {other:?}", identity.id);
                return recorder.complain(what);
            }
        }
    }
    recorder.complain(format!("nothing was said to the revoked device of {}", identity.id));
}

impl Run<'_> {
    /// Stops the relay, revokes the device of a client and invites it again; starts the relay, enrols the client anew
    /// and lets somebody try with what the old device had.
    async fn revoke(&mut self, who: usize) -> Result<()> {
        let Some(old) = self.identities[who].clone() else {
            // A client that still restarts need not do it twice.
            drop(self.restarts[who].try_send(Restart::Ends));
            return Ok(());
        };
        let (role, name) = PEOPLE[who];
        // Enrolling must not fail half-way: this one cannot be tried again.
        for effect in [&mut self.full_until, &mut self.slow_until] {
            *effect = effect.is_some().then(Instant::now);
        }
        self.pass(Duration::ZERO).await?;
        if self.frozen_until.take().is_some() {
            self.machine.signal("CONT").await?;
        }
        if let Err(e) = self.machine.stop().await {
            self.recorder.complain(format!("{e:#}"));
        }
        self.machine.owner(&["devices", "revoke", name]).await?;
        let actor = Actor { id: old.id.clone(), kind: role.actor_kind() };
        self.recorder.lock().revoked.insert(actor);
        let code = self.machine.invite(role, name).await?;
        self.start().await?;
        let new = Identity::enrol(&self.machine.url("wss"), role, &code).await;
        let new = new.with_context(|| format!("{name} could not be enrolled again"))?;
        let url = self.lines[who].url.clone();
        self.probes.push(tokio::spawn(try_to_come_in(url, old, self.recorder.clone())));
        self.identities[who] = Some(new.clone());
        // It takes this in whatever it does.
        drop(self.restarts[who].send(Restart::Enrolled(Box::new(new))).await);
        Ok(())
    }

    /// Lets time pass: effects end, and a relay that ends by itself is noticed.
    async fn pass(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            let now = Instant::now();
            let over = |at: &mut Option<Instant>| at.take_if(|at| *at <= now).is_some();
            if over(&mut self.frozen_until) {
                self.machine.signal("CONT").await?;
            }
            if over(&mut self.full_until) {
                self.machine.control.set(Slot::Room, -1)?;
            }
            if over(&mut self.slow_until) {
                self.machine.control.set(Slot::SyncUs, 0)?;
            }
            if let Some(status) = self.machine.fell_over()? {
                let said = self.machine.said();
                self.recorder.complain(format!("the relay ended by itself ({status}): {said}"));
                self.machine.lose_power(Keep::Everything)?;
                self.start().await?;
            }
            if now >= until {
                return Ok(());
            }
            sleep(LOOK_EVERY.min(until - now)).await;
        }
    }

    /// Starts the relay. Without room it may fail, then it is tried again.
    async fn start(&mut self) -> Result<()> {
        for attempt in 1.. {
            let full = self.machine.control.get(Slot::Room)? >= 0;
            let Err(e) = self.machine.start().await else { break };
            self.machine.lose_power(Keep::Everything)?;
            if !full && attempt >= STARTS_MAX {
                return Err(e.context("the relay cannot be started any more"));
            }
            if !full {
                self.recorder.complain(format!("the relay could not be started: {e:#}"));
            }
            if self.full_until.is_some_and(|at| at <= Instant::now()) {
                self.machine.control.set(Slot::Room, -1)?;
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn happens(&mut self, fault: Fault) -> Result<()> {
        let after = |ms: u64| Some(Instant::now() + Duration::from_millis(ms));
        match fault {
            Fault::Kill { keep, down_ms } => {
                self.machine.kill(keep).await?;
                self.frozen_until = None;
                sleep(Duration::from_millis(down_ms)).await;
                self.start().await?;
            }
            Fault::Stop { down_ms } => {
                if self.frozen_until.take().is_some() {
                    self.machine.signal("CONT").await?;
                }
                if let Err(e) = self.machine.stop().await {
                    self.recorder.complain(format!("{e:#}"));
                }
                sleep(Duration::from_millis(down_ms)).await;
                self.start().await?;
            }
            Fault::Cut { who, how } => self.lines[who].cut(how),
            Fault::CutAll { how } => self.lines.iter().for_each(|line| line.cut(how)),
            Fault::Delay { who, ms, for_ms } => {
                self.lines[who].delay(Duration::from_millis(ms), Duration::from_millis(for_ms));
            }
            Fault::Stall { who, for_ms } => self.lines[who].stall(Duration::from_millis(for_ms)),
            Fault::StallAll { for_ms } => {
                self.lines.iter().for_each(|line| line.stall(Duration::from_millis(for_ms)));
            }
            Fault::Full { room, for_ms } => {
                self.machine.control.set(Slot::Room, room)?;
                self.full_until = after(for_ms);
            }
            Fault::SlowSync { us, for_ms } => {
                self.machine.control.set(Slot::SyncUs, us)?;
                self.slow_until = after(for_ms);
            }
            Fault::Freeze { for_ms } => {
                self.machine.signal("STOP").await?;
                self.frozen_until = after(for_ms);
            }
            Fault::Clock { by_ms } => {
                let now = self.machine.control.get(Slot::ClockMs)?;
                self.machine.control.set(Slot::ClockMs, now + by_ms)?;
            }
            // A client that still restarts need not do it twice.
            Fault::Restart { who } => drop(self.restarts[who].try_send(Restart::Ends)),
            Fault::Revoke { who } => self.revoke(who).await?,
        }
        Ok(())
    }

    /// Ends all effects and waits until everything is answered and everybody has seen it.
    async fn settle(&mut self, stage: &watch::Sender<Stage>) -> Result<()> {
        let now = Instant::now();
        self.lines.iter().for_each(Line::heal);
        for effect in [&mut self.frozen_until, &mut self.full_until, &mut self.slow_until] {
            *effect = effect.is_some().then_some(now);
        }
        stage.send_replace(Stage::Settle);
        let begin = Instant::now();
        while begin.elapsed() < self.plan.heal_within {
            self.pass(Duration::from_millis(200)).await?;
            if settled(&self.recorder.lock()) {
                // Whoever is a little late is not stuck.
                self.pass(Duration::from_millis(500)).await?;
                if settled(&self.recorder.lock()) {
                    break;
                }
            }
        }
        if self.plan.loud {
            eprintln!("settled after {:.1} s", begin.elapsed().as_secs_f64());
        }
        Ok(())
    }

    async fn end(mut self, stage: watch::Sender<Stage>, people: Vec<JoinHandle<()>>) -> Result<Report> {
        let probes = std::mem::take(&mut self.probes);
        if !all_ended(probes, self.plan.heal_within).await {
            self.recorder.complain("a revoked device was never shown out".to_owned());
        }
        stage.send_replace(Stage::Over);
        if !all_ended(people, Duration::from_secs(30)).await {
            self.recorder.complain("a client does not end".to_owned());
        }
        if let Err(e) = self.machine.stop().await {
            self.recorder.complain(format!("{e:#}"));
        }
        let mut history = std::mem::take(&mut *self.recorder.lock());
        if history.answers.is_empty() {
            history.complaints.push("nothing was answered at all".to_owned());
        }
        let log = match read_log(&self.machine.data().join("relay"), &history).await {
            Ok(log) => log,
            Err(e) => {
                let violations = vec![format!("the log cannot be read: {e:#}")];
                return Ok(Report { violations, commands: history.sent.len(), ..Report::default() });
            }
        };
        Ok(Report {
            violations: check(&history, &log),
            conversations: log.len(),
            events: log.values().map(|l| l.events.len()).sum(),
            commands: history.sent.len(),
            kinds: kinds(&history, &log),
        })
    }
}

/// How often what has happened.
fn kinds(history: &History, log: &Log) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for event in log.values().flat_map(|logged| &logged.events) {
        *kinds.entry(event.fact.kind().to_owned()).or_default() += 1;
    }
    for answer in history.answers.values().flatten() {
        if let Answer::Refused { text } = answer {
            *kinds.entry(format!("refused: {text}")).or_default() += 1;
        }
    }
    *kinds.entry("out of sight".to_owned()).or_default() +=
        history.views.values().filter(|view| view.hidden.is_some()).count();
    *kinds.entry("lives".to_owned()).or_default() +=
        history.lives.values().map(|l| *l as usize + 1).sum::<usize>();
    kinds
}

/// Whether everything has an answer, and all who look at a conversation have seen the same and all that was acknowledged.
fn settled(history: &History) -> bool {
    let mut tops: HashMap<_, u64> = HashMap::new();
    for ((_, conversation, _), answers) in &history.answers {
        for answer in answers {
            if let Answer::Acked { seq, .. } = answer {
                let top = tops.entry(*conversation).or_default();
                *top = (*seq).max(*top);
            }
        }
    }
    for ((_, _, conversation), view) in &history.views {
        let top = tops.entry(*conversation).or_default();
        *top = (view.events.len() as u64).max(*top);
    }
    let mut longest: HashMap<_, &[Event]> = HashMap::new();
    for ((_, _, conversation), view) in &history.views {
        let known = longest.entry(*conversation).or_default();
        if view.events.len() > known.len() {
            *known = &view.events;
        }
    }
    let given = history.given();
    let behind = |((who, _, conversation), view): (&(Actor, u32, _), &crate::history::View)| {
        let all = longest.get(conversation).copied().unwrap_or_default();
        view.open
            && tops.get(conversation).is_some_and(|top| (view.events.len() as u64) < *top)
            && !lost_sight(who, *conversation, view, all, &given)
    };
    history.unanswered() == 0 && !history.views.iter().any(behind) && all_messages_shown(history, &longest)
}

/// Whether every agent is shown the messages that wait, as far as anybody has seen that they do.
fn all_messages_shown(history: &History, longest: &HashMap<ConversationId, &[Event]>) -> bool {
    longest.iter().all(|(id, events)| {
        let mut story = Story::default();
        events.iter().for_each(|event| story.goes_on(event));
        !story.is_left() || history.messages.values().all(|shown| shown.contains(id))
    })
}

/// The whole log, as the next relay would read it.
async fn read_log(path: &Path, history: &History) -> Result<Log> {
    let dir = Arc::new(DataDir::open(path)?);
    let store = SqliteLog::open(dir, SqliteOptions::default())?;
    let names: HashMap<ActorId, Actor> = history.lives.keys().map(|a| (a.id.clone(), a.clone())).collect();
    let mut log = Log::new();
    let mut position = 0;
    loop {
        let records = store.read_from(position, PAGE_MAX_EVENTS).await?;
        let Some(last) = records.last() else { break };
        position = last.position;
        for record in records {
            let logged = log.entry(record.conversation).or_default();
            if !logged.epochs.contains(&record.epoch) {
                logged.epochs.push(record.epoch);
            }
            logged.positions.push(record.position);
            logged.events.push(record.event);
        }
    }
    for (conversation, logged) in &mut log {
        for result in store.commands(*conversation).await? {
            if let Some(actor) = names.get(&result.sender) {
                logged.results.insert((actor.clone(), result.cmid), result.last_seq);
            }
        }
    }
    Ok(log)
}
