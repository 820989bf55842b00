//! A small local socket for programs that see or feel who comes: one line for each measurement.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::super::edges::{Reading, Sensor};

/// The most programs that may be connected.
const PROGRAMS_MAX: usize = 4;
/// The longest line, in bytes.
const LINE_MAX_BYTES: u64 = 64;
/// The largest distance that is one, in metres.
const METRES_MAX: f32 = 100.0;
/// What `near` means, in metres.
const NEAR_M: f32 = 1.0;
/// How long a thread waits before it looks whether it should end.
const POLL: Duration = Duration::from_millis(200);
/// Only the kiosk's user and group may say who comes.
const MODE: u32 = 0o660;

/// Why there is no such socket.
#[derive(Debug, thiserror::Error)]
pub enum PresenceError {
    #[error("{path}: another program listens there: end it, or name another path as `presence`")]
    Taken { path: PathBuf },
    #[error("{path} is no socket: remove it, or name another path as `presence`")]
    NoSocket { path: PathBuf },
    #[error(
        "no socket can be made at {path}: {why}. Name a path in a folder that the kiosk may write to as `presence`"
    )]
    Bind { path: PathBuf, why: std::io::Error },
}

/// The socket, with the thread that serves it. Dropping it ends both.
pub struct PresenceSocket {
    path: PathBuf,
    latest: Latest,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// The newest measurement. A plain mutex: under it a number is copied.
type Latest = Arc<Mutex<Option<Reading>>>;

impl PresenceSocket {
    /// Listens at a path. What a kiosk that was killed has left there is taken away.
    ///
    /// # Errors
    /// The path belongs to something else, or cannot be made.
    pub fn open(path: &Path) -> Result<Self, PresenceError> {
        clear(path)?;
        let bind = |why| PresenceError::Bind { path: path.to_owned(), why };
        let listener = UnixListener::bind(path).map_err(bind)?;
        fs::set_permissions(path, fs::Permissions::from_mode(MODE)).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let (latest, stop) = (Latest::default(), Arc::new(AtomicBool::new(false)));
        let (to, ends) = (Arc::clone(&latest), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("presence".to_owned())
            .spawn(move || accept(&listener, &to, &ends))
            .map_err(bind)?;
        Ok(Self { path: path.to_owned(), latest, stop, thread: Some(thread) })
    }
}

impl Sensor for PresenceSocket {
    fn poll(&mut self) -> Option<Reading> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for PresenceSocket {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the presence socket panicked");
        }
        // Somebody may have tidied up already.
        drop(fs::remove_file(&self.path));
    }
}

/// Makes the path free, unless it is somebody else's.
fn clear(path: &Path) -> Result<(), PresenceError> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(PresenceError::NoSocket { path: path.to_owned() });
    }
    if UnixStream::connect(path).is_ok() {
        return Err(PresenceError::Taken { path: path.to_owned() });
    }
    fs::remove_file(path).map_err(|why| PresenceError::Bind { path: path.to_owned(), why })
}

fn accept(listener: &UnixListener, latest: &Latest, stop: &Arc<AtomicBool>) {
    let programs = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) if programs.load(Ordering::Relaxed) < PROGRAMS_MAX => {
                programs.fetch_add(1, Ordering::Relaxed);
                let (latest, stop, left) = (Arc::clone(latest), Arc::clone(stop), Arc::clone(&programs));
                let serving =
                    std::thread::Builder::new().name("presence-program".to_owned()).spawn(move || {
                        if let Err(why) = serve(&stream, &latest, &stop) {
                            tracing::debug!("a program that tells who comes has gone: {why}");
                        }
                        left.fetch_sub(1, Ordering::Relaxed);
                    });
                if let Err(why) = serving {
                    programs.fetch_sub(1, Ordering::Relaxed);
                    tracing::warn!("a program that tells who comes is not heard: {why}");
                }
            }
            // Refused: too many.
            Ok(_) => {}
            Err(_) => std::thread::sleep(POLL),
        }
    }
}

/// Reads lines until the program goes. What is no measurement is answered with a sentence.
fn serve(stream: &UnixStream, latest: &Latest, stop: &AtomicBool) -> std::io::Result<()> {
    // Accepted sockets wait, whatever their listener does.
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(POLL))?;
    stream.set_write_timeout(Some(POLL))?;
    let (mut lines, mut answers) = (BufReader::new(stream), stream);
    let mut line = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let room = LINE_MAX_BYTES.saturating_sub(line.len() as u64);
        match lines.by_ref().take(room).read_until(b'\n', &mut line) {
            Ok(0) if room > 0 => return Ok(()),
            Ok(_) if line.ends_with(b"\n") || room == 0 => {
                match read(&String::from_utf8_lossy(&line)) {
                    Ok(reading) => *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading),
                    Err(sentence) => writeln!(answers, "error: {sentence}")?,
                }
                if room == 0 {
                    // The rest of it would be read as lines.
                    return Ok(());
                }
                line.clear();
            }
            Ok(_) => {}
            Err(e)
                if matches!(
                    e.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// One measurement.
fn read(line: &str) -> Result<Reading, &'static str> {
    match line.trim() {
        "near" => Ok(Reading::Metres(NEAR_M)),
        "away" => Ok(Reading::Nobody),
        number => match number.parse() {
            Ok(metres) if (0.0..=METRES_MAX).contains(&metres) => Ok(Reading::Metres(metres)),
            _ => Err("a line is a distance in metres such as `1.8`, or `near`, or `away`"),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn comes(socket: &mut PresenceSocket) -> Reading {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match socket.poll() {
                Some(reading) => return reading,
                None if Instant::now() > until => panic!("nothing came"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    #[test]
    fn what_programs_measure_comes_and_what_they_get_wrong_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("presence.sock");
        let mut socket = PresenceSocket::open(&path).unwrap();
        let mut program = UnixStream::connect(&path).unwrap();
        for (line, reading) in
            [("2.5", Reading::Metres(2.5)), ("near", Reading::Metres(NEAR_M)), ("away", Reading::Nobody)]
        {
            writeln!(program, "{line}").unwrap();
            assert_eq!(comes(&mut socket), reading);
        }
        for wrong in ["-1", "1e9", "NaN", "here", ""] {
            writeln!(program, "{wrong}").unwrap();
            let mut answer = String::new();
            BufReader::new(&program).read_line(&mut answer).unwrap();
            assert!(answer.starts_with("error: a line is a distance"), "{wrong}: {answer}");
        }
        // Half a line waits for its other half.
        write!(program, "1").unwrap();
        std::thread::sleep(POLL * 2);
        writeln!(program, ".25").unwrap();
        assert_eq!(comes(&mut socket), Reading::Metres(1.25));
        // An endless line ends the connection.
        program.write_all(&[b'7'; 500]).unwrap();
        let mut rest = Vec::new();
        drop(program.read_to_end(&mut rest));
        assert!(String::from_utf8_lossy(&rest).contains("error:"));
    }

    #[test]
    fn a_path_is_taken_over_from_a_kiosk_that_was_killed_and_from_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("presence.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it was left behind");
        let running = PresenceSocket::open(&path).unwrap();
        assert!(matches!(PresenceSocket::open(&path), Err(PresenceError::Taken { .. })));
        drop(running);
        assert!(!path.exists());
        fs::write(&path, "mine").unwrap();
        assert!(matches!(PresenceSocket::open(&path), Err(PresenceError::NoSocket { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        let nowhere = PresenceSocket::open(Path::new("/nowhere/at/all.sock"));
        assert!(nowhere.err().unwrap().to_string().contains("/nowhere/at/all.sock"));
    }
}
