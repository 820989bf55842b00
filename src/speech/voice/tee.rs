//! One microphone for two listeners: whoever starts the source gets the sound, and somebody else gets a copy.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::speech::audio::Chunk;
use crate::speech::capture::{Capture, CaptureError, CaptureSource, Captured};

/// Chunks that may wait for whoever gets the copy: a second. Later ones are dropped.
pub const TEE_CHUNKS: usize = 50;
/// How long it waits for sound before it looks whether it should end.
const POLL: Duration = Duration::from_millis(100);

/// A source that copies what it delivers.
pub struct Tee {
    source: Box<dyn CaptureSource>,
    copy: SyncSender<Chunk>,
}

impl Tee {
    /// Around a source, and where the copies come out.
    pub fn new(source: Box<dyn CaptureSource>) -> (Self, Receiver<Chunk>) {
        let (copy, copies) = sync_channel(TEE_CHUNKS);
        (Self { source, copy }, copies)
    }
}

impl CaptureSource for Tee {
    fn start(self: Box<Self>) -> Result<Capture, CaptureError> {
        let Self { source, copy } = *self;
        let inner = source.start()?;
        Capture::spawn("speech-tee", move |mut queue| {
            while !queue.stopped() {
                match inner.next(POLL) {
                    Some(Captured::Chunk(chunk)) => {
                        // Who does not take its copy in time hears less; the other one hears all.
                        let _ = copy.try_send(chunk.clone());
                        queue.offer(chunk.samples, chunk.captured_at);
                    }
                    Some(Captured::Ended) => {
                        queue.report(Captured::Ended);
                        return;
                    }
                    Some(other) => queue.report(other),
                    None => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::capture::PacedSource;

    #[test]
    fn both_hear_the_same() {
        let samples: Vec<f32> = (0..8_000).map(|i| i as f32 / 8_000.0).collect();
        let (tee, copies) = Tee::new(Box::new(PacedSource::fast(&samples, Duration::ZERO).unwrap()));
        let capture = Box::new(tee).start().unwrap();
        let mut heard = Vec::new();
        loop {
            match capture.next(Duration::from_secs(10)).unwrap() {
                Captured::Chunk(chunk) => heard.extend(chunk.samples),
                Captured::Ended => break,
                _ => {}
            }
        }
        let copied: Vec<f32> = copies.try_iter().flat_map(|chunk| chunk.samples).collect();
        assert_eq!((heard.len(), &copied), (8_000, &heard));
    }
}
