//! Keeps the events of one followed conversation gap-free and without repeats. Pure.

use crate::conversation::{Epoch, Event};

/// How far a followed conversation has got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    pub epoch: Option<Epoch>,
    /// The last event that was passed on.
    pub seq: u64,
    /// What the relay was last told with `received`.
    pub told: u64,
    /// A `follow` was sent on this connection and its replay has not ended.
    pub asked: bool,
    /// The relay did not know the conversation: ask again when a command for it was acknowledged.
    pub unknown: bool,
}

/// What to do with what came.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// It is another log: forget what was seen.
    pub restarted: bool,
    /// To be passed on, in order.
    pub events: Vec<Event>,
    /// Something is missing: follow again.
    pub resume: bool,
}

impl Track {
    /// A new connection: nothing has been asked on it yet.
    pub fn disconnected(&mut self) {
        self.asked = false;
        self.told = 0;
    }

    /// A live event came.
    pub fn event(&mut self, epoch: Epoch, event: Event) -> Step {
        if self.epoch != Some(epoch) {
            // Live events of another log come only after a replay of it.
            return Step { resume: !self.asked, ..Step::default() };
        }
        let mut step = Step::default();
        self.take(event, &mut step);
        step
    }

    /// A page of a replay came. `recovered` is false when the relay could not go on after what was asked for, so that the
    /// first page begins with the first event: the log is another, or an older one that was put back.
    pub fn replay(&mut self, epoch: Epoch, events: Vec<Event>, recovered: bool, more: bool) -> Step {
        let mut step = Step::default();
        let from_the_start = !recovered && events.first().is_none_or(|first| first.seq == 1);
        if self.epoch != Some(epoch) || (from_the_start && self.seq > 0) {
            step.restarted = self.epoch.is_some();
            self.epoch = Some(epoch);
            self.seq = 0;
            self.told = 0;
        }
        self.asked = more;
        self.unknown = false;
        for event in events {
            self.take(event, &mut step);
        }
        step
    }

    /// A heartbeat says what the newest event is.
    pub fn top(&self, seq: u64) -> Step {
        Step { resume: seq > self.seq && !self.asked, ..Step::default() }
    }

    fn take(&mut self, event: Event, step: &mut Step) {
        if event.seq == self.seq + 1 {
            self.seq = event.seq;
            step.events.push(event);
        } else if event.seq > self.seq && !self.asked {
            step.resume = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Actor, ActorKind, Body, Cmid, Fact, Time};

    fn event(seq: u64) -> Event {
        Event {
            seq,
            at: Time(seq),
            actor: Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person },
            cmid: Cmid::new(Time(1), 1),
            fact: Fact::Noted,
            body: Body::Empty,
        }
    }

    fn seqs(step: &Step) -> Vec<u64> {
        step.events.iter().map(|e| e.seq).collect()
    }

    #[test]
    fn repeats_are_dropped_and_gaps_are_asked_for_once() {
        let epoch = Epoch::new(Time(1), 1);
        let mut track = Track { asked: true, ..Track::default() };
        assert_eq!(seqs(&track.replay(epoch, vec![event(1), event(2)], true, false)), [1, 2]);
        assert_eq!(track.event(epoch, event(2)), Step::default());
        assert_eq!(seqs(&track.event(epoch, event(3))), [3]);
        assert!(track.event(epoch, event(5)).resume);
        track.asked = true;
        assert!(!track.event(epoch, event(6)).resume);
        assert_eq!(seqs(&track.replay(epoch, vec![event(4), event(5)], true, true)), [4, 5]);
        assert_eq!(seqs(&track.replay(epoch, vec![event(6)], true, false)), [6]);
        assert!(!track.top(6).resume && track.top(7).resume);
    }

    #[test]
    fn another_epoch_begins_from_the_start() {
        let (old, new) = (Epoch::new(Time(1), 1), Epoch::new(Time(1), 2));
        let mut track = Track { asked: true, ..Track::default() };
        assert!(!track.replay(old, vec![event(1), event(2)], true, false).restarted);
        assert!(track.event(new, event(1)).resume);
        track.asked = true;
        let step = track.replay(new, vec![event(1)], false, false);
        assert!(step.restarted);
        assert_eq!(seqs(&step), [1]);
    }

    #[test]
    fn an_older_log_that_was_put_back_begins_from_the_start() {
        let epoch = Epoch::new(Time(1), 1);
        let mut track = Track { asked: true, ..Track::default() };
        track.replay(epoch, (1..=5).map(event).collect(), true, false);
        track.asked = true;
        let step = track.replay(epoch, vec![event(1), event(2)], false, true);
        assert!(step.restarted);
        assert_eq!(seqs(&step), [1, 2]);
        let step = track.replay(epoch, vec![event(3)], false, false);
        assert!(!step.restarted, "a later page goes on");
        assert_eq!(seqs(&step), [3]);
        assert_eq!(seqs(&track.event(epoch, event(4))), [4], "what is new has numbers that were seen before");
    }
}
