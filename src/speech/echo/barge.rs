//! Does the visitor interrupt the avatar, or is it the avatar's own voice, a cough, an "mm-hm"?
//!
//! The rule: within the last [`BargeConfig::window_frames`] frames (of 16 ms) there have to be
//! - [`BargeConfig::near_frames`] frames of near speech: a voice detector says speech, on the cleaned sound or on what the
//!   linear filter leaves (the whole canceller weakens the visitor, too, while both speak), and the network that tells a
//!   visitor from a crowd and from the avatar's echo gives it [`BargeConfig::visitor`] at the least;
//! - [`BargeConfig::voiced_frames`] of them with a pitch, which a cough has not;
//! - [`BargeConfig::open_frames`] of them with an open mouth, which an "mm-hm" has not: a nasal has its sound far below 1 kHz.

use std::collections::VecDeque;

use crate::speech::audio::{SAMPLE_RATE, level_db};
use crate::speech::vad::{FRAME, FrameVerdict, SpeechDetector, VadConfig};
use crate::speech::visitor::{HeardFrame, VisitorDetector};

/// The constants of the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BargeConfig {
    /// How far back it looks, in frames of 16 ms.
    pub window_frames: usize,
    /// So many frames of what may be near speech among the latest few are a suspicion.
    pub suspect_frames: usize,
    pub suspect_window: usize,
    /// Frames of near speech that are needed.
    pub near_frames: usize,
    /// How far back it looks for a pitch and an open mouth, in frames.
    pub mouth_window: usize,
    /// Of these, frames with a pitch.
    pub voiced_frames: usize,
    /// Of these, frames with an open mouth.
    pub open_frames: usize,
    /// Probability that it is the visitor who speaks, at the least: to be suspected, and to interrupt.
    pub suspect: f32,
    pub visitor: f32,
    /// The share of sound above [`OPEN_HZ`] of an open mouth, in dB below all of the frame. Negative.
    pub open_db: f32,
}

impl Default for BargeConfig {
    fn default() -> Self {
        Self {
            window_frames: 24,
            suspect_frames: 2,
            suspect_window: 4,
            near_frames: 12,
            mouth_window: 12,
            voiced_frames: 3,
            open_frames: 3,
            suspect: 0.4,
            visitor: 0.7,
            open_db: -14.0,
        }
    }
}

/// Where the share of an open mouth begins, in Hz.
pub const OPEN_HZ: f32 = 1_000.0;

/// What is compared in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearFacts {
    /// Probability that it is the visitor who speaks, 0 to 1.
    pub visitor: f32,
    /// Level above [`OPEN_HZ`], less the whole level, in dB: of the cleaned sound or of what the linear filter leaves,
    /// whichever is more.
    pub open_db: f32,
    /// There is speech in what the linear filter leaves, and it has a pitch.
    pub linear_speech: bool,
    pub linear_voiced: bool,
}

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Barge {
    /// The visitor may be interrupting.
    pub suspected: bool,
    /// The visitor interrupts.
    pub interrupts: bool,
}

/// A frame as it comes out of the canceller; see [`Cleaned`](super::Cleaned).
#[derive(Debug, Clone, Copy)]
pub struct FrameStreams<'a> {
    pub clean: &'a [f32; FRAME],
    pub linear: &'a [f32; FRAME],
    pub mic: &'a [f32; FRAME],
}

/// What is remembered of a frame: that it may be near speech, that it is, its pitch, its open mouth.
struct Past {
    suspect: bool,
    near: bool,
    voiced: bool,
    open: bool,
}

/// The rule, fed frame by frame.
pub struct BargeIn {
    config: BargeConfig,
    past: VecDeque<Past>,
    clean_above: Above,
    linear_above: Above,
    linear: SpeechDetector,
    visitor: VisitorDetector,
}

impl BargeIn {
    pub fn new(config: BargeConfig) -> Self {
        Self {
            config,
            past: VecDeque::new(),
            clean_above: Above::new(),
            linear_above: Above::new(),
            linear: SpeechDetector::new(VadConfig::default()),
            visitor: VisitorDetector::default(),
        }
    }

    /// Compares the streams of a frame, of which `verdict` is that of the cleaned one. To be asked for every frame, since
    /// filters and network remember.
    pub fn facts(&mut self, streams: FrameStreams, verdict: FrameVerdict, far_active: bool) -> NearFacts {
        let FrameStreams { clean, linear, mic } = streams;
        let clean_open_db = self.clean_above.level_db(clean) - level_db(clean);
        let linear_open_db = self.linear_above.level_db(linear) - level_db(linear);
        let linear_verdict = self.linear.push(linear);
        let visitor = self.visitor.push(&HeardFrame {
            mic,
            linear,
            clean,
            linear_verdict,
            clean_verdict: verdict,
            far_active,
        });
        NearFacts {
            visitor,
            open_db: clean_open_db.max(linear_open_db),
            linear_speech: linear_verdict.speech,
            linear_voiced: linear_verdict.voiced,
        }
    }

    /// Takes the next frame.
    pub fn push(&mut self, verdict: FrameVerdict, facts: NearFacts) -> Barge {
        let c = &self.config;
        let speech = verdict.speech || facts.linear_speech;
        let suspect = speech && facts.visitor >= c.suspect;
        let near = speech && facts.visitor >= c.visitor;
        self.past.push_back(Past {
            suspect,
            near,
            voiced: near && (verdict.voiced || facts.linear_voiced),
            open: near && facts.open_db >= c.open_db,
        });
        while self.past.len() > c.window_frames {
            self.past.pop_front();
        }
        let count = |f: fn(&Past) -> bool| self.past.iter().filter(|p| f(p)).count();
        let mouth =
            |f: fn(&Past) -> bool| self.past.iter().rev().take(c.mouth_window).filter(|p| f(p)).count();
        let interrupts = near
            && count(|p| p.near) >= c.near_frames
            && mouth(|p| p.voiced) >= c.voiced_frames
            && mouth(|p| p.open) >= c.open_frames;
        let latest = self.past.iter().rev().take(c.suspect_window).filter(|p| p.suspect).count();
        Barge { suspected: suspect && latest >= c.suspect_frames, interrupts }
    }

    /// Forgets what was heard: the avatar has just begun, or the ears were shut.
    pub fn reset(&mut self) {
        self.past.clear();
    }

    /// Sound was lost: what was said before it does not go on after it.
    pub fn gap(&mut self) {
        self.reset();
        self.visitor.reset();
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
    const NEAR: NearFacts =
        NearFacts { visitor: 0.9, open_db: -6.0, linear_speech: false, linear_voiced: false };

    /// After how many frames the visitor interrupts, if ever.
    fn after(verdict: FrameVerdict, facts: NearFacts) -> Option<usize> {
        let mut barge = BargeIn::new(BargeConfig::default());
        (1..100).find(|_| barge.push(verdict, facts).interrupts)
    }

    #[test]
    fn speech_interrupts_soon_and_nothing_else_does() {
        assert_eq!(after(VOICE, NEAR), Some(BargeConfig::default().near_frames));
        assert_eq!(after(VOICE, NearFacts { visitor: 0.2, ..NEAR }), None, "an echo, or the crowd");
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
        assert!((0..200).all(|i| !barge.push(if i % 4 == 0 { VOICE } else { quiet }, NEAR).interrupts));
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
            let facts = |f| barge.facts(FrameStreams { clean: f, linear: f, mic: f }, VOICE, false);
            samples.as_chunks().0.iter().map(facts).last().unwrap().open_db
        };
        assert!(share(&tone(200.0)) < -20.0, "{}", share(&tone(200.0)));
        assert!(share(&tone(2_500.0)) > -6.0, "{}", share(&tone(2_500.0)));
    }
}
