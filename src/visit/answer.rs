//! What comes from the relay: the pilot's words, who the pilot is, refusals, the connection.

use super::caption::{Caption, Saying, Who};
use super::effect::SpeechId;
use super::input::Unsent;
use super::state::{Awaiting, MessageStep, Phase, Pilot, Told, name_of};
use super::step::Visit;
use super::voice::push_bounded;
use crate::conversation::{
    ActorKind, AnswerId, Body, CHOICE_MAX_CHARS, CHOICES_MAX, ConversationId, Event, Fact, HandoffReason,
    Refusal, TEXT_MAX_CHARS, Words,
};
use crate::performance::{Expression, Gesture};
use crate::protocol::Reach;
use crate::texts::id;

impl Visit {
    pub fn happened(&mut self, conversation: ConversationId, event: &Event) {
        let before = self.s.pilot();
        let waited = self.s.waits_for_person();
        let Some(open) = self.s.conversation.as_mut().filter(|c| c.id == conversation) else { return };
        // After a reconnect some events come again.
        if event.seq <= open.record.seq {
            return;
        }
        open.record.apply(event);
        if let Fact::Said { answer, part, last, in_reply_to, voiced, .. } = &event.fact {
            match (&event.body, event.actor.kind) {
                (Body::Said(words), ActorKind::Visitor) => self.own_words_came(*answer, event.seq, words),
                (Body::Said(words), kind) if kind.is_agent() => {
                    // Who answers has seen the question, whether they say so or not.
                    open.marks.raise(Reach::Seen, in_reply_to.unwrap_or(0));
                    if *voiced && kind.is_person() {
                        self.person_was_heard(event, *answer, words);
                    } else {
                        self.answer_came(event, *answer, *part, *last, *in_reply_to, words);
                    }
                }
                _ => {}
            }
        }
        if matches!(event.fact, Fact::Closed { .. } | Fact::VisitorLeft { .. }) {
            self.closed_by_relay();
        }
        if self.s.phase == Phase::Talk {
            self.pilot_changed(&before, waited);
        }
    }

    /// The visitor's own words have a number now, and the relay may have masked more in them.
    fn own_words_came(&mut self, answer: AnswerId, seq: u64, words: &Words) {
        if self.s.speech.mended.contains(&answer) {
            push_bounded(&mut self.s.speech.stale, seq);
        }
        if let Some(caption) = self.s.captions.iter_mut().rev().find(|c| c.answer == Some(answer)) {
            caption.seq = Some(seq);
            caption.saying = Saying::Words(clip(&words.text, TEXT_MAX_CHARS));
        }
    }

    fn answer_came(
        &mut self,
        event: &Event,
        answer: AnswerId,
        part: u16,
        last: bool,
        in_reply_to: Option<u64>,
        words: &Words,
    ) {
        if self.s.phase != Phase::Talk {
            return;
        }
        let stale = in_reply_to.is_some_and(|seq| self.s.speech.stale.contains(&seq));
        let silent = stale || self.is_silenced(answer);
        let speech = SpeechId::Answer { answer, part };
        let saying = Saying::Words(clip(&words.text, TEXT_MAX_CHARS));
        let who = if event.actor.kind.is_person() {
            Who::Person { name: name_of(&event.actor.id) }
        } else {
            Who::Bot
        };
        self.add_caption(Caption {
            id: 0,
            who,
            saying: saying.clone(),
            language: self.s.language,
            answer: Some(answer),
            speech: Some(speech),
            seq: Some(event.seq),
            voiced: false,
            corrected: false,
            spoken_chars: 0,
        });
        if silent {
            return;
        }
        self.be_active();
        self.s.offer_ways = false;
        self.s.choices =
            words.choices.iter().take(CHOICES_MAX).map(|choice| clip(choice, CHOICE_MAX_CHARS)).collect();
        self.s.awaiting = (!last).then_some(Awaiting { since: self.at, told: Told::Nothing });
        let since = self.since_speech();
        if let Some(measuring) = &mut self.s.measuring {
            measuring.answer.get_or_insert(answer);
            measuring.timings.answer.get_or_insert(since);
        }
        self.speak(speech, saying, words.expression, words.gesture);
    }

    /// A person has said this aloud: it is shown, and not spoken once more.
    fn person_was_heard(&mut self, event: &Event, answer: AnswerId, words: &Words) {
        if self.s.phase != Phase::Talk {
            return;
        }
        let text = clip(&words.text, TEXT_MAX_CHARS);
        let spoken_chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        self.add_caption(Caption {
            id: 0,
            who: Who::Person { name: name_of(&event.actor.id) },
            saying: Saying::Words(text),
            language: self.s.language,
            answer: Some(answer),
            speech: None,
            seq: Some(event.seq),
            voiced: true,
            corrected: false,
            spoken_chars,
        });
        self.be_active();
        self.s.person_at = self.at;
        self.s.offer_ways = false;
        self.s.choices.clear();
        self.s.awaiting = None;
        // How long a person took by voice is not how long a turn of the machine takes.
        self.s.measuring = None;
    }

    /// The person's own voice begins or has ended. Synthetic speech gives way to it in the loudspeaker.
    pub fn person_speaks(&mut self, on: bool) {
        self.s.person_speaks = on && self.s.phase == Phase::Talk;
        self.s.person_at = self.at;
        if self.s.phase == Phase::Talk {
            self.be_active();
        }
        if !on {
            // They have answered, even if nothing could be made of it as text.
            self.s.awaiting = None;
        }
    }

    /// The person has lost the connection, or is back. Of the latter they speak themselves.
    pub fn pilot_away(&mut self, away: bool) {
        let Pilot::Person { name } = self.s.pilot() else { return };
        let before = std::mem::replace(&mut self.s.pilot_away, away && self.s.phase == Phase::Talk);
        if before
            && !away
            && let Some(awaiting) = &mut self.s.awaiting
        {
            // Who is back begins anew.
            awaiting.since = self.at;
        }
        if self.s.pilot_away && !before {
            let saying = Saying::Text { id: id::PERSON_AWAY, args: vec![("name", name)] };
            self.speak_own(saying, Expression::Relaxed, None);
        }
    }

    /// Says who the avatar speaks for now.
    fn pilot_changed(&mut self, before: &Pilot, waited: bool) {
        let now = self.s.pilot();
        let waits = self.s.waits_for_person();
        if *before != now {
            self.s.choices.clear();
            self.s.pilot_away = false;
        }
        if !self.s.may_queue() {
            self.s.queue_place = None;
        }
        if !waits {
            self.s.place_told = false;
        }
        match (before, &now) {
            (old, Pilot::Person { name }) if *old != now => {
                self.be_active();
                // What the one before was saying, or still had to say, is not what this person says.
                self.interrupt();
                self.s.offer_ways = false;
                self.s.message = MessageStep::None;
                let saying = Saying::Text { id: id::PERSON_JOINED, args: vec![("name", name.clone())] };
                self.speak_own(saying, Expression::Happy, Some(Gesture::Nod));
            }
            // Between a person who has left and the bot there is a moment of nobody.
            (Pilot::Person { .. } | Pilot::Nobody, Pilot::Bot) if self.person_was_here() => {
                self.speak_own(Saying::text(id::PERSON_LEFT), Expression::Happy, None);
            }
            _ => {}
        }
        if waits && !waited {
            let reason = self.s.conversation.as_ref().and_then(|c| c.record.waiting).map(|(_, why)| why);
            let id = match (&now, reason) {
                (Pilot::Nobody, Some(HandoffReason::NoAnswer)) => id::NO_ANSWER,
                (Pilot::Nobody, _) => id::TRANSFERRED,
                _ => id::WAITING_FOR_PERSON,
            };
            self.speak_own(Saying::text(id), Expression::Relaxed, Some(Gesture::Nod));
        }
    }

    /// Whether the last pilot to be announced was a person.
    fn person_was_here(&self) -> bool {
        let announced = self.s.captions.iter().rev().find_map(|c| match &c.saying {
            Saying::Text { id, .. } if *id == id::PERSON_JOINED => Some(true),
            Saying::Text { id, .. } if *id == id::PERSON_LEFT => Some(false),
            _ => None,
        });
        announced == Some(true)
    }

    pub fn refused(&mut self, conversation: ConversationId, refusal: &Refusal) {
        if self.s.phase != Phase::Talk || self.open() != Some(conversation) {
            return;
        }
        match refusal {
            Refusal::Closed | Refusal::NotOpen => self.closed_by_relay(),
            // Somebody was quicker; what the visitor wanted is the case.
            Refusal::AlreadyTaken | Refusal::AlreadyRated | Refusal::AlreadyOpen => {}
            Refusal::TooLong => {
                self.s.awaiting = None;
                self.toast(id::ERROR_TOO_LONG);
            }
            _ => {
                self.s.awaiting = None;
                self.toast(id::ERROR_NOT_SENT);
            }
        }
    }

    /// The kiosk or the relay could not keep what the visitor wanted.
    pub fn not_sent(&mut self, conversation: ConversationId, what: Unsent) {
        if self.s.phase != Phase::Talk || self.open() != Some(conversation) {
            return;
        }
        match what {
            Unsent::Words { answer } => {
                let asked = |c: &&Caption| c.who == Who::Visitor && c.answer.is_some();
                let last = self.s.captions.iter().rev().find(asked).and_then(|c| c.answer);
                if last == Some(answer) {
                    self.s.awaiting = None;
                }
            }
            Unsent::Message => self.message_lost(),
            Unsent::Wish => {}
        }
        self.toast(id::ERROR_NOT_SENT);
    }

    pub fn connection(&mut self, up: bool) {
        match (up, self.s.offline_since) {
            (false, None) => self.s.offline_since = Some(self.at),
            (true, Some(_)) => {
                self.s.offline_since = None;
                if self.s.phase == Phase::Talk {
                    self.toast(id::RECONNECTED);
                }
                if let Some(awaiting) = &mut self.s.awaiting {
                    awaiting.since = self.at;
                }
            }
            _ => {}
        }
    }
}

fn clip(text: &str, chars: usize) -> String {
    text.trim_end().chars().take(chars).collect()
}
