//! What the visitor says, by voice or by text.

use super::caption::{Caption, Saying, Who};
use super::effect::Effect;
use super::input::SecretKind;
use super::state::{AskBack, Awaiting, Measuring, MessageStep, Phase, Told};
use super::step::Visit;
use super::voice::push_bounded;
use crate::conversation::{Command, HandoffReason, TEXT_MAX_CHARS, Timings, Words};
use crate::performance::{Expression, Gesture};
use crate::reply::yes_no;
use crate::scene::ListenMode;
use crate::texts::id;

/// After so many transcripts without words the avatar proposes typing.
const UNHEARD_BEFORE_TYPING: u32 = 2;

/// One utterance of the visitor.
#[derive(Default)]
struct Utterance {
    text: String,
    confidence: Option<f32>,
    masked: u16,
    voiced: bool,
    timings: Timings,
    /// How long ago the transcript was there, in milliseconds.
    ago_ms: u32,
}

impl Visit {
    /// A voice begins: the avatar stops talking.
    pub fn speech_started(&mut self) {
        if self.s.listening {
            self.s.hearing = true;
            // A warning is spoken to the end, even while the visitor goes on dictating a secret.
            if self.s.secret.is_none() {
                self.interrupt();
            }
        }
    }

    pub fn partial(&mut self, text: String) {
        if self.s.listening {
            self.s.partial = Some(clip(&text)).filter(|t| !t.is_empty());
        }
    }

    pub fn transcript(&mut self, text: String, confidence: f32, masked: u16, timings: Timings, ago_ms: u32) {
        self.s.partial = None;
        self.s.hearing = false;
        // A push-to-talk transcript comes after the button was let go, so the microphone need not be open any more.
        if self.s.phase != Phase::Talk || !self.s.voice_consent || self.open().is_none() {
            return;
        }
        let text = clip(&text);
        if text.is_empty() {
            self.not_heard();
            return;
        }
        let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 };
        let asked_back = self.s.ask_back.take();
        if let (Some(first), Some(yes)) = (&asked_back, yes_no(&text)) {
            let first = first.clone();
            if yes {
                self.say_asked_back(first);
            } else {
                self.speak_own(Saying::text(id::SAY_AGAIN), Expression::Neutral, None);
            }
            return;
        }
        // Asked back once already: whatever is understood now goes to the pilot, with its confidence. And "did you say yes?"
        // would be a silly question.
        let doubtful = confidence < self.s.rules.ask_back_below && yes_no(&text).is_none();
        if doubtful && asked_back.is_none() && masked == 0 {
            self.interrupt();
            let args = vec![("heard", text.clone())];
            self.s.ask_back = Some(AskBack { text, confidence, masked, timings });
            let saying = Saying::Text { id: id::ASK_BACK, args };
            self.speak_own(saying, Expression::Neutral, None);
            return;
        }
        self.say(Utterance { text, confidence: Some(confidence), masked, voiced: true, timings, ago_ms });
    }

    fn not_heard(&mut self) {
        self.s.unheard = self.s.unheard.saturating_add(1);
        let id = match self.s.unheard {
            // One noise is no reason to speak.
            1 if self.s.listen == ListenMode::HandsFree => return,
            n if n <= UNHEARD_BEFORE_TYPING => id::NOT_HEARD,
            _ => id::NOT_HEARD_TYPE,
        };
        self.toast(id);
    }

    pub fn typed(&mut self, text: String, masked: u16) {
        if self.s.phase == Phase::Talk {
            self.say(Utterance { text: clip(&text), masked, ..Utterance::default() });
        }
    }

    /// A question from the screen: never a message, whatever is being asked for.
    pub fn chosen(&mut self, text: &str) {
        let text = clip(text);
        if self.s.phase != Phase::Talk || self.open().is_none() || text.is_empty() {
            return;
        }
        if self.s.message == MessageStep::Writing {
            self.s.message = MessageStep::Declined;
        }
        self.ask(Utterance { text, ..Utterance::default() });
    }

    pub fn ask_back_answered(&mut self, yes: bool) {
        if let Some(first) = self.s.ask_back.take() {
            self.interrupt();
            if yes {
                self.say_asked_back(first);
            } else {
                self.speak_own(Saying::text(id::SAY_AGAIN), Expression::Neutral, None);
            }
        }
    }

    /// The visitor has confirmed the words, so they are as good as typed.
    fn say_asked_back(&mut self, first: AskBack) {
        let AskBack { text, masked, timings, .. } = first;
        self.say(Utterance { text, confidence: Some(1.0), masked, voiced: true, timings, ago_ms: 0 });
    }

    fn say(&mut self, utterance: Utterance) {
        let about = yes_no(&utterance.text);
        if self.open().is_some()
            && !utterance.text.is_empty()
            && self.about_message(&utterance.text, about, utterance.voiced)
        {
            if utterance.masked > 0 {
                self.warn_of_secret(SecretKind::Other);
            }
            return;
        }
        if self.open().is_some() && !utterance.text.is_empty() {
            self.ask(utterance);
        }
    }

    /// Words to the pilot.
    fn ask(&mut self, utterance: Utterance) {
        self.add_caption(Caption {
            id: 0,
            who: Who::Visitor,
            saying: Saying::Words(utterance.text.clone()),
            language: self.s.language,
            answer: None,
            speech: None,
            seq: None,
            voiced: utterance.voiced,
            corrected: false,
            spoken_chars: 0,
        });
        let newest = self.s.captions.len().saturating_sub(1);
        self.say_with(utterance, newest, None);
    }

    /// Sends the words of the caption at this place.
    fn say_with(&mut self, utterance: Utterance, caption: usize, corrects: Option<u64>) {
        let Utterance { text, confidence, masked, voiced, timings, ago_ms } = utterance;
        if self.s.secret.is_none() {
            self.interrupt();
        }
        let answer = self.s.ids.answer(self.at);
        if let Some(caption) = self.s.captions.get_mut(caption) {
            (caption.answer, caption.seq) = (Some(answer), None);
        }
        let words = Words { text, confidence, ..Words::default() };
        self.send(Command::Say {
            answer,
            part: 0,
            last: true,
            voiced,
            in_reply_to: None,
            corrects,
            masked,
            words,
        });
        self.s.ask_back = None;
        self.s.partial = None;
        self.s.offer_ways = false;
        self.s.choices.clear();
        self.s.unheard = 0;
        self.s.asked = self.s.asked.saturating_add(1);
        self.s.awaiting = Some(Awaiting { since: self.at, told: Told::Nothing });
        let since_speech =
            u64::from(timings.transcript.or(timings.endpoint).unwrap_or(0)) + u64::from(ago_ms);
        let base = crate::conversation::Time(self.at.0.saturating_sub(since_speech));
        self.s.measuring = Some(Measuring { base, answer: None, timings });
        if masked > 0 {
            self.warn_of_secret(SecretKind::Other);
        } else if voiced {
            self.effects.push(Effect::Gesture(Gesture::Nod));
        }
    }

    /// The visitor mends what was understood: the mended words are asked instead, and answers to the old ones are not spoken.
    pub fn correct(&mut self, caption: u32, text: &str, masked: u16) {
        let text = clip(text);
        if self.s.phase != Phase::Talk || self.open().is_none() || text.is_empty() {
            return;
        }
        let place = self.s.captions.iter().position(|c| c.id == caption && c.who == Who::Visitor);
        let Some((place, found)) = place.and_then(|p| Some((p, self.s.captions.get_mut(p)?))) else { return };
        if found.words() == Some(text.as_str()) {
            return;
        }
        found.saying = Saying::Words(text.clone());
        found.corrected = true;
        let (old_answer, old_seq) = (found.answer, found.seq);
        match (old_seq, old_answer) {
            (Some(seq), _) => push_bounded(&mut self.s.speech.stale, seq),
            (None, Some(answer)) => push_bounded(&mut self.s.speech.mended, answer),
            (None, None) => {}
        }
        self.say_with(Utterance { text, masked, ..Utterance::default() }, place, old_seq);
    }

    pub fn stop_pressed(&mut self) {
        if self.s.is_speaking() {
            self.interrupt();
        }
    }

    pub fn talk_held(&mut self, held: bool) {
        self.s.talk_held = held && self.s.phase == Phase::Talk;
        if self.s.talk_held && self.s.listen == ListenMode::PushToTalk && self.s.secret.is_none() {
            self.interrupt();
        }
    }

    pub fn want_person(&mut self) {
        let with_person = self
            .s
            .conversation
            .as_ref()
            .and_then(|c| c.record.pilot.as_ref())
            .is_some_and(|p| p.kind.is_person());
        if self.s.phase == Phase::Talk && !with_person && !self.s.waits_for_person() {
            self.s.offer_ways = false;
            self.s.choices.clear();
            self.send(Command::RequestHandoff { reason: HandoffReason::Asked, summary: None });
        }
    }

    /// The avatar interrupts kindly and explains.
    pub fn warn_of_secret(&mut self, kind: SecretKind) {
        if !matches!(self.s.phase, Phase::Talk) {
            return;
        }
        self.s.partial = None;
        self.s.ask_back = None;
        if self.s.secret.is_some() {
            return;
        }
        self.interrupt();
        self.s.secret = Some((kind, self.at));
        let why = match kind {
            SecretKind::Card => id::SECRET_SPOKEN_CARD,
            SecretKind::Identity => id::SECRET_SPOKEN_IDENTITY,
            SecretKind::SeedPhrase | SecretKind::PrivateKey | SecretKind::Other => id::SECRET_SPOKEN,
        };
        self.speak_own(Saying::text(why), Expression::Neutral, Some(Gesture::Halt));
    }
}

/// Trimmed, and no longer than a command may be.
fn clip(text: &str) -> String {
    text.trim().chars().take(TEXT_MAX_CHARS).collect()
}
