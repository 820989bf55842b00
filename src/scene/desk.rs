//! A desk: one avatar, its voice, its words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::defaults as d;
use super::types::Localized;
use crate::conversation::DeskId;
use crate::performance::Gesture;

/// A place where visitors are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    pub id: DeskId,
    /// A VRM file, of 1.0 or 0.x.
    pub avatar: String,
    /// Where the avatar's feet are, in metres.
    #[serde(default)]
    pub position: [f32; 3],
    /// Turned to the left by this many degrees, seen from above; 0 looks along +Z.
    #[serde(default)]
    pub facing: f32,
    /// The first sentence to a visitor.
    pub greeting: Localized<String>,
    pub badge: Localized<Badge>,
    pub voice: Localized<Voice>,
    /// What is served here: names that agents register for.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Recorded movements in the place of the house gestures: a VRMA file by the gesture's name, such as
    /// `{ "wave": "avatars/wave.vrma" }`.
    #[serde(default)]
    pub gestures: BTreeMap<String, String>,
    /// Ids of articles offered as questions.
    #[serde(default)]
    pub suggested: Localized<Vec<String>>,
}

impl Desk {
    /// The recorded movements, by the gesture in whose place each comes. Names that mean no gesture are left out.
    pub fn clips(&self) -> impl Iterator<Item = (Gesture, String)> + '_ {
        self.gestures.iter().filter_map(|(name, file)| Some((Gesture::named(name)?, file.clone())))
    }
}

/// The sign with the avatar's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Badge {
    pub name: String,
    #[serde(default)]
    pub title: String,
}

/// What makes the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    #[default]
    Espeak,
    /// Any program: see [`Voice::command`].
    Command,
    /// A service over HTTP: see [`Voice::url`].
    Endpoint,
}

/// How the avatar sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    #[serde(default)]
    pub engine: Engine,
    /// The engine's name of the voice, such as `en-us+f3`.
    #[serde(default)]
    pub name: String,
    /// Words per minute, 80 to 400.
    #[serde(default = "d::rate")]
    pub rate: u16,
    /// 0 (low) to 99 (high).
    #[serde(default = "d::pitch")]
    pub pitch: u8,
    /// For `engine: command`: a program and its arguments, one each. It reads the text from its standard input and writes
    /// a WAV file to its standard output. `{voice}`, `{rate}` and `{pitch}` stand for the fields above.
    #[serde(default)]
    pub command: Option<Vec<String>>,
    /// For `engine: endpoint`: the whole address of a speech service that is spoken to as to OpenAI's `/v1/audio/speech`.
    /// What the avatar says goes there.
    #[serde(default)]
    pub url: Option<String>,
    /// For `engine: endpoint`: the model that the service shall use.
    #[serde(default)]
    pub model: Option<String>,
    /// For `engine: endpoint`: the environment variable that holds the service's key. A key itself never stands in a scene.
    #[serde(default)]
    pub key_from: Option<String>,
}
