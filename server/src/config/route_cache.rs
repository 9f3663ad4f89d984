//! | variable | meaning | default |
//! |---|---|---|
//! | `ROUTE_CACHE_L1_BYTES` | memory for answers, 0 to 1 TiB | 268435456 (256 MiB) |
//! | `ROUTE_CACHE_L2_MAX_BYTES` | largest answer that goes to Redis, 0 to 512 MiB | 8388608 (8 MiB) |
//! | `ROUTE_CACHE_TTL` | s that an answer is kept, 1 to 86400 | 300 |

use std::time::Duration;

use clap::Args;

use super::ranges::whole;
use crate::route_cache::RouteCacheLimits;

/// The cache of answers that cost a query.
#[derive(Args, Clone, Debug)]
pub struct RouteCacheSettings {
    /// Bytes of memory for answers that cost a query, 0 to 1099511627776
    #[arg(long, env = "ROUTE_CACHE_L1_BYTES", default_value = "268435456", value_parser = whole("ROUTE_CACHE_L1_BYTES", 0..=1_u64 << 40))]
    pub route_cache_l1_bytes: u64,
    /// Bytes of the largest answer that goes to Redis, 0 to 536870912
    #[arg(long, env = "ROUTE_CACHE_L2_MAX_BYTES", default_value = "8388608", value_parser = whole("ROUTE_CACHE_L2_MAX_BYTES", 0..=512_usize << 20))]
    pub route_cache_l2_max_bytes: usize,
    /// Seconds that such an answer is kept, 1 to 86400
    #[arg(long, env = "ROUTE_CACHE_TTL", default_value = "300", value_parser = whole("ROUTE_CACHE_TTL", 1..=86_400_u64))]
    pub route_cache_ttl: u64,
}

impl RouteCacheSettings {
    /// Typed.
    pub fn limits(&self) -> RouteCacheLimits {
        RouteCacheLimits {
            l1_bytes: self.route_cache_l1_bytes,
            l2_value_bytes: self.route_cache_l2_max_bytes,
            keep: Duration::from_secs(self.route_cache_ttl),
        }
    }
}
