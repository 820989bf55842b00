//! The ears with a recording for a microphone and a model that says what it is told.

use super::*;
use crate::speech::capture::PacedSource;
use crate::speech::playback::{PacedPlayback, Playback as _};
use crate::speech::recognize::{Cancel, DecodeRequest, Decoded, ModelFacts};
use crate::speech::tts::{Espeak, Synthesizer as _, Voice};

const PATIENCE: Duration = Duration::from_secs(20);

/// Says how long what it heard was, in tenths of a second.
struct Measure(ModelFacts);

fn measure() -> Result<Box<dyn Transcriber>, RecognizeError> {
    let facts = ModelFacts {
        name: "measure".into(),
        audio_ctx: 1500,
        english_only: true,
        takes_prompt: false,
        thorough: false,
    };
    Ok(Box::new(Measure(facts)))
}

impl Transcriber for Measure {
    fn facts(&self) -> &ModelFacts {
        &self.0
    }

    fn decode(&mut self, samples: &[f32], _: &DecodeRequest, _: &Cancel) -> Result<Decoded, RecognizeError> {
        let text = format!("heard {}", samples.len() / 1600);
        Ok(Decoded { text, tokens: 2, confidence: 1.0, ..Decoded::default() })
    }
}

fn spoken(text: &str) -> Vec<f32> {
    let pcm = Espeak::default().speak(text, &Voice::of("en")).unwrap().collect().unwrap();
    crate::speech::resample::resample_all(&pcm.samples, pcm.rate, 16_000).unwrap()
}

fn listen_to(samples: &[f32], load: fn() -> Result<Box<dyn Transcriber>, RecognizeError>) -> Vec<EarsEvent> {
    let source = PacedSource::fast(samples, Duration::from_secs(1)).unwrap();
    let ears = Ears::start(Box::new(source), load, EarsConfig::default()).unwrap();
    let mut events = Vec::new();
    while let Some(event) = ears.wait(PATIENCE) {
        if event == EarsEvent::Ended {
            return events;
        }
        if !matches!(event, EarsEvent::Level { .. }) {
            events.push(event);
        }
    }
    panic!("the recording never ended: {events:?}");
}

#[test]
fn a_spoken_sentence_becomes_one_text_with_its_stages() {
    let samples = [vec![0.0; 16_000], spoken("Where is my wallet?")].concat();
    let events = listen_to(&samples, measure);
    let texts: Vec<_> = events.iter().filter(|e| matches!(e, EarsEvent::Transcript { .. })).collect();
    let [EarsEvent::Transcript { transcript, stamps, more: false, .. }] = texts[..] else {
        panic!("{events:?}")
    };
    assert!(transcript.text.starts_with("heard "), "{transcript:?}");
    assert!(stamps.speech_started < stamps.speech_ended && stamps.speech_ended < stamps.endpoint);
    let pause = stamps.endpoint - stamps.speech_ended;
    assert!((Duration::from_millis(470)..Duration::from_millis(520)).contains(&pause), "{pause:?}");
    let kinds: Vec<_> = events
        .iter()
        .map(|e| match e {
            EarsEvent::Started { .. } => "started",
            EarsEvent::Endpoint { .. } => "endpoint",
            EarsEvent::Transcript { .. } => "transcript",
            EarsEvent::Microphone { .. } | EarsEvent::ModelReady { .. } => "ready",
            _ => "other",
        })
        .filter(|k| *k != "ready")
        .collect();
    assert_eq!(kinds, ["started", "endpoint", "transcript"]);
}

#[test]
fn without_a_model_the_reason_is_said_and_nothing_hangs() {
    let samples = [vec![0.0; 16_000], spoken("Where is my wallet?")].concat();
    let events = listen_to(&samples, || Err(RecognizeError::NotBuiltIn));
    let problems: Vec<String> = events
        .iter()
        .filter_map(|e| if let EarsEvent::NoModel { why } = e { Some(why.clone()) } else { None })
        .collect();
    assert!(problems.iter().any(|why| why.contains("--features voice")), "{problems:?}");
    let failed = events.iter().filter(|e| matches!(e, EarsEvent::Failed { .. })).count();
    assert_eq!(failed, 1, "what was said is said to be lost: {events:?}");
}

#[test]
fn what_waits_for_a_model_that_cannot_be_loaded_is_said_to_be_lost() {
    let samples = [vec![0.0; 16_000], spoken("Where is my wallet?")].concat();
    let source = PacedSource::fast(&samples, Duration::from_secs(1)).unwrap();
    let (open, gate) = sync_channel::<()>(1);
    let load = move || {
        gate.recv().unwrap();
        Err(RecognizeError::NotBuiltIn)
    };
    let ears = Ears::start(Box::new(source), load, EarsConfig::default()).unwrap();
    let mut failed = 0;
    loop {
        match ears.wait(PATIENCE).expect("an end") {
            EarsEvent::Endpoint { .. } => open.send(()).unwrap(),
            EarsEvent::Failed { .. } => failed += 1,
            EarsEvent::Ended => break,
            _ => {}
        }
    }
    assert_eq!(failed, 1);
}

#[test]
fn muted_ears_hear_nothing_and_show_nothing() {
    let samples = [vec![0.0; 16_000], spoken("Where is my wallet?")].concat();
    let source = PacedSource::fast(&samples, Duration::from_secs(1)).unwrap();
    let config = EarsConfig { muted: true, ..EarsConfig::default() };
    let ears = Ears::start(Box::new(source), measure, config).unwrap();
    loop {
        match ears.wait(PATIENCE).expect("an end") {
            EarsEvent::Ended => break,
            EarsEvent::Microphone { .. } | EarsEvent::ModelReady { .. } => {}
            other => panic!("heard {other:?}"),
        }
    }
}

#[test]
fn a_held_button_hears_until_it_is_released() {
    let (source, feeder) = PacedSource::live();
    let config = EarsConfig { mode: Mode::PushToTalk, ..EarsConfig::default() };
    let ears = Ears::start(Box::new(source), measure, config).unwrap();
    ears.command(EarsCommand::Press);
    let wait_for = |wanted: fn(&EarsEvent) -> bool| loop {
        let event = ears.wait(PATIENCE).expect("an event");
        if wanted(&event) {
            return event;
        }
    };
    wait_for(|e| matches!(e, EarsEvent::Started { .. }));
    feeder.feed(&spoken("Hello there")).unwrap();
    while !feeder.is_empty() {
        ears.wait(Duration::from_millis(20));
    }
    ears.command(EarsCommand::Release);
    let event = wait_for(|e| matches!(e, EarsEvent::Transcript { .. }));
    let EarsEvent::Transcript { stamps, .. } = event else { panic!() };
    assert!(stamps.endpoint > stamps.speech_ended);
}

#[test]
fn a_button_that_is_let_go_finishes_its_words_before_the_ears_are_muted() {
    let (source, feeder) = PacedSource::live();
    let config = EarsConfig { mode: Mode::PushToTalk, muted: true, ..EarsConfig::default() };
    let ears = Ears::start(Box::new(source), measure, config).unwrap();
    ears.command(EarsCommand::Mute(false));
    ears.command(EarsCommand::Press);
    feeder.feed(&spoken("Hello there")).unwrap();
    while !feeder.is_empty() {
        ears.wait(Duration::from_millis(20));
    }
    ears.command(EarsCommand::ReleaseAndMute);
    let mut texts = 0;
    while texts == 0 {
        match ears.wait(PATIENCE).expect("a text") {
            EarsEvent::Transcript { .. } => texts += 1,
            EarsEvent::Nothing { .. } => panic!("the words were dropped"),
            _ => {}
        }
    }
    // Now they are muted.
    ears.command(EarsCommand::Press);
    feeder.feed(&spoken("Hello there")).unwrap();
    feeder.close();
    loop {
        match ears.wait(PATIENCE).expect("an end") {
            EarsEvent::Ended => break,
            EarsEvent::Level { .. } => {}
            other => panic!("heard {other:?}"),
        }
    }
}

/// What begins while the avatar speaks, for a visitor who talks for a while.
fn hears_while_the_avatar_speaks(config: EarsConfig, button: bool) -> bool {
    let (source, feeder) = PacedSource::live();
    let ears = Ears::start(Box::new(source), measure, config).unwrap();
    ears.command(EarsCommand::AvatarSpeaks(true));
    feeder.feed_silence(Duration::from_millis(300)).unwrap();
    feeder.feed(&spoken("Hello there, where is my wallet?")).unwrap();
    if button {
        ears.command(EarsCommand::Press);
    }
    feeder.close();
    loop {
        match ears.wait(PATIENCE).expect("an event") {
            EarsEvent::Started { .. } => return true,
            EarsEvent::Ended => return false,
            _ => {}
        }
    }
}

#[test]
fn without_a_canceller_the_ears_are_shut_while_the_avatar_speaks() {
    assert!(!hears_while_the_avatar_speaks(EarsConfig::default(), false));
}

#[test]
fn the_button_works_while_the_avatar_speaks() {
    let config = EarsConfig { mode: Mode::PushToTalk, ..EarsConfig::default() };
    assert!(hears_while_the_avatar_speaks(config, true));
}

#[test]
fn with_a_canceller_the_ears_stay_open_while_the_avatar_speaks() {
    let sink = PacedPlayback::start(false).unwrap();
    let config = EarsConfig { echo_of: Some(sink.output()), ..EarsConfig::default() };
    assert!(hears_while_the_avatar_speaks(config, false));
    // An output that plays nothing is nothing to compare with.
    let config = EarsConfig { echo_of: Some(VoiceOutput::default()), ..EarsConfig::default() };
    assert!(!hears_while_the_avatar_speaks(config, false));
}
