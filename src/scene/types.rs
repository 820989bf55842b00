//! The scene as a whole, and what is not at a certain place in it.

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::defaults as d;
use super::desk::Desk;
use super::place::{Backdrop, Camera, Lights, Prop, Sign};
use super::walk::Walk;
use crate::conversation::Language;

/// One scene file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The version of the file's format: [`super::VERSION`].
    pub version: u32,
    /// Of the place, as visitors may read it.
    pub name: String,
    /// What is spoken here, in the order of the buttons.
    pub languages: Vec<Language>,
    /// What is spoken until a visitor chooses.
    pub default_language: Language,
    /// At least one.
    pub desks: Vec<Desk>,
    #[serde(default)]
    pub theme: Theme,
    pub camera: Camera,
    pub lights: Lights,
    pub backdrop: Backdrop,
    #[serde(default)]
    pub props: Vec<Prop>,
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// When people are here, as visitors may read it: on the screen on the wall.
    #[serde(default)]
    pub hours: Localized<String>,
    #[serde(default)]
    pub timeouts_secs: TimeoutsSecs,
    #[serde(default)]
    pub kiosk: KioskOptions,
    /// Visitors walk up to the desk. Without it the camera waits there, as a kiosk stands.
    #[serde(default)]
    pub walk: Option<Walk>,
    /// The folder of the articles, with one folder per language in it.
    #[serde(default = "d::knowledge")]
    pub knowledge: String,
}

impl Scene {
    /// The desk with this id.
    pub fn desk(&self, id: &str) -> Option<&Desk> {
        self.desks.iter().find(|d| d.id.as_str() == id)
    }
}

/// One value per language. A language may be left out when nobody can choose it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Localized<T> {
    #[serde(default = "none")]
    pub en: Option<T>,
    #[serde(default = "none")]
    pub zh: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Default for Localized<T> {
    fn default() -> Self {
        Self { en: None, zh: None }
    }
}

impl<T> Localized<T> {
    /// The value in this very language.
    pub fn get(&self, language: Language) -> Option<&T> {
        match language {
            Language::En => self.en.as_ref(),
            Language::Zh => self.zh.as_ref(),
        }
    }

    /// The value in this language, or in the other one.
    pub fn any(&self, language: Language) -> Option<&T> {
        self.get(language).or(self.en.as_ref()).or(self.zh.as_ref())
    }
}

/// The colours of everything that is drawn flat on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Theme {
    /// Panels, cards and bubbles of the avatar.
    pub panel: Colour,
    /// Text on panels and on bubbles.
    pub text: Colour,
    /// Less important text on panels.
    pub muted_text: Colour,
    /// Buttons and whatever is active.
    pub accent: Colour,
    /// Text on accents.
    pub accent_text: Colour,
    /// Bubbles of the visitor.
    pub visitor: Colour,
    /// Warnings.
    pub warning: Colour,
}

/// After how many seconds things happen by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsSecs {
    /// Nobody did anything in a conversation: "are you still there?".
    pub idle_warning: u32,
    /// After the warning: the visit is over.
    pub idle_reset: u32,
    /// Nobody chose anything on the welcome page.
    pub welcome: u32,
    /// Nobody rated.
    pub rating: u32,
    /// How long the farewell is shown.
    pub farewell: u32,
    /// How long each invitation is shown while nobody is there.
    pub attract: u32,
    /// No answer yet: the avatar says that it is still looking.
    pub thinking_sentence: u32,
    /// No answer yet: typing again, or a person, is offered.
    pub thinking_offer: u32,
}

/// How visitors are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenMode {
    /// The microphone is open while a consenting visitor is served.
    #[default]
    HandsFree,
    /// Only while the button or the space bar is held.
    PushToTalk,
}

/// In which language visitors are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpokenLanguage {
    /// The one that they have chosen.
    #[default]
    Chosen,
    /// The speech model finds it in each utterance, and the visit follows. Needs a multilingual model.
    Automatic,
}

/// How the kiosk behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KioskOptions {
    /// Never use the microphone: visitors type.
    pub private: bool,
    /// The loudness that every visit starts with, 0 to 100.
    pub volume: u8,
    /// The avatar is not heard, so that bystanders learn nothing: its captions are read. A visitor may choose otherwise for the
    /// length of the visit.
    pub quiet: bool,
    pub listen: ListenMode,
    pub spoken_language: SpokenLanguage,
    /// Visitors may speak while the avatar speaks; off unless the scene says so. Where its echo cannot be removed, the ears
    /// shut meanwhile all the same.
    pub barge_in: bool,
    /// No sways, no waves, and the camera cuts instead of moving, for visitors whom motion makes unwell. A visitor may choose
    /// otherwise for the length of the visit.
    pub reduce_motion: bool,
    /// Whether it is day or night outside.
    pub light: DayNight,
}

/// Which set of lights is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayNight {
    #[default]
    Day,
    Night,
}
