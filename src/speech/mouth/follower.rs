//! The mouth of what is heard from a sink: by its phonemes where they are known, else by its sound.

use std::time::Instant;

use crate::speech::audio::VOICE_RATE;
use crate::speech::playback::VoiceOutput;
use crate::speech::visemes::{MouthEngine, MouthShape};

/// Follows one sink.
pub struct Follower {
    engine: MouthEngine,
    samples: Vec<f32>,
}

impl Default for Follower {
    fn default() -> Self {
        Self { engine: MouthEngine::new(VOICE_RATE), samples: Vec::new() }
    }
}

impl Follower {
    /// The mouth's shape for what is heard at `now`. To be asked once a frame, at the time the frame is shown.
    pub fn shape(&mut self, output: &VoiceOutput, now: Instant) -> MouthShape {
        self.samples.clear();
        let from = output.read_played(self.engine.position(), &mut self.samples);
        self.engine.skip_to(from);
        self.engine.push(&self.samples);
        let position = output.heard_position(now);
        let Some(known) = output.lips_at(position) else { return self.engine.shape_at(position) };
        // Whatever is known: no sound, no mouth.
        if self.engine.is_silent_at(position) { MouthShape::default() } else { known }
    }
}
