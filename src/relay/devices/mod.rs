//! The devices that may come in: invites, enrolment, revocation.
//!
//! They are kept in a small database of their own beside the log, so that `avatardesk relay invite` and `… devices` work
//! while a relay is running. The running relay notices what they have changed by [`watch`].

mod model;
mod schema;
mod store;
mod tries;
mod watch;

#[cfg(test)]
mod tests;

pub use model::{Admission, Device, DevicesError, INVITE_LIFE_MS, Invited, NewInvite};
pub use store::Devices;
pub use tries::{TRIES_MAX, Tries};
pub use watch::watch;
