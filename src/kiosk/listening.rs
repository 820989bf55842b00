//! The avatar as a listener: nods at the visitor's pauses, and how the visitor seems to feel.

use super::cues::Cue;
use crate::conversation::Time;
use crate::performance::{Feeling, Listener};

/// A feeling is remembered over so many further things that the visitor says in a calm voice.
const REMEMBERED: u8 = 2;

/// What the avatar has heard of the visitor.
#[derive(Debug, Default)]
pub struct Listening {
    listener: Listener,
    /// Whether what the microphone heard last was speech.
    speech: bool,
    at: Option<Time>,
    feeling: Feeling,
    calm_since: u8,
}

impl Listening {
    /// What the microphone hears.
    pub fn heard(&mut self, speech: bool) {
        self.speech = speech;
    }

    /// Time has passed; a nod when it is time for one. `listens` while it is the visitor's turn.
    pub fn nod(&mut self, listens: bool, now: Time) -> Option<Cue> {
        let ms = self.at.replace(now).map_or(0, |before| now.since_ms(before));
        if !listens {
            self.listener.forget();
            self.speech = false;
            return None;
        }
        self.listener.heard(self.speech, ms).map(Cue::Nod)
    }

    /// The visitor said this. Who was worried a moment ago is not smiled at for one calm sentence; who says thanks is.
    pub fn understood(&mut self, text: &str) -> Feeling {
        match Feeling::of(text) {
            Feeling::Calm if self.calm_since < REMEMBERED && self.feeling.is_troubled() => {
                self.calm_since += 1
            }
            feeling => {
                self.feeling = feeling;
                self.calm_since = 0;
            }
        }
        self.feeling
    }

    /// How the visitor seems to feel.
    pub fn feeling(&self) -> Feeling {
        self.feeling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worry_is_remembered_for_a_while_and_thanks_end_it() {
        let mut listening = Listening::default();
        let mut say = |text: &str| listening.understood(text);
        assert_eq!(say("my coins were stolen"), Feeling::Worried);
        assert_eq!(say("this morning"), Feeling::Worried);
        assert_eq!(say("in the market hall"), Feeling::Worried);
        assert_eq!(say("what is a wallet"), Feeling::Calm);
        assert_eq!(say("I was scammed"), Feeling::Worried);
        assert_eq!(say("thank you"), Feeling::Glad);
    }

    #[test]
    fn nods_come_at_pauses_while_the_visitor_has_the_turn() {
        let mut nods = 0;
        for listens in [true, false] {
            let mut listening = Listening::default();
            for frame in 0..250_u64 {
                listening.heard(frame < 200);
                nods += u32::from(listening.nod(listens, Time(frame * 16)).is_some());
            }
            assert_eq!(nods, 1, "with the turn: {listens}");
        }
    }
}
