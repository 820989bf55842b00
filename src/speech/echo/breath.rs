//! The avatar holds its breath when somebody may be interrupting it, and goes on when nobody was: so it is silent soon, and
//! need not be sure as soon.

/// Held for so long at the most, in frames of 16 ms: by then a visitor is told from a syllable of the crowd.
const HELD_FRAMES: u32 = 26;
/// Then it is not held again for so long: an avatar that stutters is worse than one that is a little late. In frames.
const REST_FRAMES: u32 = 62;

/// Whether it is held, fed frame by frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Breath {
    /// Frames left for which it is held, and then for which it is not held again.
    held: u32,
    rest: u32,
}

impl Breath {
    /// Takes the next frame; `suspected`: somebody may be interrupting. Returns what changes: held, or not any more. When the
    /// suspicion comes true, the avatar has been stopped before it would go on.
    pub fn push(&mut self, suspected: bool) -> Option<bool> {
        if self.held > 0 {
            self.held -= 1;
            return (self.held == 0).then_some(false);
        }
        self.rest = self.rest.saturating_sub(1);
        if !suspected || self.rest > 0 {
            return None;
        }
        self.held = HELD_FRAMES;
        self.rest = REST_FRAMES;
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_for_a_moment_and_not_again_soon() {
        let mut breath = Breath::default();
        assert_eq!(breath.push(false), None);
        assert_eq!(breath.push(true), Some(true));
        let held = (1..100).find(|_| breath.push(true) == Some(false)).unwrap();
        assert_eq!(held, HELD_FRAMES);
        let again = (1..1_000).find(|_| breath.push(true) == Some(true)).unwrap();
        assert_eq!(again, REST_FRAMES);
    }
}
