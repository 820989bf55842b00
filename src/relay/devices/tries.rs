//! How often an address may try a code.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::conversation::Time;

/// Wrong codes from one address within `WINDOW_MS`; more are not looked at.
pub const TRIES_MAX: u32 = 10;
/// After so long an address may try again.
const WINDOW_MS: u64 = 10 * 60 * 1000;
/// Addresses that are remembered. When there are more, nobody new may try until some are forgotten.
const ADDRESSES_MAX: usize = 4_096;

/// The wrong codes of each address.
#[derive(Debug, Default)]
pub struct Tries {
    // A plain mutex: nothing waits while it is held.
    failed: Mutex<HashMap<IpAddr, (u32, Time)>>,
}

impl Tries {
    /// Whether this address may try a code now; if so, the try is counted.
    pub fn take(&self, address: IpAddr, now: Time) -> bool {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= ADDRESSES_MAX {
            failed.retain(|_, (_, since)| now.since_ms(*since) < WINDOW_MS);
        }
        let address = network(address);
        if failed.len() >= ADDRESSES_MAX && !failed.contains_key(&address) {
            return false;
        }
        let (count, since) = failed.entry(address).or_insert((0, now));
        if now.since_ms(*since) >= WINDOW_MS {
            (*count, *since) = (0, now);
        }
        *count = count.saturating_add(1);
        *count <= TRIES_MAX
    }

    /// The code was good: the tries before it count no more.
    pub fn forgive(&self, address: IpAddr) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(&network(address));
    }
}

/// Whoever has one address of IPv6 has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_try_a_few_times_in_ten_minutes() {
        let tries = Tries::default();
        let (one, other): (IpAddr, IpAddr) = ("2001:db8::1".parse().unwrap(), "10.0.0.1".parse().unwrap());
        let neighbour: IpAddr = "2001:db8::2".parse().unwrap();
        for n in 0..TRIES_MAX {
            assert!(tries.take(one, Time(n.into())));
        }
        assert!(!tries.take(one, Time(99)) && !tries.take(neighbour, Time(99)));
        assert!(tries.take(other, Time(99)));
        assert!(tries.take(one, Time(WINDOW_MS)));
    }

    #[test]
    fn a_good_code_makes_up_for_the_wrong_ones() {
        let tries = Tries::default();
        let one: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        for _ in 0..=TRIES_MAX {
            tries.take(one, Time(1));
        }
        assert!(!tries.take(one, Time(1)));
        tries.forgive("10.0.0.1".parse().unwrap());
        assert!(tries.take(one, Time(1)));
    }

    #[test]
    fn too_many_addresses_are_not_remembered() {
        let tries = Tries::default();
        for n in 0..u32::try_from(ADDRESSES_MAX).unwrap() {
            assert!(tries.take(IpAddr::V4(n.into()), Time(1)));
        }
        let new = IpAddr::V4(u32::MAX.into());
        assert!(!tries.take(new, Time(2)) && tries.take(IpAddr::V4(0u32.into()), Time(2)));
        assert!(tries.take(new, Time(1 + WINDOW_MS)));
    }
}
