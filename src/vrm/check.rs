//! The whole check of one file.

use serde_json::Value;

use super::expressions::Expressions;
use super::finding::{Finding, Findings, Severity};
use super::glb::{Glb, GlbError};
use super::gltf::{check_buffers, check_extensions, field, parents, text};
use super::humanoid::Humanoid;
use super::licence::{Licence, authors};
use super::report::{Report, Version};
use super::size::Size;
use crate::quote::quote;

/// Why nothing can be said about a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VrmError {
    #[error(transparent)]
    Glb(#[from] GlbError),
    #[error(
        "the JSON part cannot be read (line {line}, column {column}): {what}. The file is damaged: export it again"
    )]
    Json { line: usize, column: usize, what: String },
    #[error("this is a glTF model but no avatar: it has neither `VRMC_vrm` nor `VRM`. Export it as VRM 1.0")]
    NotVrm,
}

/// Checks a VRM file. A file that can be read but not used gives a report with errors in it.
pub fn check(bytes: &[u8]) -> Result<Report, VrmError> {
    let glb = Glb::parse(bytes)?;
    // serde_json refuses JSON that is nested more than 128 deep.
    let gltf: Value = serde_json::from_slice(glb.json).map_err(|e| VrmError::Json {
        line: e.line(),
        column: e.column(),
        what: format!("{:?} error", e.classify()).to_lowercase(),
    })?;
    let extensions = field(&gltf, "extensions");
    let mut findings = Findings::default();
    let (v1, v0) = (field(extensions, "VRMC_vrm"), field(extensions, "VRM"));
    let (version, humanoid, mut expressions, licence, meta) = if v1.is_object() {
        let version = Version::V1(quote(text(field(v1, "specVersion"))));
        let (meta, expressions) = (field(v1, "meta"), Expressions::of_v1(v1, &mut findings));
        (version, Humanoid::of_v1(v1), expressions, Licence::of_v1(meta), meta)
    } else if v0.is_object() {
        let spec = [field(v0, "specVersion"), field(v0, "exporterVersion")].into_iter().map(text);
        let version = Version::V0(quote(spec.into_iter().find(|s| !s.is_empty()).unwrap_or_default()));
        let meta = field(v0, "meta");
        (version, Humanoid::of_v0(v0), Expressions::of_v0(v0), Licence::of_v0(meta), meta)
    } else {
        return Err(VrmError::NotVrm);
    };
    check_version(&version, &mut findings);
    check_extensions(&gltf, &mut findings);
    check_buffers(&gltf, glb.binary, &mut findings);
    humanoid.check(&parents(&gltf, &mut findings), &mut findings);
    let has_eyes = humanoid.has("leftEye") && humanoid.has("rightEye");
    expressions.complete(humanoid.has("jaw"), has_eyes, &mut findings);
    let authors = authors(meta);
    licence.check(&authors, &mut findings);
    let size = Size::of(&gltf, glb.binary, bytes.len(), &mut findings);
    let name = [field(meta, "name"), field(meta, "title")].into_iter().map(text).find(|n| !n.is_empty());
    let (name, findings) = (quote(name.unwrap_or_default()), findings.into_sorted());
    Ok(Report { version, name, authors, licence, humanoid, expressions, size, findings })
}

fn check_version(version: &Version, findings: &mut Findings) {
    match version {
        Version::V0(_) => findings.push(Finding::new(
            Severity::Error,
            "version",
            "this is a VRM 0.x file, and conversion is not supported yet: export the avatar as VRM 1.0",
        )),
        Version::V1(spec) if spec != "1.0" => findings.push(Finding::new(
            Severity::Warning,
            "version",
            format!("`specVersion` is `{spec}`, not `1.0`: export the avatar as VRM 1.0"),
        )),
        Version::V1(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::vrm::test_files::{avatar, file, glb};
    use crate::vrm::{Allowed, MOUTH_SHAPES, StandIn};

    /// The report on the good avatar after a change.
    fn changed(change: impl FnOnce(&mut Value)) -> Report {
        let mut gltf = avatar();
        change(&mut gltf);
        check(&file(&gltf)).unwrap()
    }

    fn sentences(report: &Report, path: &str) -> Vec<(Severity, String)> {
        report.findings.iter().filter(|f| f.path == path).map(|f| (f.severity, f.sentence.clone())).collect()
    }

    #[test]
    fn a_good_avatar_has_no_findings() {
        let report = changed(|_| {});
        assert_eq!(report.findings, []);
        assert!(report.is_usable() && report.name == "Test");
        assert_eq!((report.size.triangles, report.size.vertices, report.size.morph_targets), (12, 24, 1));
        // 256 × 128 pixels of 4 bytes, and a third more for the smaller copies.
        assert_eq!(report.size.texture_bytes, 256 * 128 * 16 / 3);
        assert_eq!((report.expressions.present.len(), report.licence.redistribution), (18, Allowed::Yes));
    }

    #[test]
    fn missing_bones_are_named() {
        let report =
            changed(|g| drop(g["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["leftHand"].take()));
        assert_eq!(report.humanoid.missing, ["leftHand"]);
        assert!(sentences(&report, "humanoid")[0].1.contains("leftHand") && !report.is_usable());
    }

    #[test]
    fn bones_must_be_nodes_of_their_own_in_the_right_order() {
        let bones = |g: &mut Value, bone: &str, node: usize| {
            g["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"][bone]["node"] = json!(node);
        };
        let report = changed(|g| bones(g, "leftHand", 9999));
        assert!(sentences(&report, "humanoid.leftHand")[0].1.contains("9999"));
        let report = changed(|g| bones(g, "spine", 0));
        assert!(sentences(&report, "humanoid.spine").iter().any(|(_, s)| s.contains("same node as `hips`")));
        let report = changed(|g| bones(g, "head", 3));
        assert!(report.findings.iter().any(|f| f.sentence.contains("not below `spine`")));
    }

    #[test]
    fn what_stands_in_for_missing_expressions_is_said() {
        let report = changed(|g| {
            let preset = &mut g["extensions"]["VRMC_vrm"]["expressions"]["preset"];
            *preset = json!({
                "aa": preset["aa"], "blinkLeft": preset["blink"], "blinkRight": preset["blink"], "oh": {},
            });
        });
        assert_eq!(report.expressions.stand_ins["ih"], StandIn::Weaker("aa"));
        assert_eq!(report.expressions.stand_ins["oh"], StandIn::Weaker("aa"));
        assert_eq!(report.expressions.stand_ins["blink"], StandIn::BothEyes);
        assert_eq!(report.expressions.stand_ins["lookUp"], StandIn::EyeBones);
        assert!(report.is_usable());
        let report = changed(|g| drop(g["extensions"]["VRMC_vrm"]["expressions"].take()));
        assert!(MOUTH_SHAPES.iter().all(|m| report.expressions.stand_ins[m] == StandIn::Nothing));
        assert_eq!(sentences(&report, "expressions.aa")[0].0, Severity::Warning);
    }

    #[test]
    fn older_files_are_recognised() {
        let report = changed(|g| {
            g["extensions"] = json!({ "VRM": {
                "exporterVersion": "UniVRM-0.99",
                "meta": { "title": "Old", "author": "Somebody", "licenseName": "Redistribution_Prohibited" },
                "humanoid": { "humanBones": [{ "bone": "hips", "node": 0 }] },
                "blendShapeMaster": { "blendShapeGroups": [
                    { "presetName": "a", "binds": [{}] }, { "presetName": "Joy", "binds": [{}] },
                    { "presetName": "unknown", "name": "Wink", "binds": [{}] },
                ] },
            } });
        });
        assert_eq!(report.version, Version::V0("UniVRM-0.99".into()));
        assert!(
            sentences(&report, "version")[0].1.contains("conversion is not supported yet")
                && !report.is_usable()
        );
        assert!(report.expressions.present.contains("aa") && report.expressions.present.contains("happy"));
        assert!(report.expressions.custom.contains("Wink"));
        assert_eq!((report.name.as_str(), report.licence.redistribution), ("Old", Allowed::No));
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_words() {
        assert_eq!(check(&glb("{}", b"")), Err(VrmError::NotVrm));
        assert!(check(&glb("{\n \"a\": ]}", b"")).unwrap_err().to_string().contains("line 2"));
        assert!(check(&glb(&"[".repeat(100_000), b"")).is_err());
        assert!(check(b"RIFF").unwrap_err().to_string().contains("VRM 1.0"));
    }

    #[test]
    fn damage_and_unknown_packing_are_errors() {
        let draco = changed(|g| g["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]));
        assert!(!draco.is_usable());
        let far = changed(|g| g["bufferViews"][0]["byteLength"] = json!(u64::MAX));
        assert!(sentences(&far, "bufferViews[0]")[0].1.contains("reaches beyond") && !far.is_usable());
        let circle = changed(|g| {
            g["nodes"] = json!([{ "children": [1] }, { "children": [0] }]);
        });
        assert!(sentences(&circle, "nodes")[0].1.contains("ancestors"));
        let outside = changed(|g| g["images"][0] = json!({ "uri": "face.png" }));
        assert!(!outside.is_usable());
        let huge = changed(|g| g["accessors"][1]["count"] = json!(u64::MAX));
        assert!(huge.size.triangles > 70_000);
    }

    #[test]
    fn a_narrow_licence_is_a_warning() {
        let report = changed(|g| g["extensions"]["VRMC_vrm"]["meta"] = json!({ "name": "Test" }));
        assert_eq!(report.licence.redistribution, Allowed::Unsaid);
        for path in ["licence.use", "licence.commercial", "licence.redistribution", "licence", "authors"] {
            assert_eq!(sentences(&report, path)[0].0, Severity::Warning, "{path}");
        }
        assert!(report.is_usable());
    }

    #[test]
    fn a_file_of_faults_is_checked_in_time_and_reported_in_short() {
        // So many nodes that show so many triangles; so many pictures that are none.
        let report = changed(|g| {
            g["nodes"] = vec![json!({ "mesh": 0 }); 20_000].into();
            g["meshes"][0]["primitives"] = vec![json!({ "attributes": { "POSITION": 0 } }); 20_000].into();
            g["images"] = vec![json!({}); 20_000].into();
        });
        assert_eq!(report.size.triangles, 20_000 * 20_000 * 8);
        assert_eq!(report.size.vertices, 20_000 * 24);
        assert!(report.findings.len() < 200 && !report.is_usable());
        assert!(sentences(&report, "file")[0].1.contains("more of this kind"));
    }

    #[test]
    fn nothing_that_a_file_says_can_move_a_terminal() {
        let odd = format!("a\u{1b}[2J\n{}", "x".repeat(9_000));
        let report = changed(|g| {
            let vrm = &mut g["extensions"]["VRMC_vrm"];
            vrm["specVersion"] = json!(odd);
            vrm["meta"]["name"] = json!(odd);
            vrm["meta"]["authors"] = vec![json!(odd); 100].into();
            vrm["meta"]["licenseUrl"] = json!(odd);
            vrm["meta"]["otherLicenseUrl"] = json!(odd);
            vrm["meta"]["creditNotation"] = json!("required");
            vrm["expressions"]["preset"][&odd] = json!({});
            g["extensionsRequired"] = json!([odd]);
            g["nodes"][0]["children"] = json!([odd]);
        });
        let version = format!("{:?}", report.version);
        let said = [&report.name, &version, &report.licence.to_string(), &report.authors.concat()];
        let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        for text in said.into_iter().chain(&found) {
            assert!(!text.contains(char::is_control) && text.len() < 20_000, "{text}");
        }
    }

    /// Where in the tree of a JSON value, and what to put there.
    fn mutate(value: &mut Value, mut path: u64, new: &Value) {
        let length = match value {
            Value::Array(items) => items.len(),
            Value::Object(map) => map.len(),
            _ => 0,
        } as u64;
        if length == 0 || path.is_multiple_of(5) {
            *value = new.clone();
            return;
        }
        let at = (path % length) as usize;
        path = path.rotate_right(7).wrapping_mul(31);
        match value {
            Value::Array(items) => mutate(&mut items[at], path, new),
            Value::Object(map) => mutate(map.values_mut().nth(at).unwrap(), path, new),
            _ => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        /// A hostile file may lie about everything.
        #[test]
        fn no_avatar_can_harm(changes in proptest::collection::vec((any::<u64>(), 0usize..9), 1..6)) {
            let odd = [
                json!(null), json!(-1), json!(u64::MAX), json!(1e300), json!("text"), json!([]), json!({}), json!(0), json!([[0], {}]),
            ];
            let mut gltf = avatar();
            for (path, new) in changes {
                mutate(&mut gltf, path, &odd[new]);
            }
            let _ = check(&file(&gltf));
        }
    }
}
