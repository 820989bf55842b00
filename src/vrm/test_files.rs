//! Makes small files for the tests, so that none has to be shipped.

use serde_json::{Value, json};

use super::humanoid::BONES_REQUIRED;

/// A GLB file of these two parts.
pub(crate) fn glb(json: &str, binary: &[u8]) -> Vec<u8> {
    let mut json = json.as_bytes().to_vec();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut body = Vec::new();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(kind);
        body.extend(data);
    };
    chunk(b"JSON", &json);
    if !binary.is_empty() {
        let mut binary = binary.to_vec();
        binary.resize(binary.len().next_multiple_of(4), 0);
        chunk(b"BIN\0", &binary);
    }
    let mut file = b"glTF".to_vec();
    file.extend(2u32.to_le_bytes());
    file.extend((12 + body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

/// The beginning of a PNG picture, as far as its size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes
}

/// The parent of a bone in the test skeleton.
fn parent(bone: &str) -> Option<&str> {
    Some(match bone {
        "hips" => return None,
        "spine" | "leftUpperLeg" | "rightUpperLeg" => "hips",
        "leftLowerLeg" => "leftUpperLeg",
        "leftFoot" => "leftLowerLeg",
        "rightLowerLeg" => "rightUpperLeg",
        "rightFoot" => "rightLowerLeg",
        "leftLowerArm" => "leftUpperArm",
        "leftHand" => "leftLowerArm",
        "rightLowerArm" => "rightUpperArm",
        "rightHand" => "rightLowerArm",
        _ => "spine",
    })
}

/// A good VRM 1.0 avatar: the required bones, one mesh of 12 triangles, one picture, all presets. Without its binary part.
pub(crate) fn avatar() -> Value {
    let bones: Vec<&str> = BONES_REQUIRED.into_iter().chain(["neck", "leftEye", "rightEye"]).collect();
    let node_of = |bone: &str| bones.iter().position(|b| *b == bone).unwrap();
    let mut nodes: Vec<Value> = bones
        .iter()
        .map(|bone| {
            let children: Vec<usize> =
                bones.iter().filter(|b| parent(b) == Some(bone)).map(|b| node_of(b)).collect();
            if children.is_empty() {
                json!({ "name": bone })
            } else {
                json!({ "name": bone, "children": children })
            }
        })
        .collect();
    nodes.push(json!({ "name": "body", "mesh": 0 }));
    let human: serde_json::Map<String, Value> =
        bones.iter().map(|b| ((*b).to_owned(), json!({ "node": node_of(b) }))).collect();
    let bind = json!({ "morphTargetBinds": [{ "node": bones.len(), "index": 0, "weight": 1.0 }] });
    let preset: serde_json::Map<String, Value> =
        super::PRESETS.iter().map(|p| ((*p).to_owned(), bind.clone())).collect();
    let picture = png(256, 128);
    json!({
        "asset": { "version": "2.0" },
        "extensionsUsed": ["VRMC_vrm"],
        "nodes": nodes,
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "targets": [{ "POSITION": 0 }] }] }],
        "materials": [{}],
        "accessors": [{ "count": 24, "type": "VEC3" }, { "count": 36, "type": "SCALAR" }],
        "images": [{ "bufferView": 0, "mimeType": "image/png" }],
        "buffers": [{ "byteLength": picture.len() }],
        "bufferViews": [{ "buffer": 0, "byteLength": picture.len() }],
        "extensions": { "VRMC_vrm": {
            "specVersion": "1.0",
            "meta": {
                "name": "Test", "authors": ["avatardesk"], "licenseUrl": "https://vrm.dev/licenses/1.0/",
                "avatarPermission": "everyone", "commercialUsage": "corporation", "allowRedistribution": true,
                "modification": "allowModificationRedistribution", "creditNotation": "unnecessary"
            },
            "humanoid": { "humanBones": human },
            "expressions": { "preset": preset }
        } }
    })
}

/// The file of an avatar, with the picture that [`avatar`] names.
pub(crate) fn file(gltf: &Value) -> Vec<u8> {
    glb(&gltf.to_string(), &png(256, 128))
}
