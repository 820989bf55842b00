//! Is the visitor speaking, whoever else is? A small network that was taught with halls made in a file
//! (`training/hall`): a crowd of other voices, announcements, music, and the avatar's own echo.
//!
//! ```text
//! microphone, linear filter, cleaned ─► bands ─► floor ─► facts ─► network ─► probability
//! ```
//!
//! What it goes by is how much louder than usual it is in each band, and how much of it the echo canceller foresaw. So it
//! hears who is nearest, not who has which voice. A visitor who is no louder than the crowd is one of the crowd.

mod bands;
mod facts;
mod floor;
mod network;
mod pitch;

pub use facts::{FACTS, Facts, HeardFrame};

use network::Network;

/// The detector for one microphone.
pub struct VisitorDetector {
    facts: Facts,
    network: Network,
}

impl Default for VisitorDetector {
    fn default() -> Self {
        Self { facts: Facts::new(), network: Network::new() }
    }
}

impl VisitorDetector {
    /// Takes the next frame; returns the probability that the visitor speaks in it, 0 to 1.
    pub fn push(&mut self, heard: &HeardFrame) -> f32 {
        self.network.push(&self.facts.push(heard))
    }

    /// After a gap: what was said before is of no use. The hall stays.
    pub fn reset(&mut self) {
        self.network.reset();
    }
}
