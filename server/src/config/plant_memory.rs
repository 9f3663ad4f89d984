//! | variable | meaning | default |
//! |---|---|---|
//! | `PLANT_MEMORY_ENABLED` | whether published versions are kept, where there is a folder for them | `true` |
//! | `PLANT_MEMORY_DIR` | folder of these files | `plant-memory` in the service's state directory (`STATE_DIRECTORY` of systemd), none without one |
//! | `PLANT_MEMORY_INTERVAL` | s between kept versions of a table, 0 to 120 | 60 |
//! | `PLANT_MEMORY_DAYS` | days before today that are kept, 1 to 3660 | 35 |
//! | `PLANT_MEMORY_MAX_MIB` | MiB of all files, 16 to 1048576; the oldest shift goes first | 2048 |

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::ranges::whole;
use super::state_directory::in_state_directory;
use crate::plant_memory::Bounds;

/// The folder of the files in the state directory.
const FOLDER: &str = "plant-memory";

/// The plant's memory.
#[derive(Args, Clone, Debug)]
pub struct PlantMemorySettings {
    /// Whether published versions are kept, one file per shift, where there is a folder for them
    #[arg(
        long,
        env = "PLANT_MEMORY_ENABLED",
        default_value = "true",
        action = clap::ArgAction::Set
    )]
    pub plant_memory_enabled: bool,
    /// Folder of these files, made when missing; without it plant-memory in the state directory that systemd gives the service
    #[arg(long, env = "PLANT_MEMORY_DIR", value_name = "DIR")]
    pub plant_memory_dir: Option<PathBuf>,
    /// Seconds between kept versions of a table, 0 to 120; what is published in between is kept with the next
    #[arg(long, env = "PLANT_MEMORY_INTERVAL", default_value = "60", value_parser = whole("PLANT_MEMORY_INTERVAL", 0..=120_u64))]
    pub plant_memory_interval: u64,
    /// Days before today that are kept, 1 to 3660
    #[arg(long, env = "PLANT_MEMORY_DAYS", default_value = "35", value_parser = whole("PLANT_MEMORY_DAYS", 1..=3_660_u16))]
    pub plant_memory_days: u16,
    /// MiB of all files, 16 to 1048576; the oldest shift goes first
    #[arg(long, env = "PLANT_MEMORY_MAX_MIB", default_value = "2048", value_parser = whole("PLANT_MEMORY_MAX_MIB", 16..=1_048_576_u64))]
    pub plant_memory_max_mib: u64,
}

impl PlantMemorySettings {
    /// Where the files are; `None` where nothing is kept.
    pub fn folder(&self) -> Option<PathBuf> {
        let state = || in_state_directory(std::env::var_os("STATE_DIRECTORY"), FOLDER);
        let folder = self.plant_memory_dir.clone().or_else(state);
        folder.filter(|_| self.plant_memory_enabled)
    }

    /// Time between kept versions of a table.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.plant_memory_interval)
    }

    /// How much is kept.
    pub fn bounds(&self) -> Bounds {
        Bounds { days: self.plant_memory_days, bytes: self.plant_memory_max_mib << 20 }
    }
}
