//! Which expressions an avatar has, and what stands in for those it lacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::finding::{Finding, Severity};
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

/// Which expressions an avatar has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expressions {
    /// Presets that move something, by their names in VRM 1.0.
    pub present: BTreeSet<String>,
    /// The avatar's own expressions.
    pub custom: BTreeSet<String>,
    /// Presets that are missing or empty, and what stands in for each.
    pub stand_ins: BTreeMap<String, String>,
}

impl Expressions {
    /// Reads the expressions of `VRMC_vrm`.
    pub(super) fn of_v1(vrm: &Value, findings: &mut Vec<Finding>) -> Self {
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
    pub(super) fn complete(&mut self, has_jaw: bool, has_eyes: bool, findings: &mut Vec<Finding>) {
        for preset in PRESETS.iter().filter(|p| **p != "neutral" && !self.present.contains(**p)) {
            let stand_in = self.stand_in(preset, has_jaw, has_eyes);
            let severity = match (&stand_in, *preset) {
                (None, "aa" | "blink") => Severity::Warning,
                _ => Severity::Note,
            };
            let sentence = match &stand_in {
                Some(other) => format!("missing or empty: {other} stands in"),
                None => match *preset {
                    "aa" => "missing or empty, and nothing stands in: the mouth does not move with the voice"
                        .to_owned(),
                    "blink" => "missing or empty, and nothing stands in: the eyes do not blink".to_owned(),
                    _ => "missing or empty, and nothing stands in: it is left out".to_owned(),
                },
            };
            findings.push(Finding::new(severity, format!("expressions.{preset}"), sentence));
            self.stand_ins.insert((*preset).to_owned(), stand_in.unwrap_or_else(|| "nothing".to_owned()));
        }
    }

    fn stand_in(&self, preset: &str, has_jaw: bool, has_eyes: bool) -> Option<String> {
        let alternatives: &[&str] = match preset {
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
            return Some(format!("`{other}`, weaker,"));
        }
        let both_eyes = self.present.contains("blinkLeft") && self.present.contains("blinkRight");
        match preset {
            "aa" | "ih" | "ou" | "ee" | "oh" if has_jaw => Some("the jaw bone".to_owned()),
            "blink" if both_eyes => Some("`blinkLeft` with `blinkRight`".to_owned()),
            "blinkLeft" | "blinkRight" if self.present.contains("blink") => Some("`blink`".to_owned()),
            "lookUp" | "lookDown" | "lookLeft" | "lookRight" if has_eyes => Some("the eye bones".to_owned()),
            "happy" | "relaxed" | "sad" | "surprised" | "angry" => {
                Some("the posture of head and body".to_owned())
            }
            _ => None,
        }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
