//! When the avatar moves while it speaks: moods, gestures and beats at their place in the text.

use std::collections::VecDeque;

use crate::performance::{self, Expression, Gesture};
use crate::visit::SpeechId;

/// The most speeches whose cues are kept.
const SPEECHES_MAX: usize = 64;

/// Something for the avatar to do now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cue {
    Mood(Expression),
    Gesture(Gesture),
    /// A small movement of the hands on a stressed word, strength 0 to 1.
    Beat(f32),
}

/// The cues of what is spoken and will be spoken.
#[derive(Debug, Default)]
pub struct Cues {
    scores: VecDeque<(SpeechId, VecDeque<(u32, Cue)>)>,
}

impl Cues {
    /// Plans the cues of a speech.
    pub fn plan(
        &mut self,
        speech: SpeechId,
        text: &str,
        expression: Option<Expression>,
        gesture: Option<Gesture>,
    ) {
        let mut score = VecDeque::new();
        for part in performance::plan(text, expression, gesture) {
            score.push_back((part.start, Cue::Mood(part.expression)));
            score.extend(part.gesture.map(|gesture| (part.start, Cue::Gesture(gesture))));
            score.extend(part.beats.iter().map(|beat| (beat.at, Cue::Beat(beat.strength))));
        }
        if self.scores.len() == SPEECHES_MAX {
            self.scores.pop_front();
        }
        self.scores.push_back((speech, score));
    }

    /// The cues up to this character of a speech, each once.
    pub fn reached(&mut self, speech: SpeechId, chars: u32) -> Vec<Cue> {
        let Some((_, score)) = self.scores.iter_mut().find(|(id, _)| *id == speech) else {
            return Vec::new();
        };
        let mut due = Vec::new();
        while let Some((_, cue)) = score.pop_front_if(|(at, _)| *at <= chars) {
            due.push(cue);
        }
        due
    }

    /// The speech is over or was stopped.
    pub fn ended(&mut self, speech: SpeechId) {
        self.scores.retain(|(id, _)| *id != speech);
    }

    pub fn clear(&mut self) {
        self.scores.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cue_comes_once_and_in_time() {
        let mut cues = Cues::default();
        let id = SpeechId::Own(1);
        cues.plan(id, "Hello there. Your tokens are safe.", Some(Expression::Relaxed), Some(Gesture::Wave));
        let first = cues.reached(id, 0);
        assert!(first.contains(&Cue::Gesture(Gesture::Wave)), "{first:?}");
        assert!(first.iter().any(|c| matches!(c, Cue::Mood(_))));
        assert!(!cues.reached(id, 0).contains(&Cue::Gesture(Gesture::Wave)));
        cues.reached(id, 100);
        cues.ended(id);
        assert!(cues.reached(id, 100).is_empty());
    }
}
