//! What the state machine wants, carried to the edges.

use super::super::cues::Cue;
use super::super::listening::Listening;
use super::super::live::Live;
use super::Core;
use crate::conversation::Language;
use crate::performance::Expression;
use crate::protocol::{AvatarState, Signal};
use crate::scene::ListenMode;
use crate::texts::Texts;
use crate::visit::{Effect, Mood, Phase};

impl Core {
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::OpenConversation { conversation, command } => {
                self.parts.link.send(conversation, command);
                self.parts.link.follow(conversation);
            }
            Effect::Send { conversation, command } => self.parts.link.send(conversation, command),
            Effect::LeaveConversation { conversation } => self.parts.link.unfollow(conversation),
            Effect::Seen { conversation, seq } => self.parts.link.seen(conversation, seq),
            Effect::StartListening => self.listen(true),
            Effect::StopListening => self.listen(false),
            Effect::Speak { speech, saying, expression, gesture } => {
                let text = saying.resolve(&self.texts, self.greeting());
                self.cues.plan(speech, &text, expression, gesture, self.listening.feeling());
                self.parts.voice.say(speech, &text, self.state.language);
            }
            Effect::StopSpeaking => self.parts.voice.stop(),
            Effect::SetMood(mood) => self.tell_mood(mood),
            Effect::Gesture(gesture) => self.due_cues.push(Cue::Gesture(gesture)),
            Effect::SetLanguage(language) => self.set_language(language),
            Effect::SetVolume(volume) => self.parts.voice.volume(volume),
            Effect::ClearAll => {
                self.secrets.forget();
                self.live = Live::default();
                if let Some(ears) = &mut self.parts.ears {
                    ears.forget();
                }
                self.cues.clear();
                self.listening = Listening::default();
                self.due_cues.push(Cue::Mood(Expression::Neutral, 0.0));
                self.article = None;
                self.timings = None;
                self.level_db = -100.0;
                self.cleared = self.cleared.wrapping_add(1);
            }
        }
    }

    fn listen(&mut self, on: bool) {
        let state = &self.state;
        // Only the button was let go: nothing else forbids to understand what was said while it was held.
        let let_go = state.listen == ListenMode::PushToTalk
            && !state.talk_held
            && state.phase == Phase::Talk
            && state.voice_consent
            && !state.muted;
        let Some(ears) = &mut self.parts.ears else { return };
        ears.mode(state.listen);
        if on {
            ears.listen(true);
            ears.held(state.talk_held);
        } else if let_go {
            ears.finish();
        } else {
            ears.listen(false);
            ears.held(false);
        }
    }

    fn set_language(&mut self, language: Language) {
        self.texts = Texts::new(language);
        if let Some(ears) = &mut self.parts.ears {
            ears.language(language);
        }
    }

    fn tell_mood(&mut self, mood: Mood) {
        let Some(open) = &self.state.conversation else { return };
        let state = match mood {
            Mood::Idle | Mood::Attentive | Mood::Away => AvatarState::Idle,
            Mood::Listening => AvatarState::Listening,
            Mood::Thinking => AvatarState::Thinking,
            Mood::Speaking => AvatarState::Speaking,
        };
        self.parts.link.signal(open.id, Signal::Avatar { state });
    }
}
