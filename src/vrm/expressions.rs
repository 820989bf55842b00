//! Which expressions an avatar has, and what stands in for those it lacks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};
use super::gltf::{field, items};
use super::stand_in::{StandIn, StandIns, stand_ins};

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

/// Which expressions an avatar has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expressions {
    /// Presets that move something, by their names in VRM 1.0.
    pub present: BTreeSet<String>,
    /// The avatar's own expressions.
    pub custom: BTreeSet<String>,
    /// Presets that are missing or empty, and what stands in for each.
    pub stand_ins: StandIns,
}

impl Expressions {
    /// Reads the expressions of `VRMC_vrm`.
    pub(super) fn of_v1(vrm: &Value, findings: &mut Findings) -> Self {
        let mut found = Self::default();
        let expressions = field(vrm, "expressions");
        for (name, expression) in entries(field(expressions, "preset")) {
            let has = |binds: &str| !items(field(expression, binds)).is_empty();
            let moves = has("morphTargetBinds");
            if !moves && (has("materialColorBinds") || has("textureTransformBinds")) {
                let sentence = "it changes only colours or pictures, which this program does not show";
                findings.push(Finding::new(Severity::Note, format!("expressions.{name}"), sentence));
            }
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

    /// Notes what stands in for what is missing, and warns where nothing can.
    pub(super) fn complete(&mut self, has_jaw: bool, has_eyes: bool, findings: &mut Findings) {
        self.stand_ins = stand_ins(|name| self.present.contains(name), has_jaw, has_eyes);
        // One finding for all that have the same stand-in.
        let mut kinds: Vec<&StandIn> = Vec::new();
        for stand_in in self.stand_ins.values() {
            if !kinds.contains(&stand_in) {
                kinds.push(stand_in);
            }
        }
        for stand_in in kinds {
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
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
