//! What the ears report, and the bounded mailbox that it waits in.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::speech::clock::lock;
use crate::speech::endpoint::EndedBy;
use crate::speech::recognize::{ModelFacts, NothingHeard, Transcript};

/// Events that may wait. Levels count once, so this is many utterances.
pub const MAX_EVENTS: usize = 256;

/// When the stages of hearing one utterance happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardStamps {
    pub speech_started: Instant,
    pub speech_ended: Instant,
    /// The end was decided.
    pub endpoint: Instant,
    /// The text was there. Before the endpoint never counts: an early text waits for it.
    pub transcript: Instant,
}

/// What the ears report.
#[derive(Debug, Clone, PartialEq)]
pub enum EarsEvent {
    /// For a meter, about 20 times a second: dB below full scale, and whether it is speech. Only the latest waits.
    Level { level_db: f32, speech: bool },
    /// Somebody began to speak, or the button went down.
    Started { id: u64, at: Instant },
    /// What has been understood of an utterance that is still being spoken; `stable` and `rest` are all of it, and `rest` may
    /// well change. Of an utterance that is over there is none.
    Partial { id: u64, stable: String, rest: String },
    /// The end of an utterance was decided; its text follows.
    Endpoint { id: u64, at: Instant, ended_by: EndedBy },
    /// The text of an utterance. `more`: it was cut for its length, and the next one continues it.
    Transcript { id: u64, transcript: Transcript, stamps: HeardStamps, more: bool },
    /// No words in it; `id` is of an utterance that was `Started`. `by_button`: the visitor expects an answer. `more` as above.
    Nothing { id: u64, why: Option<NothingHeard>, by_button: bool, more: bool },
    /// This one utterance could not be transcribed; the next one may be. A sentence. `more` as above.
    Failed { id: u64, why: String, more: bool },
    /// The speech model is loaded.
    ModelReady { facts: ModelFacts, took: Duration },
    /// There is a microphone (again).
    Microphone { device: String },
    /// There is no microphone; it is looked for. A sentence.
    NoMicrophone { why: String },
    /// There is no speech model: nothing will ever be transcribed. A sentence that says what to do.
    NoModel { why: String },
    /// A recording is over, and all its texts have been reported.
    Ended,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<EarsEvent>,
    /// Apart from the rest: a newer level replaces it.
    level: Option<EarsEvent>,
    dropped: u64,
}

/// A bounded mailbox: the latest level, and the latest events.
#[derive(Default)]
pub(super) struct Mailbox {
    /// A mutex with a condition, since one thread waits while two others put things in.
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

impl Mailbox {
    pub fn put(&self, event: EarsEvent) {
        let mut waiting = lock(&self.waiting);
        if matches!(event, EarsEvent::Level { .. }) {
            waiting.level = Some(event);
        } else {
            if waiting.events.len() >= MAX_EVENTS {
                waiting.events.pop_front();
                waiting.dropped += 1;
                tracing::warn!(dropped = waiting.dropped, "nobody takes the events of the ears");
            }
            waiting.events.push_back(event);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    pub fn take(&self) -> Option<EarsEvent> {
        let mut waiting = lock(&self.waiting);
        waiting.events.pop_front().or_else(|| waiting.level.take())
    }

    pub fn wait(&self, timeout: Duration) -> Option<EarsEvent> {
        let until = Instant::now() + timeout;
        let mut waiting = lock(&self.waiting);
        loop {
            if let Some(event) = waiting.events.pop_front() {
                return Some(event);
            }
            if let Some(level) = waiting.level.take() {
                return Some(level);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            waiting = match self.arrived.wait_timeout(waiting, left) {
                Ok((waiting, _)) => waiting,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_replaced_and_events_bounded() {
        let mailbox = Mailbox::default();
        for i in 0..1000 {
            mailbox.put(EarsEvent::Level { level_db: i as f32, speech: false });
            mailbox.put(EarsEvent::Started { id: i, at: Instant::now() });
        }
        let mut events = Vec::new();
        while let Some(event) = mailbox.take() {
            events.push(event);
        }
        assert_eq!(events.len(), MAX_EVENTS + 1);
        assert!(matches!(events[0], EarsEvent::Started { id: 744, .. }), "the oldest are dropped");
        assert_eq!(events.last(), Some(&EarsEvent::Level { level_db: 999.0, speech: false }));
        assert_eq!(mailbox.wait(Duration::ZERO), None);
    }
}
