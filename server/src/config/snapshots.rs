//! | variable | meaning | default |
//! |---|---|---|
//! | `CACHE_CHECK_INTERVAL` | s between checks for new lots | 600 |
//! | `RESOURCE_SYNC_INTERVAL` | s between checks of the equipment master and the workcenter mapping | 14400 |
//! | `EQUIPMENT_STATUS_SYNC_INTERVAL` | s between reads of the real-time rows | 300 |
//! | `CACHE_FULL_READ_INTERVAL` | longest time in s between reads of a whole table, also without a detected change | 600 |
//! | `SNAPSHOT_READ_TIMEOUT` | s for one answer of the database to a refresher, 1 to 3600 | 60 |
//! | `SNAPSHOT_SHARING_ENABLED` | whether servers with one `REDIS_URL` read the tables once for all of them | `true` |
//! | `SNAPSHOT_HISTORY` | versions kept to answer deltas, 1 to 64 | 8 |
//! | `SNAPSHOT_ZSTD_LEVEL` `SNAPSHOT_BROTLI_LEVEL` `SNAPSHOT_GZIP_LEVEL` | how hard to compress | 9, 5, 6 |

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::snapshot::{CompressionLevels, Intervals};

/// Snapshots.
#[derive(Args, Clone, Debug)]
pub struct SnapshotSettings {
    /// Seconds between checks for new lots, 1 to 86400
    #[arg(long, env = "CACHE_CHECK_INTERVAL", default_value = "600", value_parser = seconds())]
    pub cache_check_interval: u64,
    /// Seconds between checks of the equipment master and the workcenter mapping, 1 to 86400
    #[arg(long, env = "RESOURCE_SYNC_INTERVAL", default_value = "14400", value_parser = seconds())]
    pub resource_sync_interval: u64,
    /// Seconds between reads of the real-time equipment rows, 1 to 86400
    #[arg(long, env = "EQUIPMENT_STATUS_SYNC_INTERVAL", default_value = "300", value_parser = seconds())]
    pub equipment_status_sync_interval: u64,
    /// Longest time in seconds between reads of a whole table, also without a detected change, 1 to 86400
    #[arg(long, env = "CACHE_FULL_READ_INTERVAL", default_value = "600", value_parser = seconds())]
    pub cache_full_read_interval: u64,
    /// Seconds for one answer of the database to a refresher, 1 to 3600
    #[arg(long, env = "SNAPSHOT_READ_TIMEOUT", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub snapshot_read_timeout: u64,
    /// Whether servers with one REDIS_URL read the tables once for all of them; each reads for itself otherwise
    #[arg(
        long,
        env = "SNAPSHOT_SHARING_ENABLED",
        default_value = "true",
        action = clap::ArgAction::Set
    )]
    pub snapshot_sharing_enabled: bool,
    /// Versions of each dataset that are kept to answer deltas, 1 to 64
    #[arg(long = "snapshot-history", env = "SNAPSHOT_HISTORY", default_value = "8", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub history: u8,
    /// zstd level, 1 to 22
    #[arg(long, env = "SNAPSHOT_ZSTD_LEVEL", default_value = "9", value_parser = clap::value_parser!(i32).range(1..=22))]
    pub snapshot_zstd_level: i32,
    /// Brotli level, 0 to 11
    #[arg(long, env = "SNAPSHOT_BROTLI_LEVEL", default_value = "5", value_parser = clap::value_parser!(u32).range(0..=11))]
    pub snapshot_brotli_level: u32,
    /// gzip level, 0 to 9
    #[arg(long, env = "SNAPSHOT_GZIP_LEVEL", default_value = "6", value_parser = clap::value_parser!(u32).range(0..=9))]
    pub snapshot_gzip_level: u32,
}

fn seconds() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=86_400)
}

impl SnapshotSettings {
    /// Time between checks.
    pub fn intervals(&self) -> Intervals {
        Intervals {
            wip: Duration::from_secs(self.cache_check_interval),
            resource: Duration::from_secs(self.resource_sync_interval),
            equipment: Duration::from_secs(self.equipment_status_sync_interval),
            full_read: Duration::from_secs(self.cache_full_read_interval),
            longest_read: Duration::from_secs(self.snapshot_read_timeout),
        }
    }

    /// How hard to compress.
    pub fn levels(&self) -> CompressionLevels {
        CompressionLevels {
            zstd: self.snapshot_zstd_level,
            brotli: self.snapshot_brotli_level,
            gzip: self.snapshot_gzip_level,
        }
    }
}
