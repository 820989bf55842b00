//! `VRMC_materials_mtoon`, written anew: the engine reads it whole or not at all.

use serde_json::{Map, Value, json};

use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, items, items_mut, number, numbers, set_extension, text, unset};

const NAME: &str = "VRMC_materials_mtoon";
/// Numbers, and what the format says of them where they are missing.
const NUMBERS: [(&str, f64); 12] = [
    ("renderQueueOffsetNumber", 0.0),
    ("shadingShiftFactor", 0.0),
    ("shadingToonyFactor", 0.9),
    ("giEqualizationFactor", 0.9),
    ("parametricRimFresnelPowerFactor", 5.0),
    ("parametricRimLiftFactor", 0.0),
    ("rimLightingMixFactor", 1.0),
    ("outlineWidthFactor", 0.0),
    ("outlineLightingMixFactor", 1.0),
    ("uvAnimationScrollXSpeedFactor", 0.0),
    ("uvAnimationScrollYSpeedFactor", 0.0),
    ("uvAnimationRotationSpeedFactor", 0.0),
];
/// Colours, likewise.
const COLOURS: [(&str, f64); 4] = [
    ("shadeColorFactor", 0.0),
    ("matcapFactor", 1.0),
    ("parametricRimColorFactor", 0.0),
    ("outlineColorFactor", 0.0),
];
const PICTURES: [&str; 6] = [
    "shadeMultiplyTexture",
    "shadingShiftTexture",
    "matcapTexture",
    "rimMultiplyTexture",
    "outlineWidthMultiplyTexture",
    "uvAnimationMaskTexture",
];

pub(super) fn mend(gltf: &mut Value, findings: &mut Findings) {
    let textures = items(field(gltf, "textures")).len();
    let mut odd = 0;
    for material in items_mut(gltf, "materials") {
        let old = field(field(material, "extensions"), NAME);
        if old.is_object() {
            let new = toon(old, textures);
            set_extension(material, NAME, new);
        } else if !old.is_null()
            && let Some(extensions) = material.get_mut("extensions")
        {
            unset(extensions, NAME);
            odd += 1;
        }
    }
    if odd > 0 {
        let sentence = format!("{odd} materials have a damaged `{NAME}`: they are drawn as plain ones");
        findings.push(Finding::new(Severity::Warning, "materials", sentence));
    }
}

fn toon(old: &Value, textures: usize) -> Value {
    let mut new = Map::new();
    new.insert("specVersion".into(), json!("1.0"));
    for (name, default) in NUMBERS {
        new.insert(name.into(), json!(number(field(old, name)).unwrap_or(default)));
    }
    for (name, default) in COLOURS {
        let colour = numbers::<3>(field(old, name)).unwrap_or([default; 3]);
        new.insert(name.into(), json!(colour.map(|c| c.max(0.0))));
    }
    let mode = match text(field(old, "outlineWidthMode")) {
        known @ ("worldCoordinates" | "screenCoordinates") => known,
        _ => "none",
    };
    new.insert("outlineWidthMode".into(), json!(mode));
    let writes = field(old, "transparentWithZWrite").as_bool().unwrap_or(false);
    new.insert("transparentWithZWrite".into(), json!(writes));
    for name in PICTURES {
        let given = field(old, name);
        let Some(at) = index(field(given, "index")).filter(|at| *at < textures) else { continue };
        let moved = field(field(given, "extensions"), "KHR_texture_transform");
        let pair = |of: &str, default: f64| numbers::<2>(field(moved, of)).unwrap_or([default; 2]);
        let picture = json!({
            "index": at,
            "texCoord": index(field(given, "texCoord")).unwrap_or(0),
            "scale": number(field(given, "scale")).unwrap_or(1.0),
            "extensions": { "KHR_texture_transform": { "offset": pair("offset", 0.0), "scale": pair("scale", 1.0) } },
        });
        new.insert(name.into(), picture);
    }
    Value::Object(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(toon: Value) -> (Value, usize) {
        let mut gltf = json!({ "materials": [{ "extensions": { NAME: toon } }], "textures": [{}, {}] });
        let mut findings = Findings::default();
        mend(&mut gltf, &mut findings);
        (gltf["materials"][0]["extensions"][NAME].take(), findings.into_sorted().len())
    }

    #[test]
    fn every_field_that_the_engine_insists_on_is_there() {
        let (new, _) = mended(
            json!({ "shadeColorFactor": [0.5, 0.25, 1], "outlineWidthMode": "odd", "matcapFactor": [1] }),
        );
        assert_eq!(
            (&new["shadeColorFactor"], &new["matcapFactor"]),
            (&json!([0.5, 0.25, 1.0]), &json!([1.0, 1.0, 1.0]))
        );
        assert_eq!((&new["outlineWidthMode"], &new["specVersion"]), (&json!("none"), &json!("1.0")));
        assert!(NUMBERS.iter().all(|(name, default)| new[name] == *default));
        assert!(
            COLOURS.iter().all(|(name, _)| new[name].is_array()) && new["transparentWithZWrite"] == false
        );
    }

    #[test]
    fn pictures_are_of_this_file_and_have_their_place() {
        let (new, _) =
            mended(json!({ "shadeMultiplyTexture": { "index": 1 }, "matcapTexture": { "index": 2 } }));
        let place = json!({ "KHR_texture_transform": { "offset": [0.0, 0.0], "scale": [1.0, 1.0] } });
        assert_eq!(
            (&new["shadeMultiplyTexture"]["extensions"], &new["matcapTexture"]),
            (&place, &json!(null))
        );
    }

    #[test]
    fn a_damaged_material_is_a_plain_one() {
        assert_eq!(mended(json!(7)), (json!(null), 1));
    }
}
