//! Recorded movements: VRMA files (glTF with `VRMC_vrm_animation` 1.0), as turns of bones over time.
//!
//! What the avatar does with them is decided elsewhere; here is what the file says, checked and bounded.

use serde_json::Value;

use super::finding::Findings;
use super::glb::{Glb, GlbError};
use super::gltf::{check_buffers, field, index, item, items, numbers, parents, text, view};

/// The largest file, in bytes.
pub const CLIP_MAX_BYTES: usize = 16 << 20;
/// The longest movement, in seconds: the avatar is not to dance for minutes while a visitor waits.
pub const CLIP_MAX_S: f32 = 60.0;
/// The most moments of one bone: a minute at 120 a second.
const MOMENTS_MAX: usize = 7_200;

/// A recorded movement.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// How long it takes.
    pub seconds: f32,
    /// The bones that are moved, each once.
    pub tracks: Vec<Track>,
    /// The hips' way from where they are at rest, in metres in the file's axes, at times in seconds.
    pub hips: Vec<(f32, [f32; 3])>,
    /// How high the hips of the recorded body are at rest, in metres.
    pub hips_height: f32,
}

/// One bone's turns. Turns are quaternions: x, y, z, w.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// VRM's name of the bone.
    pub bone: String,
    /// Its parent's turn in the model, at rest.
    pub parent_rest: [f32; 4],
    /// Its own turn in its parent, at rest.
    pub rest: [f32; 4],
    /// Its turn in its parent, at times in seconds.
    pub turns: Vec<(f32, [f32; 4])>,
}

/// Why a file is no movement that can be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClipError {
    #[error(transparent)]
    Glb(#[from] GlbError),
    #[error("it has {0} bytes, more than the {CLIP_MAX_BYTES} allowed: export fewer moments")]
    TooLarge(usize),
    #[error("its JSON cannot be read ({0}): export the movement again")]
    Json(String),
    #[error("it is no VRM animation: it has no `VRMC_vrm_animation`. Export it as VRMA 1.0")]
    NotClip,
    #[error("{0}")]
    Damaged(String),
    #[error("it moves no bone of a body: name the bones when you export it")]
    NoBones,
    #[error("it takes {0:.0} seconds, more than the {CLIP_MAX_S:.0} allowed: cut it")]
    TooLong(f32),
}

/// Reads a movement.
///
/// # Errors
/// [`ClipError`].
pub fn recording(bytes: &[u8]) -> Result<Recording, ClipError> {
    if bytes.len() > CLIP_MAX_BYTES {
        return Err(ClipError::TooLarge(bytes.len()));
    }
    let glb = Glb::parse(bytes)?;
    let gltf: Value = serde_json::from_slice(glb.json).map_err(|why| ClipError::Json(why.to_string()))?;
    let extension = field(field(&gltf, "extensions"), "VRMC_vrm_animation");
    let bones = field(field(extension, "humanoid"), "humanBones").as_object();
    let Some(bones) = bones else { return Err(ClipError::NotClip) };
    let mut findings = Findings::default();
    let parents = parents(&gltf, &mut findings);
    check_buffers(&gltf, glb.binary, &mut findings);
    if let Some(first) = findings.into_sorted().first() {
        return Err(ClipError::Damaged(first.to_string()));
    }
    let mut recording = Recording { seconds: 0.0, tracks: Vec::new(), hips: Vec::new(), hips_height: 0.0 };
    let animation = items(field(&gltf, "animations")).first().unwrap_or(&Value::Null);
    for channel in items(field(animation, "channels")) {
        let target = field(channel, "target");
        let Some(node) = index(field(target, "node")) else { continue };
        let bone = bones.iter().find(|(_, bone)| index(field(bone, "node")) == Some(node));
        let Some((bone, _)) = bone else { continue };
        let sampler = index(field(channel, "sampler"))
            .and_then(|n| items(field(animation, "samplers")).get(n))
            .unwrap_or(&Value::Null);
        let whose = || format!("the movement of `{bone}`");
        match text(field(target, "path")) {
            "rotation" if recording.tracks.iter().all(|track| track.bone != *bone) => {
                let turns = moments::<4>(&gltf, glb.binary, sampler).map_err(|why| damaged(&whose(), why))?;
                let turns: Vec<_> = turns.into_iter().map(|(t, turn)| (t, unit(turn))).collect();
                recording.tracks.push(Track {
                    bone: bone.clone(),
                    parent_rest: turn_of(&gltf, &parents, parents.get(node).copied().flatten()),
                    rest: rest(&gltf, node),
                    turns,
                });
            }
            "translation" if bone == "hips" && recording.hips.is_empty() => {
                let from = numbers(field(item_at(&gltf, node), "translation")).map_or([0.0; 3], single);
                recording.hips_height = from.iter().fold(0.0_f32, |most, at| most.max(at.abs()));
                let way = moments::<3>(&gltf, glb.binary, sampler).map_err(|why| damaged(&whose(), why))?;
                let away = |at: [f32; 3]| std::array::from_fn(|n| minus(at, from, n));
                recording.hips = way.into_iter().map(|(t, at)| (t, away(at))).collect();
            }
            _ => {}
        }
    }
    let ends = recording.tracks.iter().filter_map(|track| track.turns.last()).map(|(t, _)| *t);
    recording.seconds = ends.fold(0.0, f32::max);
    match recording.seconds {
        _ if recording.tracks.is_empty() => Err(ClipError::NoBones),
        seconds if seconds > CLIP_MAX_S => Err(ClipError::TooLong(seconds)),
        _ => Ok(recording),
    }
}

fn damaged(whose: &str, why: &str) -> ClipError {
    ClipError::Damaged(format!("{whose} {why}: export the movement again"))
}

/// Times and values of a sampler. Of curves only the points are taken.
fn moments<const N: usize>(
    gltf: &Value,
    binary: &[u8],
    sampler: &Value,
) -> Result<Vec<(f32, [f32; N])>, &'static str> {
    let times = floats(gltf, binary, field(sampler, "input"), "SCALAR")?;
    let kind = if N == 4 { "VEC4" } else { "VEC3" };
    let values = floats(gltf, binary, field(sampler, "output"), kind)?;
    // A curve has a tangent before and behind each value.
    let curve = text(field(sampler, "interpolation")) == "CUBICSPLINE";
    let (each, skip) = if curve { (3 * N, N) } else { (N, 0) };
    if times.is_empty() || times.len() > MOMENTS_MAX {
        return Err("has no moments, or too many");
    }
    if values.len() != times.len() * each {
        return Err("has not as many values as times");
    }
    if times.first().is_some_and(|t| *t < 0.0) || times.windows(2).any(|pair| pair.first() > pair.last()) {
        return Err("has times that do not go on");
    }
    let value = |group: &[f32]| std::array::from_fn(|n| group.get(skip + n).copied().unwrap_or_default());
    Ok(times.into_iter().zip(values.chunks(each).map(value)).collect())
}

/// The numbers of an accessor of this kind: 32-bit ones, or 16- and 8-bit parts of 1.
fn floats(gltf: &Value, binary: &[u8], at: &Value, kind: &str) -> Result<Vec<f32>, &'static str> {
    const OUTSIDE: &str = "lies outside of the file";
    let accessor = item(gltf, "accessors", at);
    if text(field(accessor, "type")) != kind {
        return Err("is not what it is said to be");
    }
    let parts = match kind {
        "SCALAR" => 1,
        "VEC3" => 3,
        _ => 4,
    };
    let count =
        index(field(accessor, "count")).filter(|n| *n <= 3 * MOMENTS_MAX).ok_or("has too many moments")?;
    let bytes = view(gltf, binary, field(accessor, "bufferView")).ok_or(OUTSIDE)?;
    let bytes = bytes.get(index(field(accessor, "byteOffset")).unwrap_or(0)..).ok_or(OUTSIDE)?;
    let numbers: Vec<f32> = match field(accessor, "componentType").as_u64() {
        Some(5126) => read(bytes, |[a, b, c, d]: [u8; 4]| f32::from_le_bytes([a, b, c, d])),
        Some(5122) => read(bytes, |pair: [u8; 2]| (f32::from(i16::from_le_bytes(pair)) / 32_767.0).max(-1.0)),
        Some(5123) => read(bytes, |pair: [u8; 2]| f32::from(u16::from_le_bytes(pair)) / 65_535.0),
        Some(5120) => read(bytes, |[a]: [u8; 1]| (f32::from(i8::from_le_bytes([a])) / 127.0).max(-1.0)),
        Some(5121) => read(bytes, |[a]: [u8; 1]| f32::from(a) / 255.0),
        _ => return Err("has numbers of an unknown kind"),
    };
    let numbers = numbers.get(..count * parts).ok_or(OUTSIDE)?;
    if numbers.iter().all(|n| n.is_finite() && n.abs() < 1e4) {
        Ok(numbers.to_vec())
    } else {
        Err("has no usable numbers")
    }
}

fn read<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(number).collect()
}

fn item_at(gltf: &Value, node: usize) -> &Value {
    items(field(gltf, "nodes")).get(node).unwrap_or(&Value::Null)
}

/// A node's own turn at rest.
fn rest(gltf: &Value, node: usize) -> [f32; 4] {
    numbers(field(item_at(gltf, node), "rotation")).map_or([0.0, 0.0, 0.0, 1.0], |turn| unit(single(turn)))
}

/// A node's turn in the model at rest: its own and those of all above it.
fn turn_of(gltf: &Value, parents: &[Option<usize>], mut node: Option<usize>) -> [f32; 4] {
    let mut sum = [0.0, 0.0, 0.0, 1.0];
    // `parents` has found that this ends.
    while let Some(at) = node {
        sum = times(rest(gltf, at), sum);
        node = parents.get(at).copied().flatten();
    }
    unit(sum)
}

/// One turn after another.
fn times([ax, ay, az, aw]: [f32; 4], [bx, by, bz, bw]: [f32; 4]) -> [f32; 4] {
    [
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    ]
}

fn unit(turn: [f32; 4]) -> [f32; 4] {
    let length = turn.iter().map(|n| n * n).sum::<f32>().sqrt();
    if length > 1e-6 { turn.map(|n| n / length) } else { [0.0, 0.0, 0.0, 1.0] }
}

fn single<const N: usize>(numbers: [f64; N]) -> [f32; N] {
    numbers.map(|n| n as f32)
}

fn minus(a: [f32; 3], b: [f32; 3], n: usize) -> f32 {
    a.get(n).copied().unwrap_or_default() - b.get(n).copied().unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::super::glb::pack;
    use super::*;

    /// A file in which a head turns about y by so much within a second.
    pub(crate) fn nod(seconds: f32, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let numbers = [0.0, seconds, 0.0, 0.0, 0.0, 1.0, 0.0, half, 0.0, half, 0.0, 1.0, 0.0, 0.0, 1.5, 0.0];
        let binary: Vec<u8> = numbers.iter().flat_map(|n: &f32| n.to_le_bytes()).collect();
        let mut gltf = json!({
            "asset": { "version": "2.0" },
            "extensions": { "VRMC_vrm_animation": { "specVersion": "1.0", "humanoid": { "humanBones": {
                "hips": { "node": 1 }, "head": { "node": 2 } } } } },
            "nodes": [
                { "name": "root", "rotation": [half, 0.0, 0.0, half], "children": [1] },
                { "name": "h", "translation": [0.0, 1.0, 0.0], "rotation": [half, 0.0, 0.0, half], "children": [2] },
                { "name": "x" },
            ],
            "buffers": [{ "byteLength": binary.len() }],
            "bufferViews": [
                { "buffer": 0, "byteLength": 8 },
                { "buffer": 0, "byteOffset": 8, "byteLength": 32 },
                { "buffer": 0, "byteOffset": 40, "byteLength": 24 },
            ],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "count": 2, "type": "SCALAR" },
                { "bufferView": 1, "componentType": 5126, "count": 2, "type": "VEC4" },
                { "bufferView": 2, "componentType": 5126, "count": 2, "type": "VEC3" },
            ],
            "animations": [{
                "channels": [
                    { "sampler": 0, "target": { "node": 2, "path": "rotation" } },
                    { "sampler": 1, "target": { "node": 1, "path": "translation" } },
                ],
                "samplers": [{ "input": 0, "output": 1 }, { "input": 0, "output": 2 }],
            }],
        });
        change(&mut gltf);
        pack(gltf.to_string().as_bytes(), &binary).unwrap()
    }

    #[test]
    fn a_movement_is_read_with_its_bones_at_rest() {
        let read = recording(&nod(1.5, |_| {})).unwrap();
        assert_eq!((read.seconds, read.tracks.len(), read.hips_height), (1.5, 1, 1.0));
        let track = &read.tracks[0];
        assert_eq!((track.bone.as_str(), track.rest), ("head", [0.0, 0.0, 0.0, 1.0]));
        // Twice a quarter turn about x.
        assert!((track.parent_rest[0].abs() - 1.0).abs() < 1e-5, "{:?}", track.parent_rest);
        assert!((track.turns[1].1[1] - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
        assert_eq!(read.hips, [(0.0, [0.0; 3]), (1.5, [0.0, 0.5, 0.0])]);
    }

    #[test]
    fn what_is_no_movement_is_refused_in_words() {
        type Change = fn(&mut Value);
        let cases: [(Change, &str); 7] = [
            (|g| g["extensions"] = json!({}), "VRMC_vrm_animation"),
            (|g| g["animations"] = json!([]), "moves no bone"),
            (|g| g["accessors"][0]["count"] = json!(3), "outside"),
            (|g| g["accessors"][1]["count"] = json!(1), "as many values"),
            (|g| g["bufferViews"][1]["byteLength"] = json!(9_000), "reaches beyond"),
            (|g| g["nodes"][2]["children"] = json!([0]), "own ancestors"),
            (|g| g["accessors"][1]["componentType"] = json!(5125), "unknown kind"),
        ];
        for (change, wanted) in cases {
            let why = recording(&nod(1.0, change)).unwrap_err().to_string();
            assert!(why.contains(wanted), "{why}: not {wanted}");
        }
        assert!(matches!(recording(&nod(61.0, |_| {})), Err(ClipError::TooLong(_))));
        assert!(matches!(recording(b"nothing"), Err(ClipError::Glb(GlbError::NotGlb))));
    }
}
