//! What several measurements need: questions, voices to ask them, a desk to ask at, percentiles.

#![allow(dead_code, reason = "each measurement uses a part of it")]

#[cfg(all(feature = "voice", feature = "desktop"))]
pub mod base_model;
pub mod cache;
pub mod clips;
#[cfg(all(feature = "voice", feature = "desktop"))]
pub mod desk;
pub mod figures;
pub mod npm;
pub mod questions;
#[cfg(feature = "voice")]
pub mod told;
#[cfg(feature = "desktop")]
pub mod visit;
#[cfg(all(feature = "voice", feature = "desktop"))]
pub mod visitor;
pub mod voices;
