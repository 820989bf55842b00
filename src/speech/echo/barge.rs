//! Does the visitor interrupt the avatar, or is it the avatar's own voice, a cough, an "mm-hm"?
//!
//! The rule: within the last [`BargeConfig::window_frames`] frames (of 16 ms) there have to be
//! - [`BargeConfig::near_frames`] frames of near speech: a voice detector says speech, on the cleaned sound or on what the
//!   linear filter leaves (the whole canceller weakens the visitor, too, while both speak), and the linear
//!   filter leaves at least [`BargeConfig::linear_keeps_db`] of what the microphone hears (of an echo it leaves little), and
//!   the canceller as a whole at least [`BargeConfig::clean_keeps_db`];
//! - [`BargeConfig::voiced_frames`] of them with a pitch, which a cough has not;
//! - [`BargeConfig::open_frames`] of them with an open mouth, which an "mm-hm" has not: a nasal has its sound far below 1 kHz.

use std::collections::VecDeque;

use crate::speech::audio::{SAMPLE_RATE, level_db};
use crate::speech::vad::{FRAME, FrameVerdict, SpeechDetector, VadConfig};

/// The constants of the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BargeConfig {
    /// How far back it looks, in frames of 16 ms.
    pub window_frames: usize,
    /// Frames of near speech that are needed.
    pub near_frames: usize,
    /// Of these, frames with a pitch.
    pub voiced_frames: usize,
    /// Of these, frames with an open mouth.
    pub open_frames: usize,
    /// What is left of the microphone's level after the linear filter, in dB, at the least. Negative.
    pub linear_keeps_db: f32,
    /// What is left of the microphone's level after the whole canceller, in dB, at the least. Negative.
    pub clean_keeps_db: f32,
    /// The share of sound above [`OPEN_HZ`] of an open mouth, in dB below all of the frame. Negative.
    pub open_db: f32,
}

impl Default for BargeConfig {
    fn default() -> Self {
        Self {
            window_frames: 16,
            near_frames: 5,
            voiced_frames: 3,
            open_frames: 3,
            linear_keeps_db: -9.0,
            clean_keeps_db: -14.0,
            open_db: -14.0,
        }
    }
}

/// Where the share of an open mouth begins, in Hz.
pub const OPEN_HZ: f32 = 1_000.0;

/// What is compared in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearFacts {
    /// Level of what is left after the linear filter, less the microphone's, in dB.
    pub linear_keeps_db: f32,
    /// Level of the cleaned sound, less the microphone's, in dB.
    pub clean_keeps_db: f32,
    /// Level above [`OPEN_HZ`], less the whole level, in dB: of the cleaned sound or of what the linear filter leaves,
    /// whichever is more.
    pub open_db: f32,
    /// There is speech in what the linear filter leaves, and it has a pitch.
    pub linear_speech: bool,
    pub linear_voiced: bool,
}

/// The rule, fed frame by frame.
pub struct BargeIn {
    config: BargeConfig,
    /// Near speech, its pitch, its open mouth.
    past: VecDeque<(bool, bool, bool)>,
    clean_above: Above,
    linear_above: Above,
    linear: SpeechDetector,
}

impl BargeIn {
    pub fn new(config: BargeConfig) -> Self {
        Self {
            config,
            past: VecDeque::new(),
            clean_above: Above::new(),
            linear_above: Above::new(),
            linear: SpeechDetector::new(VadConfig::default()),
        }
    }

    /// Compares the streams of a frame. To be asked for every frame, since the filter remembers.
    pub fn facts(&mut self, clean: &[f32], linear: &[f32], mic: &[f32]) -> NearFacts {
        let (mic_db, clean_db, linear_db) = (level_db(mic), level_db(clean), level_db(linear));
        let clean_open_db = self.clean_above.level_db(clean) - clean_db;
        let linear_open_db = self.linear_above.level_db(linear) - linear_db;
        let verdict = linear.first_chunk::<FRAME>().map(|frame| self.linear.push(frame));
        NearFacts {
            linear_keeps_db: linear_db - mic_db,
            clean_keeps_db: clean_db - mic_db,
            open_db: clean_open_db.max(linear_open_db),
            linear_speech: verdict.is_some_and(|v| v.speech),
            linear_voiced: verdict.is_some_and(|v| v.voiced),
        }
    }

    /// Takes the next frame. Whether the visitor interrupts.
    pub fn push(&mut self, verdict: FrameVerdict, facts: NearFacts) -> bool {
        let c = &self.config;
        let near = (verdict.speech || facts.linear_speech)
            && facts.linear_keeps_db >= c.linear_keeps_db
            && facts.clean_keeps_db >= c.clean_keeps_db;
        self.past.push_back((
            near,
            near && (verdict.voiced || facts.linear_voiced),
            near && facts.open_db >= c.open_db,
        ));
        while self.past.len() > c.window_frames {
            self.past.pop_front();
        }
        let count = |f: fn(&(bool, bool, bool)) -> bool| self.past.iter().filter(|p| f(p)).count();
        near && count(|p| p.0) >= c.near_frames
            && count(|p| p.1) >= c.voiced_frames
            && count(|p| p.2) >= c.open_frames
    }

    /// Forgets what was heard: the avatar has just begun, or the ears were shut.
    pub fn reset(&mut self) {
        self.past.clear();
    }
}

/// The level above [`OPEN_HZ`]: two one-pole high-passes in a row.
struct Above {
    share: f32,
    x: [f32; 2],
    y: [f32; 2],
}

impl Above {
    fn new() -> Self {
        let share = (-std::f32::consts::TAU * OPEN_HZ / SAMPLE_RATE as f32).exp();
        Self { share, x: [0.0; 2], y: [0.0; 2] }
    }

    fn level_db(&mut self, frame: &[f32]) -> f32 {
        let mut out = [0.0; FRAME];
        for (slot, sample) in out.iter_mut().zip(frame) {
            let first = self.share * (self.y[0] + sample - self.x[0]);
            let second = self.share * (self.y[1] + first - self.x[1]);
            self.x = [*sample, first];
            self.y = [first, second];
            *slot = second;
        }
        level_db(out.get(..frame.len().min(FRAME)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: FrameVerdict =
        FrameVerdict { probability: 1.0, level_db: -25.0, speech: true, voiced: true };
    const NEAR: NearFacts = NearFacts {
        linear_keeps_db: -2.0,
        clean_keeps_db: -3.0,
        open_db: -6.0,
        linear_speech: false,
        linear_voiced: false,
    };

    /// After how many frames the visitor interrupts, if ever.
    fn after(verdict: FrameVerdict, facts: NearFacts) -> Option<usize> {
        let mut barge = BargeIn::new(BargeConfig::default());
        (1..100).find(|_| barge.push(verdict, facts))
    }

    #[test]
    fn speech_interrupts_soon_and_nothing_else_does() {
        assert_eq!(after(VOICE, NEAR), Some(BargeConfig::default().near_frames));
        assert_eq!(after(VOICE, NearFacts { linear_keeps_db: -15.0, ..NEAR }), None, "an echo");
        assert_eq!(after(VOICE, NearFacts { clean_keeps_db: -25.0, ..NEAR }), None, "an echo");
        assert_eq!(after(FrameVerdict { voiced: false, ..VOICE }, NEAR), None, "a cough");
        let weakened = NearFacts { linear_speech: true, linear_voiced: true, ..NEAR };
        assert!(after(FrameVerdict { speech: false, voiced: false, ..VOICE }, weakened).is_some());
        assert_eq!(after(VOICE, NearFacts { open_db: -22.0, ..NEAR }), None, "an mm-hm");
        assert_eq!(after(FrameVerdict { speech: false, ..VOICE }, NEAR), None, "silence");
    }

    #[test]
    fn scattered_frames_do_not_add_up() {
        let mut barge = BargeIn::new(BargeConfig::default());
        let quiet = FrameVerdict { speech: false, ..VOICE };
        assert!((0..200).all(|i| !barge.push(if i % 4 == 0 { VOICE } else { quiet }, NEAR)));
    }

    #[test]
    fn the_share_above_one_kilohertz_tells_a_hum_from_a_vowel() {
        let tone = |hz: f32| -> Vec<f32> {
            (0..FRAME * 4)
                .map(|i| (i as f32 * hz / SAMPLE_RATE as f32 * std::f32::consts::TAU).sin() * 0.3)
                .collect()
        };
        let share = |samples: &[f32]| {
            let mut barge = BargeIn::new(BargeConfig::default());
            samples.chunks(FRAME).map(|f| barge.facts(f, f, f).open_db).last().unwrap()
        };
        assert!(share(&tone(200.0)) < -20.0, "{}", share(&tone(200.0)));
        assert!(share(&tone(2_500.0)) > -6.0, "{}", share(&tone(2_500.0)));
    }
}
