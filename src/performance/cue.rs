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

impl Gesture {
    /// All of them, each with its name in files and on the wire.
    pub const NAMED: [(&'static str, Gesture); 7] = [
        ("wave", Gesture::Wave),
        ("bow", Gesture::Bow),
        ("nod", Gesture::Nod),
        ("shake_head", Gesture::ShakeHead),
        ("open_palms", Gesture::OpenPalms),
        ("point", Gesture::Point),
        ("halt", Gesture::Halt),
    ];

    /// The gesture of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(own, _)| *own == name).map(|(_, gesture)| *gesture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_on_the_wire() {
        for (name, gesture) in Gesture::NAMED {
            assert_eq!(serde_json::to_value(gesture).unwrap(), name);
            assert_eq!(Gesture::named(name), Some(gesture));
        }
        assert_eq!(Gesture::named("dance"), None);
    }
}
