//! Rights and names. Where 0.x does not say, what is narrower holds.

use serde_json::{Value, json};

use crate::vrm::gltf::{field, index, item, text};

/// VRM's own licence, which goes by the fields beside it.
const VRM_LICENCE: &str = "https://vrm.dev/licenses/1.0/";

/// `VRMC_vrm.meta` for `VRM.meta`.
pub(super) fn convert(vrm: &Value, gltf: &Value) -> Value {
    let old = field(vrm, "meta");
    let said = |name: &str| Some(text(field(old, name)).trim()).filter(|t| !t.is_empty());
    let allows = |name: &str| text(field(old, name)) == "Allow";
    let licence = text(field(old, "licenseName"));
    let commons = licence.starts_with("CC");
    let open = matches!(licence, "CC0" | "CC_BY" | "CC_BY_NC" | "CC_BY_SA" | "CC_BY_NC_SA");
    let url = match licence {
        "CC0" => "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC_BY" => "https://creativecommons.org/licenses/by/4.0/",
        "CC_BY_NC" => "https://creativecommons.org/licenses/by-nc/4.0/",
        "CC_BY_SA" => "https://creativecommons.org/licenses/by-sa/4.0/",
        "CC_BY_NC_SA" => "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "CC_BY_ND" => "https://creativecommons.org/licenses/by-nd/4.0/",
        "CC_BY_NC_ND" => "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        _ => VRM_LICENCE,
    };
    let picture = index(field(item(gltf, "textures", field(old, "texture")), "source"));
    json!({
        "name": said("title").unwrap_or("avatar"),
        "version": said("version"),
        "authors": [said("author").unwrap_or("unknown")],
        "contactInformation": said("contactInformation"),
        "references": said("reference").map(|r| [r]),
        "licenseUrl": url,
        "otherLicenseUrl": said("otherLicenseUrl").or(said("otherPermissionUrl")),
        "thumbnailImage": picture,
        "avatarPermission": match text(field(old, "allowedUserName")) {
            "Everyone" => "everyone",
            "ExplicitlyLicensedPerson" => "onlySeparatelyLicensedPerson",
            _ => "onlyAuthor",
        },
        "commercialUsage": if allows("commercialUssageName") && !licence.contains("_NC") {
            "corporation"
        } else {
            "personalNonProfit"
        },
        "allowExcessivelyViolentUsage": allows("violentUssageName"),
        "allowExcessivelySexualUsage": allows("sexualUssageName"),
        "allowPoliticalOrReligiousUsage": false,
        "allowAntisocialOrHateUsage": false,
        "allowRedistribution": commons,
        "modification": if open { "allowModificationRedistribution" } else { "prohibited" },
        "creditNotation": if licence == "CC0" { "unnecessary" } else { "required" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_never_wider_than_before() {
        let of = |licence: &str, commercial: &str| {
            let meta = json!({
                "title": "T", "author": "A", "licenseName": licence, "commercialUssageName": commercial,
                "allowedUserName": "ExplicitlyLicensedPerson", "violentUssageName": "Disallow", "texture": 1,
            });
            convert(&json!({ "meta": meta }), &json!({ "textures": [{ "source": 4 }, { "source": 2 }] }))
        };
        let closed = of("Redistribution_Prohibited", "Disallow");
        assert_eq!(
            (&closed["allowRedistribution"], &closed["modification"]),
            (&json!(false), &json!("prohibited"))
        );
        assert_eq!(
            (&closed["commercialUsage"], &closed["licenseUrl"]),
            (&json!("personalNonProfit"), &json!(VRM_LICENCE))
        );
        assert_eq!(
            (&closed["name"], &closed["authors"], &closed["thumbnailImage"]),
            (&json!("T"), &json!(["A"]), &json!(2))
        );
        assert_eq!(closed["avatarPermission"], "onlySeparatelyLicensedPerson");
        assert_eq!(of("CC_BY_NC", "Allow")["commercialUsage"], "personalNonProfit");
        let free = of("CC0", "Allow");
        assert_eq!(
            (&free["allowRedistribution"], &free["creditNotation"]),
            (&json!(true), &json!("unnecessary"))
        );
        assert_eq!(
            (&free["commercialUsage"], &of("Other", "Allow")["allowRedistribution"]),
            (&json!("corporation"), &json!(false))
        );
        assert_eq!(of("CC_BY_ND", "Allow")["modification"], "prohibited");
    }
}
