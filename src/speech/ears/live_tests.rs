//! Ears that listen to somebody who stands there: captions, and pauses that fit the words. At the pace of real speech.

use super::*;
use crate::speech::capture::PacedSource;
use crate::speech::clock::SystemClock;
use crate::speech::recognize::{Cancel, DecodeRequest, Decoded, ModelFacts};
use crate::speech::tts::{Espeak, Synthesizer as _, Voice};

const PATIENCE: Duration = Duration::from_secs(20);

/// Understands these words; of an utterance that goes on, two each second. Takes its time, and stops when told to.
#[derive(Clone, Copy)]
struct Model {
    words: &'static str,
    glance: Duration,
    whole: Duration,
}

struct Loaded(ModelFacts, Model);

impl Model {
    fn quick(words: &'static str) -> Self {
        Self { words, glance: Duration::from_millis(5), whole: Duration::from_millis(5) }
    }

    fn load(self) -> Result<Box<dyn Transcriber>, RecognizeError> {
        let facts = ModelFacts {
            name: "scripted".into(),
            audio_ctx: 1500,
            english_only: true,
            takes_prompt: false,
            thorough: false,
        };
        Ok(Box::new(Loaded(facts, self)))
    }
}

impl Transcriber for Loaded {
    fn facts(&self) -> &ModelFacts {
        &self.0
    }

    fn decode(
        &mut self,
        samples: &[f32],
        request: &DecodeRequest,
        cancel: &Cancel,
    ) -> Result<Decoded, RecognizeError> {
        let Self(_, Model { words, glance, whole }) = self;
        let until = Instant::now() + if request.quick { *glance } else { *whole };
        while Instant::now() < until {
            if cancel.is_cancelled() {
                return Err(RecognizeError::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let count = if request.quick { samples.len() / 8_000 } else { usize::MAX };
        let text = words.split(' ').take(count).collect::<Vec<_>>().join(" ");
        Ok(Decoded { text, tokens: 2, confidence: 1.0, ..Decoded::default() })
    }
}

/// Speech of about three seconds, and in real time what the ears say of it.
fn hear(model: Model, live: bool) -> Vec<EarsEvent> {
    let pcm = Espeak::default()
        .speak("Where is the place at which I can charge my old telephone", &Voice::of("en"))
        .unwrap()
        .collect()
        .unwrap();
    let spoken = crate::speech::resample::resample_all(&pcm.samples, pcm.rate, 16_000).unwrap();
    let samples = [vec![0.0; 8_000], spoken].concat();
    let source =
        PacedSource::with_clock(&samples, Duration::from_secs(2), Arc::new(SystemClock), false).unwrap();
    let config = EarsConfig { live, ..EarsConfig::default() };
    let ears = Ears::start(Box::new(source), move || model.load(), config).unwrap();
    let mut events = Vec::new();
    loop {
        match ears.wait(PATIENCE).expect("an end") {
            EarsEvent::Ended => return events,
            EarsEvent::Level { .. } => {}
            event => events.push(event),
        }
    }
}

/// Milliseconds from the end of speech to the decision that it has ended, and to the text.
fn after_speech(events: &[EarsEvent]) -> (f64, f64) {
    let stamps: Vec<_> = events
        .iter()
        .filter_map(|e| if let EarsEvent::Transcript { stamps, .. } = e { Some(stamps) } else { None })
        .collect();
    let [stamps] = stamps[..] else { panic!("not one text: {events:?}") };
    let after = |at: Instant| (at - stamps.speech_ended).as_secs_f64() * 1000.0;
    (after(stamps.endpoint), after(stamps.transcript))
}

#[test]
fn what_is_being_said_is_shown_as_it_is_said_and_never_afterwards() {
    let events = hear(Model::quick("where is the place at which i can charge"), true);
    let over = events.iter().position(|e| matches!(e, EarsEvent::Endpoint { .. })).expect("an end");
    let partials: Vec<(usize, String, String)> = events
        .iter()
        .enumerate()
        .filter_map(|(at, event)| match event {
            EarsEvent::Partial { id: 1, stable, rest } => Some((at, stable.clone(), rest.clone())),
            _ => None,
        })
        .collect();
    assert!(partials.len() >= 3, "{events:?}");
    assert!(partials.iter().all(|(at, _, _)| *at < over), "a caption after its end: {events:?}");
    assert_eq!(partials[0].1, "", "nothing is agreed on at first");
    assert!(partials.windows(2).all(|w| w[1].1 == format!("{}{}", w[0].1, w[0].2)), "{partials:?}");
}

#[test]
fn without_captions_nothing_is_shown_before_the_end() {
    let events = hear(Model::quick("where is"), false);
    assert!(events.iter().all(|e| !matches!(e, EarsEvent::Partial { .. })), "{events:?}");
}

#[test]
fn the_pause_that_ends_an_utterance_fits_its_words() {
    // Beside each other: they wait more than they reckon.
    let [question, usual, hanging] = ["Where can I charge it?", "my telephone", "I want to charge it and"]
        .map(|words| std::thread::spawn(move || after_speech(&hear(Model::quick(words), true)).0))
        .map(|one| one.join().unwrap());
    println!(
        "a question ends after {question} ms, the usual after {usual} ms, what hangs after {hanging} ms"
    );
    // The exact lengths are counted in frames, and tested there; a busy machine stamps them some milliseconds off.
    assert!((230.0..430.0).contains(&question), "{question}");
    assert!((440.0..540.0).contains(&usual), "{usual}");
    assert!((850.0..980.0).contains(&hanging), "{hanging}");
}

#[test]
fn captions_keep_no_text_waiting() {
    // As slow as a glance may be, and a text that takes longer than the pause has room for.
    let model = Model {
        words: "my telephone",
        glance: Duration::from_millis(220),
        whole: Duration::from_millis(500),
    };
    let (_, plain) = after_speech(&hear(model, false));
    let events = hear(model, true);
    assert!(events.iter().any(|e| matches!(e, EarsEvent::Partial { .. })), "{events:?}");
    let (_, live) = after_speech(&events);
    println!("text after {plain:.0} ms, with captions after {live:.0} ms: ratio {:.3}", live / plain);
    assert!(live / plain < 1.2, "{live} against {plain}");
}
