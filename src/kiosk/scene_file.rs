//! The scene's file, looked at now and then, so that a host sees a change without starting anew.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use bevy::prelude::Resource;

use crate::scene::{self, Scene};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A larger file is no scene.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// When a file was last written, and how long it is.
type Stamp = (SystemTime, u64);

/// A file, and what it looked like when it was read last.
#[derive(Resource)]
pub struct SceneFile {
    path: PathBuf,
    read: Option<Stamp>,
    looked: Instant,
}

impl SceneFile {
    /// A file whose present contents are known already.
    pub fn new(path: PathBuf) -> Self {
        let read = stamp(&path);
        Self { path, read, looked: Instant::now() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The scene, or what is wrong with it, once after each change. While the file is away there is no change: editors
    /// write a new file and put it in the place of the old one.
    pub fn changed(&mut self) -> Option<Result<Scene, String>> {
        if self.looked.elapsed() < LOOK_EVERY {
            return None;
        }
        self.looked = Instant::now();
        self.look()
    }

    fn look(&mut self) -> Option<Result<Scene, String>> {
        let now = stamp(&self.path)?;
        if self.read == Some(now) {
            return None;
        }
        self.read = Some(now);
        if now.1 > BYTES_MAX {
            return Some(Err(format!("a scene has at most {BYTES_MAX} bytes, this file has {}", now.1)));
        }
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(why) => return Some(Err(format!("cannot be read: {why}"))),
        };
        Some(scene::parse(&text).map_err(|fault| fault.to_string()))
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &str = include_str!("../../scenes/helpdesk.ron");

    #[test]
    fn a_change_is_told_once_and_a_fault_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scene.ron");
        std::fs::write(&path, SCENE).unwrap();
        let mut file = SceneFile::new(path.clone());
        assert!(file.look().is_none());
        std::fs::write(&path, format!("{SCENE}\n")).unwrap();
        assert!(file.look().unwrap().is_ok());
        assert!(file.look().is_none());
        std::fs::write(&path, SCENE.replacen("version", "verzion", 1)).unwrap();
        let fault = file.look().unwrap().unwrap_err();
        assert!(fault.contains("line"), "{fault}");
        std::fs::remove_file(&path).unwrap();
        assert!(file.look().is_none());
        std::fs::write(&path, SCENE).unwrap();
        assert!(file.look().unwrap().is_ok());
    }
}
