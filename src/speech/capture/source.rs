//! What every source of sound has in common: a bounded queue of chunks that counts what it had to drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::speech::audio::Chunk;

/// Chunks that may wait for the listener: two seconds of 20 ms each.
pub const QUEUE_CHUNKS: usize = 100;

/// Why a source could not be started at all. A missing microphone is not one: it is reported as [`Captured::Lost`].
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error("the thread that captures sound could not be started: {0}; close other programs and try again")]
    Thread(#[from] std::io::Error),
}

/// What a source reports, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Captured {
    /// Sound.
    Chunk(Chunk),
    /// There is no device, or it went away. The source keeps trying; `why` is a sentence for a person.
    Lost { why: String },
    /// A device is there (again): its first sound follows.
    Back { device: String },
    /// A file is over. Nothing follows.
    Ended,
}

/// Something that delivers sound at [`crate::speech::audio::SAMPLE_RATE`].
pub trait CaptureSource: Send {
    /// Starts delivering. Dropping the returned [`Capture`] stops it.
    fn start(self: Box<Self>) -> Result<Capture, CaptureError>;
}

/// A running source.
pub struct Capture {
    events: Receiver<Captured>,
    dropped: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    /// Runs `work` on a thread of its own with a queue to fill.
    pub fn spawn(name: &str, work: impl FnOnce(CaptureQueue) + Send + 'static) -> Result<Self, CaptureError> {
        let (tx, events) = sync_channel(QUEUE_CHUNKS);
        let dropped = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let queue =
            CaptureQueue { tx, dropped: Arc::clone(&dropped), stop: Arc::clone(&stop), next_sample: 0 };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(queue))?;
        Ok(Self { events, dropped, stop, thread: Some(thread) })
    }

    /// The next report, or `None` when `timeout` has passed. A source that died counts as ended.
    pub fn next(&self, timeout: Duration) -> Option<Captured> {
        match self.events.recv_timeout(timeout) {
            Ok(captured) => Some(captured),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Captured::Ended),
        }
    }

    /// Samples dropped since the start because nobody took them in time.
    pub fn dropped_samples(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Whoever waits in `deliver` is woken by the queue going away.
        let (_, empty) = sync_channel(1);
        drop(std::mem::replace(&mut self.events, empty));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the capture thread panicked");
        }
    }
}

/// The filling side of a source's queue.
pub struct CaptureQueue {
    tx: SyncSender<Captured>,
    dropped: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    next_sample: u64,
}

impl CaptureQueue {
    /// Whether the source should end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Offers samples and never waits: with a full queue they are dropped and counted.
    pub fn offer(&mut self, samples: Vec<f32>, captured_at: Instant) {
        let count = samples.len() as u64;
        let chunk = Chunk { samples, first_sample: self.next_sample, captured_at };
        self.next_sample += count;
        match self.tx.try_send(Captured::Chunk(chunk)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(count, Ordering::Relaxed);
            }
            Err(TrySendError::Disconnected(_)) => self.stop.store(true, Ordering::Relaxed),
        }
    }

    /// Delivers samples and waits for room: for sources that can wait, such as a file without real time.
    pub fn deliver(&mut self, samples: Vec<f32>, captured_at: Instant) {
        let count = samples.len() as u64;
        let chunk = Chunk { samples, first_sample: self.next_sample, captured_at };
        self.next_sample += count;
        if self.tx.send(Captured::Chunk(chunk)).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Reports something that is no sound; waits for room.
    pub fn report(&mut self, captured: Captured) {
        if self.tx.send(captured).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overloaded_listener_loses_sound_that_is_counted_and_leaves_a_gap() {
        let (told, done) = sync_channel(1);
        let capture = Capture::spawn("test", move |mut queue| {
            for _ in 0..QUEUE_CHUNKS + 5 {
                queue.offer(vec![0.0; 320], Instant::now());
            }
            told.send(()).unwrap();
        })
        .unwrap();
        done.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(capture.dropped_samples(), 5 * 320);
        let mut got = 0;
        while let Some(Captured::Chunk(chunk)) = capture.next(Duration::from_secs(10)) {
            assert_eq!(chunk.first_sample, got);
            got += chunk.samples.len() as u64;
        }
        assert_eq!(got, QUEUE_CHUNKS as u64 * 320);
    }

    #[test]
    fn dropping_a_capture_ends_a_source_that_waits() {
        let capture = Capture::spawn("test", |mut queue| {
            while !queue.stopped() {
                queue.deliver(vec![0.0; 320], Instant::now());
            }
        })
        .unwrap();
        assert!(matches!(capture.next(Duration::from_secs(10)), Some(Captured::Chunk(_))));
        drop(capture);
    }
}
