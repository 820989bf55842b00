//! Which engines speak a language, the desk's own first, and how the host's texts are made ready with them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::handle::Shared;
use crate::speech::clock::lock;
use crate::speech::tts::normalise::speakable;
use crate::speech::tts::sentences;
use crate::speech::tts::{Cached, Synthesizer, TtsError, Voice};

/// The most texts that are made ready; the rest is made when it is said.
pub const HOST_TEXTS_MAX: usize = 64;

/// A text that the host has the avatar say again and again, such as the greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostText {
    /// As it is written.
    pub text: String,
    /// "en" or "zh".
    pub language: String,
}

/// An engine with the voice that it speaks with.
pub(super) struct Engine {
    pub synthesizer: Cached,
    pub voice: Voice,
}

/// The engines for a language, in the order in which they are asked. There is always one.
pub(super) fn engines(shared: &Shared, language: &str) -> Vec<Engine> {
    let config = lock(&shared.config);
    let chosen = config.voices.get(language);
    let voice = chosen.map_or_else(|| Voice::of(language), |chosen| chosen.voice.clone());
    let own = chosen.and_then(|chosen| chosen.engine.clone());
    let others = std::iter::once(&shared.usual).chain(&config.stand_ins);
    let others = others.filter(|engine| engine.speaks(language)).cloned();
    // One engine's name of a voice means nothing to another one.
    let plain = Voice { name: None, ..voice.clone() };
    let voices = std::iter::once(voice).chain(std::iter::repeat(plain));
    let all = own.into_iter().chain(others).zip(voices);
    all.map(|(engine, voice)| Engine { synthesizer: Cached::new(engine, shared.ready.clone()), voice })
        .collect()
}

/// What an engine is asked to speak: one text after the other.
pub(super) fn utterances(text: &str, language: &str) -> Vec<String> {
    let pieces = sentences::split(text);
    let written = pieces.into_iter().filter_map(|piece| text.get(piece.bytes));
    written.map(|written| speakable(written, language)).filter(|text| can_be_spoken(text)).collect()
}

/// Whether there is anything to be heard in it.
pub(super) fn can_be_spoken(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The texts that are still to be made ready.
#[derive(Debug, Default)]
pub(super) struct ToMake {
    texts: VecDeque<HostText>,
    /// A thread works on them.
    running: bool,
}

/// Makes these texts ready beside everything else, and forgets those of before.
pub(super) fn make_ready(shared: &Arc<Shared>, texts: Vec<HostText>) -> Result<(), TtsError> {
    shared.ready.clear();
    let mut to_make = lock(&shared.to_make);
    to_make.texts = texts.into_iter().take(HOST_TEXTS_MAX).collect();
    if to_make.running || to_make.texts.is_empty() {
        return Ok(());
    }
    let thread = std::thread::Builder::new().name("speech-ready".into()).spawn({
        let shared = Arc::clone(shared);
        move || work(&shared)
    });
    to_make.running = thread.is_ok();
    thread.map(drop).map_err(|e| TtsError::Thread { why: e.to_string() })
}

/// Nothing more is made ready; what is being made is finished.
pub(super) fn make_no_more(shared: &Shared) {
    lock(&shared.to_make).texts.clear();
}

fn work(shared: &Shared) {
    loop {
        let text = {
            let mut to_make = lock(&shared.to_make);
            let Some(text) = to_make.texts.pop_front() else {
                to_make.running = false;
                return;
            };
            text
        };
        let engines = engines(shared, &text.language);
        for utterance in utterances(&text.text, &text.language) {
            make_one(shared, &engines, &utterance);
        }
    }
}

/// With the best engine that works, as it will be spoken with.
fn make_one(shared: &Shared, engines: &[Engine], utterance: &str) {
    for (i, Engine { synthesizer, voice }) in engines.iter().enumerate() {
        let name = synthesizer.name();
        if lock(&shared.rests).resting(name, Instant::now()).is_some() {
            continue;
        }
        match synthesizer.make_ready(utterance, voice) {
            // Where there is no room, it will be made when it is said.
            Ok(_) => return,
            Err(problem) => {
                tracing::debug!("not made ready: {problem}");
                // A visitor need not find that out again, where another engine can speak.
                if i + 1 < engines.len() {
                    lock(&shared.rests).failed(name, problem.to_string(), Instant::now());
                }
            }
        }
    }
}
