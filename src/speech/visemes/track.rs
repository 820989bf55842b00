//! The mouth of a sentence whose phonemes are known.

use std::sync::{Arc, OnceLock};

use super::align::{self, Placed};
use super::likeness::{HOP_S, SILENCE_DB, WINDOW_S};
use super::shape::{MouthShape, strongest_two};
use super::sounds::Sound;

/// Shapes flow into each other over so many windows to each side.
const BLEND: usize = 3;
/// Lips need so many windows to meet and to part.
const MEET: usize = 4;
/// From this far below the loudest the mouth begins to open, and over this many dB it opens.
const OPEN_FROM_DB: f32 = 36.0;
const OPEN_OVER_DB: f32 = 22.0;

/// The mouth's shapes all through a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct LipTrack {
    /// Samples between two shapes, and the place of the first.
    hop: u64,
    first: u64,
    shapes: Vec<MouthShape>,
}

/// Where the track of a sentence will be once it is known: its sound may be played before that.
pub type LipSlot = Arc<OnceLock<LipTrack>>;

impl LipTrack {
    /// For mono samples at `rate` in which these phonemes are said, in order; an empty one is a pause. `None` where they do
    /// not fit together, and for more than 15 s or 300 sounds.
    ///
    /// ```
    /// use avatardesk::speech::visemes::LipTrack;
    ///
    /// // Half a second of a vowel between two silences. A synthesiser would bring the sound and the phonemes.
    /// let vowel = |i: usize| (1..30).map(|k| (i as f32 * 0.05 * k as f32).sin() / k as f32).sum::<f32>() * 0.1;
    /// let sound: Vec<f32> = (0..16_000).map(|i| if (4_000..12_000).contains(&i) { vowel(i) } else { 0.0 }).collect();
    /// let track = LipTrack::of(&["ˈɑː".to_owned()], &sound, 16_000).expect("one sound fits");
    /// assert!(track.at(8_000).aa > 0.5);
    /// assert_eq!(track.at(1_000).open, 0.0);
    /// ```
    pub fn of(phonemes: &[String], samples: &[f32], rate: u32) -> Option<Self> {
        let sounds: Vec<Vec<Sound>> = phonemes.iter().map(|phoneme| Sound::of_ipa(phoneme)).collect();
        let measured = align::measure(samples, rate)?;
        let placed = align::place(&sounds, &measured)?;
        Some(Self {
            hop: ((rate as f32 * HOP_S).round() as u64).max(1),
            first: (rate as f32 * WINDOW_S / 2.0).round() as u64,
            shapes: shapes(&placed, &measured.levels),
        })
    }

    /// The shape at a sample of the sentence; shut outside it.
    pub fn at(&self, sample: u64) -> MouthShape {
        let shape =
            |i: u64| usize::try_from(i).ok().and_then(|i| self.shapes.get(i)).copied().unwrap_or_default();
        let Some(behind) = sample.checked_sub(self.first) else { return MouthShape::default() };
        let i = behind / self.hop;
        MouthShape::between(&shape(i), &shape(i + 1), (behind % self.hop) as f32 / self.hop as f32)
    }
}

fn shapes(placed: &[Placed], levels: &[f32]) -> Vec<MouthShape> {
    let mut wanted = vec![[0.0f32; 5]; levels.len()];
    let mut closed = vec![1.0f32; levels.len()];
    for Placed { sound, from, to } in placed {
        wanted.iter_mut().take(*to).skip(*from).for_each(|slot| *slot = sound.shape());
        if sound.shuts() && to > from {
            for (i, slot) in closed.iter_mut().enumerate().take(to + MEET).skip(from.saturating_sub(MEET)) {
                let outside = from.saturating_sub(i).max(i.saturating_sub(to - 1));
                *slot = slot.min(outside as f32 / MEET as f32);
            }
        }
    }
    let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
    let blended = (0..levels.len()).map(|i| {
        let near = wanted.iter().skip(i.saturating_sub(BLEND)).take(i.min(BLEND) + BLEND + 1);
        let mut sum = [0.0f32; 5];
        near.for_each(|shape| sum.iter_mut().zip(shape).for_each(|(sum, share)| *sum += share));
        sum.map(|share| share / (2 * BLEND + 1) as f32)
    });
    let rows = blended.zip(&closed).zip(levels);
    rows.map(|((shape, closed), level)| {
        let loud = ((level - (loudest - OPEN_FROM_DB)) / OPEN_OVER_DB).clamp(0.0, 1.0);
        let open = if *level < SILENCE_DB { 0.0 } else { loud * closed };
        MouthShape::from_weights(strongest_two(shape).map(|share| share * open))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::tts::{Espeak, Synthesizer, Voice};

    /// The track of a text, and how many samples it has.
    fn track(text: &str, language: &str) -> (LipTrack, u64) {
        let speech = Espeak::default().speak(text, &Voice::of(language)).unwrap();
        let phonemes = speech.phonemes.clone();
        let pcm = speech.collect().unwrap();
        (LipTrack::of(phonemes.get().unwrap(), &pcm.samples, pcm.rate).unwrap(), pcm.samples.len() as u64)
    }

    #[test]
    fn lips_meet_as_often_as_they_must_and_the_mouth_is_open_in_between() {
        for (text, language, meetings) in [("Amapa abama", "en", 4), ("啊妈啊爸啊怕", "zh", 3)] {
            let (track, length) = track(text, language);
            let open: Vec<f32> = (0..length).step_by(100).map(|at| track.at(at).open).collect();
            let first = open.iter().position(|o| *o > 0.4).unwrap();
            let last = open.iter().rposition(|o| *o > 0.4).unwrap();
            let (mut shut, mut met) = (false, 0);
            for open in &open[first..=last] {
                if *open < 0.02 && !shut {
                    met += 1;
                }
                shut = if shut { *open < 0.3 } else { *open < 0.02 };
            }
            assert_eq!(met, meetings, "{text}: {open:?}");
        }
    }

    #[test]
    fn what_is_no_such_speech_has_no_track() {
        let phonemes = ["p".to_owned(), "ɑː".to_owned()];
        assert!(LipTrack::of(&phonemes, &[0.0; 16_000], 16_000).is_none(), "silence");
        assert!(LipTrack::of(&phonemes, &[0.1; 10], 16_000).is_none(), "shorter than a window");
        assert!(LipTrack::of(&phonemes, &vec![0.1; 20 * 16_000], 16_000).is_none(), "too long");
        assert!(LipTrack::of(&[], &[0.1; 16_000], 16_000).is_none(), "nothing is said");
        let many = vec!["ɑː".to_owned(); 200];
        assert!(LipTrack::of(&many, &[0.1; 8_000], 16_000).is_none(), "more than fits");
    }
}
