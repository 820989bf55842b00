//! All repairs, in the order in which they build on each other.

use serde_json::{Value, json};

use super::{data, extension, materials, nodes, shapes, springs};
use crate::vrm::finding::Findings;
use crate::vrm::gltf::{items_mut, set, unset};
use crate::vrm::humanoid::Humanoid;

/// Mends a file whose bones and tree of nodes were checked. Findings of severity error say that it cannot be mended.
pub(in crate::vrm) fn normalise(
    gltf: &mut Value,
    binary: &[u8],
    humanoid: &Humanoid,
    findings: &mut Findings,
) {
    // Whoever must know an extension has looked: the check told what this program does not know.
    unset(gltf, "extensionsRequired");
    // The desk has its own cameras and movements; annotations are for those who look out of the avatar's eyes.
    for list in ["animations", "cameras"] {
        unset(gltf, list);
    }
    // A mesh's name would be the name of a node beside the bones.
    for mesh in items_mut(gltf, "meshes") {
        unset(mesh, "name");
    }
    nodes::mend(gltf, humanoid, findings);
    // Parts that are empty go first: expressions must not count on their shapes.
    data::mend(gltf, binary);
    extension::mend(gltf, humanoid, findings);
    shapes::mend(gltf, findings);
    materials::mend(gltf, findings);
    springs::mend(gltf, findings);
    data::check(gltf, binary, findings);
    set(gltf, "asset", json!({ "version": "2.0" }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrm::glb::Glb;
    use crate::vrm::test_files::{avatar, avatar_v0, file};
    use crate::vrm::{Severity, prepare};

    /// The good avatar after a change, made ready.
    fn ready(change: impl FnOnce(&mut Value)) -> (Value, Vec<String>) {
        let mut gltf = avatar();
        change(&mut gltf);
        let ready = prepare(&file(&gltf)).unwrap();
        let glb = Glb::parse(&ready.bytes).unwrap();
        let findings = ready.report.findings.iter().map(ToString::to_string).collect();
        (serde_json::from_slice(glb.json).unwrap(), findings)
    }

    #[test]
    fn a_good_file_is_mended_in_silence_and_once_is_enough() {
        let (gltf, findings) = ready(|_| {});
        assert_eq!(findings, Vec::<String>::new());
        let again = prepare(&file(&gltf)).unwrap();
        let once: Value = serde_json::from_slice(Glb::parse(&again.bytes).unwrap().json).unwrap();
        assert_eq!(once, gltf);
    }

    #[test]
    fn a_converted_file_is_ready_too() {
        let ready = prepare(&file(&avatar_v0())).unwrap();
        assert!(ready.report.findings.iter().all(|f| f.severity < Severity::Error));
        let gltf: Value = serde_json::from_slice(Glb::parse(&ready.bytes).unwrap().json).unwrap();
        let vrm = &gltf["extensions"]["VRMC_vrm"];
        assert_eq!(vrm["expressions"]["preset"]["aa"]["morphTargetBinds"][0]["weight"], 1.0);
        // Below the node that turns it.
        assert_eq!(
            gltf["nodes"][gltf["scenes"][0]["nodes"][0].as_u64().unwrap() as usize]["rotation"][1],
            1.0
        );
        assert_eq!(gltf["scenes"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn expressions_do_not_move_parts_that_are_empty() {
        let (gltf, findings) = ready(|g| g["accessors"][0]["count"] = json!(0));
        assert_eq!(gltf["meshes"][0]["primitives"], json!([]));
        assert_eq!(gltf["extensions"]["VRMC_vrm"]["expressions"]["preset"], json!({}));
        assert!(
            findings.iter().any(|f| f.contains("shapes that expressions name are not there")),
            "{findings:?}"
        );
    }

    #[test]
    fn what_would_be_drawn_or_moved_beside_the_avatar_is_taken_out() {
        let (gltf, _) = ready(|g| {
            g["cameras"] = json!([{ "type": "perspective" }]);
            g["animations"] = json!([{ "channels": [], "samplers": [] }]);
            g["nodes"][0]["camera"] = json!(0);
            g["nodes"][0]["extensions"] = json!({ "KHR_lights_punctual": { "light": 0 } });
            g["extensionsRequired"] = json!(["VRMC_vrm"]);
        });
        for gone in ["cameras", "animations", "extensionsRequired"] {
            assert!(gltf[gone].is_null(), "{gone}");
        }
        assert!(gltf["nodes"][0]["camera"].is_null());
        assert!(gltf["nodes"][0]["extensions"]["KHR_lights_punctual"].is_null());
    }
}
