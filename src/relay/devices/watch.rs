//! Notices that a device was revoked, also by another process, and cuts it off; and which kiosks should be here.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::hub::Hub;
use super::model::Device;
use super::store::Devices;
use crate::conversation::Actor;
use crate::protocol::{CloseCode, Role};

/// How often the list is looked at: a revoked device is cut off within this time.
const EVERY: Duration = Duration::from_millis(250);

/// Looks at the list of devices, for ever.
pub async fn watch(hub: Arc<Hub>, devices: Arc<Devices>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut readable = true;
    loop {
        ticks.tick().await;
        let list = Arc::clone(&devices);
        let looked =
            tokio::task::spawn_blocking(
                move || {
                    if list.changed()? { list.list().map(Some) } else { Ok(None) }
                },
            );
        match looked.await {
            Ok(Ok(Some(mut devices))) => {
                devices.retain(|device| device.revoked_at.is_none());
                let enrolled: HashSet<Actor> = devices.iter().map(Device::actor).collect();
                hub.peers.close_where(CloseCode::Revoked, |actor| !enrolled.contains(actor));
                let kiosks = devices.iter().filter(|device| device.role == Role::Kiosk);
                hub.fleet.expect(kiosks.map(|d| (d.actor(), d.seen_at.unwrap_or(d.enrolled_at))));
                readable = true;
            }
            Ok(Ok(None)) => readable = true,
            Ok(Err(e)) => {
                if std::mem::replace(&mut readable, false) {
                    tracing::error!("a revoked device would not be noticed: {e}");
                }
            }
            Err(e) => return tracing::error!("the list of devices is not looked at any more: {e}"),
        }
    }
}
