//! The scene's file, looked at now and then by a thread of its own, so that a host sees a change without starting anew
//! and no frame waits for a disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::scene::{self, Scene};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A larger file is no scene.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// When a file was last written, and how long it is.
type Stamp = (SystemTime, u64);
/// A scene, or what is wrong with it.
type News = Result<Scene, String>;

/// A file that is watched for as long as this lives.
pub struct SceneFile {
    path: PathBuf,
    news: Receiver<News>,
    /// The thread ends when this is gone.
    _here: Arc<()>,
}

impl SceneFile {
    /// Watches a file whose present contents are known already.
    pub fn watch(path: PathBuf) -> io::Result<Self> {
        // One change may wait to be taken; a later one is read again until there is room for it.
        let (tell, news) = sync_channel(1);
        let here = Arc::new(());
        let watched = Arc::downgrade(&here);
        let mut seen = Seen::new(path.clone());
        thread::Builder::new().name("scene-file".into()).spawn(move || {
            while watched.strong_count() > 0 {
                seen.tell(&tell);
                thread::sleep(LOOK_EVERY);
            }
        })?;
        Ok(Self { path, news, _here: here })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file has become, once after each change.
    pub fn changed(&self) -> Option<News> {
        self.news.try_recv().ok()
    }
}

/// A file, and what it looked like when it was read last.
struct Seen {
    path: PathBuf,
    read: Option<Stamp>,
}

impl Seen {
    fn new(path: PathBuf) -> Self {
        let read = stamp(&path);
        Self { path, read }
    }

    fn tell(&mut self, tell: &SyncSender<News>) {
        let before = self.read;
        if let Some(news) = self.look()
            && let Err(TrySendError::Full(_)) = tell.try_send(news)
        {
            self.read = before;
        }
    }

    /// The scene, or what is wrong with it, once after each change. While the file is away there is no change: editors
    /// write a new file and put it in the place of the old one.
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
        let mut file = Seen::new(path.clone());
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

    #[test]
    fn a_change_that_found_no_room_is_told_later() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scene.ron");
        std::fs::write(&path, SCENE).unwrap();
        let mut file = Seen::new(path.clone());
        let (tell, news) = sync_channel(1);
        for end in ["\n", "\n\n"] {
            std::fs::write(&path, format!("{SCENE}{end}")).unwrap();
            file.tell(&tell);
        }
        assert!(news.try_recv().unwrap().is_ok());
        assert!(news.try_recv().is_err());
        file.tell(&tell);
        assert!(news.try_recv().unwrap().is_ok());
    }
}
