//! The microphone and the recogniser as the kiosk's [`Ears`].

use std::time::Instant;

use super::core::tell_host;
use super::edges::{Ears, HeardEvent};
use super::long_turn::{LongTurn, Said};
use super::vocabulary::Vocabulary;
use crate::conversation::{Language, Timings};
use crate::scene::{ListenMode, SpokenLanguage};
use crate::speech::ears::{self, EarsCommand, EarsEvent, HeardStamps};
use crate::speech::endpoint::Mode;
use crate::speech::recognize::Options;
use crate::speech::recognize::agreement::is_han;
use crate::visit::Notice;

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 64;

/// [`Ears`] over `speech::ears`.
pub struct SpeechEars {
    ears: ears::Ears,
    turn: LongTurn,
    held: bool,
    /// The button came up: what was said while it was held is still wanted.
    finishing: bool,
    /// It was told that there is no model.
    no_model: bool,
    /// It was told that this language is not understood.
    told_deaf: bool,
    /// The model understands English only.
    english_only: bool,
    language: Language,
    /// The model finds out in which language each utterance is.
    automatic: bool,
    listening: bool,
    /// Something is shown of what is being said.
    shown: bool,
    vocabulary: Vocabulary,
}

impl SpeechEars {
    /// Around ears that were started muted.
    pub fn new(ears: ears::Ears) -> Self {
        Self {
            ears,
            turn: LongTurn::default(),
            held: false,
            finishing: false,
            no_model: false,
            told_deaf: false,
            english_only: false,
            language: Language::En,
            automatic: false,
            listening: false,
            shown: false,
            vocabulary: Vocabulary::default(),
        }
    }

    /// As the scene wants it.
    pub fn in_language(self, spoken: SpokenLanguage) -> Self {
        Self { automatic: spoken == SpokenLanguage::Automatic, ..self }
    }

    /// With words that are likely here.
    pub fn expecting(self, vocabulary: Vocabulary) -> Self {
        Self { vocabulary, ..self }
    }

    fn event(&mut self, event: EarsEvent, news: &mut Vec<HeardEvent>) {
        match event {
            EarsEvent::Level { level_db, speech } => news.push(HeardEvent::Level { db: level_db, speech }),
            EarsEvent::Started { .. } => news.push(HeardEvent::Started),
            EarsEvent::Endpoint { .. } | EarsEvent::Ended => {}
            EarsEvent::Transcript { id, transcript, stamps, more } => {
                self.has_model(news);
                let found = transcript.language.as_deref().filter(|_| self.finds_language());
                if let Some(language) = found.and_then(|tag| found_in(tag, &transcript.text))
                    && language != self.language
                {
                    news.push(HeardEvent::Language(language));
                }
                let said = self.turn.piece(id, &transcript.text, more);
                self.said(said, news, |text| {
                    let (confidence, timings) = (transcript.confidence, timings(&stamps));
                    let ago_ms = u32::try_from(stamps.transcript.elapsed().as_millis()).unwrap_or(u32::MAX);
                    HeardEvent::Transcript { text, confidence, timings, ago_ms }
                });
            }
            EarsEvent::Partial { id, stable, rest } => {
                let Some(before) = self.turn.before(id) else { return };
                let behind = |words: &str| format!("{before} {words}").trim().to_owned();
                let (text, agreed) = (behind(&format!("{stable}{rest}")), behind(&stable));
                self.shown = !text.is_empty();
                news.push(HeardEvent::Partial { text, agreed });
            }
            EarsEvent::Nothing { id, more, .. } => self.wordless(id, more, news),
            EarsEvent::Failed { id, why, more } => {
                tracing::warn!("an utterance was not understood: {why}");
                self.wordless(id, more, news);
            }
            EarsEvent::ModelReady { facts, .. } => {
                self.has_model(news);
                self.english_only = facts.english_only;
                if self.automatic && self.english_only {
                    // Without finding out it is understood in the language that was chosen.
                    self.language(self.language);
                    let sentence = format!(
                        "the scene has `spoken_language: automatic`, and the speech model {} understands English only: choose a multilingual model (`avatardesk model list`), or leave `spoken_language` out",
                        facts.name
                    );
                    tell_host(&sentence);
                }
                let on = facts.audio_ctx < STOCK_AUDIO_CTX;
                let sentence = format!("the built-in speech model ({}) is in use", facts.name);
                news.push(HeardEvent::Problem { notice: Notice::SmallModel, on, sentence });
            }
            EarsEvent::NoModel { why } => {
                self.no_model = true;
                news.push(problem(Notice::NoSpeechModel, why));
            }
            EarsEvent::Microphone { .. } => news.push(solved(Notice::NoMicrophone)),
            EarsEvent::NoMicrophone { why } => news.push(problem(Notice::NoMicrophone, why)),
        }
    }

    /// An utterance, or a piece of one, without words.
    fn wordless(&mut self, id: u64, more: bool, news: &mut Vec<HeardEvent>) {
        // The microphone was closed while somebody spoke: the pieces before are forgotten with the last one.
        if !self.listening && !self.finishing {
            self.turn = LongTurn::default();
        }
        let said = self.turn.piece(id, "", more);
        self.said(said, news, |text| {
            let confidence = if text.is_empty() { 0.0 } else { 0.5 };
            HeardEvent::Transcript { text, confidence, timings: Timings::default(), ago_ms: 0 }
        });
    }

    fn said(
        &mut self,
        said: Option<Said>,
        news: &mut Vec<HeardEvent>,
        whole: impl FnOnce(String) -> HeardEvent,
    ) {
        let shown = std::mem::replace(&mut self.shown, matches!(said, Some(Said::Partial(_))));
        match said {
            Some(Said::Partial(text)) => news.push(HeardEvent::Partial { agreed: text.clone(), text }),
            Some(Said::Whole(text)) => news.push(whole(text)),
            // What was shown came to nothing.
            None if shown => news.push(HeardEvent::Partial { text: String::new(), agreed: String::new() }),
            None => {}
        }
    }

    fn has_model(&mut self, news: &mut Vec<HeardEvent>) {
        if std::mem::take(&mut self.no_model) {
            news.push(solved(Notice::NoSpeechModel));
        }
    }

    fn finds_language(&self) -> bool {
        self.automatic && !self.english_only
    }

    /// An English model would make nonsense of Chinese: visitors type then, and the window says so.
    fn deaf(&self) -> bool {
        self.english_only && self.language != Language::En
    }
}

/// The language that was found, unless the words are too few to tell: an "okay" is said in every language.
fn found_in(tag: &str, text: &str) -> Option<Language> {
    const MIN_WORDS: usize = 3;
    const MIN_HAN: usize = 3;
    match tag {
        "en" if text.split_whitespace().count() >= MIN_WORDS => Some(Language::En),
        "zh" if text.chars().filter(|c| is_han(*c)).count() >= MIN_HAN => Some(Language::Zh),
        _ => None,
    }
}

fn problem(notice: Notice, sentence: String) -> HeardEvent {
    HeardEvent::Problem { notice, on: true, sentence }
}

fn solved(notice: Notice) -> HeardEvent {
    HeardEvent::Problem { notice, on: false, sentence: String::new() }
}

/// For the host.
const ENGLISH_ONLY: &str = "the speech model understands English only, so visitors with another language type: choose a multilingual model";
/// Stock models hear 30 s in 1500 positions; the built-in one is smaller.
const STOCK_AUDIO_CTX: u32 = 1500;

impl Ears for SpeechEars {
    fn poll(&mut self) -> Vec<HeardEvent> {
        let mut news = Vec::new();
        while news.len() < EVENTS_A_FRAME
            && let Some(event) = self.ears.next_event()
        {
            self.event(event, &mut news);
        }
        if self.deaf() != self.told_deaf {
            self.told_deaf = self.deaf();
            self.listen(self.listening);
            news.push(if self.told_deaf {
                problem(Notice::LanguageNotHeard, ENGLISH_ONLY.to_owned())
            } else {
                solved(Notice::LanguageNotHeard)
            });
        }
        news
    }

    fn listen(&mut self, on: bool) {
        self.listening = on;
        self.finishing = false;
        let mute = !on || self.deaf();
        self.ears.command(EarsCommand::Mute(mute));
    }

    fn finish(&mut self) {
        self.listening = false;
        self.finishing = true;
        self.held = false;
        self.ears.command(EarsCommand::ReleaseAndMute);
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
        let known = (!self.finds_language()).then_some(language);
        // Words of one language would draw the other one to it.
        let vocabulary = known.and_then(|language| self.vocabulary.of(language)).map(str::to_owned);
        let options = Options { language: known.map(|language| language.tag().to_owned()), vocabulary };
        self.ears.command(EarsCommand::SetOptions(options));
        self.listen(self.listening);
    }

    fn speaking(&mut self, on: bool) {
        self.ears.command(EarsCommand::AvatarSpeaks(on));
    }

    fn forget(&mut self) {
        self.turn = LongTurn::default();
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

#[cfg(test)]
#[path = "speech_ears_tests.rs"]
mod tests;
