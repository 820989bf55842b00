//! Which sentence's lips belong to which samples that were played.

use std::collections::VecDeque;

use crate::speech::visemes::{LipSlot, MouthShape};

/// The most stretches that are remembered: what is heard lies in the latest few.
const MAX_STRETCHES: usize = 64;

/// From a position on, these lips, or nobody's.
#[derive(Debug)]
struct Stretch {
    position: u64,
    /// The sample of the sentence that is played there.
    sample: u64,
    lips: Option<LipSlot>,
}

/// The latest stretches, in order.
#[derive(Debug, Default)]
pub(super) struct LipLog {
    stretches: VecDeque<Stretch>,
}

impl LipLog {
    /// From `position` on, sample `sample` and what follows of a sentence is played.
    pub fn from(&mut self, position: u64, sample: u64, lips: LipSlot) {
        self.push(Stretch { position, sample, lips: Some(lips) });
    }

    /// From `position` on, what is played belongs to no sentence.
    pub fn nobody(&mut self, position: u64) {
        if self.stretches.back().is_some_and(|stretch| stretch.lips.is_some()) {
            self.push(Stretch { position, sample: 0, lips: None });
        }
    }

    fn push(&mut self, stretch: Stretch) {
        if self.stretches.len() >= MAX_STRETCHES {
            self.stretches.pop_front();
        }
        self.stretches.push_back(stretch);
    }

    /// The mouth at a position; `None` where no phonemes are known.
    pub fn at(&self, position: u64) -> Option<MouthShape> {
        let after = self.stretches.partition_point(|stretch| stretch.position <= position);
        let stretch = self.stretches.get(after.checked_sub(1)?)?;
        let track = stretch.lips.as_ref()?.get()?;
        Some(track.at(stretch.sample + (position - stretch.position)))
    }
}
