//! Keeps the events of one followed conversation gap-free and without repeats. Pure.

use super::outlet::Taken;
use crate::conversation::{Epoch, Event};

/// How far a followed conversation has got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    pub epoch: Option<Epoch>,
    /// The number of this `follow`, a new one after each restart of the log: events of another one count no more.
    pub follow: u64,
    /// The last event that was put on its way to the program.
    pub seq: u64,
    /// The last event that the program has taken.
    pub handled: u64,
    /// The last event that somebody has seen, as the program says.
    pub seen: u64,
    /// What the relay was last told with `received`, and with `seen`.
    told: u64,
    told_seen: u64,
    /// A `follow` was sent on this connection and its replay has not ended.
    pub asked: bool,
    /// The relay did not know the conversation, or did not let us follow it: ask again when a command for it was
    /// acknowledged.
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

/// What the relay is to be told about one conversation.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Untold {
    pub received: Option<u64>,
    pub seen: Option<u64>,
}

impl Track {
    /// The track of a new `follow` with this number.
    pub fn new(follow: u64) -> Self {
        Self { follow, ..Self::default() }
    }

    /// The program has the events up to this one already.
    pub fn begin_after(&mut self, epoch: Epoch, seq: u64) {
        (self.epoch, self.seq, self.handled) = (Some(epoch), seq, seq);
    }

    /// A new connection: nothing has been asked and nothing told on it yet.
    pub fn disconnected(&mut self) {
        self.asked = false;
        (self.told, self.told_seen) = (0, 0);
    }

    /// The relay has said no to a `follow`, or that the conversation is none of our business any more.
    pub fn refused(&mut self) {
        (self.asked, self.unknown) = (false, true);
    }

    /// The program has taken an event.
    pub fn taken(&mut self, taken: Taken) {
        if taken.follow == self.follow {
            self.handled = self.handled.max(taken.seq);
        }
    }

    /// What the relay has not been told yet; each is given once. Who has seen something has received it: of the two the
    /// one is told that says more.
    pub fn untold(&mut self) -> Untold {
        if self.asked {
            return Untold::default();
        }
        let seen = Some(self.seen.min(self.handled)).filter(|seen| *seen > self.told_seen);
        if let Some(seen) = seen {
            (self.told_seen, self.told) = (seen, self.told.max(seen));
        }
        let received = Some(self.handled).filter(|handled| *handled > self.told);
        self.told = received.unwrap_or(self.told);
        Untold { received, seen }
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
            (self.seq, self.handled, self.seen) = (0, 0, 0);
            (self.told, self.told_seen) = (0, 0);
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
    fn the_relay_is_told_what_the_program_has_taken_and_not_what_waits_for_it() {
        let mut track = Track { asked: true, ..Track::new(3) };
        track.replay(Epoch::new(Time(1), 1), (1..=5).map(event).collect(), true, false);
        assert_eq!((track.seq, track.untold()), (5, Untold::default()));
        let told = |received, seen| Untold { received, seen };
        track.taken(Taken { follow: 3, seq: 2 });
        assert_eq!((track.untold(), track.untold()), (told(Some(2), None), told(None, None)));
        track.taken(Taken { follow: 2, seq: 5 });
        assert_eq!(track.untold(), told(None, None), "it came by an older follow");
        // What somebody has seen and the program has not taken cannot be.
        track.seen = 9;
        track.taken(Taken { follow: 3, seq: 4 });
        assert_eq!(track.untold(), told(None, Some(4)), "who has seen it has received it");
        track.taken(Taken { follow: 3, seq: 5 });
        assert_eq!(track.untold(), told(None, Some(5)));
        track.disconnected();
        assert_eq!(track.untold(), told(None, Some(5)), "a new connection is told anew");
    }

    #[test]
    fn another_log_begins_with_nothing_taken() {
        let mut track = Track::new(1);
        track.begin_after(Epoch::new(Time(1), 1), 7);
        assert_eq!(track.untold().received, Some(7));
        (track.asked, track.seen) = (true, 7);
        assert!(track.replay(Epoch::new(Time(1), 2), vec![event(1)], false, false).restarted);
        assert_eq!(track.untold(), Untold::default());
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
