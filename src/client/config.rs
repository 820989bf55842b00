//! What a client needs to know.

use std::sync::Arc;
use std::time::Duration;

use super::identity::{DeviceKey, Identity};
use super::tls::Pin;
use crate::access::InviteCode;
use crate::conversation::ActorId;
use crate::protocol::{Health, Role};

/// Where the relay is, and as whom to go there.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientConfig {
    /// For example `ws://127.0.0.1:7400/ws`, or `wss://…` for an encrypted connection.
    pub url: String,
    pub role: Role,
    /// Unique among the clients of this role.
    pub name: ActorId,
    /// What the relay is told about this client; `None` for one that comes once.
    pub health: Option<Health>,
    pub timing: Timing,
    /// What a device comes in with where only enrolled ones are let in.
    pub credentials: Option<Credentials>,
    /// The relay's key, as an enrolled device knows it: for an outbox that has not heard a `welcome` yet.
    pub seal_to: Option<String>,
}

/// What a device comes in with.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    pub key: Arc<DeviceKey>,
    /// The certificate that the relay must have.
    pub pin: Option<Pin>,
    /// A code with which the device becomes enrolled.
    pub invite: Option<InviteCode>,
}

impl ClientConfig {
    /// A configuration with the usual timing.
    pub fn new(url: impl Into<String>, role: Role, name: ActorId) -> Self {
        let health = Some(Health::ours());
        let timing = Timing::default();
        Self { url: url.into(), role, name, health, timing, credentials: None, seal_to: None }
    }

    /// The configuration of an enrolled device.
    pub fn enrolled(url: impl Into<String>, identity: &Identity) -> Self {
        let new = Self::new(url, identity.role, identity.id.clone());
        Self { credentials: Some(identity.credentials()), seal_to: identity.seal_to(), ..new }
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
