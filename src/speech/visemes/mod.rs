//! The mouth: from samples that are being played to the weights of the five VRM mouth shapes.
//!
//! Works for a synthetic voice and for a live person alike. Every 16 ms a window of 32 ms becomes mel-frequency cepstral
//! coefficients ([`mfcc`]); a linear classifier over calibrated vowels (`vowels`, made by `calibrate`'s tool) says how
//! much it sounds like each of `aa ih ou ee oh`, like a nasal and like a hiss; the two strongest shapes are blended, since
//! a mix of all five drifts to "aa". The mouth opens with the level (about 50 per second), closes a little slower (30 per
//! second), and shuts at once when the sound does: it is shut 100 ms after silence at the latest.
//!
//! The clock is the number of samples played: [`MouthEngine::shape_at`] takes a position, not a time.

#[cfg(test)]
mod calibrate;
pub mod engine;
pub mod mfcc;
mod vowels;

pub use engine::{MouthEngine, MouthShape};
