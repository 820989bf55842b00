//! The latest samples that were played: what the mouth follows, and what an echo canceller needs.

use std::collections::VecDeque;

use crate::speech::audio::VOICE_RATE;

/// How much is kept: four seconds.
pub const RING_SAMPLES: usize = 4 * VOICE_RATE as usize;

/// A bounded memory of what was played, silence included.
#[derive(Debug, Default)]
pub struct PlayedRing {
    samples: VecDeque<f32>,
    total: u64,
}

impl PlayedRing {
    pub fn push(&mut self, samples: &[f32]) {
        self.total += samples.len() as u64;
        let newest = samples.get(samples.len().saturating_sub(RING_SAMPLES)..).unwrap_or_default();
        let surplus = (self.samples.len() + newest.len()).saturating_sub(RING_SAMPLES);
        self.samples.drain(..surplus.min(self.samples.len()));
        self.samples.extend(newest);
    }

    /// Samples played since the start.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Appends what was played from position `from` on. Returns the position of the first sample appended, which is
    /// later than `from` when that was forgotten.
    pub fn read_from(&self, from: u64, out: &mut Vec<f32>) -> u64 {
        let oldest = self.total - self.samples.len() as u64;
        let from = from.clamp(oldest, self.total);
        out.extend(self.samples.range((from - oldest) as usize..));
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_goes_on_where_it_stopped_and_skips_what_is_forgotten() {
        let mut ring = PlayedRing::default();
        ring.push(&[1.0, 2.0, 3.0]);
        let mut out = Vec::new();
        assert_eq!(ring.read_from(1, &mut out), 1);
        assert_eq!(out, vec![2.0, 3.0]);
        ring.push(&vec![4.0; RING_SAMPLES + 10]);
        out.clear();
        assert_eq!(ring.read_from(3, &mut out), 13);
        assert_eq!(out.len(), RING_SAMPLES);
        assert_eq!(ring.total(), RING_SAMPLES as u64 + 13);
        out.clear();
        assert_eq!(ring.read_from(u64::MAX, &mut out), ring.total());
        assert!(out.is_empty());
    }
}
