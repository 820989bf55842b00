//! How loud the hall is: the level that a quarter of the latest frames stay below, whoever speaks in them.
//!
//! A voice detector takes the babble of a crowd for speech, so that its noise floor stays low; this one asks nobody.

use super::vad::FRAME_MS;

/// Levels are counted in steps of 1 dB from here on, in dB below full scale.
const LOWEST_DB: f32 = -80.0;
const STEPS: usize = 80;
/// After so long a frame counts 1/e of a new one, in milliseconds.
const REMEMBERS_MS: f32 = 6_000.0;
/// So much has to be heard first, in milliseconds.
const LEARNS_MS: f32 = 300.0;
/// What counts less: a frame of an utterance, which is the visitor's.
const IN_UTTERANCE: f32 = 0.25;
/// This share of the frames is no louder.
const SHARE: f32 = 0.25;
/// A quieter hall is none, in dB below full scale.
const QUIET_DB: f32 = -50.0;

/// Follows the level of the hall.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    counts: [f32; STEPS],
    sum: f32,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { counts: [0.0; STEPS], sum: 0.0 }
    }
}

impl Crowd {
    /// Takes the level of the next frame; `hearing`: an utterance is being heard.
    pub fn push(&mut self, level_db: f32, hearing: bool) {
        let keep = (-(FRAME_MS as f32) / REMEMBERS_MS).exp();
        self.counts.iter_mut().for_each(|count| *count *= keep);
        let step = (level_db - LOWEST_DB).clamp(0.0, (STEPS - 1) as f32) as usize;
        if let Some(count) = self.counts.get_mut(step) {
            *count += if hearing { IN_UTTERANCE } else { 1.0 };
        }
        self.sum = self.counts.iter().sum();
    }

    /// The level of the hall, if it is loud and known.
    pub fn level_db(&self) -> Option<f32> {
        if self.sum * (FRAME_MS as f32) < LEARNS_MS {
            return None;
        }
        let mut below = 0.0;
        let step = self.counts.iter().position(|count| {
            below += count;
            below >= self.sum * SHARE
        })?;
        let level = LOWEST_DB + step as f32 + 0.5;
        (level > QUIET_DB).then_some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(crowd: &mut Crowd, level_db: f32, ms: u32, hearing: bool) {
        (0..ms / FRAME_MS).for_each(|_| crowd.push(level_db, hearing));
    }

    #[test]
    fn the_hall_is_what_is_left_when_the_visitor_pauses() {
        let mut crowd = Crowd::default();
        assert_eq!(crowd.level_db(), None, "nothing is known");
        for _ in 0..4 {
            feed(&mut crowd, -36.0, 2_500, false);
            feed(&mut crowd, -24.0, 2_500, true);
        }
        assert!((-37.0..-35.0).contains(&crowd.level_db().unwrap()), "{:?}", crowd.level_db());
        feed(&mut crowd, -60.0, 10_000, false);
        assert_eq!(crowd.level_db(), None, "everybody has gone");
    }
}
