//! Tests of the check.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::vrm::test_files::{avatar, avatar_v0, file, glb};
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
    let report = changed(|g| drop(g["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["leftHand"].take()));
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
fn a_file_of_0_x_is_checked_as_it_will_be_when_converted() {
    let mut gltf = avatar_v0();
    let report = check(&file(&gltf)).unwrap();
    assert_eq!((&report.version, report.name.as_str()), (&Version::V0("UniVRM-0.99".into()), "Old"));
    assert!(report.is_usable() && sentences(&report, "version")[0].1.contains("converted"));
    assert!(report.expressions.present.contains("aa") && report.expressions.present.contains("happy"));
    assert!(report.expressions.custom.contains("Wink"));
    assert_eq!(report.expressions.stand_ins["ih"], StandIn::Weaker("aa"));
    assert_eq!((report.licence.redistribution, report.licence.commercial), (Allowed::No, Allowed::Yes));
    assert!(sentences(&report, "licence.redistribution")[0].1.contains("may not be passed on"));
    assert!(report.humanoid.has("leftEye"));
    gltf["extensions"]["VRM"]["humanoid"]["humanBones"][0].take();
    let report = check(&file(&gltf)).unwrap();
    assert!(!report.is_usable() && report.humanoid.missing == ["hips"]);
}

#[test]
fn an_expression_that_only_changes_colours_moves_nothing_here() {
    let report = changed(|g| {
        let colours = json!([{ "material": 0, "type": "color", "targetValue": [1, 0, 0, 1] }]);
        g["extensions"]["VRMC_vrm"]["expressions"]["preset"]["sad"] =
            json!({ "materialColorBinds": colours });
    });
    assert!(!report.expressions.present.contains("sad"));
    assert!(sentences(&report, "expressions.sad")[0].1.contains("only colours"));
}

#[test]
fn what_cannot_be_mended_is_refused_with_its_reason() {
    let mut gltf = avatar();
    gltf["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["hips"].take();
    let why = prepare(&file(&gltf)).unwrap_err().to_string();
    assert!(why.contains("hips") && why.contains("cannot be used"), "{why}");
    let mut gltf = avatar();
    let count = gltf["nodes"].as_array().unwrap().len();
    let deep = (0..200).map(|n| if n < 199 { json!({ "children": [count + n + 1] }) } else { json!({}) });
    gltf["nodes"].as_array_mut().unwrap().extend(deep);
    let why = prepare(&file(&gltf)).unwrap_err().to_string();
    assert!(why.contains("below each other"), "{why}");
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

    /// A hostile file may lie about everything. What is called ready is ready: looked at again, nothing is left to mend.
    #[test]
    fn no_avatar_can_harm(
        changes in proptest::collection::vec((any::<u64>(), 0usize..9), 1..6), old in any::<bool>(),
    ) {
        let odd = [
            json!(null), json!(-1), json!(u64::MAX), json!(1e300), json!("text"), json!([]), json!({}), json!(0), json!([[0], {}]),
        ];
        let mut gltf = if old { avatar_v0() } else { avatar() };
        for (path, new) in changes {
            mutate(&mut gltf, path, &odd[new]);
        }
        if let Ok(ready) = prepare(&file(&gltf)) {
            let again = prepare(&ready.bytes).unwrap().report;
            prop_assert_eq!(again.expressions.present, ready.report.expressions.present);
            prop_assert_eq!(again.humanoid, ready.report.humanoid);
            let mended = ["nodes", "springs", "materials"];
            prop_assert!(again.findings.iter().all(|f| !mended.contains(&f.path.as_str())), "{:?}", again.findings);
        }
    }
}
