//! What stands in for expressions that an avatar lacks. The check says it, and the face does it.

use std::collections::BTreeMap;
use std::fmt;

use super::PRESETS;

/// What stands in for each preset that is missing.
pub type StandIns = BTreeMap<&'static str, StandIn>;

/// How strong [`StandIn::Weaker`] is.
const WEAKER: f32 = 0.5;

/// What takes the place of an expression that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandIn {
    /// Another expression, at half its strength.
    Weaker(&'static str),
    /// Another expression at its full strength.
    Same(&'static str),
    /// `blinkLeft` and `blinkRight` together.
    BothEyes,
    /// The bones of the eyes.
    EyeBones,
    /// The bone of the jaw.
    Jaw,
    /// The expression is left out.
    Nothing,
}

impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weaker(other) => write!(f, "`{other}` at half strength stands in"),
            Self::Same(other) => write!(f, "`{other}` stands in"),
            Self::BothEyes => f.write_str("`blinkLeft` with `blinkRight` stand in"),
            Self::EyeBones => f.write_str("the bones of the eyes stand in"),
            Self::Jaw => f.write_str("the bone of the jaw stands in"),
            Self::Nothing => f.write_str("nothing stands in"),
        }
    }
}

/// What stands in for each preset that an avatar lacks.
pub fn stand_ins(has: impl Fn(&str) -> bool, has_jaw: bool, has_eyes: bool) -> StandIns {
    let missing = PRESETS.into_iter().filter(|p| *p != "neutral" && !has(p));
    missing.map(|preset| (preset, stand_in(preset, &has, has_jaw, has_eyes))).collect()
}

fn stand_in(preset: &str, has: impl Fn(&str) -> bool, has_jaw: bool, has_eyes: bool) -> StandIn {
    let alternatives: &[&'static str] = match preset {
        "aa" => &["oh", "ee", "ou", "ih"],
        "ih" => &["ee", "aa", "oh", "ou"],
        "ee" => &["ih", "aa", "oh", "ou"],
        "ou" => &["oh", "aa", "ee", "ih"],
        "oh" => &["ou", "aa", "ee", "ih"],
        "relaxed" => &["happy"],
        "happy" => &["relaxed"],
        _ => &[],
    };
    if let Some(other) = alternatives.iter().find(|o| has(o)) {
        return StandIn::Weaker(other);
    }
    match preset {
        "aa" | "ih" | "ou" | "ee" | "oh" if has_jaw => StandIn::Jaw,
        "blink" if has("blinkLeft") && has("blinkRight") => StandIn::BothEyes,
        "blink" if has("blinkLeft") => StandIn::Same("blinkLeft"),
        "blink" if has("blinkRight") => StandIn::Same("blinkRight"),
        "blinkLeft" | "blinkRight" if has("blink") => StandIn::Same("blink"),
        "lookUp" | "lookDown" | "lookLeft" | "lookRight" if has_eyes => StandIn::EyeBones,
        _ => StandIn::Nothing,
    }
}

/// The weight of an expression that is there: what is wished of it, and of those that it stands in for. 0..1.
pub fn share(stand_ins: &StandIns, name: &str, wished: impl Fn(&str) -> f32) -> f32 {
    let others = stand_ins.iter().map(|(missing, stand_in)| match stand_in {
        StandIn::Weaker(other) if *other == name => WEAKER * wished(missing),
        StandIn::Same(other) if *other == name => wished(missing),
        StandIn::BothEyes if matches!(name, "blinkLeft" | "blinkRight") => wished(missing),
        _ => 0.0,
    });
    (wished(name) + others.sum::<f32>()).clamp(0.0, 1.0)
}

/// How far the jaw's bone opens for the mouth, 0..1; `None` where it does not stand in for shapes of the mouth.
pub fn jaw(stand_ins: &StandIns, openness: f32) -> Option<f32> {
    let stands_in = stand_ins.values().any(|s| *s == StandIn::Jaw);
    stands_in.then(|| openness.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(present: &[&str]) -> StandIns {
        stand_ins(|name| present.contains(&name), true, true)
    }

    #[test]
    fn one_mouth_shape_speaks_for_all() {
        let only_aa = of(&["aa"]);
        let wished = |name: &str| if name == "ou" { 0.8 } else { 0.0 };
        assert_eq!(share(&only_aa, "aa", wished), 0.4);
        assert_eq!(share(&of(&["aa", "ou"]), "aa", wished), 0.0);
        assert_eq!(share(&only_aa, "aa", |_| 1.0), 1.0);
        // Each shape stands in for all others: none is left to the jaw.
        for only in super::super::MOUTH_SHAPES {
            assert_eq!(jaw(&of(&[only]), 1.0), None, "{only}");
        }
    }

    #[test]
    fn without_any_mouth_shape_the_jaw_moves() {
        assert_eq!(jaw(&of(&[]), 0.7), Some(0.7));
        assert_eq!(jaw(&stand_ins(|_| false, false, true), 0.7), None);
    }

    #[test]
    fn eyes_blink_one_by_one_or_alone() {
        let wished = |name: &str| if name == "blink" { 1.0 } else { 0.0 };
        let both = of(&["blinkLeft", "blinkRight"]);
        assert_eq!(both["blink"], StandIn::BothEyes);
        assert_eq!(["blinkLeft", "blinkRight"].map(|eye| share(&both, eye, wished)), [1.0, 1.0]);
        assert_eq!(share(&of(&["blinkRight"]), "blinkRight", wished), 1.0);
        assert_eq!(share(&of(&["blink", "blinkLeft"]), "blinkLeft", wished), 0.0);
    }

    #[test]
    fn a_mood_that_is_missing_is_shown_by_its_neighbour() {
        let wished = |name: &str| if name == "relaxed" { 0.6 } else { 0.0 };
        assert_eq!(share(&of(&["happy"]), "happy", wished), 0.3);
        assert_eq!(of(&["happy"])["surprised"], StandIn::Nothing);
    }
}
