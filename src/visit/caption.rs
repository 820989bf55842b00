//! What was said on both sides, for the captions.

use super::effect::SpeechId;
use crate::conversation::{AnswerId, Language};
use crate::texts::{Id, Texts};

/// The most captions that are kept; the oldest go first.
pub const CAPTIONS_MAX: usize = 200;

/// Words: somebody's own, or the kiosk's in the visitor's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    Words(String),
    /// The desk's greeting, as the scene has it.
    Greeting,
    Text {
        id: Id,
        args: Vec<(&'static str, String)>,
    },
}

impl Saying {
    /// A text of the kiosk without arguments.
    pub fn text(id: Id) -> Self {
        Self::Text { id, args: Vec::new() }
    }

    /// The words themselves. `greeting` is the desk's in this language.
    pub fn resolve(&self, texts: &Texts, greeting: &str) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Greeting => greeting.to_owned(),
            Self::Text { id, args } => {
                let args: Vec<_> = args.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
                texts.get_with(*id, &args)
            }
        }
    }
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Visitor,
    Bot,
    Person {
        name: String,
    },
    /// The kiosk itself.
    Kiosk,
}

/// One caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Counted up within a visit; names the caption in [`super::Input::CorrectTranscript`].
    pub id: u32,
    pub who: Who,
    pub saying: Saying,
    pub language: Language,
    /// Of the visitor's words and of the pilot's.
    pub answer: Option<AnswerId>,
    /// By which name the avatar speaks it, if it does.
    pub speech: Option<SpeechId>,
    /// The event's number, once the relay has it.
    pub seq: Option<u64>,
    /// Came through the microphone, so that it may be misheard and may be mended.
    pub voiced: bool,
    /// The visitor mended it.
    pub corrected: bool,
    /// How many characters the avatar has spoken of it.
    pub spoken_chars: u32,
}

impl Caption {
    /// The words, when they are somebody's own.
    pub fn words(&self) -> Option<&str> {
        match &self.saying {
            Saying::Words(words) => Some(words),
            _ => None,
        }
    }
}
