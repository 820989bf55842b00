//! The checker: people talk through a relay whose machine, disk, clock and network fail, and nothing may get lost.
//!
//! `scripts/chaos` runs it by hand with many faults; as a part of `cargo test` it tries its own parts, runs a few
//! faults, and shows that broken relays are found out. It has its own `main`, since a run takes arguments and since a
//! broken relay is this same program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[cfg(target_os = "linux")]
#[macro_use]
#[path = "../support/pass_on.rs"]
mod pass_on;

#[cfg(target_os = "linux")]
mod agent;
#[cfg(target_os = "linux")]
mod arguments;
#[cfg(target_os = "linux")]
mod broken;
#[cfg(target_os = "linux")]
mod check;
#[cfg(target_os = "linux")]
mod check_tests;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod history;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod on_linux;
#[cfg(target_os = "linux")]
mod people;
#[cfg(target_os = "linux")]
mod proxy;
#[cfg(target_os = "linux")]
mod rng;
#[cfg(target_os = "linux")]
mod rules;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod schedule;
#[cfg(target_os = "linux")]
mod visitor;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    on_linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: the faults are injected by LD_PRELOAD, which needs Linux");
}
