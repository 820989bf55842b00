//! Which preset a window is drawn with: less when frames come too late, more when they have long come in time. Pure.

use super::Preset;

/// Frames are counted for so long before anything is decided, in seconds.
const LOOK_S: f32 = 1.0;
/// A frame may take so many times as long as wanted, on average.
const LATE: f32 = 1.35;
/// So many looks in a row must say the same: one of them may be somebody else's work on the machine.
const LOOKS_LATE: u32 = 2;
/// Looks in time until more is tried, at first and at most: each attempt that fails doubles it.
const LOOKS_IN_TIME: (u32, u32) = (8, 960);
/// A longer pause is no frame: the machine slept, or the window was moved.
const PAUSE_S: f32 = 0.5;

/// Watches frames, and says which preset to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Governor {
    most: Preset,
    seconds: f32,
    frames: u32,
    late: u32,
    in_time: u32,
    patience: u32,
    /// More was tried just now.
    trying: bool,
}

impl Governor {
    /// Never more than this preset.
    pub fn new(most: Preset) -> Self {
        Self { most, seconds: 0.0, frames: 0, late: 0, in_time: 0, patience: LOOKS_IN_TIME.0, trying: false }
    }

    /// Forgets what was counted: frames come more seldom on purpose now.
    pub fn rest(&mut self) {
        (self.seconds, self.frames, self.late) = (0.0, 0, 0);
    }

    /// A frame that came `dt` seconds after the one before, where `wanted` was enough. Another preset, when it is time for one.
    pub fn frame(&mut self, dt: f32, wanted: f32, now: Preset) -> Option<Preset> {
        if !(0.0..PAUSE_S).contains(&dt) {
            self.rest();
            return None;
        }
        self.seconds += dt;
        self.frames += 1;
        if self.seconds < LOOK_S {
            return None;
        }
        let late = self.seconds / self.frames as f32 > wanted * LATE;
        (self.seconds, self.frames) = (0.0, 0);
        if late {
            self.in_time = 0;
            self.late += 1;
            if self.late < LOOKS_LATE {
                return None;
            }
            self.late = 0;
            if std::mem::take(&mut self.trying) {
                self.patience = (self.patience * 2).min(LOOKS_IN_TIME.1);
            }
            return below(now);
        }
        self.late = 0;
        self.in_time += 1;
        if self.in_time < self.patience {
            return None;
        }
        self.in_time = 0;
        let more = above(now).filter(|more| *more <= self.most);
        self.trying = more.is_some();
        more
    }
}

fn below(preset: Preset) -> Option<Preset> {
    Preset::ALL.into_iter().rev().find(|other| *other < preset)
}

fn above(preset: Preset) -> Option<Preset> {
    Preset::ALL.into_iter().find(|other| *other > preset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: f32 = 1.0 / 60.0;

    /// Draws for so many seconds on a machine that needs this time for each preset; what it was drawn with, second by second.
    fn run(
        governor: &mut Governor,
        mut now: Preset,
        seconds: usize,
        takes: impl Fn(Preset) -> f32,
    ) -> Vec<Preset> {
        let mut seen = Vec::new();
        for _ in 0..seconds {
            let mut second = 0.0;
            while second < 1.0 {
                let dt = takes(now).max(WANTED);
                second += dt;
                now = governor.frame(dt, WANTED, now).unwrap_or(now);
            }
            seen.push(now);
        }
        seen
    }

    #[test]
    fn a_machine_that_is_too_slow_gets_less_until_it_keeps_up() {
        let mut governor = Governor::new(Preset::High);
        let seen =
            run(&mut governor, Preset::High, 8, |preset| if preset > Preset::Low { 0.03 } else { 0.01 });
        assert_eq!(seen.last(), Some(&Preset::Low), "{seen:?}");
        assert!(seen.contains(&Preset::Medium));
    }

    #[test]
    fn a_fast_machine_gets_all_that_it_may_have() {
        let mut governor = Governor::new(Preset::High);
        assert_eq!(run(&mut governor, Preset::Medium, 20, |_| 0.005).last(), Some(&Preset::High));
        let mut governor = Governor::new(Preset::Potato);
        assert_eq!(run(&mut governor, Preset::Potato, 60, |_| 0.005).last(), Some(&Preset::Potato));
    }

    #[test]
    fn what_was_tried_in_vain_is_tried_ever_more_seldom() {
        let mut governor = Governor::new(Preset::High);
        let seen = run(
            &mut governor,
            Preset::Medium,
            600,
            |preset| if preset > Preset::Medium { 0.03 } else { 0.01 },
        );
        let tries = seen.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((2..8).contains(&tries), "{tries}");
        assert!(seen.iter().all(|preset| *preset >= Preset::Medium));
    }

    #[test]
    fn a_machine_that_slept_and_a_single_slow_second_change_nothing() {
        let mut governor = Governor::new(Preset::Medium);
        assert_eq!(governor.frame(300.0, WANTED, Preset::Medium), None);
        for _ in 0..35 {
            assert_eq!(governor.frame(0.03, WANTED, Preset::Medium), None);
        }
        let seen = run(&mut governor, Preset::Medium, 5, |_| 0.01);
        assert!(seen.iter().all(|preset| *preset == Preset::Medium));
    }
}
