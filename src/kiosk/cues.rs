//! When the avatar moves while it speaks: moods, gestures, beats and blinks at their place in the text.

use std::collections::VecDeque;

use crate::conversation::Time;
use crate::performance::{self, Expression, Feeling, Gesture, STROKE_MS};
use crate::visit::SpeechId;

/// The most speeches whose cues are kept.
const SPEECHES_MAX: usize = 64;
/// How fast is spoken until it is known: characters a second, of English and of Chinese.
const RATE: (f32, f32) = (14.0, 4.5);
/// No voice is slower or faster.
const RATE_RANGE: (f32, f32) = (2.0, 30.0);
/// So long a voice has to have spoken before its speed is believed, in milliseconds.
const RATE_AFTER_MS: u64 = 800;
/// How much of a mood the avatar's own sentences have.
const MOOD: f32 = 0.7;
/// How much of it is shown to a visitor who is troubled.
const MOOD_TROUBLED: f32 = 0.5;

/// Something for the avatar to do now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cue {
    /// A mood of the face, and how much of it, 0 to 1.
    Mood(Expression, f32),
    Gesture(Gesture),
    /// A small movement of the hands on a stressed word, strength 0 to 1.
    Beat(f32),
    /// A listener's nod, strength 0 to 1.
    Nod(f32),
    /// The end of a clause.
    Blink,
}

impl Cue {
    /// A mood that a pilot asks for.
    pub fn mood(expression: Expression) -> Self {
        Self::Mood(expression, MOOD)
    }

    /// Hands need time to get to where they are with the word.
    fn leads(self) -> bool {
        matches!(self, Self::Gesture(_) | Self::Beat(_))
    }
}

/// The cues of one speech, and how fast it is spoken.
#[derive(Debug)]
struct Score {
    speech: SpeechId,
    cues: VecDeque<(u32, Cue)>,
    begun: Option<Time>,
    rate: f32,
}

/// The cues of what is spoken and will be spoken.
#[derive(Debug, Default)]
pub struct Cues {
    scores: VecDeque<Score>,
}

impl Cues {
    /// Plans the cues of a speech to a visitor who feels so.
    pub fn plan(
        &mut self,
        speech: SpeechId,
        text: &str,
        expression: Option<Expression>,
        gesture: Option<Gesture>,
        visitor: Feeling,
    ) {
        let mut cues = VecDeque::new();
        let strength = if visitor.is_troubled() { MOOD_TROUBLED } else { MOOD };
        for part in performance::plan(text, expression, gesture, visitor) {
            cues.push_back((part.start, Cue::Mood(part.expression, strength)));
            cues.extend(part.gesture.map(|gesture| (part.start, Cue::Gesture(gesture))));
            cues.extend(part.beats.iter().map(|beat| (beat.at, Cue::Beat(beat.strength))));
            cues.extend(part.clause_ends.iter().map(|at| (*at, Cue::Blink)));
        }
        if self.scores.len() == SPEECHES_MAX {
            self.scores.pop_front();
        }
        let wide = text.chars().filter(|c| !c.is_ascii()).count() * 2 > text.chars().count();
        let rate = if wide { RATE.1 } else { RATE.0 };
        self.scores.push_back(Score { speech, cues, begun: None, rate });
    }

    /// The cues that begin when this character of a speech has been reached, each once.
    pub fn reached(&mut self, speech: SpeechId, chars: u32, now: Time) -> Vec<Cue> {
        let Some(score) = self.scores.iter_mut().find(|score| score.speech == speech) else {
            return Vec::new();
        };
        let begun = *score.begun.get_or_insert(now);
        let ms = now.since_ms(begun);
        if ms >= RATE_AFTER_MS && chars > 0 {
            score.rate = (chars as f32 * 1000.0 / ms as f32).clamp(RATE_RANGE.0, RATE_RANGE.1);
        }
        let lead = (score.rate * STROKE_MS as f32 / 1000.0).round() as u32;
        let mut due = Vec::new();
        score.cues.retain(|(at, cue)| {
            let is_due = *at <= if cue.leads() { chars.saturating_add(lead) } else { chars };
            if is_due {
                due.push(*cue);
            }
            !is_due
        });
        due
    }

    /// The speech is over or was stopped.
    pub fn ended(&mut self, speech: SpeechId) {
        self.scores.retain(|score| score.speech != speech);
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
        let text = "Hello there. Your tokens are safe.";
        cues.plan(id, text, Some(Expression::Relaxed), Some(Gesture::Wave), Feeling::Calm);
        let first = cues.reached(id, 0, Time(0));
        assert!(first.contains(&Cue::Gesture(Gesture::Wave)), "{first:?}");
        assert!(first.iter().any(|c| matches!(c, Cue::Mood(..))));
        assert!(!cues.reached(id, 0, Time(0)).contains(&Cue::Gesture(Gesture::Wave)));
        assert!(cues.reached(id, 12, Time(900)).contains(&Cue::Blink));
        cues.reached(id, 100, Time(4_000));
        cues.ended(id);
        assert!(cues.reached(id, 100, Time(4_000)).is_empty());
    }

    /// A hand that begins with the word comes late.
    #[test]
    fn beats_begin_before_their_word_by_the_time_that_hands_need() {
        let text = "It is in the box on the left and you may never do so";
        let word = text.find("never").unwrap() as u32;
        for per_sec in [8, 14, 20] {
            let mut cues = Cues::default();
            let id = SpeechId::Own(1);
            cues.plan(id, text, None, None, Feeling::Calm);
            let mut begun = None;
            for ms in (0..8_000).step_by(20) {
                let chars = ms * per_sec / 1000;
                let due = cues.reached(id, chars as u32, Time(ms));
                if due.iter().any(|c| matches!(c, Cue::Beat(strength) if *strength == 1.0)) {
                    begun = begun.or(Some(ms));
                }
            }
            let (begun, spoken) = (begun.unwrap(), u64::from(word) * 1000 / per_sec);
            let lead = spoken.saturating_sub(begun);
            assert!((180..=430).contains(&lead), "{per_sec} characters a second: {lead} ms before the word");
        }
    }

    #[test]
    fn the_face_is_quieter_with_who_is_troubled() {
        let mut cues = Cues::default();
        let id = SpeechId::Own(1);
        cues.plan(id, "Don't worry.", None, None, Feeling::Worried);
        let due = cues.reached(id, 0, Time(0));
        assert!(due.contains(&Cue::Mood(Expression::Relaxed, MOOD_TROUBLED)), "{due:?}");
    }
}
