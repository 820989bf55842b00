//! A kiosk between edges that pretend: a relay that answers as the real one would, a microphone, a loudspeaker, a clock.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use avatardesk::conversation::{
    self, Actor, ActorKind, AnswerId, Cmid, Command, ConversationId, Language, Time, Timings, Words,
};
use avatardesk::kiosk::edges::{Ears, HeardEvent, Link, LinkEvent, Voice, VoiceEvent};
use avatardesk::kiosk::{Core, KioskPlugin, Opened, Parts, begin_anew, with_core, with_panels};
use avatardesk::knowledge::KnowledgeBase;
use avatardesk::protocol::Signal;
use avatardesk::scene::{self, DayNight, Desk, ListenMode, Scene};
use avatardesk::stage::headless::{Frame, Headless, Pace, Settings};
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::Set;
use avatardesk::visit::{Input, Nearness, Preferences, SpeechId, TextSize};

use super::{headless_with, updates};

/// Milliseconds from frame to frame.
const STEP_MS: u64 = 33;
/// When a visit begins: the first invitation is shown then.
const BEGIN_MS: u64 = 1_800_000_000_000;
/// Frames after which another preset draws all of it.
const TO_PRESET: u32 = 3;

/// What the edges have to tell, and the relay's state.
#[derive(Default)]
struct World {
    link: Vec<LinkEvent>,
    heard: Vec<HeardEvent>,
    voice: Vec<VoiceEvent>,
    relay: conversation::State,
    id: Option<ConversationId>,
    cmids: u128,
    now: Time,
    listens: bool,
    /// What is spoken goes on until it is stopped.
    long_winded: bool,
    speaking: bool,
}

impl World {
    fn take(&mut self, actor: &Actor, command: Command) {
        let Some(conversation) = self.id else { return };
        self.cmids += 1;
        let cmid = Cmid::new(self.now, self.cmids);
        match conversation::decide(&self.relay, command, actor, cmid, self.now) {
            Ok(events) => {
                for event in events {
                    self.relay.apply(&event);
                    self.link.push(LinkEvent::Happened { conversation, event: Box::new(event) });
                }
            }
            Err(refusal) => panic!("{refusal}"),
        }
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        f(&mut self.0.lock().unwrap())
    }
}

fn actor(id: &str, kind: ActorKind) -> Actor {
    Actor { id: id.parse().unwrap(), kind }
}

impl Link for Shared {
    fn poll(&mut self) -> Vec<LinkEvent> {
        self.with(|w| std::mem::take(&mut w.link))
    }
    fn send(&mut self, conversation: ConversationId, command: Command) {
        self.with(|w| {
            if matches!(command, Command::Open { .. }) {
                w.relay = conversation::State::default();
                w.id = Some(conversation);
            }
            w.take(&actor("kiosk", ActorKind::Visitor), command);
        });
    }
    fn follow(&mut self, _: ConversationId) {}
    fn unfollow(&mut self, _: ConversationId) {}
    fn seen(&mut self, _: ConversationId, _: u64) {}
    fn signal(&mut self, _: ConversationId, _: Signal) {}
    fn report(&mut self, _: Vec<String>) -> bool {
        true
    }
}

impl Ears for Shared {
    fn poll(&mut self) -> Vec<HeardEvent> {
        self.with(|w| {
            let level = w.listens.then_some(HeardEvent::Level { db: -24.0, speech: false });
            level.into_iter().chain(std::mem::take(&mut w.heard)).collect()
        })
    }
    fn listen(&mut self, on: bool) {
        self.with(|w| w.listens = on);
    }
    fn finish(&mut self) {
        self.with(|w| w.listens = false);
    }
    fn mode(&mut self, _: ListenMode) {}
    fn held(&mut self, _: bool) {}
    fn language(&mut self, _: Language) {}
    fn speaking(&mut self, _: bool) {}
}

impl Voice for Shared {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        self.with(|w| std::mem::take(&mut w.voice))
    }
    fn say(&mut self, speech: SpeechId, text: &str, _: Language) {
        self.with(|w| {
            w.voice.push(VoiceEvent::Started(speech, 0));
            w.speaking = w.long_winded;
            if !w.long_winded {
                let chars = text.chars().count() as u32;
                w.voice.push(VoiceEvent::Ended { speech, chars, interrupted: false });
            }
        });
    }
    fn stop(&mut self) {
        self.with(|w| w.speaking = false);
    }
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, _: u8) {}
    fn mouth(&mut self) -> [f32; 5] {
        if self.with(|w| w.speaking) { [0.5, 0.0, 0.0, 0.15, 0.0] } else { [0.0; 5] }
    }
}

/// How a visit is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub language: Language,
    pub text: TextSize,
    /// No sways and no waves: the avatar stands alike in each run.
    pub still: bool,
    pub night: bool,
}

/// The kiosk on its stage.
pub struct Visit {
    pub stage: Headless,
    look: Look,
    scene: Scene,
    knowledge: Arc<KnowledgeBase>,
    world: Shared,
    clock: Arc<AtomicU64>,
}

impl Visit {
    /// Nobody is there yet; `None` where nothing can be drawn.
    pub fn new((width, height): (u32, u32), look: Look) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(root.join("scenes/helpdesk.ron")).unwrap();
        let scene = scene::parse(&text).unwrap();
        let knowledge = Arc::new(KnowledgeBase::load(&root.join("assets/knowledge")).unwrap());
        let world = Shared::default();
        let clock = Arc::new(AtomicU64::new(BEGIN_MS));
        let set = Set::from_scene(&scene, &scene.desks[0], look.language);
        let told = Arc::clone(&clock);
        let kiosk = KioskPlugin::new(core(&scene, &world), scene.clone(), Arc::clone(&knowledge))
            .with_clock(move || Time(told.fetch_add(STEP_MS, Ordering::SeqCst)));
        let settings = Settings {
            width,
            height,
            preset: Some(Preset::Potato),
            pace: Pace::Fixed(Duration::from_millis(STEP_MS)),
            ..Settings::default()
        };
        let mut stage = headless_with(settings, set, |app| {
            app.add_plugins(kiosk);
        })?;
        stage.settle().unwrap();
        let mut visit = Self { stage, look, scene, knowledge, world, clock };
        visit.begin(look);
        Some(visit)
    }

    /// As after a start: nobody is there.
    pub fn begin(&mut self, look: Look) {
        self.look = look;
        let kiosk = &mut self.scene.kiosk;
        kiosk.reduce_motion = look.still;
        kiosk.light = if look.night { DayNight::Night } else { DayNight::Day };
        self.scene.default_language = look.language;
        self.clock.store(BEGIN_MS, Ordering::SeqCst);
        let now = Time(BEGIN_MS);
        self.world.with(|w| *w = World { now, link: vec![LinkEvent::Up], ..World::default() });
        let core = core(&self.scene, &self.world);
        begin_anew(self.stage.world_mut(), core, self.scene.clone());
        self.frames(4);
    }

    /// Begins anew in a scene that differs.
    pub fn change_scene(&mut self, change: impl FnOnce(&mut Scene)) {
        change(&mut self.scene);
        self.begin(self.look);
    }

    pub fn frames(&mut self, count: u32) {
        updates(&mut self.stage, count);
    }

    pub fn wait_ms(&mut self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
        self.frames(2);
    }

    pub fn input(&mut self, input: Input) {
        with_core(self.stage.world_mut(), |core| core.input(input)).unwrap();
    }

    pub fn open(&mut self, what: Opened) {
        with_panels(self.stage.world_mut(), |panels| panels.open(what)).unwrap();
    }

    pub fn language(&self) -> Language {
        self.look.language
    }

    /// From now on the avatar goes on with what it says.
    pub fn long_winded(&mut self) {
        self.world.with(|w| w.long_winded = true);
    }

    /// Somebody comes, and chooses language and size of text.
    pub fn approach(&mut self) {
        self.input(Input::Near(Nearness::Beside));
        self.input(Input::LanguageChosen { language: self.look.language });
        self.frames(1);
        let preferences = with_core(self.stage.world_mut(), |core| core.state().preferences).unwrap();
        let preferences = Preferences { text_size: self.look.text, ..preferences };
        self.input(Input::PreferencesChanged { preferences });
        self.frames(1);
    }

    /// The visitor has agreed and been greeted; a bot is there.
    pub fn talk(&mut self) {
        self.approach();
        self.input(Input::Consented { voice: true });
        self.frames(4);
        self.agent("bot", ActorKind::Bot, Command::Claim);
        self.frames(4);
    }

    pub fn hear(&mut self, heard: HeardEvent) {
        self.world.with(|w| w.heard.push(heard));
        self.frames(2);
    }

    /// The visitor says something.
    pub fn say(&mut self, text: &str) {
        self.hear(HeardEvent::Transcript {
            text: text.into(),
            confidence: 0.9,
            timings: Timings::default(),
            ago_ms: 0,
        });
        self.frames(4);
    }

    /// The visitor asks what this article answers, and the bot answers with it.
    pub fn ask(&mut self, article: &str) {
        let article = self.knowledge.article(article, self.look.language).unwrap().clone();
        self.say(&article.questions[0]);
        let words = Words {
            text: article.spoken,
            article: Some(article.id),
            expression: article.expression,
            ..Words::default()
        };
        self.answer("bot", ActorKind::Bot, words);
    }

    /// An agent says something.
    pub fn answer(&mut self, id: &str, kind: ActorKind, words: Words) {
        let number = self.world.with(|w| w.cmids);
        self.agent(
            id,
            kind,
            Command::Say {
                answer: AnswerId::new(Time(BEGIN_MS), number),
                part: 0,
                last: true,
                voiced: false,
                in_reply_to: None,
                corrects: None,
                masked: 0,
                words,
            },
        );
        self.frames(4);
    }

    pub fn agent(&mut self, id: &str, kind: ActorKind, command: Command) {
        self.world.with(|w| w.take(&actor(id, kind), command));
        self.frames(2);
    }

    /// What is on the screen after so many frames, drawn by this preset.
    pub fn picture(&mut self, preset: Preset, after: u32) -> Frame {
        self.frames(after);
        if preset == Preset::Potato {
            return self.stage.frame().unwrap();
        }
        self.stage.world_mut().insert_resource(preset);
        self.frames(TO_PRESET);
        let frame = self.stage.frame().unwrap();
        self.stage.world_mut().insert_resource(Preset::Potato);
        frame
    }
}

fn core(scene: &Scene, world: &Shared) -> Core {
    let parts = Parts {
        link: Box::new(world.clone()),
        ears: Some(Box::new(world.clone())),
        voice: Box::new(world.clone()),
    };
    Core::new(scene, &scene.desks[0], parts, [7; 32])
}
