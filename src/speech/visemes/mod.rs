//! The mouth: from samples that are being played to the weights of the five VRM mouth shapes `aa ih ou ee oh`.
//!
//! Two ways, which go together:
//!
//! - [`MouthEngine`] follows any sound, a synthetic voice or a live person alike. Every 8 ms a window of 32 ms becomes
//!   mel-frequency cepstral coefficients ([`mfcc`]), less the mean of the voice. A small network (`vowels`, made by
//!   `training/mouth`) says how much that resembles each shape, lips that are shut, other nasals, a hiss, and the rest. The two
//!   strongest shapes are blended, since a mix of all five drifts to "aa". The mouth opens with the level, shuts where the lips
//!   meet, and at once when the sound ends; noise and hum do not move it.
//! - [`LipTrack`] knows what is said: phonemes from the synthesiser, whose times are found in the sound itself, so that it does
//!   not matter what was cut from it on its way. Lips meet where they have to.
//!
//! The clock is the number of samples played: both take a position, not a time.
//!
//! ```
//! use avatardesk::speech::visemes::MouthEngine;
//!
//! let mut engine = MouthEngine::new(48_000);
//! // As it is played, in pieces of any length:
//! engine.push(&[0.0; 480]);
//! // For each frame that is drawn, the position that is heard then:
//! let shape = engine.shape_at(240);
//! assert_eq!(shape.weights(), [0.0; 5]);
//! ```

mod align;
pub mod engine;
#[cfg(test)]
mod espeak_sounds;
mod likeness;
pub mod mfcc;
pub mod shape;
mod sounds;
pub mod track;
mod vowels;

pub use engine::MouthEngine;
pub use shape::MouthShape;
pub use track::{LipSlot, LipTrack};
