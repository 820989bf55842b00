//! Who should get whom: queues, agents, offers. Pure: no clock, no I/O; only headers are looked at, never what was said.
//!
//! A [`Board`] is folded from the states of conversations and from what agents announce. [`Board::propose`] says what
//! should happen now: offer a visitor to an agent, take an offer back. Nothing is decided here: an agent becomes the pilot
//! by a `claim`, which `conversation::decide` settles; and [`Board::claim`] says beforehand whether the agent has room.
//!
//! There are two lines: one for bots (nobody answers this visitor) and one for people (a person was asked for, or no bot
//! came). In each line the longest-waiting comes first; who left a message and has gone comes after those who are still
//! there. An offer goes to the least loaded agent that serves the desk, the language and one of the skills. Who does not
//! answer in time is not asked about the same visitor again for a while, so that the next one is.

mod agent;
mod board;
mod case;
mod line;
mod place;
mod propose;
mod waits;

#[cfg(test)]
mod checks;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod surge_tests;
#[cfg(test)]
mod world;

pub use agent::{AgentState, CAPACITY_MAX, DESKS_MAX, Profile, ProfileError, REASON_MAX_BYTES};
pub use board::{AGENTS_MAX, ASK_AGAIN_MS, Board, Full, Seat};
pub use case::{Case, PERSON_STEPS_IN_MS, Want};
pub use line::Offer;
pub use place::QueuePlace;
pub use propose::{MISSES_MAX, Move, Pace};
pub use waits::{Estimate, WAIT_MAX_AGE_MS, WAITS_KEPT, WAITS_MIN};
