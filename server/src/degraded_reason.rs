//! Why the server is degraded: one word for `/health`, metrics, events and failures.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Why the server is degraded. Where several hold, the first in this order is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum DegradedReason {
    /// The MES database can't be reached.
    DatabaseUnreachable,
    /// The MES database rejects the role, its password or its rights.
    DatabaseLoginRefused,
    /// The MES database is locked or has no connection left.
    DatabaseBusy,
    /// The MES database responds, and no table can be read.
    TablesUnreadable,
    /// The MES database failed too often; no calls until the circuit breaker tries again.
    CircuitBreakerOpen,
    /// All connections of the pool are in use.
    DbPoolSaturated,
    /// A connection has been held for longer than three call timeouts.
    DbPoolLeakSuspected,
    /// The application's own database can't be reached.
    AppDatabaseUnavailable,
    /// The disk of the application's own database is full.
    AppDatabaseFull,
    /// The application's own database rejects writes.
    AppDatabaseReadOnly,
    /// Redis can't be reached.
    RedisUnavailable,
    /// Redis can be reached, and calls to it fail.
    RouteCacheDegraded,
    /// A dataset could not be refreshed.
    CacheStale,
}

impl DegradedReason {
    pub const ALL: [Self; 13] = [
        Self::DatabaseUnreachable,
        Self::DatabaseLoginRefused,
        Self::DatabaseBusy,
        Self::TablesUnreadable,
        Self::CircuitBreakerOpen,
        Self::DbPoolSaturated,
        Self::DbPoolLeakSuspected,
        Self::AppDatabaseUnavailable,
        Self::AppDatabaseFull,
        Self::AppDatabaseReadOnly,
        Self::RedisUnavailable,
        Self::RouteCacheDegraded,
        Self::CacheStale,
    ];

    /// As it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::DatabaseUnreachable => "database_unreachable",
            Self::DatabaseLoginRefused => "database_login_refused",
            Self::DatabaseBusy => "database_busy",
            Self::TablesUnreadable => "tables_unreadable",
            Self::CircuitBreakerOpen => "circuit_breaker_open",
            Self::DbPoolSaturated => "db_pool_saturated",
            Self::DbPoolLeakSuspected => "db_pool_leak_suspected",
            Self::AppDatabaseUnavailable => "app_database_unavailable",
            Self::AppDatabaseFull => "app_database_full",
            Self::AppDatabaseReadOnly => "app_database_read_only",
            Self::RedisUnavailable => "redis_unavailable",
            Self::RouteCacheDegraded => "route_cache_degraded",
            Self::CacheStale => "cache_stale",
        }
    }

    /// No call to the MES database gets through.
    pub fn is_of_database(self) -> bool {
        matches!(self, Self::DatabaseUnreachable | Self::DatabaseLoginRefused | Self::DatabaseBusy)
    }
}

impl Serialize for DegradedReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_description_lists_the_names() {
        let schema = serde_json::to_value(DegradedReason::schema()).unwrap();
        assert_eq!(
            schema["enum"],
            serde_json::json!(DegradedReason::ALL.map(DegradedReason::name))
        );
    }
}
