//! The first inputs of each target, made from the program's own files, and its dictionary: words that the fuzzer puts in.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use avatardesk::conversation::{ConversationId, Time};
use avatardesk::protocol::{VoiceFrame, VoiceHead};
use serde_json::{Map, Value, json};

use crate::ROOT;
use crate::checks::avatar::glb;

/// Longer files are no good seeds.
const SEED_MAX_BYTES: usize = 8 * 1024;
/// The most words of a dictionary: those that come most often.
const WORDS_MAX: usize = 800;

/// Writes `FOLDER/TARGET/…` and `FOLDER/TARGET.dict`.
pub fn write(folder: &Path) -> io::Result<()> {
    put(folder, "frame", frames()?)?;
    put(folder, "scene", files(&["scenes", "tests/data/scenes/valid", "tests/data/scenes/invalid"], "ron")?)?;
    put(folder, "article", files(&["assets/knowledge/en", "assets/knowledge/zh"], "md")?)?;
    put(folder, "avatar", avatars())?;
    put(folder, "settings", SETTINGS.iter().map(|s| s.as_bytes().to_vec()).collect())?;
    let ordinary = ["tests/data/redact/ordinary-en.txt", "tests/data/redact/ordinary-zh.txt"];
    put(folder, "redact", lines(&ordinary, 7)?.into_iter().chain(secrets()).collect())?;
    put(
        folder,
        "question",
        lines(&["assets/evaluation/questions-en.toml", "assets/evaluation/questions-zh.toml"], 9)?,
    )
}

fn put(folder: &Path, target: &str, seeds: Vec<Vec<u8>>) -> io::Result<()> {
    let into = folder.join(target);
    fs::create_dir_all(&into)?;
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for (n, seed) in seeds.iter().filter(|s| s.len() <= SEED_MAX_BYTES).enumerate() {
        fs::write(into.join(format!("seed-{n:03}")), seed)?;
        let text = String::from_utf8_lossy(seed);
        let letters = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        for word in text.split(letters).filter(|w| (2..=40).contains(&w.len())) {
            *words.entry(word.to_owned()).or_default() += 1;
        }
    }
    let mut dict = String::new();
    let mut words: Vec<(String, usize)> = words.into_iter().collect();
    words.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    for (word, _) in words.iter().take(WORDS_MAX) {
        // Writing to a string cannot fail.
        let _ = writeln!(dict, "\"{word}\"");
    }
    fs::write(folder.join(format!("{target}.dict")), dict)
}

/// The examples of `docs/protocol.md`.
fn frames() -> io::Result<Vec<Vec<u8>>> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/protocol.md"))?;
    let blocks = text.split("```json").skip(1).filter_map(|block| {
        let (_, rest) = block.split_once('\n')?;
        let (example, _) = rest.split_once("\n```")?;
        Some(example.as_bytes().to_vec())
    });
    Ok(blocks.chain([voice()]).collect())
}

/// A frame of a voice.
fn voice() -> Vec<u8> {
    let conversation = ConversationId::new(Time(1), 1);
    let head = VoiceHead { conversation, stream: 7, seq: 258, time_ms: 5_160, first: true, last: false };
    VoiceFrame { head, sound: vec![0xf8, 0xff, 0xfe] }.bytes()
}

fn files(folders: &[&str], ending: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(Path::new(ROOT).join(folder))? {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == ending));
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// Some lines of text files, without the marks around them.
fn lines(paths: &[&str], each: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(Path::new(ROOT).join(path))?;
        let marks = |c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']');
        let lines = text.lines().map(|l| l.trim_matches(marks)).filter(|l| !l.is_empty());
        found.extend(lines.step_by(each).map(|l| l.as_bytes().to_vec()));
    }
    Ok(found)
}

/// Secrets of each kind, none of them anybody's, and the marks.
fn secrets() -> Vec<Vec<u8>> {
    let texts = [
        "my seed phrase is legal winner thank year wave sausage worth useful legal winner thank yellow",
        "my first word is abandon\u{1}ability\u{1}able",
        "abandon ability able about above absent",
        "the private key is 4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----",
        "card 4532 0151 1283 0366 cvv 123, valid until 12/27",
        "four five three two oh one five one one two eight three oh three six six",
        "my password is hunter2, the pin is 4711",
        "your code is 482913",
        "social security number 078-05-1120",
        "我的助记词是 耗 虚 垫 摘 腐 的 一 是 在 不 了 有",
        "卡号是 4532015112830366，验证码 482913",
        "身份证号 11010519491231002X",
        "密码是 hunter2",
        "[seed phrase removed] and ［助记词已移除］ [rest removed]",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

const SETTINGS: [&str; 4] = [
    "",
    "data = \"/var/lib/avatardesk\"\nassets = \"assets\"\nscene = \"scenes/helpdesk.ron\"\ndesk = \"help\"\nrelay = \"ws://127.0.0.1:7400/ws\"\n\
     offline = true\nlog = \"debug\"\n\n[speech]\nmodel = \"embedded\"\n\n[devices]\nmicrophone = \"USB\"\nloudspeaker = \"HDMI\"\n",
    "relay = \"wss://desk.example:7400/ws\"\ninvite = \"04106-1050R-3GG28-AM6GT\"\n\n[access]\nenrol = true\ntls = false\n\
     certificate = \"/etc/ssl/desk.pem\"\nkey = \"/etc/ssl/desk.key\"\norigins = [\"https://desk.example\"]\n",
    "relay = \"ws://me:hunter22@[::1]:7400/ws\"\nlog = \"loud\"\n",
];

/// Avatars of both versions, as JSON, a zero byte and a picture, and one as a whole file.
fn avatars() -> Vec<Vec<u8>> {
    let (png, jpeg) = pictures();
    let (v1, v0) = (avatar_v1(png.len()).to_string(), avatar_v0(jpeg.len()).to_string());
    let parts = |json: &str, picture: &[u8]| [json.as_bytes(), b"\0", picture].concat();
    vec![parts(&v1, &png), parts(&v0, &jpeg), glb(v1.as_bytes(), &png), parts("{}", b"")]
}

/// The beginnings of a PNG and of a JPEG picture, as far as their sizes.
fn pictures() -> (Vec<u8>, Vec<u8>) {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 1, 0, 0, 0, 0, 128, 8, 6, 0, 0, 0]);
    let jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 0, 10, 0, 20, 3];
    (png, jpeg)
}

const BONES: [&str; 18] = [
    "hips",
    "spine",
    "head",
    "leftUpperLeg",
    "leftLowerLeg",
    "leftFoot",
    "rightUpperLeg",
    "rightLowerLeg",
    "rightFoot",
    "leftUpperArm",
    "leftLowerArm",
    "leftHand",
    "rightUpperArm",
    "rightLowerArm",
    "rightHand",
    "jaw",
    "leftEye",
    "rightEye",
];

/// The common part: a skeleton, one mesh, one picture.
fn model(picture: usize) -> Value {
    // Each bone is below the one before it.
    let nodes = (1..=BONES.len()).map(|n| json!({ "children": [n] })).chain([json!({ "mesh": 0 })]);
    json!({
        "nodes": nodes.collect::<Vec<_>>(),
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "mode": 4, "targets": [{}] }] }],
        "materials": [{ "name": "m" }],
        "textures": [{ "source": 0 }],
        // The picture's bytes are as good as any for one corner of many triangles.
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 1 },
            { "bufferView": 0, "componentType": 5121, "type": "SCALAR", "count": 6 },
        ],
        "images": [{ "bufferView": 0 }],
        "buffers": [{ "byteLength": picture }],
        "bufferViews": [{ "buffer": 0, "byteOffset": 0, "byteLength": picture }],
        "extensionsRequired": ["KHR_materials_unlit"],
    })
}

fn avatar_v1(picture: usize) -> Value {
    let bones: Map<String, Value> =
        BONES.iter().enumerate().map(|(n, b)| ((*b).to_owned(), json!({ "node": n }))).collect();
    let bind = json!({ "morphTargetBinds": [{ "node": 18, "index": 0 }] });
    let mut gltf = model(picture);
    if let Some(file) = gltf.as_object_mut() {
        let vrm = json!({
            "specVersion": "1.0",
            "meta": {
                "name": "Test", "authors": ["avatardesk"], "licenseUrl": "https://vrm.dev/licenses/1.0/",
                "avatarPermission": "everyone", "commercialUsage": "corporation", "allowRedistribution": true,
                "modification": "allowModification", "creditNotation": "required", "otherLicenseUrl": "x",
            },
            "humanoid": { "humanBones": bones },
            "expressions": {
                "preset": { "aa": bind, "blinkLeft": bind, "blinkRight": bind, "happy": bind }, "custom": { "wink": {} },
            },
        });
        let springs = json!({
            "specVersion": "1.0", "colliders": [{ "node": 2, "shape": { "sphere": { "offset": [0, 0, 0], "radius": 1 } } }],
            "colliderGroups": [{ "colliders": [0] }],
            "springs": [{ "joints": [{ "node": 15 }, { "node": 16 }], "colliderGroups": [0], "center": 0 }],
        });
        file.insert("extensions".into(), json!({ "VRMC_vrm": vrm, "VRMC_springBone": springs }));
        let toon = json!({ "specVersion": "1.0", "shadeColorFactor": [1, 1, 1], "matcapTexture": { "index": 0 } });
        file.insert("materials".into(), json!([{ "extensions": { "VRMC_materials_mtoon": toon } }]));
    }
    gltf
}

fn avatar_v0(picture: usize) -> Value {
    let bones: Vec<Value> = BONES.iter().enumerate().map(|(n, b)| json!({ "bone": b, "node": n })).collect();
    let mut gltf = model(picture);
    if let Some(file) = gltf.as_object_mut() {
        let vrm = json!({
            "exporterVersion": "UniVRM-0.99",
            "meta": {
                "title": "Old", "author": "Somebody", "licenseName": "CC_BY", "allowedUserName": "Everyone",
                "commercialUssageName": "Allow", "otherPermissionUrl": "x",
            },
            "humanoid": { "humanBones": bones },
            "blendShapeMaster": { "blendShapeGroups": [
                { "presetName": "a", "binds": [{ "mesh": 0, "index": 0, "weight": 100 }] },
                { "presetName": "unknown", "name": "Wink", "materialValues": [{
                    "materialName": "m", "propertyName": "_Color", "targetValue": [1, 1, 1, 1],
                }] },
            ] },
            "firstPerson": { "lookAtTypeName": "Bone", "firstPersonBoneOffset": { "x": 0, "y": 0, "z": 0 } },
            "secondaryAnimation": {
                "boneGroups": [{ "bones": [15], "stiffiness": 1, "gravityDir": { "x": 0, "y": -1, "z": 0 }, "colliderGroups": [0] }],
                "colliderGroups": [{ "node": 2, "colliders": [{ "offset": { "x": 0, "y": 0, "z": 0 }, "radius": 1 }] }],
            },
            "materialProperties": [{
                "shader": "VRM/MToon", "floatProperties": { "_BlendMode": 1 }, "textureProperties": { "_MainTex": 0 },
                "vectorProperties": { "_Color": [1, 1, 1, 1], "_MainTex": [0, 0, 1, 1] },
            }],
        });
        file.insert("extensions".into(), json!({ "VRM": vrm }));
    }
    gltf
}
