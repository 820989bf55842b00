//! Follows the sound and remembers the mouth's shape at each position.

use std::collections::VecDeque;

use super::mfcc::{COEFFICIENTS, Mfcc};
use super::vowels::{BIAS, CLASSES, MEAN, SCALE, WEIGHTS};
use crate::speech::audio::level_db;

/// Seconds between two shapes.
const HOP_S: f32 = 0.016;
/// Seconds in a window.
const WINDOW_S: f32 = 0.032;
/// Shapes that are remembered: four seconds.
const MAX_SHAPES: usize = 250;
/// Speeds per second: opening, closing in speech, and shutting at silence or at a stop such as P or B.
const ATTACK: f32 = 50.0;
const RELEASE: f32 = 30.0;
const SHUT: f32 = 70.0;
/// Below this level nothing is said, in dB below full scale.
const SILENCE_DB: f32 = -48.0;
/// From this far below the loudest lately the mouth begins to open, and over this many dB it opens.
const OPEN_FROM_DB: f32 = 30.0;
const OPEN_OVER_DB: f32 = 22.0;
/// How the memory of the loudest fades, in dB per second, and where it stops.
const LOUDEST_FADES: f32 = 4.0;
const LOUDEST_AT_LEAST_DB: f32 = -32.0;
/// A dip this deep below the last 100 ms is the closing of a stop consonant.
const DIP_DB: f32 = 14.0;
const DIP_FRAMES: usize = 6;
/// How far the mouth opens for a nasal and for a hiss.
const NASAL_OPEN: f32 = 0.08;
const HISS_OPEN: f32 = 0.3;

/// How much of each VRM mouth shape, 0 to 1. Their sum is at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MouthShape {
    pub aa: f32,
    pub ih: f32,
    pub ou: f32,
    pub ee: f32,
    pub oh: f32,
    /// How far open, 0 to 1: the sum of the shapes.
    pub open: f32,
}

impl MouthShape {
    /// The weights in the order `aa ih ou ee oh`.
    pub fn weights(&self) -> [f32; 5] {
        [self.aa, self.ih, self.ou, self.ee, self.oh]
    }

    /// While one shape gives way to another their sum may pass 1: it is scaled back.
    fn from_weights(weights: [f32; 5]) -> Self {
        let sum: f32 = weights.iter().sum();
        let [aa, ih, ou, ee, oh] = weights.map(|w| w / sum.max(1.0));
        Self { aa, ih, ou, ee, oh, open: sum.min(1.0) }
    }
}

/// Takes samples as they are played and gives the mouth's shape at any of the latest positions.
pub struct MouthEngine {
    rate: u32,
    hop: usize,
    mfcc: Mfcc,
    /// Samples from `buffer_start` on, the latest window and what is not used yet.
    buffer: VecDeque<f32>,
    buffer_start: u64,
    window: Vec<f32>,
    weights: [f32; 5],
    loudest_db: f32,
    levels: VecDeque<f32>,
    shapes: VecDeque<(u64, MouthShape)>,
}

impl MouthEngine {
    /// For sound at `rate` samples per second.
    pub fn new(rate: u32) -> Self {
        let rate = rate.max(8_000);
        let mfcc = Mfcc::new(rate, (rate as f32 * WINDOW_S).round() as usize);
        Self {
            rate,
            hop: (rate as f32 * HOP_S).round() as usize,
            window: vec![0.0; mfcc.length()],
            mfcc,
            buffer: VecDeque::new(),
            buffer_start: 0,
            weights: [0.0; 5],
            loudest_db: LOUDEST_AT_LEAST_DB,
            levels: VecDeque::new(),
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
        while self.buffer.len() >= self.mfcc.length() {
            for (slot, sample) in self.window.iter_mut().zip(&self.buffer) {
                *slot = *sample;
            }
            let center = self.buffer_start + self.mfcc.length() as u64 / 2;
            let shape = self.follow();
            if self.shapes.len() >= MAX_SHAPES {
                self.shapes.pop_front();
            }
            self.shapes.push_back((center, shape));
            self.buffer.drain(..self.hop);
            self.buffer_start += self.hop as u64;
        }
    }

    /// Leaves out samples that were missed: goes on at `position` with a shut mouth.
    pub fn skip_to(&mut self, position: u64) {
        if position != self.position() {
            self.buffer.clear();
            self.buffer_start = position;
            self.weights = [0.0; 5];
            self.levels.clear();
            self.shapes.clear();
        }
    }

    /// The shape at a position, between the two nearest ones; shut before the first, and the last one after it.
    pub fn shape_at(&self, position: u64) -> MouthShape {
        let after = self.shapes.partition_point(|(at, _)| *at <= position);
        let before = after.checked_sub(1).and_then(|i| self.shapes.get(i));
        match (before, self.shapes.get(after)) {
            (Some((from, a)), Some((to, b))) => {
                let share = (position - from) as f32 / (to - from).max(1) as f32;
                let (a, b) = (a.weights(), b.weights());
                MouthShape::from_weights(std::array::from_fn(|i| match (a.get(i), b.get(i)) {
                    (Some(a), Some(b)) => a + (b - a) * share,
                    _ => 0.0,
                }))
            }
            (Some((_, shape)), None) => *shape,
            (None, _) => MouthShape::default(),
        }
    }

    /// Moves the mouth towards what the window sounds like.
    fn follow(&mut self) -> MouthShape {
        // The middle of the window, so that an end is seen early.
        let quarter = self.window.len() / 4;
        let middle = self.window.get(quarter..self.window.len() - quarter).unwrap_or_default();
        let level = level_db(middle);
        self.loudest_db = (self.loudest_db - LOUDEST_FADES * HOP_S).max(level).max(LOUDEST_AT_LEAST_DB);
        let recent = self.levels.iter().copied().fold(f32::MIN, f32::max);
        self.levels.push_back(level);
        if self.levels.len() > DIP_FRAMES {
            self.levels.pop_front();
        }
        let shut = level < SILENCE_DB || level < recent - DIP_DB;
        let target = if shut { [0.0; 5] } else { self.target(level) };
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
        MouthShape::from_weights(self.weights)
    }

    fn target(&mut self, level: f32) -> [f32; 5] {
        let above = (level - (self.loudest_db - OPEN_FROM_DB)) / OPEN_OVER_DB;
        let loud = above.clamp(0.0, 1.0);
        let [aa, ih, ou, ee, oh, nasal, hiss] = classify(&self.mfcc.coefficients(&self.window));
        let mut shapes = [aa, ih + hiss, ou, ee, oh];
        let open = loud * (1.0 - nasal * (1.0 - NASAL_OPEN)) * (1.0 - hiss * (1.0 - HISS_OPEN));
        // The two strongest only.
        let mut order = shapes;
        order.sort_by(|a, b| b.total_cmp(a));
        let [_, second, ..] = order;
        for shape in &mut shapes {
            if *shape < second {
                *shape = 0.0;
            }
        }
        let sum: f32 = shapes.iter().sum();
        shapes.map(|shape| if sum > 0.0 { shape / sum * open } else { 0.0 })
    }

    /// Samples per second of what is taken.
    pub fn rate(&self) -> u32 {
        self.rate
    }
}

/// How much a window sounds like each class; the sum is 1.
pub(super) fn classify(coefficients: &[f32; COEFFICIENTS]) -> [f32; CLASSES] {
    let mut scores = BIAS;
    for (score, weights) in scores.iter_mut().zip(&WEIGHTS) {
        for (((coefficient, mean), scale), weight) in coefficients.iter().zip(&MEAN).zip(&SCALE).zip(weights)
        {
            *score += (coefficient - mean) * scale * weight;
        }
    }
    softmax(scores)
}

pub(super) fn softmax(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|s| (s - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|p| p / sum)
}

#[cfg(test)]
mod tests {
    use super::super::calibrate::{SOUNDS, TESTING, say};
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
