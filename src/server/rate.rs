//! How many submissions a minute a form takes, and how many come from one corner of the network.
//!
//! Threat: a flood. And a server that writes down who came is a threat itself, so no address is kept: what is counted is a
//! number computed from the network's prefix with a key that dies with the process. It stays in memory for a minute.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use segel_core::id::FormName;

use crate::limits::Limits;
use crate::reject::Reject;

/// The two limits together.
#[derive(Debug)]
pub(crate) struct Rates {
    forms: Rate,
    networks: Rate,
    /// For statements and questions: a flood of submissions from a place must not cost its people their rights.
    rights: Rate,
    proxies: Vec<Network>,
}

/// Addresses that share their first bits: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
}

impl Rates {
    pub(crate) fn new(limits: &Limits, proxies: Vec<Network>) -> Self {
        Self {
            forms: Rate::new(limits.rate_form),
            networks: Rate::new(limits.rate_network),
            rights: Rate::new(limits.rate_network),
            proxies,
        }
    }

    /// Counts one submission of its sender, or refuses it.
    ///
    /// # Errors
    /// [`Reject::Rate`] with the seconds after which there is room again.
    pub(crate) fn admit_sender(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Reject> {
        self.networks.admit(prefix(self.sender(peer, headers)), Instant::now())
    }

    /// Counts one submission to a form, or refuses it.
    ///
    /// # Errors
    /// [`Reject::Rate`].
    pub(crate) fn admit_form(&self, form: &FormName) -> Result<(), Reject> {
        self.forms.admit(form, Instant::now())
    }

    /// The same for a statement, or a question how a submission stands: by the sender alone, and apart from submissions.
    ///
    /// # Errors
    /// [`Reject::Rate`].
    pub(crate) fn admit_rights(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Reject> {
        self.rights.admit(prefix(self.sender(peer, headers)), Instant::now())
    }

    /// Who sent it. `X-Forwarded-For` is written by anybody; only what our own proxies added to it counts, and that stands last.
    fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: &IpAddr| self.proxies.iter().any(|network| network.contains(*address));
        if !trusted(&peer) {
            return peer;
        }
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut nearest = peer;
        for word in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = parse_address(word.trim()) else { break };
            nearest = address;
            if !trusted(&address) {
                break;
            }
        }
        nearest
    }
}

impl Network {
    /// Reads an address, or an address and how many of its bits count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then(|| Self { first: number(address), bits: bits + 128 - most })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let ignored = 128 - self.bits;
        (number(address) ^ self.first).checked_shr(ignored).unwrap_or(0) == 0
    }
}

/// One limit: so many a minute, in any order within that minute.
#[derive(Debug)]
pub(crate) struct Rate {
    /// Between two that come evenly; nothing if there is no limit.
    pace: Option<Duration>,
    key: RandomState,
    started: Instant,
    /// For each key, until when its places are taken, counted from the start.
    taken: Mutex<HashMap<u64, Duration>>,
}

impl Rate {
    pub(crate) fn new(per_minute: u32) -> Self {
        let pace = MINUTE.checked_div(per_minute);
        Self { pace, key: RandomState::new(), started: Instant::now(), taken: Mutex::default() }
    }

    /// Counts one, or refuses it; what is refused is not counted.
    ///
    /// # Errors
    /// [`Reject::Rate`].
    pub(crate) fn admit(&self, who: impl Hash, now: Instant) -> Result<(), Reject> {
        let Some(pace) = self.pace else { return Ok(()) };
        let now = now.duration_since(self.started);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= KEYS {
            taken.retain(|_, until| *until > now);
            if taken.len() >= KEYS {
                taken.clear();
            }
        }
        let entry = taken.entry(self.key.hash_one(who)).or_default();
        let until = (*entry).max(now) + pace;
        if until > now + MINUTE {
            let wait = until.saturating_sub(now + MINUTE);
            return Err(Reject::Rate { seconds: wait.as_secs() + 1 });
        }
        *entry = until;
        Ok(())
    }
}

/// The part of an address that a provider gives to one customer, or to many behind one translator.
fn prefix(address: IpAddr) -> u128 {
    let number = number(address);
    let ignored = if Ipv6Addr::from_bits(number).to_ipv4_mapped().is_some() { 8 } else { 72 };
    number >> ignored
}

/// All addresses as one kind: an IPv4 address is the same however it is written.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Some proxies add the port.
fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

const MINUTE: Duration = Duration::from_secs(60);
/// Keys that are counted at once, 2 MiB. Then those are forgotten whose minute is over; if there are none, all: memory that a
/// stranger fills is worse than a minute that counts twice.
const KEYS: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(form: u32, network: u32, proxies: &[&str]) -> Rates {
        let limits = Limits { rate_form: form, rate_network: network, ..Limits::default() };
        Rates::new(&limits, proxies.iter().map(|text| Network::parse(text).unwrap()).collect())
    }

    fn forwarded(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap())).collect()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_minute_has_so_many_places_and_they_come_back_evenly() {
        let rate = Rate::new(60);
        let start = Instant::now();
        assert!((0..60).all(|_| rate.admit("a", start).is_ok()));
        assert_eq!(rate.admit("a", start), Err(Reject::Rate { seconds: 2 }));
        assert_eq!(rate.admit("b", start), Ok(()), "others are not concerned");
        let later = start + Duration::from_secs(10);
        assert_eq!((0..60).filter(|_| rate.admit("a", later).is_ok()).count(), 10);
        assert!((0..1000).all(|_| Rate::new(0).admit("a", start).is_ok()), "0 is no limit");
    }

    #[test]
    fn neighbours_count_together() {
        let none = HeaderMap::new();
        for (first, near, far) in [
            ("203.0.113.7", "203.0.113.200", "203.0.114.7"),
            ("2001:db8:0:1200::1", "2001:db8:0:12ff::9", "2001:db8:0:1300::1"),
            ("203.0.113.7", "::ffff:203.0.113.9", "::ffff:203.0.114.9"),
        ] {
            let rates = rates(0, 1, &[]);
            assert_eq!(rates.admit_sender(ip(first), &none), Ok(()));
            assert!(rates.admit_sender(ip(near), &none).is_err(), "{near}");
            assert_eq!(rates.admit_sender(ip(far), &none), Ok(()), "{far}");
        }
    }

    #[test]
    fn case_74_only_listed_proxies_are_believed() {
        let rates = rates(0, 0, &["127.0.0.1", "10.0.0.0/8"]);
        let sender = |peer, lines: &[&'static str]| rates.sender(ip(peer), &forwarded(lines)).to_string();
        assert_eq!(sender("198.51.100.1", &["203.0.113.7"]), "198.51.100.1", "a stranger says so");
        assert_eq!(sender("127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(sender("127.0.0.1", &["192.0.2.1, 203.0.113.7"]), "203.0.113.7", "what the stranger wrote himself");
        assert_eq!(sender("127.0.0.1", &["192.0.2.1", "203.0.113.7, 10.1.2.3"]), "203.0.113.7", "two proxies");
        assert_eq!(sender("127.0.0.1", &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(sender("127.0.0.1", &["rubbish"]), "127.0.0.1");
        assert_eq!(sender("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn networks_are_addresses_and_their_bits() {
        let contains = |network: &str, address: &str| Network::parse(network).unwrap().contains(ip(address));
        assert!(contains("0.0.0.0/0", "203.0.113.7") && contains("::/0", "203.0.113.7"));
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("::1", "::1") && !contains("::1", "::2"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "localhost", "10.0.0.0/"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
