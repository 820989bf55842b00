//! From a conversation to nobody: rating, farewell, and forgetting everything.

use super::caption::Saying;
use super::effect::Effect;
use super::state::{Phase, State};
use super::step::Visit;
use crate::conversation::{Command, Outcome};
use crate::performance::{Expression, Gesture};
use crate::texts::id;

impl Visit {
    pub fn leave(&mut self) {
        match self.s.phase {
            Phase::Attract => {}
            Phase::Welcome { .. } | Phase::Farewell { .. } => self.reset(),
            Phase::Talk => {
                self.interrupt();
                self.clear_overlays();
                if self.s.asked > 0 && self.open().is_some() {
                    self.s.phase = Phase::Rating { since: self.at, stars: None, resolved: None };
                } else {
                    self.farewell();
                }
            }
            Phase::Rating { .. } => self.rating_done(),
        }
    }

    pub fn rated(&mut self, given: u8) {
        if let Phase::Rating { stars, resolved, .. } = &mut self.s.phase
            && (1..=5).contains(&given)
        {
            *stars = Some(given);
            if resolved.is_some() {
                self.rating_done();
            }
        }
    }

    /// "Was it resolved?" `None` skips the question, and with it the page when nothing else was said.
    pub fn resolved(&mut self, answer: Option<bool>) {
        if let Phase::Rating { stars, resolved, .. } = &mut self.s.phase {
            *resolved = answer;
            if stars.is_some() || answer.is_none() {
                self.rating_done();
            }
        }
    }

    /// Sends what was rated, if anything was, and says goodbye.
    pub fn rating_done(&mut self) {
        if let Phase::Rating { stars, resolved, .. } = self.s.phase {
            if stars.is_some() || resolved.is_some() {
                self.send(Command::Rate { stars, resolved, comment: None });
            }
            self.farewell();
        }
    }

    pub fn farewell(&mut self) {
        self.close(Outcome::Finished);
        self.s.phase = Phase::Farewell { since: self.at };
        self.s.captions.clear();
        self.speak_own(Saying::text(id::FAREWELL), Expression::Happy, Some(Gesture::Bow));
    }

    /// The relay has closed the conversation: nothing more can be said in it.
    pub fn closed_by_relay(&mut self) {
        if let Some(open) = &mut self.s.conversation {
            open.closed = true;
        }
        if matches!(self.s.phase, Phase::Talk | Phase::Rating { .. }) {
            self.interrupt();
            self.clear_overlays();
            self.s.captions.clear();
            self.s.phase = Phase::Farewell { since: self.at };
            self.toast(id::VISIT_ENDED);
        }
    }

    fn close(&mut self, outcome: Outcome) {
        self.send(Command::Close { outcome });
        if let Some(open) = &mut self.s.conversation {
            open.closed = true;
        }
    }

    pub fn clear_overlays(&mut self) {
        self.s.browsing = false;
        self.s.secret = None;
        self.s.ask_back = None;
        self.s.awaiting = None;
        self.s.offer_ways = false;
        self.s.choices.clear();
        self.s.idle_warned = None;
        self.s.toast = None;
        self.s.partial = None;
    }

    /// Forgets the visit. Only what belongs to the kiosk stays.
    pub fn reset(&mut self) {
        if self.s.phase == Phase::Attract {
            return;
        }
        if self.s.is_speaking() {
            self.effects.push(Effect::StopSpeaking);
        }
        self.close(Outcome::Abandoned);
        if let Some(open) = &self.s.conversation {
            self.effects.push(Effect::LeaveConversation { conversation: open.id });
        }
        let fresh = State::new(self.s.rules.clone(), self.s.ids.clone());
        let old = std::mem::replace(&mut self.s, fresh);
        // Microphone and posture are brought in line by `settle`.
        self.s.listening = old.listening;
        self.s.mood = old.mood;
        self.s.now = old.now;
        self.s.near = old.near;
        self.s.notices = old.notices;
        self.s.offline_since = old.offline_since;
        // A late report on the last visit's speech must not be taken for one on the next visit's.
        self.s.speech.next_own = old.speech.next_own;
        self.effects.push(Effect::ClearAll);
        self.effects.push(Effect::SetVolume(self.s.preferences.loudness()));
        self.effects.push(Effect::SetLanguage(self.s.language));
    }
}
