//! Reading JSON that may hold anything: a missing or wrong field is `null`, an empty list or an empty text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};

static NULL: Value = Value::Null;

/// The most nodes: rich avatars have two thousand.
pub const NODES_MAX: usize = 10_000;
/// The most nodes below each other: rich avatars have forty. The engine goes down by calling itself.
pub const DEPTH_MAX: usize = 100;
/// Larger numbers are mistakes, in whatever unit.
const NUMBER_MAX: f64 = 1e6;

pub(super) fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&NULL)
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn index(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| usize::try_from(n).ok())
}

/// A number that a picture can be made of: neither infinite nor beyond reason.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|n| n.abs() <= NUMBER_MAX)
}

/// The numbers of a list, if all are numbers and so many.
pub(super) fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let all: Option<Vec<f64>> = items(value).iter().map(number).collect();
    all?.try_into().ok()
}

/// The items of a list, to change them.
pub(super) fn items_mut<'a>(value: &'a mut Value, name: &str) -> &'a mut [Value] {
    value.get_mut(name).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// Sets a field of an object; of anything else nothing.
pub(super) fn set(value: &mut Value, name: &str, new: Value) {
    if let Some(map) = value.as_object_mut() {
        map.insert(name.to_owned(), new);
    }
}

/// Takes a field away from an object.
pub(super) fn unset(value: &mut Value, name: &str) -> Option<Value> {
    value.as_object_mut().and_then(|map| map.remove(name))
}

/// Sets a field of a node, material or the file's `extensions`.
pub(super) fn set_extension(value: &mut Value, name: &str, new: Value) {
    if !field(value, "extensions").is_object() {
        set(value, "extensions", Value::Object(serde_json::Map::new()));
    }
    if let Some(extensions) = value.get_mut("extensions") {
        set(extensions, name, new);
    }
}

/// The item of a list of the file, such as `("accessors", 3)`.
pub(super) fn item<'a>(gltf: &'a Value, list: &str, at: &Value) -> &'a Value {
    index(at).and_then(|n| items(field(gltf, list)).get(n)).unwrap_or(&NULL)
}

/// The bytes of a buffer view, when it lies in the file's own binary part.
pub(super) fn view<'a>(gltf: &Value, binary: &'a [u8], at: &Value) -> Option<&'a [u8]> {
    let view = item(gltf, "bufferViews", at);
    if field(view, "buffer").as_u64() != Some(0) {
        return None;
    }
    let offset = index(field(view, "byteOffset")).unwrap_or(0);
    let end = offset.checked_add(index(field(view, "byteLength"))?)?;
    binary.get(offset..end)
}

/// The parent of each node. Notes nodes with two parents and circles.
pub(super) fn parents(gltf: &Value, findings: &mut Findings) -> Vec<Option<usize>> {
    let nodes = items(field(gltf, "nodes"));
    let mut parents = vec![None; nodes.len()];
    if nodes.len() > NODES_MAX {
        let sentence = format!("{} nodes are too many, at most {NODES_MAX} are allowed", nodes.len());
        findings.push(Finding::new(Severity::Error, "nodes", sentence));
        return parents;
    }
    for (n, node) in nodes.iter().enumerate() {
        for child in items(field(node, "children")) {
            match index(child).and_then(|c| parents.get_mut(c)) {
                Some(parent @ None) => *parent = Some(n),
                _ => {
                    let sentence = format!(
                        "the child {child} does not exist or has two parents: export the avatar again"
                    );
                    findings.push(Finding::new(Severity::Error, format!("nodes[{n}]"), sentence));
                    return parents;
                }
            }
        }
    }
    if has_circle(&parents) {
        let sentence = "some nodes are their own ancestors: export the avatar again";
        findings.push(Finding::new(Severity::Error, "nodes", sentence));
    } else if (0..parents.len()).any(|n| top(&parents, n).is_none()) {
        let sentence = format!("more than {DEPTH_MAX} nodes are below each other: make the skeleton flatter");
        findings.push(Finding::new(Severity::Error, "nodes", sentence));
    }
    parents
}

/// The topmost node above a node, or itself; `None` when there is no such node or it lies too deep.
pub(super) fn top(parents: &[Option<usize>], mut node: usize) -> Option<usize> {
    for _ in 0..DEPTH_MAX {
        match parents.get(node)? {
            Some(parent) => node = *parent,
            None => return Some(node),
        }
    }
    None
}

/// The topmost nodes of what is shown: those of the file's scene, and those that bones and skins need.
pub(super) fn roots(
    gltf: &Value,
    parents: &[Option<usize>],
    bones: impl Iterator<Item = usize>,
) -> Vec<usize> {
    let scene = match field(gltf, "scene") {
        Value::Null => items(field(gltf, "scenes")).first().unwrap_or(&NULL),
        at => item(gltf, "scenes", at),
    };
    let shown = items(field(scene, "nodes")).iter().filter_map(index);
    let joints = items(field(gltf, "skins")).iter().flat_map(|s| items(field(s, "joints"))).filter_map(index);
    let mut seen = BTreeSet::new();
    let mut needed: Vec<usize> = shown.chain(bones).chain(joints).filter(|n| seen.insert(*n)).collect();
    if items(field(scene, "nodes")).is_empty() {
        needed.extend(0..parents.len());
    }
    let mut seen = BTreeSet::new();
    needed.into_iter().filter_map(|n| top(parents, n)).filter(|n| seen.insert(*n)).collect()
}

/// The nodes that show each mesh.
pub(super) fn nodes_of_meshes(gltf: &Value) -> Vec<Vec<usize>> {
    let mut shown = vec![Vec::new(); items(field(gltf, "meshes")).len()];
    for (n, node) in items(field(gltf, "nodes")).iter().enumerate() {
        if let Some(nodes) = index(field(node, "mesh")).and_then(|m| shown.get_mut(m)) {
            nodes.push(n);
        }
    }
    shown
}

/// Whether following parents ever comes back. Each node is walked once.
fn has_circle(parents: &[Option<usize>]) -> bool {
    let mut seen_in = vec![0usize; parents.len()];
    for start in 0..parents.len() {
        let (walk, mut at) = (start + 1, Some(start));
        while let Some(slot) = at.and_then(|n| seen_in.get_mut(n)) {
            match *slot {
                0 => *slot = walk,
                seen if seen == walk => return true,
                _ => break,
            }
            at = at.and_then(|n| parents.get(n).copied().flatten());
        }
    }
    false
}

/// Notes buffers outside the file and views outside their buffer.
pub(super) fn check_buffers(gltf: &Value, binary: &[u8], findings: &mut Findings) {
    for (n, buffer) in items(field(gltf, "buffers")).iter().enumerate() {
        let uri = text(field(buffer, "uri"));
        if n > 0 || !uri.is_empty() {
            let sentence = "its data lie outside this file: export everything into one VRM file";
            findings.push(Finding::new(Severity::Error, format!("buffers[{n}]"), sentence));
        }
    }
    for (n, view) in items(field(gltf, "bufferViews")).iter().enumerate() {
        let end = index(field(view, "byteOffset"))
            .unwrap_or(0)
            .checked_add(index(field(view, "byteLength")).unwrap_or(0));
        if field(view, "buffer").as_u64() == Some(0) && end.is_none_or(|end| end > binary.len()) {
            let sentence =
                format!("reaches beyond the {} bytes that are there: the file is damaged", binary.len());
            findings.push(Finding::new(Severity::Error, format!("bufferViews[{n}]"), sentence));
            return;
        }
    }
}

/// Extensions that a reader must know, and that this program does not.
pub(super) fn check_extensions(gltf: &Value, findings: &mut Findings) {
    for name in items(field(gltf, "extensionsRequired")).iter().map(text) {
        let (severity, sentence) = match name {
            "VRM"
            | "VRMC_vrm"
            | "VRMC_springBone"
            | "VRMC_materials_mtoon"
            | "VRMC_node_constraint"
            | "VRMC_materials_hdr_emissiveMultiplier"
            | "KHR_materials_unlit"
            | "KHR_texture_transform"
            | "KHR_materials_emissive_strength" => continue,
            "KHR_draco_mesh_compression" | "EXT_meshopt_compression" | "KHR_meshopt_compression" => (
                Severity::Error,
                "the shapes are compressed in a way that this program cannot unpack: export without compression",
            ),
            "KHR_texture_basisu" | "EXT_texture_webp" | "EXT_texture_avif" => (
                Severity::Error,
                "the pictures are in a format that this program cannot read: export them as PNG or JPEG",
            ),
            _ => (Severity::Warning, "this program does not know it: the avatar may look different"),
        };
        findings.push(Finding::new(severity, format!("extensionsRequired.{name}"), sentence));
    }
}
