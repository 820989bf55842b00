//! One look at a running relay, for `avatardesk relay status` and for the figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fleet::Client;
use super::hub::Hub;
use super::store::StoreState;
use crate::conversation::Time;
use crate::protocol::Role;

/// How a relay is. Nothing that was said is in it, and nothing about a visitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    /// The relay's clock.
    pub now: Time,
    pub started: Time,
    /// Whether clients may come: the store takes records and the relay is not stopping.
    pub ready: bool,
    pub stopping: bool,
    pub store: StoreState,
    /// The size of the log's files, where it has files.
    pub store_bytes: Option<u64>,
    pub open_conversations: u64,
    pub waiting_conversations: u64,
    pub loaded_conversations: u64,
    pub max_connections: u64,
    /// How many clients are connected, by role.
    pub connections: BTreeMap<Role, i64>,
    /// Who is here, and who was.
    pub clients: Vec<Client>,
}

impl Status {
    /// The relay as it is now.
    pub fn of(hub: &Hub, stopping: bool) -> Self {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let store = hub.store.state();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: hub.clock.now(),
            started: hub.started,
            ready: store == StoreState::Writable && !stopping,
            stopping,
            store,
            store_bytes: hub.log.size_bytes(),
            open_conversations: count(hub.lobby.count()),
            waiting_conversations: count(hub.lobby.waiting()),
            loaded_conversations: count(hub.loaded()),
            max_connections: count(hub.limits.max_connections),
            connections: hub.fleet.by_role().into_iter().collect(),
            clients: hub.fleet.list(),
        }
    }
}
