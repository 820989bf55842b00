//! The relay and its clients over real sockets on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod bounds;
mod crash;
mod desk;
mod docs;
mod limits;
mod owner;
mod rounds;
mod seen;
mod store;
