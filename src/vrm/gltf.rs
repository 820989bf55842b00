//! Reading JSON that may hold anything: a missing or wrong field is `null`, an empty list or an empty text.

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};

static NULL: Value = Value::Null;

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
    }
    parents
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
