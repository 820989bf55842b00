//! Shapes of the face (morph targets): those that nothing moves are left out. Avatars bring hundreds; each costs memory, and
//! the engine refuses more than it has room for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, items, items_mut, number, set, unset};

/// The most shapes of one mesh (Bevy's `MAX_MORPH_WEIGHTS`).
const SHAPES_MAX: usize = 256;

pub(super) fn mend(gltf: &mut Value, findings: &mut Findings) {
    let mut moved = moved(gltf);
    for (n, mesh) in items_mut(gltf, "meshes").iter_mut().enumerate() {
        let count = items(field(mesh, "primitives")).iter().map(|p| items(field(p, "targets")).len()).max();
        let count = count.unwrap_or(0);
        let weights: Vec<f64> =
            items(field(mesh, "weights")).iter().map(|w| number(w).unwrap_or(0.0)).collect();
        let used = moved.entry(n).or_default();
        // What is there at rest belongs to the body.
        used.extend(weights.iter().enumerate().filter(|(at, w)| *at < count && **w != 0.0).map(|(at, _)| at));
        if used.len() > SHAPES_MAX {
            let sentence =
                format!("{} shapes are moved: those after the first {SHAPES_MAX} are left out", used.len());
            findings.push(Finding::new(Severity::Warning, format!("meshes[{n}]"), sentence));
            *used = used.iter().copied().take(SHAPES_MAX).collect();
        }
        for primitive in items_mut(mesh, "primitives") {
            let targets = items(field(primitive, "targets"));
            let kept: Vec<Value> = used.iter().filter_map(|at| targets.get(*at).cloned()).collect();
            if kept.is_empty() {
                unset(primitive, "targets");
            } else {
                set(primitive, "targets", json!(kept));
            }
        }
        unset(mesh, "weights");
        // It may hold the names of all shapes.
        unset(mesh, "extras");
        if !used.is_empty() {
            let at_rest = used.iter().map(|at| weights.get(*at).copied().unwrap_or(0.0));
            set(mesh, "weights", json!(at_rest.collect::<Vec<_>>()));
        }
    }
    renumber(gltf, &moved);
}

/// The shapes that expressions move, by mesh.
fn moved(gltf: &Value) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut moved: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for bind in presets(gltf).flat_map(|preset| items(field(preset, "morphTargetBinds"))) {
        if let (Some(mesh), Some(at)) = (mesh_of(gltf, bind), index(field(bind, "index"))) {
            moved.entry(mesh).or_default().insert(at);
        }
    }
    moved
}

fn presets(gltf: &Value) -> impl Iterator<Item = &Value> {
    let vrm = field(field(gltf, "extensions"), "VRMC_vrm");
    let presets = field(field(vrm, "expressions"), "preset").as_object();
    presets.into_iter().flatten().map(|(_, preset)| preset)
}

fn mesh_of(gltf: &Value, bind: &Value) -> Option<usize> {
    let node = items(field(gltf, "nodes")).get(index(field(bind, "node"))?)?;
    index(field(node, "mesh"))
}

/// Gives the shapes that are left their new numbers, and forgets what was left out.
fn renumber(gltf: &mut Value, moved: &BTreeMap<usize, BTreeSet<usize>>) {
    let meshes: Vec<Option<usize>> =
        items(field(gltf, "nodes")).iter().map(|node| index(field(node, "mesh"))).collect();
    let places: BTreeMap<usize, BTreeMap<usize, usize>> = moved
        .iter()
        .map(|(mesh, used)| (*mesh, used.iter().enumerate().map(|(new, old)| (*old, new)).collect()))
        .collect();
    let presets = ["extensions", "VRMC_vrm", "expressions", "preset"];
    let presets = presets.iter().try_fold(gltf, |value, name| value.get_mut(*name));
    for (_, preset) in presets.and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(binds) = preset.get_mut("morphTargetBinds").and_then(Value::as_array_mut) else { continue };
        binds.retain_mut(|bind| {
            let mesh = index(field(bind, "node")).and_then(|n| meshes.get(n).copied().flatten());
            let old = index(field(bind, "index"));
            let new = mesh.and_then(|m| places.get(&m)).zip(old).and_then(|(places, old)| places.get(&old));
            new.map(|new| set(bind, "index", json!(new))).is_some()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(shapes: usize, moved: &[usize], weights: Value) -> (Value, usize) {
        let targets: Vec<Value> = (0..shapes).map(|n| json!({ "POSITION": n })).collect();
        let binds: Vec<Value> =
            moved.iter().map(|n| json!({ "node": 1, "index": n, "weight": 1.0 })).collect();
        let mut gltf = json!({
            "nodes": [{}, { "mesh": 0 }],
            "meshes": [{ "primitives": [{ "targets": targets }], "weights": weights, "extras": { "targetNames": ["a"] } }],
            "extensions": { "VRMC_vrm": { "expressions": { "preset": { "aa": { "morphTargetBinds": binds } } } } },
        });
        let mut findings = Findings::default();
        mend(&mut gltf, &mut findings);
        (gltf, findings.into_sorted().len())
    }

    #[test]
    fn shapes_that_nothing_moves_are_left_out() {
        let (gltf, _) = face(9, &[7, 2], json!([0, 0, 0, 0.5]));
        let mesh = &gltf["meshes"][0];
        assert_eq!(
            mesh["primitives"][0]["targets"],
            json!([{ "POSITION": 2 }, { "POSITION": 3 }, { "POSITION": 7 }])
        );
        assert_eq!((&mesh["weights"], &mesh["extras"]), (&json!([0.0, 0.5, 0.0]), &json!(null)));
        let binds = &gltf["extensions"]["VRMC_vrm"]["expressions"]["preset"]["aa"]["morphTargetBinds"];
        assert_eq!((&binds[0]["index"], &binds[1]["index"]), (&json!(2), &json!(0)));
        let (gltf, _) = face(3, &[], json!(null));
        assert!(
            gltf["meshes"][0]["primitives"][0]["targets"].is_null() && gltf["meshes"][0]["weights"].is_null()
        );
    }

    #[test]
    fn more_than_the_engine_has_room_for_are_cut_short() {
        let all: Vec<usize> = (0..300).collect();
        let (gltf, findings) = face(300, &all, json!(null));
        assert_eq!(items(&gltf["meshes"][0]["primitives"][0]["targets"]).len(), SHAPES_MAX);
        let binds = &gltf["extensions"]["VRMC_vrm"]["expressions"]["preset"]["aa"]["morphTargetBinds"];
        assert_eq!((items(binds).len(), findings), (SHAPES_MAX, 1));
    }
}
