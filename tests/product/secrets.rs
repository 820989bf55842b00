//! Secrets are planted in a whole desk (kiosk with its outbox, relay, bot, logs at their most talkative; the relay is away for
//! a while), typed and spoken, in both languages. Afterwards every file that any part has written is searched for them, and
//! what is sealed is opened and searched, too.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::plant::{self, Dice, Planted};
use avatardesk::client::{ClientConfig, SqliteOutbox, now};
use avatardesk::conversation::{Body, Command, ConversationId, Fact, Language, Timings};
use avatardesk::kiosk::edges::{Ears, HeardEvent, Link, LinkEvent, Voice, VoiceEvent};
use avatardesk::kiosk::{Core, Parts, RelayLink};
use avatardesk::log::{DataDir, EventLog, Record, SqliteLog, SqliteOptions};
use avatardesk::protocol::{Role, Signal};
use avatardesk::scene::{self, Desk, ListenMode};
use avatardesk::visit::{Input, Nearness, Phase, SpeechId};

/// Nothing here takes as long as this, even on a busy machine.
const SOON: Duration = Duration::from_secs(30);
/// Secrets that one visitor gives away.
const PER_VISIT: usize = 12;
/// Records read at once.
const PAGE: usize = 200;

/// A part of the desk as a process of its own; its log goes to a file. Killed with this value.
struct Part(Child);

impl Part {
    fn start(dir: &Path, name: &str, arguments: &[&str]) -> (Self, Option<String>) {
        let log = File::options().create(true).append(true).open(dir.join(format!("{name}.log"))).unwrap();
        let mut child = Process::new(env!("CARGO_BIN_EXE_avatardesk"))
            .arg(name)
            .args(arguments)
            .args(["--offline", "--data"])
            .arg(dir)
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let first = (name == "relay").then(|| {
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            line.trim().strip_prefix("listening on ").expect("the relay says where it listens").to_owned()
        });
        (Self(child), first)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The connection, and how much of the visitor's it has brought back.
struct Counted {
    link: RelayLink,
    said: Arc<AtomicUsize>,
    up: Arc<AtomicUsize>,
    /// What the kiosk let out.
    sent: Arc<Mutex<Vec<String>>>,
}

impl Link for Counted {
    fn poll(&mut self) -> Vec<LinkEvent> {
        let news = self.link.poll();
        for event in &news {
            match event {
                LinkEvent::Happened { event, .. }
                    if matches!(event.fact, Fact::Said { .. }) && !event.actor.kind.is_agent() =>
                {
                    self.said.fetch_add(1, Ordering::SeqCst);
                }
                LinkEvent::Up => self.up.store(1, Ordering::SeqCst),
                LinkEvent::Down => self.up.store(0, Ordering::SeqCst),
                LinkEvent::Refused { text, .. } | LinkEvent::Fatal(text) => panic!("{text}"),
                _ => {}
            }
        }
        news
    }
    fn send(&mut self, conversation: ConversationId, command: Command) {
        if let Command::Say { words, .. } = &command {
            self.sent.lock().unwrap().push(words.text.clone());
        }
        self.link.send(conversation, command);
    }
    fn follow(&mut self, conversation: ConversationId) {
        self.link.follow(conversation);
    }
    fn unfollow(&mut self, conversation: ConversationId) {
        self.link.unfollow(conversation);
    }
    fn seen(&mut self, conversation: ConversationId, seq: u64) {
        self.link.seen(conversation, seq);
    }
    fn signal(&mut self, conversation: ConversationId, signal: Signal) {
        self.link.signal(conversation, signal);
    }
    fn report(&mut self, missing: Vec<String>) -> bool {
        self.link.report(missing)
    }
}

/// Ears that hear what they are told to, and a voice that has spoken at once.
#[derive(Clone, Default)]
struct Edges {
    heard: Arc<Mutex<Vec<HeardEvent>>>,
    spoken: Arc<Mutex<Vec<VoiceEvent>>>,
}

impl Ears for Edges {
    fn poll(&mut self) -> Vec<HeardEvent> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
    fn listen(&mut self, _: bool) {}
    fn finish(&mut self) {}
    fn mode(&mut self, _: ListenMode) {}
    fn held(&mut self, _: bool) {}
    fn language(&mut self, _: Language) {}
    fn speaking(&mut self, _: bool) {}
}

impl Voice for Edges {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        std::mem::take(&mut self.spoken.lock().unwrap())
    }
    fn say(&mut self, speech: SpeechId, text: &str, _: Language) {
        let chars = text.chars().count() as u32;
        let ended = VoiceEvent::Ended { speech, chars, interrupted: false };
        self.spoken.lock().unwrap().extend([VoiceEvent::Started(speech, 0), ended]);
    }
    fn stop(&mut self) {}
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, _: u8) {}
    fn mouth(&mut self) -> [f32; 5] {
        [0.0; 5]
    }
}

/// A kiosk whose visitor may speak.
struct Kiosk {
    core: Core,
    edges: Edges,
    said: Arc<AtomicUsize>,
    up: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Kiosk {
    fn start(
        runtime: &tokio::runtime::Runtime,
        dir: &Path,
        url: &str,
        number: usize,
        language: Language,
    ) -> Self {
        let scene = scene::parse(include_str!("../../scenes/helpdesk.ron")).unwrap();
        let outbox = SqliteOutbox::open(&dir.join(format!("outbox-{number}.sqlite"))).unwrap();
        let config = ClientConfig::new(url, Role::Kiosk, format!("kiosk-{number}").parse().unwrap());
        let link = RelayLink::start(runtime.handle(), config, Box::new(outbox)).unwrap();
        let (said, up) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let sent = Arc::<Mutex<Vec<String>>>::default();
        let counted = Counted { link, said: Arc::clone(&said), up: Arc::clone(&up), sent: Arc::clone(&sent) };
        let edges = Edges::default();
        let parts = Parts {
            link: Box::new(counted),
            ears: Some(Box::new(edges.clone())),
            voice: Box::new(edges.clone()),
        };
        let core = Core::new(&scene, &scene.desks[0], parts, [number as u8; 32]);
        let mut kiosk = Self { core, edges, said, up, sent };
        kiosk.until("the relay", |k| k.up.load(Ordering::SeqCst) == 1);
        for input in [
            Input::Near(Nearness::Beside),
            Input::LanguageChosen { language },
            Input::Consented { voice: true },
        ] {
            kiosk.core.input(input);
        }
        kiosk.until("the conversation", |k| k.core.state().phase == Phase::Talk);
        kiosk
    }

    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let until = Instant::now() + SOON;
        while !done(self) {
            assert!(Instant::now() < until, "this did not come: {what}; {:?}", self.core.state());
            self.core.input(Input::SecretUnderstood);
            self.core.update(now());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Gives a text away: typed letter by letter at first, or spoken with a partial transcript before.
    fn tell(&mut self, text: &str, spoken: bool) {
        let half: String = text.chars().take(text.chars().count() / 2).collect();
        if spoken {
            let timings = Timings::default();
            let transcript =
                HeardEvent::Transcript { text: text.into(), confidence: 0.9, timings, ago_ms: 0 };
            let partial = HeardEvent::Partial { text: half.clone(), agreed: half };
            let news = [HeardEvent::Started, partial, transcript];
            self.edges.heard.lock().unwrap().extend(news);
        } else {
            self.core.typing(&half);
            self.core.typing(text);
            self.core.typed(text);
        }
        for _ in 0..4 {
            self.core.update(now());
        }
        self.core.input(Input::SecretUnderstood);
    }
}

/// Every regular file below whose path has `part` in it, with its bytes as text in lower case.
fn files(dir: &Path, part: &str) -> Vec<(PathBuf, Vec<char>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, part));
        } else if path.to_string_lossy().contains(part) {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, String::from_utf8_lossy(&bytes).to_lowercase().chars().collect()));
        }
    }
    found
}

/// The beginnings of what is searched for fall into this many drawers.
const DRAWERS: usize = 1 << 16;

/// The drawer of a text's first three letters, if it has as many.
fn drawer(text: &[char]) -> Option<usize> {
    let [a, b, c, ..] = text else { return None };
    Some((*a as usize + *b as usize * 257 + *c as usize * 66_049) % DRAWERS)
}

/// What gives the secrets away: each trace with its kind of secret, in the drawer of its beginning. Most drawers are empty.
struct Search(Vec<Vec<(Vec<char>, &'static str)>>);

impl Search {
    fn of(planted: &[Planted]) -> Self {
        let mut drawers = vec![Vec::new(); DRAWERS];
        for secret in planted {
            for trace in secret.traces() {
                let trace: Vec<char> = trace.chars().collect();
                drawers[drawer(&trace).expect("a trace has three letters")].push((trace, secret.group));
            }
        }
        for drawer in &mut drawers {
            drawer.sort_unstable();
            drawer.dedup();
        }
        Self(drawers)
    }

    /// The files in which something is found, each with the first of it.
    fn find(&self, files: &[(PathBuf, Vec<char>)]) -> Vec<String> {
        let mut found = Vec::new();
        for (path, text) in files {
            let hit = (0..text.len()).find_map(|at| {
                let rest = &text[at..];
                self.0[drawer(rest)?].iter().find(|(trace, _)| rest.starts_with(trace))
            });
            found.extend(
                hit.map(|(trace, group)| {
                    format!("{}: {group}: {}", path.display(), String::from_iter(trace))
                }),
            );
        }
        found
    }
}

/// What the visitors said, as it is kept, in order.
fn kept(dir: &Path) -> Vec<Vec<String>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log = SqliteLog::open(Arc::new(DataDir::open(dir).unwrap()), SqliteOptions::default()).unwrap();
    let (mut position, mut records): (u64, Vec<Record>) = (0, Vec::new());
    loop {
        let page = runtime.block_on(log.read_from(position, PAGE)).unwrap();
        let Some(last) = page.last() else { break };
        position = last.position;
        records.extend(page);
    }
    let mut visits: Vec<(ConversationId, Vec<String>)> = Vec::new();
    for record in records {
        if visits.iter().all(|(id, _)| *id != record.conversation) {
            visits.push((record.conversation, Vec::new()));
        }
        let said = &mut visits.iter_mut().find(|(id, _)| *id == record.conversation).unwrap().1;
        if let (Fact::Said { .. }, Body::Said(words), false) =
            (&record.event.fact, &record.event.body, record.event.actor.kind.is_agent())
        {
            said.push(words.text.clone());
        }
    }
    visits.into_iter().map(|(_, said)| said).collect()
}

#[test]
fn no_file_of_any_part_has_a_planted_secret() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let kiosk_log = File::create(dir.join("kiosk.log")).unwrap();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(Mutex::new(kiosk_log))
        .init();
    let planted = plant::all(&mut Dice::new(4_711), 4);
    assert!(planted.len() >= 200, "{}", planted.len());
    let chinese = |p: &Planted| !p.text.is_ascii();
    assert!(planted.iter().filter(|p| chinese(p)).count() >= 50);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (relay, address) = Part::start(dir, "relay", &["--listen", "127.0.0.1:0"]);
    let (mut relay, address) = (Some(relay), address.unwrap());
    let url = format!("ws://{address}/ws");
    let (bot, _) = Part::start(dir, "bot", &["--relay", &url]);
    let search = Search::of(&planted);
    let mut in_outbox = Vec::new();
    for (number, secrets) in planted.chunks(PER_VISIT).enumerate() {
        let language = if secrets.iter().filter(|p| chinese(p)).count() * 2 > secrets.len() {
            Language::Zh
        } else {
            Language::En
        };
        let mut kiosk = Kiosk::start(&runtime, dir, &url, number, language);
        // Every fourth visit meets a relay that is away: what is said then waits in the outbox, on the disk.
        let away = number % 4 == 3;
        if away {
            relay = None;
            kiosk.until("the connection to end", |k| k.up.load(Ordering::SeqCst) == 0);
        }
        for (n, secret) in secrets.iter().enumerate() {
            kiosk.tell(&secret.text, n % 2 == 1);
            if !away {
                kiosk.until("what was said", |k| k.said.load(Ordering::SeqCst) == n + 1);
            }
        }
        if away {
            std::thread::sleep(Duration::from_millis(100));
            in_outbox.extend(search.find(&files(dir, &format!("outbox-{number}."))));
        }
        relay.get_or_insert_with(|| Part::start(dir, "relay", &["--listen", &address]).0);
        kiosk.until("all that was said", |k| k.said.load(Ordering::SeqCst) == secrets.len());
        // The relay masks, too: what the kiosk itself let out is looked at before it gets there.
        let sent = kiosk.sent.lock().unwrap();
        assert_eq!(sent.len(), secrets.len(), "{sent:?}");
        for (secret, text) in secrets.iter().zip(sent.iter()) {
            assert_eq!(secret.survivors(text), Vec::<String>::new(), "{}", secret.group);
        }
    }
    drop((relay, bot));
    drop(runtime);

    let all = files(dir, "");
    for name in ["relay.log", "bot.log", "kiosk.log", "log.sqlite", "outbox-0.sqlite"] {
        let file =
            all.iter().find(|(path, _)| path.ends_with(name) || path.to_string_lossy().ends_with(name));
        assert!(file.is_some_and(|(_, text)| !text.is_empty()), "{name} is missing or empty");
    }
    assert!(in_outbox.is_empty(), "{in_outbox:#?}");
    let found = search.find(&all);
    assert!(found.is_empty(), "{found:#?}");
    // What is sealed, opened.
    let visits = kept(&dir.join("relay"));
    let mut left = Vec::new();
    for (secrets, said) in planted.chunks(PER_VISIT).zip(&visits) {
        assert_eq!(secrets.len(), said.len(), "{said:?}");
        for (secret, text) in secrets.iter().zip(said) {
            let survivors = secret.survivors(text);
            if !survivors.is_empty() {
                left.push(format!("{}: {survivors:?}", secret.group));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
    println!("{} secrets, {} files: none is in any", planted.len(), all.len());
}

/// The searches find what is there.
#[test]
fn the_search_finds_a_secret_that_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let planted = plant::all(&mut Dice::new(12), 2);
    let lines: String = planted.iter().map(|p| p.text.clone() + "\n").collect();
    std::fs::write(dir.path().join("careless.log"), lines).unwrap();
    let written = files(dir.path(), "careless");
    let missed = planted.iter().filter(|p| Search::of(std::slice::from_ref(p)).find(&written).is_empty());
    assert_eq!(missed.map(|p| (p.group, &p.text)).collect::<Vec<_>>(), []);
}
