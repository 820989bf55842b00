//! Materials: MToon of 0.x, a list of Unity's properties, becomes `VRMC_materials_mtoon`. Colours are sRGB in 0.x and
//! linear in 1.0.

use serde_json::{Map, Value, json};

use crate::vrm::gltf::{field, index, item, items, items_mut, number, numbers, set, set_extension, text};

/// A colour's channel in linear light (IEC 61966-2-1); what is above 1 stays.
pub(super) fn linear(srgb: f64) -> f64 {
    match srgb {
        c if c <= 0.040_45 => c.max(0.0) / 12.92,
        c if c < 1.0 => ((c + 0.055) / 1.055).powf(2.4),
        c => c,
    }
}

/// Changes each material that has properties of MToon, or of a shader without light.
pub(super) fn convert(vrm: &Value, gltf: &mut Value) {
    let textures = items(field(gltf, "textures")).iter();
    let shown: Vec<bool> = textures.map(|t| item(gltf, "images", field(t, "source")).is_object()).collect();
    for (material, old) in
        items_mut(gltf, "materials").iter_mut().zip(items(field(vrm, "materialProperties")))
    {
        let old = Properties { old, shown: &shown };
        match text(field(old.old, "shader")) {
            "VRM/MToon" => old.toon(material),
            shader if shader.starts_with("VRM/Unlit") => {
                set_extension(material, "KHR_materials_unlit", json!({}));
                let alpha = match shader {
                    "VRM/UnlitCutout" => "MASK",
                    "VRM/UnlitTransparent" | "VRM/UnlitTransparentZWrite" => "BLEND",
                    _ => "OPAQUE",
                };
                set(material, "alphaMode", json!(alpha));
            }
            // Plain glTF, and shaders of others: what glTF says of it holds.
            _ => {}
        }
    }
}

struct Properties<'a> {
    old: &'a Value,
    /// Which textures have a picture.
    shown: &'a [bool],
}

impl Properties<'_> {
    fn number(&self, name: &str, default: f64) -> f64 {
        number(field(field(self.old, "floatProperties"), name)).unwrap_or(default)
    }

    /// Red, green, blue and alpha as they are in the file.
    fn raw(&self, name: &str, default: [f64; 4]) -> [f64; 4] {
        numbers(field(field(self.old, "vectorProperties"), name)).unwrap_or(default)
    }

    fn colour(&self, name: &str, default: [f64; 3]) -> [f64; 3] {
        let [r, g, b] = default;
        let [r, g, b, _] = self.raw(name, [r, g, b, 1.0]);
        [r, g, b].map(linear)
    }

    /// A picture, moved and scaled as the main one: in 0.x all follow that.
    fn picture(&self, name: &str) -> Option<Value> {
        let at = index(field(field(self.old, "textureProperties"), name))?;
        if !*self.shown.get(at)? {
            return None;
        }
        let [x, y, width, height] = self.raw("_MainTex", [0.0, 0.0, 1.0, 1.0]);
        if [x, y, width, height] == [0.0, 0.0, 1.0, 1.0] {
            return Some(json!({ "index": at }));
        }
        // The offset's y counts from below in 0.x, from above in 1.0.
        let moved = json!({ "offset": [x, 1.0 - height - y], "scale": [width, height] });
        Some(json!({ "index": at, "extensions": { "KHR_texture_transform": moved } }))
    }

    fn toon(&self, material: &mut Value) {
        self.base(material);
        let (shift, toony) = self.shading();
        let mode = self.number("_OutlineWidthMode", 0.0) as i64;
        let width = self.number("_OutlineWidth", 0.0).max(0.0);
        // Centimetres; or hundredths of half the picture's height.
        let (mode, width) = match mode {
            1 => ("worldCoordinates", width * 0.01),
            2 => ("screenCoordinates", width * 0.005),
            _ => ("none", 0.0),
        };
        let mixed = self.number("_OutlineColorMode", 0.0) as i64 == 1;
        let blend = self.number("_BlendMode", 0.0) as i64;
        let queue = number(field(self.old, "renderQueue")).unwrap_or(-1.0);
        let mut new = Map::new();
        let mut add = |name: &str, value: Value| drop(new.insert(name.to_owned(), value));
        add("specVersion", json!("1.0"));
        add("transparentWithZWrite", json!(blend == 3));
        add(
            "renderQueueOffsetNumber",
            json!(match blend {
                2 if queue >= 0.0 => (queue - 3_000.0).clamp(-9.0, 0.0) as i64,
                3 if queue >= 0.0 => (queue - 2_501.0).clamp(0.0, 9.0) as i64,
                _ => 0,
            }),
        );
        add("shadeColorFactor", json!(self.colour("_ShadeColor", [0.97, 0.81, 0.86])));
        add("shadingShiftFactor", json!(shift));
        add("shadingToonyFactor", json!(toony));
        add("giEqualizationFactor", json!(1.0 - self.number("_IndirectLightIntensity", 0.1).clamp(0.0, 1.0)));
        add("matcapFactor", json!([1.0, 1.0, 1.0]));
        add("parametricRimColorFactor", json!(self.colour("_RimColor", [0.0; 3])));
        add("parametricRimFresnelPowerFactor", json!(self.number("_RimFresnelPower", 1.0).max(0.0)));
        add("parametricRimLiftFactor", json!(self.number("_RimLift", 0.0)));
        add("rimLightingMixFactor", json!(self.number("_RimLightingMix", 0.0)));
        add("outlineWidthMode", json!(mode));
        add("outlineWidthFactor", json!(width));
        add("outlineColorFactor", json!(self.colour("_OutlineColor", [0.0; 3])));
        let mix = if mixed { self.number("_OutlineLightingMix", 1.0).clamp(0.0, 1.0) } else { 0.0 };
        add("outlineLightingMixFactor", json!(mix));
        add("uvAnimationScrollXSpeedFactor", json!(self.number("_UvAnimScrollX", 0.0)));
        add("uvAnimationScrollYSpeedFactor", json!(-self.number("_UvAnimScrollY", 0.0)));
        add("uvAnimationRotationSpeedFactor", json!(self.number("_UvAnimRotation", 0.0)));
        for (old, new) in [
            ("_ShadeTexture", "shadeMultiplyTexture"),
            ("_SphereAdd", "matcapTexture"),
            ("_RimTexture", "rimMultiplyTexture"),
            ("_OutlineWidthTexture", "outlineWidthMultiplyTexture"),
            ("_UvAnimMaskTexture", "uvAnimationMaskTexture"),
        ] {
            if let Some(picture) = self.picture(old) {
                add(new, picture);
            }
        }
        set_extension(material, "VRMC_materials_mtoon", Value::Object(new));
    }

    /// Where light ends, and how hard: 0.x gives the border's place and hardness, 1.0 its middle and width.
    fn shading(&self) -> (f64, f64) {
        let from = self.number("_ShadeShift", 0.0).clamp(-1.0, 1.0);
        let to = 1.0 + (from - 1.0) * self.number("_ShadeToony", 0.9).clamp(0.0, 1.0);
        (((to + from) * -0.5).clamp(-1.0, 1.0), ((2.0 - (to - from)) * 0.5).clamp(0.0, 1.0))
    }

    /// What 1.0 leaves to glTF.
    fn base(&self, material: &mut Value) {
        let [r, g, b, alpha] = self.raw("_Color", [1.0; 4]);
        let mut plain = Map::new();
        plain.insert(
            "baseColorFactor".into(),
            json!([linear(r), linear(g), linear(b), alpha].map(|c| c.clamp(0.0, 1.0))),
        );
        plain.insert("metallicFactor".into(), json!(0.0));
        plain.insert("roughnessFactor".into(), json!(0.9));
        if let Some(picture) = self.picture("_MainTex") {
            plain.insert("baseColorTexture".into(), picture);
        }
        set(material, "pbrMetallicRoughness", Value::Object(plain));
        if let Some(mut picture) = self.picture("_BumpMap") {
            set(&mut picture, "scale", json!(self.number("_BumpScale", 1.0)));
            set(material, "normalTexture", picture);
        }
        // Brighter than white: what is above 1 is strength, and the rest is a colour.
        let [r, g, b, _] = self.raw("_EmissionColor", [0.0, 0.0, 0.0, 1.0]);
        let strength = r.max(g).max(b).max(1.0);
        set(material, "emissiveFactor", json!([r, g, b].map(|c| linear(c / strength).clamp(0.0, 1.0))));
        if strength > 1.0 {
            set_extension(
                material,
                "KHR_materials_emissive_strength",
                json!({ "emissiveStrength": strength }),
            );
        }
        if let Some(picture) = self.picture("_EmissionMap") {
            set(material, "emissiveTexture", picture);
        }
        let alpha = match self.number("_BlendMode", 0.0) as i64 {
            1 => "MASK",
            2 | 3 => "BLEND",
            _ => "OPAQUE",
        };
        set(material, "alphaMode", json!(alpha));
        if alpha == "MASK" {
            set(material, "alphaCutoff", json!(self.number("_Cutoff", 0.5).clamp(0.0, 1.0)));
        }
        // Unity's 2 hides the back; glTF cannot hide the front.
        set(material, "doubleSided", json!(self.number("_CullMode", 2.0) as i64 != 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(old: Value) -> Value {
        let textures = vec![json!({ "source": 0 }); 9];
        let mut gltf = json!({ "materials": [{ "name": "m" }], "textures": textures, "images": [{}] });
        convert(&json!({ "materialProperties": [old] }), &mut gltf);
        gltf["materials"][0].take()
    }

    fn near(value: &Value, wanted: &[f64]) {
        let is: Vec<f64> = items(value).iter().map(|n| n.as_f64().unwrap()).collect();
        assert!(
            is.len() == wanted.len() && is.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.01),
            "{is:?} {wanted:?}"
        );
    }

    /// Numbers of a material that one program wrote in both formats. It reckons sRGB as a power of 2.2.
    #[test]
    fn a_material_is_what_its_maker_writes_in_1_0() {
        let new = converted(json!({
            "shader": "VRM/MToon",
            "floatProperties": {
                "_BlendMode": 1, "_CullMode": 1, "_Cutoff": 0.25, "_ShadeShift": -0.375, "_ShadeToony": 0.636_363_636,
                "_IndirectLightIntensity": 0.875, "_OutlineWidth": 6.25, "_OutlineWidthMode": 1, "_OutlineColorMode": 1,
                "_OutlineLightingMix": 0.5, "_UvAnimScrollX": 0.125, "_UvAnimScrollY": 0.125, "_RimLift": 4.0,
                "_BumpScale": 0.8,
            },
            "textureProperties": { "_MainTex": 3, "_BumpMap": 4, "_SphereAdd": 6, "_RimTexture": 99 },
            "vectorProperties": {
                "_Color": [0.5325, 0.0, 0.0, 0.5], "_MainTex": [-0.125, -0.125, 1.5, 1.0],
                "_EmissionColor": [1.25, 0.0, 0.6656, 1], "_ShadeColor": [1.0, 0.7297, 1.0, 1],
            },
        }));
        let toon = &new["extensions"]["VRMC_materials_mtoon"];
        let number = |name: &str| json!([toon[name]]);
        near(&number("shadingToonyFactor"), &[0.75]);
        near(&number("shadingShiftFactor"), &[0.125]);
        near(&number("giEqualizationFactor"), &[0.125]);
        near(&number("outlineWidthFactor"), &[0.0625]);
        near(&number("uvAnimationScrollYSpeedFactor"), &[-0.125]);
        near(&toon["shadeColorFactor"], &[1.0, 0.5, 1.0]);
        assert_eq!(
            (&toon["outlineWidthMode"], &toon["outlineLightingMixFactor"]),
            (&json!("worldCoordinates"), &json!(0.5))
        );
        assert!(toon["rimMultiplyTexture"].is_null() && toon["matcapTexture"]["index"] == 6);
        near(&new["pbrMetallicRoughness"]["baseColorFactor"], &[0.25, 0.0, 0.0, 0.5]);
        let picture = &new["pbrMetallicRoughness"]["baseColorTexture"];
        near(&picture["extensions"]["KHR_texture_transform"]["offset"], &[-0.125, 0.125]);
        near(&picture["extensions"]["KHR_texture_transform"]["scale"], &[1.5, 1.0]);
        near(&new["emissiveFactor"], &[1.0, 0.0, 0.25]);
        assert_eq!(new["extensions"]["KHR_materials_emissive_strength"]["emissiveStrength"], 1.25);
        assert_eq!(
            (&new["alphaMode"], &new["alphaCutoff"], &new["doubleSided"]),
            (&json!("MASK"), &json!(0.25), &json!(true))
        );
        assert_eq!(new["normalTexture"]["scale"], 0.8);
    }

    #[test]
    fn a_border_at_one_side_stays_there() {
        let toon = |float: Value| {
            converted(json!({ "shader": "VRM/MToon", "floatProperties": float, "renderQueue": 2550 }))
        };
        let hard = toon(json!({ "_ShadeShift": 0.5, "_ShadeToony": 1.0 }));
        assert_eq!(hard["extensions"]["VRMC_materials_mtoon"]["shadingShiftFactor"], -0.5);
        assert_eq!(hard["extensions"]["VRMC_materials_mtoon"]["shadingToonyFactor"], 1.0);
        let seen = toon(json!({ "_BlendMode": 3, "_OutlineWidthMode": 2, "_OutlineWidth": 2.5 }));
        let seen = &seen["extensions"]["VRMC_materials_mtoon"];
        assert_eq!(
            (&seen["outlineWidthFactor"], &seen["transparentWithZWrite"]),
            (&json!(0.0125), &json!(true))
        );
        assert_eq!(seen["renderQueueOffsetNumber"], 9);
    }

    #[test]
    fn other_shaders_keep_what_gltf_says() {
        assert_eq!(converted(json!({ "shader": "VRM_USE_GLTFSHADER" })), json!({ "name": "m" }));
        let flat = converted(json!({ "shader": "VRM/UnlitCutout" }));
        assert!(flat["extensions"]["KHR_materials_unlit"].is_object() && flat["alphaMode"] == "MASK");
    }
}
