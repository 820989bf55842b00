//! Scene files: every file in `tests/data/scenes/valid` is read and has no errors; every file in `invalid` is refused, or
//! found fault with, in the words of the `.txt` file beside it. A new case is a new file.

use std::fs;
use std::path::{Path, PathBuf};

use avatardesk::scene::{Severity, check, parse};

fn scenes(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "ron"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no scenes in {}", folder.display());
    files
}

/// Everything that the program says about a scene, one sentence a line.
fn verdict(text: &str) -> String {
    match parse(text) {
        Err(error) => error.to_string(),
        Ok(scene) => {
            let found = check(&scene, |file| !file.contains("missing"));
            found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn valid_scenes_have_no_findings() {
    for path in scenes("tests/data/scenes/valid") {
        assert_eq!(verdict(&fs::read_to_string(&path).unwrap()), "", "{}", path.display());
    }
}

#[test]
fn invalid_scenes_are_told_where_and_how_to_mend_them() {
    for path in scenes("tests/data/scenes/invalid") {
        let said = verdict(&fs::read_to_string(&path).unwrap());
        let wanted = fs::read_to_string(path.with_extension("txt"))
            .unwrap_or_else(|e| panic!("{}: {e}. What should be said? Now it is:\n{said}", path.display()));
        assert_eq!(said, wanted.trim_end(), "{}", path.display());
        assert!(!said.is_empty(), "{}", path.display());
    }
}

#[test]
fn our_own_scene_is_good() {
    for path in scenes("scenes") {
        let scene =
            parse(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let found = check(&scene, |_| true);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn a_scene_can_be_written_and_read_again() {
    for path in scenes("scenes") {
        let scene = parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let text = ron::to_string(&scene).unwrap();
        assert_eq!(parse(&text).unwrap(), scene);
    }
}

#[test]
fn a_missing_avatar_is_an_error() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/helpdesk.ron")).unwrap();
    let found = check(&parse(&text).unwrap(), |file| !file.ends_with(".vrm"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].path.as_str()), (Severity::Error, "desks[0].avatar"));
}
