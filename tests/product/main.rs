//! What the product does as a whole: its programs, its files, its rules. One program, for each one links everything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at its first surprise"
)]

/// Where the project is.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[path = "../data/redact/plant.rs"]
mod plant;

mod corpus;
mod knowledge;
mod models;
mod program;
mod redact;
mod scene;
mod secrets;
mod speech;
mod story;
mod tidy;
