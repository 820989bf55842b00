//! How near somebody is to the desk, and what follows from it.

use super::state::Phase;
use super::step::Visit;

/// From here on somebody is noticed, in metres from the avatar.
pub const NOTICE_M: f32 = 4.0;
/// From here on somebody is greeted, in metres from the avatar.
pub const GREET_M: f32 = 2.0;
/// Who sways at a border does not cross it again and again: the way back is so much longer, in metres.
const BACK_M: f32 = 0.3;

/// How near somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum Nearness {
    /// Nobody is near.
    #[default]
    Away,
    /// Somebody could be coming.
    Noticed,
    /// Somebody stands at the desk.
    Beside,
}

impl Nearness {
    /// How near somebody is who was this near before and is so many metres away now. What is no distance is far away.
    pub fn at(self, metres: f32) -> Self {
        let within = |border: f32, zone| metres <= if self >= zone { border + BACK_M } else { border };
        if within(GREET_M, Self::Beside) {
            Self::Beside
        } else if within(NOTICE_M, Self::Noticed) {
            Self::Noticed
        } else {
            Self::Away
        }
    }
}

impl Visit {
    /// Somebody came as near as this, or went away. Comes once for each change.
    pub fn near(&mut self, near: Nearness) {
        self.s.near = near;
        match near {
            // The next one does not wait for the farewell of the last.
            Nearness::Beside => self.touched(),
            Nearness::Noticed => {}
            Nearness::Away => self.walked_away(),
        }
    }

    /// Who goes away without a word has left: there is nobody to rate.
    fn walked_away(&mut self) {
        match self.s.phase {
            Phase::Attract | Phase::Farewell { .. } => {}
            Phase::Welcome { .. } => self.reset(),
            Phase::Talk => {
                self.interrupt();
                self.clear_overlays();
                self.farewell();
            }
            Phase::Rating { .. } => self.rating_done(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::story_tests::{Kiosk, bot, part, rules};
    use super::super::{Effect, Input, Mood, Saying};
    use super::*;
    use crate::conversation::Command;
    use crate::texts::id;

    #[test]
    fn who_comes_is_looked_at_and_greeted_and_who_walks_away_has_left() {
        let mut k = Kiosk::new(rules());
        k.take(Input::Near(Nearness::Noticed));
        assert_eq!((k.state.phase, k.state.mood), (Phase::Attract, Mood::Attentive));
        assert!(k.spoken().is_empty());
        k.take(Input::Near(Nearness::Beside));
        assert_eq!(k.spoken(), [Saying::text(id::ATTRACT_TITLE)]);
        k.take(Input::Near(Nearness::Away));
        assert_eq!((k.state.phase, k.state.mood), (Phase::Attract, Mood::Idle), "just passing by");

        k.begin_talk().says("what is gas").agent(bot(), part(1, 0, true, "Gas is a fee.", None));
        k.take(Input::Near(Nearness::Noticed));
        assert_eq!(k.state.phase, Phase::Talk, "a step back is not goodbye");
        k.take(Input::Near(Nearness::Away));
        assert!(matches!(k.state.phase, Phase::Farewell { .. }), "{:?}", k.state.phase);
        assert_eq!((k.sent(), k.spoken()), (vec!["close"], vec![Saying::text(id::FAREWELL)]));
        let stopped = k.effects.iter().any(|e| matches!(e, Effect::StopSpeaking));
        assert!(stopped, "nobody hears the rest of the answer");
        // The next one comes before the farewell is over.
        k.wait(2).take(Input::Near(Nearness::Beside));
        assert!(matches!(k.state.phase, Phase::Welcome { .. }));
        assert!(!k.effects.iter().any(|e| matches!(e, Effect::Send { command: Command::Close { .. }, .. })));
    }

    #[test]
    fn who_was_rating_and_goes_is_counted_by_what_they_chose() {
        let mut k = Kiosk::new(rules());
        k.begin_talk().says("what is gas").agent(bot(), part(1, 0, true, "Gas is a fee.", None)).hear_out();
        k.take(Input::Leave).take(Input::Rated { stars: 4 }).take(Input::Near(Nearness::Away));
        assert_eq!(k.sent(), ["rate", "close"]);
    }

    #[test]
    fn who_comes_is_noticed_at_four_metres_and_greeted_at_two() {
        let mut near = Nearness::Away;
        let mut seen = Vec::new();
        for centimetres in (0..=800).rev() {
            near = near.at(centimetres as f32 / 100.0);
            if seen.last().is_none_or(|(zone, _)| *zone != near) {
                seen.push((near, centimetres));
            }
        }
        assert_eq!(seen, [(Nearness::Away, 800), (Nearness::Noticed, 400), (Nearness::Beside, 200)]);
    }

    #[test]
    fn who_sways_at_a_border_does_not_cross_it() {
        for (border, inside) in [(GREET_M, Nearness::Beside), (NOTICE_M, Nearness::Noticed)] {
            let mut near = inside;
            for step in 0..100 {
                near = near.at(border + if step % 2 == 0 { 0.2 } else { -0.2 });
                assert_eq!(near, inside);
            }
            assert!(near.at(border + 0.4) < inside);
        }
    }

    #[test]
    fn what_is_no_distance_is_nobody() {
        for odd in [f32::NAN, f32::INFINITY] {
            assert_eq!(Nearness::Beside.at(odd), Nearness::Away);
        }
    }
}
