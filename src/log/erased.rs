//! Which keys were forgotten: a list beside the database, so that a backup that is put back does not bring them again.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::keys::KeyId;
use crate::protocol::hex;

/// The file in the data directory: one key id a line, in hexadecimal. It has no key in it.
pub const ERASED_FILE: &str = "erased";

/// The list.
#[derive(Debug, Clone)]
pub struct ErasedKeys {
    path: PathBuf,
}

impl ErasedKeys {
    /// The list of a data directory, which may not exist yet.
    pub fn new(dir: &Path) -> Self {
        Self { path: dir.join(ERASED_FILE) }
    }

    /// Adds keys. When it returns, they are on the disk.
    pub fn add(&self, ids: &[KeyId]) -> io::Result<()> {
        let made = !self.path.exists();
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&self.path)?;
        // A line that a full disk or a power cut left half written must not take the next one with it.
        let mut text = String::from(if ends_in_a_line(&mut file)? { "" } else { "\n" });
        text.extend(ids.iter().map(|id| format!("{}\n", hex::encode(id))));
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        match self.path.parent() {
            // A new name is on the disk when its directory is.
            Some(dir) if made && cfg!(unix) => fs::File::open(dir)?.sync_all(),
            _ => Ok(()),
        }
    }

    /// All keys of the list. A line that is none is left out: a crash may have cut the last one short, and then the key
    /// was not forgotten yet.
    pub fn read(&self) -> io::Result<HashSet<KeyId>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text
                .lines()
                .filter_map(|l| hex::decode(l).and_then(|id| KeyId::try_from(id).ok()))
                .collect()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(e) => Err(e),
        }
    }
}

/// Whether what is in the file ends with a line's end.
fn ends_in_a_line(file: &mut fs::File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0; 1];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_a_line_cut_short_is_not() {
        let tmp = tempfile::tempdir().unwrap();
        let list = ErasedKeys::new(tmp.path());
        assert!(list.read().unwrap().is_empty());
        list.add(&[[1; 16], [2; 16]]).unwrap();
        list.add(&[[3; 16]]).unwrap();
        fs::write(tmp.path().join(ERASED_FILE), fs::read_to_string(&list.path).unwrap() + "0404").unwrap();
        assert_eq!(list.read().unwrap(), HashSet::from([[1; 16], [2; 16], [3; 16]]));
        list.add(&[[5; 16]]).unwrap();
        assert_eq!(list.read().unwrap(), HashSet::from([[1; 16], [2; 16], [3; 16], [5; 16]]));
    }
}
