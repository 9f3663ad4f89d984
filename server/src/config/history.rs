//! | variable | meaning | default |
//! |---|---|---|
//! | `HISTORY_ROLLUP_ENABLED` | whether hours of past days are read once and kept in files, where there is a folder for them | `true` |
//! | `HISTORY_ROLLUP_DIR` | folder of these files | `history-rollup` in the service's state directory (`STATE_DIRECTORY` of systemd), none without one |
//! | `HISTORY_ROLLUP_DAYS` | days before today that are kept, 1 to 3660 | 731 |
//! | `HISTORY_ROLLUP_CHECK_INTERVAL` | s between checks of days that may still change, 10 to 86400 | 300 |
//! | `HISTORY_ROLLUP_LOAD` | share of the time in which a statement for it may run, above 0 and up to 1 | 0.25 |

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::ranges::{ratio, whole};
use super::state_directory::in_state_directory;
use crate::history_rollup::Policy;

/// The folder of the files in the state directory.
const FOLDER: &str = "history-rollup";
/// Days that are expected to change.
const RECENT_DAYS: u16 = 7;
/// Time between checks of all other days.
const SWEEP: Duration = Duration::from_secs(86_400);

/// The roll-up of history.
#[derive(Args, Clone, Debug)]
pub struct HistorySettings {
    /// Whether hours of past days are read once and kept in files, where there is a folder for them, or read for every question
    #[arg(
        long,
        env = "HISTORY_ROLLUP_ENABLED",
        default_value = "true",
        action = clap::ArgAction::Set
    )]
    pub history_rollup_enabled: bool,
    /// Folder of these files, made when missing; without it history-rollup in the state directory that systemd gives the service
    #[arg(long, env = "HISTORY_ROLLUP_DIR", value_name = "DIR")]
    pub history_rollup_dir: Option<PathBuf>,
    /// Days before today that are kept, 1 to 3660; older ones are read for every question
    #[arg(long, env = "HISTORY_ROLLUP_DAYS", default_value = "731", value_parser = whole("HISTORY_ROLLUP_DAYS", 1..=3_660_u16))]
    pub history_rollup_days: u16,
    /// Seconds between checks of days that may still change, 10 to 86400
    #[arg(long, env = "HISTORY_ROLLUP_CHECK_INTERVAL", default_value = "300", value_parser = whole("HISTORY_ROLLUP_CHECK_INTERVAL", 10..=86_400_u64))]
    pub history_rollup_check_interval: u64,
    /// Share of the time in which a statement for it may run in the MES, above 0 and up to 1
    #[arg(long, env = "HISTORY_ROLLUP_LOAD", default_value = "0.25", value_parser = ratio("HISTORY_ROLLUP_LOAD"))]
    pub history_rollup_load: f64,
}

impl HistorySettings {
    /// Where the files are; `None` where no history is kept.
    pub fn folder(&self) -> Option<PathBuf> {
        self.folder_in(std::env::var_os("STATE_DIRECTORY"))
    }

    fn folder_in(&self, state: Option<OsString>) -> Option<PathBuf> {
        let folder = self.history_rollup_dir.clone().or_else(|| in_state_directory(state, FOLDER));
        folder.filter(|_| self.history_rollup_enabled)
    }

    /// How much is kept and how often it is looked at.
    pub fn policy(&self) -> Policy {
        Policy {
            days: self.history_rollup_days,
            recent: RECENT_DAYS,
            check_every: Duration::from_secs(self.history_rollup_check_interval),
            sweep_every: SWEEP,
            load: self.history_rollup_load,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        history: HistorySettings,
    }

    #[test]
    fn history_is_kept_where_there_is_a_folder_for_it() {
        let folder = |arguments: &[&str], state: Option<&str>| {
            let settings = Settings::parse_from([&["serve"], arguments].concat());
            let folder = settings.history.folder_in(state.map(OsString::from));
            folder.map(|folder| folder.display().to_string())
        };
        let given = &["--history-rollup-dir=/data/hours"];
        let off = &["--history-rollup-dir=/data/hours", "--history-rollup-enabled=false"];
        assert_eq!(folder(&[], None), None);
        assert_eq!(folder(&[], Some("")), None);
        let of_service = Some("/var/lib/mes-dashboard/history-rollup".to_owned());
        assert_eq!(folder(&[], Some("/var/lib/mes-dashboard")), of_service);
        assert_eq!(folder(&[], Some("/var/lib/mes-dashboard:/var/lib/other")), of_service);
        assert_eq!(folder(given, Some("/var/lib/x")).as_deref(), Some("/data/hours"));
        assert_eq!(folder(off, Some("/var/lib/x")), None);
    }
}
