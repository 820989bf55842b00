//! Hair and cloth: groups of bones with all that hangs below them become chains of joints.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::vrm::gltf::{field, index, items, number, numbers, set};

/// The most colliders that are kept.
const COLLIDERS_MAX: usize = 1_000;
/// The most groups of colliders that one chain heeds.
const GROUPS_MAX: usize = 64;
/// In 0.x the last bone of a chain swings as if it went on for so many metres.
const TAIL: f64 = 0.07;

/// `VRMC_springBone` for `VRM.secondaryAnimation`. Adds a node to the end of each chain.
pub(super) fn convert(vrm: &Value, gltf: &mut Value) -> Option<Value> {
    let old = field(vrm, "secondaryAnimation");
    let (mut colliders, mut groups) = (Vec::new(), Vec::new());
    for group in items(field(old, "colliderGroups")) {
        let first = colliders.len();
        let node = index(field(group, "node"));
        for collider in items(field(group, "colliders")) {
            let Some(node) = node.filter(|_| colliders.len() < COLLIDERS_MAX) else { break };
            let [x, y, z] = vector(field(collider, "offset"));
            let radius = number(field(collider, "radius")).unwrap_or(0.0).max(0.0);
            // Unity's z is opposite.
            colliders.push(
                json!({ "node": node, "shape": { "sphere": { "offset": [x, y, -z], "radius": radius } } }),
            );
        }
        groups.push(json!({ "colliders": (first..colliders.len()).collect::<Vec<_>>() }));
    }
    let mut springs = Vec::new();
    let mut seen = BTreeSet::new();
    for group in items(field(old, "boneGroups")) {
        let settings = settings(group);
        let heeded: BTreeSet<usize> = items(field(group, "colliderGroups"))
            .iter()
            .filter_map(index)
            .filter(|g| *g < groups.len())
            .collect();
        let heeded: Vec<usize> = heeded.into_iter().take(GROUPS_MAX).collect();
        for root in items(field(group, "bones")).iter().filter_map(index) {
            for chain in chains(gltf, root, &mut seen) {
                let joints: Vec<Value> = chain.iter().map(|node| joint(*node, &settings)).collect();
                let mut spring = json!({ "name": format!("spring {}", springs.len()), "joints": joints });
                if !heeded.is_empty() {
                    set(&mut spring, "colliderGroups", json!(heeded));
                }
                if let Some(center) = index(field(group, "center")) {
                    set(&mut spring, "center", json!(center));
                }
                springs.push(spring);
            }
        }
    }
    let new =
        json!({ "specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": springs });
    (!springs.is_empty()).then_some(new)
}

/// What all joints of a group have in common. `stiffiness` is the format's own spelling.
fn settings(group: &Value) -> Value {
    let of = |name: &str, default: f64| number(field(group, name)).unwrap_or(default).max(0.0);
    // A direction of the world, in Unity's axes: seen after the avatar's half turn, x is opposite.
    let [x, y, z] = match field(group, "gravityDir") {
        Value::Null => [0.0, -1.0, 0.0],
        given => vector(given),
    };
    json!({
        "stiffness": of("stiffiness", of("stiffness", 1.0)),
        "gravityPower": of("gravityPower", 0.0),
        "gravityDir": [-x, y, z],
        "dragForce": of("dragForce", 0.4).min(1.0),
        "hitRadius": of("hitRadius", 0.02),
    })
}

fn joint(node: usize, settings: &Value) -> Value {
    let mut joint = settings.clone();
    set(&mut joint, "node", json!(node));
    joint
}

/// The chains below a root, itself the first joint of the first. Where bones fork, each further branch is a chain of its own.
fn chains(gltf: &mut Value, root: usize, seen: &mut BTreeSet<usize>) -> Vec<Vec<usize>> {
    let (mut chains, mut starts) = (Vec::new(), vec![root]);
    while let Some(start) = starts.pop() {
        let (mut chain, mut next) = (Vec::new(), Some(start));
        while let Some(node) = next.take() {
            let Some(here) = items(field(gltf, "nodes")).get(node) else { break };
            if !seen.insert(node) {
                break;
            }
            chain.push(node);
            let mut children = items(field(here, "children")).iter().filter_map(index);
            next = children.next();
            starts.extend(children);
            if next.is_none()
                && let Some(end) = end(gltf, node)
            {
                // The new node is no bone of the file, and has nothing below it.
                seen.insert(end);
                chain.push(end);
            }
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
}

/// Adds a node to the end of a chain, in the direction in which its last bone lies.
fn end(gltf: &mut Value, leaf: usize) -> Option<usize> {
    let nodes = gltf.get_mut("nodes").and_then(Value::as_array_mut)?;
    let at = nodes.len();
    let node = nodes.get_mut(leaf)?;
    let [x, y, z] = numbers::<3>(field(node, "translation"))?;
    let length = (x * x + y * y + z * z).sqrt();
    if length < 1e-6 {
        return None;
    }
    let turn = numbers::<4>(field(node, "rotation")).unwrap_or([0.0, 0.0, 0.0, 1.0]);
    let place = turned_back(turn, [x, y, z].map(|c| c / length * TAIL));
    set(node, "children", json!([at]));
    nodes.push(json!({ "name": format!("end of the spring at {leaf}"), "translation": place }));
    Some(at)
}

/// A vector seen from axes that are turned by a quaternion (x, y, z, w).
fn turned_back([qx, qy, qz, w]: [f64; 4], v: [f64; 3]) -> [f64; 3] {
    let q = [-qx, -qy, -qz];
    let twice = cross(q, v).map(|c| 2.0 * c);
    let [(ax, bx, cx), (ay, by, cy), (az, bz, cz)] = zip3(v, twice, cross(q, twice));
    [ax + w * bx + cx, ay + w * by + cy, az + w * bz + cz]
}

fn zip3(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> [(f64, f64, f64); 3] {
    let ([ax, ay, az], [bx, by, bz], [cx, cy, cz]) = (a, b, c);
    [(ax, bx, cx), (ay, by, cy), (az, bz, cz)]
}

fn cross([ax, ay, az]: [f64; 3], [bx, by, bz]: [f64; 3]) -> [f64; 3] {
    [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
}

fn vector(value: &Value) -> [f64; 3] {
    ["x", "y", "z"].map(|axis| number(field(value, axis)).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hair() -> Value {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        json!({ "nodes": [
            { "children": [1, 4] }, { "translation": [0.0, -0.1, 0.0], "children": [2] },
            { "translation": [0.0, -0.2, 0.0] }, {},
            { "translation": [0.1, 0.0, 0.0], "rotation": [0.0, 0.0, half, half] },
        ] })
    }

    #[test]
    fn what_hangs_below_a_root_becomes_chains_with_ends() {
        let mut gltf = hair();
        let new = convert(&json!({ "secondaryAnimation": { "boneGroups": [{
            "bones": [0, 1, 77], "stiffiness": 0.8, "gravityPower": 0.5, "gravityDir": { "x": 0.25, "y": -1.0, "z": 0.5 },
            "dragForce": 0.3, "hitRadius": 0.05, "center": -1, "colliderGroups": [0, 0, 9],
        }], "colliderGroups": [{ "node": 3, "colliders": [
            { "offset": { "x": 0.1, "y": 0.2, "z": 0.3 }, "radius": 0.04 }
        ] }] } }), &mut gltf).unwrap();
        let nodes = |n: usize| -> Vec<u64> {
            items(&new["springs"][n]["joints"]).iter().map(|j| j["node"].as_u64().unwrap()).collect()
        };
        assert_eq!((nodes(0), nodes(1), items(&new["springs"]).len()), (vec![0, 1, 2, 5], vec![4, 6], 2));
        let joint = &new["springs"][0]["joints"][1];
        assert_eq!(
            (&joint["stiffness"], &joint["dragForce"], &joint["hitRadius"]),
            (&json!(0.8), &json!(0.3), &json!(0.05))
        );
        assert_eq!((&joint["gravityPower"], &joint["gravityDir"]), (&json!(0.5), &json!([-0.25, -1.0, 0.5])));
        assert_eq!(new["springs"][0]["colliderGroups"], json!([0]));
        assert!(new["springs"][0]["center"].is_null());
        let sphere = json!({ "sphere": { "offset": [0.1, 0.2, -0.3], "radius": 0.04 } });
        assert_eq!(new["colliders"], json!([{ "node": 3, "shape": sphere }]));
        // Seven centimetres further in the same direction.
        assert_eq!(gltf["nodes"][2]["children"], json!([5]));
        assert_eq!(gltf["nodes"][5]["translation"], json!([0.0, -0.07, 0.0]));
        // The bone is turned a quarter about z: the model's x is its own -y.
        let end: [f64; 3] = numbers(&gltf["nodes"][6]["translation"]).unwrap();
        assert!((end[0]).abs() < 1e-6 && (end[1] + 0.07).abs() < 1e-6, "{end:?}");
    }

    #[test]
    fn nodes_in_a_circle_end() {
        let mut gltf = json!({ "nodes": [{ "children": [1] }, { "children": [0] }] });
        let old = json!({ "secondaryAnimation": { "boneGroups": [{ "bones": [0, 1, 0] }] } });
        assert_eq!(items(&convert(&old, &mut gltf).unwrap()["springs"]).len(), 1);
        assert_eq!(convert(&json!({}), &mut gltf), None);
    }
}
