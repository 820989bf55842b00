//! The kiosk's core with real ears: a recording for a microphone and a model that says what it is told.

use std::time::Duration;

use super::*;
use crate::conversation::{Command, Time};
use crate::kiosk::core::Core;
use crate::kiosk::test_world::{Shared, run, talking_with};
use crate::speech::capture::{PacedFeeder, PacedSource};
use crate::speech::ears::EarsConfig;
use crate::speech::recognize::{
    Cancel, DecodeRequest, Decoded, ModelFacts, RecognizeError, Transcriber, Transcript,
};
use crate::speech::tts::{Espeak, Synthesizer as _, Voice};
use crate::visit::Input;

const PATIENCE: Duration = Duration::from_secs(20);

struct Model {
    facts: ModelFacts,
    /// How many utterances it fails at.
    failures: u32,
}

impl Transcriber for Model {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn decode(&mut self, _: &[f32], _: &DecodeRequest, _: &Cancel) -> Result<Decoded, RecognizeError> {
        if self.failures > 0 {
            self.failures -= 1;
            return Err(RecognizeError::Failed { why: "out of order".into() });
        }
        Ok(Decoded { text: "what is gas".into(), tokens: 3, confidence: 1.0, ..Decoded::default() })
    }
}

fn model(english_only: bool, failures: u32) -> Box<dyn Transcriber> {
    let facts = ModelFacts {
        name: "fake".into(),
        audio_ctx: 1500,
        english_only,
        takes_prompt: false,
        thorough: false,
    };
    Box::new(Model { facts, failures })
}

type Loaded = Result<Box<dyn Transcriber>, RecognizeError>;

fn ears(load: impl FnOnce() -> Loaded + Send + 'static) -> (SpeechEars, PacedFeeder) {
    let (source, feeder) = PacedSource::live();
    let config = EarsConfig { muted: true, ..EarsConfig::default() };
    (SpeechEars::new(ears::Ears::start(Box::new(source), load, config).unwrap()), feeder)
}

fn spoken(text: &str) -> Vec<f32> {
    let pcm = Espeak::default().speak(text, &Voice::of("en")).unwrap().collect().unwrap();
    crate::speech::resample::resample_all(&pcm.samples, pcm.rate, 16_000).unwrap()
}

/// A kiosk with such ears, in real time.
struct Kiosk {
    core: Core,
    world: Shared,
    now: Time,
    feeder: PacedFeeder,
}

impl Kiosk {
    fn new(listen: ListenMode, load: impl FnOnce() -> Loaded + Send + 'static) -> Self {
        let (ears, feeder) = ears(load);
        let (core, world, now) = talking_with(Some(Box::new(ears)), listen);
        Self { core, world, now, feeder }
    }

    fn take(&mut self, input: Input) {
        self.core.input(input);
        run(&mut self.core, &mut self.now, 1);
    }

    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        let start = self.now;
        while !done(self) {
            assert!(begun.elapsed() < PATIENCE, "this did not come: {what}; {:?}", self.core.state());
            self.now = start.plus_ms(begun.elapsed().as_millis() as u64);
            self.core.update(self.now);
            std::thread::yield_now();
        }
    }

    fn sent(&self) -> usize {
        self.world.with(|w| w.sent.iter().filter(|(_, c)| matches!(c, Command::Say { .. })).count())
    }
}

#[test]
fn what_was_said_while_the_button_was_held_is_sent_when_it_is_let_go() {
    let mut kiosk = Kiosk::new(ListenMode::PushToTalk, || Ok(model(true, 0)));
    for turn in 1..=2 {
        kiosk.take(Input::TalkHeld { held: true });
        kiosk.until("the microphone", |k| k.core.state().hearing);
        kiosk.feeder.feed(&spoken("What is gas?")).unwrap();
        kiosk.until("the end of the sentence", |k| k.feeder.is_empty());
        kiosk.take(Input::TalkHeld { held: false });
        assert!(!kiosk.core.state().listening);
        kiosk.until("the question", |k| k.sent() == turn);
    }
}

#[test]
fn one_utterance_that_fails_is_no_missing_model() {
    let mut kiosk = Kiosk::new(ListenMode::PushToTalk, || Ok(model(true, 1)));
    kiosk.take(Input::TalkHeld { held: true });
    kiosk.until("the microphone", |k| k.core.state().hearing);
    kiosk.feeder.feed(&spoken("What is gas?")).unwrap();
    kiosk.until("the end of the sentence", |k| k.feeder.is_empty());
    kiosk.take(Input::TalkHeld { held: false });
    kiosk.until("that nothing was understood", |k| k.core.state().toast.is_some());
    assert!(kiosk.core.state().can_hear(), "{:?}", kiosk.core.state().notices);
    assert!(!kiosk.core.state().hearing);
}

#[test]
fn without_a_model_the_kiosk_says_so_and_does_not_listen() {
    let mut kiosk = Kiosk::new(ListenMode::HandsFree, || Err(RecognizeError::NotBuiltIn));
    kiosk.until("the notice", |k| k.core.state().notices.contains(&Notice::NoSpeechModel));
    assert!(!kiosk.core.state().listening);
}

#[test]
fn a_language_that_the_model_does_not_understand_is_typed_and_the_window_says_so() {
    let mut kiosk = Kiosk::new(ListenMode::HandsFree, || Ok(model(true, 0)));
    let told = |k: &Kiosk| k.core.state().notices.contains(&Notice::LanguageNotHeard);
    assert!(kiosk.core.state().listening);
    kiosk.take(Input::LanguageChosen { language: Language::Zh });
    kiosk.until("the notice", told);
    assert!(!kiosk.core.state().listening);
    kiosk.take(Input::LanguageChosen { language: Language::En });
    kiosk.until("its end", |k| !told(k));
    assert!(kiosk.core.state().listening);
}

#[test]
fn with_a_model_for_all_languages_nothing_is_said() {
    let (mut ears, _feeder) = ears(|| Ok(model(false, 0)));
    ears.language(Language::Zh);
    let mut news = Vec::new();
    let until = Instant::now() + PATIENCE;
    while !news.iter().any(|e| matches!(e, HeardEvent::Problem { notice: Notice::SmallModel, .. })) {
        assert!(Instant::now() < until, "{news:?}");
        news.extend(ears.poll());
    }
    assert!(!news.iter().any(|e| matches!(e, HeardEvent::Problem { on: true, .. })), "{news:?}");
}

/// What the kiosk is told of one event.
fn told(ears: &mut SpeechEars, event: EarsEvent) -> Vec<HeardEvent> {
    let mut news = Vec::new();
    ears.event(event, &mut news);
    news
}

fn transcript(id: u64, text: &str, more: bool) -> EarsEvent {
    let now = Instant::now();
    EarsEvent::Transcript {
        id,
        transcript: Transcript::of(text),
        stamps: HeardStamps { speech_started: now, speech_ended: now, endpoint: now, transcript: now },
        more,
    }
}

#[test]
fn a_model_that_understands_something_is_there_after_all() {
    let (mut ears, _feeder) = ears(|| Err(RecognizeError::NotBuiltIn));
    let [HeardEvent::Problem { notice: Notice::NoSpeechModel, on: true, .. }] =
        &told(&mut ears, EarsEvent::NoModel { why: "it is gone".into() })[..]
    else {
        panic!("not told")
    };
    let news = told(&mut ears, transcript(1, "hello", false));
    assert_eq!(news[0], solved(Notice::NoSpeechModel));
    assert!(matches!(news[1], HeardEvent::Transcript { .. }));
    assert_eq!(told(&mut ears, transcript(2, "hello", false)).len(), 1, "told once");
}

#[test]
fn captions_hold_the_pieces_before_and_go_when_they_come_to_nothing() {
    let (mut ears, _feeder) = ears(|| Ok(model(true, 0)));
    ears.listen(true);
    let partial =
        |id, stable: &str, rest: &str| EarsEvent::Partial { id, stable: stable.into(), rest: rest.into() };
    let shown = |text: &str, agreed: &str| HeardEvent::Partial { text: text.into(), agreed: agreed.into() };
    assert_eq!(told(&mut ears, partial(1, "where", " is")), [shown("where is", "where")]);
    assert_eq!(told(&mut ears, transcript(1, "where is", true)), [shown("where is", "where is")]);
    assert_eq!(told(&mut ears, partial(2, "", "my")), [shown("where is my", "where is")]);
    // Too long, and it goes on: the rest is said on its own, and may hold no words.
    told(&mut ears, transcript(2, "my", true));
    told(&mut ears, transcript(3, "wallet", true));
    assert_eq!(told(&mut ears, partial(4, "", "uh")), [shown("uh", "")]);
    let nothing = |id| EarsEvent::Nothing { id, why: None, by_button: false, more: false };
    assert_eq!(told(&mut ears, nothing(4)), [shown("", "")]);
    assert_eq!(told(&mut ears, partial(5, "", "hm")), [shown("hm", "")]);
    assert!(
        matches!(&told(&mut ears, nothing(5))[..], [HeardEvent::Transcript { text, .. }] if text.is_empty())
    );
}

#[test]
fn the_visit_follows_the_language_that_the_model_found() {
    let heard = |ears: &mut SpeechEars, tag: &str, text: &str| {
        let mut event = transcript(1, text, false);
        if let EarsEvent::Transcript { transcript, .. } = &mut event {
            transcript.language = Some(tag.into());
        }
        let news = told(ears, event);
        assert!(matches!(news.last(), Some(HeardEvent::Transcript { .. })), "{news:?}");
        news.into_iter().find_map(|n| if let HeardEvent::Language(l) = n { Some(l) } else { None })
    };
    let (chosen, _feeder) = ears(|| Ok(model(false, 0)));
    let mut chosen = chosen.in_language(SpokenLanguage::Chosen);
    assert_eq!(heard(&mut chosen, "zh", "我的钱包在哪里"), None);
    let (automatic, _feeder) = ears(|| Ok(model(false, 0)));
    let mut automatic = automatic.in_language(SpokenLanguage::Automatic);
    assert_eq!(heard(&mut automatic, "zh", "我的钱包在哪里"), Some(Language::Zh));
    assert_eq!(heard(&mut automatic, "zh", "好"), None, "too short to tell");
    assert_eq!(heard(&mut automatic, "en", "where is my wallet"), None, "it is the visit's");
    automatic.language(Language::Zh);
    assert_eq!(heard(&mut automatic, "en", "where is my wallet"), Some(Language::En));
    assert_eq!(heard(&mut automatic, "en", "okay"), None);
    // A model that understands English only finds nothing out.
    let facts = model(true, 0).facts().clone();
    automatic.event(EarsEvent::ModelReady { facts, took: Duration::ZERO }, &mut Vec::new());
    assert_eq!(heard(&mut automatic, "en", "where is my wallet"), None);
}

#[test]
fn what_is_likely_here_is_a_prompt_for_models_that_take_one() {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    struct Prompted(ModelFacts, std::sync::Arc<std::sync::Mutex<Vec<Option<String>>>>);
    impl Transcriber for Prompted {
        fn facts(&self) -> &ModelFacts {
            &self.0
        }
        fn decode(&mut self, _: &[f32], ask: &DecodeRequest, _: &Cancel) -> Result<Decoded, RecognizeError> {
            self.1.lock().unwrap().push(ask.vocabulary.clone());
            Ok(Decoded { text: "what is gas".into(), tokens: 3, confidence: 1.0, ..Decoded::default() })
        }
    }
    let scene = crate::kiosk::test_world::scene();
    let articles = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/knowledge");
    let knowledge = crate::knowledge::KnowledgeBase::load(&articles).unwrap();
    let words = Vocabulary::new(&scene, &scene.desks[0], &knowledge);
    for takes_prompt in [true, false] {
        let model = {
            let facts = ModelFacts {
                name: "fake".into(),
                audio_ctx: 1500,
                english_only: false,
                takes_prompt,
                thorough: false,
            };
            let asked = std::sync::Arc::clone(&asked);
            move || Ok(Box::new(Prompted(facts, asked)) as Box<dyn Transcriber>)
        };
        let (ears, feeder) = ears(model);
        let (core, world, now) =
            talking_with(Some(Box::new(ears.expecting(words.clone()))), ListenMode::PushToTalk);
        let mut kiosk = Kiosk { core, world, now, feeder };
        kiosk.take(Input::TalkHeld { held: true });
        kiosk.until("the microphone", |k| k.core.state().hearing);
        kiosk.feeder.feed(&spoken("What is gas?")).unwrap();
        kiosk.until("the end of the sentence", |k| k.feeder.is_empty());
        kiosk.take(Input::TalkHeld { held: false });
        kiosk.until("the question", |k| k.sent() == 1);
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        let expected = words.of(Language::En).filter(|_| takes_prompt).map(str::to_owned);
        assert!(!asked.is_empty() && asked.iter().all(|words| *words == expected), "{asked:?}");
    }
}

#[test]
fn a_voice_without_an_end_becomes_a_turn_and_what_was_muted_is_none() {
    let (mut ears, _feeder) = ears(|| Ok(model(true, 0)));
    ears.listen(true);
    let news: Vec<_> = (1..=3).flat_map(|id| told(&mut ears, transcript(id, "on and", true))).collect();
    assert!(
        matches!(&news[2], HeardEvent::Transcript { text, .. } if text == "on and on and on and"),
        "{news:?}"
    );
    // A long one of which the microphone was closed in the middle.
    told(&mut ears, transcript(10, "the beginning", true));
    ears.listen(false);
    let news = told(&mut ears, EarsEvent::Nothing { id: 11, why: None, by_button: false, more: false });
    assert!(matches!(&news[..], [HeardEvent::Transcript { text, .. }] if text.is_empty()), "{news:?}");
}
