//! | variable | meaning | default |
//! |---|---|---|
//! | `DATABASE_URL` | the MES tables: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST[,HOST…]/NAME[?target_session_attrs=…]` | – |
//! | `MES_SCHEMA` | schema put before every table name | none |
//! | `MES_TABLE_LOTS` | work in progress | `DW_MES_LOT_V` |
//! | `MES_TABLE_RESOURCES` | equipment master | `DW_MES_RESOURCE` |
//! | `MES_TABLE_EQUIPMENT_STATUS` | real-time rows | `DW_MES_EQUIPMENTSTATUS_WIP_V` |
//! | `MES_TABLE_WORKCENTERS` | workcenter mapping | `DW_MES_SPEC_WORKCENTER_V` |
//! | `MES_TABLE_SHIFT_HOURS` | status hours by shift | `DW_MES_RESOURCESTATUS_SHIFT` |
//! | `MES_TABLE_JOBS` | maintenance jobs | `DW_MES_JOB` |
//! | `MES_TABLE_JOB_TRANSACTIONS` | transactions of maintenance jobs | `DW_MES_JOBTXNHISTORY` |
//! | `MES_TABLE_HOLDS` | holds and their releases; optional | `DW_MES_HOLDRELEASEHISTORY` |
//! | `MES_TABLE_CONTAINERS` | names of lots by container; optional | `DW_MES_CONTAINER` |
//! | `DB_POOL_SIZE` | connections for requests that stay open, 1 to 500 | 10 |
//! | `DB_MAX_OVERFLOW` | connections beyond those that a burst may open, 0 to 500 | 20 |
//! | `DB_POOL_TIMEOUT` | s a request waits for a connection to come free, 1 to 600 | 5 |
//! | `DB_POOL_RECYCLE` | s after which a connection is replaced, 10 to 86400 | 1800 |
//! | `DB_CALL_TIMEOUT_MS` | ms a call may take, 100 to 600000 | 20000 |
//! | `DB_SLOW_QUERY_MS` | ms from which a call is listed as slow, 1 to 600000 | 1000 |
//! | `DB_TCP_CONNECT_TIMEOUT` | s that opening a connection may take, 1 to 120 | 3 |
//! | `DB_POOL_EXHAUSTED_RETRY_AFTER_SECONDS` | s after which a rejected request may be retried, 1 to 300 | 5 |
//! | `DB_HEALTH_POOL_SIZE` | connections for health probes, 1 to 4 | 1 |
//! | `DB_HEALTH_POOL_TIMEOUT` | s a health probe may take, 1 to 60 | 2 |
//!
//! Of several hosts the one is used that fits `target_session_attrs`: `any`, `read-write`, `read-only`,
//! `primary`, `standby` or `prefer-standby`. `hostaddr`, `host` and `port` take lists too, as in libpq.
//!
//! Waiting, connecting and the call together stay below the 30 s that a browser waits.

use std::time::Duration;

use clap::Args;

use super::ranges::whole;
use super::secret::Address;
use crate::database::{LONGEST_RETRY_AFTER_SECS, PoolLimits};
use crate::source::TableNames;

/// Connections for requests.
#[derive(Args, Clone, Debug)]
pub struct PoolSettings {
    /// Connections for requests that stay open, 1 to 500
    #[arg(long = "db-pool-size", env = "DB_POOL_SIZE", default_value = "10", value_parser = whole("DB_POOL_SIZE", 1..=500_u32))]
    pub size: u32,
    /// Connections beyond those that a burst may open, 0 to 500
    #[arg(long = "db-max-overflow", env = "DB_MAX_OVERFLOW", default_value = "20", value_parser = whole("DB_MAX_OVERFLOW", 0..=500_u32))]
    pub max_overflow: u32,
    /// Seconds a request waits for a connection to come free, 1 to 600
    #[arg(long = "db-pool-timeout", env = "DB_POOL_TIMEOUT", default_value = "5", value_parser = whole("DB_POOL_TIMEOUT", 1..=600_u64))]
    pub timeout: u64,
    /// Seconds after which a connection is replaced, 10 to 86400
    #[arg(long = "db-pool-recycle", env = "DB_POOL_RECYCLE", default_value = "1800", value_parser = whole("DB_POOL_RECYCLE", 10..=86_400_u64))]
    pub recycle: u64,
    /// Milliseconds a database call may take, 100 to 600000
    #[arg(long = "db-call-timeout-ms", env = "DB_CALL_TIMEOUT_MS", default_value = "20000", value_parser = whole("DB_CALL_TIMEOUT_MS", 100..=600_000_u64))]
    pub call_timeout_ms: u64,
    /// Milliseconds from which a database call is listed as slow, 1 to 600000
    #[arg(long = "db-slow-query-ms", env = "DB_SLOW_QUERY_MS", default_value = "1000", value_parser = whole("DB_SLOW_QUERY_MS", 1..=600_000_u64))]
    pub slow_query_ms: u64,
    /// Seconds that opening a connection may take, 1 to 120
    #[arg(long = "db-tcp-connect-timeout", env = "DB_TCP_CONNECT_TIMEOUT", default_value = "3", value_parser = whole("DB_TCP_CONNECT_TIMEOUT", 1..=120_u64))]
    pub tcp_connect_timeout: u64,
    /// Seconds after which a request that found the pool exhausted may be retried, 1 to 300
    #[arg(long = "db-pool-exhausted-retry-after-seconds", env = "DB_POOL_EXHAUSTED_RETRY_AFTER_SECONDS", default_value = "5", value_parser = whole("DB_POOL_EXHAUSTED_RETRY_AFTER_SECONDS", 1..=LONGEST_RETRY_AFTER_SECS))]
    pub exhausted_retry_after_secs: u32,
    /// Connections for health probes, 1 to 4
    #[arg(long = "db-health-pool-size", env = "DB_HEALTH_POOL_SIZE", default_value = "1", value_parser = whole("DB_HEALTH_POOL_SIZE", 1..=4_u32))]
    pub health_size: u32,
    /// Seconds a health probe may take, 1 to 60
    #[arg(long = "db-health-pool-timeout", env = "DB_HEALTH_POOL_TIMEOUT", default_value = "2", value_parser = whole("DB_HEALTH_POOL_TIMEOUT", 1..=60_u64))]
    pub health_timeout: u64,
}

impl PoolSettings {
    /// Typed.
    pub fn limits(&self) -> PoolLimits {
        PoolLimits {
            size: self.size,
            max_overflow: self.max_overflow,
            wait: Duration::from_secs(self.timeout),
            recycle: Duration::from_secs(self.recycle),
            call_timeout: Duration::from_millis(self.call_timeout_ms),
            slow_call: Duration::from_millis(self.slow_query_ms),
            connect_timeout: Duration::from_secs(self.tcp_connect_timeout),
            exhausted_retry_after_secs: self.exhausted_retry_after_secs,
            health_size: self.health_size,
            health_timeout: Duration::from_secs(self.health_timeout),
        }
    }
}

/// The MES tables.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// Database with the MES tables: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<Address>,
    /// Schema put before every table name
    #[arg(long, env = "MES_SCHEMA", value_parser = identifier)]
    pub mes_schema: Option<String>,
    /// Table or view with the lots
    #[arg(long, env = "MES_TABLE_LOTS", default_value = "DW_MES_LOT_V", value_parser = identifier)]
    pub mes_table_lots: String,
    /// Table or view with the equipment master
    #[arg(long, env = "MES_TABLE_RESOURCES", default_value = "DW_MES_RESOURCE", value_parser = identifier)]
    pub mes_table_resources: String,
    /// Table or view with the real-time equipment rows
    #[arg(long, env = "MES_TABLE_EQUIPMENT_STATUS", default_value = "DW_MES_EQUIPMENTSTATUS_WIP_V", value_parser = identifier)]
    pub mes_table_equipment_status: String,
    /// Table or view that maps specs to workcenters
    #[arg(long, env = "MES_TABLE_WORKCENTERS", default_value = "DW_MES_SPEC_WORKCENTER_V", value_parser = identifier)]
    pub mes_table_workcenters: String,
    /// Table or view with the status hours by shift
    #[arg(long, env = "MES_TABLE_SHIFT_HOURS", default_value = "DW_MES_RESOURCESTATUS_SHIFT", value_parser = identifier)]
    pub mes_table_shift_hours: String,
    /// Table or view with the maintenance jobs
    #[arg(long, env = "MES_TABLE_JOBS", default_value = "DW_MES_JOB", value_parser = identifier)]
    pub mes_table_jobs: String,
    /// Table or view with the transactions of maintenance jobs
    #[arg(long, env = "MES_TABLE_JOB_TRANSACTIONS", default_value = "DW_MES_JOBTXNHISTORY", value_parser = identifier)]
    pub mes_table_job_transactions: String,
    /// Table or view with the holds and their releases; a site may have none
    #[arg(long, env = "MES_TABLE_HOLDS", default_value = "DW_MES_HOLDRELEASEHISTORY", value_parser = identifier)]
    pub mes_table_holds: String,
    /// Table or view with the names of lots by container; a site may have none
    #[arg(long, env = "MES_TABLE_CONTAINERS", default_value = "DW_MES_CONTAINER", value_parser = identifier)]
    pub mes_table_containers: String,
}

/// A table name as SQL spells it: names of any letters, apart by dots; in double quotes where a name
/// holds a dot. It is looked up in the catalogue and quoted before it reaches a statement.
fn identifier(text: &str) -> Result<String, String> {
    let is_plain = |letter: char| !letter.is_control() && letter != '\\' && letter != '\'';
    let is_closed = text.matches('"').count().is_multiple_of(2);
    if !text.trim().is_empty() && text.len() <= 256 && is_closed && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err("a table name is 1 to 256 bytes without ', \\ and control characters, and closes its \""
        .to_owned())
}

impl DatabaseSettings {
    /// Names of the source tables.
    pub fn table_names(&self) -> TableNames {
        let full = |name: &str| match &self.mes_schema {
            Some(schema) => format!("{schema}.{name}"),
            None => name.to_owned(),
        };
        TableNames {
            lots: full(&self.mes_table_lots),
            resources: full(&self.mes_table_resources),
            equipment_status: full(&self.mes_table_equipment_status),
            workcenters: full(&self.mes_table_workcenters),
            shift_hours: full(&self.mes_table_shift_hours),
            jobs: full(&self.mes_table_jobs),
            job_transactions: full(&self.mes_table_job_transactions),
            holds: full(&self.mes_table_holds),
            containers: full(&self.mes_table_containers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_package_accepts_the_longest_retry_after() {
        let client = include_str!("../../../web-wasm/src/mes_api/retry_after.rs");
        let bound = format!("LONGEST_RETRY_AFTER_SECS: u64 = {LONGEST_RETRY_AFTER_SECS};");
        assert!(client.contains(&bound));
    }

    #[test]
    fn names_of_any_letters_are_taken_and_what_ends_a_literal_is_not() {
        for name in ["dwh.DW_MES_LOT_V", "設備", "a b", "\"Mes X\".\"Dw_Mes_Lot_V\""] {
            assert!(identifier(name).is_ok(), "{name}");
        }
        for hostile in ["", " ", "x\"; drop table y", "x'; drop table y", "a\\'", "a\nb"] {
            assert!(identifier(hostile).is_err(), "{hostile}");
        }
    }
}
