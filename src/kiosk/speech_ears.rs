//! The microphone and the recogniser as the kiosk's [`Ears`].

use std::time::Instant;

use super::edges::{Ears, HeardEvent};
use crate::conversation::{Language, Timings};
use crate::scene::ListenMode;
use crate::speech::ears::{self, EarsCommand, EarsEvent, HeardStamps};
use crate::speech::endpoint::Mode;
use crate::speech::recognize::Options;
use crate::visit::Notice;

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 64;

/// [`Ears`] over `speech::ears`.
pub struct SpeechEars {
    ears: ears::Ears,
    /// The beginning of an utterance that was cut for its length.
    begun: String,
    held: bool,
    /// The model understands English only.
    english_only: bool,
    language: Language,
    listening: bool,
}

impl SpeechEars {
    /// Around ears that were started muted.
    pub fn new(ears: ears::Ears) -> Self {
        Self {
            ears,
            begun: String::new(),
            held: false,
            english_only: false,
            language: Language::En,
            listening: false,
        }
    }

    fn event(&mut self, event: EarsEvent) -> Option<HeardEvent> {
        match event {
            EarsEvent::Level { level_db, speech } => Some(HeardEvent::Level { db: level_db, speech }),
            EarsEvent::Started { .. } => Some(HeardEvent::Started),
            EarsEvent::Endpoint { .. } | EarsEvent::Ended => None,
            EarsEvent::Transcript { transcript, stamps, more, .. } => {
                if !self.begun.is_empty() {
                    self.begun.push(' ');
                }
                self.begun.push_str(&transcript.text);
                if more {
                    return Some(HeardEvent::Partial(self.begun.clone()));
                }
                let text = std::mem::take(&mut self.begun);
                let timings = timings(&stamps);
                Some(HeardEvent::Transcript { text, confidence: transcript.confidence, timings })
            }
            EarsEvent::Nothing { .. } => {
                let text = std::mem::take(&mut self.begun);
                let confidence = if text.is_empty() { 0.0 } else { 0.5 };
                Some(HeardEvent::Transcript { text, confidence, timings: Timings::default() })
            }
            EarsEvent::ModelReady { facts, .. } => {
                self.english_only = facts.english_only;
                let small = facts.audio_ctx < STOCK_AUDIO_CTX;
                let sentence = format!("the built-in speech model ({}) is in use", facts.name);
                Some(HeardEvent::Problem { notice: Notice::SmallModel, on: small, sentence })
            }
            EarsEvent::Microphone { .. } => {
                Some(HeardEvent::Problem { notice: Notice::NoMicrophone, on: false, sentence: String::new() })
            }
            EarsEvent::NoMicrophone { why } => {
                Some(HeardEvent::Problem { notice: Notice::NoMicrophone, on: true, sentence: why })
            }
            EarsEvent::Problem(sentence) => {
                Some(HeardEvent::Problem { notice: Notice::NoSpeechModel, on: true, sentence })
            }
        }
    }

    /// An English model would make nonsense of Chinese: visitors type then, and the window says so.
    fn deaf(&self) -> bool {
        self.english_only && self.language != Language::En
    }
}

/// Stock models hear 30 s in 1500 positions; the built-in one is smaller.
const STOCK_AUDIO_CTX: u32 = 1500;

impl Ears for SpeechEars {
    fn poll(&mut self) -> Vec<HeardEvent> {
        let mut news = Vec::new();
        let was_deaf = self.deaf();
        while news.len() < EVENTS_A_FRAME
            && let Some(event) = self.ears.next_event()
        {
            news.extend(self.event(event));
        }
        if self.deaf() != was_deaf {
            self.listen(self.listening);
        }
        news
    }

    fn listen(&mut self, on: bool) {
        self.listening = on;
        if !on {
            self.begun.clear();
        }
        let mute = !on || self.deaf();
        self.ears.command(EarsCommand::Mute(mute));
    }

    fn mode(&mut self, mode: ListenMode) {
        self.ears.command(EarsCommand::SetMode(match mode {
            ListenMode::HandsFree => Mode::HandsFree,
            ListenMode::PushToTalk => Mode::PushToTalk,
        }));
    }

    fn held(&mut self, held: bool) {
        if held != self.held {
            self.held = held;
            self.ears.command(if held { EarsCommand::Press } else { EarsCommand::Release });
        }
    }

    fn language(&mut self, language: Language) {
        self.language = language;
        let options = Options { language: Some(language.tag().to_owned()), vocabulary: None };
        self.ears.command(EarsCommand::SetOptions(options));
        self.listen(self.listening);
    }

    fn speaking(&mut self, on: bool) {
        self.ears.command(EarsCommand::AvatarSpeaks(on));
    }

    fn forget(&mut self) {
        self.ears.command(EarsCommand::ForgetVisitor);
    }
}

fn timings(stamps: &HeardStamps) -> Timings {
    let since = |at: Instant| {
        let ms = at.saturating_duration_since(stamps.speech_ended).as_millis();
        Some(u32::try_from(ms).unwrap_or(u32::MAX))
    };
    Timings { endpoint: since(stamps.endpoint), transcript: since(stamps.transcript), ..Timings::default() }
}
