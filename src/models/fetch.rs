//! Fetching a file: with progress, resumed where it broke off, checked by SHA-256, moved into place in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::catalogue::Model;

/// How often a broken transfer is taken up again before giving up.
const TRIES: u32 = 5;
/// How long to wait for a connection, and for each answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A source that sends nothing for so long is taken for broken.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a transfer may take in all.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(3 * 60 * 60);
/// Bytes read at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Where models are fetched from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The address without the file's name.
    pub url: &'a str,
    /// For how long it may send nothing: usually [`STALL_TIMEOUT`].
    pub stall: Duration,
}

impl<'a> Source<'a> {
    /// The source with this address.
    pub fn at(url: &'a str) -> Self {
        Self { url, stall: STALL_TIMEOUT }
    }
}

/// How far a transfer is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(
        "cannot reach {url}: {why}. Check the network, or fetch the file elsewhere and put it at {target}"
    )]
    Unreachable { url: String, why: String, target: PathBuf },
    #[error("{url} answers {status}: the file is not there. `--from URL` names another source")]
    Status { url: String, status: u16 },
    #[error(
        "{url} is not the expected file (SHA-256 {got} instead of {want}); it was thrown away. Try again, or name another source with `--from URL`"
    )]
    WrongSum { url: String, got: String, want: &'static str },
    #[error("{url} sends {got} bytes, but the model has {want}. Name another source with `--from URL`")]
    WrongSize { url: String, got: u64, want: u64 },
    #[error("cannot write {path}: {why}. Make room or choose another directory with `--data`")]
    Disk { path: PathBuf, why: io::Error },
    #[error("stopped; what is already here is kept and will be continued")]
    Stopped,
}

/// Whether the model lies in `dir` with its full size. Its sum is checked by [`file_sha256`].
pub fn is_present(model: &Model, dir: &Path) -> bool {
    fs::metadata(dir.join(model.file_name())).is_ok_and(|m| m.len() == model.bytes)
}

/// Fetches `model` from `{source.url}/{file name}` into `dir` and returns its path. Blocks; call it on a thread of its own.
///
/// What has arrived is kept in a `.part` file: after an error or a stop the next call goes on there.
pub fn fetch(
    model: &Model,
    source: Source<'_>,
    dir: &Path,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let target = dir.join(model.file_name());
    if is_present(model, dir) {
        return Ok(target);
    }
    fs::create_dir_all(dir).map_err(|why| FetchError::Disk { path: dir.to_owned(), why })?;
    let url = format!("{}/{}", source.url.trim_end_matches('/'), model.file_name());
    let part = dir.join(format!("{}.part", model.file_name()));
    let mut transfer = Transfer { model, url, stall: source.stall, part, target: target.clone(), stop };
    let mut tries = 0;
    loop {
        let before = transfer.have();
        match transfer.run(progress) {
            Ok(()) => break,
            Err(error @ FetchError::Unreachable { .. }) => {
                // Only tries that brought nothing count: a slow line that breaks often still arrives.
                tries = if transfer.have() > before { 1 } else { tries + 1 };
                if tries >= TRIES || before == 0 && transfer.have() == 0 {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    transfer.finish()?;
    Ok(target)
}

struct Transfer<'a> {
    model: &'a Model,
    url: String,
    stall: Duration,
    part: PathBuf,
    target: PathBuf,
    stop: &'a AtomicBool,
}

impl Transfer<'_> {
    fn have(&self) -> u64 {
        fs::metadata(&self.part).map_or(0, |m| m.len())
    }

    fn run(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), FetchError> {
        let mut have = self.have();
        if have > self.model.bytes {
            fs::remove_file(&self.part).map_err(|why| self.disk(why))?;
            have = 0;
        }
        if have == self.model.bytes {
            return Ok(());
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(self.stall))
            .timeout_global(Some(TRANSFER_TIMEOUT))
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = agent.get(&self.url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
        }
        let mut answer = request.call().map_err(|why| self.unreachable(&why))?;
        let append = match answer.status().as_u16() {
            206 => true,
            200 => false,
            416 => {
                fs::remove_file(&self.part).map_err(|why| self.disk(why))?;
                return Err(self.unreachable(&"the source cannot continue; starting again"));
            }
            status => return Err(FetchError::Status { url: self.url.clone(), status }),
        };
        if !append {
            have = 0;
        }
        if let Some(length) = answer.body().content_length()
            && have + length != self.model.bytes
        {
            return Err(FetchError::WrongSize {
                url: self.url.clone(),
                got: have + length,
                want: self.model.bytes,
            });
        }
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(append)
            .truncate(!append)
            .open(&self.part)
            .map_err(|why| self.disk(why))?;
        let mut body = answer.body_mut().with_config().limit(self.model.bytes + 1).reader();
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(FetchError::Stopped);
            }
            let n = body.read(&mut block).map_err(|why| self.unreachable(&why))?;
            let Some(read) = block.get(..n).filter(|b| !b.is_empty()) else { break };
            file.write_all(read).map_err(|why| self.disk(why))?;
            have += n as u64;
            if have > self.model.bytes {
                return Err(FetchError::WrongSize {
                    url: self.url.clone(),
                    got: have,
                    want: self.model.bytes,
                });
            }
            progress(Progress { done: have, total: self.model.bytes });
        }
        file.sync_all().map_err(|why| self.disk(why))?;
        if have < self.model.bytes {
            return Err(self.unreachable(&"the connection broke off"));
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), FetchError> {
        let got = file_sha256(&self.part).map_err(|why| self.disk(why))?;
        if got != self.model.sha256 {
            fs::remove_file(&self.part).map_err(|why| self.disk(why))?;
            return Err(FetchError::WrongSum { url: self.url.clone(), got, want: self.model.sha256 });
        }
        fs::rename(&self.part, &self.target).map_err(|why| self.disk(why))
    }

    fn disk(&self, why: io::Error) -> FetchError {
        FetchError::Disk { path: self.part.clone(), why }
    }

    fn unreachable(&self, why: &dyn std::fmt::Display) -> FetchError {
        FetchError::Unreachable { url: self.url.clone(), why: why.to_string(), target: self.target.clone() }
    }
}

/// The SHA-256 of a file in lower-case hexadecimal.
pub fn file_sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    io::copy(&mut file, &mut sum)?;
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
