//! Finds known sounds in a recording: who knows what is said still has to find out when.
//!
//! Dynamic programming over windows of 8 ms: each sound takes as many windows as explain it best, what it resembles weighed
//! against how long it usually lasts (a semi-Markov model; Rabiner 1989, "A Tutorial on Hidden Markov Models").

use super::likeness::{Analyser, HOP_S, LOUD_DB, Likeness, SILENCE_DB, VoiceMean};
use super::sounds::Sound;

/// The most sounds and windows (15 s): the work grows with both.
const MAX_SOUNDS: usize = 300;
const MAX_WINDOWS: usize = 1_875;
/// The longest pause, in windows, and how far beyond its usual length a sound may go.
const MAX_PAUSE: usize = 90;
const MAX_STRETCH: f32 = 3.5;
/// What one window counts beside the length, which costs this much times the square of the logarithm of the stretch.
const WINDOW_COUNTS: f32 = 0.5;
const STRETCH_COSTS: f32 = 2.5;
/// How much of the voice's own mean is taken off: a sentence is short, and may be full of one vowel.
const OWN_MEAN: f32 = 0.7;
/// How often the classes are heard in speech: `aa ih ou ee oh`, lips, nasal, hiss, neutral.
const SHAPES_HEARD: [f32; 5] = [0.11, 0.13, 0.08, 0.04, 0.06];
const LIPS_HEARD: f32 = 0.05;
const NASAL_HEARD: f32 = 0.06;
const HISS_HEARD: f32 = 0.2;
const NEUTRAL_HEARD: f32 = 0.17;
/// Logarithms: silence where it belongs, where it may be, where it does not belong; and the least likeness.
const SILENT: f32 = 1.5;
const SILENT_MAY_BE: f32 = -0.5;
const SILENT_IS_NOT: f32 = -4.0;
const LEAST: f32 = 0.001;

/// A sound and its windows, from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub sound: Sound,
    pub from: usize,
    pub to: usize,
}

/// What was measured in a recording.
pub(super) struct Measured {
    pub levels: Vec<f32>,
    likeness: Vec<Likeness>,
}

/// Measures every window of a recording; `None` if there are too few or too many.
pub(super) fn measure(samples: &[f32], rate: u32) -> Option<Measured> {
    let mut analyser = Analyser::new(rate);
    let count = samples.len().checked_sub(analyser.length())? / analyser.hop() + 1;
    if count > MAX_WINDOWS {
        return None;
    }
    let windows: Vec<_> =
        samples.windows(analyser.length()).step_by(analyser.hop()).map(|w| analyser.measure(w)).collect();
    let voiced = windows.iter().filter(|(_, level)| *level > LOUD_DB).map(|(coefficients, _)| *coefficients);
    let voice = VoiceMean::of(voiced, OWN_MEAN);
    Some(Measured {
        likeness: windows.iter().map(|(coefficients, _)| voice.classify(coefficients)).collect(),
        levels: windows.into_iter().map(|(_, level)| level).collect(),
    })
}

/// The sounds in order with their windows, which leave nothing out; pauses may be empty. `None` if they cannot fit.
pub(super) fn place(phonemes: &[Vec<Sound>], measured: &Measured) -> Option<Vec<Placed>> {
    let mut wanted = vec![(Sound::Pause, 0.0)];
    for sounds in phonemes {
        match sounds.as_slice() {
            [] => wanted.push((Sound::Pause, 0.0)),
            [alone] => wanted.push((*alone, alone.usual_ms(true))),
            several => wanted.extend(several.iter().map(|sound| (*sound, sound.usual_ms(false)))),
        }
    }
    wanted.push((Sound::Pause, 0.0));
    wanted.dedup_by(|(a, _), (b, _)| *a == Sound::Pause && *b == Sound::Pause);
    let usual: f32 = wanted.iter().map(|(_, ms)| ms).sum();
    let spoken = measured.levels.iter().filter(|level| **level > SILENCE_DB).count();
    if usual <= 0.0 || spoken == 0 || wanted.len() > MAX_SOUNDS {
        return None;
    }
    // In windows for each millisecond of the usual lengths.
    let pace = (spoken as f32 / usual).clamp(0.4 / (HOP_S * 1000.0), 2.5 / (HOP_S * 1000.0));
    let sums = Sums::of(measured);
    let ends = measured.levels.len() + 1;
    let mut best = vec![f32::NEG_INFINITY; ends];
    if let Some(first) = best.first_mut() {
        *first = 0.0;
    }
    let mut lengths: Vec<Vec<u16>> = Vec::with_capacity(wanted.len());
    for (sound, ms) in &wanted {
        let sum = sums.get(*sound);
        let mut next = vec![f32::NEG_INFINITY; ends];
        let mut taken = vec![0u16; ends];
        let expected = (ms * pace).max(2.0);
        let (least, most) =
            if *sound == Sound::Pause { (0, MAX_PAUSE) } else { (2, (expected * MAX_STRETCH) as usize + 2) };
        for length in least..most.min(ends) {
            let stretch = (length as f32 / expected).ln();
            let cost = if *sound == Sound::Pause { 0.0 } else { STRETCH_COSTS * stretch * stretch };
            let slots = next.iter_mut().zip(&mut taken).zip(sum).skip(length);
            for (((slot, taken), end), (before, begin)) in slots.zip(best.iter().zip(sum)) {
                let score = before + (end - begin) * WINDOW_COUNTS - cost;
                if score > *slot {
                    *slot = score;
                    *taken = length as u16;
                }
            }
        }
        best = next;
        lengths.push(taken);
    }
    if best.last().is_none_or(|score| !score.is_finite()) {
        return None;
    }
    let mut to = ends - 1;
    let mut placed = Vec::with_capacity(wanted.len());
    for ((sound, _), taken) in wanted.iter().zip(&lengths).rev() {
        let from = to.checked_sub(usize::from(*taken.get(to)?))?;
        placed.push(Placed { sound: *sound, from, to });
        to = from;
    }
    placed.reverse();
    Some(placed)
}

/// For each sound that is asked for, how well the windows up to each place explain it.
struct Sums(std::collections::BTreeMap<Sound, Vec<f32>>);

impl Sums {
    fn of(measured: &Measured) -> Self {
        use Sound::*;
        let all = [Pause, Aa, Ih, Ou, Ee, Oh, Schwa, P, B, M, N, Teeth, Hiss, Stop, Soft, W, J, Liquid];
        Self(all.into_iter().map(|sound| (sound, running(sound, measured))).collect())
    }

    fn get(&self, sound: Sound) -> &[f32] {
        self.0.get(&sound).map(Vec::as_slice).unwrap_or_default()
    }
}

fn running(sound: Sound, measured: &Measured) -> Vec<f32> {
    let windows = measured.likeness.iter().zip(&measured.levels);
    let scores = windows
        .map(|(likeness, level)| if *level < SILENCE_DB { silent(sound) } else { heard(sound, likeness) });
    std::iter::once(0.0)
        .chain(scores.scan(0.0, |sum, score| {
            *sum += score;
            Some(*sum)
        }))
        .collect()
}

fn silent(sound: Sound) -> f32 {
    match sound {
        Sound::Pause | Sound::P | Sound::Stop => SILENT,
        Sound::B | Sound::Soft => SILENT_MAY_BE,
        _ => SILENT_IS_NOT,
    }
}

/// How much likelier a window makes a sound than it is anyway, as a logarithm.
fn heard(sound: Sound, likeness: &Likeness) -> f32 {
    let log = |share: f32, usual: f32| (share / usual).max(LEAST).ln();
    let [aa, ih, ou, ee, oh] = {
        let mut logs = likeness.shapes;
        logs.iter_mut().zip(SHAPES_HEARD).for_each(|(share, usual)| *share = log(*share, usual));
        logs
    };
    let lips = log(likeness.lips, LIPS_HEARD);
    let nasal = log(likeness.nasal, NASAL_HEARD);
    let hiss = log(likeness.hiss, HISS_HEARD);
    let neutral = log(likeness.neutral, NEUTRAL_HEARD);
    match sound {
        Sound::Pause => SILENT_IS_NOT,
        Sound::Aa => aa,
        Sound::Ih => ih,
        Sound::Ou => ou,
        Sound::Ee => ee,
        Sound::Oh => oh,
        Sound::Schwa => neutral.max(aa.max(ih).max(ou).max(ee).max(oh) - 1.0),
        Sound::M => lips.max(nasal - 0.5),
        Sound::B => lips,
        Sound::N => nasal.max(lips - 0.5),
        Sound::P | Sound::Stop | Sound::Hiss | Sound::Teeth => hiss,
        Sound::Soft => neutral.max(lips - 0.3),
        Sound::W => ou.max(neutral - 0.5),
        Sound::J => ih.max(neutral - 0.5),
        Sound::Liquid => neutral,
    }
}
