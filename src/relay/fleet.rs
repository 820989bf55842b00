//! Who is here and who was, as the host sees them from one place: identity, version, health, last visit.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::conversation::{Actor, Time};
use crate::protocol::{Health, Role};

/// The most clients that are remembered after they have left; the one that left first is forgotten first.
pub const AWAY_MAX: usize = 1_000;

/// One client. Nothing of it is about a visitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub role: Role,
    pub name: String,
    pub here: bool,
    /// When it came, or when it left.
    pub since: Time,
    /// What it says about itself, if it does.
    pub health: Option<Health>,
    /// When the newest conversation of this kiosk began, as far as the relay remembers.
    pub last_visit: Option<Time>,
}

/// The clients that are connected, and those of which somebody might ask where they are.
#[derive(Debug, Default)]
pub struct Fleet {
    // A plain mutex: nothing waits while it is held.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    clients: HashMap<Actor, Client>,
    /// The kiosks that should be here.
    expected: HashSet<Actor>,
}

impl Fleet {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These kiosks are enrolled, each with when it was here last: who is not here is missed. No others are expected.
    pub fn expect(&self, kiosks: impl IntoIterator<Item = (Actor, Time)>) {
        let mut inner = self.lock();
        let Inner { clients, expected } = &mut *inner;
        expected.clear();
        for (actor, since) in kiosks.into_iter().take(AWAY_MAX) {
            clients.entry(actor.clone()).or_insert_with(|| Client {
                role: Role::Kiosk,
                name: actor.id.to_string(),
                here: false,
                since,
                health: None,
                last_visit: None,
            });
            expected.insert(actor);
        }
        // One that was revoked is missed no more.
        clients.retain(|actor, client| client.here || client.role != Role::Kiosk || expected.contains(actor));
        forget_surplus(clients);
    }

    /// A client has come.
    pub fn joined(&self, actor: &Actor, role: Role, now: Time) {
        let mut inner = self.lock();
        let client = inner.clients.entry(actor.clone()).or_insert_with(|| Client {
            role,
            name: actor.id.to_string(),
            here: true,
            since: now,
            health: None,
            last_visit: None,
        });
        (client.here, client.since) = (true, now);
    }

    /// A client has gone. It is remembered if it has ever said how it is, or should be here.
    pub fn left(&self, actor: &Actor, now: Time) {
        let mut inner = self.lock();
        let Inner { clients, expected } = &mut *inner;
        match clients.get_mut(actor) {
            Some(client) if client.health.is_some() || expected.contains(actor) => {
                (client.here, client.since) = (false, now);
            }
            _ => drop(clients.remove(actor)),
        }
        forget_surplus(clients);
    }

    /// A client says how it is.
    pub fn reported(&self, actor: &Actor, health: Health) {
        if let Some(client) = self.lock().clients.get_mut(actor) {
            client.health = Some(health);
        }
    }

    /// A conversation of this kiosk began.
    pub fn visited(&self, kiosk: &Actor, at: Time) {
        if let Some(client) = self.lock().clients.get_mut(kiosk) {
            client.last_visit = client.last_visit.max(Some(at));
        }
    }

    /// All, by role and name.
    pub fn list(&self) -> Vec<Client> {
        let mut list: Vec<Client> = self.lock().clients.values().cloned().collect();
        list.sort_by(|a, b| (a.role as u8, &a.name).cmp(&(b.role as u8, &b.name)));
        list
    }

    /// How many are connected, by role.
    pub fn by_role(&self) -> HashMap<Role, i64> {
        let mut counts = HashMap::new();
        for client in self.lock().clients.values().filter(|c| c.here) {
            *counts.entry(client.role).or_default() += 1;
        }
        counts
    }
}

/// Forgets who left first, until there is room.
fn forget_surplus(clients: &mut HashMap<Actor, Client>) {
    loop {
        let away = clients.iter().filter(|(_, c)| !c.here);
        if away.clone().count() <= AWAY_MAX {
            return;
        }
        let Some(first) = away.min_by_key(|(_, c)| c.since).map(|(a, _)| a.clone()) else { return };
        clients.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::ActorKind;

    fn kiosk(n: usize) -> Actor {
        Actor { id: format!("kiosk-{n}").parse().unwrap(), kind: ActorKind::Visitor }
    }

    #[test]
    fn who_told_its_health_is_remembered_and_not_more_than_so_many() {
        let fleet = Fleet::default();
        fleet.joined(&kiosk(0), Role::Kiosk, Time(1));
        fleet.visited(&kiosk(0), Time(3));
        fleet.visited(&kiosk(0), Time(2));
        fleet.left(&kiosk(0), Time(4));
        assert_eq!(fleet.list(), []);
        for n in 0..AWAY_MAX + 7 {
            fleet.joined(&kiosk(n), Role::Kiosk, Time(5));
            fleet.reported(&kiosk(n), Health::ours());
            fleet.visited(&kiosk(n), Time(6));
            fleet.left(&kiosk(n), Time(10 + n as u64));
        }
        let list = fleet.list();
        assert_eq!(list.len(), AWAY_MAX);
        assert!(!list.iter().any(|c| c.name == "kiosk-6") && list.iter().any(|c| c.name == "kiosk-7"));
        assert!(list.iter().all(|c| !c.here && c.last_visit == Some(Time(6))));
        fleet.joined(&kiosk(9), Role::Kiosk, Time(20));
        assert_eq!(fleet.by_role().get(&Role::Kiosk), Some(&1));
        let back = fleet.list().into_iter().find(|c| c.name == "kiosk-9").unwrap();
        assert_eq!((back.here, back.since, back.health), (true, Time(20), Some(Health::ours())));
    }

    #[test]
    fn an_enrolled_kiosk_is_missed_until_it_comes_or_is_revoked() {
        let fleet = Fleet::default();
        fleet.expect([(kiosk(1), Time(3)), (kiosk(2), Time(4))]);
        let seen = |fleet: &Fleet| fleet.list().iter().map(|c| (c.here, c.since)).collect::<Vec<_>>();
        assert_eq!(seen(&fleet), [(false, Time(3)), (false, Time(4))]);
        fleet.joined(&kiosk(1), Role::Kiosk, Time(5));
        // It left before it said how it is.
        fleet.left(&kiosk(1), Time(6));
        fleet.joined(&kiosk(2), Role::Kiosk, Time(7));
        assert_eq!(seen(&fleet), [(false, Time(6)), (true, Time(7))]);
        fleet.expect([]);
        assert_eq!(seen(&fleet), [(true, Time(7))]);
        fleet.left(&kiosk(2), Time(8));
        assert_eq!(fleet.list(), []);
    }
}
