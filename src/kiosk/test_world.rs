//! Edges that only remember, and kiosks between them, for tests.

use std::sync::{Arc, Mutex};

use super::core::{Core, Parts};
use super::edges::{Ears, HeardEvent, Link, LinkEvent, Voice, VoiceEvent};
use crate::conversation::{Command, ConversationId, Language, Time};
use crate::protocol::Signal;
use crate::scene::{Desk, ListenMode, Scene};
use crate::visit::{Input, Nearness, Phase, SpeechId};

const SCENE: &str = include_str!("../../scenes/helpdesk.ron");

/// What the edges were asked for, and what they will report.
#[derive(Default)]
pub struct World {
    pub sent: Vec<(ConversationId, Command)>,
    pub said: Vec<(SpeechId, String)>,
    /// What the others were told to be seen.
    pub seen: Vec<(ConversationId, u64)>,
    pub listening: bool,
    /// How often the button was let go to finish what was said.
    pub finished: usize,
    pub volume: Option<u8>,
    pub ears_language: Option<Language>,
    /// The voice goes on until it is stopped.
    pub long_winded: bool,
    pub speaking: Vec<(SpeechId, u32)>,
    pub stops: usize,
    pub avatar_speaks: bool,
    pub forgotten: usize,
    /// What the relay was told to be missing, and that it does not take it now.
    pub reports: Vec<Vec<String>>,
    pub deaf_link: bool,
    pub link: Vec<LinkEvent>,
    /// What was passed on of sentences that are still being spoken.
    pub partials: Vec<String>,
    pub heard: Vec<HeardEvent>,
    pub voice: Vec<VoiceEvent>,
}

#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub fn with<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        f(&mut self.0.lock().unwrap())
    }
}

impl Link for Shared {
    fn poll(&mut self) -> Vec<LinkEvent> {
        self.with(|w| std::mem::take(&mut w.link))
    }
    fn send(&mut self, conversation: ConversationId, command: Command) {
        self.with(|w| w.sent.push((conversation, command)));
    }
    fn follow(&mut self, _: ConversationId) {}
    fn unfollow(&mut self, _: ConversationId) {}
    fn seen(&mut self, conversation: ConversationId, seq: u64) {
        self.with(|w| w.seen.push((conversation, seq)));
    }
    fn signal(&mut self, _: ConversationId, signal: Signal) {
        if let Signal::PartialTranscript { text } = signal {
            self.with(|w| w.partials.push(text));
        }
    }
    fn report(&mut self, missing: Vec<String>) -> bool {
        self.with(|w| {
            if !w.deaf_link {
                w.reports.push(missing);
            }
            !w.deaf_link
        })
    }
}

impl Ears for Shared {
    fn poll(&mut self) -> Vec<HeardEvent> {
        self.with(|w| std::mem::take(&mut w.heard))
    }
    fn listen(&mut self, on: bool) {
        self.with(|w| w.listening = on);
    }
    fn finish(&mut self) {
        self.with(|w| {
            w.listening = false;
            w.finished += 1;
        });
    }
    fn mode(&mut self, _: ListenMode) {}
    fn held(&mut self, _: bool) {}
    fn language(&mut self, language: Language) {
        self.with(|w| w.ears_language = Some(language));
    }
    fn speaking(&mut self, on: bool) {
        self.with(|w| w.avatar_speaks = on);
    }
    fn forget(&mut self) {
        self.with(|w| w.forgotten += 1);
    }
}

impl Voice for Shared {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        self.with(|w| std::mem::take(&mut w.voice))
    }
    fn say(&mut self, speech: SpeechId, text: &str, _: Language) {
        self.with(|w| {
            w.said.push((speech, text.to_owned()));
            w.voice.push(VoiceEvent::Started(speech, 0));
            let chars = text.chars().count() as u32;
            if w.long_winded {
                w.speaking.push((speech, chars));
                return;
            }
            w.voice.push(VoiceEvent::Ended { speech, chars, interrupted: false });
        });
    }
    fn stop(&mut self) {
        self.with(|w| {
            w.stops += 1;
            for (speech, chars) in std::mem::take(&mut w.speaking) {
                w.voice.push(VoiceEvent::Ended { speech, chars: chars / 2, interrupted: true });
            }
        });
    }
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, volume: u8) {
        self.with(|w| w.volume = Some(volume));
    }
    fn mouth(&mut self) -> [f32; 5] {
        [0.0; 5]
    }
}

/// A kiosk in whose conversation the visitor may speak, and its world.
pub fn talking() -> (Core, Shared, Time) {
    talking_in(Language::En)
}

/// The same in one of the languages.
pub fn talking_in(language: Language) -> (Core, Shared, Time) {
    begun(alone(), language)
}

/// The same where visitors may interrupt the avatar.
pub fn talking_over() -> (Core, Shared, Time) {
    let mut scene = scene();
    scene.kiosk.barge_in = true;
    begun(alone_in(&scene), Language::En)
}

fn begun((mut core, world, mut now): (Core, Shared, Time), language: Language) -> (Core, Shared, Time) {
    core.input(Input::Near(Nearness::Beside));
    core.input(Input::LanguageChosen { language });
    core.input(Input::Consented { voice: true });
    run(&mut core, &mut now, 10);
    assert_eq!(core.state().phase, Phase::Talk);
    (core, world, now)
}

/// The scene that comes with the program.
pub fn scene() -> Scene {
    crate::scene::parse(SCENE).unwrap()
}

/// A kiosk that nobody has come to yet.
pub fn alone() -> (Core, Shared, Time) {
    alone_in(&scene())
}

/// The same in a changed scene.
pub fn alone_in(scene: &Scene) -> (Core, Shared, Time) {
    let world = Shared::default();
    let ears = Box::new(world.clone());
    alone_with(scene, world, Some(ears))
}

/// A kiosk in whose conversation the visitor may speak, with other ears and this way to listen.
pub fn talking_with(ears: Option<Box<dyn Ears + Send>>, listen: ListenMode) -> (Core, Shared, Time) {
    let mut scene = scene();
    scene.kiosk.listen = listen;
    begun(alone_with(&scene, Shared::default(), ears), Language::En)
}

/// A kiosk that has no ears, after a while, and its world.
pub fn earless() -> (Shared, Core) {
    let (mut core, world, mut now) = alone_with(&scene(), Shared::default(), None);
    run(&mut core, &mut now, 5);
    (world, core)
}

fn alone_with(scene: &Scene, world: Shared, ears: Option<Box<dyn Ears + Send>>) -> (Core, Shared, Time) {
    let parts = Parts { link: Box::new(world.clone()), ears, voice: Box::new(world.clone()) };
    let mut core = Core::new(scene, &scene.desks[0], parts, [7; 32]);
    let mut now = Time(1_000_000);
    world.with(|w| w.link.push(LinkEvent::Up));
    run(&mut core, &mut now, 2);
    (core, world, now)
}

pub fn run(core: &mut Core, now: &mut Time, frames: u32) {
    for _ in 0..frames {
        *now = now.plus_ms(50);
        core.update(*now);
    }
}
