//! The relay and its clients over real sockets on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[macro_use]
#[path = "../support/pass_on.rs"]
mod pass_on;

mod bots;
mod bounds;
mod console;
mod crash;
mod desk;
mod desks;
mod docs;
mod enrol;
mod enrolled;
#[cfg(target_os = "linux")]
mod files;
mod follows;
mod gate;
mod limits;
mod marks;
mod matrix;
mod owner;
#[cfg(feature = "opus")]
mod person;
mod recall;
mod rounds;
mod routing;
mod schema;
mod screen;
mod seen;
mod store;
mod takeover;
mod voice;
#[cfg(feature = "opus")]
mod weather;
