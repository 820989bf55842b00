//! What a client needs to know.

use std::time::Duration;

use crate::conversation::ActorId;
use crate::protocol::{Health, Role};

/// Where the relay is, and as whom to go there.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientConfig {
    /// For example `ws://127.0.0.1:7400/ws`.
    pub url: String,
    pub role: Role,
    /// Unique among the clients of this role.
    pub name: ActorId,
    /// What the relay is told about this client; `None` for one that comes once.
    pub health: Option<Health>,
    pub timing: Timing,
}

impl ClientConfig {
    /// A configuration with the usual timing.
    pub fn new(url: impl Into<String>, role: Role, name: ActorId) -> Self {
        let health = Some(Health::ours());
        Self { url: url.into(), role, name, health, timing: Timing::default() }
    }
}

/// How patient a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the start of a connection to the relay's `welcome`.
    pub connect_within: Duration,
    /// The longest a frame may take to be sent.
    pub send_within: Duration,
    /// The upper end of the first pause before connecting again; it doubles with each failure.
    pub pause_first: Duration,
    /// The longest pause before connecting again.
    pub pause_max: Duration,
    /// A connection that lasts so long counts as good, as one over which something was acknowledged or replayed: the
    /// pauses begin short again.
    pub good_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(5),
            send_within: Duration::from_secs(10),
            pause_first: Duration::from_millis(200),
            pause_max: Duration::from_secs(10),
            good_after: Duration::from_secs(5),
        }
    }
}
