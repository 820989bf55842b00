//! The whole conversion.

use serde_json::{Value, json};

use super::{bones, expressions, facing, look_at, materials, meta, springs};
use crate::vrm::VrmError;
use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::glb::{Glb, pack};
use crate::vrm::gltf::{NODES_MAX, field, items, set, set_extension, text, unset};

/// The extensions that are new in the converted file.
const EXTENSIONS: [&str; 5] = [
    "VRMC_vrm",
    "VRMC_springBone",
    "VRMC_materials_mtoon",
    "KHR_texture_transform",
    "KHR_materials_emissive_strength",
];

/// Makes a VRM 1.0 file of a VRM 0.x file. A file of VRM 1.0 is returned as it is.
///
/// # Errors
/// When the bytes are no VRM file, or the result would be too large.
pub fn convert(bytes: &[u8]) -> Result<Vec<u8>, VrmError> {
    let glb = Glb::parse(bytes)?;
    let mut gltf = crate::vrm::check::parse(glb.json)?;
    if !convert_value(&mut gltf, &mut Findings::default()) {
        return Ok(bytes.to_vec());
    }
    Ok(pack(gltf.to_string().as_bytes(), glb.binary)?)
}

/// The same of the JSON part alone. Returns whether it was a VRM 0.x file.
pub(in crate::vrm) fn convert_value(gltf: &mut Value, findings: &mut Findings) -> bool {
    let extensions = field(gltf, "extensions");
    let old = field(extensions, "VRM").clone();
    if field(extensions, "VRMC_vrm").is_object() || !old.is_object() {
        return false;
    }
    if items(field(gltf, "nodes")).len() > NODES_MAX {
        // The check refuses it; what follows looks at each node more than once.
        set_extension(gltf, "VRMC_vrm", json!({ "specVersion": "1.0" }));
        return true;
    }
    let humanoid = bones::convert(&old);
    let mut vrm = json!({
        "specVersion": "1.0",
        "meta": meta::convert(&old, gltf),
        "humanoid": humanoid,
        "expressions": expressions::convert(&old, gltf, findings),
    });
    if let Some(look_at) = look_at::convert(&old) {
        set(&mut vrm, "lookAt", look_at);
    }
    materials::convert(&old, gltf);
    if let Some(springs) = springs::convert(&old, gltf) {
        set_extension(gltf, "VRMC_springBone", springs);
    }
    facing::turn(gltf, &vrm);
    set_extension(gltf, "VRMC_vrm", vrm);
    if let Some(extensions) = gltf.get_mut("extensions") {
        unset(extensions, "VRM");
    }
    for list in ["extensionsUsed", "extensionsRequired"] {
        let kept = items(field(gltf, list)).iter().map(text).filter(|name| *name != "VRM");
        let mut names: Vec<String> = kept.map(str::to_owned).collect();
        if list == "extensionsUsed" {
            names.extend(EXTENSIONS.map(str::to_owned));
            names.sort();
            names.dedup();
        }
        set(gltf, list, json!(names));
    }
    if field(gltf, "extensionsRequired").as_array().is_some_and(Vec::is_empty) {
        unset(gltf, "extensionsRequired");
    }
    let sentence = "this is a VRM 0.x file: it is converted to VRM 1.0 each time it is loaded";
    findings.push(Finding::new(Severity::Note, "version", sentence));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrm::test_files::{avatar, avatar_v0, file};

    #[test]
    fn a_file_of_0_x_becomes_one_of_1_0_that_is_not_changed_again() {
        let converted = convert(&file(&avatar_v0())).unwrap();
        let glb = Glb::parse(&converted).unwrap();
        let gltf: Value = serde_json::from_slice(glb.json).unwrap();
        assert!(gltf["extensions"]["VRM"].is_null() && gltf["extensions"]["VRMC_vrm"].is_object());
        assert!(gltf["extensionsUsed"].as_array().unwrap().contains(&json!("VRMC_vrm")));
        assert!(!gltf["extensionsUsed"].as_array().unwrap().contains(&json!("VRM")));
        assert!(gltf["extensionsRequired"].is_null());
        assert_eq!(glb.binary, Glb::parse(&file(&avatar_v0())).unwrap().binary);
        assert_eq!(convert(&converted).unwrap(), converted);
    }

    #[test]
    fn a_file_of_1_0_is_left_alone() {
        assert_eq!(convert(&file(&avatar())).unwrap(), file(&avatar()));
        assert!(convert(b"glTF").is_err());
    }
}
