//! The voice with espeak-ng and a sink in real time.

use super::*;
use crate::speech::playback::PacedPlayback;
use crate::speech::tts::{CommandSynthesizer, Espeak};
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
