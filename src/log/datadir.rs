//! The data directory: made, locked against a second process, and its secret files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::LogError;
use super::random::random_bytes;
use crate::protocol::hex;

/// A directory that belongs to this process as long as this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Holds the lock; the operating system lets go of it when the process dies, however it dies.
    _lock: File,
}

impl DataDir {
    /// Makes the directory when it is missing, checks that it can be written, and locks it.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let wrong = |e: &io::Error| LogError::Directory { path: path.to_owned(), why: reason(e) };
        make(path).map_err(|e| wrong(&e))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(|e| wrong(&e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(LogError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(e)) => Err(wrong(&e)),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn reason(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "it may not be written".to_owned()
        }
        _ => e.to_string(),
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// The 32 secret bytes in the file `name` of the directory, made when `may_make` and the file is missing.
///
/// The file has 64 hexadecimal digits and is readable by its owner only; when it returns, the file is durable.
pub fn secret_file(dir: &DataDir, name: &str, may_make: bool) -> Result<Zeroizing<[u8; 32]>, LogError> {
    let path = dir.path().join(name);
    let wrong = |e: io::Error| LogError::Directory { path: path.clone(), why: reason(&e) };
    match File::open(&path) {
        Ok(file) => read_secret(file, &path),
        Err(e) if e.kind() == io::ErrorKind::NotFound && may_make => {
            let secret = Zeroizing::new(random_bytes::<32>()?);
            let text = Zeroizing::new(hex::encode(&secret[..]));
            write_private(&path, text.as_bytes()).map_err(wrong)?;
            Ok(secret)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LogError::KeyMissing { path }),
        Err(e) => Err(wrong(e)),
    }
}

/// The secret in a file of a directory that may belong to another process.
pub fn existing_secret(dir: &Path, name: &str) -> Result<Zeroizing<[u8; 32]>, LogError> {
    let path = dir.join(name);
    match File::open(&path) {
        Ok(file) => read_secret(file, &path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LogError::KeyMissing { path }),
        Err(e) => Err(LogError::Directory { why: reason(&e), path }),
    }
}

fn read_secret(mut file: File, path: &Path) -> Result<Zeroizing<[u8; 32]>, LogError> {
    let wrong = |e: io::Error| LogError::Directory { path: path.to_owned(), why: reason(&e) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata().map_err(wrong)?.permissions().mode() & 0o077 != 0 {
            return Err(LogError::KeyExposed { path: path.to_owned() });
        }
    }
    let mut text = Zeroizing::new(String::new());
    Read::by_ref(&mut file).take(100).read_to_string(&mut text).map_err(wrong)?;
    let malformed = || LogError::KeyMalformed { path: path.to_owned() };
    let bytes = Zeroizing::new(hex::decode(text.trim()).ok_or_else(malformed)?);
    <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| malformed())
}

/// Writes a file that only its owner may read; when this returns, it is durable.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Written beside and renamed, so that a crash leaves no half of a key.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = create_private(Path::new(&beside))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_directory(path.parent().unwrap_or(path))
}

/// Makes a directory, and those above it, that only its owner may enter.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    make(path)
}

/// An empty file that only its owner may read.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes the names in a directory durable.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_user_at_a_time() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("a/b");
        let first = DataDir::open(&path).unwrap();
        let second = DataDir::open(&path).unwrap_err();
        assert_eq!(second, LogError::InUse { path: path.clone() });
        assert!(second.to_string().contains("already in use by another avatardesk"), "{second}");
        drop(first);
        DataDir::open(&path).unwrap();
    }

    #[test]
    fn what_is_not_a_directory_is_said_so() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("file");
        fs::write(&path, "").unwrap();
        let error = DataDir::open(&path).unwrap_err().to_string();
        assert!(error.contains("cannot be used") && error.contains("--data"), "{error}");
    }

    #[test]
    fn a_secret_stays_the_same_and_private() {
        let tmp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(tmp.path()).unwrap();
        assert!(matches!(secret_file(&dir, "k", false), Err(LogError::KeyMissing { .. })));
        let made = secret_file(&dir, "k", true).unwrap();
        assert_eq!(made, secret_file(&dir, "k", false).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = tmp.path().join("k");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(secret_file(&dir, "k", true), Err(LogError::KeyExposed { .. })));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            fs::write(&path, "00ff").unwrap();
            assert!(matches!(secret_file(&dir, "k", true), Err(LogError::KeyMalformed { .. })));
        }
    }
}
