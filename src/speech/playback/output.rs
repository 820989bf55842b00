//! What is shared between whoever speaks, whoever plays and whoever draws the mouth.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::queue::{PartKey, PlayEvent, VoiceQueue};
use super::ring::PlayedRing;
use crate::speech::audio::{VOICE_RATE, duration_of, samples_in};
use crate::speech::clock::lock;
use crate::speech::visemes::{LipSlot, MouthShape};

/// Why a sink could not be started at all. A missing loudspeaker is not one: see [`PlaybackStatus::Silent`].
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    #[error("the thread that plays sound could not be started: {0}; close other programs and try again")]
    Thread(#[from] std::io::Error),
}

/// Whether anybody can hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaybackStatus {
    /// Opening the device.
    Starting,
    /// Sound goes to this device.
    Playing { device: String },
    /// Nobody hears: time goes on as if they did, so that captions and mouth carry on. `why` is a sentence.
    Silent { why: String },
}

/// A sink for sound. Dropping it stops it.
pub trait Playback: Send {
    fn output(&self) -> VoiceOutput;
}

/// Where the latest samples are in time.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// Position of the first sample of the latest block.
    block_start: u64,
    /// When that sample is heard.
    heard_at: Instant,
}

/// Where a moment lies in what was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Position of the sample that is heard at that moment; beyond `total` when it has not been rendered yet, and negative
    /// before the first.
    pub position: i64,
    /// Samples rendered so far.
    pub total: u64,
}

struct Shared {
    /// A mutex that the device's thread takes, too: whoever holds it only moves samples, and never waits.
    queue: Mutex<VoiceQueue>,
    /// Apart from the queue, since the mouth reads it once a frame.
    played: Mutex<(PlayedRing, Option<Head>)>,
    status: Mutex<PlaybackStatus>,
}

/// The handle of a sink. Clones share it.
#[derive(Clone)]
pub struct VoiceOutput {
    shared: Arc<Shared>,
}

impl Default for VoiceOutput {
    fn default() -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::default(),
                played: Mutex::default(),
                status: Mutex::new(PlaybackStatus::Starting),
            }),
        }
    }
}

impl VoiceOutput {
    /// A writer for what is to be said next. It is good until somebody stops the speech.
    pub fn writer(&self) -> VoiceWriter {
        VoiceWriter { epoch: lock(&self.shared.queue).epoch(), shared: Arc::clone(&self.shared) }
    }

    /// Fades out within 20 ms and drops what waits; writers made before are good no more.
    pub fn stop(&self) {
        lock(&self.shared.queue).stop(Instant::now());
    }

    /// See [`VoiceQueue::begin_live`].
    pub fn begin_live(&self) {
        lock(&self.shared.queue).begin_live(Instant::now());
    }

    /// Appends samples of the live voice at [`VOICE_RATE`]; false when they were not taken.
    pub fn live(&self, samples: &[f32]) -> bool {
        lock(&self.shared.queue).live().push(samples)
    }

    /// How many samples of the live voice wait.
    pub fn live_waits(&self) -> usize {
        lock(&self.shared.queue).live().waits()
    }

    /// See [`VoiceQueue::end_live`].
    pub fn end_live(&self) {
        lock(&self.shared.queue).end_live();
    }

    /// Holds speech back where it is, faded out, for 900 ms at the most or until [`Self::go_on`].
    pub fn hush(&self) {
        lock(&self.shared.queue).hush();
    }

    /// Speech that was held back goes on where it was.
    pub fn go_on(&self) {
        lock(&self.shared.queue).go_on();
    }

    /// See [`VoiceQueue::set_volume`].
    pub fn set_volume(&self, volume: f32) {
        lock(&self.shared.queue).set_volume(volume);
    }

    /// Whether nothing is being played and nothing waits.
    pub fn is_idle(&self) -> bool {
        lock(&self.shared.queue).is_idle()
    }

    /// The next event, in order.
    pub fn next_event(&self) -> Option<PlayEvent> {
        lock(&self.shared.queue).next_event()
    }

    /// Whether anybody can hear.
    pub fn status(&self) -> PlaybackStatus {
        lock(&self.shared.status).clone()
    }

    /// Appends what was played from a position on; see [`PlayedRing::read_from`].
    pub fn read_played(&self, from: u64, out: &mut Vec<f32>) -> u64 {
        lock(&self.shared.played).0.read_from(from, out)
    }

    /// The position of the sample that is heard at `now`.
    pub fn heard_position(&self, now: Instant) -> u64 {
        let played = lock(&self.shared.played);
        let total = played.0.total();
        let Some(head) = played.1 else { return total };
        let position = match now.checked_duration_since(head.heard_at) {
            Some(after) => head.block_start + samples_in(after, VOICE_RATE) as u64,
            None => {
                let before = head.heard_at.saturating_duration_since(now);
                head.block_start.saturating_sub(samples_in(before, VOICE_RATE) as u64)
            }
        };
        position.min(total)
    }

    /// Where a moment lies in what was played; `None` before anything was. Unlike [`Self::heard_position`] it is not bounded
    /// by what is there: an echo canceller has to know that samples are still missing.
    pub fn place_at(&self, at: Instant) -> Option<Place> {
        let played = lock(&self.shared.played);
        let head = played.1?;
        let samples = |time| i64::try_from(samples_in(time, VOICE_RATE)).unwrap_or(i64::MAX / 2);
        let offset = match at.checked_duration_since(head.heard_at) {
            Some(after) => samples(after),
            None => -samples(head.heard_at.saturating_duration_since(at)),
        };
        let start = i64::try_from(head.block_start).unwrap_or(i64::MAX / 2);
        Some(Place { position: start.saturating_add(offset), total: played.0.total() })
    }

    /// The mouth at a position in what was played; `None` where no phonemes are known.
    pub fn lips_at(&self, position: u64) -> Option<MouthShape> {
        lock(&self.shared.queue).lips_at(position)
    }

    /// For sinks: fills a block of mono samples at [`VOICE_RATE`], heard from `heard_at` on.
    pub fn render(&self, out: &mut [f32], heard_at: Instant) {
        lock(&self.shared.queue).render(out, heard_at);
        let mut played = lock(&self.shared.played);
        let block_start = played.0.total();
        played.0.push(out);
        played.1 = Some(Head { block_start, heard_at });
    }

    /// For sinks: says whether anybody can hear.
    pub fn set_status(&self, status: PlaybackStatus) {
        *lock(&self.shared.status) = status;
    }
}

/// Why something was not queued.
#[derive(Debug, Clone, PartialEq)]
pub enum NotQueued {
    /// Speech was stopped since the writer was made.
    Stopped,
    /// Too much waits already: the samples come back, to be tried again.
    Full(Vec<f32>),
}

/// Writes parts into a sink's queue.
pub struct VoiceWriter {
    shared: Arc<Shared>,
    epoch: u64,
}

impl VoiceWriter {
    fn write<T>(&self, work: impl FnOnce(&mut VoiceQueue) -> T) -> Result<T, NotQueued> {
        let mut queue = lock(&self.shared.queue);
        if queue.epoch() == self.epoch { Ok(work(&mut queue)) } else { Err(NotQueued::Stopped) }
    }

    /// Begins a part; what follows belongs to it.
    pub fn begin(&self, key: PartKey) -> Result<(), NotQueued> {
        self.write(|queue| queue.begin(key))
    }

    /// A sentence of the part begins, with these characters of its text.
    pub fn sentence(&self, from: usize, to: usize) -> Result<(), NotQueued> {
        self.write(|queue| queue.sentence(from, to))
    }

    /// The same for a sentence whose phonemes will be known.
    pub fn sentence_with_lips(&self, from: usize, to: usize, lips: LipSlot) -> Result<(), NotQueued> {
        self.write(|queue| queue.sentence_with_lips(from, to, lips))
    }

    /// Queues mono samples at [`VOICE_RATE`].
    pub fn sound(&self, samples: Vec<f32>, made: Instant) -> Result<(), NotQueued> {
        self.write(|queue| queue.sound(samples, made))?.map_err(NotQueued::Full)
    }

    /// Ends the part.
    pub fn end(&self) -> Result<(), NotQueued> {
        self.write(VoiceQueue::end)
    }
}

/// For sinks without a device: so many samples are played at a time, 10 ms.
pub(super) const BLOCK_SAMPLES: usize = VOICE_RATE as usize / 100;

/// When the block after `blocks` blocks begins.
pub(super) fn block_time(start: Instant, blocks: u64) -> Instant {
    start + duration_of(blocks * BLOCK_SAMPLES as u64, VOICE_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_heard_position_follows_time_and_not_what_was_pulled() {
        let output = VoiceOutput::default();
        let start = Instant::now();
        let mut block = vec![0.0; 4_800];
        let later = start + Duration::from_millis(40);
        // Pulled now, heard 40 ms later.
        output.render(&mut block, later);
        assert_eq!(output.heard_position(start), 0);
        assert_eq!(output.heard_position(later), 0);
        assert_eq!(output.heard_position(later + Duration::from_millis(50)), 2_400);
        assert_eq!(
            output.heard_position(later + Duration::from_secs(9)),
            4_800,
            "never beyond what was played"
        );
        output.render(&mut block, later + Duration::from_millis(100));
        assert_eq!(output.heard_position(later + Duration::from_millis(90)), 4_320);
        let place = |ms| output.place_at(start + Duration::from_millis(ms)).unwrap();
        assert_eq!(place(0), Place { position: -1_920, total: 9_600 });
        assert_eq!(place(300).position, 12_480, "what is not there yet has its place, too");
        assert_eq!(VoiceOutput::default().place_at(start), None);
    }

    #[test]
    fn handles_share_one_queue() {
        let output = VoiceOutput::default();
        let other = output.clone();
        let writer = other.writer();
        writer.begin(PartKey { answer: 1, part: 0 }).unwrap();
        writer.sound(vec![0.25; 10], Instant::now()).unwrap();
        writer.end().unwrap();
        let mut block = [0.0; 16];
        output.render(&mut block, Instant::now());
        assert_eq!(block[9], 0.25);
        assert!(matches!(other.next_event(), Some(PlayEvent::Started { .. })));
        let mut played = Vec::new();
        assert_eq!(other.read_played(0, &mut played), 0);
        assert_eq!(played, block);
    }

    #[test]
    fn a_writer_from_before_a_stop_cannot_speak_any_more() {
        let output = VoiceOutput::default();
        let writer = output.writer();
        output.stop();
        assert_eq!(writer.begin(PartKey { answer: 1, part: 0 }), Err(NotQueued::Stopped));
        assert_eq!(writer.sound(vec![0.0; 3], Instant::now()), Err(NotQueued::Stopped));
        assert!(output.writer().begin(PartKey { answer: 1, part: 0 }).is_ok());
    }
}
