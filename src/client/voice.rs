//! Voices that pass through a client. They are worth something only for a moment, so they wait for nothing and nothing waits
//! for them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::protocol::VoiceFrame;

/// The most frames that wait to be sent: half a second.
const WAITING_MAX: usize = 25;

/// Takes the frames that come.
#[derive(Clone)]
pub struct VoiceSink(Arc<dyn Fn(VoiceFrame) + Send + Sync>);

impl VoiceSink {
    pub fn new(take: impl Fn(VoiceFrame) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    pub fn give(&self, frame: VoiceFrame) {
        (self.0)(frame);
    }
}

impl fmt::Debug for VoiceSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VoiceSink")
    }
}

/// Counts the frames that wait to be sent. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Waiters(Arc<AtomicUsize>);

/// A frame waits for as long as this lives.
#[derive(Debug)]
pub struct Waits(Arc<AtomicUsize>);

impl Waiters {
    /// Room for one more frame; `None` when too many wait.
    pub fn one_more(&self) -> Option<Waits> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        // Made in any case, so that it is counted down again.
        let waits = Waits(Arc::clone(&self.0));
        (before < WAITING_MAX).then_some(waits)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_wait() {
        let waiters = Waiters::default();
        let waiting: Vec<Waits> = (0..WAITING_MAX).map(|_| waiters.one_more().unwrap()).collect();
        assert!(waiters.one_more().is_none() && waiters.clone().one_more().is_none());
        drop(waiting);
        assert!(waiters.one_more().is_some());
        assert_eq!(waiters.0.load(Ordering::Relaxed), 0);
    }
}
