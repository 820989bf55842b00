//! The hands of who speaks: they come up with the first stressed word, beat with each, and sink after the last. Pure.

use super::{
    arm::Reach,
    chance::Chance,
    gesture::{smooth, speaking},
    skeleton::{SIDES, Side},
};
use crate::stage::ease::Ease;
use bevy::prelude::Vec3;

/// From when a beat is asked for to its lowest point, where the stressed word should be, in seconds.
pub const STROKE_S: f32 = 0.30;
/// The whole of a beat.
const BEAT_S: f32 = 0.85;
/// For so long after a beat the hands stay up.
const HOLD_S: (f32, f32) = (1.5, 2.4);
/// Hands that come up, and go down, in seconds.
const RISE_S: (f32, f32) = (0.55, 0.95);
/// For so long after a beat that was asked for the hands make none of their own: whoever speaks has a plan.
const PLANNED_S: f32 = 6.0;
/// The size of the weakest beat, of the strongest's 1.
const BEAT_LEAST: f32 = 0.5;
/// Between beats that nobody asked for.
const OWN_S: (f32, f32) = (1.1, 2.6);

/// What the hands are in the middle of.
#[derive(Debug, Clone)]
pub struct Talk {
    /// How far the left and the right hand are up.
    up: [Ease; 2],
    used: [bool; 2],
    open: [Ease; 2],
    open_wanted: f32,
    hold: f32,
    beat: Option<(f32, f32)>,
    wait: f32,
    chance: Chance,
}

impl Talk {
    /// Hands that rest.
    pub fn new(seed: u32) -> Self {
        Self {
            up: [Ease::default(); 2],
            used: [true; 2],
            open: [Ease::at(0.3); 2],
            open_wanted: 0.3,
            hold: 0.0,
            beat: None,
            wait: 0.5,
            chance: Chance::new(seed),
        }
    }

    /// A beat that goes with a stressed word, strength 0..1. One that has hardly begun is not cut off.
    pub fn asked(&mut self, strength: f32) {
        self.wait = PLANNED_S;
        self.begin(BEAT_LEAST + (1.0 - BEAT_LEAST) * strength.clamp(0.0, 1.0));
    }

    fn begin(&mut self, size: f32) {
        if self.beat.is_some_and(|(age, _)| age < STROKE_S) {
            return;
        }
        if self.hold <= 0.0 {
            let which = self.chance.unit();
            self.used = [which < 0.68, which > 0.30];
        }
        self.open_wanted = self.chance.between(0.05, 0.95);
        self.hold = self.chance.between(HOLD_S.0, HOLD_S.1);
        self.beat = Some((0.0, size));
    }

    /// Goes on by `dt` seconds.
    pub fn step(&mut self, dt: f32, speaks: bool) {
        self.wait -= dt;
        self.hold = if speaks { (self.hold - dt).max(0.0) } else { 0.0 };
        self.beat = self.beat.map(|(age, size)| (age + dt, size)).filter(|(age, _)| *age < BEAT_S);
        if speaks && self.wait <= 0.0 {
            self.wait = self.chance.between(OWN_S.0, OWN_S.1);
            self.begin(0.6);
        }
        for ((up, used), open) in self.up.iter_mut().zip(self.used).zip(&mut self.open) {
            let up_wanted = if used && self.hold > 0.0 { 1.0 } else { 0.0 };
            up.step(up_wanted, if up_wanted > up.value { RISE_S.0 } else { RISE_S.1 }, dt);
            open.step(self.open_wanted, 0.5, dt);
        }
    }

    /// The hands, and how far each is up.
    pub fn hands(&self) -> impl Iterator<Item = (Side, Reach, f32)> + '_ {
        let down = self.down();
        SIDES.into_iter().zip(self.up.iter().zip(&self.open)).filter(|(_, (up, _))| up.value > 1e-3).map(
            move |(side, (up, open))| {
                let mut reach = speaking(open.value);
                reach.at += Vec3::new(0.03, -0.10, 0.05) * down;
                reach.fingers.y -= 0.35 * down;
                (side, reach, up.value)
            },
        )
    }

    /// How far a beat has brought the hands down, about -0.4..1: they rise a little first.
    pub fn down(&self) -> f32 {
        let Some((age, size)) = self.beat else { return 0.0 };
        let lift = smooth(age / 0.14) * (1.0 - smooth((age - 0.10) / 0.16));
        let stroke = smooth((age - 0.08) / (STROKE_S - 0.08))
            * (1.0 - smooth((age - STROKE_S - 0.06) / (BEAT_S - STROKE_S - 0.06)));
        (stroke - 0.4 * lift) * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(talk: &mut Talk, seconds: f32, mut each: impl FnMut(f32, &Talk)) {
        for frame in 0..(seconds * 60.0) as u32 {
            talk.step(1.0 / 60.0, true);
            each((frame + 1) as f32 / 60.0, talk);
        }
    }

    #[test]
    fn a_beat_is_lowest_when_its_word_comes() {
        let mut talk = Talk::new(5);
        talk.asked(1.0);
        let mut lowest = (0.0, 0.0);
        run(&mut talk, 1.0, |t, talk| {
            if talk.down() > lowest.1 {
                lowest = (t, talk.down());
            }
        });
        assert!((lowest.0 - STROKE_S).abs() < 0.09 && lowest.1 > 0.9, "{lowest:?}");
    }

    #[test]
    fn who_plans_beats_gets_those_and_no_others() {
        let mut talk = Talk::new(5);
        talk.asked(0.0);
        let mut own = 0;
        run(&mut talk, PLANNED_S - 0.2, |t, talk| own += u32::from(t > BEAT_S + 0.1 && talk.beat.is_some()));
        assert_eq!(own, 0, "frames with a beat that nobody asked for");
        // Without a plan the hands move by themselves.
        run(&mut talk, 3.0, |_, talk| own += u32::from(talk.beat.is_some()));
        assert!(own > 0);
    }

    #[test]
    fn a_beat_that_has_just_begun_is_not_cut_off_and_hands_sink_after_the_last() {
        let mut talk = Talk::new(5);
        talk.asked(1.0);
        talk.step(0.1, true);
        talk.asked(0.2);
        assert!(talk.beat.is_some_and(|(age, size)| size == 1.0 && age > 0.0));
        run(&mut talk, 0.7, |_, _| {});
        assert!(talk.hands().next().is_some_and(|(_, _, up)| up > 0.9));
        (0..120).for_each(|_| talk.step(1.0 / 60.0, false));
        assert_eq!(talk.hands().count(), 0);
    }
}
