//! The server: orders events, stores them, passes events and signals on.
//!
//! [`serve`] takes a listener, a [`Relay`] and a future that ends it. Each connection is one `session`; each
//! conversation in use is one `Conversation` behind an asynchronous lock, within which a command is
//! decided, stored, acknowledged and fanned out, in this order.

mod addresses;
mod bucket;
mod clock;
mod control;
mod conversation;
mod erase;
mod fleet;
mod http;
mod hub;
mod key;
mod limits;
mod listener;
mod lobby;
mod mask;
mod metrics;
mod outbound;
mod peers;
mod server;
mod session;
mod status;
mod store;
mod timers;
mod writing;

pub use clock::{Clock, ManualClock, SystemClock};
pub use control::{CONTROL_FILE, ControlFile, EraseRequest, Erased};
pub use fleet::Client;
pub use key::{KeyError, RelayKey};
pub use limits::Limits;
pub use mask::{Mask, Masked, standard_mask};
pub use server::{Relay, ServeError, serve};
pub use status::Status;
pub use store::StoreState;
