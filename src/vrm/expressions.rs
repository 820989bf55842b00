//! Which expressions an avatar has, and what stands in for those it lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};
use super::gltf::{field, items, text};

/// The five mouth shapes, as VRM 1.0 names them.
pub const MOUTH_SHAPES: [&str; 5] = ["aa", "ih", "ou", "ee", "oh"];

/// All preset expressions of VRM 1.0.
pub const PRESETS: [&str; 18] = [
    "happy",
    "angry",
    "sad",
    "relaxed",
    "surprised",
    "aa",
    "ih",
    "ou",
    "ee",
    "oh",
    "blink",
    "blinkLeft",
    "blinkRight",
    "lookUp",
    "lookDown",
    "lookLeft",
    "lookRight",
    "neutral",
];

/// How VRM 0.x names the presets (in lower case).
const V0_NAMES: [(&str, &str); 17] = [
    ("joy", "happy"),
    ("angry", "angry"),
    ("sorrow", "sad"),
    ("fun", "relaxed"),
    ("a", "aa"),
    ("i", "ih"),
    ("u", "ou"),
    ("e", "ee"),
    ("o", "oh"),
    ("blink", "blink"),
    ("blink_l", "blinkLeft"),
    ("blink_r", "blinkRight"),
    ("lookup", "lookUp"),
    ("lookdown", "lookDown"),
    ("lookleft", "lookLeft"),
    ("lookright", "lookRight"),
    ("neutral", "neutral"),
];

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
            Self::Weaker(other) => write!(f, "`{other}` at half strength can stand in"),
            Self::Same(other) => write!(f, "`{other}` can stand in"),
            Self::BothEyes => f.write_str("`blinkLeft` with `blinkRight` can stand in"),
            Self::EyeBones => f.write_str("the bones of the eyes can stand in"),
            Self::Jaw => f.write_str("the bone of the jaw can stand in"),
            Self::Nothing => f.write_str("nothing can stand in"),
        }
    }
}

/// Which expressions an avatar has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expressions {
    /// Presets that move something, by their names in VRM 1.0.
    pub present: BTreeSet<String>,
    /// The avatar's own expressions.
    pub custom: BTreeSet<String>,
    /// Presets that are missing or empty, and what stands in for each.
    pub stand_ins: BTreeMap<&'static str, StandIn>,
}

impl Expressions {
    /// Reads the expressions of `VRMC_vrm`.
    pub(super) fn of_v1(vrm: &Value, findings: &mut Findings) -> Self {
        let mut found = Self::default();
        let expressions = field(vrm, "expressions");
        for (name, expression) in entries(field(expressions, "preset")) {
            let moves = ["morphTargetBinds", "materialColorBinds", "textureTransformBinds"]
                .iter()
                .any(|binds| !items(field(expression, binds)).is_empty());
            if !PRESETS.contains(&name.as_str()) {
                let sentence = "this is no preset of VRM 1.0: make it a custom expression";
                findings.push(Finding::new(Severity::Warning, format!("expressions.{name}"), sentence));
            } else if moves {
                found.present.insert(name.clone());
            }
        }
        found.custom = entries(field(expressions, "custom")).map(|(name, _)| name.clone()).collect();
        found
    }

    /// Reads the blend shape groups of `VRM` 0.x.
    pub(super) fn of_v0(vrm: &Value) -> Self {
        let mut found = Self::default();
        for group in items(field(field(vrm, "blendShapeMaster"), "blendShapeGroups")) {
            let preset = text(field(group, "presetName")).to_lowercase();
            let moves =
                !items(field(group, "binds")).is_empty() || !items(field(group, "materialValues")).is_empty();
            match V0_NAMES.iter().find(|(v0, _)| *v0 == preset) {
                Some((_, v1)) if moves => {
                    found.present.insert((*v1).to_owned());
                }
                Some(_) => {}
                None => {
                    found.custom.insert(text(field(group, "name")).to_owned());
                }
            }
        }
        found
    }

    /// Notes what stands in for what is missing, and warns where nothing can.
    pub(super) fn complete(&mut self, has_jaw: bool, has_eyes: bool, findings: &mut Findings) {
        for preset in PRESETS.into_iter().filter(|p| *p != "neutral" && !self.present.contains(*p)) {
            self.stand_ins.insert(preset, self.stand_in(preset, has_jaw, has_eyes));
        }
        // One finding for all that have the same stand-in.
        let mut stand_ins: Vec<&StandIn> = Vec::new();
        for stand_in in self.stand_ins.values() {
            if !stand_ins.contains(&stand_in) {
                stand_ins.push(stand_in);
            }
        }
        for stand_in in stand_ins {
            let same = PRESETS.into_iter().filter(|p| self.stand_ins.get(p) == Some(stand_in));
            let names = same.collect::<Vec<_>>().join(", ");
            let sentence = format!("missing or empty: {names}; {stand_in}");
            findings.push(Finding::new(Severity::Note, "expressions", sentence));
        }
        for (preset, effect) in
            [("aa", "the mouth does not move with the voice"), ("blink", "the eyes do not blink")]
        {
            if self.stand_ins.get(preset) == Some(&StandIn::Nothing) {
                let sentence = format!("{effect}: give the avatar this expression");
                findings.push(Finding::new(Severity::Warning, format!("expressions.{preset}"), sentence));
            }
        }
    }

    fn stand_in(&self, preset: &str, has_jaw: bool, has_eyes: bool) -> StandIn {
        let alternatives: &[&'static str] = match preset {
            "aa" => &["oh", "ee", "ou", "ih"],
            "ih" => &["ee", "aa", "oh"],
            "ee" => &["ih", "aa", "oh"],
            "ou" => &["oh", "aa", "ee"],
            "oh" => &["ou", "aa", "ee"],
            "relaxed" => &["happy"],
            "happy" => &["relaxed"],
            _ => &[],
        };
        if let Some(other) = alternatives.iter().find(|o| self.present.contains(**o)) {
            return StandIn::Weaker(other);
        }
        let both_eyes = self.present.contains("blinkLeft") && self.present.contains("blinkRight");
        match preset {
            "aa" | "ih" | "ou" | "ee" | "oh" if has_jaw => StandIn::Jaw,
            "blink" if both_eyes => StandIn::BothEyes,
            "blinkLeft" | "blinkRight" if self.present.contains("blink") => StandIn::Same("blink"),
            "lookUp" | "lookDown" | "lookLeft" | "lookRight" if has_eyes => StandIn::EyeBones,
            _ => StandIn::Nothing,
        }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
