//! The kiosk without its window: carries what happens to the state machine, and what it wants to the edges.

mod effects;

use std::collections::VecDeque;

use super::cues::{Cue, Cues};
use super::edges::{Devices, Ears, HeardEvent, Link, LinkEvent, Sensor, Voice, VoiceEvent};
use super::health::Health;
use super::listening::Listening;
use super::live::Live;
use super::presence::Arrivals;
use super::secrets::{Safe, Secrets};
use crate::conversation::{Body, ConversationId, Fact, Time, Timings};
use crate::knowledge::KnowledgeBase;
use crate::protocol::Signal;
use crate::scene::{Desk, Scene};
use crate::texts::Texts;
use crate::visit::{self, Ids, Input, Notice, Phase, Pilot, Rules, State};

/// How often the state machine is told that time passes, in milliseconds.
const TICK_MS: u64 = 100;
/// How strongly the avatar nods when the visitor's words are there.
const UNDERSTOOD: f32 = 0.5;
/// The most inputs that wait within one update.
const INPUTS_MAX: usize = 1024;

/// What the kiosk is made of.
pub struct Parts {
    pub link: Box<dyn Link + Send>,
    /// `None`: visitors type, and are told so.
    pub ears: Option<Box<dyn Ears + Send>>,
    pub voice: Box<dyn Voice + Send>,
}

/// A kiosk that runs.
pub struct Core {
    state: State,
    parts: Parts,
    desk: Desk,
    texts: Texts,
    secrets: Secrets,
    live: Live,
    cues: Cues,
    listening: Listening,
    inputs: VecDeque<Input>,
    due_cues: Vec<Cue>,
    level_db: f32,
    ticked: Time,
    /// Of this update.
    now: Time,
    health: Health,
    arrivals: Arrivals,
    /// For the host.
    pub devices: Option<Box<dyn Devices + Send>>,
    /// The avatar can be heard: by synthetic speech, and by a person's own voice.
    aloud: [bool; 2],
    /// Whose person may be heard.
    hears: Option<ConversationId>,
    /// The article of the last answer.
    article: Option<String>,
    /// The timings of the last turn.
    timings: Option<Timings>,
    /// The system wants little motion.
    calm: bool,
    /// Counted up whenever everything readable is to be forgotten.
    cleared: u32,
}

impl Core {
    /// A kiosk at the first desk of the scene, or at the one named. `seed` is from the system's random numbers.
    pub fn new(scene: &Scene, desk: &Desk, mut parts: Parts, seed: [u8; 32]) -> Self {
        let mut state = State::new(Rules::new(scene, desk), Ids::new(seed));
        parts.voice.volume(state.preferences.loudness());
        parts.voice.change_desk(desk);
        match &mut parts.ears {
            Some(ears) => ears.language(state.language),
            None => {
                state.notices.insert(Notice::NoSpeechModel);
            }
        }
        let texts = Texts::new(state.language);
        Self {
            state,
            parts,
            desk: desk.clone(),
            texts,
            secrets: Secrets::default(),
            live: Live::default(),
            cues: Cues::default(),
            listening: Listening::default(),
            inputs: VecDeque::new(),
            due_cues: Vec::new(),
            level_db: -100.0,
            ticked: Time(0),
            now: Time(0),
            health: Health::default(),
            arrivals: Arrivals::default(),
            devices: None,
            aloud: [false; 2],
            hears: None,
            article: None,
            timings: None,
            calm: false,
            cleared: 0,
        }
    }

    /// Everything that is to be drawn.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The texts in the visitor's language.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The desk's greeting in the visitor's language.
    pub fn greeting(&self) -> &str {
        self.desk.greeting.any(self.state.language).map_or("", String::as_str)
    }

    /// The loudness at the microphone, in decibels below full scale.
    pub fn level_db(&self) -> f32 {
        self.level_db
    }

    /// What the avatar is to do now; each cue comes once.
    pub fn take_cues(&mut self) -> Vec<Cue> {
        std::mem::take(&mut self.due_cues)
    }

    /// The mouth of what is being played now.
    pub fn mouth(&mut self) -> [f32; 5] {
        self.parts.voice.mouth()
    }

    /// The id of the article that the last answer came from.
    pub fn article(&self) -> Option<&str> {
        self.article.as_deref()
    }

    /// How long the stages of the last turn took.
    pub fn timings(&self) -> Option<Timings> {
        self.timings
    }

    /// The scene has been changed: the desk of the same name, or the first one, is this kiosk's from now on. A visit
    /// that is under way goes on by the new rules.
    pub fn change_scene(&mut self, scene: &Scene) {
        let same = scene.desks.iter().find(|desk| desk.id == self.desk.id);
        let Some(desk) = same.or(scene.desks.first()) else { return };
        self.state.rules = Rules::new(scene, desk);
        self.state.rules.reduce_motion |= self.calm;
        self.parts.voice.change_desk(desk);
        self.desk = desk.clone();
        self.input(Input::Problem { notice: Notice::SceneBroken, on: false });
    }

    /// Who comes and goes is told by this sensor, too.
    pub fn watch(&mut self, sensor: Box<dyn Sensor + Send>) {
        self.arrivals = Arrivals::seen_by(sensor);
    }

    /// The system wants little motion: every visit begins with it.
    pub fn keep_calm(&mut self) {
        self.calm = true;
        self.state.rules.reduce_motion = true;
        self.state.preferences.reduce_motion = true;
    }

    /// The scene has been changed, and there is a fault in it: the one before stays.
    pub fn scene_broken(&mut self) {
        self.input(Input::Problem { notice: Notice::SceneBroken, on: true });
    }

    /// The avatar that the scene names cannot be shown, or can again: the house avatar stands in.
    pub fn avatar_broken(&mut self, broken: bool) {
        self.input(Input::Problem { notice: Notice::AvatarBroken, on: broken });
    }

    /// The questions that this desk suggests, in the visitor's language.
    pub fn suggested(&self, knowledge: &KnowledgeBase) -> Vec<String> {
        let language = self.state.language;
        let ids = self.desk.suggested.any(language).map_or(&[][..], Vec::as_slice);
        let articles = ids.iter().filter_map(|id| knowledge.article(id, language));
        articles.filter_map(|article| article.questions.first().cloned()).collect()
    }

    /// Whenever this number changes, text boxes are to be emptied.
    pub fn cleared(&self) -> u32 {
        self.cleared
    }

    /// Something that the visitor did, or that the edge saw. Texts go through [`Self::typed`] and its like instead.
    pub fn input(&mut self, input: Input) {
        if self.inputs.len() < INPUTS_MAX {
            self.inputs.push_back(input);
        }
    }

    /// The visitor typed a text and sent it.
    pub fn typed(&mut self, text: &str) {
        let safe = self.secrets.mask(text);
        self.masked(&safe);
        self.understood(&safe.text);
        self.input(Input::Typed { text: safe.text, masked: safe.masked });
    }

    /// The visitor mended a caption.
    pub fn corrected(&mut self, caption: u32, text: &str) {
        let safe = self.secrets.mask(text);
        self.masked(&safe);
        self.input(Input::CorrectTranscript { caption, text: safe.text, masked: safe.masked });
    }

    /// What is in the text box while it is being typed. Returns the text to show: secrets are masked at once.
    pub fn typing(&mut self, text: &str) -> Option<String> {
        let safe = Secrets::glance(text);
        self.masked(&safe);
        (safe.masked > 0).then_some(safe.text)
    }

    /// Carries everything once around. Called at each frame.
    pub fn update(&mut self, now: Time) {
        self.now = now;
        for event in self.parts.link.poll() {
            self.on_link(event);
        }
        let heard = self.parts.ears.as_mut().map(|ears| ears.poll()).unwrap_or_default();
        for event in heard {
            self.on_heard(event);
        }
        for event in self.parts.voice.poll() {
            self.on_voice(event);
        }
        if let Some(near) = self.arrivals.poll(now) {
            self.input(Input::Near(near));
        }
        let listens = self.state.listening && !self.state.is_speaking();
        self.due_cues.extend(self.listening.nod(listens, now));
        if now.since_ms(self.ticked) >= TICK_MS {
            self.ticked = now;
            self.health.update(&self.state.notices, &mut *self.parts.link, now);
            self.input(Input::Tick);
        }
        // What an effect brings about at once is carried in the next update: the loop ends.
        for _ in 0..self.inputs.len() {
            let Some(input) = self.inputs.pop_front() else { break };
            let empty = State::new(self.state.rules.clone(), Ids::new([0; 32]));
            let state = std::mem::replace(&mut self.state, empty);
            let (state, effects) = visit::step(state, input, now);
            self.state = state;
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.hear_person();
    }

    /// A person may be heard for as long as the visitor's conversation goes on. Who that is the relay has seen to.
    fn hear_person(&mut self) {
        let open = self.state.conversation.as_ref().filter(|open| !open.closed);
        let hears = open.map(|open| open.id).filter(|_| self.state.phase == Phase::Talk);
        if hears != self.hears {
            self.hears = hears;
            self.parts.voice.person(hears);
        }
    }

    fn on_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Up => {
                self.input(Input::Problem { notice: Notice::RelayUnreachable, on: false });
                self.input(Input::Connection { up: true });
            }
            LinkEvent::Down => self.input(Input::Connection { up: false }),
            LinkEvent::Happened { conversation, event } => {
                if let (Fact::Said { .. }, Body::Said(words)) = (&event.fact, &event.body)
                    && event.actor.kind.is_agent()
                {
                    self.article.clone_from(&words.article);
                }
                if let Fact::Measured { timings, .. } = &event.fact {
                    self.timings = Some(*timings);
                }
                self.input(Input::Happened { conversation, event });
            }
            LinkEvent::Refused { conversation, refusal: Some(refusal), .. } => {
                self.input(Input::Refused { conversation, refusal });
            }
            LinkEvent::Refused { conversation, what, text, .. } => {
                tell_host(&text);
                if let Some(what) = what {
                    self.input(Input::NotSent { conversation, what });
                }
            }
            LinkEvent::Fatal(text) => {
                tell_host(&text);
                self.input(Input::Problem { notice: Notice::RelayUnreachable, on: true });
                self.input(Input::Connection { up: false });
            }
            LinkEvent::Reached { conversation, by, reach, seq } => {
                self.input(Input::Reached { conversation, by, reach, seq });
            }
            LinkEvent::Signal { conversation, signal } => {
                let ours = self.state.conversation.as_ref().is_some_and(|open| open.id == conversation);
                match signal {
                    Signal::Expression { expression } if ours => self.due_cues.push(Cue::mood(expression)),
                    Signal::Gesture { gesture } if ours => self.due_cues.push(Cue::Gesture(gesture)),
                    Signal::Interrupt { answer } if ours => self.input(Input::AnswerStopped { answer }),
                    Signal::PilotAway { away } if ours => self.input(Input::PilotAway { away }),
                    Signal::Typing { on: true } if ours => self.input(Input::PilotWrites),
                    Signal::Queue(place) if ours => self.input(Input::QueuePlace { place: Some(place) }),
                    _ => {}
                }
            }
        }
    }

    fn on_heard(&mut self, event: HeardEvent) {
        match event {
            HeardEvent::Level { db, speech } => {
                self.level_db = db;
                self.listening.heard(speech);
            }
            HeardEvent::Started => self.input(Input::SpeechStarted),
            HeardEvent::Partial { text, agreed } => {
                let (safe, agreed) = (self.secrets.peek(&text), self.secrets.peek(&agreed));
                self.masked(&safe);
                let listens = self.state.listening && matches!(self.state.pilot(), Pilot::Person { .. });
                let told = if listens { self.live.heard(&safe, agreed) } else { None };
                self.tell_live(told);
                self.input(Input::Partial { text: safe.text });
            }
            HeardEvent::Language(language) => self.input(Input::LanguageChosen { language }),
            HeardEvent::Transcript { text, confidence, timings, ago_ms } => {
                let safe = self.secrets.mask(&text);
                self.masked(&safe);
                let told = self.live.over();
                self.tell_live(told);
                self.understood(&safe.text);
                let (text, masked) = (safe.text, safe.masked);
                self.input(Input::Transcript { text, confidence, masked, timings, ago_ms });
            }
            HeardEvent::Problem { notice, on, sentence } => {
                self.input(Input::Problem { notice, on });
                if on {
                    tell_host(&sentence);
                }
            }
        }
    }

    fn on_voice(&mut self, event: VoiceEvent) {
        match event {
            VoiceEvent::Made(speech, ago_ms) => self.input(Input::VoiceMade { speech, ago_ms }),
            VoiceEvent::Mouth(speech, ago_ms) => self.input(Input::MouthOpened { speech, ago_ms }),
            VoiceEvent::Started(speech, ago_ms) => {
                let due = self.cues.reached(speech, 0, self.now);
                self.due_cues.extend(due);
                self.hearing_itself([true, self.aloud[1]]);
                self.input(Input::VoiceStarted { speech, ago_ms });
            }
            VoiceEvent::Progress(speech, chars) => {
                let due = self.cues.reached(speech, chars, self.now);
                self.due_cues.extend(due);
                self.input(Input::VoiceProgress { speech, chars });
            }
            VoiceEvent::Ended { speech, chars, interrupted } => {
                self.cues.ended(speech);
                self.hearing_itself([false, self.aloud[1]]);
                let (face, strength) = self.listening.feeling().heard_with();
                self.due_cues.push(Cue::Mood(face, strength));
                self.input(Input::VoiceEnded { speech, chars, interrupted });
            }
            VoiceEvent::Person(on) => {
                self.hearing_itself([self.aloud[0], on]);
                self.input(Input::PersonSpeaks { on });
            }
            VoiceEvent::Problem { notice, on, sentence } => {
                self.input(Input::Problem { notice, on });
                if on {
                    tell_host(&sentence);
                }
            }
        }
    }

    fn tell_live(&mut self, signal: Option<Signal>) {
        if let (Some(signal), Some(open)) = (signal, &self.state.conversation) {
            self.parts.link.signal(open.id, signal);
        }
    }

    /// The visitor's words are there: the avatar hears how they feel, shows it, and nods.
    fn understood(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let (face, strength) = self.listening.understood(text).heard_with();
        self.due_cues.extend([Cue::Mood(face, strength), Cue::Nod(UNDERSTOOD)]);
    }

    fn hearing_itself(&mut self, aloud: [bool; 2]) {
        self.aloud = aloud;
        if let Some(ears) = &mut self.parts.ears {
            ears.speaking(aloud.contains(&true));
        }
    }

    fn masked(&mut self, safe: &Safe) {
        if let Some(warning) = safe.warning() {
            self.input(warning);
        }
    }
}

/// What a host should know and a visitor need not read.
pub(super) fn tell_host(sentence: &str) {
    tracing::warn!("{sentence}");
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
