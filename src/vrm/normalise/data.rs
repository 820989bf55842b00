//! Numbers of the body and pictures: where they lie in the file, and how much memory they become.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::vrm::finding::{Finding, Findings, Severity};
use crate::vrm::gltf::{field, index, item, items, items_mut, set, text, view};
use crate::vrm::size::dimensions;

/// The most memory that shapes become, in bytes: a body of 70 000 corners with a hundred shapes is a third of it.
const DECODED_MAX_BYTES: u64 = 1 << 30;
/// The most memory that pictures become, in bytes: a hundred of 2048 pixels a side are that many.
const PICTURES_MAX_BYTES: u64 = 2 << 30;
/// One corner in one shape as the engine keeps it: three vectors with their padding.
const SHAPE_BYTES: u64 = 48;

/// Takes out parts without corners or triangles, which some programs write, and says of each picture what it is.
pub(super) fn mend(gltf: &mut Value, binary: &[u8]) {
    let counts = items(field(gltf, "accessors")).iter().map(|a| field(a, "count").as_u64());
    let empty: Vec<bool> = counts.map(|count| count == Some(0)).collect();
    let is_empty = |at: &Value| index(at).is_some_and(|n| empty.get(n) == Some(&true));
    for mesh in items_mut(gltf, "meshes") {
        if let Some(parts) = mesh.get_mut("primitives").and_then(Value::as_array_mut) {
            parts.retain(|p| {
                !is_empty(field(field(p, "attributes"), "POSITION")) && !is_empty(field(p, "indices"))
            });
        }
    }
    let kinds = items(field(gltf, "images")).iter().map(|image| {
        let png =
            view(gltf, binary, field(image, "bufferView")).is_some_and(|bytes| bytes.starts_with(b"\x89PNG"));
        if png { "image/png" } else { "image/jpeg" }
    });
    let kinds: Vec<&str> = kinds.collect();
    for (image, kind) in items_mut(gltf, "images").iter_mut().zip(kinds) {
        set(image, "mimeType", json!(kind));
    }
}

/// The accessors that something refers to.
fn used(gltf: &Value) -> BTreeSet<usize> {
    let parts = || items(field(gltf, "meshes")).iter().flat_map(|mesh| items(field(mesh, "primitives")));
    let targets = parts().flat_map(|part| items(field(part, "targets")));
    let lists = parts().map(|part| field(part, "attributes")).chain(targets);
    let named = lists.filter_map(Value::as_object).flat_map(|list| list.values());
    let indices = parts().map(|part| field(part, "indices"));
    let skins = items(field(gltf, "skins")).iter().map(|skin| field(skin, "inverseBindMatrices"));
    named.chain(indices).chain(skins).filter_map(index).collect()
}

/// Every accessor lies in the file, every list of a mesh has as many items as it has corners, and all together fit.
pub(super) fn check(gltf: &Value, binary: &[u8], findings: &mut Findings) {
    let mut error = |path: String, sentence: String| {
        findings.push(Finding::new(Severity::Error, path, sentence));
    };
    for n in used(gltf) {
        if let Err(why) = lies_in_the_file(gltf, binary, item(gltf, "accessors", &json!(n))) {
            error(format!("accessors[{n}]"), format!("{why}: the file is damaged, export the avatar again"));
        }
    }
    let mut bytes = 0_u64;
    for (n, mesh) in items(field(gltf, "meshes")).iter().enumerate() {
        let shapes = items(field(mesh, "weights")).len();
        for (m, primitive) in items(field(mesh, "primitives")).iter().enumerate() {
            match memory(gltf, primitive, shapes) {
                Ok(more) => bytes = bytes.saturating_add(more),
                Err(why) => {
                    error(format!("meshes[{n}].primitives[{m}]"), format!("{why}: export the avatar again"))
                }
            }
        }
    }
    if bytes > DECODED_MAX_BYTES {
        let (mib, most) = (bytes >> 20, DECODED_MAX_BYTES >> 20);
        error(
            "meshes".into(),
            format!("the body needs {mib} MiB of memory, more than the {most} allowed: use fewer triangles"),
        );
    }
    let mut pictures = 0_u64;
    for (n, texture) in items(field(gltf, "textures")).iter().enumerate() {
        let image = item(gltf, "images", field(texture, "source"));
        match view(gltf, binary, field(image, "bufferView")).and_then(dimensions) {
            Some((width, height)) => {
                let pixels = u64::from(width).saturating_mul(u64::from(height));
                pictures = pictures.saturating_add(pixels.saturating_mul(4));
            }
            None => {
                error(format!("textures[{n}]"), "has no PNG or JPEG picture: export the avatar again".into())
            }
        }
    }
    if pictures > PICTURES_MAX_BYTES {
        let (mib, most) = (pictures >> 20, PICTURES_MAX_BYTES >> 20);
        error(
            "textures".into(),
            format!("the pictures need {mib} MiB of memory, more than the {most} allowed: make them smaller"),
        );
    }
    if items(field(gltf, "skins")).iter().any(|skin| !is_skin(gltf, skin)) {
        error(
            "skins".into(),
            "a skin has not one matrix for each of its joints: export the avatar again".into(),
        );
    }
}

/// How many numbers an item has, and how many bytes each.
fn layout(accessor: &Value) -> Option<(u64, u64)> {
    let numbers = match text(field(accessor, "type")) {
        "SCALAR" => 1,
        "VEC2" => 2,
        "VEC3" => 3,
        "VEC4" | "MAT2" => 4,
        "MAT3" => 9,
        "MAT4" => 16,
        _ => return None,
    };
    Some((numbers, width(field(accessor, "componentType"))?))
}

fn width(component: &Value) -> Option<u64> {
    match component.as_u64()? {
        5120 | 5121 => Some(1),
        5122 | 5123 => Some(2),
        5125 | 5126 => Some(4),
        _ => None,
    }
}

fn lies_in_the_file(gltf: &Value, binary: &[u8], accessor: &Value) -> Result<(), &'static str> {
    let (numbers, width_of_one) = layout(accessor).ok_or("has no type that is known")?;
    let count = field(accessor, "count").as_u64().filter(|c| *c > 0).ok_or("has no items")?;
    let room = |at: &Value| view(gltf, binary, at).map(|bytes| bytes.len() as u64);
    let (at, sparse) = (field(accessor, "bufferView"), field(accessor, "sparse"));
    if at.is_null() && sparse.is_null() {
        return Err("has no data");
    }
    if !at.is_null() {
        let item_bytes = numbers * width_of_one;
        let stride =
            field(item(gltf, "bufferViews", at), "byteStride").as_u64().unwrap_or(item_bytes).max(item_bytes);
        let offset = field(accessor, "byteOffset").as_u64().unwrap_or(0);
        let end = stride
            .checked_mul(count - 1)
            .and_then(|n| n.checked_add(item_bytes))
            .and_then(|n| n.checked_add(offset));
        if end.is_none_or(|end| room(at).is_none_or(|room| end > room)) {
            return Err("reaches beyond its data");
        }
    }
    if !sparse.is_null() {
        let (indices, values) = (field(sparse, "indices"), field(sparse, "values"));
        let changed = field(sparse, "count")
            .as_u64()
            .filter(|c| *c <= count)
            .ok_or("changes more items than it has")?;
        let width_of_index = width(field(indices, "componentType")).ok_or("has no type that is known")?;
        for (of, bytes) in [(indices, width_of_index), (values, numbers * width_of_one)] {
            let offset = field(of, "byteOffset").as_u64().unwrap_or(0);
            let end = changed.checked_mul(bytes).and_then(|n| n.checked_add(offset));
            if end.is_none_or(|end| room(field(of, "bufferView")).is_none_or(|room| end > room)) {
                return Err("reaches beyond its data");
            }
        }
    }
    Ok(())
}

/// The memory that a part of a mesh becomes, in bytes.
fn memory(gltf: &Value, primitive: &Value, shapes: usize) -> Result<u64, String> {
    let accessor = |at: &Value| item(gltf, "accessors", at);
    let count = |at: &Value| field(accessor(at), "count").as_u64();
    let attributes = field(primitive, "attributes");
    let position = field(attributes, "POSITION");
    if text(field(accessor(position), "type")) != "VEC3" || field(accessor(position), "componentType") != 5126
    {
        return Err("there are no places of its corners".into());
    }
    let corners = count(position).unwrap_or(0);
    let mut bytes = 0_u64;
    let mut lists = 0_u64;
    for (name, at) in attributes.as_object().into_iter().flatten() {
        if count(at) != Some(corners) {
            return Err(format!("`{name}` is not there for each of its {corners} corners"));
        }
        lists += 1;
    }
    bytes = bytes.saturating_add(corners.saturating_mul(16).saturating_mul(lists));
    if !field(primitive, "indices").is_null() {
        let indices = accessor(field(primitive, "indices"));
        let whole = matches!(field(indices, "componentType").as_u64(), Some(5121 | 5123 | 5125));
        if text(field(indices, "type")) != "SCALAR" || !whole {
            return Err("its triangles have no corners".into());
        }
        bytes = bytes.saturating_add(count(field(primitive, "indices")).unwrap_or(0).saturating_mul(4));
    }
    let targets = items(field(primitive, "targets"));
    if !targets.is_empty() && targets.len() != shapes {
        return Err(format!("it has {} shapes where another part of the mesh has {shapes}", targets.len()));
    }
    for target in targets {
        for (name, at) in
            target.as_object().into_iter().flatten().filter(|(name, _)| KNOWN.contains(&name.as_str()))
        {
            let of = accessor(at);
            if count(at) != Some(corners)
                || text(field(of, "type")) != "VEC3"
                || field(of, "componentType") != 5126
            {
                return Err(format!("`{name}` of a shape is not there for each of its {corners} corners"));
            }
        }
        bytes = bytes.saturating_add(corners.saturating_mul(SHAPE_BYTES));
    }
    Ok(bytes)
}

/// What a shape can change.
const KNOWN: [&str; 3] = ["POSITION", "NORMAL", "TANGENT"];

fn is_skin(gltf: &Value, skin: &Value) -> bool {
    let joints = items(field(skin, "joints"));
    let nodes = items(field(gltf, "nodes")).len();
    let at = field(skin, "inverseBindMatrices");
    let matrices = item(gltf, "accessors", at);
    let matched = at.is_null()
        || (text(field(matrices, "type")) == "MAT4"
            && field(matrices, "componentType") == 5126
            && field(matrices, "count").as_u64().is_some_and(|n| n >= joints.len() as u64));
    matched && !joints.is_empty() && joints.iter().all(|j| index(j).is_some_and(|n| n < nodes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrm::test_files::{BINARY_BYTES, avatar};
    use serde_json::json;

    fn errors(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut gltf = avatar();
        gltf["meshes"][0]["weights"] = json!([0.0]);
        change(&mut gltf);
        let mut findings = Findings::default();
        check(&gltf, &[0; BINARY_BYTES], &mut findings);
        findings.into_sorted().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_body_is_as_it_must_be() {
        assert_eq!(errors(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn numbers_lie_in_the_file() {
        let says = |change: fn(&mut Value), what: &str| {
            let errors = errors(change);
            assert!(errors.iter().any(|e| e.contains(what)), "{what}: {errors:?}");
        };
        says(|g| g["accessors"][0]["count"] = json!(25), "reaches beyond its data");
        says(|g| g["accessors"][0]["count"] = json!(u64::MAX), "reaches beyond its data");
        says(|g| g["accessors"][0]["byteOffset"] = json!(4), "reaches beyond its data");
        says(|g| g["accessors"][0]["bufferView"] = json!(99), "reaches beyond its data");
        says(|g| drop(g["accessors"][0]["bufferView"].take()), "has no data");
        says(|g| g["accessors"][0]["type"] = json!("VEC9"), "no type that is known");
        says(|g| g["accessors"][0]["sparse"] = json!({ "count": 99 }), "more items than it has");
        says(
            |g| {
                let far = json!({ "bufferView": 99, "componentType": 5123 });
                g["accessors"][0]["sparse"] = json!({ "count": 1, "indices": far, "values": far });
            },
            "reaches beyond",
        );
    }

    #[test]
    fn lists_of_a_mesh_have_the_same_length() {
        let says = |change: fn(&mut Value), what: &str| {
            let errors = errors(change);
            assert!(errors.iter().any(|e| e.contains(what)), "{what}: {errors:?}");
        };
        says(|g| g["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(1), "`NORMAL` is not there");
        says(|g| g["meshes"][0]["primitives"][0]["attributes"] = json!({}), "no places of its corners");
        says(|g| g["meshes"][0]["primitives"][0]["indices"] = json!(0), "no corners");
        says(|g| g["meshes"][0]["primitives"][0]["targets"][0]["POSITION"] = json!(1), "of a shape");
        says(|g| g["meshes"][0]["weights"] = json!([0, 0]), "it has 1 shapes");
        says(|g| g["skins"] = json!([{ "joints": [0, 1], "inverseBindMatrices": 0 }]), "a skin");
        says(|g| g["skins"] = json!([{ "joints": [999] }]), "a skin");
    }

    #[test]
    fn parts_without_triangles_are_taken_out_and_pictures_named() {
        let mut gltf = avatar();
        let empty = json!({ "attributes": { "POSITION": 0 }, "indices": 2 });
        gltf["accessors"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "count": 0, "type": "SCALAR", "componentType": 5123 }));
        gltf["meshes"][0]["primitives"].as_array_mut().unwrap().push(empty);
        gltf["images"][0]["mimeType"].take();
        mend(&mut gltf, b"\x89PNG, and so on: as many bytes as the picture has.");
        assert_eq!(gltf["meshes"][0]["primitives"].as_array().unwrap().len(), 1);
        assert_eq!(gltf["images"][0]["mimeType"], "image/png");
    }

    #[test]
    fn textures_have_pictures_that_fit() {
        let none = errors(|g| g["textures"] = json!([{}]));
        assert!(none[0].contains("textures[0]: has no PNG"), "{none:?}");
        let mut gltf = avatar();
        gltf["textures"] = vec![json!({ "source": 0 }); 20_000].into();
        let mut findings = Findings::default();
        // 256 × 128 pixels, 20 000 times.
        check(&gltf, &crate::vrm::test_files::png(256, 128), &mut findings);
        assert!(findings.into_sorted().iter().any(|f| f.sentence.starts_with("the pictures need 2500 MiB")));
    }

    #[test]
    fn a_small_file_cannot_become_a_huge_body() {
        let errors = errors(|g| {
            // Twenty million places that are all the same but one.
            let (at, to) = (json!({ "bufferView": 2, "componentType": 5123 }), json!({ "bufferView": 1 }));
            g["accessors"][0]["bufferView"].take();
            g["accessors"][0]["sparse"] = json!({ "count": 1, "indices": at, "values": to });
            g["accessors"][0]["count"] = json!(20_000_000);
        });
        assert!(errors.iter().any(|e| e.contains("MiB of memory")), "{errors:?}");
    }
}
