//! How much a window of sound resembles each kind of sound, once the speaker's own colour is taken off it.

use super::mfcc::{COEFFICIENTS, Mfcc};
use super::vowels::{CLASS_BIAS, CLASSES, HIDDEN, HIDDEN_BIAS, MEAN, SCALE, TO_CLASS, TO_HIDDEN, USUAL};
use crate::speech::audio::level_db;

/// Seconds between two windows, and in one.
pub(super) const HOP_S: f32 = 0.008;
pub(super) const WINDOW_S: f32 = 0.032;
/// Below this level nothing is said, in dB below full scale.
pub(super) const SILENCE_DB: f32 = -48.0;
/// A voice is this loud, in dB below full scale, where its mean is learned.
pub(super) const LOUD_DB: f32 = -35.0;
/// How much each window counts for the mean of a voice: known after some four seconds. `training/mouth` has it, too.
const MEAN_RATE: f32 = 0.002;

/// Shares; their sum is 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Likeness {
    /// `aa ih ou ee oh`.
    pub shapes: [f32; 5],
    /// m and b.
    pub lips: f32,
    pub nasal: f32,
    /// s, f, a burst, noise.
    pub hiss: f32,
    /// What has no shape of its own: schwa, l, r, d, g.
    pub neutral: f32,
}

impl Likeness {
    pub fn vowel(&self) -> f32 {
        self.shapes.iter().sum()
    }
}

/// Measures windows of one rate.
pub(super) struct Analyser {
    mfcc: Mfcc,
    hop: usize,
}

impl Analyser {
    pub fn new(rate: u32) -> Self {
        let mfcc = Mfcc::new(rate, (rate as f32 * WINDOW_S).round() as usize);
        Self { mfcc, hop: ((rate as f32 * HOP_S).round() as usize).max(1) }
    }

    /// Samples in a window, and between two.
    pub fn length(&self) -> usize {
        self.mfcc.length()
    }
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// A window's coefficients, and the level of its middle half, so that an end is seen early.
    pub fn measure(&mut self, window: &[f32]) -> ([f32; COEFFICIENTS], f32) {
        let quarter = self.length() / 4;
        let middle = window.get(quarter..self.length() - quarter).unwrap_or(window);
        (self.mfcc.coefficients(window), level_db(middle))
    }
}

/// What all sounds of a voice have in common: its throat, its microphone.
#[derive(Debug, Clone, Copy)]
pub(super) struct VoiceMean([f32; COEFFICIENTS]);

impl Default for VoiceMean {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl VoiceMean {
    /// The mean of these windows, `share` of the way from the usual one.
    pub fn of(windows: impl Iterator<Item = [f32; COEFFICIENTS]>, share: f32) -> Self {
        let (mut sum, mut count) = ([0.0f32; COEFFICIENTS], 0.0f32);
        for window in windows {
            sum.iter_mut().zip(window).for_each(|(s, w)| *s += w);
            count += 1.0;
        }
        let mut mean = Self::default();
        if count > 0.0 {
            mean.0.iter_mut().zip(sum).for_each(|(m, s)| *m += (s / count - *m) * share);
        }
        mean
    }

    pub fn learn(&mut self, coefficients: &[f32; COEFFICIENTS]) {
        self.0.iter_mut().zip(coefficients).for_each(|(m, c)| *m += (c - *m) * MEAN_RATE);
    }

    /// What a window of this voice resembles.
    pub fn classify(&self, coefficients: &[f32; COEFFICIENTS]) -> Likeness {
        let mut input = [0.0f32; COEFFICIENTS];
        let centred = coefficients.iter().zip(&self.0).zip(&USUAL).map(|((c, own), usual)| c - own + usual);
        for ((slot, value), (mean, scale)) in input.iter_mut().zip(centred).zip(MEAN.iter().zip(&SCALE)) {
            *slot = (value - mean) * scale;
        }
        let mut hidden = [0.0f32; HIDDEN];
        for ((unit, weights), bias) in hidden.iter_mut().zip(&TO_HIDDEN).zip(&HIDDEN_BIAS) {
            *unit = (dot(weights, &input) + bias).tanh();
        }
        let mut scores = [0.0f32; CLASSES];
        for ((score, weights), bias) in scores.iter_mut().zip(&TO_CLASS).zip(&CLASS_BIAS) {
            *score = dot(weights, &hidden) + bias;
        }
        let [aa, ih, ou, ee, oh, lips, nasal, hiss, neutral] = softmax(scores);
        Likeness { shapes: [aa, ih, ou, ee, oh], lips, nasal, hiss, neutral }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn softmax(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|s| (s - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|p| p / sum)
}
