//! The one entry: an input at a time.

use super::caption::{CAPTIONS_MAX, Caption, Saying};
use super::effect::{Effect, Mood};
use super::input::{Input, Notice, Preferences};
use super::near::Nearness;
use super::state::{Phase, State, Turn};
use crate::conversation::{Command, ConversationId, Time};
use crate::scene::ListenMode;
use crate::texts::Id;

/// How long a short message is shown, in milliseconds.
const TOAST_MS: u64 = 5_000;

/// Takes one input. `now` may stand still or go back: the machine's own time never does.
pub fn step(mut state: State, input: Input, now: Time) -> (State, Vec<Effect>) {
    state.now = state.now.max(now);
    let mut visit = Visit { at: state.now, s: state, effects: Vec::new() };
    visit.take(input);
    visit.settle();
    (visit.s, visit.effects)
}

/// A state on its way from one step to the next.
pub(super) struct Visit {
    pub s: State,
    pub effects: Vec<Effect>,
    /// When what is being handled happens: now, or when a timer was due.
    pub at: Time,
}

impl Visit {
    fn take(&mut self, input: Input) {
        if shows_presence(&input) && !self.goes_on(&input) {
            self.be_active();
        }
        match input {
            Input::Tick => self.tick(),
            Input::Near(near) => self.near(near),
            Input::Touched => self.touched(),
            Input::LanguageChosen { language } => self.choose_language(language),
            Input::Consented { voice } => self.consent(voice),

            Input::SpeechStarted => self.speech_started(),
            Input::Partial { text } => self.partial(text),
            Input::Transcript { text, confidence, masked, timings, ago_ms } => {
                self.transcript(text, confidence, masked, timings, ago_ms);
            }
            Input::Typed { text, masked } => self.typed(text, masked),
            Input::SuggestionChosen { text } => {
                self.s.browsing = false;
                self.chosen(&text);
            }
            Input::CorrectTranscript { caption, text, masked } => self.correct(caption, &text, masked),
            Input::AskBackAnswered { yes } => self.ask_back_answered(yes),
            Input::StopPressed => self.stop_pressed(),
            Input::PersonWanted => self.want_person(),
            Input::MuteChosen { muted } if self.s.phase != Phase::Attract => self.s.muted = muted,
            Input::TalkHeld { held } => self.talk_held(held),
            Input::ListenModeChosen { mode } if self.s.phase != Phase::Attract => self.s.listen = mode,
            Input::PreferencesChanged { preferences } if self.s.phase != Phase::Attract => {
                self.prefer(preferences);
            }
            // These are a visitor's, and nobody is there.
            Input::MuteChosen { .. } | Input::ListenModeChosen { .. } | Input::PreferencesChanged { .. } => {}

            Input::Happened { conversation, event } => self.happened(conversation, &event),
            Input::Reached { conversation, by, reach, seq } => self.reached(conversation, &by, reach, seq),
            Input::QueuePlace { place } => self.queue_place(place),
            Input::MessageWanted => self.message_wanted(),
            Input::MessageCancelled => self.message_cancelled(),
            Input::Refused { conversation, refusal } => self.refused(conversation, &refusal),
            Input::NotSent { conversation, what } => self.not_sent(conversation, what),
            Input::AnswerStopped { answer } => self.answer_stopped(answer),
            Input::PersonSpeaks { on } => self.person_speaks(on),
            Input::PilotAway { away } => self.pilot_away(away),
            Input::PilotWrites => self.pilot_writes(),
            Input::Connection { up } => self.connection(up),

            Input::VoiceMade { speech, ago_ms } => self.voice_made(speech, ago_ms),
            Input::VoiceStarted { speech, ago_ms } => self.voice_started(speech, ago_ms),
            Input::MouthOpened { speech, ago_ms } => self.mouth_opened(speech, ago_ms),
            Input::VoiceProgress { speech, chars } => self.voice_progress(speech, chars),
            Input::VoiceEnded { speech, chars, interrupted } => self.voice_ended(speech, chars, interrupted),

            // It was an activity, and that is all it means.
            Input::Stay => {}
            Input::Leave => self.leave(),
            Input::Rated { stars } => self.rated(stars),
            Input::ResolvedChosen { resolved } => self.resolved(resolved),
            Input::RatingDone => self.rating_done(),

            Input::SecretFound { kind } => self.warn_of_secret(kind),
            Input::SecretUnderstood => self.s.secret = None,
            Input::BrowseOpened => self.s.browsing = self.s.phase == Phase::Talk,
            Input::BrowseClosed => self.s.browsing = false,
            Input::Problem { notice, on: true } => {
                self.s.notices.insert(notice);
                if notice == Notice::RelayUnreachable {
                    // No answer will come.
                    self.s.awaiting = None;
                }
            }
            Input::Problem { notice, on: false } => {
                self.s.notices.remove(&notice);
            }
        }
    }

    fn prefer(&mut self, mut preferences: Preferences) {
        preferences.volume = preferences.volume.min(100);
        // Who moves the volume wants to hear something.
        if self.s.preferences.volume != preferences.volume {
            preferences.quiet = false;
        }
        if self.s.preferences.loudness() != preferences.loudness() {
            self.effects.push(Effect::SetVolume(preferences.loudness()));
        }
        self.s.preferences = preferences;
    }

    /// The visitor is there.
    pub fn be_active(&mut self) {
        self.s.active_at = self.at;
        self.s.idle_warned = None;
    }

    /// A voice without an end is no sign of a visitor after its first words: it may be a loudspeaker in the hall.
    fn goes_on(&self, input: &Input) -> bool {
        matches!(input, Input::Partial { .. }) && (!self.s.hearing || self.s.partial.is_some())
    }

    /// Brings microphone and posture in line with the state, whatever led to it, and tells what can be read.
    fn settle(&mut self) {
        self.tell_shown();
        let listening = self.wants_listening();
        if listening != self.s.listening {
            self.s.listening = listening;
            self.effects.push(if listening { Effect::StartListening } else { Effect::StopListening });
        }
        if !listening {
            self.s.hearing = false;
            self.s.partial = None;
        }
        let mood = self.mood();
        if mood != self.s.mood {
            self.s.mood = mood;
            self.effects.push(Effect::SetMood(mood));
        }
    }

    fn wants_listening(&self) -> bool {
        let s = &self.s;
        let held = s.listen == ListenMode::PushToTalk;
        s.phase == Phase::Talk
            && s.voice_consent
            && !s.muted
            && !s.rules.private
            && s.can_hear()
            && self.open().is_some()
            && (!held || s.talk_held)
            // Some hosts want the avatar to finish. (Where echo cannot be removed, the ears see to it themselves.)
            && (held || s.rules.barge_in || !s.is_heard())
    }

    fn mood(&self) -> Mood {
        match (self.s.phase, self.s.turn()) {
            (Phase::Attract, _) if self.s.near > Nearness::Away => Mood::Attentive,
            (Phase::Attract, _) => Mood::Idle,
            (_, Turn::Speaking) => Mood::Speaking,
            _ if !self.s.hearing && self.s.absence().is_some() => Mood::Away,
            (Phase::Talk, Turn::Thinking) => Mood::Thinking,
            (Phase::Talk, Turn::Listening) if self.s.listening => Mood::Listening,
            _ => Mood::Attentive,
        }
    }

    /// The conversation to which commands may go.
    pub fn open(&self) -> Option<ConversationId> {
        self.s.conversation.as_ref().filter(|c| !c.closed).map(|c| c.id)
    }

    /// Sends a command when there is an open conversation.
    pub fn send(&mut self, command: Command) {
        if let Some(conversation) = self.open() {
            self.effects.push(Effect::Send { conversation, command });
        }
    }

    pub fn toast(&mut self, id: Id) {
        self.s.toast = Some((Saying::text(id), self.at.plus_ms(TOAST_MS)));
    }

    /// Adds a caption, numbered here.
    pub fn add_caption(&mut self, mut caption: Caption) {
        caption.id = self.s.next_caption;
        self.s.next_caption += 1;
        self.s.captions.push_back(caption);
        while self.s.captions.len() > CAPTIONS_MAX {
            self.s.captions.pop_front();
        }
    }
}

/// Whether an input shows that the visitor is still there. Voices alone do not: they may be a bystander's.
fn shows_presence(input: &Input) -> bool {
    match input {
        Input::Partial { text } | Input::Transcript { text, .. } => !text.trim().is_empty(),
        Input::Touched
        | Input::LanguageChosen { .. }
        | Input::Consented { .. }
        | Input::Typed { .. }
        | Input::SuggestionChosen { .. }
        | Input::CorrectTranscript { .. }
        | Input::AskBackAnswered { .. }
        | Input::StopPressed
        | Input::PersonWanted
        | Input::MessageWanted
        | Input::MessageCancelled
        | Input::MuteChosen { .. }
        | Input::TalkHeld { .. }
        | Input::ListenModeChosen { .. }
        | Input::PreferencesChanged { .. }
        | Input::Stay
        | Input::Leave
        | Input::Rated { .. }
        | Input::ResolvedChosen { .. }
        | Input::RatingDone
        | Input::SecretFound { .. }
        | Input::SecretUnderstood
        | Input::BrowseOpened
        | Input::BrowseClosed => true,
        Input::Tick
        | Input::Near(_)
        | Input::SpeechStarted
        | Input::Happened { .. }
        | Input::Reached { .. }
        | Input::QueuePlace { .. }
        | Input::Refused { .. }
        | Input::NotSent { .. }
        | Input::AnswerStopped { .. }
        | Input::PersonSpeaks { .. }
        | Input::PilotAway { .. }
        | Input::PilotWrites
        | Input::Connection { .. }
        | Input::VoiceMade { .. }
        | Input::VoiceStarted { .. }
        | Input::MouthOpened { .. }
        | Input::VoiceProgress { .. }
        | Input::VoiceEnded { .. }
        | Input::Problem { .. } => false,
    }
}
