//! Waiting for a person: the place in the queue, and leaving a message when nobody is there.

use super::caption::{Caption, Saying, Who};
use super::state::{MessageStep, Phase, Pilot, State};
use super::step::Visit;
use crate::conversation::Command;
use crate::performance::{Expression, Gesture};
use crate::routing::QueuePlace;
use crate::texts::id;

impl State {
    /// Who waits for a person, or has nobody at all, may know the place in the queue.
    pub(super) fn may_queue(&self) -> bool {
        self.phase == Phase::Talk && (self.waits_for_person() || self.pilot() == Pilot::Nobody)
    }

    /// What is shown about waiting; `None` when the visitor does not wait.
    pub fn queue_line(&self) -> Option<Saying> {
        match self.queue_place {
            _ if self.message == MessageStep::Writing => Some(Saying::text(id::MESSAGE_PROMPT)),
            None => self.waits_for_person().then(|| Saying::text(id::WAITING_FOR_PERSON)),
            Some(_) if self.message == MessageStep::Left => Some(Saying::text(id::MESSAGE_LEFT)),
            Some(place) => Some(place_line(place)),
        }
    }

    /// Whether the button for a message is shown.
    pub fn may_leave_message(&self) -> bool {
        self.phase == Phase::Talk
            && self.message != MessageStep::Writing
            && self.queue_place.is_some_and(|place| !place.staffed)
    }
}

/// The place and, where it is known, about how long it takes.
fn place_line(place: QueuePlace) -> Saying {
    if !place.staffed {
        return Saying::text(id::NOBODY_THERE);
    }
    let mut args = vec![("place", place.place.to_string())];
    let Some(estimate) = place.estimate else { return Saying::Text { id: id::WAITING_PLACE, args } };
    // Whole minutes: nobody believes seconds. The range is widened, never narrowed.
    let (low, high) = (estimate.low_secs / 60, estimate.high_secs.div_ceil(60));
    if high <= 1 {
        return Saying::Text { id: id::WAITING_SOON, args };
    }
    args.extend([("low", low.to_string()), ("high", high.to_string())]);
    Saying::Text { id: id::WAITING_ESTIMATE, args }
}

impl Visit {
    /// The relay says where the visitor stands.
    pub fn queue_place(&mut self, place: Option<QueuePlace>) {
        self.s.queue_place = place.filter(|_| self.s.may_queue());
        let Some(place) = self.s.queue_place else { return };
        if !place.staffed {
            if self.s.message == MessageStep::None {
                self.s.message = MessageStep::Offered;
                self.speak_own(Saying::text(id::NOBODY_THERE), Expression::Relaxed, None);
            }
            return;
        }
        if self.s.message == MessageStep::Offered {
            self.s.message = MessageStep::None;
        }
        // Said once; later changes are only shown. Who is next and will be served at once need not be told.
        if !self.s.place_told && (place.place > 1 || place.estimate.is_some()) {
            self.s.place_told = true;
            self.speak_own(place_line(place), Expression::Relaxed, None);
        }
    }

    /// "I would like to leave a message."
    pub fn message_wanted(&mut self) {
        if self.s.may_leave_message() && self.open().is_some() {
            self.s.message = MessageStep::Writing;
            self.ask_for_message();
        }
    }

    fn ask_for_message(&mut self) {
        self.interrupt();
        self.speak_own(Saying::text(id::MESSAGE_PROMPT), Expression::Neutral, None);
    }

    /// "No message after all": the next words are for the pilot again, and the button stays.
    pub fn message_cancelled(&mut self) {
        let open = matches!(self.s.message, MessageStep::Writing | MessageStep::Offered);
        if open && self.s.phase == Phase::Talk {
            self.s.message = MessageStep::Declined;
            self.interrupt();
            self.speak_own(Saying::text(id::MESSAGE_DECLINED), Expression::Neutral, None);
        }
    }

    /// The message could not be kept: nobody may go on saying that it was.
    pub fn message_lost(&mut self) {
        if self.s.message != MessageStep::Left {
            return;
        }
        self.s.message = MessageStep::Offered;
        let thanks = self.s.captions.iter().rev().find(|c| c.saying == Saying::text(id::MESSAGE_LEFT));
        let speech = thanks.and_then(|c| c.speech);
        if speech.is_some_and(|speech| self.s.speech.pending.contains(&speech)) {
            self.interrupt();
        }
    }

    /// The visitor says something while a message is offered or being left. Says whether it was about the message.
    pub fn about_message(&mut self, text: &str, yes_no: Option<bool>, voiced: bool) -> bool {
        match (self.s.message, yes_no) {
            // "Yes", said once more, is no message.
            (MessageStep::Writing, Some(true)) => self.ask_for_message(),
            (MessageStep::Writing, Some(false)) => self.message_cancelled(),
            (MessageStep::Writing, None) => self.leave_message(text, voiced),
            (MessageStep::Offered, Some(true)) if self.was_offered_last() => self.message_wanted(),
            (MessageStep::Offered, Some(false)) if self.was_offered_last() => self.message_cancelled(),
            _ => return false,
        }
        true
    }

    /// The offer is the last thing that the avatar has said, so that "yes" is an answer to it.
    fn was_offered_last(&self) -> bool {
        let last = self.s.captions.iter().rev().find(|c| c.who != Who::Visitor);
        last.is_some_and(|c| c.saying == Saying::text(id::NOBODY_THERE))
    }

    fn leave_message(&mut self, text: &str, voiced: bool) {
        self.interrupt();
        self.add_caption(Caption {
            id: 0,
            who: Who::Visitor,
            saying: Saying::Words(text.to_owned()),
            language: self.s.language,
            answer: None,
            speech: None,
            seq: None,
            voiced,
            corrected: false,
            spoken_chars: 0,
        });
        self.send(Command::LeaveMessage { text: text.to_owned() });
        self.s.message = MessageStep::Left;
        self.speak_own(Saying::text(id::MESSAGE_LEFT), Expression::Happy, Some(Gesture::Nod));
    }
}
