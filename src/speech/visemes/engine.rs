//! Follows the sound and remembers the mouth's shape at each position.

use std::collections::VecDeque;

use super::likeness::{Analyser, HOP_S, LOUD_DB, Likeness, SILENCE_DB, VoiceMean};
use super::shape::{MouthShape, strongest_two};

/// Shapes that are remembered: four seconds.
const MAX_SHAPES: usize = 500;
/// Speeds per second: opening, closing in speech, and shutting at silence or where the lips meet.
const ATTACK: f32 = 50.0;
const RELEASE: f32 = 30.0;
const SHUT: f32 = 100.0;
/// From this far below the loudest lately the mouth begins to open, and over this many dB it opens.
const OPEN_FROM_DB: f32 = 30.0;
const OPEN_OVER_DB: f32 = 22.0;
/// How the memory of the loudest fades, in dB per second, and where it stops.
const LOUDEST_FADES: f32 = 4.0;
const LOUDEST_AT_LEAST_DB: f32 = -32.0;
/// A dip this deep below the last 100 ms is the closing of a stop consonant.
const DIP_DB: f32 = 14.0;
const DIP_FRAMES: usize = 12;
/// Murmur with the lips or the tongue closed: from this share on the mouth shuts.
const MURMUR: f32 = 0.42;
/// How far the mouth opens for a hiss, and for what has no shape of its own.
const HISS_OPEN: f32 = 0.25;
const NEUTRAL_OPEN: f32 = 0.45;
/// Sound without a vowel for this long, in seconds, is no speech; nor is what resembles one so little.
const VOWEL_LASTS_S: f32 = 0.2;
const SPEECH: f32 = 0.2;
/// From so much of a vowel on it is certain.
const CERTAIN: f32 = 0.5;
/// So much hiss, in the mean over [`HISS_MEAN`] a window, is noise however it flickers.
const NOISE: f32 = 0.55;
const HISS_MEAN: f32 = 0.12;
/// A level that stays within so many dB for so many windows (0.8 s) is a hum: nobody speaks so evenly.
const STEADY_DB: f32 = 2.0;
const STEADY_FRAMES: usize = 100;

/// What is known of a window.
struct Seen {
    /// Position of its middle.
    at: u64,
    shape: MouthShape,
    level: f32,
}

/// Takes samples as they are played and gives the mouth's shape at any of the latest positions.
pub struct MouthEngine {
    rate: u32,
    analyser: Analyser,
    /// Samples from `buffer_start` on, the latest window and what is not used yet.
    buffer: VecDeque<f32>,
    buffer_start: u64,
    window: Vec<f32>,
    weights: [f32; 5],
    loudest_db: f32,
    voice: VoiceMean,
    /// The latest levels, and what they tell: how much of a vowel there was lately, how much of a hiss.
    levels: VecDeque<f32>,
    vowel: f32,
    hiss: f32,
    shapes: VecDeque<Seen>,
}

impl MouthEngine {
    /// For sound at `rate` samples per second.
    pub fn new(rate: u32) -> Self {
        let rate = rate.max(8_000);
        let analyser = Analyser::new(rate);
        Self {
            rate,
            window: vec![0.0; analyser.length()],
            analyser,
            buffer: VecDeque::new(),
            buffer_start: 0,
            weights: [0.0; 5],
            loudest_db: LOUDEST_AT_LEAST_DB,
            voice: VoiceMean::default(),
            levels: VecDeque::new(),
            vowel: 0.0,
            hiss: 0.0,
            shapes: VecDeque::new(),
        }
    }

    /// The position behind the last sample taken.
    pub fn position(&self) -> u64 {
        self.buffer_start + self.buffer.len() as u64
    }

    /// Takes the samples that follow, in order.
    pub fn push(&mut self, samples: &[f32]) {
        self.buffer.extend(samples);
        while self.buffer.len() >= self.analyser.length() {
            for (slot, sample) in self.window.iter_mut().zip(&self.buffer) {
                *slot = *sample;
            }
            let at = self.buffer_start + self.analyser.length() as u64 / 2;
            let (shape, level) = self.follow();
            if self.shapes.len() >= MAX_SHAPES {
                self.shapes.pop_front();
            }
            self.shapes.push_back(Seen { at, shape, level });
            self.buffer.drain(..self.analyser.hop());
            self.buffer_start += self.analyser.hop() as u64;
        }
    }

    /// Leaves out samples that were missed: goes on at `position` with a shut mouth.
    pub fn skip_to(&mut self, position: u64) {
        if position != self.position() {
            self.buffer.clear();
            self.buffer_start = position;
            self.weights = [0.0; 5];
            self.levels.clear();
            (self.vowel, self.hiss) = (0.0, 0.0);
            self.shapes.clear();
        }
    }

    /// The shape at a position, between the two nearest ones; shut before the first, and the last one after it.
    pub fn shape_at(&self, position: u64) -> MouthShape {
        let after = self.shapes.partition_point(|seen| seen.at <= position);
        let before = after.checked_sub(1).and_then(|i| self.shapes.get(i));
        match (before, self.shapes.get(after)) {
            (Some(a), Some(b)) => {
                let share = (position - a.at) as f32 / (b.at - a.at).max(1) as f32;
                MouthShape::between(&a.shape, &b.shape, share)
            }
            (Some(seen), None) => seen.shape,
            (None, _) => MouthShape::default(),
        }
    }

    /// Whether nothing is heard at a position, as far as that is known.
    pub fn is_silent_at(&self, position: u64) -> bool {
        let after = self.shapes.partition_point(|seen| seen.at <= position);
        let seen = self.shapes.get(after).or_else(|| self.shapes.back());
        seen.is_none_or(|seen| seen.level < SILENCE_DB)
    }

    /// Moves the mouth towards what the window sounds like.
    fn follow(&mut self) -> (MouthShape, f32) {
        let (coefficients, level) = self.analyser.measure(&self.window);
        self.loudest_db = (self.loudest_db - LOUDEST_FADES * HOP_S).max(level).max(LOUDEST_AT_LEAST_DB);
        let recent = self.levels.iter().rev().take(DIP_FRAMES).copied().fold(f32::MIN, f32::max);
        self.levels.push_back(level);
        if self.levels.len() > STEADY_FRAMES {
            self.levels.pop_front();
        }
        let quiet = level < SILENCE_DB;
        let likeness = if quiet { Likeness::default() } else { self.voice.classify(&coefficients) };
        let loud = ((level - (self.loudest_db - OPEN_FROM_DB)) / OPEN_OVER_DB).clamp(0.0, 1.0);
        self.vowel = (self.vowel * (-HOP_S / VOWEL_LASTS_S).exp()).max(likeness.vowel() * loud);
        self.hiss += (likeness.hiss - self.hiss) * HISS_MEAN;
        let murmur = likeness.lips + likeness.nasal > MURMUR;
        let noise = (self.hiss > NOISE && self.vowel < CERTAIN) || self.is_steady();
        // All that is said, consonants, too. Noise has no throat.
        if level > LOUD_DB && !noise {
            self.voice.learn(&coefficients);
        }
        let shut = quiet || murmur || noise || level < recent - DIP_DB;
        let target = if shut { [0.0; 5] } else { self.target(&likeness, loud) };
        for (weight, target) in self.weights.iter_mut().zip(target) {
            let speed = match (shut, target > *weight) {
                (true, _) => SHUT,
                (false, true) => ATTACK,
                (false, false) => RELEASE,
            };
            *weight += (target - *weight) * (1.0 - (-speed * HOP_S).exp());
            if *weight < 0.005 {
                *weight = 0.0;
            }
        }
        (MouthShape::from_weights(self.weights), level)
    }

    fn is_steady(&self) -> bool {
        let (low, high) =
            self.levels.iter().fold((f32::MAX, f32::MIN), |(low, high), l| (low.min(*l), high.max(*l)));
        self.levels.len() == STEADY_FRAMES && high - low < STEADY_DB
    }

    fn target(&self, likeness: &Likeness, loud: f32) -> [f32; 5] {
        let hiss = likeness.hiss * HISS_OPEN;
        let speech = ((self.vowel - SPEECH) / SPEECH).clamp(0.0, 1.0);
        let open = loud * speech * (likeness.vowel() + likeness.neutral * NEUTRAL_OPEN + hiss);
        // The likelier, the clearer.
        let clear = strongest_two(likeness.shapes.map(|share| share * share));
        let sum: f32 = clear.iter().sum();
        clear.map(|shape| if sum > 0.0 { shape / sum * open } else { 0.0 })
    }

    /// Samples per second of what is taken.
    pub fn rate(&self) -> u32 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::espeak_sounds::{SOUNDS, TESTING, say};
    use super::*;

    const NAMES: [&str; 5] = ["aa", "ih", "ou", "ee", "oh"];

    fn strongest(shape: &MouthShape) -> usize {
        let weights = shape.weights();
        (0..5).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap()
    }

    #[test]
    fn vowels_of_voices_never_heard_give_their_shapes() {
        let (mut right, mut all) = (0, 0);
        let mut wrong = Vec::new();
        for variant in TESTING {
            for (language, phoneme, class) in SOUNDS.iter().filter(|s| s.2 < 5) {
                let (samples, rate) = say(language, variant, phoneme, 50);
                let mut engine = MouthEngine::new(rate);
                engine.push(&samples);
                let shape = engine.shape_at(samples.len() as u64 / 2);
                all += 1;
                if strongest(&shape) == *class && shape.open > 0.2 {
                    right += 1;
                } else {
                    wrong.push(format!(
                        "{language}{variant} {phoneme}: {} {:.2}",
                        NAMES[strongest(&shape)],
                        shape.open
                    ));
                }
            }
        }
        let share = right as f32 / all as f32;
        println!("{right} of {all} vowels right ({:.0} %); wrong: {wrong:?}", share * 100.0);
        assert!(share >= 0.7, "only {right} of {all} right: {wrong:?}");
    }

    #[test]
    fn the_mouth_is_shut_a_tenth_of_a_second_after_the_sound() {
        let (samples, rate) = say("en", "", "A:", 50);
        let end = samples.iter().rposition(|s| s.abs() > 0.01).unwrap();
        let mut engine = MouthEngine::new(rate);
        engine.push(&samples[..end]);
        engine.push(&vec![0.0; rate as usize]);
        let at = |ms: usize| engine.shape_at((end + rate as usize * ms / 1000) as u64).open;
        assert!(engine.shape_at(end as u64 / 2).open > 0.5, "open while it sounds");
        assert!(at(100) < 0.05, "still {} open", at(100));
        assert_eq!(at(300), 0.0);
    }

    #[test]
    fn it_shuts_when_the_sound_is_cut_off() {
        let (samples, rate) = say("en", "", "O:", 50);
        let cut = samples.len() / 2;
        let mut engine = MouthEngine::new(rate);
        engine.push(&samples[..cut]);
        engine.push(&vec![0.0; rate as usize / 4]);
        assert!(engine.shape_at((cut + rate as usize / 10) as u64).open < 0.05);
    }

    #[test]
    fn lips_meet_for_m_and_b() {
        for between in ["m", "b"] {
            let (samples, rate) = say("en", "", &format!("A:{between}A:"), 50);
            let mut engine = MouthEngine::new(rate);
            engine.push(&samples);
            let hop = rate as u64 / 100;
            let open: Vec<f32> =
                (0..samples.len() as u64 / hop).map(|i| engine.shape_at(i * hop).open).collect();
            let first = open.iter().position(|o| *o > 0.5).unwrap();
            let last = open.iter().rposition(|o| *o > 0.5).unwrap();
            let lowest = open[first..last].iter().copied().fold(1.0f32, f32::min);
            assert!(lowest < 0.3, "{between}: never below {lowest}");
        }
    }

    #[test]
    fn silence_and_a_start_from_nowhere_are_shut() {
        let mut engine = MouthEngine::new(48_000);
        assert_eq!(engine.shape_at(0), MouthShape::default());
        engine.push(&[0.0; 48_000]);
        assert_eq!(engine.shape_at(24_000), MouthShape::default());
        engine.skip_to(1_000_000);
        assert_eq!(engine.position(), 1_000_000);
        assert_eq!(engine.shape_at(1_000_000), MouthShape::default());
    }

    #[test]
    fn never_more_than_two_shapes_and_never_more_than_open() {
        let (samples, rate) = say("en", "", "A:i:u:e:O:s", 50);
        let mut engine = MouthEngine::new(rate);
        for piece in samples.chunks(100) {
            engine.push(piece);
        }
        for at in (0..samples.len() as u64).step_by(97) {
            let shape = engine.shape_at(at);
            assert!(shape.open <= 1.0 + 1e-4 && shape.weights().iter().all(|w| (0.0..=1.0).contains(w)));
        }
    }
}
