//! Files of a bounded size and number: a full one is moved aside, the oldest is forgotten.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// `NAME.log`, before that `NAME.1.log`, and so on.
#[derive(Debug)]
pub struct RollingFile {
    dir: PathBuf,
    name: String,
    max_bytes: u64,
    max_files: usize,
    // A plain mutex: held while one line is written.
    current: Mutex<Current>,
    /// Keeps a second process from moving the files of this one.
    _lock: File,
}

#[derive(Debug)]
struct Current {
    file: File,
    bytes: u64,
}

impl RollingFile {
    /// Goes on with the files that are there. The error is a sentence.
    pub fn open(dir: &Path, name: &str, max_bytes: u64, max_files: usize) -> Result<Self, String> {
        let wrong = |e: io::Error| format!("{}: {e}", dir.display());
        make_private(dir).map_err(wrong)?;
        let lock = append_to(&dir.join(format!("{name}.lock"))).map_err(wrong)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another `avatardesk {name}` writes to {}", dir.display()));
            }
            Err(TryLockError::Error(e)) => return Err(wrong(e)),
        }
        let current = begin(&path(dir, name, 0)).map_err(wrong)?;
        let (dir, name) = (dir.to_owned(), name.to_owned());
        Ok(Self { dir, name, max_bytes, max_files, current: Mutex::new(current), _lock: lock })
    }

    /// Writes a line, with its end. A line that is longer than a file is left out.
    pub fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let length = line.len() as u64;
        if length > self.max_bytes {
            return Ok(());
        }
        if current.bytes + length > self.max_bytes {
            *current = self.roll()?;
        }
        current.file.write_all(line)?;
        current.bytes += length;
        Ok(())
    }

    fn roll(&self) -> io::Result<Current> {
        self.roll_to(begin)
    }

    /// Moves the files on. The new one is made first: when that does not work, everything stays as it is.
    fn roll_to(&self, begin: impl FnOnce(&Path) -> io::Result<Current>) -> io::Result<Current> {
        let (newest, next) =
            (path(&self.dir, &self.name, 0), self.dir.join(format!("{}.next.log", self.name)));
        let current = begin(&next)?;
        // It is missing when it was moved already, and then something failed.
        let moves = if newest.try_exists()? { self.max_files } else { 0 };
        for n in (1..moves).rev() {
            match fs::rename(path(&self.dir, &self.name, n - 1), path(&self.dir, &self.name, n)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        fs::rename(next, newest)?;
        Ok(current)
    }
}

fn path(dir: &Path, name: &str, age: usize) -> PathBuf {
    dir.join(if age == 0 { format!("{name}.log") } else { format!("{name}.{age}.log") })
}

fn begin(path: &Path) -> io::Result<Current> {
    let file = append_to(path)?;
    let bytes = file.metadata()?.len();
    Ok(Current { file, bytes })
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_have_a_bound_and_the_newest_lines_stay() {
        let tmp = tempfile::tempdir().unwrap();
        let open = || RollingFile::open(tmp.path(), "relay", 100, 3);
        let log = open().unwrap();
        for n in 0..95 {
            log.write(format!("line {n:04}\n").as_bytes()).unwrap();
        }
        assert!(open().unwrap_err().contains("another"));
        drop(log);
        let log = open().unwrap();
        for n in 95..100 {
            log.write(format!("line {n:04}\n").as_bytes()).unwrap();
        }
        log.write(&[b'x'; 101]).unwrap();
        let read = |name: &str| fs::read_to_string(tmp.path().join(name)).unwrap();
        let kept = read("relay.2.log") + &read("relay.1.log") + &read("relay.log");
        let wanted: String = (70..100).map(|n| format!("line {n:04}\n")).collect();
        assert_eq!(kept, wanted);
        assert_eq!(fs::read_dir(tmp.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_new_file_that_cannot_be_made_costs_no_old_one() {
        let tmp = tempfile::tempdir().unwrap();
        let log = RollingFile::open(tmp.path(), "relay", 20, 3).unwrap();
        for n in 0..6 {
            log.write(format!("line {n:04}\n").as_bytes()).unwrap();
        }
        let kept = || {
            let read = |name: &str| fs::read_to_string(tmp.path().join(name)).unwrap_or_default();
            read("relay.2.log") + &read("relay.1.log") + &read("relay.log")
        };
        let before = kept();
        assert_eq!(before.lines().count(), 6);
        for _ in 0..3 {
            let full = |_: &Path| Err(io::ErrorKind::StorageFull.into());
            assert_eq!(log.roll_to(full).unwrap_err().kind(), io::ErrorKind::StorageFull);
            assert_eq!(kept(), before);
        }
        log.write(b"line 0006\n").unwrap();
        assert!(kept().ends_with("line 0006\n"));
    }
}
