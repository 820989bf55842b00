//! Where the eyes can look.

use serde_json::{Value, json};

use crate::vrm::gltf::{field, number, text};

/// `VRMC_vrm.lookAt` for `VRM.firstPerson`.
pub(super) fn convert(vrm: &Value) -> Option<Value> {
    let old = field(vrm, "firstPerson");
    if !old.is_object() {
        return None;
    }
    let by_expression = text(field(old, "lookAtTypeName")) == "BlendShape";
    let output = if by_expression { 1.0 } else { 10.0 };
    let range = |name: &str| {
        let map = field(old, name);
        json!({
            "inputMaxValue": number(field(map, "xRange")).unwrap_or(90.0),
            "outputScale": number(field(map, "yRange")).unwrap_or(output),
        })
    };
    let offset = |axis: &str| number(field(field(old, "firstPersonBoneOffset"), axis)).unwrap_or(0.0);
    Some(json!({
        "type": if by_expression { "expression" } else { "bone" },
        // In 0.x it is given in Unity's axes, whose z is opposite.
        "offsetFromHeadBone": [offset("x"), offset("y"), -offset("z")],
        "rangeMapHorizontalInner": range("lookAtHorizontalInner"),
        "rangeMapHorizontalOuter": range("lookAtHorizontalOuter"),
        "rangeMapVerticalDown": range("lookAtVerticalDown"),
        "rangeMapVerticalUp": range("lookAtVerticalUp"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_keep_their_numbers_and_the_offset_turns() {
        let new = convert(&json!({ "firstPerson": {
            "firstPersonBoneOffset": { "x": 0.01, "y": 0.06, "z": 0.02 },
            "lookAtTypeName": "BlendShape", "lookAtHorizontalInner": { "xRange": 60.0, "yRange": 0.8 },
        } }));
        let new = new.unwrap();
        assert_eq!(new["offsetFromHeadBone"], json!([0.01, 0.06, -0.02]));
        assert_eq!(new["rangeMapHorizontalInner"], json!({ "inputMaxValue": 60.0, "outputScale": 0.8 }));
        assert_eq!(new["rangeMapVerticalUp"], json!({ "inputMaxValue": 90.0, "outputScale": 1.0 }));
        assert_eq!(new["type"], "expression");
        let bone = convert(&json!({ "firstPerson": { "lookAtTypeName": "Bone" } })).unwrap();
        assert_eq!(
            (&bone["type"], &bone["rangeMapVerticalUp"]["outputScale"]),
            (&json!("bone"), &json!(10.0))
        );
        assert_eq!(convert(&json!({})), None);
    }
}
