//! Runs a speech program: text in, sound out while it is made, killed when nobody wants it any more.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::synth::{Pcm, Phonemes, TtsError};
use crate::speech::clock::lock;

/// Bytes read at once: 93 ms of 16-bit sound at 22 050 Hz.
const READ_BYTES: usize = 4096;
/// What is kept of what a program says beside its sound: its complaints, or phonemes.
const MAX_SAID_BYTES: u64 = 32 * 1024;
/// How long a program may take to end after its last byte.
const EXIT_LIMIT: Duration = Duration::from_secs(2);
/// How often it is asked whether it has ended.
const EXIT_POLL: Duration = Duration::from_millis(5);

/// Stops a running program from another thread.
#[derive(Clone, Default)]
pub(super) struct Stopper {
    stopped: Arc<AtomicBool>,
    /// A mutex, since whoever stops and whoever waits for the end both need the child; neither blocks under it.
    child: Arc<Mutex<Option<Child>>>,
}

impl Stopper {
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.kill();
    }

    /// Ends the program without saying that nobody wants its sound.
    fn kill(&self) {
        if let Some(child) = lock(&self.child).as_mut() {
            // An error means that it has ended already.
            let _ = child.kill();
        }
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

/// How a program's output is to be read.
pub(super) trait Decode {
    /// Takes bytes and appends samples. Returns the rate when it is known.
    fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<Option<u32>, String>;
}

/// Runs a program to its end. Its sound goes to `sink`; `false` from `sink` ends it. Returns what it said on its standard error.
pub(super) fn run(
    mut command: Command,
    stdin: &[u8],
    decode: &mut dyn Decode,
    stopper: &Stopper,
    sink: &mut dyn FnMut(Pcm) -> bool,
) -> Result<String, TtsError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |why: String| TtsError::Failed { program: program.clone(), why };
    if stopper.is_stopped() {
        return Ok(String::new());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => TtsError::Missing {
            program: program.clone(),
            hint: "install it, or name another in the scene's voice".into(),
        },
        _ => failed(format!("it could not be started ({e})")),
    })?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    *lock(&stopper.child) = Some(child);
    // Between the check above and here somebody may have stopped us without seeing the child.
    if stopper.is_stopped() {
        stopper.stop();
    }
    let (Some(mut input), Some(mut output), Some(complaints)) = pipes else {
        return Err(failed("its pipes are missing".into()));
    };
    let said = std::thread::Builder::new()
        .name("speech-tts-errors".into())
        .spawn(move || listen(complaints))
        .map_err(|e| TtsError::Thread { why: e.to_string() })?;
    // The text is shorter than any pipe's buffer. A program that does not read it will say why itself.
    let _ = input.write_all(stdin);
    drop(input);

    let mut buffer = [0u8; READ_BYTES];
    let mut problem = None;
    loop {
        match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                let mut samples = Vec::with_capacity(count / 2);
                match decode.push(buffer.get(..count).unwrap_or_default(), &mut samples) {
                    Ok(Some(rate)) if !samples.is_empty() => {
                        if !sink(Pcm { samples, rate }) {
                            stopper.stop();
                            break;
                        }
                    }
                    Ok(_) => {}
                    Err(why) => {
                        problem = Some(why);
                        stopper.kill();
                        break;
                    }
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => {
                problem = Some(format!("its sound could not be read ({e})"));
                break;
            }
        }
    }
    let status = end(stopper);
    let said = said.join().unwrap_or_default();
    if let Some(why) = problem {
        return Err(failed(why));
    }
    if stopper.is_stopped() || status {
        return Ok(said);
    }
    let complaint = said.lines().map(str::trim).find(|line| !line.is_empty());
    Err(failed(complaint.unwrap_or("it ended with an error and said nothing").to_owned()))
}

/// Waits for the end of the program, and helps if it takes too long. Whether it ended well.
fn end(stopper: &Stopper) -> bool {
    let Some(mut child) = lock(&stopper.child).take() else { return false };
    let limit = Instant::now() + EXIT_LIMIT;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < limit => std::thread::sleep(EXIT_POLL),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The beginning of what a program says on its standard error; the rest is read and dropped.
fn listen(mut source: impl Read) -> String {
    let mut kept = Vec::new();
    let _ = source.by_ref().take(MAX_SAID_BYTES).read_to_end(&mut kept);
    let _ = std::io::copy(&mut source, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

/// Starts a thread that fills a queue of pieces, and the [`super::Speech`] that empties it.
pub(super) fn spawn(
    program: &str,
    work: impl FnOnce(&Stopper, &SyncSender<Result<Pcm, TtsError>>) -> Result<(), TtsError> + Send + 'static,
) -> Result<super::Speech, TtsError> {
    spawn_telling(program, move |stopper, out, _| work(stopper, out))
}

/// The same for a program that tells its phonemes, too.
pub(super) fn spawn_telling(
    program: &str,
    work: impl FnOnce(&Stopper, &SyncSender<Result<Pcm, TtsError>>, &Phonemes) -> Result<(), TtsError>
    + Send
    + 'static,
) -> Result<super::Speech, TtsError> {
    let phonemes = Phonemes::default();
    let (tx, pieces) = std::sync::mpsc::sync_channel(super::synth::QUEUE_PIECES);
    let stopper = Stopper::default();
    std::thread::Builder::new()
        .name("speech-tts".into())
        .spawn({
            let (stopper, phonemes) = (stopper.clone(), phonemes.clone());
            move || {
                if let Err(e) = work(&stopper, &tx, &phonemes)
                    && !stopper.is_stopped()
                {
                    // Nobody may be there to hear it.
                    let _ = tx.send(Err(e));
                }
            }
        })
        .map_err(|e| TtsError::Thread { why: e.to_string() })?;
    Ok(super::Speech { program: program.to_owned(), pieces, stopper, phonemes })
}
