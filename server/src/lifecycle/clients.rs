//! How many connections each client holds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// One client may hold a whole IPv6 /64; an IPv4 address mapped into IPv6 is the same client.
pub fn client_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Connections by client.
#[derive(Debug)]
pub(super) struct Clients {
    most: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    clients: Arc<Clients>,
    client: IpAddr,
}

impl Clients {
    /// Each client may hold `most`.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// Counts another connection; `None` for one too many.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Held> {
        let client = client_key(address);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Held { clients: self.clone(), client })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.clients.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = held.entry(self.client) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_client_has_its_own_places_and_gets_them_back() {
        let clients = Clients::new(2);
        let first = clients.enter(address("10.0.0.1")).unwrap();
        let _second = clients.enter(address("::ffff:10.0.0.1")).unwrap();
        assert!(clients.enter(address("10.0.0.1")).is_none());
        assert!(clients.enter(address("10.0.0.2")).is_some());
        drop(first);
        assert!(clients.enter(address("10.0.0.1")).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_client_and_nobody_is_remembered() {
        let clients = Clients::new(1);
        let held = clients.enter(address("2001:db8::1")).unwrap();
        assert!(clients.enter(address("2001:db8::2")).is_none());
        assert!(clients.enter(address("2001:db8:0:1::1")).is_some());
        drop(held);
        assert!(clients.held.lock().unwrap().is_empty());
    }
}
