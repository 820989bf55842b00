//! The voice with espeak-ng and a sink in real time.

use super::*;
use crate::speech::audio::VOICE_RATE;
use crate::speech::playback::PacedPlayback;
use crate::speech::tts::{CommandSynthesizer, Espeak};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

const KEY: PartKey = PartKey { answer: 42, part: 1 };

fn voice(synthesizer: Espeak) -> Voice {
    let playback = PacedPlayback::start(false).unwrap();
    Voice::start(Arc::new(synthesizer), Box::new(playback), VoiceConfig::default()).unwrap()
}

fn part(text: &str, language: &str) -> Part {
    Part { key: KEY, text: text.into(), language: language.into() }
}

/// Events until the last of them, with the widest the mouth was.
fn until_end(voice: &mut Voice) -> (Vec<VoiceEvent>, f32) {
    let limit = Instant::now() + Duration::from_secs(30);
    let (mut events, mut widest) = (Vec::new(), 0.0f32);
    while Instant::now() < limit {
        widest = widest.max(voice.mouth(Instant::now()).open);
        match voice.next_event() {
            Some(VoiceEvent::Progress { .. }) => {}
            Some(event) => {
                let ended = matches!(event, VoiceEvent::Finished { .. } | VoiceEvent::Interrupted { .. });
                events.push(event);
                if ended {
                    return (events, widest);
                }
            }
            None => std::thread::yield_now(),
        }
    }
    panic!("no end: {events:?}");
}

#[test]
fn an_answer_is_spoken_with_an_open_mouth_and_comes_to_its_end() {
    let mut voice = voice(Espeak::default());
    voice.say(part("Hello! **How** are you?", "en")).unwrap();
    let (events, widest) = until_end(&mut voice);
    let sentences: Vec<(usize, usize)> = events
        .iter()
        .filter_map(|e| if let VoiceEvent::Sentence { from, to, .. } = e { Some((*from, *to)) } else { None })
        .collect();
    assert_eq!(sentences, [(0, 6), (7, 23)]);
    let Some(VoiceEvent::Started { made, played, .. }) =
        events.iter().find(|e| matches!(e, VoiceEvent::Started { .. }))
    else {
        panic!("never started")
    };
    assert!(made <= played, "played before it was made");
    assert!(
        matches!(events.last(), Some(VoiceEvent::Finished { played, .. }) if played.chars == 23 && played.ms > 500)
    );
    assert!(widest > 0.5, "the mouth hardly opened: {widest}");
    // A tenth of a second after the sound the mouth is shut.
    let later = Instant::now() + Duration::from_millis(150);
    while Instant::now() < later {
        std::thread::yield_now();
    }
    assert!(voice.mouth(Instant::now()).open < 0.05);
    assert!(voice.is_silent());
}

#[test]
fn a_stop_interrupts_what_is_spoken_and_what_waits() {
    let mut voice = voice(Espeak::default());
    voice.say(part(&"This is a long answer. ".repeat(20), "en")).unwrap();
    voice.say(Part { key: PartKey { answer: 42, part: 2 }, ..part("And more.", "en") }).unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    while !matches!(voice.next_event(), Some(VoiceEvent::Progress { .. })) {
        assert!(Instant::now() < limit, "never began");
        std::thread::yield_now();
    }
    let asked = Instant::now();
    voice.stop();
    let (events, _) = until_end(&mut voice);
    let Some(VoiceEvent::Interrupted { key: KEY, played, at }) = events.last() else { panic!("{events:?}") };
    assert!(played.chars > 0 && played.chars < 460, "{played:?}");
    assert!(at.saturating_duration_since(asked) < Duration::from_millis(200));
    let (events, _) = until_end(&mut voice);
    assert!(
        matches!(events.last(), Some(VoiceEvent::Interrupted { key: PartKey { part: 2, .. }, .. })),
        "{events:?}"
    );
    // And it can speak again.
    voice.say(part("Yes.", "en")).unwrap();
    assert!(matches!(until_end(&mut voice).0.last(), Some(VoiceEvent::Finished { .. })));
}

#[test]
fn without_the_program_captions_go_on_in_time_and_the_reason_is_said_once() {
    let mut voice = voice(Espeak::with_program("espeak-that-is-not-there"));
    voice.say(part("Hi. Yes.", "en")).unwrap();
    let (mut events, widest) = until_end(&mut voice);
    while let Some(event) = voice.next_event() {
        events.push(event);
    }
    let problems = events.iter().filter(|e| matches!(e, VoiceEvent::Problem { .. })).count();
    assert_eq!(problems, 1, "{events:?}");
    assert_eq!(events.iter().filter(|e| matches!(e, VoiceEvent::Sentence { .. })).count(), 2);
    assert_eq!(widest, 0.0);
}

#[test]
fn chinese_is_spoken() {
    let mut voice = voice(Espeak::default());
    voice.say(part("你好。", "zh")).unwrap();
    let (events, widest) = until_end(&mut voice);
    assert!(matches!(events.last(), Some(VoiceEvent::Finished { .. })), "{events:?}");
    assert!(widest > 0.3);
}

#[test]
fn where_a_languages_engine_fails_the_usual_one_speaks_and_the_problem_is_told_once() {
    let playback = PacedPlayback::start(false).unwrap();
    let broken = CommandSynthesizer::from_template("sh -c 'echo out of order >&2; exit 1'", None).unwrap();
    let own = tts::Voice { name: Some("a-voice-of-its-own".into()), ..tts::Voice::of("en") };
    let voices =
        BTreeMap::from([("en".to_owned(), LanguageVoice { voice: own, engine: Some(Arc::new(broken)) })]);
    let config = VoiceConfig { voices, ..VoiceConfig::default() };
    let mut voice = Voice::start(Arc::new(Espeak::default()), Box::new(playback), config).unwrap();
    voice.say(part("Hello! How are you?", "en")).unwrap();
    let (events, widest) = until_end(&mut voice);
    let stood_in: Vec<&String> = events
        .iter()
        .filter_map(|e| if let VoiceEvent::StoodIn { why, .. } = e { Some(why) } else { None })
        .collect();
    assert!(stood_in.len() == 1 && stood_in[0].contains("out of order"), "{events:?}");
    assert!(!events.iter().any(|e| matches!(e, VoiceEvent::Problem { .. })));
    assert!(widest > 0.1, "nobody spoke: {widest}");
}

/// espeak-ng, which counts how often it is asked, and is not there for as long as `broken` says so.
#[derive(Debug, Default)]
struct Counting {
    asked: AtomicUsize,
    broken: bool,
}

impl Synthesizer for Counting {
    fn name(&self) -> &str {
        "counting"
    }
    fn available(&self) -> Result<(), TtsError> {
        Ok(())
    }
    fn speak(&self, text: &str, voice: &tts::Voice) -> Result<tts::Speech, TtsError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken {
            return Err(TtsError::Failed { program: "counting".into(), why: "nobody there".into() });
        }
        Espeak::default().speak(text, voice)
    }
}

/// A voice whose English has an engine of its own.
fn with_own(engine: Arc<dyn Synthesizer>, usual: Espeak, playback: PacedPlayback) -> Voice {
    let own = LanguageVoice { voice: tts::Voice::of("en"), engine: Some(engine) };
    let config = VoiceConfig { voices: BTreeMap::from([("en".to_owned(), own)]), ..VoiceConfig::default() };
    Voice::start(Arc::new(usual), Box::new(playback), config).unwrap()
}

#[test]
fn an_engine_that_fails_is_left_alone_and_each_part_says_who_speaks() {
    let dead = Arc::new(Counting { broken: true, ..Counting::default() });
    let mut voice = with_own(dead.clone(), Espeak::default(), PacedPlayback::start(false).unwrap());
    for _ in 0..2 {
        voice.say(part("Hi. Yes.", "en")).unwrap();
        let (mut events, widest) = until_end(&mut voice);
        while let Some(event) = voice.next_event() {
            events.push(event);
        }
        let by: Vec<&str> = events
            .iter()
            .filter_map(|e| if let VoiceEvent::StoodIn { by, .. } = e { Some(by.as_str()) } else { None })
            .collect();
        assert_eq!(by, ["espeak-ng"], "{events:?}");
        assert!(widest > 0.1);
    }
    assert_eq!(dead.asked.load(Ordering::SeqCst), 1, "each try may cost seconds");
}

#[test]
fn where_own_and_usual_engine_fail_who_stands_in_speaks() {
    let stand_in = Arc::new(Counting::default());
    let dead: Arc<dyn Synthesizer> = Arc::new(Counting { broken: true, ..Counting::default() });
    let config = VoiceConfig {
        voices: BTreeMap::from([(
            "en".to_owned(),
            LanguageVoice { voice: tts::Voice::of("en"), engine: Some(dead) },
        )]),
        stand_ins: vec![stand_in.clone()],
        ..VoiceConfig::default()
    };
    let missing = Arc::new(Espeak::with_program("espeak-that-is-not-there"));
    let playback = PacedPlayback::start(false).unwrap();
    let mut voice = Voice::start(missing, Box::new(playback), config).unwrap();
    voice.say(part("Hi.", "en")).unwrap();
    let (events, widest) = until_end(&mut voice);
    assert!(widest > 0.1 && !events.iter().any(|e| matches!(e, VoiceEvent::Problem { .. })), "{events:?}");
    assert_eq!(stand_in.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn what_is_kept_ready_is_played_without_the_engine_and_answers_are_not_kept() {
    let engine = Arc::new(Counting::default());
    let mut voice = with_own(engine.clone(), Espeak::default(), PacedPlayback::start(false).unwrap());
    let greeting = "Hello. Welcome!";
    voice.keep_ready(vec![HostText { text: greeting.into(), language: "en".into() }]).unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    while !engines::engines(&voice.shared, "en")
        .first()
        .is_some_and(|e| e.synthesizer.is_ready("Welcome!", &e.voice))
    {
        assert!(Instant::now() < limit, "never ready");
        std::thread::yield_now();
    }
    let (asked, bytes) = (engine.asked.load(Ordering::SeqCst), voice.ready_bytes());
    assert_eq!(asked, 2, "two sentences");
    voice.say(part(greeting, "en")).unwrap();
    let (events, widest) = until_end(&mut voice);
    assert!(widest > 0.1 && matches!(events.last(), Some(VoiceEvent::Finished { .. })), "{events:?}");
    assert_eq!(engine.asked.load(Ordering::SeqCst), asked, "made again");
    voice.say(part("Forty two.", "en")).unwrap();
    until_end(&mut voice);
    assert_eq!((engine.asked.load(Ordering::SeqCst), voice.ready_bytes()), (asked + 1, bytes));
}

#[test]
fn a_soft_engine_is_heard_as_loud_as_any_and_pauses_by_its_marks() {
    let playback = PacedPlayback::start(true).unwrap();
    let recorder = playback.recorder();
    let soft = CommandSynthesizer::from_template("espeak-ng -v en-us -a 25 --stdin --stdout", None).unwrap();
    let mut voice = with_own(Arc::new(soft), Espeak::default(), playback);
    voice.say(part("Good morning to you all. Follow me to the desk.", "en")).unwrap();
    until_end(&mut voice);
    let samples = recorder.recording().unwrap().samples;
    let mut meter = crate::speech::tts::smooth::Smoother::new(None);
    meter.push(&samples, &mut Vec::new());
    let off = meter.level_db().unwrap() - crate::speech::tts::smooth::TARGET_DB;
    assert!(off.abs() < 4.0, "{off} dB off");
    // The longest silence between the first and the last sound is the pause after the sentence.
    let mut longest = 0;
    let mut last = None;
    for (i, _) in samples.iter().enumerate().filter(|(_, s)| s.abs() > 0.01) {
        longest = longest.max(last.map_or(0, |last| i - last));
        last = Some(i);
    }
    let ms = longest * 1000 / VOICE_RATE as usize;
    assert!((300..500).contains(&ms), "a pause of {ms} ms");
}
