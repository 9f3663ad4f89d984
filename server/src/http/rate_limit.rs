//! Rate limits per client and kind of request (GCRA, which refills evenly).
//!
//! A client is its network address; behind proxies that are trusted by number, the
//! address that the outermost of them saw, in any form that proxies write. What a client itself
//! writes into `X-Forwarded-For` is further left and never believed.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::forwarded;
use crate::serving::client_key;

/// Requests per window; a burst may use them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateBudget {
    /// Requests; 0 for any number.
    pub max_requests: u32,
    /// Length of the window, s.
    pub window_secs: u32,
}

/// A budget for each kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateBudgets {
    /// Reads of published data.
    pub read: RateBudget,
    /// Whatever queries the database.
    pub query: RateBudget,
    pub export: RateBudget,
    /// Changes.
    pub command: RateBudget,
}

/// The budget that a request of a route counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Reads published data.
    Read,
    /// Queries the database.
    Query,
    /// Writes a file.
    Export,
    /// Changes something.
    Command,
}

const CLASSES: usize = 4;

type Limiter<C> =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts requests by client and kind.
pub struct RateLimits<C: Clock = MonotonicClock> {
    limiters: [Option<Limiter<C>>; CLASSES],
    clock: C,
    trusted_proxies: usize,
    checks: AtomicU32,
    /// Whether a proxy was seen although none is trusted.
    has_unknown_proxy: AtomicBool,
}

/// Number of checks after which clients with a full budget are removed.
const FORGET_EVERY: u32 = 4096;

impl RateLimits {
    /// Limits by the system's clock.
    pub fn new(budgets: &RateBudgets, trusted_proxies: u8) -> Self {
        Self::with_clock(budgets, trusted_proxies, MonotonicClock)
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    fn with_clock(budgets: &RateBudgets, trusted_proxies: u8, clock: C) -> Self {
        let limiter = |budget: RateBudget| {
            let max = NonZeroU32::new(budget.max_requests)?;
            let every = Duration::from_secs(budget.window_secs.into()) / budget.max_requests;
            let quota = Quota::with_period(every)?.allow_burst(max);
            Some(RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()))
        };
        Self {
            limiters: [budgets.read, budgets.query, budgets.export, budgets.command].map(limiter),
            clock,
            trusted_proxies: trusted_proxies.into(),
            checks: AtomicU32::new(0),
            has_unknown_proxy: AtomicBool::new(false),
        }
    }

    /// Takes a place of a client.
    ///
    /// # Errors
    /// Seconds until the next place, rounded up, at least 1.
    pub fn take(&self, class: RateClass, client: IpAddr) -> Result<(), u32> {
        let Some(limiter) = &self.limiters[class as usize] else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiters.iter().flatten().for_each(RateLimiter::retain_recent);
        }
        limiter.check_key(&client_key(client)).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
        })
    }

    /// The client's address: the peer's, or behind trusted proxies the one that the outermost saw.
    pub fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let Some(place) = self.trusted_proxies.checked_sub(1) else {
            self.look_for_proxy(headers, peer);
            return peer;
        };
        let seen = forwarded::clients(headers);
        seen.into_iter().rev().nth(place).flatten().unwrap_or(peer)
    }

    /// Without trusted proxies all clients behind one count as a single client: logged once.
    fn look_for_proxy(&self, headers: &HeaderMap, peer: IpAddr) {
        if self.has_unknown_proxy.load(Ordering::Relaxed) || !forwarded::is_near(peer) {
            return;
        }
        if forwarded::clients(headers).iter().any(Option::is_some)
            && !self.has_unknown_proxy.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%peer, "{UNKNOWN_PROXY}");
        }
    }

    /// The problem with forwarded addresses that was seen, if any.
    pub fn warning(&self) -> Option<&'static str> {
        self.has_unknown_proxy.load(Ordering::Relaxed).then_some(UNKNOWN_PROXY)
    }
}

/// Requests come through a proxy that is not trusted.
const UNKNOWN_PROXY: &str = "requests come through a proxy, and TRUSTED_PROXIES is 0: everybody behind it \
    counts as one client, for rate limits and for attempts to sign in; set it to the number of proxies";

/// Extractor: the network address of the client; `None` for a request made inside the process.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// The address that `limits` count a request under.
    pub fn of(limits: &RateLimits, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self(peer.map(|ConnectInfo(peer)| limits.client(headers, peer.ip())))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const BUDGETS: RateBudgets = RateBudgets {
        read: RateBudget { max_requests: 0, window_secs: 60 },
        query: RateBudget { max_requests: 3, window_secs: 60 },
        export: RateBudget { max_requests: 1, window_secs: 1 },
        command: RateBudget { max_requests: 1, window_secs: 3600 },
    };

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_come_back_evenly_and_each_client_has_its_own() {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_clock(&BUDGETS, 0, clock.clone());
        let (one, other) = (address("10.0.0.1"), address("10.0.0.2"));
        for _ in 0..3 {
            assert_eq!(limits.take(RateClass::Query, one), Ok(()));
        }
        assert_eq!(limits.take(RateClass::Query, one), Err(20));
        assert_eq!(limits.take(RateClass::Query, other), Ok(()));
        clock.advance(Duration::from_millis(19_500));
        assert_eq!(limits.take(RateClass::Query, one), Err(1));
        clock.advance(Duration::from_millis(500));
        assert_eq!(limits.take(RateClass::Query, one), Ok(()));
        assert_eq!(limits.take(RateClass::Query, one), Err(20));
    }

    #[test]
    fn a_maximum_of_zero_is_no_limit_and_kinds_do_not_share() {
        let limits = RateLimits::with_clock(&BUDGETS, 0, FakeRelativeClock::default());
        let client = address("10.0.0.1");
        assert!((0..10_000).all(|_| limits.take(RateClass::Read, client).is_ok()));
        assert_eq!(limits.take(RateClass::Command, client), Ok(()));
        assert_eq!(limits.take(RateClass::Command, client), Err(3600));
        assert_eq!(limits.take(RateClass::Export, client), Ok(()));
        assert_eq!(limits.take(RateClass::Export, client), Err(1));
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 1.1.1.1".parse().unwrap());
        headers.append("x-forwarded-for", "2.2.2.2".parse().unwrap());
        let peer = address("10.0.0.9");
        let client = |trusted| {
            let clock = FakeRelativeClock::default();
            RateLimits::with_clock(&BUDGETS, trusted, clock).client(&headers, peer)
        };
        assert_eq!(client(0), peer);
        assert_eq!(client(1), address("2.2.2.2"));
        assert_eq!(client(2), address("1.1.1.1"));
        assert_eq!(client(9), peer);
        headers.append("x-forwarded-for", "nonsense".parse().unwrap());
        let limits = RateLimits::with_clock(&BUDGETS, 1, FakeRelativeClock::default());
        assert_eq!(limits.client(&headers, peer), peer);
    }

    #[test]
    fn a_client_behind_a_proxy_that_writes_ports_is_one_client_and_others_are_others() {
        let limits = RateLimits::with_clock(&BUDGETS, 1, FakeRelativeClock::default());
        let peer = address("10.0.0.9");
        let take = |written: &str| {
            let mut headers = HeaderMap::new();
            headers.append("x-forwarded-for", written.parse().unwrap());
            limits.take(RateClass::Command, limits.client(&headers, peer)).is_ok()
        };
        assert!(take("1.1.1.1:5000"));
        for same in ["1.1.1.1:5001", "1.1.1.1", " 1.1.1.1 ", "[::ffff:1.1.1.1]:7"] {
            assert!(!take(same), "{same}");
        }
        for other in ["1.1.1.2:5000", "[2001:db8::1]:5000", "[2001:db8:0:1::1]:5000"] {
            assert!(take(other), "{other}");
        }
        assert!(!take("2001:db8::2"), "of the same network");
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_told_of() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1".parse().unwrap());
        let warned = |trusted, peer: &str, headers: &HeaderMap| {
            let limits = RateLimits::with_clock(&BUDGETS, trusted, FakeRelativeClock::default());
            let client = limits.client(headers, address(peer));
            (client, limits.warning().is_some())
        };
        assert_eq!(warned(0, "10.0.0.9", &headers), (address("10.0.0.9"), true));
        assert!(warned(0, "127.0.0.1", &headers).1);
        assert!(!warned(0, "8.8.8.8", &headers).1, "untrusted clients may send any header");
        assert!(!warned(0, "10.0.0.9", &HeaderMap::new()).1);
        assert_eq!(warned(1, "10.0.0.9", &headers), (address("1.1.1.1"), false));
    }
}
