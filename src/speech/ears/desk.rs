//! Brings utterances and their texts together. Texts may be there before the utterance is known to be over (early
//! transcription in the pause), and are then held back, or thrown away when speech goes on.

use std::collections::VecDeque;
use std::time::Instant;

use super::events::{EarsEvent, HeardStamps};
use crate::speech::endpoint::{EndedBy, Utterance};
use crate::speech::recognize::{Cancel, Outcome, RecognizeError};

/// Utterances that are being transcribed or wait for their end.
const MAX_SLOTS: usize = 16;

/// An utterance whose end is certain.
#[derive(Clone, Copy)]
struct Certain {
    started: Instant,
    ended: Instant,
    decided: Instant,
    ended_by: EndedBy,
}

struct Slot {
    utterance: u64,
    job: u64,
    cancel: Option<Cancel>,
    /// Samples that the recogniser had no room for.
    unsent: Option<Vec<f32>>,
    certain: Option<Certain>,
    done: Option<(Result<Outcome, RecognizeError>, Instant)>,
}

/// What is under way.
#[derive(Default)]
pub(super) struct Desk {
    slots: VecDeque<Slot>,
}

impl Desk {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// An utterance, or its early offer, goes to the recogniser as `job`. `sent` is the handle, or the samples.
    pub fn sent(&mut self, utterance: u64, job: u64, sent: Result<Cancel, Vec<f32>>) {
        self.withdraw(utterance);
        if self.slots.len() >= MAX_SLOTS
            && let Some(slot) = self.slots.pop_front()
        {
            give_up(&slot);
        }
        let (cancel, unsent) = match sent {
            Ok(cancel) => (Some(cancel), None),
            Err(samples) => (None, Some(samples)),
        };
        self.slots.push_back(Slot { utterance, job, cancel, unsent, certain: None, done: None });
    }

    /// Speech went on, or there was none: what was under way for the utterance is given up.
    pub fn withdraw(&mut self, utterance: u64) {
        self.slots.retain(|slot| {
            let keep = slot.utterance != utterance;
            if !keep {
                give_up(slot);
            }
            keep
        });
    }

    /// The end of the utterance is certain. Returns samples that have still to be sent, if any.
    pub fn confirm(&mut self, utterance: &Utterance) -> Option<Vec<f32>> {
        let slot = self.slots.iter_mut().find(|s| s.utterance == utterance.id)?;
        slot.certain = Some(Certain {
            started: utterance.started,
            ended: utterance.ended,
            decided: utterance.decided,
            ended_by: utterance.ended_by,
        });
        slot.unsent.take()
    }

    /// Samples that could not be sent early were sent now.
    pub fn resent(&mut self, utterance: u64, job: u64, cancel: Cancel) {
        if let Some(slot) = self.slots.iter_mut().find(|s| s.utterance == utterance) {
            slot.job = job;
            slot.cancel = Some(cancel);
        }
    }

    /// The recogniser is done with a job.
    pub fn done(&mut self, job: u64, outcome: Result<Outcome, RecognizeError>, finished: Instant) {
        if let Some(slot) = self.slots.iter_mut().find(|s| s.job == job) {
            slot.done = Some((outcome, finished));
        }
    }

    /// The next text whose utterance is over, in the order of the utterances.
    pub fn next_event(&mut self) -> Option<EarsEvent> {
        let front = self.slots.front()?;
        if front.certain.is_none() || front.done.is_none() {
            return None;
        }
        let Slot { utterance: id, certain: Some(certain), done: Some((outcome, finished)), .. } =
            self.slots.pop_front()?
        else {
            return None;
        };
        Some(match outcome {
            Ok(Outcome::Text(transcript)) => EarsEvent::Transcript {
                id,
                transcript,
                stamps: HeardStamps {
                    speech_started: certain.started,
                    speech_ended: certain.ended,
                    endpoint: certain.decided,
                    transcript: finished.max(certain.decided),
                },
                more: certain.ended_by == EndedBy::Split,
            },
            Ok(Outcome::Nothing { why, .. }) => {
                EarsEvent::Nothing { id, why: Some(why), by_button: certain.ended_by == EndedBy::Release }
            }
            Err(e) => EarsEvent::Problem(e.to_string()),
        })
    }
}

fn give_up(slot: &Slot) {
    if let Some(cancel) = &slot.cancel {
        cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::recognize::{RecognizeStages, Transcript};
    use std::time::Duration;

    fn utterance(id: u64, decided: Instant) -> Utterance {
        Utterance {
            id,
            samples: Vec::new(),
            started: decided,
            ended: decided,
            decided,
            ended_by: EndedBy::Pause,
            continues: false,
        }
    }

    fn text(words: &str) -> Result<Outcome, RecognizeError> {
        Ok(Outcome::Text(Transcript {
            text: words.into(),
            language: None,
            confidence: 1.0,
            no_speech: 0.0,
            audio_ctx: 0,
            retried: false,
            stages: RecognizeStages::default(),
        }))
    }

    fn words(event: Option<EarsEvent>) -> String {
        match event {
            Some(EarsEvent::Transcript { transcript, .. }) => transcript.text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn an_early_text_waits_for_the_end() {
        let mut desk = Desk::default();
        let now = Instant::now();
        desk.sent(1, 10, Ok(Cancel::default()));
        desk.done(10, text("hello"), now);
        assert!(desk.next_event().is_none(), "the visitor may go on");
        let decided = now + Duration::from_millis(200);
        assert!(desk.confirm(&utterance(1, decided)).is_none());
        let Some(EarsEvent::Transcript { stamps, .. }) = desk.next_event() else { panic!("no text") };
        assert_eq!(stamps.transcript, decided);
        assert!(desk.is_empty());
    }

    #[test]
    fn a_text_is_thrown_away_when_speech_goes_on() {
        let mut desk = Desk::default();
        let cancel = Cancel::default();
        desk.sent(1, 10, Ok(cancel.clone()));
        desk.withdraw(1);
        assert!(cancel.is_cancelled());
        desk.sent(1, 11, Ok(Cancel::default()));
        desk.done(10, text("hello"), Instant::now());
        desk.done(11, text("hello there"), Instant::now());
        desk.confirm(&utterance(1, Instant::now()));
        assert_eq!(words(desk.next_event()), "hello there");
    }

    #[test]
    fn texts_keep_the_order_of_the_utterances() {
        let mut desk = Desk::default();
        let now = Instant::now();
        for id in [1, 2] {
            desk.sent(id, id * 10, Ok(Cancel::default()));
            desk.confirm(&utterance(id, now));
        }
        desk.done(20, text("two"), now);
        assert!(desk.next_event().is_none());
        desk.done(10, text("one"), now);
        assert_eq!(words(desk.next_event()), "one");
        assert_eq!(words(desk.next_event()), "two");
    }

    #[test]
    fn what_the_recogniser_had_no_room_for_is_sent_at_the_end() {
        let mut desk = Desk::default();
        desk.sent(1, 10, Err(vec![0.5; 3]));
        let samples = desk.confirm(&utterance(1, Instant::now())).unwrap();
        assert_eq!(samples.len(), 3);
        desk.resent(1, 11, Cancel::default());
        desk.done(11, text("late"), Instant::now());
        assert_eq!(words(desk.next_event()), "late");
    }
}
