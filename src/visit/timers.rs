//! What happens when nothing happens. Time-outs are data: the state says what is due when.

use super::absence::AWAY_AFTER_MS;
use super::caption::Saying;
use super::state::{Phase, Pilot, State, Told};
use super::step::Visit;
use super::voice::SPEECH_STUCK_MS;
use crate::conversation::Time;
use crate::performance::Expression;
use crate::texts::id;

/// How long the warning about a secret stays when nobody touches it, in milliseconds.
const SECRET_SHOWN_MS: u64 = 30_000;
/// Who waits for a person, or for the answer of one, may do nothing for this many times as long.
const PATIENCE_FOR_PERSON: u64 = 3;
/// The most timers that one tick lets go off; the next tick goes on.
const TIMERS_PER_TICK_MAX: usize = 16;

/// What a timer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Reset,
    SpeechStuck,
    PersonStuck,
    StillThinking,
    OfferWays,
    PersonSilent,
    IdleWarning,
    RatingOver,
    ToastOver,
    SecretOver,
}

impl State {
    /// When something happens by itself next.
    pub fn due(&self) -> Option<Time> {
        self.next_due().map(|(at, _)| at)
    }

    fn next_due(&self) -> Option<(Time, Due)> {
        let secs = self.rules.timeouts_secs;
        let after = |from: Time, secs: u32| from.plus_ms(u64::from(secs) * 1000);
        let speaking = self.is_heard();
        let phase = match self.phase {
            Phase::Attract => None,
            Phase::Welcome { since, .. } => {
                Some((after(since.max(self.active_at), secs.welcome), Due::Reset))
            }
            Phase::Rating { since, .. } => {
                Some((after(since.max(self.active_at), secs.rating), Due::RatingOver))
            }
            Phase::Farewell { since } => Some((after(since, secs.farewell), Due::Reset)),
            Phase::Talk => match self.idle_warned {
                // Whoever is being answered is there: the answer is heard out first.
                Some(_) if self.is_answering() => None,
                Some(warned) => Some((after(warned, secs.idle_reset), Due::Reset)),
                None if speaking => None,
                None => {
                    let answers = self.awaiting.is_some() && matches!(self.pilot(), Pilot::Person { .. });
                    let patience = if answers || self.waits_for_person() { PATIENCE_FOR_PERSON } else { 1 };
                    let idle = u64::from(secs.idle_warning) * 1000 * patience;
                    Some((self.active_at.plus_ms(idle), Due::IdleWarning))
                }
            },
        };
        // Nobody promises a quick answer while a person reads, or while there is no connection.
        let hurried = self.phase == Phase::Talk
            && !speaking
            && self.idle_warned.is_none()
            && self.offline_since.is_none()
            && !self.waits_for_person()
            && !matches!(self.pilot(), Pilot::Person { .. });
        let thinking = self.awaiting.as_ref().filter(|_| hurried).and_then(|awaiting| match awaiting.told {
            Told::Nothing => Some((after(awaiting.since, secs.thinking_sentence), Due::StillThinking)),
            Told::StillThinking => Some((after(awaiting.since, secs.thinking_offer), Due::OfferWays)),
            Told::Offered => None,
        });
        let away = self.silent_person().map(|since| (since.plus_ms(AWAY_AFTER_MS), Due::PersonSilent));
        let stuck = self.is_speaking().then(|| (self.speech.at.plus_ms(SPEECH_STUCK_MS), Due::SpeechStuck));
        let person = self.person_speaks.then(|| (self.person_at.plus_ms(SPEECH_STUCK_MS), Due::PersonStuck));
        let toast = self.toast.as_ref().map(|(_, until)| (*until, Due::ToastOver));
        let secret = self.secret.map(|(_, since)| (since.plus_ms(SECRET_SHOWN_MS), Due::SecretOver));
        [phase, thinking, away, stuck, person, toast, secret].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

impl Visit {
    /// Lets everything go off that is due, in order and each at its own time, so that a late tick leaves nothing behind.
    pub fn tick(&mut self) {
        let now = self.at;
        for _ in 0..TIMERS_PER_TICK_MAX {
            match self.s.next_due() {
                Some((at, due)) if at <= now => {
                    self.at = at;
                    self.go_off(due);
                }
                _ => break,
            }
        }
        self.at = now;
    }

    fn go_off(&mut self, due: Due) {
        match due {
            Due::Reset => self.reset(),
            Due::SpeechStuck => self.speech_stuck(),
            // The report that it has ended did not come.
            Due::PersonStuck => self.s.person_speaks = false,
            Due::StillThinking => self.tell(Told::StillThinking),
            Due::OfferWays => {
                self.s.offer_ways = true;
                self.tell(Told::Offered);
            }
            Due::PersonSilent => self.person_silent(),
            Due::IdleWarning => {
                self.s.idle_warned = Some(self.at);
                self.speak_own(Saying::text(id::IDLE_TITLE), Expression::Neutral, None);
            }
            Due::RatingOver => self.rating_done(),
            Due::ToastOver => self.s.toast = None,
            Due::SecretOver => self.s.secret = None,
        }
    }

    fn tell(&mut self, told: Told) {
        if let Some(awaiting) = &mut self.s.awaiting {
            awaiting.told = told;
        }
        let id = if told == Told::Offered { id::OFFER_WAYS } else { id::STILL_THINKING };
        self.speak_own(Saying::text(id), Expression::Neutral, None);
    }
}
