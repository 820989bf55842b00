//! How many connections each address has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts connections by address.
#[derive(Debug)]
pub struct Addresses {
    max: usize,
    /// Behind the addresses of this machine there may be a tunnel or a proxy with many clients.
    max_loopback: usize,
    // A plain mutex: nothing waits while it is held.
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection; leaves when it is dropped.
#[derive(Debug)]
pub struct Place {
    addresses: Arc<Addresses>,
    from: IpAddr,
}

impl Addresses {
    /// Nobody is here; at most `max` may come from one address, `max_loopback` from one of this machine.
    pub fn new(max: usize, max_loopback: usize) -> Arc<Self> {
        Arc::new(Self { max, max_loopback, counts: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection, if this address may have one more.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let from = owner(address);
        let max = if from.is_loopback() { self.max_loopback } else { self.max };
        let mut counts = self.lock();
        let count = counts.get(&from).copied().unwrap_or(0);
        if count >= max {
            return None;
        }
        counts.insert(from, count + 1);
        drop(counts);
        Some(Place { addresses: Arc::clone(self), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.addresses.lock();
        match counts.get_mut(&self.from) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.from)),
        }
    }
}

/// Who uses an address: of IPv6 one customer has a whole network of 64 bits.
fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_so_many_places_and_gets_them_back() {
        let addresses = Addresses::new(2, 3);
        let enter = |a: &str| addresses.enter(a.parse().unwrap());
        let first = (enter("192.0.2.1"), enter("192.0.2.1"));
        assert!(first.0.is_some() && first.1.is_some());
        assert!(enter("192.0.2.1").is_none() && enter("::ffff:192.0.2.1").is_none());
        assert!(enter("192.0.2.2").is_some());
        drop(first);
        assert!(enter("192.0.2.1").is_some());
        // Whoever has one address of the network has all of them.
        let _two = (enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap());
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::1").is_some());
        let _three = [(); 3].map(|()| enter("127.0.0.1").unwrap());
        assert!(enter("127.0.0.1").is_none() && enter("::1").is_some());
        drop((_two, _three));
        assert!(addresses.lock().is_empty());
    }
}
