//! A reconnecting, resuming client of the relay with a durable outbox.
//!
//! [`connect`] starts a task. Commands go into the outbox first and are sent until the relay has acknowledged or
//! refused them; the events of followed conversations come once each and in order, over any number of connections.

mod backoff;
mod config;
mod event;
mod handle;
mod identity;
mod link;
mod outbox;
mod outlet;
mod phase;
mod request;
mod task;
mod tls;
mod track;
mod voice;

pub use crate::log::{random_bytes, random_u128};
pub use config::{ClientConfig, Credentials, Timing};
pub use event::{ClientError, ClientEvent};
pub use handle::{ClientHandle, connect, now};
pub use identity::{DeviceKey, Identity, IdentityError};
pub use outbox::{MemoryOutbox, OUTBOX_MAX, OUTBOX_MAX_AGE_MS, Outbox, OutboxError, SqliteOutbox, Waiting};
pub use tls::Pin;
