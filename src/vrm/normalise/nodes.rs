//! Nodes: one scene that holds all bones, names that are each there once, places that are numbers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, items, items_mut, number, numbers, parents, roots, set, text, unset};
use crate::vrm::humanoid::Humanoid;

/// Longer names are cut, and those that get a number are cut to leave room for it.
const NAME_MAX_CHARS: usize = 60;
const NUMBERED_MAX_CHARS: usize = 30;
/// What the engine calls nodes of its own.
const TAKEN: [&str; 4] = ["VRM", "VRMC_vrm.root_bone", "VRMC_vrm.expressions", "Mesh"];

pub(super) fn mend(gltf: &mut Value, humanoid: &Humanoid, findings: &mut Findings) {
    scene(gltf, humanoid);
    names(gltf, findings);
    let mut odd = 0;
    for node in items_mut(gltf, "nodes") {
        unset(node, "camera");
        // Weights are the mesh's: the engine knows no others.
        unset(node, "weights");
        constraint(node);
        if let Some(extensions) = node.get_mut("extensions") {
            unset(extensions, "KHR_lights_punctual");
        }
        odd += usize::from(place(node));
    }
    if odd > 0 {
        let sentence = format!(
            "{odd} nodes have no place that could be reckoned with: they stay where their parents are"
        );
        findings.push(Finding::new(Severity::Warning, "nodes", sentence));
    }
}

/// The engine shows the first scene, and waits for ever for a bone that is not in it.
fn scene(gltf: &mut Value, humanoid: &Humanoid) {
    let above = parents(gltf, &mut Findings::default());
    let nodes = roots(gltf, &above, humanoid.bones.values().copied());
    set(gltf, "scenes", json!([{ "nodes": nodes }]));
    set(gltf, "scene", json!(0));
}

/// Bones are found by name, from the avatar's own downwards: each name may be there once.
fn names(gltf: &mut Value, findings: &mut Findings) {
    let avatar = field(field(field(field(gltf, "extensions"), "VRMC_vrm"), "meta"), "name");
    let mut taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
    taken.insert(text(avatar).to_owned());
    taken.insert("Scene0".to_owned());
    for material in items(field(gltf, "materials")) {
        taken.insert(format!("Mesh.{}", text(field(material, "name"))));
    }
    let mut doubled = 0;
    for (n, node) in items_mut(gltf, "nodes").iter_mut().enumerate() {
        let given: String = text(field(node, "name")).chars().take(NAME_MAX_CHARS).collect();
        let mut name = if given.is_empty() { format!("node {n}") } else { given.clone() };
        // The file has as many names as nodes at most, so that one of these is free.
        let mut turn = 0_usize;
        let short: String = given.chars().take(NUMBERED_MAX_CHARS).collect();
        while !taken.insert(name.clone()) {
            name = format!("{short} ({n}.{turn})");
            turn += 1;
        }
        if turn > 0 {
            doubled += 1;
        }
        set(node, "name", json!(name));
    }
    if doubled > 0 {
        let sentence = format!("{doubled} nodes have the name of another: they get names of their own");
        findings.push(Finding::new(Severity::Note, "nodes", sentence));
    }
}

/// Takes out what is no number, or too large. Returns whether there was such a thing.
fn place(node: &mut Value) -> bool {
    let mut odd = false;
    for (name, length) in [("translation", 3), ("rotation", 4), ("scale", 3), ("matrix", 16)] {
        let given = field(node, name);
        if given.is_null() {
            continue;
        }
        let good = items(given).len() == length && items(given).iter().all(|n| number(n).is_some());
        if !good || (name == "matrix" && is_flat(given)) {
            unset(node, name);
            odd = true;
        }
    }
    if let Some(turn) = numbers::<4>(field(node, "rotation")) {
        let length = turn.iter().map(|c| c * c).sum::<f64>().sqrt();
        if length < 1e-3 {
            unset(node, "rotation");
            odd = true;
        } else if (length - 1.0).abs() > 1e-3 {
            set(node, "rotation", json!(turn.map(|c| c / length)));
        }
    }
    odd
}

/// Whether a matrix makes a body flat: it has no turn that could be read from it.
fn is_flat(matrix: &Value) -> bool {
    let Some([a, b, c, _, d, e, f, _, g, h, i, ..]) = numbers::<16>(matrix) else { return true };
    (a * (e * i - f * h) - d * (b * i - c * h) + g * (b * f - c * e)).abs() < 1e-12
}

/// A constraint whose weight is none would bring a bone out of the world.
fn constraint(node: &mut Value) {
    const NAME: &str = "VRMC_node_constraint";
    let constraint = field(field(field(node, "extensions"), NAME), "constraint");
    let kinds = ["rotation", "roll", "aim"].map(|kind| field(constraint, kind));
    let good = |kind: &Value| match field(kind, "weight") {
        Value::Null => false,
        weight => number(weight).is_some_and(|w| (0.0..=1.0).contains(&w)),
    };
    if !kinds.iter().all(|kind| kind.is_null() || good(kind))
        && let Some(extensions) = node.get_mut("extensions")
    {
        unset(extensions, NAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_each_there_once_and_none_is_the_avatars() {
        let mut gltf = json!({
            "extensions": { "VRMC_vrm": { "meta": { "name": "Head" } } }, "materials": [{ "name": "skin" }],
            "nodes": [{ "name": "Head" }, { "name": "arm" }, { "name": "arm" }, {}, { "name": "arm (2.0)" }, { "name": "Mesh.skin" }],
        });
        let mut findings = Findings::default();
        names(&mut gltf, &mut findings);
        let names: BTreeSet<&str> = items(&gltf["nodes"]).iter().map(|n| text(&n["name"])).collect();
        assert_eq!(names.len(), 6);
        assert!(names.contains("arm") && !names.contains("Head") && !names.contains("Mesh.skin"));
        assert!(findings.into_sorted()[0].sentence.starts_with("4 nodes"));
    }

    #[test]
    fn every_bone_is_in_the_scene() {
        let mut gltf = json!({
            "scenes": [{ "nodes": [1] }, { "nodes": [0] }], "scene": 1, "nodes": [{}, {}, { "children": [3] }, {}],
        });
        let bones = [("hips".to_owned(), 3)].into();
        scene(&mut gltf, &Humanoid { bones, missing: Vec::new() });
        assert_eq!(gltf["scenes"], json!([{ "nodes": [0, 2] }]));
        assert_eq!(gltf["scene"], 0);
    }

    #[test]
    fn places_beyond_reason_are_taken_out() {
        let mut node = json!({ "translation": [1e300, 0, 0], "rotation": [0, 0, 0, 2], "scale": [1, 1] });
        assert!(place(&mut node));
        assert_eq!(node, json!({ "rotation": [0.0, 0.0, 0.0, 1.0] }));
        let mut flat = json!({ "matrix": vec![0.0; 16], "rotation": [0, 0, 0, 0] });
        assert!(place(&mut flat) && flat == json!({}));
        let mut good = json!({ "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] });
        assert!(!place(&mut good) && good["matrix"].is_array());
    }

    #[test]
    fn a_constraint_has_a_weight() {
        for (weight, kept) in [(json!(0.5), true), (json!(1e30), false), (json!(null), false)] {
            let mut node = json!({ "extensions": { "VRMC_node_constraint": {
                "constraint": { "roll": { "source": 0, "weight": weight } }
            } } });
            constraint(&mut node);
            assert_eq!(node["extensions"]["VRMC_node_constraint"].is_object(), kept);
        }
    }
}
