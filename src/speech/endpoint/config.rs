//! The times that decide where an utterance begins and ends.

use crate::speech::vad::FRAME_MS;

/// Who says when to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Speech begins an utterance and a pause ends it.
    #[default]
    HandsFree,
    /// A button is held while speaking.
    PushToTalk,
}

/// All times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointConfig {
    /// Sound kept from before the onset, so that the first syllable is not cut.
    pub pre_roll_ms: u32,
    /// Speech needed before an utterance begins.
    pub onset_ms: u32,
    /// Silence that ends an utterance, unless its words say more; see [`super::Finish`].
    pub pause_ms: u32,
    /// Silence after which the utterance so far is offered for an early transcription; none when not below `pause_ms`. The
    /// sooner, the sooner its words decide; a text for nothing costs only what nobody else needs.
    pub early_ms: u32,
    /// Less speech than this is a cough or a click, and is dropped.
    pub min_speech_ms: u32,
    /// Longer utterances are cut at their quietest place. The embedded model hears 10.24 s at once.
    pub max_ms: u32,
    /// Sound kept from before the button was pressed.
    pub button_pre_roll_ms: u32,
    /// How long listening goes on after the button was released: people let go too early.
    pub button_grace_ms: u32,
    /// Speech after which the utterance so far is shown, for a caption, again and again; 0: never.
    pub peek_ms: u32,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            pre_roll_ms: 608,
            onset_ms: 90,
            pause_ms: 480,
            early_ms: 160,
            min_speech_ms: 160,
            max_ms: 9_500,
            button_pre_roll_ms: 208,
            button_grace_ms: 128,
            peek_ms: 0,
        }
    }
}

/// Speech between two looks at an utterance that is still being spoken, for its caption, in milliseconds: a word or two.
pub const PEEK_MS: u32 = 608;
/// It is not looked at more often than this, in milliseconds.
const MIN_PEEK_MS: u32 = 304;
/// The longest utterance that is ever held, in milliseconds: the context of a stock model.
pub const MAX_UTTERANCE_MS: u32 = 29_000;

impl EndpointConfig {
    /// The same times within sensible bounds: nothing unbounded, and nothing that would never end.
    pub fn bounded(self) -> Self {
        Self {
            pre_roll_ms: self.pre_roll_ms.clamp(0, 2_000),
            onset_ms: self.onset_ms.clamp(FRAME_MS, 1_000),
            pause_ms: self.pause_ms.clamp(100, 5_000),
            early_ms: self.early_ms.clamp(FRAME_MS, 5_000),
            min_speech_ms: self.min_speech_ms.clamp(FRAME_MS, 2_000),
            max_ms: self.max_ms.clamp(4_000, MAX_UTTERANCE_MS),
            button_pre_roll_ms: self.button_pre_roll_ms.clamp(0, 1_000),
            button_grace_ms: self.button_grace_ms.clamp(0, 1_000),
            peek_ms: if self.peek_ms == 0 { 0 } else { self.peek_ms.clamp(MIN_PEEK_MS, 5_000) },
        }
    }
}

/// Whole frames in a time, rounded up.
pub(super) const fn frames(ms: u32) -> usize {
    ms.div_ceil(FRAME_MS) as usize
}
