//! A microphone made of samples: a file, or whatever a test or a demo feeds, at the pace of a clock.
//!
//! Between the pieces that are fed it delivers silence, as a microphone in a quiet room would.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::source::{Capture, CaptureError, CaptureSource, Captured};
use crate::speech::audio::{SAMPLE_RATE, duration_of, heard_samples};
use crate::speech::clock::{Clock, LeapClock, SystemClock, lock};
use crate::speech::file::MAX_SECONDS;

/// Samples per chunk: 20 ms.
const CHUNK: usize = heard_samples(20);

/// The most that may wait to be fed, in samples.
const MAX_WAITING: usize = MAX_SECONDS as usize * SAMPLE_RATE as usize;

/// Why samples were not taken.
#[derive(Debug, thiserror::Error)]
#[error("at most {MAX_SECONDS} seconds of sound may wait to be fed: feed shorter recordings")]
pub struct FeedError;

#[derive(Default)]
struct Waiting {
    samples: VecDeque<f32>,
    /// Set once nothing more will be fed: the source then ends.
    closed: bool,
}

/// Feeds a [`PacedSource`] while it runs. Clones feed the same source.
#[derive(Clone)]
pub struct PacedFeeder {
    /// A mutex, since feeding and taking both move a few samples and nothing else happens under it.
    waiting: Arc<Mutex<Waiting>>,
}

impl PacedFeeder {
    /// Appends samples at [`SAMPLE_RATE`] to what will be delivered.
    pub fn feed(&self, samples: &[f32]) -> Result<(), FeedError> {
        let mut waiting = lock(&self.waiting);
        if waiting.samples.len() + samples.len() > MAX_WAITING {
            return Err(FeedError);
        }
        waiting.samples.extend(samples);
        Ok(())
    }

    /// Appends silence.
    pub fn feed_silence(&self, length: Duration) -> Result<(), FeedError> {
        self.feed(&vec![0.0; crate::speech::audio::samples_in(length, SAMPLE_RATE).min(MAX_WAITING + 1)])
    }

    /// Forgets what was fed and has not been delivered: whoever spoke is silent now.
    pub fn hush(&self) {
        lock(&self.waiting).samples.clear();
    }

    /// Ends the source when what was fed has been delivered.
    pub fn close(&self) {
        lock(&self.waiting).closed = true;
    }

    /// Whether everything fed so far has been delivered.
    pub fn is_empty(&self) -> bool {
        lock(&self.waiting).samples.is_empty()
    }
}

/// The source itself.
pub struct PacedSource {
    feeder: PacedFeeder,
    clock: Arc<dyn Clock>,
    /// Whether to wait for the listener instead of dropping what it does not take in time.
    lossless: bool,
}

impl PacedSource {
    /// A source in real time, and what feeds it. It delivers silence until it is fed.
    pub fn live() -> (Self, PacedFeeder) {
        let feeder = PacedFeeder { waiting: Arc::default() };
        (Self { feeder: feeder.clone(), clock: Arc::new(SystemClock), lossless: false }, feeder)
    }

    /// Delivers samples once, then `tail` of silence, then ends; as fast as they are taken, with time stamps as in
    /// real time.
    pub fn fast(samples: &[f32], tail: Duration) -> Result<Self, FeedError> {
        Self::with_clock(samples, tail, Arc::new(LeapClock::default()), true)
    }

    /// Delivers samples once, then `tail` of silence, then ends; at the pace of `clock`.
    pub fn with_clock(
        samples: &[f32],
        tail: Duration,
        clock: Arc<dyn Clock>,
        lossless: bool,
    ) -> Result<Self, FeedError> {
        let feeder = PacedFeeder { waiting: Arc::default() };
        feeder.feed(samples)?;
        feeder.feed_silence(tail)?;
        feeder.close();
        Ok(Self { feeder, clock, lossless })
    }
}

impl CaptureSource for PacedSource {
    fn start(self: Box<Self>) -> Result<Capture, CaptureError> {
        Capture::spawn("speech-paced", move |mut queue| {
            let start = self.clock.now();
            let mut delivered = 0u64;
            queue.report(Captured::Back { device: "a recording".into() });
            while !queue.stopped() {
                let chunk = {
                    let mut waiting = lock(&self.feeder.waiting);
                    if waiting.samples.is_empty() && waiting.closed {
                        break;
                    }
                    let count = waiting.samples.len().min(CHUNK);
                    let mut chunk: Vec<f32> = waiting.samples.drain(..count).collect();
                    chunk.resize(CHUNK, 0.0);
                    chunk
                };
                delivered += chunk.len() as u64;
                self.clock.wait_until(start + duration_of(delivered, SAMPLE_RATE));
                if self.lossless {
                    queue.deliver(chunk, self.clock.now());
                } else {
                    queue.offer(chunk, self.clock.now());
                }
            }
            queue.report(Captured::Ended);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_recording_arrives_whole_with_the_times_of_real_time() {
        let samples: Vec<f32> = (0..16_000).map(|i| i as f32 / 16_000.0).collect();
        let source = PacedSource::fast(&samples, Duration::from_millis(100)).unwrap();
        let capture = Box::new(source).start().unwrap();
        let (mut got, mut first, mut last) = (Vec::new(), None, None);
        loop {
            match capture.next(PATIENCE).unwrap() {
                Captured::Chunk(chunk) => {
                    got.extend(chunk.samples);
                    first.get_or_insert(chunk.captured_at);
                    last = Some(chunk.captured_at);
                }
                Captured::Ended => break,
                _ => {}
            }
        }
        assert_eq!(&got[..16_000], &samples[..]);
        assert_eq!(got.len(), 17_600);
        let lasted = last.unwrap() - first.unwrap();
        assert_eq!(lasted, Duration::from_millis(1080));
        assert_eq!(capture.dropped_samples(), 0);
    }

    #[test]
    fn a_live_source_is_silent_until_it_is_fed() {
        let (source, feeder) = PacedSource::live();
        let capture = Box::new(source).start().unwrap();
        feeder.feed(&[0.5; CHUNK]).unwrap();
        feeder.close();
        let mut peak = 0.0f32;
        loop {
            match capture.next(PATIENCE).unwrap() {
                Captured::Chunk(chunk) => peak = chunk.samples.iter().fold(peak, |m, s| m.max(*s)),
                Captured::Ended => break,
                _ => {}
            }
        }
        assert_eq!(peak, 0.5);
        assert!(feeder.is_empty());
    }

    #[test]
    fn who_is_hushed_is_not_heard_any_more() {
        let (source, feeder) = PacedSource::live();
        feeder.feed(&[0.5; 50 * CHUNK]).unwrap();
        feeder.hush();
        assert!(feeder.is_empty());
        feeder.feed(&[0.25; CHUNK]).unwrap();
        feeder.close();
        let capture = Box::new(source).start().unwrap();
        let mut got = Vec::new();
        while let Some(Captured::Chunk(_) | Captured::Back { .. }) = capture.next(PATIENCE).inspect(|next| {
            if let Captured::Chunk(chunk) = next {
                got.extend_from_slice(&chunk.samples);
            }
        }) {}
        assert_eq!(got, [0.25; CHUNK]);
    }

    #[test]
    fn more_than_the_bound_is_refused() {
        let (_, feeder) = PacedSource::live();
        assert!(feeder.feed(&vec![0.0; MAX_WAITING + 1]).is_err());
    }
}
