//! From nobody to a conversation: greeting, language, consent.

use super::caption::Saying;
use super::effect::Effect;
use super::state::{Open, Phase};
use super::step::Visit;
use crate::conversation::{self, Channel, Command, Language};
use crate::performance::{Expression, Gesture};
use crate::protocol::Marks;
use crate::texts::id;

/// So long after a visit has ended a touch begins no new one, in milliseconds.
const FAREWELL_DEAF_MS: u64 = 1_000;

impl Visit {
    /// Somebody came: the avatar greets first.
    pub fn arrive(&mut self) {
        if self.s.phase != Phase::Attract {
            return;
        }
        self.be_active();
        self.s.phase = Phase::Welcome { since: self.at, language_chosen: self.s.rules.languages.len() < 2 };
        self.speak_own(Saying::text(id::ATTRACT_TITLE), Expression::Happy, Some(Gesture::Wave));
    }

    pub fn touched(&mut self) {
        match self.s.phase {
            Phase::Attract => self.arrive(),
            // The next visitor does not wait for the farewell of the last one. The second tap of a double one is no visitor.
            Phase::Farewell { since } if self.at.since_ms(since) >= FAREWELL_DEAF_MS => {
                self.reset();
                self.arrive();
            }
            _ => {}
        }
    }

    pub fn choose_language(&mut self, language: Language) {
        if !self.s.rules.languages.contains(&language) {
            return;
        }
        match &mut self.s.phase {
            Phase::Welcome { language_chosen, .. } => *language_chosen = true,
            Phase::Talk => {
                if language != self.s.language {
                    self.s.ask_back = None;
                    self.send(Command::ChooseLanguage { language });
                }
            }
            _ => return,
        }
        if language != self.s.language {
            self.s.language = language;
            self.s.choices.clear();
            self.effects.push(Effect::SetLanguage(language));
        }
    }

    /// On the welcome page this opens the conversation; later it changes what was agreed to.
    pub fn consent(&mut self, voice: bool) {
        let voice = voice && !self.s.rules.private;
        match self.s.phase {
            Phase::Welcome { .. } => self.open_conversation(voice),
            Phase::Talk if voice != self.s.voice_consent => {
                self.s.voice_consent = voice;
                self.send(Command::Consent { voice, recording: false });
            }
            _ => {}
        }
    }

    fn open_conversation(&mut self, voice: bool) {
        let (at, language) = (self.at, self.s.language);
        let conversation = self.s.ids.conversation(at);
        let visitor = self.s.ids.visitor(at);
        let desk = self.s.rules.desk.clone();
        let command = Command::Open { desk, language, channel: Channel::Kiosk, visitor };
        let record = conversation::State::default();
        let marks = Marks::default();
        self.s.conversation = Some(Open { id: conversation, record, closed: false, marks, shown: 0 });
        self.effects.push(Effect::OpenConversation { conversation, command });
        let skills = self.s.rules.skills.clone();
        if !skills.is_empty() {
            self.send(Command::Need { skills });
        }
        self.s.voice_consent = voice;
        self.send(Command::Consent { voice, recording: false });
        self.s.phase = Phase::Talk;
        self.interrupt();
        self.speak_own(Saying::Greeting, Expression::Happy, Some(Gesture::OpenPalms));
    }
}
