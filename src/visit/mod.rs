//! The kiosk's state machine. Pure.
//!
//! ```text
//! Attract → Welcome → Talk (Listening → Thinking → Speaking → Listening …) → Rating → Farewell → Attract
//! ```
//!
//! [`step`] takes a [`State`], an [`Input`] and the time, and returns the new state and the [`Effect`]s that the edge
//! carries out. Everything drawn is in the state; everything done is an effect. Time-outs are data ([`State::due`]): the
//! edge sends [`Input::Tick`] about ten times a second. Ids come from a seed in the state ([`Ids`]), so that effects are
//! ready to be sent and the machine stays pure.

mod absence;
mod answer;
mod caption;
mod closing;
mod effect;
mod ids;
mod input;
mod near;
mod queue;
mod reach;
mod rules;
mod state;
mod step;
mod talk;
mod timers;
mod voice;
mod welcome;

#[cfg(test)]
mod absence_tests;
#[cfg(test)]
mod person_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod queue_tests;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod trouble_tests;

pub use absence::Absence;
pub use caption::{CAPTIONS_MAX, Caption, Saying, Who};
pub use effect::{Effect, Mood, SpeechId};
pub use ids::Ids;
pub use input::{Input, Notice, Preferences, SecretKind, TextSize, Unsent};
pub use near::{GREET_M, NOTICE_M, Nearness};
pub use rules::Rules;
pub use state::{AskBack, Awaiting, MessageStep, Open, Overlay, Phase, Pilot, State, Told, Turn};
pub use step::step;
pub use voice::SPEECH_STUCK_MS;
