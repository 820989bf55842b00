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
        "accessors": [
            { "bufferView": 1, "componentType": 5126, "count": 24, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0] },
            { "bufferView": 2, "componentType": 5123, "count": 36, "type": "SCALAR" },
        ],
        "images": [{ "bufferView": 0, "mimeType": "image/png" }],
        "buffers": [{ "byteLength": BINARY_BYTES }],
        "bufferViews": [
            { "buffer": 0, "byteLength": picture.len() },
            { "buffer": 0, "byteOffset": PLACES_AT, "byteLength": 24 * 12 },
            { "buffer": 0, "byteOffset": PLACES_AT + 24 * 12, "byteLength": 36 * 2 },
        ],
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

/// The same avatar as VRM 0.x has it, with a mouth that knows one shape, eyes that blink one by one, and hair.
pub(crate) fn avatar_v0() -> Value {
    let mut gltf = avatar();
    let new = gltf["extensions"]["VRMC_vrm"].take();
    let bones = new["humanoid"]["humanBones"].as_object().unwrap();
    let bones: Vec<Value> = bones
        .iter()
        .map(|(b, n)| json!({ "bone": b, "node": n["node"], "useDefaultValues": true }))
        .collect();
    let bind = json!([{ "mesh": 0, "index": 0, "weight": 100 }]);
    let group = |preset: &str, name: &str| json!({ "presetName": preset, "name": name, "binds": bind });
    let hips = bones.iter().position(|b| b["bone"] == "hips").unwrap();
    let mut bones = bones;
    bones.swap(0, hips);
    let head = new["humanoid"]["humanBones"]["head"]["node"].as_u64().unwrap() as usize;
    let nodes = gltf["nodes"].as_array_mut().unwrap();
    let hair = nodes.len();
    nodes.push(json!({ "name": "hair", "translation": [0.0, 0.1, -0.1], "children": [hair + 1] }));
    nodes.push(json!({ "name": "hair end", "translation": [0.0, -0.1, 0.0] }));
    nodes[head]["children"] = json!([hair]);
    gltf["extensionsUsed"] = json!(["VRM"]);
    gltf["extensionsRequired"] = json!(["VRM"]);
    gltf["extensions"] = json!({ "VRM": {
        "exporterVersion": "UniVRM-0.99", "specVersion": "0.0",
        "meta": {
            "title": "Old", "author": "Somebody", "licenseName": "Redistribution_Prohibited",
            "allowedUserName": "Everyone", "commercialUssageName": "Allow",
        },
        "humanoid": { "humanBones": bones },
        "firstPerson": { "lookAtTypeName": "Bone", "firstPersonBoneOffset": { "x": 0.0, "y": 0.06, "z": 0.0 } },
        "blendShapeMaster": { "blendShapeGroups": [
            group("a", "A"), group("Joy", "Joy"), group("blink_l", "Blink_L"), group("blink_r", "Blink_R"),
            group("unknown", "Wink"),
        ] },
        "materialProperties": [{ "shader": "VRM/MToon", "vectorProperties": { "_Color": [1.0, 0.5, 0.5, 1.0] } }],
        "secondaryAnimation": {
            "boneGroups": [{ "bones": [hair], "stiffiness": 1.0, "colliderGroups": [0] }],
            "colliderGroups": [{ "node": head, "colliders": [{ "offset": { "x": 0.0, "y": 0.1, "z": 0.0 }, "radius": 0.1 }] }],
        },
    } });
    gltf
}

/// Where the corners' places begin: after the picture.
const PLACES_AT: usize = 32;
/// The picture, 24 places, 36 corners of triangles.
pub(crate) const BINARY_BYTES: usize = PLACES_AT + 24 * 12 + 36 * 2;

/// The file of an avatar, with the picture, places and triangles that [`avatar`] names.
pub(crate) fn file(gltf: &Value) -> Vec<u8> {
    let mut binary = png(256, 128);
    binary.resize(PLACES_AT + 24 * 12, 0);
    binary.extend((0..36_u16).flat_map(|n| (n % 24).to_le_bytes()));
    glb(&gltf.to_string(), &binary)
}
