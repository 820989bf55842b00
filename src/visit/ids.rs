//! Where the machine's identifiers come from.

use sha2::{Digest, Sha256};

use crate::conversation::{AnswerId, ConversationId, Time, VisitorId};

/// A supply of ids that nobody can guess who does not know the seed: hashes of the seed and a counter.
#[derive(Clone, PartialEq, Eq)]
pub struct Ids {
    seed: [u8; 32],
    next: u64,
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ids").field("seed", &"MASKED").field("next", &self.next).finish()
    }
}

impl Ids {
    /// `seed` comes from the system's random numbers, fresh for each start of the program.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, next: 0 }
    }

    fn random(&mut self) -> u128 {
        let digest = Sha256::new().chain_update(self.seed).chain_update(self.next.to_be_bytes()).finalize();
        self.next += 1;
        digest.iter().take(16).fold(0, |n, byte| n << 8 | u128::from(*byte))
    }

    pub(super) fn conversation(&mut self, now: Time) -> ConversationId {
        ConversationId::new(now, self.random())
    }

    pub(super) fn visitor(&mut self, now: Time) -> VisitorId {
        VisitorId::new(now, self.random())
    }

    pub(super) fn answer(&mut self, now: Time) -> AnswerId {
        AnswerId::new(now, self.random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_depend_on_the_seed() {
        let (mut a, mut b) = (Ids::new([1; 32]), Ids::new([2; 32]));
        let now = Time(5);
        let first = a.conversation(now);
        assert_ne!(first, a.conversation(now));
        assert_ne!(first, b.conversation(now));
        assert_eq!(first, Ids::new([1; 32]).conversation(now));
    }

    #[test]
    fn the_seed_is_not_printed() {
        assert!(!format!("{:?}", Ids::new([77; 32])).contains("77"));
    }
}
