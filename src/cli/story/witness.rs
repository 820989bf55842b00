//! What was said and shown, seen from the visitor's side, and what was heard before anything was masked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::script::words;
use crate::conversation::{ConversationId, Language, Timings};
use crate::kiosk::Core;
use crate::kiosk::edges::{Ears, HeardEvent};
use crate::scene::ListenMode;
use crate::visit::Who;

/// The most words of a secret that are remembered as they were heard.
const OVERHEARD_MAX: usize = 500;

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// `visitor`, `bot`, `person` or `kiosk`.
    pub who: &'static str,
    pub text: String,
    /// The number of its event, once the relay has stored it. What the kiosk says by itself has none.
    #[serde(skip)]
    pub seq: Option<u64>,
}

/// Looks at the kiosk once a frame.
#[derive(Debug, Default)]
pub struct Witness {
    pub conversation: Option<ConversationId>,
    /// By the number of the caption.
    pub lines: BTreeMap<u32, Line>,
    pub article: Option<String>,
    pub timings: Option<Timings>,
    /// Words of a secret that were on the screen.
    pub shown: BTreeSet<String>,
}

impl Witness {
    /// Takes down what is on the screen now. `secret` must not be.
    pub fn look(&mut self, core: &Core, secret: &BTreeSet<String>) {
        let state = core.state();
        let Some(open) = &state.conversation else { return };
        self.conversation = Some(open.id);
        for caption in &state.captions {
            let who = match caption.who {
                Who::Visitor => "visitor",
                Who::Bot => "bot",
                Who::Person { .. } => "person",
                Who::Kiosk => "kiosk",
            };
            let text = caption.saying.resolve(core.texts(), core.greeting());
            let line = Line { who, text, seq: caption.seq };
            if self.lines.get(&caption.id) != Some(&line) {
                self.shows(&line.text, secret);
                self.lines.insert(caption.id, line);
            }
        }
        if let Some(partial) = &state.partial {
            self.shows(partial, secret);
        }
        if let Some(article) = core.article() {
            self.article = Some(article.to_owned());
        }
        self.timings = core.timings().or(self.timings);
    }

    /// What was said, in order, without what the kiosk said by itself.
    pub fn said(&self) -> impl Iterator<Item = &Line> {
        self.lines.values().filter(|line| line.who != "kiosk")
    }

    /// Whether the relay has told of everything that it has stored.
    pub fn is_stored(&self) -> bool {
        self.said().all(|line| line.seq.is_some())
    }

    fn shows(&mut self, text: &str, secret: &BTreeSet<String>) {
        if !secret.is_empty() {
            self.shown.extend(words(text).into_iter().filter(|word| secret.contains(word)));
        }
    }
}

/// Notes the words of a secret as the ears understood them, before they were masked: they may have been misheard.
#[derive(Clone, Default)]
pub struct Overheard(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    on: bool,
    words: BTreeSet<String>,
}

impl Overheard {
    // A plain mutex: under it a few words are copied.
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on what is heard is a secret, or is none.
    pub fn is_secret(&self, on: bool) {
        self.lock().on = on;
    }

    /// The words that were noted.
    pub fn words(&self) -> BTreeSet<String> {
        self.lock().words.clone()
    }

    fn hears(&self, text: &str) {
        let mut notes = self.lock();
        if notes.on && notes.words.len() < OVERHEARD_MAX {
            notes.words.extend(words(text));
        }
    }
}

/// Ears that are listened in on.
pub struct Overhearing {
    pub ears: Box<dyn Ears + Send>,
    pub notes: Overheard,
}

impl Ears for Overhearing {
    fn poll(&mut self) -> Vec<HeardEvent> {
        let news = self.ears.poll();
        for event in &news {
            if let HeardEvent::Partial { text, .. } | HeardEvent::Transcript { text, .. } = event {
                self.notes.hears(text);
            }
        }
        news
    }

    fn listen(&mut self, on: bool) {
        self.ears.listen(on);
    }

    fn finish(&mut self) {
        self.ears.finish();
    }

    fn mode(&mut self, mode: ListenMode) {
        self.ears.mode(mode);
    }

    fn held(&mut self, held: bool) {
        self.ears.held(held);
    }

    fn language(&mut self, language: Language) {
        self.ears.language(language);
    }

    fn speaking(&mut self, on: bool) {
        self.ears.speaking(on);
    }

    fn forget(&mut self) {
        self.ears.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Says(Vec<HeardEvent>);

    impl Ears for Says {
        fn poll(&mut self) -> Vec<HeardEvent> {
            std::mem::take(&mut self.0)
        }
        fn listen(&mut self, _: bool) {}
        fn finish(&mut self) {}
        fn mode(&mut self, _: ListenMode) {}
        fn held(&mut self, _: bool) {}
        fn language(&mut self, _: Language) {}
        fn speaking(&mut self, _: bool) {}
    }

    #[test]
    fn what_is_heard_of_a_secret_is_noted_and_nothing_else() {
        let says = |text: &str| {
            let agreed = String::new();
            Box::new(Says(vec![HeardEvent::Partial { text: text.to_owned(), agreed }]))
        };
        let notes = Overheard::default();
        let mut ears = Overhearing { ears: says("hello there"), notes: notes.clone() };
        assert_eq!(ears.poll().len(), 1);
        notes.is_secret(true);
        ears.ears = says("my Lobster is wet");
        ears.poll();
        notes.is_secret(false);
        ears.ears = says("goodbye");
        ears.poll();
        assert_eq!(notes.words().into_iter().collect::<Vec<_>>(), ["lobster"]);
    }
}
