//! Expressions: blend shape groups become presets and custom expressions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::materials::linear;
use crate::vrm::PRESETS;
use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, items, nodes_of_meshes, number, numbers, text};

/// The most shapes that all expressions together move. One mesh may be shown by many nodes, and each needs its own.
const BINDS_MAX: usize = 20_000;
/// The most expressions of the avatar's own.
const CUSTOM_MAX: usize = 200;

/// How 0.x names the presets, in lower case. It has no surprise; avatars that can be surprised call it so.
const NAMES: [(&str, &str); 17] = [
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

/// `VRMC_vrm.expressions` for `VRM.blendShapeMaster`.
pub(super) fn convert(vrm: &Value, gltf: &Value, findings: &mut Findings) -> Value {
    let materials = items(field(gltf, "materials")).iter().enumerate().rev();
    let mut from = Source {
        nodes: nodes_of_meshes(gltf),
        materials: materials.map(|(n, m)| (text(field(m, "name")), n)).collect(),
        room: BINDS_MAX,
    };
    let (mut preset, mut custom) = (Map::new(), Map::new());
    for group in items(field(field(vrm, "blendShapeMaster"), "blendShapeGroups")) {
        let key = text(field(group, "presetName")).to_lowercase();
        let own = text(field(group, "name"));
        let known = NAMES.iter().find(|(old, _)| *old == key).map(|(_, new)| *new);
        match known.or_else(|| own.eq_ignore_ascii_case("surprised").then_some("surprised")) {
            Some(name) => {
                // Of two with the same name the first that moves something counts.
                if preset.get(name).is_none_or(|other| items(field(other, "morphTargetBinds")).is_empty()) {
                    preset.insert(name.to_owned(), from.expression(group));
                }
            }
            None if own.is_empty() || PRESETS.contains(&own) || custom.len() >= CUSTOM_MAX => {}
            None => {
                custom.entry(own.to_owned()).or_insert_with(|| from.expression(group));
            }
        }
    }
    if from.room == 0 {
        let sentence = format!("the expressions move more than {BINDS_MAX} shapes: what is more is left out");
        findings.push(Finding::new(Severity::Warning, "expressions", sentence));
    }
    json!({ "preset": preset, "custom": custom })
}

/// What names and numbers in a group stand for.
struct Source<'a> {
    /// The nodes that show each mesh.
    nodes: Vec<Vec<usize>>,
    materials: BTreeMap<&'a str, usize>,
    /// So many shapes may still be moved.
    room: usize,
}

impl Source<'_> {
    fn expression(&mut self, group: &Value) -> Value {
        let mut shapes = Vec::new();
        for bind in items(field(group, "binds")) {
            let (mesh, at) = (index(field(bind, "mesh")), index(field(bind, "index")));
            let (Some(nodes), Some(at)) = (mesh.and_then(|m| self.nodes.get(m)), at) else { continue };
            // Percent.
            let weight = (number(field(bind, "weight")).unwrap_or(100.0) / 100.0).clamp(0.0, 1.0);
            let bound = nodes.iter().take(self.room);
            let before = shapes.len();
            shapes.extend(bound.map(|node| json!({ "node": node, "index": at, "weight": weight })));
            self.room -= shapes.len() - before;
        }
        let (mut colours, mut moves) = (Vec::new(), Vec::new());
        for value in items(field(group, "materialValues")) {
            let Some(material) = self.materials.get(text(field(value, "materialName"))) else { continue };
            let Some([a, b, c, d]) = numbers::<4>(field(value, "targetValue")) else { continue };
            let kind = match text(field(value, "propertyName")) {
                "_Color" => "color",
                "_EmissionColor" => "emissionColor",
                "_ShadeColor" => "shadeColor",
                "_RimColor" => "rimColor",
                "_OutlineColor" => "outlineColor",
                "_MainTex_ST" => {
                    // Scale and offset; the offset's y counts from below in 0.x, from above in 1.0.
                    moves.push(json!({ "material": material, "scale": [a, b], "offset": [c, 1.0 - b - d] }));
                    continue;
                }
                _ => continue,
            };
            let colour = [linear(a), linear(b), linear(c), d];
            colours.push(json!({ "material": material, "type": kind, "targetValue": colour }));
        }
        json!({
            "isBinary": field(group, "isBinary").as_bool().unwrap_or(false),
            "morphTargetBinds": shapes,
            "materialColorBinds": colours,
            "textureTransformBinds": moves,
            "overrideBlink": "none",
            "overrideLookAt": "none",
            "overrideMouth": "none",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(groups: Value) -> Value {
        let gltf = json!({
            "meshes": [{}, {}], "nodes": [{}, { "mesh": 1 }, { "mesh": 0 }, { "mesh": 1 }],
            "materials": [{ "name": "skin" }, { "name": "hair" }],
        });
        convert(
            &json!({ "blendShapeMaster": { "blendShapeGroups": groups } }),
            &gltf,
            &mut Findings::default(),
        )
    }

    #[test]
    fn percents_become_parts_and_meshes_the_nodes_that_show_them() {
        let new = converted(json!([
            { "presetName": "a", "name": "A", "binds": [{ "mesh": 1, "index": 3, "weight": 60 }] },
        ]));
        let binds =
            json!([{ "node": 1, "index": 3, "weight": 0.6 }, { "node": 3, "index": 3, "weight": 0.6 }]);
        assert_eq!(new["preset"]["aa"]["morphTargetBinds"], binds);
        assert_eq!(new["preset"]["aa"]["overrideMouth"], "none");
    }

    #[test]
    fn every_preset_has_its_new_name() {
        let groups: Vec<Value> = NAMES.iter().map(|(old, _)| json!({ "presetName": old })).collect();
        let new = converted(json!(groups));
        assert!(NAMES.iter().all(|(_, name)| new["preset"][name].is_object()));
        assert!(PRESETS.iter().all(|p| *p == "surprised" || NAMES.iter().any(|(_, new)| new == p)));
        let odd = converted(json!([
            { "presetName": "Blink_L" }, { "presetName": "unknown", "name": "Surprised" },
            { "presetName": "unknown", "name": "Wink", "isBinary": true }, { "presetName": "unknown" },
        ]));
        assert!(odd["preset"]["blinkLeft"].is_object() && odd["preset"]["surprised"].is_object());
        assert_eq!(
            (&odd["custom"]["Wink"]["isBinary"], odd["custom"].as_object().unwrap().len()),
            (&json!(true), 1)
        );
    }

    #[test]
    fn of_two_groups_the_one_that_moves_counts() {
        let bind = json!([{ "mesh": 0, "index": 0, "weight": 100 }]);
        for groups in [[json!([]), bind.clone()], [bind, json!([])]] {
            let [a, b] = groups.map(|binds| json!({ "presetName": "joy", "binds": binds }));
            assert_eq!(converted(json!([a, b]))["preset"]["happy"]["morphTargetBinds"][0]["node"], 2);
        }
    }

    #[test]
    fn colours_become_linear_and_pictures_count_from_above() {
        let new = converted(json!([{ "presetName": "fun", "materialValues": [
            { "materialName": "hair", "propertyName": "_Color", "targetValue": [1.0, 0.5, 0.0, 0.25] },
            { "materialName": "skin", "propertyName": "_MainTex_ST", "targetValue": [1.0, 0.5, 0.25, 0.125] },
            { "materialName": "nobody", "propertyName": "_Color", "targetValue": [1, 1, 1, 1] },
        ] }]));
        let colour = &new["preset"]["relaxed"]["materialColorBinds"][0];
        assert_eq!((&colour["material"], &colour["type"]), (&json!(1), &json!("color")));
        assert!((colour["targetValue"][1].as_f64().unwrap() - 0.214).abs() < 0.001);
        assert_eq!(colour["targetValue"][3], 0.25);
        let moved = json!({ "material": 0, "scale": [1.0, 0.5], "offset": [0.25, 0.375] });
        assert_eq!(new["preset"]["relaxed"]["textureTransformBinds"], json!([moved]));
    }

    #[test]
    fn many_nodes_of_many_shapes_are_cut_short() {
        let nodes = vec![json!({ "mesh": 0 }); 5_000];
        let gltf = json!({ "meshes": [{}], "nodes": nodes });
        let binds = vec![json!({ "mesh": 0, "index": 0 }); 5_000];
        let old =
            json!({ "blendShapeMaster": { "blendShapeGroups": [{ "presetName": "a", "binds": binds }] } });
        let mut findings = Findings::default();
        let new = convert(&old, &gltf, &mut findings);
        assert_eq!(items(&new["preset"]["aa"]["morphTargetBinds"]).len(), BINDS_MAX);
        assert_eq!(findings.into_sorted().len(), 1);
    }
}
