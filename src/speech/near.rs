//! A gate for the near speaker: bystanders and announcements are quieter at the microphone than whoever stands before it.
//!
//! It compares with the visitor's own recent speech, so a quiet visitor is as good as a loud one; before anybody has
//! spoken it is open to all. A voice that is as loud as the visitor's passes, whoever it belongs to; a crowd is the matter of
//! `foreground`.

use super::vad::{FRAME_MS, FrameVerdict};

/// The constants of the gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearConfig {
    /// What is so much quieter than the visitor's last utterances begins no utterance, in dB.
    pub begins_within_db: f32,
    /// What is so much quieter does not keep one going, in dB.
    pub goes_on_within_db: f32,
    /// So long the last utterance counts wholly; then the gate opens by [`FADE_DB_PER_S`], in milliseconds.
    pub remembers_ms: u32,
}

impl Default for NearConfig {
    fn default() -> Self {
        Self { begins_within_db: 12.0, goes_on_within_db: 18.0, remembers_ms: 8_000 }
    }
}

/// How fast the gate opens when nobody has spoken for a while, in dB per second.
pub const FADE_DB_PER_S: f32 = 1.5;
/// The level of a voice is taken to lie within these, in dB below full scale.
const VOICE_RANGE_DB: std::ops::RangeInclusive<f32> = -55.0..=-12.0;
/// Between two syllables the level falls; for so much per frame the last loud one still counts, in dB.
const PEAK_FALL_DB: f32 = 1.5;
/// Share of a new utterance in what is remembered.
const LEARNING: f32 = 0.6;
/// Frames with a pitch that an utterance needs for its level to be learned.
const MIN_FRAMES: u32 = 8;

/// The gate.
#[derive(Debug, Clone)]
pub struct NearGate {
    config: NearConfig,
    /// The level of the visitor's voice, in dB below full scale.
    voice_db: Option<f32>,
    /// Frames since the visitor last spoke.
    idle: u32,
    peak_db: f32,
    /// Power and number of the voiced frames of the utterance that is being heard.
    sum: f32,
    count: u32,
}

impl NearGate {
    pub fn new(config: NearConfig) -> Self {
        Self { config, voice_db: None, idle: 0, peak_db: -100.0, sum: 0.0, count: 0 }
    }

    /// The level of the visitor's voice, when it is known.
    pub fn voice_db(&self) -> Option<f32> {
        self.voice_db
    }

    /// Takes the next frame; `hearing`: an utterance is being heard. Whether the frame is loud enough to be the visitor's.
    pub fn push(&mut self, verdict: &FrameVerdict, hearing: bool) -> bool {
        self.peak_db = verdict.level_db.max(self.peak_db - PEAK_FALL_DB);
        let within = if hearing { self.config.goes_on_within_db } else { self.config.begins_within_db };
        let open = self.voice_db.is_none_or(|voice| self.peak_db >= voice - within);
        if hearing {
            self.idle = 0;
            if open && verdict.speech && verdict.voiced {
                self.sum += 10f32.powf(verdict.level_db / 10.0);
                self.count += 1;
            }
        } else {
            self.idle = self.idle.saturating_add(1);
            if self.idle.saturating_mul(FRAME_MS) > self.config.remembers_ms {
                self.fade();
            }
        }
        open
    }

    /// The utterance is over. `spoken`: there were words in it, as far as can be told by its sound.
    pub fn over(&mut self, spoken: bool) {
        if spoken && self.count >= MIN_FRAMES {
            let level = (10.0 * (self.sum / self.count as f32).log10())
                .clamp(*VOICE_RANGE_DB.start(), *VOICE_RANGE_DB.end());
            self.voice_db = Some(self.voice_db.map_or(level, |voice| voice + (level - voice) * LEARNING));
        }
        (self.sum, self.count) = (0.0, 0);
    }

    /// Somebody else may stand there now.
    pub fn forget(&mut self) {
        *self = Self::new(self.config);
    }

    fn fade(&mut self) {
        if let Some(voice) = &mut self.voice_db {
            *voice -= FADE_DB_PER_S * FRAME_MS as f32 / 1000.0;
            if *voice < *VOICE_RANGE_DB.start() {
                self.voice_db = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level_db: f32) -> FrameVerdict {
        FrameVerdict { probability: 1.0, level_db, speech: true, voiced: true }
    }

    fn feed(gate: &mut NearGate, level_db: f32, ms: u32, hearing: bool) -> bool {
        (0..ms / FRAME_MS).map(|_| gate.push(&frame(level_db), hearing)).last().unwrap()
    }

    fn after_an_utterance(level_db: f32) -> NearGate {
        let mut gate = NearGate::new(NearConfig::default());
        assert!(feed(&mut gate, level_db, 1_000, true), "open before anybody has spoken");
        gate.over(true);
        feed(&mut gate, -70.0, 1_000, false);
        gate
    }

    #[test]
    fn a_bystander_begins_no_turn_and_keeps_none_going() {
        let mut gate = after_an_utterance(-25.0);
        assert!(!feed(&mut gate, -40.0, 500, false));
        assert!(feed(&mut gate, -30.0, 500, false), "the visitor may speak lower than before");
        assert!(feed(&mut gate, -40.0, 500, true), "a soft end of a sentence");
        assert!(!feed(&mut gate, -45.0, 500, true));
    }

    #[test]
    fn a_quiet_visitor_is_measured_by_their_own_voice() {
        let mut gate = after_an_utterance(-42.0);
        assert!(feed(&mut gate, -45.0, 100, false));
    }

    #[test]
    fn the_gate_opens_again_when_nobody_speaks() {
        let mut gate = after_an_utterance(-20.0);
        assert!(!feed(&mut gate, -40.0, 2_000, false));
        assert!(feed(&mut gate, -40.0, 16_000, false));
        assert!(gate.voice_db().is_none_or(|v| v < -25.0));
        let mut gate = after_an_utterance(-20.0);
        gate.forget();
        assert!(feed(&mut gate, -55.0, 100, false));
    }

    #[test]
    fn a_click_teaches_nothing() {
        let mut gate = after_an_utterance(-40.0);
        gate.push(&frame(-5.0), true);
        gate.over(true);
        assert!(gate.voice_db().is_some_and(|v| v < -39.0));
        feed(&mut gate, -10.0, 1_000, true);
        gate.over(false);
        assert!(gate.voice_db().is_some_and(|v| v < -39.0));
    }
}
