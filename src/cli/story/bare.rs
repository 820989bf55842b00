//! A kiosk that draws nothing.

use std::time::{Duration, Instant};

use crate::client::now;
use crate::kiosk::Core;

/// As a screen of 60 pictures a second.
const FRAME: Duration = Duration::from_micros(16_667);

/// The core, looked after as a window would.
pub struct Bare {
    core: Core,
    frames: u32,
    begun: Instant,
}

impl Bare {
    pub fn new(core: Core) -> Self {
        Self { core, frames: 0, begun: Instant::now() }
    }

    pub fn begin(&mut self) -> Instant {
        (self.frames, self.begun) = (0, Instant::now());
        self.begun
    }

    pub fn lasted(&self) -> Duration {
        self.begun.elapsed()
    }

    /// One round, and the rest of its time.
    pub fn frame(&mut self) {
        let begun = Instant::now();
        self.core.update(now());
        self.frames = self.frames.saturating_add(1);
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }

    pub fn with_core<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R {
        f(&mut self.core)
    }

    /// Rounds a second.
    pub fn rate(&self) -> f32 {
        self.frames as f32 / self.lasted().as_secs_f32().max(0.001)
    }
}
