//! Frames that come when they like become frames that come in time. Pure: the caller has the clock.
//!
//! A frame waits until it is asked for. How many shall wait follows from how irregularly frames came lately: the time on the way
//! that 95 of 100 frames did not exceed, less the shortest. When nothing is there the sound is drawn out, which makes the buffer
//! deeper by itself; when too much is there the caller is told to hurry. What is lost in the middle is concealed.

use std::collections::{BTreeMap, VecDeque};

use super::packet::{FRAME_MS, Packet};

/// The most frames that wait: 1.2 s. The oldest gives way.
pub const WAITING_MAX: usize = 60;
/// How deep the buffer is before anything is known, at the least, and at the most, in milliseconds.
const DEPTH_FIRST_MS: u32 = 60;
const DEPTH_MIN_MS: u32 = 20;
const DEPTH_MAX_MS: u32 = 300;
/// The buffer may be so much deeper than it should before it hurries, in milliseconds.
const SLACK_MS: u32 = 40;
/// Of so many frames it is remembered how long they took: 5 s.
const TRANSITS_MAX: usize = 250;
/// So many have to be known to say anything.
const TRANSITS_MIN: usize = 10;
/// The share of frames, in percent, that should be there in time.
const IN_TIME_PERCENT: usize = 95;
/// A way cannot become so much longer or shorter at once, in milliseconds: one of the clocks was set.
const JUMP_MS: u64 = 1_000;
/// The first frames of an utterance were kept back until it was one: how long they took says nothing about the way.
const KEPT_BACK: u32 = 15;
/// So many times in a row the sound is drawn out; then the utterance has broken off.
const DRAWN_OUT_MAX: u32 = 10;
/// A longer gap is not filled but left out, in frames.
const GAP_MAX: u32 = 10;

/// What to play next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// Nobody speaks, or not enough has come to begin with.
    Nothing,
    Frame {
        payload: Vec<u8>,
        /// Too much waits: the next frame, too, should be taken now, and both shortened.
        hurry: bool,
        /// The last one of what the person said.
        last: bool,
    },
    /// It is lost. `next` is the frame after it, if that is there, which may hold a copy.
    Lost { next: Option<Vec<u8>> },
    /// It has not come yet: draw out what was played, and ask again.
    Late,
    /// Nothing came for so long that the person counts as silent.
    BrokenOff,
}

/// What has become of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub played: u64,
    /// Came after they should have been played, or twice.
    pub late: u64,
    /// Never came, and were concealed.
    pub lost: u64,
    /// Times that the sound was drawn out.
    pub drawn_out: u64,
    /// Gave way, or were in a gap that was left out.
    pub dropped: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nobody speaks.
    Idle,
    /// Waits since then until enough is there.
    Filling(u64),
    Playing,
}

/// The frames of one person's voice.
#[derive(Debug)]
pub struct JitterBuffer {
    stream: Option<u32>,
    /// The stream before: what still comes of it is late.
    former: Option<u32>,
    phase: Phase,
    /// The frame to be played next.
    next: u32,
    waiting: BTreeMap<u32, Packet>,
    drawn_out: u32,
    /// The first frame of the utterance that is coming in.
    first: u32,
    /// How long frames were on their way, on two clocks: only differences mean anything.
    transits: VecDeque<i64>,
    depth_ms: u32,
    counts: Counts,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self {
            stream: None,
            former: None,
            phase: Phase::Idle,
            next: 0,
            waiting: BTreeMap::new(),
            drawn_out: 0,
            first: 0,
            transits: VecDeque::new(),
            depth_ms: DEPTH_FIRST_MS,
            counts: Counts::default(),
        }
    }
}

impl JitterBuffer {
    /// A frame has come, at this time in milliseconds of the caller's clock.
    pub fn push(&mut self, packet: Packet, at_ms: u64) {
        if self.former == Some(packet.stream) {
            self.counts.late += 1;
            return;
        }
        if self.stream != Some(packet.stream) {
            let counts = Counts { dropped: self.counts.dropped + self.waiting.len() as u64, ..self.counts };
            let (former, next) = (self.stream, packet.seq);
            *self =
                Self { stream: Some(packet.stream), former, next, first: next, counts, ..Self::default() };
        }
        let twice = self.waiting.contains_key(&packet.seq);
        if packet.first && !twice {
            self.first = packet.seq;
        }
        // What is late says most about the way.
        if !twice && packet.seq.saturating_sub(self.first) >= KEPT_BACK {
            let transit = at_ms.cast_signed().saturating_sub_unsigned(u64::from(packet.time_ms));
            if self.transits.back().is_some_and(|last| last.abs_diff(transit) > JUMP_MS) {
                self.transits.clear();
            }
            self.note(transit);
        }
        if twice || packet.seq < self.next {
            self.counts.late += 1;
            return;
        }
        self.waiting.insert(packet.seq, packet);
        if self.waiting.len() > WAITING_MAX && self.waiting.pop_first().is_some() {
            self.counts.dropped += 1;
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Filling(at_ms);
        }
    }

    /// What is to be played next: asked for once for each 20 ms of sound.
    pub fn pull(&mut self, at_ms: u64) -> Pull {
        if let Phase::Filling(since) = self.phase {
            let complete = self.waiting.values().any(|packet| packet.last);
            let waited = at_ms.saturating_sub(since) >= u64::from(self.depth_ms);
            if !complete && !waited && self.waits_ms() < self.depth_ms {
                return Pull::Nothing;
            }
            // What was lost before anybody spoke is silence.
            self.next = self.waiting.first_key_value().map_or(self.next, |(seq, _)| *seq);
            self.phase = Phase::Playing;
        }
        if self.phase == Phase::Idle {
            return Pull::Nothing;
        }
        match self.waiting.first_key_value().map(|(seq, _)| *seq) {
            None => self.dry(),
            Some(first) if first == self.next => self.take(at_ms),
            Some(first) => self.gap(first, at_ms),
        }
    }

    /// How much sound waits, gaps included, in milliseconds.
    pub fn waits_ms(&self) -> u32 {
        let ends = self.waiting.first_key_value().zip(self.waiting.last_key_value());
        ends.map_or(0, |((first, _), (last, _))| (last - first).saturating_add(1).saturating_mul(FRAME_MS))
    }

    /// How much should wait, in milliseconds.
    pub fn depth_ms(&self) -> u32 {
        self.depth_ms
    }

    /// What has become of frames so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.counts.dropped += self.waiting.len() as u64;
        self.next = self.waiting.last_key_value().map_or(self.next, |(seq, _)| seq.saturating_add(1));
        self.waiting.clear();
        self.phase = Phase::Idle;
        self.drawn_out = 0;
    }

    fn take(&mut self, at_ms: u64) -> Pull {
        let Some((seq, packet)) = self.waiting.pop_first() else { return Pull::Nothing };
        self.next = seq.saturating_add(1);
        self.counts.played += 1;
        self.drawn_out = 0;
        if packet.last {
            self.phase = if self.waiting.is_empty() { Phase::Idle } else { Phase::Filling(at_ms) };
        }
        let follows = self.waiting.contains_key(&self.next);
        let hurry = !packet.last && follows && self.waits_ms() > self.depth_ms + SLACK_MS;
        Pull::Frame { payload: packet.payload, hurry, last: packet.last }
    }

    /// The next frame is not there, but a later one is.
    fn gap(&mut self, first: u32, at_ms: u64) -> Pull {
        let missing = first.saturating_sub(self.next);
        if missing > GAP_MAX {
            self.counts.dropped += u64::from(missing);
            self.next = first;
            return self.take(at_ms);
        }
        self.counts.lost += 1;
        self.next += 1;
        self.drawn_out = 0;
        let next = self.waiting.get(&self.next).map(|packet| packet.payload.clone());
        Pull::Lost { next }
    }

    /// Nothing is there.
    fn dry(&mut self) -> Pull {
        self.drawn_out += 1;
        self.counts.drawn_out += 1;
        if self.drawn_out <= DRAWN_OUT_MAX {
            return Pull::Late;
        }
        self.drawn_out = 0;
        self.phase = Phase::Idle;
        Pull::BrokenOff
    }

    fn note(&mut self, transit: i64) {
        if self.transits.len() >= TRANSITS_MAX {
            self.transits.pop_front();
        }
        self.transits.push_back(transit);
        if self.transits.len() < TRANSITS_MIN {
            return;
        }
        let mut sorted: Vec<i64> = self.transits.iter().copied().collect();
        sorted.sort_unstable();
        let shortest = sorted.first().copied().unwrap_or(0);
        let in_time = sorted.get(sorted.len() * IN_TIME_PERCENT / 100).copied().unwrap_or(shortest);
        let irregular = u32::try_from(in_time.saturating_sub(shortest)).unwrap_or(DEPTH_MAX_MS);
        self.depth_ms = irregular.saturating_add(FRAME_MS / 2).clamp(DEPTH_MIN_MS, DEPTH_MAX_MS);
    }
}
