//! Is somebody speaking? A neural voice detector (earshot) with smoothing and hysteresis, and a level gate that follows
//! the noise of the room.

use super::audio::{SAMPLE_RATE, level_db, sanitise};

/// Samples per frame at 16 kHz: 16 ms, fixed by the detector.
pub const FRAME: usize = 256;

/// How long a frame lasts, in milliseconds.
pub const FRAME_MS: u32 = (FRAME * 1000) as u32 / SAMPLE_RATE;

/// When a smoothed probability begins to count as speech, and when it stops to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadConfig {
    /// Speech begins at this probability.
    pub on: f32,
    /// Speech ends below this probability.
    pub off: f32,
    /// How far above the room's noise speech has to be, in dB.
    pub above_noise_db: f32,
    /// Nothing below this level is speech, in dB below full scale.
    pub floor_db: f32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self { on: 0.5, off: 0.35, above_noise_db: 6.0, floor_db: -58.0 }
    }
}

/// What is known about one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameVerdict {
    /// Smoothed probability of speech, 0 to 1.
    pub probability: f32,
    /// Level in dB below full scale.
    pub level_db: f32,
    /// Probable enough, and loud enough.
    pub speech: bool,
    /// It has a pitch, as vowels have and noise has not.
    pub voiced: bool,
}

/// Judges one stream of frames.
pub struct SpeechDetector {
    config: VadConfig,
    network: Box<earshot::Detector>,
    gate: LevelGate,
    smoothed: f32,
    speaking: bool,
    /// The frame before, and this one: room for two periods of a deep voice.
    window: [f32; 2 * FRAME],
}

/// Share of the new probability when it rises, and when it falls: quick to begin, slower to end.
const RISE: f32 = 0.7;
const FALL: f32 = 0.4;

impl SpeechDetector {
    pub fn new(config: VadConfig) -> Self {
        Self {
            config,
            network: Box::new(earshot::Detector::default()),
            gate: LevelGate::default(),
            smoothed: 0.0,
            speaking: false,
            window: [0.0; 2 * FRAME],
        }
    }

    /// Judges the next frame of [`FRAME`] samples.
    pub fn push(&mut self, frame: &[f32; FRAME]) -> FrameVerdict {
        let mut clean = *frame;
        sanitise(&mut clean);
        let raw = self.network.predict_f32(&clean).clamp(0.0, 1.0);
        let weight = if raw > self.smoothed { RISE } else { FALL };
        self.smoothed += (raw - self.smoothed) * weight;
        let threshold = if self.speaking { self.config.off } else { self.config.on };
        let probable = self.smoothed >= threshold;
        let level = level_db(&clean);
        let loud = self.gate.push(level, probable, &self.config);
        self.speaking = probable && loud;
        self.window.copy_within(FRAME.., 0);
        if let Some(newest) = self.window.last_chunk_mut::<FRAME>() {
            *newest = clean;
        }
        let voiced = self.speaking && has_pitch(&self.window);
        FrameVerdict { probability: self.smoothed, level_db: level, speech: self.speaking, voiced }
    }

    /// Forgets the past: for a new device or after a gap. The room's noise is remembered.
    pub fn reset(&mut self) {
        self.network.reset();
        self.smoothed = 0.0;
        self.speaking = false;
    }
}

/// Periods of voices, in samples at 16 kHz: 70 to 400 Hz.
const PERIODS: std::ops::RangeInclusive<usize> = 40..=228;
/// Normalised autocorrelation from which a frame has a pitch.
const PITCH_AT: f32 = 0.5;

/// Whether a stretch repeats itself at the period of some voice.
fn has_pitch(window: &[f32; 2 * FRAME]) -> bool {
    // A difference removes hum and offset, which repeat themselves at every period.
    let mut slope = [0.0f32; 2 * FRAME];
    for (s, pair) in slope.iter_mut().zip(window.windows(2)) {
        *s = pair.iter().rev().copied().reduce(|now, before| now - 0.97 * before).unwrap_or(0.0);
    }
    PERIODS.into_iter().any(|period| {
        let later = slope.get(period..).unwrap_or_default();
        let (mut cross, mut a2, mut b2) = (0.0f32, 1e-9f32, 1e-9f32);
        for (a, b) in slope.iter().zip(later) {
            cross += a * b;
            a2 += a * a;
            b2 += b * b;
        }
        cross / (a2 * b2).sqrt() >= PITCH_AT
    })
}

/// Follows the noise floor: falls quickly, rises slowly, and slower still while there may be speech.
#[derive(Debug, Clone, Copy)]
struct LevelGate {
    noise_db: f32,
    /// Frames seen so far, up to [`LEARNING_FRAMES`].
    seen: u32,
}

/// In its first frames the floor takes the level it finds, up to a bound: somebody may be speaking already.
const LEARNING_FRAMES: u32 = 6;
const LEARNING_MAX_DB: f32 = -40.0;

/// Where the noise floor may lie, in dB below full scale.
const NOISE_RANGE_DB: std::ops::RangeInclusive<f32> = -75.0..=-25.0;
/// How fast the floor rises, in dB per second, without and with speech.
const RISE_DB_PER_S: f32 = 6.0;
const RISE_IN_SPEECH_DB_PER_S: f32 = 0.5;
/// Share of the way down that the floor falls in each frame.
const FALL_SHARE: f32 = 0.2;

impl Default for LevelGate {
    fn default() -> Self {
        Self { noise_db: *NOISE_RANGE_DB.start(), seen: 0 }
    }
}

impl LevelGate {
    fn push(&mut self, level_db: f32, probable: bool, config: &VadConfig) -> bool {
        if self.seen < LEARNING_FRAMES {
            self.seen += 1;
            self.noise_db = self.noise_db.max(level_db.min(LEARNING_MAX_DB));
        }
        let open = level_db >= config.floor_db && level_db >= self.noise_db + config.above_noise_db;
        if level_db < self.noise_db {
            self.noise_db += (level_db - self.noise_db) * FALL_SHARE;
        } else {
            let speed = if probable { RISE_IN_SPEECH_DB_PER_S } else { RISE_DB_PER_S };
            let step = speed * FRAME_MS as f32 / 1000.0;
            self.noise_db += step.min(level_db - self.noise_db);
        }
        self.noise_db = self.noise_db.clamp(*NOISE_RANGE_DB.start(), *NOISE_RANGE_DB.end());
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same on every run.
    pub(crate) fn noise(count: usize, amplitude: f32) -> Vec<f32> {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        (0..count)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                ((state >> 40) as f32 / 8_388_608.0 - 1.0) * amplitude
            })
            .collect()
    }

    fn voiced_speech_frames(samples: &[f32]) -> usize {
        let mut detector = SpeechDetector::new(VadConfig::default());
        samples
            .as_chunks::<FRAME>()
            .0
            .iter()
            .map(|frame| detector.push(frame))
            .filter(|v| v.speech && v.voiced)
            .count()
    }

    #[test]
    fn silence_noise_and_tones_are_no_speech() {
        assert_eq!(voiced_speech_frames(&[0.0; 32_000]), 0);
        assert_eq!(voiced_speech_frames(&noise(64_000, 0.05)), 0);
        // Noise that begins suddenly in a room that was quiet.
        let sudden = [vec![0.0; 16_000], noise(64_000, 0.05)].concat();
        assert_eq!(voiced_speech_frames(&sudden), 0);
        let hum: Vec<f32> =
            (0..64_000).map(|i| (i as f32 * 50.0 / 16_000.0 * std::f32::consts::TAU).sin() * 0.2).collect();
        assert!(voiced_speech_frames(&hum) <= 3, "{}", voiced_speech_frames(&hum));
    }

    #[test]
    fn broken_samples_do_not_break_the_detector() {
        let mut detector = SpeechDetector::new(VadConfig::default());
        for bad in [f32::NAN, f32::INFINITY, 5.0, -5.0] {
            let verdict = detector.push(&[bad; FRAME]);
            assert!(verdict.probability.is_finite() && verdict.level_db.is_finite());
        }
    }

    #[test]
    fn the_gate_learns_the_noise_of_the_room() {
        let config = VadConfig::default();
        let mut gate = LevelGate::default();
        for _ in 0..10 {
            gate.push(-60.0, false, &config);
        }
        assert!(gate.push(-40.0, false, &config), "louder than a quiet room");
        for _ in 0..400 {
            gate.push(-40.0, false, &config);
        }
        assert!(!gate.push(-40.0, false, &config), "the room itself");
        assert!(gate.push(-30.0, true, &config), "somebody in that room");
        for _ in 0..200 {
            gate.push(-70.0, false, &config);
        }
        assert!(gate.push(-50.0, true, &config), "quiet again");
        assert!(!gate.push(-59.0, true, &config), "too quiet for anybody");
    }
}
