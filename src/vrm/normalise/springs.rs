//! `VRMC_springBone`, written anew: chains of bones that hang directly below each other, groups and colliders that are there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, items, number, numbers, set_extension, text, unset};

const NAME: &str = "VRMC_springBone";
/// The most joints that swing: each is reckoned in each frame.
const JOINTS_MAX: usize = 2_000;
/// The most colliders; each chain looks at all of its own.
const COLLIDERS_MAX: usize = 1_000;
/// The most groups of colliders that one chain heeds.
const GROUPS_MAX: usize = 64;

pub(super) fn mend(gltf: &mut Value, findings: &mut Findings) {
    let old = field(field(gltf, "extensions"), NAME);
    if old.is_null() {
        return;
    }
    let nodes = items(field(gltf, "nodes"));
    let node = |value: &Value| index(field(value, "node")).filter(|n| *n < nodes.len());
    let (mut colliders, mut numbers_now) = (Vec::new(), Vec::new());
    for collider in items(field(old, "colliders")) {
        let mended =
            node(collider).zip(shape(field(collider, "shape"))).filter(|_| colliders.len() < COLLIDERS_MAX);
        numbers_now.push(mended.is_some().then_some(colliders.len()));
        colliders.extend(mended.map(|(node, shape)| json!({ "node": node, "shape": shape })));
    }
    let mut groups = Vec::new();
    for group in items(field(old, "colliderGroups")) {
        let named: BTreeSet<usize> = items(field(group, "colliders")).iter().filter_map(index).collect();
        let kept: Vec<usize> = named.iter().filter_map(|n| numbers_now.get(*n).copied().flatten()).collect();
        groups.push(json!({ "colliders": kept }));
    }
    let mut taken = BTreeSet::new();
    let mut springs = Vec::new();
    let mut lost = 0;
    for spring in items(field(old, "springs")) {
        let joints: Vec<(usize, Value)> = items(field(spring, "joints"))
            .iter()
            .filter_map(|joint| Some((node(joint)?, settings(joint))))
            .collect();
        lost += items(field(spring, "joints")).len() - joints.len();
        for chain in chains(nodes, joints, &mut taken) {
            let mut new = Map::new();
            new.insert("name".into(), json!(text(field(spring, "name"))));
            let named: BTreeSet<usize> =
                items(field(spring, "colliderGroups")).iter().filter_map(index).collect();
            let heeded: Vec<usize> =
                named.into_iter().filter(|g| *g < groups.len()).take(GROUPS_MAX).collect();
            new.insert("colliderGroups".into(), json!(heeded));
            if let Some(center) = index(field(spring, "center")).filter(|n| *n < nodes.len()) {
                new.insert("center".into(), json!(center));
            }
            new.insert("joints".into(), json!(chain));
            springs.push(Value::Object(new));
        }
        if taken.len() >= JOINTS_MAX {
            let sentence = format!("more than {JOINTS_MAX} joints swing: those after them stay stiff");
            findings.push(Finding::new(Severity::Warning, "springs", sentence));
            break;
        }
    }
    if lost > 0 {
        let sentence = format!("{lost} joints of springs are no nodes of this file: they stay stiff");
        findings.push(Finding::new(Severity::Warning, "springs", sentence));
    }
    let new =
        json!({ "specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": springs });
    if !springs.is_empty() {
        set_extension(gltf, NAME, new);
    } else if let Some(extensions) = gltf.get_mut("extensions") {
        unset(extensions, NAME);
    }
}

/// Cuts a list of joints where one does not hang directly below the one before, or lies in the same place: the engine
/// reckons with the place of each joint in the one before. A joint swings in one chain only.
fn chains(nodes: &[Value], joints: Vec<(usize, Value)>, taken: &mut BTreeSet<usize>) -> Vec<Vec<Value>> {
    let mut chains: Vec<Vec<Value>> = Vec::new();
    let mut before: Option<usize> = None;
    for (node, joint) in joints {
        let hangs = |above: usize| {
            let children = nodes.get(above).map_or(&[][..], |n| items(field(n, "children")));
            let place = nodes.get(node).and_then(|n| numbers::<3>(field(n, "translation")));
            children.iter().any(|c| index(c) == Some(node))
                && place.is_some_and(|p| p.iter().any(|c| c.abs() > 1e-6))
        };
        if taken.len() >= JOINTS_MAX {
            break;
        }
        if !taken.insert(node) {
            before = None;
            continue;
        }
        match chains.last_mut().filter(|_| before.is_some_and(hangs)) {
            Some(chain) => chain.push(joint),
            None => chains.push(vec![joint]),
        }
        before = Some(node);
    }
    // The last joint of a chain only says where the one before it ends.
    chains.retain(|chain| chain.len() > 1);
    chains
}

fn settings(joint: &Value) -> Value {
    let of =
        |name: &str, default: f64, most: f64| number(field(joint, name)).unwrap_or(default).clamp(0.0, most);
    json!({
        "node": field(joint, "node"),
        "hitRadius": of("hitRadius", 0.0, 10.0),
        "stiffness": of("stiffness", 1.0, 100.0),
        "gravityPower": of("gravityPower", 0.0, 100.0),
        "gravityDir": numbers::<3>(field(joint, "gravityDir")).unwrap_or([0.0, -1.0, 0.0]),
        "dragForce": of("dragForce", 0.5, 1.0),
    })
}

/// A sphere or a capsule; `None` of anything else.
fn shape(old: &Value) -> Option<Value> {
    let point = |of: &Value, name: &str| numbers::<3>(field(of, name)).unwrap_or([0.0; 3]);
    let radius = |of: &Value| number(field(of, "radius")).unwrap_or(0.0).max(0.0);
    match (field(old, "sphere"), field(old, "capsule")) {
        (s, _) if s.is_object() => {
            Some(json!({ "sphere": { "offset": point(s, "offset"), "radius": radius(s) } }))
        }
        (_, c) if c.is_object() => Some(
            json!({ "capsule": { "offset": point(c, "offset"), "radius": radius(c), "tail": point(c, "tail") } }),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(springs: Value) -> (Value, usize) {
        let down = json!([0.0, -0.1, 0.0]);
        let mut gltf = json!({
            "nodes": [
                { "children": [1] }, { "translation": down, "children": [2] }, { "translation": down, "children": [3] },
                { "children": [4] }, { "translation": down, "children": [5] }, { "translation": down },
            ],
            "extensions": { NAME: springs },
        });
        let mut findings = Findings::default();
        mend(&mut gltf, &mut findings);
        (gltf["extensions"][NAME].take(), findings.into_sorted().len())
    }

    fn joints(nodes: &[i64]) -> Value {
        json!(nodes.iter().map(|n| json!({ "node": n })).collect::<Vec<_>>())
    }

    fn chains_of(new: &Value) -> Vec<Vec<u64>> {
        let spring = |s: &Value| items(&s["joints"]).iter().map(|j| j["node"].as_u64().unwrap()).collect();
        items(&new["springs"]).iter().map(spring).collect()
    }

    #[test]
    fn fields_are_filled_in_and_indices_are_of_this_file() {
        let (new, findings) = mended(json!({
            "colliders": [{ "node": 99 }, { "node": 0, "shape": { "sphere": {} } }, { "node": 0, "shape": { "cube": {} } }],
            "colliderGroups": [{ "colliders": [0, 1, 2, 77] }, {}],
            "springs": [{ "joints": joints(&[0, 1, 2, 99]), "colliderGroups": [0, 5, -1], "center": 88 }],
        }));
        assert_eq!(chains_of(&new), [[0, 1, 2]]);
        let first = &new["springs"][0];
        assert_eq!(
            (&first["colliderGroups"], &first["center"], &first["name"]),
            (&json!([0]), &json!(null), &json!(""))
        );
        let joint = json!({
            "node": 0, "hitRadius": 0.0, "stiffness": 1.0, "gravityPower": 0.0, "gravityDir": [0.0, -1.0, 0.0], "dragForce": 0.5,
        });
        assert_eq!(first["joints"][0], joint);
        assert_eq!(
            new["colliders"],
            json!([{ "node": 0, "shape": { "sphere": { "offset": [0.0, 0.0, 0.0], "radius": 0.0 } } }])
        );
        assert_eq!(
            (&new["colliderGroups"][0]["colliders"], &new["specVersion"], findings),
            (&json!([0]), &json!("1.0"), 1)
        );
    }

    #[test]
    fn chains_are_cut_where_bones_do_not_hang_together() {
        // 3 lies where 2 is; 5 does not hang below 3.
        let (new, _) = mended(json!({ "springs": [{ "joints": joints(&[0, 1, 2, 3, 4, 5]) }] }));
        assert_eq!(chains_of(&new), [vec![0, 1, 2], vec![3, 4, 5]]);
        let (new, _) = mended(json!({ "springs": [{ "joints": joints(&[0, 2, 1]) }] }));
        assert!(new.is_null());
        let twice =
            json!({ "springs": [{ "joints": joints(&[0, 1, 2]) }, { "joints": joints(&[0, 1, 2]) }] });
        assert_eq!(chains_of(&mended(twice).0), [[0, 1, 2]]);
    }

    #[test]
    fn what_is_no_list_of_springs_is_taken_out() {
        for odd in [json!([]), json!("x"), json!({ "springs": 5 }), json!({ "colliders": {} })] {
            assert!(mended(odd).0.is_null());
        }
    }
}
