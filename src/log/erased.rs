//! Which keys were forgotten: a list beside the database, so that a backup that is put back does not bring them again.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
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
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let text: String = ids.iter().map(|id| format!("{}\n", hex::encode(id))).collect();
        let mut file = options.open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()
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
    }
}
