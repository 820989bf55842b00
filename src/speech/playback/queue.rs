//! What is to be said, in order, and how far it has been said. Pure: a device or a test pulls samples out of it.

use std::collections::VecDeque;
use std::time::Instant;

use super::lips::LipLog;
use super::live::Live;
use crate::speech::audio::VOICE_RATE;
use crate::speech::visemes::{LipSlot, MouthShape};

/// The most that may wait to be played: 60 seconds.
pub const MAX_QUEUED_SAMPLES: usize = 60 * VOICE_RATE as usize;
/// How long a fade-out takes when speech is stopped: 15 ms.
pub const FADE_SAMPLES: usize = VOICE_RATE as usize * 15 / 1000;
/// Progress is reported about ten times a second.
const PROGRESS_SAMPLES: u64 = VOICE_RATE as u64 / 10;
/// How fast the volume may change: from silence to full in 10 ms.
const VOLUME_STEP: f32 = 100.0 / VOICE_RATE as f32;
/// The longest that speech is held back at once: 900 ms. Whoever asked for it may be gone.
const MAX_HUSH_SAMPLES: usize = VOICE_RATE as usize * 900 / 1000;
/// Events kept for whoever asks; more are dropped, progress first.
const MAX_EVENTS: usize = 256;
/// Characters a second, while it is not known how long a sentence will sound.
const GUESSED_CHARS_PER_S: f32 = 15.0;

/// Which part of which answer. The numbers mean nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartKey {
    pub answer: u128,
    pub part: u16,
}

/// How far a part has been played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Played {
    /// Sound of this part, in milliseconds.
    pub ms: u32,
    /// Characters of its text, as far as that can be told from the sound.
    pub chars: usize,
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlayEvent {
    /// Its first sample was played. `made`: when the synthesiser had delivered it.
    Started {
        key: PartKey,
        made: Instant,
        played: Instant,
    },
    /// A sentence in it began: its characters.
    Sentence {
        key: PartKey,
        from: usize,
        to: usize,
    },
    Progress {
        key: PartKey,
        played: Played,
    },
    /// Its last sample was played.
    Finished {
        key: PartKey,
        played: Played,
    },
    /// It was stopped, or dropped before it began (then nothing was played).
    Interrupted {
        key: PartKey,
        played: Played,
        at: Instant,
    },
}

enum Item {
    Begin { key: PartKey },
    Sentence { from: usize, to: usize, lips: Option<LipSlot> },
    Sound { samples: Vec<f32>, made: Instant },
    End,
}

/// The part that is being played.
struct Current {
    key: PartKey,
    started: bool,
    samples: u64,
    reported: u64,
    sentence: (usize, usize),
    sentence_samples: u64,
    lips: Option<LipSlot>,
}

impl Current {
    fn played(&self, sentence_left: Option<u64>) -> Played {
        let (from, to) = self.sentence;
        let share = match sentence_left {
            Some(left) => self.sentence_samples as f32 / (self.sentence_samples + left).max(1) as f32,
            None => {
                let guessed = (to - from).max(1) as f32 / GUESSED_CHARS_PER_S * VOICE_RATE as f32;
                (self.sentence_samples as f32 / guessed).min(1.0)
            }
        };
        let chars = from + ((to - from) as f32 * share).round() as usize;
        Played { ms: (self.samples * 1000 / u64::from(VOICE_RATE)) as u32, chars: chars.min(to) }
    }
}

/// Queue of parts at [`VOICE_RATE`], mono.
pub struct VoiceQueue {
    items: VecDeque<Item>,
    queued: usize,
    /// Samples of the first item that were played already.
    offset: usize,
    current: Option<Current>,
    events: VecDeque<PlayEvent>,
    volume: f32,
    volume_now: f32,
    /// Samples for which speech is still held back.
    hushed: usize,
    /// The end of what was stopped, faded out.
    tail: VecDeque<f32>,
    /// Counts stops, so that what was made before one is not played after it.
    epoch: u64,
    /// Samples of silence played in the middle of a part because nothing was there.
    starved: u64,
    live: Live,
    /// Samples rendered so far.
    position: u64,
    /// Whether the sample before was one of the current sentence.
    speaking: bool,
    lips: LipLog,
}

impl Default for VoiceQueue {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            queued: 0,
            offset: 0,
            current: None,
            events: VecDeque::new(),
            volume: 1.0,
            volume_now: 1.0,
            hushed: 0,
            tail: VecDeque::new(),
            epoch: 0,
            starved: 0,
            live: Live::default(),
            position: 0,
            speaking: false,
            lips: LipLog::default(),
        }
    }
}

impl VoiceQueue {
    /// Begins a part. What follows belongs to it until [`Self::end`].
    pub fn begin(&mut self, key: PartKey) {
        self.items.push_back(Item::Begin { key });
    }

    /// A sentence begins, with these characters of the part's text.
    pub fn sentence(&mut self, from: usize, to: usize) {
        self.items.push_back(Item::Sentence { from, to: to.max(from), lips: None });
    }

    /// The same for a sentence whose phonemes will be known.
    pub fn sentence_with_lips(&mut self, from: usize, to: usize, lips: LipSlot) {
        self.items.push_back(Item::Sentence { from, to: to.max(from), lips: Some(lips) });
    }

    /// The mouth at a position in what was played, counted from the first sample rendered; `None` where no phonemes are known.
    pub fn lips_at(&self, position: u64) -> Option<MouthShape> {
        self.lips.at(position)
    }

    /// Appends samples. Gives them back when too many wait already.
    pub fn sound(&mut self, samples: Vec<f32>, made: Instant) -> Result<(), Vec<f32>> {
        if self.queued + samples.len() > MAX_QUEUED_SAMPLES {
            return Err(samples);
        }
        self.queued += samples.len();
        if !samples.is_empty() {
            self.items.push_back(Item::Sound { samples, made });
        }
        Ok(())
    }

    /// Ends a part.
    pub fn end(&mut self) {
        self.items.push_back(Item::End);
    }

    /// Counts the stops so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Fades out what is being played within [`FADE_SAMPLES`] and drops all that waits.
    pub fn stop(&mut self, at: Instant) {
        self.epoch += 1;
        let mut tail: Vec<f32> = Vec::with_capacity(FADE_SAMPLES);
        // What is held back is silent already.
        let silent = std::mem::take(&mut self.hushed) > 0;
        if !silent && self.current.as_ref().is_some_and(|c| c.started) {
            let mut skip = self.offset;
            for item in &self.items {
                let Item::Sound { samples, .. } = item else { break };
                tail.extend(samples.iter().skip(skip).take(FADE_SAMPLES - tail.len()));
                skip = 0;
            }
        }
        let count = tail.len() as f32;
        self.tail.extend(tail.iter().enumerate().map(|(i, s)| s * (1.0 - (i + 1) as f32 / count)));
        self.cut(at);
    }

    /// Whether nothing is being played and nothing waits.
    pub fn is_idle(&self) -> bool {
        let parts = !self.items.is_empty() || self.current.is_some();
        !parts && self.tail.is_empty() && !self.live.is_on()
    }

    /// A live voice begins: what is being spoken is stopped as by [`Self::stop`], and what is said from now on waits.
    pub fn begin_live(&mut self, at: Instant) {
        if !self.items.is_empty() || self.current.is_some() {
            self.stop(at);
        }
        self.live.begin();
    }

    /// The live voice is over; what still waits of it is faded out.
    pub fn end_live(&mut self) {
        let rest = self.live.end();
        self.tail.extend(rest);
    }

    /// The live voice.
    pub fn live(&mut self) -> &mut Live {
        &mut self.live
    }

    /// 0 is silent, 1 is as loud as the synthesiser made it, at most 2.
    pub fn set_volume(&mut self, volume: f32) {
        self.volume = if volume.is_finite() { volume.clamp(0.0, 2.0) } else { 1.0 };
    }

    /// Holds speech back where it is, for 900 ms at the most, or until [`Self::go_on`]: perhaps somebody
    /// interrupts. A live voice cannot be held back.
    pub fn hush(&mut self) {
        self.hushed = MAX_HUSH_SAMPLES;
    }

    /// Speech that was held back goes on.
    pub fn go_on(&mut self) {
        self.hushed = 0;
    }

    /// Samples of silence that had to be played in the middle of a part, or of a live voice.
    pub fn starved_samples(&self) -> u64 {
        self.starved
    }

    /// Fills `out` with the next samples, silence where there are none. `now` is when the first of them is heard.
    pub fn render(&mut self, out: &mut [f32], now: Instant) {
        for (i, slot) in out.iter_mut().enumerate() {
            let at = now + crate::speech::audio::duration_of(i as u64, VOICE_RATE);
            let hushed = self.hushed > 0 && !self.live.is_on();
            self.hushed = self.hushed.saturating_sub(1);
            let sample = if hushed && self.volume_now <= 0.0 { self.rest() } else { self.next_sample(at) };
            let volume = if hushed { 0.0 } else { self.volume };
            let step = (volume - self.volume_now).clamp(-VOLUME_STEP, VOLUME_STEP);
            self.volume_now += step;
            *slot = sample * self.volume_now;
        }
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<PlayEvent> {
        self.events.pop_front()
    }

    fn next_sample(&mut self, at: Instant) -> f32 {
        let tail = self.tail.pop_front().unwrap_or(0.0);
        if self.live.is_on() {
            if self.speaking {
                self.speaking = false;
                self.lips.nobody(self.position);
            }
            self.position += 1;
            let sample = self.live.take();
            self.starved += u64::from(sample.is_none());
            return sample.unwrap_or(0.0) + tail;
        }
        let pulled = self.pull(at);
        self.position += 1;
        match pulled {
            Some(sample) => sample + tail,
            None => {
                if self.speaking {
                    self.speaking = false;
                    self.lips.nobody(self.position - 1);
                }
                if self.current.as_ref().is_some_and(|c| c.started) {
                    self.starved += 1;
                }
                tail
            }
        }
    }

    /// A sample of silence, with the mouth shut, while speech is held back.
    fn rest(&mut self) -> f32 {
        if self.speaking {
            self.speaking = false;
            self.lips.nobody(self.position);
        }
        self.position += 1;
        self.tail.pop_front().unwrap_or(0.0)
    }

    fn pull(&mut self, at: Instant) -> Option<f32> {
        loop {
            match self.items.front() {
                None => return None,
                Some(Item::Sound { samples, made }) => {
                    let made = *made;
                    let sample = samples.get(self.offset).copied();
                    let Some(sample) = sample else {
                        self.items.pop_front();
                        self.offset = 0;
                        continue;
                    };
                    self.offset += 1;
                    self.queued -= 1;
                    self.count(made, at);
                    return Some(sample);
                }
                Some(_) => {}
            }
            match self.items.pop_front() {
                Some(Item::Begin { key }) => {
                    self.finish();
                    self.current = Some(Current {
                        key,
                        started: false,
                        samples: 0,
                        reported: 0,
                        sentence: (0, 0),
                        sentence_samples: 0,
                        lips: None,
                    });
                    self.speaking = false;
                }
                Some(Item::Sentence { from, to, lips }) => {
                    if let Some(current) = &mut self.current {
                        current.sentence = (from, to);
                        current.sentence_samples = 0;
                        current.lips = lips;
                        self.speaking = false;
                        let key = current.key;
                        self.tell(PlayEvent::Sentence { key, from, to });
                    }
                }
                Some(Item::End) => self.finish(),
                Some(Item::Sound { .. }) | None => {}
            }
        }
    }

    fn count(&mut self, made: Instant, at: Instant) {
        let Some(current) = &mut self.current else { return };
        if !self.speaking {
            self.speaking = true;
            match &current.lips {
                Some(lips) => self.lips.from(self.position, current.sentence_samples, lips.clone()),
                None => self.lips.nobody(self.position),
            }
        }
        let first = !current.started;
        current.started = true;
        current.samples += 1;
        current.sentence_samples += 1;
        let due = current.samples - current.reported >= PROGRESS_SAMPLES;
        if due {
            current.reported = current.samples;
        }
        let key = current.key;
        if first {
            self.tell(PlayEvent::Started { key, made, played: at });
        }
        if due && let Some(played) = self.played() {
            self.tell(PlayEvent::Progress { key, played });
        }
    }

    /// How far the current part has been played.
    fn played(&self) -> Option<Played> {
        let current = self.current.as_ref()?;
        Some(current.played(self.sentence_left()))
    }

    /// Samples left of the current sentence, when all of it is here.
    fn sentence_left(&self) -> Option<u64> {
        let mut left = 0;
        for item in &self.items {
            match item {
                Item::Sound { samples, .. } => left += samples.len() as u64,
                Item::Begin { .. } | Item::Sentence { .. } | Item::End => {
                    return Some(left - self.offset as u64);
                }
            }
        }
        None
    }

    /// The current part is over.
    fn finish(&mut self) {
        let Some(current) = self.current.take() else { return };
        let played = Played { chars: current.sentence.1, ..current.played(Some(0)) };
        self.tell(PlayEvent::Finished { key: current.key, played });
    }

    /// Drops everything: the current part and all that waits.
    fn cut(&mut self, at: Instant) {
        if let Some(played) = self.played()
            && let Some(current) = self.current.take()
        {
            self.tell(PlayEvent::Interrupted { key: current.key, played, at });
        }
        let waiting: Vec<PartKey> = self
            .items
            .iter()
            .filter_map(|i| if let Item::Begin { key } = i { Some(*key) } else { None })
            .collect();
        for key in waiting {
            self.tell(PlayEvent::Interrupted { key, played: Played::default(), at });
        }
        self.items.clear();
        self.queued = 0;
        self.offset = 0;
    }

    fn tell(&mut self, event: PlayEvent) {
        if self.events.len() >= MAX_EVENTS {
            let progress = self.events.iter().position(|e| matches!(e, PlayEvent::Progress { .. }));
            self.events.remove(progress.unwrap_or(0));
        }
        self.events.push_back(event);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
