//! A live voice in the queue: sound that comes as it is made, in no parts. While it is on, parts wait. Pure.

use std::collections::VecDeque;

use super::queue::FADE_SAMPLES;
use crate::speech::audio::VOICE_RATE;

/// The most that may wait: 200 ms. A live voice that waits longer is no longer live.
pub const MAX_LIVE_SAMPLES: usize = VOICE_RATE as usize / 5;

/// The samples of a live voice that are to be played next.
#[derive(Debug, Default)]
pub struct Live {
    on: bool,
    samples: VecDeque<f32>,
}

impl Live {
    /// From now on this is what is heard.
    pub fn begin(&mut self) {
        self.on = true;
    }

    /// Appends samples. False when nobody has begun, or when too much waits: then none of them are taken.
    pub fn push(&mut self, samples: &[f32]) -> bool {
        let fits = self.on && self.samples.len() + samples.len() <= MAX_LIVE_SAMPLES;
        if fits {
            self.samples.extend(samples);
        }
        fits
    }

    /// How many samples wait.
    pub fn waits(&self) -> usize {
        self.samples.len()
    }

    /// Whether parts have to wait.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// The next sample, if it is there.
    pub fn take(&mut self) -> Option<f32> {
        self.samples.pop_front()
    }

    /// Parts may be heard again. What waits is given back, faded out: nothing, when all was played.
    pub fn end(&mut self) -> Vec<f32> {
        self.on = false;
        let rest: Vec<f32> = self.samples.drain(..).take(FADE_SAMPLES).collect();
        let count = rest.len() as f32;
        rest.iter().enumerate().map(|(i, s)| s * (1.0 - (i + 1) as f32 / count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_much_waits_and_only_while_it_is_on() {
        let mut live = Live::default();
        assert!(!live.push(&[0.5]));
        live.begin();
        assert!(live.push(&vec![0.5; MAX_LIVE_SAMPLES]) && !live.push(&[0.5]));
        assert_eq!((live.waits(), live.take()), (MAX_LIVE_SAMPLES, Some(0.5)));
        let rest = live.end();
        assert!(rest.len() == FADE_SAMPLES && rest.is_sorted_by(|a, b| a >= b) && rest.last() == Some(&0.0));
        assert!(!live.is_on() && live.waits() == 0 && live.end().is_empty());
    }
}
