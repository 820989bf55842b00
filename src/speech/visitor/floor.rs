//! How loud it usually is in each band: the crowd, and what the canceller leaves of the avatar.

use super::bands::BANDS;
use crate::speech::vad::FRAME_MS;

/// A level that is exceeded rises so fast, and one that is not falls so fast, in dB per second. So a third of the time is below it.
const RISE_DB_PER_S: f32 = 1.5;
const FALL_DB_PER_S: f32 = 3.0;
/// In its first second it is so many times faster.
const HASTE: f32 = 6.0;
const HASTY_FRAMES: u32 = 60;

/// Follows the usual level of each band.
pub(super) struct Floor {
    levels: Option<[f32; BANDS]>,
    seen: u32,
}

impl Floor {
    pub fn new() -> Self {
        Self { levels: None, seen: 0 }
    }

    /// Takes the levels of the next frame, in dB, and returns the usual ones.
    pub fn push(&mut self, now: &[f32; BANDS]) -> [f32; BANDS] {
        let per_frame = FRAME_MS as f32 / 1000.0 * if self.seen < HASTY_FRAMES { HASTE } else { 1.0 };
        self.seen = self.seen.saturating_add(1);
        let levels = self.levels.get_or_insert(*now);
        for (usual, level) in levels.iter_mut().zip(now) {
            *usual = if *level > *usual {
                (*usual + RISE_DB_PER_S * per_frame).min(*level)
            } else {
                (*usual - FALL_DB_PER_S * per_frame).max(*level)
            };
        }
        *levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_a_third_of_the_time_is_below() {
        let mut floor = Floor::new();
        let mut usual = [0.0; BANDS];
        for i in 0..3_000 {
            // Steps of 1 dB between −40 and −30, each as often.
            usual = floor.push(&[-40.0 + (i * 7 % 11) as f32; BANDS]);
        }
        assert!(usual.iter().all(|level| (-38.5..-35.5).contains(level)), "{usual:?}");
    }

    #[test]
    fn a_sentence_hardly_moves_it() {
        let mut floor = Floor::new();
        for _ in 0..600 {
            floor.push(&[-40.0; BANDS]);
        }
        let mut usual = [0.0; BANDS];
        (0..2_000 / FRAME_MS).for_each(|_| usual = floor.push(&[-20.0; BANDS]));
        assert!(usual.iter().all(|level| *level < -36.5), "{usual:?}");
    }
}
