//! What the mouth did, beside what was said.

use avatardesk::speech::audio::{VOICE_RATE, level_db};
use serde::Serialize;

use super::play::Watched;
use super::speech::Utterance;

/// The mouth is shut at less than this, and its shape is told from a vowel at more.
pub const SHUT: f32 = 0.05;
const NEARLY_SHUT: f32 = 0.15;
/// A closing may come so much before the sound and after it, in seconds.
const CLOSING_EARLY: f64 = 0.06;
const CLOSING_LATE: f64 = 0.03;
/// Offsets that are tried, in milliseconds, and the step between them.
const OFFSETS_MS: i32 = 250;
const OFFSET_STEP_MS: usize = 2;
/// Sound ends below this level.
const SILENT_DB: f32 = -48.0;
/// A vowel shorter than this, in seconds, is not judged.
const SHORT: f64 = 0.03;

/// The figures of one kind of speech.
#[derive(Default, Serialize)]
pub struct Score {
    /// Rows: what is said, `aa ih ou ee oh`; columns: what is shown, and "shut" at the end.
    pub confusion: [[u32; 6]; 5],
    pub closings: u32,
    pub closings_made: u32,
    pub vowels: u32,
    pub vowels_shut: u32,
    /// Positive: the mouth is late.
    pub offset_ms: i32,
    /// The longest time from the end of the sound to a shut mouth, and the same after a stop.
    pub shut_ms: u32,
    pub stopped_ms: u32,
    #[serde(skip)]
    fits: Vec<f64>,
}

impl Score {
    pub fn vowels_right(&self) -> f64 {
        let right: u32 = self.confusion.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
        let all: u32 = self.confusion.iter().flatten().sum();
        f64::from(right) / f64::from(all.max(1))
    }

    pub fn recall(&self) -> f64 {
        f64::from(self.closings_made) / f64::from(self.closings.max(1))
    }

    pub fn false_closings(&self) -> f64 {
        f64::from(self.vowels_shut) / f64::from(self.vowels.max(1))
    }

    /// Counts a sentence that began at this second.
    pub fn count(&mut self, voice: &str, utterance: &Utterance, begin: f64, watched: &Watched) {
        for phone in &utterance.phones {
            let (from, to) = (begin + phone.from, begin + phone.to);
            if let Some(vowel) = vowel(&phone.name, voice).filter(|_| to - from > SHORT) {
                self.vowel(vowel, &phone.name, from, to, watched);
            }
            if ["p", "ph", "b", "m"].contains(&phone.name.as_str()) {
                self.closings += 1;
                let near = between(from - CLOSING_EARLY, to + CLOSING_LATE);
                self.closings_made +=
                    u32::from(near.into_iter().any(|at| watched.at(at).open <= NEARLY_SHUT));
            }
        }
        self.offsets(begin, utterance.samples.len() as f64 / f64::from(VOICE_RATE), watched);
        let end = begin + utterance.samples.len() as f64 / f64::from(VOICE_RATE);
        self.shut_ms = self.shut_ms.max(until_shut(watched, begin, end + 0.45));
    }

    fn vowel(&mut self, vowel: usize, name: &str, from: f64, to: f64, watched: &Watched) {
        // A diphthong is judged by its beginning.
        let (first, last) = if GLIDING.split(' ').any(|d| d == name) { (0.15, 0.5) } else { (0.3, 0.7) };
        let mut sum = [0.0f32; 5];
        let places = between(from + first * (to - from), from + last * (to - from));
        for at in &places {
            sum.iter_mut().zip(watched.at(*at).weights()).for_each(|(s, w)| *s += w / places.len() as f32);
        }
        let shown = (0..5).max_by(|a, b| sum.get(*a).unwrap_or(&0.0).total_cmp(sum.get(*b).unwrap_or(&0.0)));
        let shown = shown.filter(|_| sum.iter().sum::<f32>() > NEARLY_SHUT).unwrap_or(5);
        if let Some(slot) = self.confusion.get_mut(vowel).and_then(|row| row.get_mut(shown)) {
            *slot += 1;
        }
        self.vowels += 1;
        let middle = between(from + 0.25 * (to - from), from + 0.75 * (to - from));
        self.vowels_shut += u32::from(middle.into_iter().any(|at| watched.at(at).open <= NEARLY_SHUT));
    }

    /// Cross-correlates how far the mouth is open with how loud the sound is.
    fn offsets(&mut self, begin: f64, length: f64, watched: &Watched) {
        let fits = offset_fits(watched, begin, length);
        self.fits.resize(fits.len(), 0.0);
        self.fits.iter_mut().zip(fits).for_each(|(sum, fit)| *sum += fit);
        self.offset_ms = best_offset(&self.fits);
    }

    pub fn stopped(&mut self, at: f64, watched: &Watched) {
        self.stopped_ms = self.stopped_ms.max(until_shut(watched, at - 0.5, at + 0.4));
    }
}

/// Diphthongs.
const GLIDING: &str = "aI aU Au ai eI ei oU OI ou A@ O@ o@ ay aw ey ow oy";

/// The shape that a vowel should have, in espeak-ng's and in flite's spelling; none of schwa and of what is between two shapes.
fn vowel(name: &str, voice: &str) -> Option<usize> {
    const SHAPES: [&str; 5] = [
        "A: A a V aI aU Au aa ai A@ ae ah ay aw",
        "I I2 I# i i: i. i[ ih iy",
        "u: u U uw uh y",
        "E eI e: e ei eh ey",
        "O: O 0 o o: oU OI O2 ou o@ O@ ao ow oy",
    ];
    if name == "0" && voice.starts_with("en-us") {
        return Some(0);
    }
    SHAPES.iter().position(|names| names.split(' ').any(|n| n == name))
}

fn between(from: f64, to: f64) -> Vec<f64> {
    let steps = (((to - from) / 0.004).ceil() as usize).max(1);
    (0..=steps).map(|i| from + (to - from) * i as f64 / steps as f64).collect()
}

fn offset_fits(watched: &Watched, begin: f64, length: f64) -> Vec<f64> {
    let block = VOICE_RATE as usize / 100;
    let first = (begin * f64::from(VOICE_RATE)) as usize;
    let count = (length * 100.0) as usize;
    let levels: Vec<f64> = (0..count)
        .map(|i| watched.played.get(first + i * block..first + (i + 1) * block).unwrap_or_default())
        .map(|piece| f64::from((level_db(piece) + 50.0).clamp(0.0, 40.0)))
        .collect();
    (-OFFSETS_MS..=OFFSETS_MS)
        .step_by(OFFSET_STEP_MS)
        .map(|ms| {
            let at = |i: usize| begin + i as f64 * 0.01 + 0.005 + f64::from(ms) / 1000.0;
            correlation(&levels, &(0..count).map(|i| f64::from(watched.at(at(i)).open)).collect::<Vec<_>>())
        })
        .collect()
}

fn best_offset(fits: &[f64]) -> i32 {
    let best = fits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    (best * OFFSET_STEP_MS) as i32 - OFFSETS_MS
}

/// The offset of one sentence alone.
pub fn offset_ms(watched: &Watched, begin: f64, length: f64) -> i32 {
    best_offset(&offset_fits(watched, begin, length))
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let (ma, mb) = (mean(a), mean(b));
    let (mut cross, mut aa, mut bb) = (0.0, 1e-9, 1e-9);
    for (x, y) in a.iter().zip(b) {
        cross += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    cross / (aa * bb).sqrt()
}

/// From the last sound between two seconds to the first frame from which on the mouth is shut.
fn until_shut(watched: &Watched, from: f64, to: f64) -> u32 {
    let block = VOICE_RATE as usize / 500;
    let place = |second: f64| (second * f64::from(VOICE_RATE)) as usize;
    let piece = watched.played.get(place(from)..place(to).min(watched.played.len())).unwrap_or_default();
    let last = piece.chunks(block).rposition(|c| level_db(c) > SILENT_DB).map_or(0, |i| (i + 1) * block);
    let end = from + last as f64 / f64::from(VOICE_RATE);
    let open = watched.frames.iter().rfind(|(at, shape)| *at >= from && *at < to && shape.open >= SHUT);
    // It is seen with the next frame.
    let shut = open.map_or(end, |(at, _)| at + 1.0 / 60.0);
    ((shut - end).max(0.0) * 1000.0).round() as u32
}
