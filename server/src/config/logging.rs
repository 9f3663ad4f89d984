//! | variable | meaning | default |
//! |---|---|---|
//! | `LOG_FORMAT` | `auto` (text on terminals, JSON elsewhere), `text` or `json` | `auto` |
//! | `LOG_LEVEL` | a `tracing` filter such as `info` or `warn,mes_dashboard=debug` | `info` |
//! | `LOG_STORE_FILE` | SQLite file with a bounded copy for administrators | none |
//! | `LOG_STORE_MAX_ENTRIES` | entries of it, 1000 to 10000000 | 100000 |
//! | `LOG_STORE_RETENTION_DAYS` | days of it, 1 to 3650 | 14 |

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::ranges::whole;
use crate::log_store::{LogLayer, LogLimits};
use crate::telemetry::{LogLines, log_panic};

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on terminals, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

/// Logs.
#[derive(Args, Clone, Debug)]
pub struct LogSettings {
    /// Form of the log on standard error
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "auto")]
    pub log_format: LogFormat,
    /// Which events are logged, a tracing filter
    #[arg(long, env = "LOG_LEVEL", default_value = "info", value_parser = filter)]
    pub log_level: String,
    /// SQLite file with a bounded copy of the log that administrators can read and search
    #[arg(long, env = "LOG_STORE_FILE", value_name = "FILE")]
    pub log_store_file: Option<PathBuf>,
    /// Entries that the file may hold, 1000 to 10000000
    #[arg(long, env = "LOG_STORE_MAX_ENTRIES", default_value = "100000", value_parser = whole("LOG_STORE_MAX_ENTRIES", 1_000..=10_000_000_u64))]
    pub log_store_max_entries: u64,
    /// Days that an entry is kept in the file, 1 to 3650
    #[arg(long, env = "LOG_STORE_RETENTION_DAYS", default_value = "14", value_parser = whole("LOG_STORE_RETENTION_DAYS", 1..=3_650_u64))]
    pub log_store_retention_days: u64,
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl LogSettings {
    /// Starts logging to standard error, until the process ends with what this returns. A second call
    /// in one process does nothing.
    pub fn start(&self) -> LogLines {
        let terminal = std::io::stderr().is_terminal();
        let json = match self.log_format {
            LogFormat::Json => true,
            LogFormat::Text => false,
            LogFormat::Auto => !terminal,
        };
        let (writer, log_lines) = LogLines::to_standard_error();
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(writer)
            .with_ansi(terminal && std::env::var_os("NO_COLOR").is_none());
        let lines = if json { lines.json().boxed() } else { lines.boxed() };
        let filter = EnvFilter::new(&self.log_level);
        let log = tracing_subscriber::registry().with(filter).with(lines).with(LogLayer);
        // A subscriber that is already there stays.
        if log.try_init().is_ok() {
            std::panic::set_hook(Box::new(log_panic));
        }
        log_lines
    }

    /// How much the file may hold.
    pub fn store_limits(&self) -> LogLimits {
        LogLimits {
            max_entries: self.log_store_max_entries,
            retention: Duration::from_secs(self.log_store_retention_days * 86_400),
        }
    }
}
