//! Rules of the house that the compiler does not know: layers, dependencies, words that have no place here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each module with its rank. A module may use modules of a lower rank only.
///
/// L0 has an inner order; L1 and above have none, except where a pair stands in `ALSO`.
const RANKS: &[(&str, u32)] = &[
    // L0
    ("quote", 0),
    ("input_method", 0),
    ("reply", 0),
    ("performance", 1),
    ("redact", 1),
    ("vrm", 1),
    ("conversation", 2),
    ("access", 3),
    ("config", 3),
    ("scene", 3),
    ("texts", 3),
    ("routing", 3),
    ("protocol", 4),
    ("visit", 5),
    // L1
    ("log", 10),
    ("knowledge", 10),
    ("speech", 10),
    ("models", 10),
    // L2
    ("stage", 20),
    ("relay", 20),
    ("client", 20),
    // L3
    ("kiosk", 30),
    ("console", 30),
    ("bot", 30),
    // L4
    ("cli", 40),
];

/// Edges that the ranks would allow and the design forbids.
const FORBIDDEN: &[(&str, &str)] = &[
    ("relay", "knowledge"),
    ("relay", "speech"),
    ("client", "knowledge"),
    ("client", "speech"),
    ("kiosk", "log"),
    ("stage", "log"),
    ("stage", "speech"),
    ("stage", "knowledge"),
];

/// Modules that import nothing of ours at all.
const ALONE: &[&str] = &["speech", "models", "redact", "input_method"];

/// Only these may name Bevy.
const WITH_BEVY: &[&str] = &["stage", "kiosk", "console"];

#[test]
fn arrows_point_downwards() {
    let edges = edges(&rust_files("src"));
    assert!(edges.len() > 5, "the search for edges finds nothing: {edges:?}");
    let wrong: Vec<_> = edges.iter().filter_map(|((from, to), file)| complaint(from, to, file)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_search_for_upward_arrows_finds_them() {
    let file = Path::new("src/speech/x.rs");
    assert!(complaint("speech", "visit", file).is_some());
    assert!(complaint("conversation", "relay", file).is_some());
    assert!(complaint("kiosk", "console", file).is_some());
    assert!(complaint("kiosk", "relay", file).is_some());
    assert!(complaint("stage", "unheard_of", file).is_some());
    assert!(complaint("cli", "kiosk", file).is_none());
    let text = "use crate::{log::Log, visit};\n fn f() { crate::relay::serve() }";
    let found: Vec<_> = names_in(text).into_iter().collect();
    assert_eq!(found, ["log", "relay", "visit"]);
}

#[test]
fn only_the_drawing_modules_know_bevy() {
    for file in rust_files("src") {
        let module = module_of(&file);
        let text = read(&file);
        if text.contains("bevy::") && !WITH_BEVY.contains(&module.as_str()) {
            panic!("{}: only {WITH_BEVY:?} may use Bevy", file.display());
        }
    }
}

#[test]
fn the_lean_build_is_lean() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--no-default-features", "-e", "normal", "--prefix", "none"])
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("tokio v"), "cargo tree shows nothing: {tree}");
    for heavy in ["bevy", "wgpu", "cpal", "whisper", "rodio"] {
        assert!(!tree.lines().any(|l| l.starts_with(heavy)), "`--no-default-features` brings {heavy}");
    }
}

/// What `cargo build` and `cargo test` build of others must be the same, or each of them builds Bevy for itself.
#[test]
fn running_and_testing_share_one_build() {
    let run = built("normal,build");
    let tested = built("normal,build,dev");
    assert!(run.iter().any(|line| line.starts_with("bevy_render v")), "cargo tree shows no Bevy: {run:?}");
    let twice = run.difference(&tested).collect::<Vec<_>>();
    assert!(
        twice.is_empty(),
        "tests build these with other features; name the features in Cargo.toml's [dependencies]: {twice:#?}"
    );
}

/// Every package of a build with its features.
fn built(edges: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-e", edges, "--prefix", "none", "-f", "{p} {f}"])
        .output()
        .unwrap();
    // A package that was shown before has a mark behind it.
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn files_stay_small_enough_to_read() {
    for file in rust_files("src") {
        let lines = read(&file).lines().count();
        assert!(lines <= 500, "{} has {lines} lines: is there a second thing in it?", file.display());
    }
}

#[test]
fn nothing_is_left_undone() {
    for file in rust_files("src").into_iter().chain(rust_files("benches")) {
        let text = read(&file);
        for mark in [
            concat!("to", "do!("),
            concat!("unimpl", "emented!("),
            concat!("FIX", "ME"),
            concat!("dbg", "!("),
        ] {
            assert!(!text.contains(mark), "{}: {mark}", file.display());
        }
    }
}

fn complaint(from: &str, to: &str, file: &Path) -> Option<String> {
    let rank = |name: &str| RANKS.iter().find(|(n, _)| *n == name).map(|(_, r)| *r);
    let say = |why: &str| Some(format!("{}: {from} must not use {to}: {why}", file.display()));
    if ALONE.contains(&from) {
        return say("it imports nothing of ours");
    }
    if FORBIDDEN.contains(&(from, to)) {
        return say("the design forbids it");
    }
    match (rank(from), rank(to)) {
        (Some(a), Some(b)) if a > b => {
            // Among L3, and of what only the command line may wire, nothing is allowed.
            if from == "kiosk" && to == "relay" { say("the demo command wires them") } else { None }
        }
        (Some(_), Some(_)) => say("arrows point downwards"),
        _ => say("one of them has no rank in tests/product/tidy.rs"),
    }
}

fn edges(files: &[PathBuf]) -> BTreeMap<(String, String), PathBuf> {
    let mut edges = BTreeMap::new();
    for file in files {
        let from = module_of(file);
        if ["lib", "main"].contains(&from.as_str()) {
            continue;
        }
        for to in names_in(&read(file)) {
            if to != from {
                edges.entry((from.clone(), to)).or_insert_with(|| file.clone());
            }
        }
    }
    edges
}

/// The modules that a text names by `crate::name` or in `use crate::{…}`.
fn names_in(text: &str) -> BTreeSet<String> {
    let text: String =
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for (at, key) in text.match_indices("crate::") {
        let rest = &text[at + key.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut taken = false;
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => (word, taken) = (String::new(), false),
                    ':' if depth == 0 => taken = true,
                    c if depth == 0 && !taken && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ => {}
                }
                if (taken || c == ',') && !word.is_empty() {
                    names.insert(word.clone());
                }
            }
            if !word.is_empty() {
                names.insert(word);
            }
        } else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if word.chars().next().is_some_and(char::is_lowercase) {
                names.insert(word);
            }
        }
    }
    names
}

fn module_of(file: &Path) -> String {
    let inner = file.strip_prefix(root().join("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
