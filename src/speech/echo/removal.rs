//! From chunks of a microphone to chunks without echo: waits for the reference, keeps the streams together, knows whether
//! the canceller can be relied on.

use std::collections::VecDeque;
use std::time::Instant;

use super::canceller::{Canceller, Cleaned, EchoFacts};
use super::reference::{Fetched, Reference};
use crate::speech::audio::{Chunk, SAMPLE_RATE, duration_of, heard_samples, level_db};
use crate::speech::playback::VoiceOutput;

/// So much sound may wait for the playback to render what was heard with it: 80 ms.
const MAX_HELD_SAMPLES: usize = heard_samples(80);
/// The avatar is heard when it is louder than this, in dB below full scale.
const FAR_ACTIVE_DB: f32 = -50.0;
/// The room goes on sounding for so long after the last sound was played, its way through the room included.
const TAIL_SAMPLES: u64 = heard_samples(400) as u64;
/// So much speech of the avatar has to be heard before the canceller is relied on; after a jump in time, again.
const SETTLE_SAMPLES: u64 = heard_samples(1_200) as u64;

/// A piece of sound without echo.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanChunk {
    pub streams: Cleaned,
    /// As in [`Chunk`].
    pub first_sample: u64,
    /// When the last of the samples was captured.
    pub captured_at: Instant,
    /// Whether the avatar can be heard in the room.
    pub far_active: bool,
    /// Whether the canceller can be relied on.
    pub settled: bool,
}

/// The canceller with its reference, for one microphone.
pub struct EchoRemoval {
    reference: Reference,
    canceller: Canceller,
    held: VecDeque<Chunk>,
    far: Vec<f32>,
    /// There is something to compare with.
    running: bool,
    /// Samples since the avatar was last heard.
    since_far: u64,
    /// Samples of the avatar's speech heard since the last new beginning, up to [`SETTLE_SAMPLES`].
    heard_far: u64,
}

impl EchoRemoval {
    /// Removes the echo of what an output plays.
    pub fn new(output: VoiceOutput) -> Self {
        Self {
            reference: Reference::new(output),
            canceller: Canceller::default(),
            held: VecDeque::new(),
            far: Vec::new(),
            running: false,
            since_far: u64::MAX,
            heard_far: 0,
        }
    }

    /// Whether what is played is known. Without it the echo stays in.
    pub fn running(&self) -> bool {
        self.running
    }

    /// What is known about the room.
    pub fn facts(&self) -> EchoFacts {
        self.canceller.facts()
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: Chunk) {
        self.held.push_back(chunk);
    }

    /// The next piece whose reference is known, in order. Too late a reference is taken for silence.
    pub fn take(&mut self) -> Option<CleanChunk> {
        loop {
            let held: usize = self.held.iter().map(|c| c.samples.len()).sum();
            let chunk = self.held.front()?;
            self.far.clear();
            let count = chunk.samples.len();
            let fetched = self.reference.fetch(count, chunk.captured_at, &mut self.far);
            match fetched {
                Fetched::NotYet if held <= MAX_HELD_SAMPLES => return None,
                Fetched::NotYet => {
                    self.reference.lose();
                    self.heard_far = 0;
                    self.running = false;
                }
                Fetched::Silence => self.running = false,
                Fetched::Jumped => {
                    self.heard_far = 0;
                    self.running = true;
                }
                Fetched::Whole => self.running = true,
            }
            let chunk = self.held.pop_front()?;
            self.note_far(count as u64);
            let mut streams = Cleaned::default();
            self.canceller.push(&chunk.samples, &self.far, &mut streams);
            if streams.clean.is_empty() {
                continue;
            }
            let waiting = self.canceller.waiting() as u64;
            let end = (chunk.first_sample + count as u64).saturating_sub(waiting);
            let late = duration_of(waiting, SAMPLE_RATE);
            return Some(CleanChunk {
                first_sample: end.saturating_sub(streams.clean.len() as u64),
                captured_at: chunk.captured_at.checked_sub(late).unwrap_or(chunk.captured_at),
                far_active: self.since_far < TAIL_SAMPLES,
                settled: self.heard_far >= SETTLE_SAMPLES,
                streams,
            });
        }
    }

    /// The microphone was lost or changed: nothing waits any more, and the room is learned anew.
    pub fn reset(&mut self) {
        self.held.clear();
        self.reference.lose();
        self.canceller = Canceller::default();
        self.heard_far = 0;
    }

    fn note_far(&mut self, count: u64) {
        if level_db(&self.far) > FAR_ACTIVE_DB {
            self.since_far = 0;
            self.heard_far = self.heard_far.saturating_add(count).min(SETTLE_SAMPLES);
        } else {
            self.since_far = self.since_far.saturating_add(count);
        }
    }
}
