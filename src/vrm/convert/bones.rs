//! Bones: a list becomes a map, and the thumb's bones have other names.

use serde_json::{Map, Value, json};

use crate::vrm::gltf::{field, index, items, text};

/// `VRMC_vrm.humanoid` for `VRM.humanoid`.
pub(super) fn convert(vrm: &Value) -> Value {
    let mut bones = Map::new();
    for bone in items(field(field(vrm, "humanoid"), "humanBones")) {
        // A bone that is not assigned has the node -1.
        if let Some(node) = index(field(bone, "node")) {
            bones.insert(name(text(field(bone, "bone"))).to_owned(), json!({ "node": node }));
        }
    }
    json!({ "humanBones": bones })
}

/// A thumb has no intermediate bone in 1.0: its first bone is the metacarpal.
fn name(old: &str) -> &str {
    match old {
        "leftThumbProximal" => "leftThumbMetacarpal",
        "leftThumbIntermediate" => "leftThumbProximal",
        "rightThumbProximal" => "rightThumbMetacarpal",
        "rightThumbIntermediate" => "rightThumbProximal",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbs_are_named_anew_and_what_is_not_assigned_is_left_out() {
        let old = json!({ "humanoid": { "humanBones": [
            { "bone": "hips", "node": 3 }, { "bone": "jaw", "node": -1 },
            { "bone": "leftThumbProximal", "node": 4 }, { "bone": "leftThumbIntermediate", "node": 5 },
            { "bone": "leftThumbDistal", "node": 6 }, { "bone": "rightThumbProximal", "node": 7 },
            { "bone": "rightThumbIntermediate", "node": 8 },
        ] } });
        let wanted = json!({ "humanBones": {
            "hips": { "node": 3 }, "leftThumbMetacarpal": { "node": 4 }, "leftThumbProximal": { "node": 5 },
            "leftThumbDistal": { "node": 6 }, "rightThumbMetacarpal": { "node": 7 }, "rightThumbProximal": { "node": 8 },
        } });
        assert_eq!(convert(&old), wanted);
    }
}
