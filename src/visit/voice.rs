//! What the avatar speaks, and how far it got.

use std::collections::VecDeque;

use super::caption::{Caption, Saying, Who};
use super::effect::{Effect, SpeechId};
use super::state::Phase;
use super::step::Visit;
use crate::conversation::{AnswerId, Command, PARTS_MAX};
use crate::performance::{Expression, Gesture};

/// Speech of which nothing was heard for this long is given up, in milliseconds.
pub const SPEECH_STUCK_MS: u64 = 60_000;
/// The mouth opens this soon after the first sample, or is not measured, in milliseconds.
const MOUTH_WITHIN_MS: u32 = 1_000;
/// The most parts that wait to be spoken.
const PENDING_MAX: usize = PARTS_MAX as usize;
/// How many stopped or stale things are remembered.
const REMEMBERED_MAX: usize = 64;

impl Visit {
    /// The kiosk says something by itself, with a caption.
    pub fn speak_own(&mut self, saying: Saying, expression: Expression, gesture: Option<Gesture>) {
        let speech = SpeechId::Own(self.s.speech.next_own);
        self.s.speech.next_own = self.s.speech.next_own.wrapping_add(1);
        self.add_caption(Caption {
            id: 0,
            who: Who::Kiosk,
            saying: saying.clone(),
            language: self.s.language,
            answer: None,
            speech: Some(speech),
            seq: None,
            voiced: false,
            corrected: false,
            spoken_chars: 0,
        });
        self.speak(speech, saying, Some(expression), gesture);
    }

    /// Puts something behind what is being spoken. What does not fit stays a caption.
    pub fn speak(
        &mut self,
        speech: SpeechId,
        saying: Saying,
        expression: Option<Expression>,
        gesture: Option<Gesture>,
    ) {
        if self.s.speech.pending.len() < PENDING_MAX {
            self.s.speech.pending.push_back(speech);
            self.s.speech.at = self.at;
            self.effects.push(Effect::Speak { speech, saying, expression, gesture });
        }
    }

    /// Silence at once. Nothing more is spoken of answers that were being spoken or waited for it.
    pub fn interrupt(&mut self) {
        if self.s.speech.pending.is_empty() {
            return;
        }
        self.effects.push(Effect::StopSpeaking);
        self.measured();
        for speech in std::mem::take(&mut self.s.speech.pending) {
            if let SpeechId::Answer { answer, .. } = speech {
                push_bounded(&mut self.s.speech.stopped, speech);
                if !self.is_silenced(answer) {
                    push_bounded(&mut self.s.speech.silenced, answer);
                }
                self.s.awaiting = None;
            }
        }
    }

    /// The pilot has thought better of it: nothing more is spoken of this answer, nor of its parts that are still to come.
    pub fn answer_stopped(&mut self, answer: AnswerId) {
        if self.s.phase != Phase::Talk {
            return;
        }
        let is_part =
            |speech: &SpeechId| matches!(speech, SpeechId::Answer { answer: a, .. } if *a == answer);
        if self.s.speech.pending.iter().any(is_part) {
            self.interrupt();
        }
        if !self.is_silenced(answer) {
            push_bounded(&mut self.s.speech.silenced, answer);
        }
        // The rest of it was awaited.
        if self.s.captions.iter().rev().find(|c| c.answer.is_some()).is_some_and(|c| c.answer == Some(answer))
        {
            self.s.awaiting = None;
        }
    }

    pub fn is_silenced(&self, answer: AnswerId) -> bool {
        self.s.speech.silenced.contains(&answer)
    }

    pub fn voice_made(&mut self, speech: SpeechId, ago_ms: i32) {
        if self.is_measured(speech) {
            let since = self.since_speech_ago(ago_ms);
            if let Some(measuring) = &mut self.s.measuring {
                measuring.timings.first_sample_made.get_or_insert(since);
            }
        }
    }

    pub fn voice_started(&mut self, speech: SpeechId, ago_ms: i32) {
        self.voice_reported(speech);
        if self.is_measured(speech) {
            let since = self.since_speech_ago(ago_ms);
            if let Some(measuring) = &mut self.s.measuring {
                measuring.timings.first_sample_played.get_or_insert(since);
            }
        }
    }

    /// The last thing to be measured of a turn.
    pub fn mouth_opened(&mut self, speech: SpeechId, ago_ms: i32) {
        if self.is_measured(speech) {
            let since = self.since_speech_ago(ago_ms);
            if let Some(measuring) = &mut self.s.measuring {
                measuring.timings.mouth.get_or_insert(since);
            }
            self.measured();
        }
    }

    /// Tells how long the turn took, once its answer is heard.
    fn measured(&mut self) {
        if let Some(measuring) = self.s.measuring.take_if(|m| m.timings.first_sample_played.is_some())
            && let Some(answer) = measuring.answer
        {
            self.send(Command::Measure { answer, timings: measuring.timings });
        }
    }

    fn is_measured(&self, speech: SpeechId) -> bool {
        let answer = self.s.measuring.as_ref().and_then(|m| m.answer);
        matches!(speech, SpeechId::Answer { answer: spoken, .. } if answer == Some(spoken))
            && self.s.speech.pending.contains(&speech)
    }

    /// Milliseconds since the end of the visitor's speech.
    pub fn since_speech(&self) -> u32 {
        let base = self.s.measuring.as_ref().map_or(self.at, |m| m.base);
        u32::try_from(self.at.since_ms(base)).unwrap_or(u32::MAX)
    }

    /// The same, so many milliseconds ago.
    fn since_speech_ago(&self, ago_ms: i32) -> u32 {
        self.since_speech().saturating_add_signed(ago_ms.saturating_neg())
    }

    pub fn voice_progress(&mut self, speech: SpeechId, chars: u32) {
        if self.s.speech.pending.contains(&speech) {
            self.voice_reported(speech);
            self.spoken(speech, chars);
            // A mouth that is going to open has done so by now; some kiosks show none.
            let played = self.s.measuring.as_ref().and_then(|m| m.timings.first_sample_played);
            if self.is_measured(speech)
                && played.is_some_and(|played| self.since_speech() >= played.saturating_add(MOUTH_WITHIN_MS))
            {
                self.measured();
            }
        }
    }

    pub fn voice_ended(&mut self, speech: SpeechId, chars: u32, interrupted: bool) {
        if self.is_measured(speech) {
            self.measured();
        }
        let pending = self.s.speech.pending.iter().position(|p| *p == speech);
        let stopped = self.s.speech.stopped.iter().position(|p| *p == speech);
        if let Some(place) = pending {
            self.voice_reported(speech);
            self.s.speech.pending.remove(place);
        } else if let Some(place) = stopped {
            self.s.speech.stopped.remove(place);
        } else {
            return;
        }
        let chars = self.spoken(speech, chars);
        if let SpeechId::Answer { answer, part } = speech {
            let interrupted = interrupted || pending.is_none();
            self.send(Command::Spoken { answer, part, chars, interrupted });
        }
    }

    /// While the avatar speaks nobody is idle.
    fn voice_reported(&mut self, speech: SpeechId) {
        if self.s.speech.pending.contains(&speech) {
            self.s.speech.at = self.at;
            if matches!(speech, SpeechId::Answer { .. }) {
                self.be_active();
            }
        }
    }

    /// Notes how far it got; never further than the text goes.
    fn spoken(&mut self, speech: SpeechId, chars: u32) -> u32 {
        let Some(caption) = self.s.captions.iter_mut().rev().find(|c| c.speech == Some(speech)) else {
            return chars;
        };
        let length =
            caption.words().map_or(u32::MAX, |w| u32::try_from(w.chars().count()).unwrap_or(u32::MAX));
        caption.spoken_chars = caption.spoken_chars.max(chars.min(length));
        caption.spoken_chars
    }

    /// The reports have stopped coming: the speech is given up, so that the visit can go on.
    pub fn speech_stuck(&mut self) {
        self.interrupt();
    }
}

/// Remembers one more thing, and forgets the oldest when there are too many.
pub(super) fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= REMEMBERED_MAX {
        queue.pop_front();
    }
    queue.push_back(item);
}
