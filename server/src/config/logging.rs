//! | variable | meaning | default |
//! |---|---|---|
//! | `LOG_FORMAT` | `auto` (text on terminals, JSON elsewhere), `text` or `json` | `auto` |
//! | `LOG_LEVEL` | a `tracing` filter such as `info` or `warn,mes_dashboard=debug` | `info` |

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on terminals, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
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
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl LogSettings {
    /// Starts logging to standard error. A second call in one process does nothing.
    pub fn start(&self) {
        let terminal = std::io::stderr().is_terminal();
        let json = match self.log_format {
            LogFormat::Json => true,
            LogFormat::Text => false,
            LogFormat::Auto => !terminal,
        };
        let builder = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.log_level))
            .with_writer(std::io::stderr)
            .with_ansi(terminal && std::env::var_os("NO_COLOR").is_none());
        // A subscriber that is already there stays.
        let _ = if json { builder.json().try_init() } else { builder.try_init() };
    }
}
