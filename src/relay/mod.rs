//! The server: orders events, stores them, passes events and signals on.
//!
//! [`serve`] takes a listener, a [`Relay`] and a future that ends it. Each connection is one `session`; each
//! conversation in use is one `Conversation` behind an asynchronous lock, within which a command is
//! decided, stored, acknowledged and fanned out, in this order. `Queue` holds the board of `crate::routing`: it offers who
//! waits to who is free.

mod addresses;
mod allowance;
mod bucket;
mod clock;
mod control;
mod conversation;
mod devices;
mod erase;
mod fleet;
mod greeting;
mod guard;
mod http;
mod hub;
mod key;
mod lane;
mod limits;
mod listener;
mod lobby;
mod marks;
mod mask;
mod metrics;
mod origin;
mod outbound;
mod peers;
mod queue;
mod recall;
mod server;
mod session;
mod settling;
mod status;
mod store;
mod timers;
mod tls;
mod wire;
mod writing;

pub use clock::{Clock, ManualClock, SystemClock};
pub use control::{CONTROL_FILE, ControlFile, EraseRequest, Erased};
pub use devices::{Admission, Device, Devices, DevicesError, INVITE_LIFE_MS, Invited, NewInvite, TRIES_MAX};
pub use fleet::Client;
pub use greeting::Access;
pub use key::{KeyError, RelayKey};
pub use limits::Limits;
pub use mask::{Mask, Masked, standard_mask};
pub use origin::{OriginError, Origins};
pub use server::{Relay, ServeError, serve};
pub use status::Status;
pub use store::StoreState;
pub use tls::{Certificate, TlsError};
