//! `VRMC_vrm`, written anew: each field is there, and of the type that it must have.

use serde_json::{Map, Value, json};

use crate::vrm::PRESETS;
use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, items, number, numbers, set_extension, text};
use crate::vrm::humanoid::Humanoid;

/// The most shapes that one expression moves.
const BINDS_MAX: usize = 2_000;
/// The most authors that are kept.
const AUTHORS_MAX: usize = 32;

pub(super) fn mend(gltf: &mut Value, humanoid: &Humanoid, findings: &mut Findings) {
    let old = field(field(gltf, "extensions"), "VRMC_vrm");
    let nodes = items(field(gltf, "nodes")).len();
    let bones = humanoid.bones.iter().filter(|(_, node)| **node < nodes);
    let bones: Map<String, Value> = bones.map(|(b, node)| (b.clone(), json!({ "node": node }))).collect();
    let mut new = Map::new();
    new.insert("specVersion".into(), json!("1.0"));
    new.insert("meta".into(), meta(field(old, "meta")));
    new.insert("humanoid".into(), json!({ "humanBones": bones }));
    let presets = presets(field(old, "expressions"), gltf, findings);
    if let Some(look_at) = look_at(field(old, "lookAt"), &presets, humanoid) {
        new.insert("lookAt".into(), look_at);
    }
    new.insert("expressions".into(), json!({ "preset": presets }));
    set_extension(gltf, "VRMC_vrm", Value::Object(new));
}

fn meta(old: &Value) -> Value {
    let mut new = Map::new();
    for name in [
        "allowAntisocialOrHateUsage",
        "allowExcessivelySexualUsage",
        "allowExcessivelyViolentUsage",
        "allowPoliticalOrReligiousUsage",
        "allowRedistribution",
    ] {
        new.insert(name.into(), json!(field(old, name).as_bool().unwrap_or(false)));
    }
    let authors = items(field(old, "authors")).iter().filter_map(Value::as_str).take(AUTHORS_MAX);
    new.insert("authors".into(), json!(authors.collect::<Vec<_>>()));
    for name in [
        "avatarPermission",
        "commercialUsage",
        "contactInformation",
        "copyrightInformation",
        "creditNotation",
        "licenseUrl",
        "modification",
        "name",
        "otherLicenseUrl",
        "thirdPartyLicenses",
        "version",
    ] {
        if let Some(said) = field(old, name).as_str() {
            new.insert(name.into(), json!(said));
        }
    }
    Value::Object(new)
}

/// The presets that move something. Those of the avatar's own are not used here.
fn presets(old: &Value, gltf: &Value, findings: &mut Findings) -> Map<String, Value> {
    // How many shapes the mesh of a node has.
    let shapes = |node: usize| {
        let node = items(field(gltf, "nodes")).get(node)?;
        let mesh = items(field(gltf, "meshes")).get(index(field(node, "mesh"))?)?;
        items(field(mesh, "primitives")).iter().map(|p| items(field(p, "targets")).len()).max()
    };
    let mut new = Map::new();
    let mut lost = 0;
    for (name, preset) in field(old, "preset").as_object().into_iter().flatten() {
        if !PRESETS.contains(&name.as_str()) {
            continue;
        }
        let given = items(field(preset, "morphTargetBinds"));
        let binds = given.iter().take(BINDS_MAX).filter_map(|bind| {
            let (node, at) = (index(field(bind, "node"))?, index(field(bind, "index"))?);
            let weight = number(field(bind, "weight")).unwrap_or(1.0).clamp(0.0, 1.0);
            (at < shapes(node)?).then(|| json!({ "node": node, "index": at, "weight": weight }))
        });
        let binds: Vec<Value> = binds.collect();
        lost += given.len() - binds.len();
        if binds.is_empty() {
            continue;
        }
        let rule = |of: &str| match text(field(preset, of)) {
            known @ ("block" | "blend") => json!(known),
            _ => json!("none"),
        };
        let preset = json!({
            "isBinary": field(preset, "isBinary").as_bool().unwrap_or(false),
            "morphTargetBinds": binds,
            "overrideBlink": rule("overrideBlink"),
            "overrideLookAt": rule("overrideLookAt"),
            "overrideMouth": rule("overrideMouth"),
        });
        new.insert(name.clone(), preset);
    }
    if lost > 0 {
        let sentence = format!("{lost} shapes that expressions name are not there: export the avatar again");
        findings.push(Finding::new(Severity::Warning, "expressions", sentence));
    }
    new
}

fn look_at(old: &Value, presets: &Map<String, Value>, humanoid: &Humanoid) -> Option<Value> {
    if !old.is_object() {
        return None;
    }
    let range = |name: &str| {
        let map = field(old, name);
        json!({
            "inputMaxValue": number(field(map, "inputMaxValue")).filter(|n| *n > 0.0).unwrap_or(90.0),
            "outputScale": number(field(map, "outputScale")).unwrap_or(10.0),
        })
    };
    // Where the expressions of looking are missing, bones of eyes stand in.
    let has_looks = ["lookUp", "lookDown", "lookLeft", "lookRight"].iter().any(|l| presets.contains_key(*l));
    let has_eyes = humanoid.has("leftEye") && humanoid.has("rightEye");
    let by_expression = text(field(old, "type")) == "expression" && (has_looks || !has_eyes);
    Some(json!({
        "type": if by_expression { "expression" } else { "bone" },
        "offsetFromHeadBone": numbers::<3>(field(old, "offsetFromHeadBone")).unwrap_or([0.0; 3]),
        "rangeMapHorizontalInner": range("rangeMapHorizontalInner"),
        "rangeMapHorizontalOuter": range("rangeMapHorizontalOuter"),
        "rangeMapVerticalDown": range("rangeMapVerticalDown"),
        "rangeMapVerticalUp": range("rangeMapVerticalUp"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrm::test_files::avatar;

    fn mended(change: impl FnOnce(&mut Value)) -> (Value, usize) {
        let mut gltf = avatar();
        change(&mut gltf["extensions"]["VRMC_vrm"]);
        let humanoid = Humanoid::of_v1(&gltf["extensions"]["VRMC_vrm"]);
        let mut findings = Findings::default();
        mend(&mut gltf, &humanoid, &mut findings);
        (gltf["extensions"]["VRMC_vrm"].take(), findings.into_sorted().len())
    }

    #[test]
    fn what_the_engine_insists_on_is_there() {
        let (vrm, findings) = mended(|vrm| {
            vrm["meta"] = json!({ "name": 7, "authors": ["A", 8] });
            vrm["specVersion"] = json!(1);
            vrm["lookAt"] = json!({ "type": "nose" });
            vrm["humanoid"]["humanBones"]["tail"] = json!({ "node": "x" });
            vrm["firstPerson"] = json!({ "meshAnnotations": [{}] });
            let aa = vrm["expressions"]["preset"]["aa"].as_object_mut().unwrap();
            aa.insert("isBinary".into(), json!("yes"));
        });
        assert_eq!(
            (&vrm["meta"]["allowRedistribution"], &vrm["meta"]["authors"]),
            (&json!(false), &json!(["A"]))
        );
        assert!(vrm["meta"]["name"].is_null() && vrm["firstPerson"].is_null());
        assert_eq!((&vrm["specVersion"], &vrm["lookAt"]["type"]), (&json!("1.0"), &json!("bone")));
        assert_eq!(
            vrm["lookAt"]["rangeMapVerticalUp"],
            json!({ "inputMaxValue": 90.0, "outputScale": 10.0 })
        );
        assert!(vrm["humanoid"]["humanBones"]["tail"].is_null());
        let aa = &vrm["expressions"]["preset"]["aa"];
        assert_eq!((&aa["isBinary"], &aa["overrideMouth"]), (&json!(false), &json!("none")));
        assert_eq!(findings, 0);
    }

    #[test]
    fn shapes_that_are_not_there_are_not_moved() {
        let (vrm, findings) = mended(|vrm| {
            let presets = &mut vrm["expressions"]["preset"];
            presets["aa"]["morphTargetBinds"][0]["index"] = json!(1);
            presets["ih"]["morphTargetBinds"][0]["node"] = json!(0);
            presets["happy"]["morphTargetBinds"][0]["weight"] = json!(1e30);
        });
        let presets = &vrm["expressions"]["preset"];
        assert!(presets["aa"].is_null() && presets["ih"].is_null() && presets["ou"].is_object());
        assert_eq!((&presets["happy"]["morphTargetBinds"][0]["weight"], findings), (&json!(1.0), 1));
    }

    #[test]
    fn eyes_are_turned_by_bones_where_no_expression_does_it() {
        let looks = ["lookUp", "lookDown", "lookLeft", "lookRight"];
        let by = |gone: bool| {
            mended(|vrm| {
                vrm["lookAt"] = json!({ "type": "expression" });
                for look in looks.iter().filter(|_| gone) {
                    vrm["expressions"]["preset"][look].take();
                }
            })
            .0["lookAt"]["type"]
                .take()
        };
        assert_eq!((by(false), by(true)), (json!("expression"), json!("bone")));
    }
}
