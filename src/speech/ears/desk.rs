//! Brings utterances and their texts together. Texts may be there before the utterance is known to be over (early
//! transcription in the pause), and are then held back, or thrown away when speech goes on.

use std::collections::VecDeque;
use std::time::Instant;

use super::events::{EarsEvent, HeardStamps};
use crate::speech::endpoint::{EndedBy, Finish, Utterance};
use crate::speech::recognize::{Cancel, Outcome, RecognizeError};

/// The number of no job: the recogniser's count from 1.
const NO_JOB: u64 = 0;
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
    done: Option<(Done, Instant)>,
}

/// What became of a job.
enum Done {
    Outcome(Outcome),
    /// Nothing was there to transcribe.
    Dropped {
        by_button: bool,
    },
    Failed(String),
}

/// What is under way.
#[derive(Default)]
pub(super) struct Desk {
    slots: VecDeque<Slot>,
    /// How finished the newest early text sounds, until somebody asks.
    hint: Option<(u64, Finish)>,
}

impl Desk {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// An utterance, or its early offer, goes to the recogniser as `job`. `sent` is the handle, or the samples. Returns what
    /// is to be said of an older utterance for which there is no room any more.
    pub fn sent(&mut self, utterance: u64, job: u64, sent: Result<Cancel, Vec<f32>>) -> Option<EarsEvent> {
        self.withdraw(utterance);
        let (cancel, unsent) = match sent {
            Ok(cancel) => (Some(cancel), None),
            Err(samples) => (None, Some(samples)),
        };
        self.put(Slot { utterance, job, cancel, unsent, certain: None, done: None })
    }

    /// There is nothing in the utterance. It is said in its turn, after the utterances before it.
    pub fn nothing(&mut self, utterance: u64, by_button: bool, at: Instant) -> Option<EarsEvent> {
        self.withdraw(utterance);
        let ended_by = if by_button { EndedBy::Release } else { EndedBy::Pause };
        self.put(Slot {
            utterance,
            job: NO_JOB,
            cancel: None,
            unsent: None,
            certain: Some(Certain { started: at, ended: at, decided: at, ended_by }),
            done: Some((Done::Dropped { by_button }, at)),
        })
    }

    fn put(&mut self, slot: Slot) -> Option<EarsEvent> {
        let crowded = if self.slots.len() >= MAX_SLOTS { self.slots.pop_front() } else { None };
        self.slots.push_back(slot);
        crowded.map(|slot| {
            give_up(&slot);
            let why = format!("more than {MAX_SLOTS} utterances wait to be understood: speak more slowly");
            EarsEvent::Failed { id: slot.utterance, why, more: slot.more() }
        })
    }

    /// Speech went on, or there was none: what was under way for the utterance is given up.
    pub fn withdraw(&mut self, utterance: u64) {
        self.hint = self.hint.filter(|(of, _)| *of != utterance);
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
            if let (None, Ok(Outcome::Text(transcript))) = (&slot.certain, &outcome) {
                self.hint = Some((slot.utterance, Finish::of(&transcript.text)));
            }
            let done = outcome.map_or_else(|e| Done::Failed(e.to_string()), Done::Outcome);
            slot.done = Some((done, finished));
        }
    }

    /// How finished an utterance sounds whose end is not certain yet: each early text is told once.
    pub fn take_hint(&mut self) -> Option<(u64, Finish)> {
        self.hint.take()
    }

    /// The utterance cannot be transcribed, for this reason.
    pub fn fail(&mut self, utterance: u64, why: &str, at: Instant) {
        if let Some(slot) = self.slots.iter_mut().find(|s| s.utterance == utterance) {
            slot.done = Some((Done::Failed(why.to_owned()), at));
        }
    }

    /// The recogniser is gone: no job that it has will ever be done.
    pub fn fail_all(&mut self, why: &str, at: Instant) {
        for slot in self.slots.iter_mut().filter(|s| s.done.is_none()) {
            slot.done = Some((Done::Failed(why.to_owned()), at));
        }
    }

    /// The visitor has left: nothing of what they said is wanted any more.
    pub fn clear(&mut self) {
        self.slots.iter().for_each(give_up);
        self.slots.clear();
        self.hint = None;
    }

    /// The next text whose utterance is over, in the order of the utterances.
    pub fn next_event(&mut self) -> Option<EarsEvent> {
        let front = self.slots.front()?;
        if front.certain.is_none() || front.done.is_none() {
            return None;
        }
        let Slot { utterance: id, certain: Some(certain), done: Some((done, finished)), .. } =
            self.slots.pop_front()?
        else {
            return None;
        };
        let more = certain.more();
        Some(match done {
            Done::Outcome(Outcome::Text(transcript)) => EarsEvent::Transcript {
                id,
                transcript,
                stamps: HeardStamps {
                    speech_started: certain.started,
                    speech_ended: certain.ended,
                    endpoint: certain.decided,
                    transcript: finished.max(certain.decided),
                },
                more,
            },
            Done::Outcome(Outcome::Nothing { why, .. }) => {
                let by_button = certain.ended_by == EndedBy::Release;
                EarsEvent::Nothing { id, why: Some(why), by_button, more }
            }
            Done::Dropped { by_button } => EarsEvent::Nothing { id, why: None, by_button, more },
            Done::Failed(why) => EarsEvent::Failed { id, why, more },
        })
    }
}

impl Certain {
    /// It was cut for its length, and the next utterance continues it.
    fn more(&self) -> bool {
        self.ended_by == EndedBy::Split
    }
}

impl Slot {
    fn more(&self) -> bool {
        self.certain.as_ref().is_some_and(Certain::more)
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
    use crate::speech::recognize::Transcript;
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
        Ok(Outcome::Text(Transcript::of(words)))
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
    fn an_early_text_says_once_how_finished_it_sounds() {
        let mut desk = Desk::default();
        let now = Instant::now();
        desk.sent(1, 10, Ok(Cancel::default()));
        assert_eq!(desk.take_hint(), None);
        desk.done(10, text("I have lost my phone and"), now);
        assert_eq!(desk.take_hint(), Some((1, Finish::Hanging)));
        assert_eq!(desk.take_hint(), None);
        // Speech went on before anybody asked.
        desk.sent(1, 11, Ok(Cancel::default()));
        desk.done(11, text("Where is my phone?"), now);
        desk.withdraw(1);
        assert_eq!(desk.take_hint(), None);
        // When the end is certain nobody needs to know.
        desk.sent(1, 12, Ok(Cancel::default()));
        desk.confirm(&utterance(1, now));
        desk.done(12, text("Where is my phone?"), now);
        assert_eq!(desk.take_hint(), None);
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
    fn an_utterance_for_which_there_is_no_room_is_said_to_have_failed() {
        let mut desk = Desk::default();
        let now = Instant::now();
        for id in 1..=MAX_SLOTS as u64 {
            assert_eq!(desk.sent(id, id, Ok(Cancel::default())), None);
            desk.confirm(&utterance(id, now));
        }
        let lost = desk.sent(100, 100, Ok(Cancel::default()));
        assert!(matches!(lost, Some(EarsEvent::Failed { id: 1, more: false, .. })), "{lost:?}");
        desk.done(2, text("two"), now);
        assert_eq!(words(desk.next_event()), "two");
    }

    #[test]
    fn silence_waits_for_the_texts_before_it() {
        let mut desk = Desk::default();
        let now = Instant::now();
        desk.sent(1, 10, Ok(Cancel::default()));
        desk.confirm(&Utterance { ended_by: EndedBy::Split, ..utterance(1, now) });
        assert_eq!(desk.nothing(2, false, now), None);
        assert_eq!(desk.next_event(), None);
        desk.done(10, text("one"), now);
        assert!(matches!(desk.next_event(), Some(EarsEvent::Transcript { id: 1, more: true, .. })));
        assert!(matches!(desk.next_event(), Some(EarsEvent::Nothing { id: 2, more: false, .. })));
        assert!(desk.is_empty());
    }

    #[test]
    fn what_fails_does_not_hold_up_the_rest() {
        let mut desk = Desk::default();
        let now = Instant::now();
        for id in [1, 2] {
            desk.sent(id, id * 10, Ok(Cancel::default()));
            desk.confirm(&utterance(id, now));
        }
        desk.done(10, Err(RecognizeError::Failed { why: "a reason".into() }), now);
        let failed = desk.next_event();
        assert!(
            matches!(&failed, Some(EarsEvent::Failed { id: 1, why, .. }) if why.contains("a reason")),
            "{failed:?}"
        );
        desk.fail_all("no model", now);
        assert!(matches!(desk.next_event(), Some(EarsEvent::Failed { id: 2, .. })));
        assert!(desk.is_empty());
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
