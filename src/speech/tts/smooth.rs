//! One loudness for all voices, and pauses as a person makes them: silence at the edges of an utterance goes, its level is
//! brought to [`TARGET_DB`] by one gain, and a limiter keeps its peaks in bounds. At [`VOICE_RATE`], while it is made.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::speech::audio::VOICE_RATE;

/// How loud speech is, in dB below full scale, measured where somebody speaks.
pub const TARGET_DB: f32 = -20.0;
/// No voice is made louder or softer by more, in dB.
const MAX_GAIN_DB: f32 = 15.0;
/// No sample is larger.
pub const CEILING: f32 = 0.89;
/// What is smaller is silence: −50 dB.
const SILENT_BELOW: f32 = 0.003;
/// Silence kept before the first sound and after the last one: a consonant begins and ends softly.
const LEAD: usize = samples(15);
const TAIL: usize = samples(30);
/// A pause within an utterance is no longer.
const MAX_PAUSE: usize = samples(600);
/// Loudness is measured in pieces of this length.
const FRAME: usize = samples(20);
/// So many pieces with speech tell how loud an unknown voice is: 300 ms.
const ENOUGH_FRAMES: usize = 15;
/// The most pieces measured in one utterance: a minute.
const MAX_FRAMES: usize = 3_000;
/// Pieces so far below the mean (as a share of its power, −10 dB) are pauses, as in EBU R 128.
const PAUSE_SHARE: f32 = 0.1;
/// The limiter sees a peak so early, and recovers by this share of the difference with each sample: in some 50 ms.
const LOOK_AHEAD: usize = 120;
const RECOVERY: f32 = 1.0 / 2_400.0;
/// Voices whose loudness is remembered, and utterances that count for it.
const VOICES_MAX: usize = 16;
const UTTERANCES_MAX: f32 = 8.0;

const fn samples(ms: usize) -> usize {
    ms * VOICE_RATE as usize / 1000
}

/// The pause after a piece of a text, by how it ends.
pub fn gap_after(text: &str) -> Duration {
    let written = text.trim_end();
    let ends_paragraph = text.get(written.len()..).is_some_and(|rest| rest.contains('\n'));
    let end = written.trim_end_matches(['"', '\'', '”', '’', '」', '』', ')', '）', '*', '_']);
    let ms = match end.chars().next_back() {
        _ if ends_paragraph => 380,
        Some('…') => 400,
        Some('.') if end.ends_with("..") => 400,
        Some('.' | '。' | '!' | '！' | '?' | '？') => 300,
        Some(';' | '；' | ':' | '：' | '–' | '—') => 200,
        Some(',' | '，' | '、') => 120,
        // The end of a line, or of a piece that was cut for its length.
        _ => 160,
    };
    Duration::from_millis(ms)
}

/// How loud the voices were so far.
#[derive(Debug, Default)]
pub struct Levels {
    voices: BTreeMap<String, (f32, f32)>,
}

impl Levels {
    /// A smoother for the next utterance of this voice.
    pub fn smoother(&self, voice: &str) -> Smoother {
        Smoother::new(self.voices.get(voice).map(|(level, _)| *level))
    }

    /// An utterance of it has been measured.
    pub fn learn(&mut self, voice: &str, level_db: f32) {
        if self.voices.len() >= VOICES_MAX && !self.voices.contains_key(voice) {
            self.voices.pop_first();
        }
        let (level, count) = self.voices.entry(voice.to_owned()).or_insert((level_db, 0.0));
        *count = (*count + 1.0).min(UTTERANCES_MAX);
        *level += (level_db - *level) / *count;
    }
}

/// Smooths one utterance while it comes.
#[derive(Debug)]
pub struct Smoother {
    edge: Edge,
    meter: Meter,
    /// What waits until the loudness is known.
    gathered: Vec<f32>,
    gain: Option<f32>,
    limiter: Limiter,
}

impl Smoother {
    /// `level_db`: how loud this voice is, if that is known; else its first words tell.
    pub fn new(level_db: Option<f32>) -> Self {
        Self {
            edge: Edge::default(),
            meter: Meter::default(),
            gathered: Vec::new(),
            gain: level_db.map(gain_for),
            limiter: Limiter::default(),
        }
    }

    /// Takes samples and appends what is ready of them.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let from = self.gathered.len();
        self.edge.push(samples, &mut self.gathered);
        self.meter.push(self.gathered.get(from..).unwrap_or_default());
        if self.gain.is_none() && self.meter.frames.len() >= ENOUGH_FRAMES {
            self.gain = self.meter.level_db().map(gain_for);
        }
        self.release(out);
    }

    /// Appends the rest.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        self.edge.finish(&mut self.gathered);
        if self.gain.is_none() {
            self.gain = Some(self.meter.level_db().map_or(1.0, gain_for));
        }
        self.release(out);
        self.limiter.finish(out);
    }

    /// How loud the utterance was as it came; `None` of silence.
    pub fn level_db(&self) -> Option<f32> {
        self.meter.level_db()
    }

    fn release(&mut self, out: &mut Vec<f32>) {
        if let Some(gain) = self.gain {
            out.reserve(self.gathered.len());
            for sample in self.gathered.drain(..) {
                self.limiter.push(sample * gain, out);
            }
        }
    }
}

fn gain_for(level_db: f32) -> f32 {
    10f32.powf((TARGET_DB - level_db).clamp(-MAX_GAIN_DB, MAX_GAIN_DB) / 20.0)
}

/// Takes the silence away at both ends.
#[derive(Debug, Default)]
struct Edge {
    started: bool,
    /// Silence of which it is not known yet what comes after it.
    quiet: VecDeque<f32>,
}

impl Edge {
    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        for sample in samples {
            let sample = if sample.is_finite() { *sample } else { 0.0 };
            if sample.abs() > SILENT_BELOW {
                self.started = true;
                out.extend(self.quiet.drain(..));
                out.push(sample);
                continue;
            }
            let most = if self.started { MAX_PAUSE } else { LEAD };
            if self.quiet.len() >= most {
                self.quiet.pop_front();
            }
            self.quiet.push_back(sample);
        }
    }

    fn finish(&mut self, out: &mut Vec<f32>) {
        if self.started {
            let fading = self.quiet.drain(..).take(TAIL).enumerate();
            out.extend(fading.map(|(i, s)| s * (1.0 - i as f32 / TAIL as f32)));
        }
        self.quiet.clear();
    }
}

/// Measures how loud somebody speaks, pauses left out.
#[derive(Debug, Default)]
struct Meter {
    sum: f32,
    count: usize,
    /// The power of each piece with speech.
    frames: Vec<f32>,
}

impl Meter {
    fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.sum += sample * sample;
            self.count += 1;
            if self.count == FRAME {
                let power = self.sum / FRAME as f32;
                if power > SILENT_BELOW * SILENT_BELOW && self.frames.len() < MAX_FRAMES {
                    self.frames.push(power);
                }
                (self.sum, self.count) = (0.0, 0);
            }
        }
    }

    fn level_db(&self) -> Option<f32> {
        let all = mean(self.frames.iter().copied())?;
        let spoken = mean(self.frames.iter().copied().filter(|power| *power >= all * PAUSE_SHARE))?;
        Some(10.0 * spoken.log10())
    }
}

fn mean(powers: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = powers.fold((0.0, 0u32), |(sum, count), power| (sum + power, count + 1));
    (count > 0).then(|| sum / count as f32)
}

/// Turns down what is too loud, [`LOOK_AHEAD`] samples before it comes, so that nothing clicks: the smallest gain needed in
/// the window, which recovers slowly, averaged over the window.
#[derive(Debug)]
struct Limiter {
    delayed: VecDeque<f32>,
    /// Candidates for the smallest gain: when, and how much; both rise.
    needed: VecDeque<(u64, f32)>,
    at: u64,
    held: f32,
    averaged: VecDeque<f32>,
    sum: f64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            delayed: VecDeque::with_capacity(LOOK_AHEAD),
            needed: VecDeque::new(),
            at: 0,
            held: 1.0,
            averaged: std::iter::repeat_n(1.0, LOOK_AHEAD).collect(),
            sum: LOOK_AHEAD as f64,
        }
    }
}

impl Limiter {
    fn push(&mut self, sample: f32, out: &mut Vec<f32>) {
        let gain = (CEILING / sample.abs().max(CEILING)).min(1.0);
        while self.needed.back().is_some_and(|(_, other)| *other >= gain) {
            self.needed.pop_back();
        }
        self.needed.push_back((self.at, gain));
        while self.needed.front().is_some_and(|(at, _)| at + LOOK_AHEAD as u64 <= self.at) {
            self.needed.pop_front();
        }
        let smallest = self.needed.front().map_or(1.0, |(_, gain)| *gain);
        self.held =
            if smallest < self.held { smallest } else { self.held + (smallest - self.held) * RECOVERY };
        self.averaged.push_back(self.held);
        self.sum += f64::from(self.held) - self.averaged.pop_front().map_or(1.0, f64::from);
        self.at += 1;
        self.delayed.push_back(sample);
        if self.delayed.len() == LOOK_AHEAD
            && let Some(sample) = self.delayed.pop_front()
        {
            let gain = (self.sum / LOOK_AHEAD as f64) as f32;
            // Rounding may leave it a hair above.
            out.push((sample * gain).clamp(-CEILING, CEILING));
        }
    }

    fn finish(&mut self, out: &mut Vec<f32>) {
        for _ in 0..self.delayed.len() {
            self.push(0.0, out);
        }
        self.delayed.clear();
    }
}

#[cfg(test)]
#[path = "smooth_tests.rs"]
mod tests;
