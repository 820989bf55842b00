//! What a visitor who waits may know: the place in the queue, and about how long it takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::waits::Estimate;
use crate::conversation::{ConversationId, DeskId, Time};

/// A place in the queue for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct QueuePlace {
    /// From 1, in the queue of this desk.
    pub place: u32,
    /// How many wait there.
    pub length: u32,
    /// Somebody is there who serves this desk, this language and one of the skills. Otherwise a message may be left.
    pub staffed: bool,
    /// How much longer it takes, when the last waits say anything about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
}

impl Board {
    /// The places of all who wait for a person and are still there.
    pub fn places(&self, now: Time) -> Vec<(ConversationId, QueuePlace)> {
        let mut lengths: BTreeMap<&DeskId, u32> = BTreeMap::new();
        let mut standing = Vec::new();
        for id in self.people.ids() {
            let (Some(waiting), Some(case)) = (self.people.get(id), self.cases.get(&id)) else { continue };
            if waiting.want.message || waiting.want.from > now {
                continue;
            }
            let place = lengths.entry(&case.desk).or_default();
            *place += 1;
            standing.push((id, case, *place));
        }
        let placed = standing.into_iter().map(|(id, case, place)| {
            let waits = self.waits.get(&case.desk);
            let people = self.agents.iter().filter(|(actor, _)| actor.kind.is_person());
            let staffed = people.into_iter().any(|(_, a)| a.profile.state.is_there() && a.serves(case));
            let estimate =
                waits.filter(|_| staffed).and_then(|w| w.estimate(usize::try_from(place).unwrap_or(1), now));
            let length = lengths.get(&case.desk).copied().unwrap_or(place);
            (id, QueuePlace { place, length, staffed, estimate })
        });
        placed.collect()
    }
}
