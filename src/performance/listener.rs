//! When a listener nods: at the other's pauses, after enough has been said, and not too often.

/// So long somebody has to have spoken since the last nod, in milliseconds.
const SPOKEN_MS: u64 = 900;
/// A pause is at least so long.
const PAUSE_MS: u64 = 240;
/// Nods come no closer than this.
const APART_MS: u64 = 2_200;
/// Somebody has spoken so long when the nod is strongest.
const LONG_MS: u64 = 6_000;
/// The longest time between two looks that counts: whatever was in between was not heard.
const STEP_MAX_MS: u64 = 200;

/// A listener, between two nods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listener {
    spoken_ms: u64,
    silent_ms: u64,
    since_ms: u64,
}

impl Listener {
    /// So many milliseconds went by, in which there was speech or not. A nod comes now when it says how strong, 0 to 1.
    pub fn heard(&mut self, speech: bool, ms: u64) -> Option<f32> {
        let ms = ms.min(STEP_MAX_MS);
        self.since_ms = self.since_ms.saturating_add(ms);
        if speech {
            self.spoken_ms = self.spoken_ms.saturating_add(ms);
            self.silent_ms = 0;
            return None;
        }
        self.silent_ms = self.silent_ms.saturating_add(ms);
        if self.silent_ms < PAUSE_MS || self.spoken_ms < SPOKEN_MS || self.since_ms < APART_MS {
            return None;
        }
        let strength = self.spoken_ms.min(LONG_MS) as f32 / LONG_MS as f32;
        *self = Self::default();
        Some(strength)
    }

    /// Another turn begins.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says when nods come while speech goes on and off for so many milliseconds, in turn.
    fn nods(stretches: &[u64]) -> Vec<u64> {
        let (mut listener, mut at, mut found) = (Listener::default(), 0, Vec::new());
        for (n, stretch) in stretches.iter().enumerate() {
            for _ in 0..stretch / 20 {
                at += 20;
                if listener.heard(n % 2 == 0, 20).is_some() {
                    found.push(at);
                }
            }
        }
        found
    }

    #[test]
    fn nods_come_in_pauses_and_nowhere_else() {
        assert_eq!(nods(&[3_000, 600, 2_500, 500]), [3_240, 6_340]);
        assert!(nods(&[9_000]).is_empty(), "nobody is interrupted");
        assert!(nods(&[3_000, 120, 3_000, 120]).is_empty(), "between words");
        assert!(nods(&[500, 2_000, 300, 2_000]).is_empty(), "noises");
        assert_eq!(nods(&[2_500, 400, 1_000, 300]).len(), 1, "not twice within two seconds");
    }

    #[test]
    fn who_said_much_gets_a_deeper_nod() {
        let nod = |ms: u64| {
            let mut listener = Listener::default();
            (0..ms / 20).for_each(|_| _ = listener.heard(true, 20));
            (0..100).find_map(|_| listener.heard(false, 20)).unwrap()
        };
        assert!(nod(6_000) > nod(2_500) + 0.3);
    }
}
