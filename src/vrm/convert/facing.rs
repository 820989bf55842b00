//! Facing: an avatar of 0.x looks along -z, one of 1.0 along +z.

use serde_json::{Value, json};

use crate::vrm::finding::Findings;
use crate::vrm::gltf::{field, index, items, parents, roots, set};

/// Puts everything that is shown below one node that is turned by half a turn. What is inside it stays as it is, and so do
/// skins: they are about the places of joints.
pub(super) fn turn(gltf: &mut Value, vrm: &Value) {
    let bones = field(field(vrm, "humanoid"), "humanBones").as_object().into_iter().flatten();
    let bones: Vec<usize> = bones.filter_map(|(_, bone)| index(field(bone, "node"))).collect();
    // Faults in the tree are the check's to tell.
    let children = roots(gltf, &parents(gltf, &mut Findings::default()), bones.into_iter());
    let at = items(field(gltf, "nodes")).len();
    if children.is_empty() {
        return;
    }
    let node = json!({ "name": "avatar of VRM 0.x, turned", "rotation": [0.0, 1.0, 0.0, 0.0], "children": children });
    if let Some(nodes) = gltf.get_mut("nodes").and_then(Value::as_array_mut) {
        nodes.push(node);
        set(gltf, "scenes", json!([{ "nodes": [at] }]));
        set(gltf, "scene", json!(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_shown_is_turned_by_half_a_turn_about_the_upright() {
        let mut gltf = json!({
            "scenes": [{ "nodes": [0] }, { "nodes": [2, 0, 3] }], "scene": 1,
            // The skin's joint lies beside the scene.
            "nodes": [{}, {}, { "children": [3] }, {}, {}], "skins": [{ "joints": [4, 3] }],
        });
        let vrm = json!({ "humanoid": { "humanBones": { "hips": { "node": 1 } } } });
        turn(&mut gltf, &vrm);
        assert_eq!(gltf["scenes"], json!([{ "nodes": [5] }]));
        assert_eq!(gltf["nodes"][5]["children"], json!([2, 0, 1, 4]));
        assert_eq!(gltf["nodes"][5]["rotation"], json!([0.0, 1.0, 0.0, 0.0]));
    }

    #[test]
    fn without_a_scene_all_is_turned() {
        let mut gltf = json!({ "nodes": [{ "children": [1] }, {}, {}] });
        turn(&mut gltf, &json!({}));
        assert_eq!(gltf["nodes"][3]["children"], json!([0, 2]));
    }
}
