//! What is known about each frame of an utterance, and what follows from all of them.

use super::config::{EndpointConfig, frames};

/// A cut is looked for in this much of the end of a long utterance, and not in its last moments.
const CUT_WINDOW_MS: u32 = 3_500;
const CUT_MARGIN_MS: u32 = 200;
/// The quietest place is the quietest stretch of this length.
const CUT_STRETCH_FRAMES: usize = 6;
/// Frames with a pitch that an utterance needs.
const MIN_VOICED: usize = 4;

/// What is known about one frame.
#[derive(Clone, Copy)]
pub(super) struct Note {
    pub level_db: f32,
    pub speech: bool,
    pub voiced: bool,
}

/// Whether somebody spoke, rather than coughed.
pub(super) fn enough_speech(notes: &[Note], config: &EndpointConfig) -> bool {
    notes.iter().filter(|n| n.speech).count() >= frames(config.min_speech_ms)
        && notes.iter().filter(|n| n.voiced).count() >= MIN_VOICED
}

/// The frame in the middle of the quietest stretch near the end.
pub(super) fn quietest(notes: &[Note]) -> usize {
    let end = notes.len().saturating_sub(frames(CUT_MARGIN_MS));
    let start = end.saturating_sub(frames(CUT_WINDOW_MS)).max(1);
    let sum = |window: &[Note]| window.iter().map(|n| n.level_db).sum::<f32>();
    notes
        .get(start..end)
        .unwrap_or_default()
        .windows(CUT_STRETCH_FRAMES)
        .enumerate()
        .min_by(|(_, a), (_, b)| sum(a).total_cmp(&sum(b)))
        .map_or(notes.len(), |(i, _)| start + i + CUT_STRETCH_FRAMES / 2)
}
