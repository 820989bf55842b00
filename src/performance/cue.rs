//! What an answer may ask of the avatar: a mood for the face, a gesture for the body.

use serde::{Deserialize, Serialize};

/// A mood of the face. The names are VRM 1.0's preset expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    #[default]
    Neutral,
    Happy,
    Angry,
    Sad,
    Relaxed,
    Surprised,
}

/// A movement of the body with a beginning and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gesture {
    /// Greeting.
    Wave,
    /// Farewell, or thanks.
    Bow,
    /// Yes; "I hear you".
    Nod,
    /// No; a warning.
    ShakeHead,
    /// Explaining.
    OpenPalms,
    /// Pointing at what the screen shows.
    Point,
    /// "Stop": the hand of the safety warning.
    Halt,
}
