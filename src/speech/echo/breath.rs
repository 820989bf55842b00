//! The avatar holds its breath when somebody may be interrupting it, and goes on when nobody was: so it is silent soon, and
//! need not be sure as soon.

/// Held for so long at the most, in frames of 16 ms: by then a visitor is told from a syllable of the crowd.
const HELD_FRAMES: u32 = 50;
/// When it is held, nobody interrupts before so many frames: by then what is heard is no echo any more.
const SURE_FRAMES: u32 = 20;
/// It goes on when the suspicion has not come back for so long, in frames.
const UNFOUNDED_FRAMES: u32 = 30;
/// Then it is not held again for so long: an avatar that stutters is worse than one that is a little late. In frames.
const REST_FRAMES: u32 = 62;
/// When somebody really interrupts it is held at least so much longer: until the voice is stopped. In frames.
const STOP_FRAMES: u32 = 8;

/// The avatar that goes on is heard at most so many frames later: there may be a pause between two sentences.
const RESUME_FRAMES: u32 = 31;

/// Whether it is held, fed frame by frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Breath {
    /// Frames left for which it is held at the most, and at the least.
    held: u32,
    founded: u32,
    /// Frames left, after that, for which it is not held again.
    rest: u32,
}

impl Breath {
    /// Whether it is held, or the avatar is about to go on: what is said meanwhile is said over it, as if it were heard.
    pub fn is_held(&self) -> bool {
        self.held > 0 || self.rest > REST_FRAMES - RESUME_FRAMES
    }

    /// Whether an interruption may be believed: it is not held, or has been for long enough.
    pub fn is_quiet(&self) -> bool {
        self.held == 0 || self.held <= HELD_FRAMES - SURE_FRAMES
    }

    /// Takes the next frame; `suspected`: somebody may be interrupting, `interrupts`: somebody is. Returns what changes: held,
    /// or not any more.
    pub fn push(&mut self, suspected: bool, interrupts: bool) -> Option<bool> {
        if self.held > 0 {
            self.held -= 1;
            self.founded = if suspected { UNFOUNDED_FRAMES } else { self.founded.saturating_sub(1) };
            if interrupts {
                self.held = self.held.max(STOP_FRAMES);
                self.founded = self.founded.max(STOP_FRAMES);
            }
            if self.founded == 0 {
                self.held = 0;
            }
            return (self.held == 0).then_some(false);
        }
        self.rest = self.rest.saturating_sub(1);
        if !suspected || self.rest > 0 {
            return None;
        }
        *self = Self { held: HELD_FRAMES, founded: UNFOUNDED_FRAMES, rest: REST_FRAMES };
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many frames it goes on, and then is held again.
    fn until(breath: &mut Breath, suspected: bool, interrupts: bool, wanted: bool) -> u32 {
        (1..1_000).find(|_| breath.push(suspected, interrupts) == Some(wanted)).unwrap()
    }

    #[test]
    fn it_is_held_for_a_moment_and_not_again_soon() {
        let mut breath = Breath::default();
        assert_eq!(breath.push(false, false), None);
        assert_eq!(breath.push(true, false), Some(true));
        assert!(breath.is_held() && !breath.is_quiet());
        assert_eq!(until(&mut breath, true, false, false), HELD_FRAMES);
        assert!(breath.is_held(), "the avatar is not heard yet");
        assert_eq!(until(&mut breath, true, false, true), REST_FRAMES);
        assert!(!Breath::default().is_held());
        // Only a syllable.
        assert_eq!(until(&mut breath, false, false, false), UNFOUNDED_FRAMES);
    }

    #[test]
    fn it_is_held_until_the_voice_is_stopped() {
        let mut breath = Breath::default();
        breath.push(true, false);
        (2..HELD_FRAMES).for_each(|_| assert_eq!(breath.push(true, false), None));
        assert_eq!(breath.push(true, true), None);
        assert_eq!(until(&mut breath, false, false, false), STOP_FRAMES);
    }
}
