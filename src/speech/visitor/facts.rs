//! What is known about a frame: by how much it stands out, in each band, from what is usual and from the avatar's echo.

use super::bands::{BANDS, Bands};
use super::floor::Floor;
use super::pitch::Pitch;
use crate::speech::vad::{FRAME, FrameVerdict};

/// Numbers in all: three for each band and five of the whole frame.
pub const FACTS: usize = 3 * BANDS + 5;

/// A comparison counts up to so much, in dB.
const ECHO_RANGE_DB: f32 = 20.0;
const TAKEN_DB: std::ops::RangeInclusive<f32> = -30.0..=5.0;
/// Levels are given in tens of dB.
const UNIT_DB: f32 = 10.0;

/// One frame as it comes out of the canceller; see [`Cleaned`](crate::speech::echo::Cleaned).
#[derive(Debug, Clone, Copy)]
pub struct HeardFrame<'a> {
    pub mic: &'a [f32; FRAME],
    pub linear: &'a [f32; FRAME],
    pub clean: &'a [f32; FRAME],
    /// What the voice detector says about `linear` and about `clean`.
    pub linear_verdict: FrameVerdict,
    pub clean_verdict: FrameVerdict,
    /// The avatar can be heard.
    pub far_active: bool,
}

/// Makes facts of a stream of frames.
pub struct Facts {
    linear: Bands,
    echo: Bands,
    clean: Bands,
    floor: Floor,
    pitch: Pitch,
}

impl Default for Facts {
    fn default() -> Self {
        Self::new()
    }
}

impl Facts {
    pub fn new() -> Self {
        let (linear, echo, clean) = (Bands::new(), Bands::new(), Bands::new());
        Self { linear, echo, clean, floor: Floor::new(), pitch: Pitch::new() }
    }

    /// The facts of the next frame. Their order is that of `training/hall/facts.py`.
    pub fn push(&mut self, heard: &HeardFrame) -> [f32; FACTS] {
        let mut taken = *heard.mic;
        taken.iter_mut().zip(heard.linear).for_each(|(mic, linear)| *mic -= linear);
        let levels = self.linear.push(heard.linear);
        let echo = self.echo.push(&taken);
        let clean = self.clean.push(heard.clean);
        let usual = self.floor.push(&levels);
        let pitch = self.pitch.push(heard.linear);
        let mean = |values: &[f32; BANDS]| values.iter().sum::<f32>() / BANDS as f32;
        let mut facts = [0.0; FACTS];
        let above = levels.iter().zip(&usual).map(|(level, usual)| level - usual);
        let unlike_echo =
            levels.iter().zip(&echo).map(|(level, echo)| (level - echo).clamp(-ECHO_RANGE_DB, ECHO_RANGE_DB));
        let taken_away = clean
            .iter()
            .zip(&levels)
            .map(|(clean, level)| (clean - level).clamp(*TAKEN_DB.start(), *TAKEN_DB.end()));
        let whole = [
            pitch,
            heard.linear_verdict.probability,
            heard.clean_verdict.probability,
            f32::from(u8::from(heard.far_active)),
            (mean(&levels) - mean(&usual)) / UNIT_DB,
        ];
        let in_bands = above.chain(unlike_echo).chain(taken_away).map(|db| db / UNIT_DB);
        for (slot, fact) in facts.iter_mut().zip(in_bands.chain(whole)) {
            *slot = fact;
        }
        facts
    }
}
