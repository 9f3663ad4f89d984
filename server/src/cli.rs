//! Commands.

mod history;
mod installation;
mod users;
mod tokens;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand};
use plant_simulator::PlantSize;

use crate::config::{self, AppDatabaseSettings, Config, WatchdogConfig};
use crate::runtime_contract::EnvFile;

pub use history::{HistoryAction, HistoryCommand, run as run_history};
pub use installation::{CheckOptions, InstallOptions, UninstallOptions, check, install, uninstall};
pub use tokens::{TokenAction, TokenCommand, run as run_token};
pub use users::{UserAction, UserCommand, operating_user, run as run_user};

/// MES Dashboard: a live view of a semiconductor packaging plant.
#[derive(Debug, Parser)]
#[command(
    name = "mes-dashboard",
    version,
    about,
    after_help = "Examples:\n  mes-dashboard demo\n  DATABASE_URL=postgres://reader@db/mes mes-dashboard serve\n  mes-dashboard serve --database-url sqlite:plant.sqlite --bind-addr 0.0.0.0:8080\n  mes-dashboard secret\n  mes-dashboard user add chen --role admin\n  mes-dashboard install\n  mes-dashboard check\n  mes-dashboard openapi > openapi.json"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the dashboard over a MES database
    #[command(
        after_help = "Examples:\n  mes-dashboard serve --database-url sqlite:plant.sqlite\n  CACHE_CHECK_INTERVAL=60 DATABASE_URL=postgres://reader@db/mes mes-dashboard serve"
    )]
    Serve(Box<Config>),
    /// Carry out restarts of the worker that were asked for, and ask for one when it is stuck
    #[command(
        after_help = "Examples:\n  mes-dashboard watchdog\n  mes-dashboard watchdog --watchdog-runtime-dir /run/mes-dashboard --bind-addr 0.0.0.0:8080"
    )]
    Watchdog(Box<WatchdogConfig>),
    /// Answer on the socket of a supervisor; `serve` starts it
    #[command(hide = true)]
    Worker(Box<Config>),
    /// Simulate a plant and serve the dashboard over it
    #[command(
        after_help = "Examples:\n  mes-dashboard demo\n  mes-dashboard demo --port 0 --tick-ms 1000 --speed 3\n  mes-dashboard demo --data-dir /tmp/plant --fresh"
    )]
    Demo(DemoOptions),
    /// Bring the tables of the application's own database up to date; `serve` does so at its start
    #[command(
        after_help = "Example:\n  APP_DATABASE_URL=postgres://mes:PASSWORD@db/mes_app mes-dashboard migrate"
    )]
    Migrate(AppDatabaseSettings),
    /// Print a fresh random SECRET_KEY
    #[command(after_help = "Example:\n  echo SECRET_KEY=$(mes-dashboard secret) >> .env")]
    Secret,
    /// Compare the roll-up of history with the database, or have it read again
    #[command(
        after_help = "Examples:\n  mes-dashboard history verify\n  mes-dashboard history rebuild\n\nSettings are those of serve. Exit code of verify: 0 when all days are the same, 1 otherwise."
    )]
    History(Box<HistoryCommand>),
    /// Add, list and change local users
    User(UserCommand),
    /// Make, list and revoke tokens of scripts
    Token(TokenCommand),
    /// Compare the installation with what this program expects, and print how to fix it
    #[command(
        after_help = "Examples:\n  mes-dashboard check\n  mes-dashboard check --json | jq .drifts\n\nExit code: 0 without drift, 1 with."
    )]
    Check(CheckOptions),
    /// Write systemd units, user and environment file, and let systemd read them
    #[command(
        after_help = "Examples:\n  /opt/conda/envs/mes/bin/mes-dashboard install\n  mes-dashboard install --prefix /opt/conda/envs/mes\n  mes-dashboard install --prefix /opt/mes --root /mnt/image --files-only"
    )]
    Install(InstallOptions),
    /// Stop the services and remove what `install` wrote; settings and data stay
    #[command(
        after_help = "Examples:\n  mes-dashboard uninstall\n  mes-dashboard uninstall --purge"
    )]
    Uninstall(UninstallOptions),
    /// Print the description of the HTTP API
    Openapi,
}

/// How to run the demo.
#[derive(Args, Clone, Debug)]
pub struct DemoOptions {
    /// Port to listen on at 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Folder of the plant's database; a demo-data folder in the working directory by default
    #[arg(long, default_value = "demo-data")]
    pub data_dir: PathBuf,
    /// Seed of the simulation; equal seeds make equal plants
    #[arg(long, default_value_t = 20_261_120)]
    pub seed: u64,
    /// Lots of the plant
    #[arg(long, default_value_t = PlantSize::default().lots, value_parser = RangedU64ValueParser::<usize>::new().range(100..=1_000_000))]
    pub lots: usize,
    /// Machines of the plant
    #[arg(long, default_value_t = PlantSize::default().machines, value_parser = RangedU64ValueParser::<usize>::new().range(50..=100_000))]
    pub machines: usize,
    /// Milliseconds between two moves of the plant
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub tick_ms: u64,
    /// How fast lots move: 1 moves about 1.2 % of them every 5 s
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Make a new plant even where one is there
    #[arg(long)]
    pub fresh: bool,
    /// Make the plant and stop
    #[arg(long)]
    pub seed_only: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.01..=100.0).contains(&speed) => Ok(speed),
        _ => Err("give a number from 0.01 to 100".to_owned()),
    }
}

impl Cli {
    /// Every variable that a setting reads.
    fn variables() -> Vec<String> {
        let command = Self::command();
        let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
        let names = arguments.filter_map(|argument| argument.get_env());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    /// Variables of settings whose values are no UTF-8, which clap refuses without a name.
    pub fn unreadable_variables() -> Vec<String> {
        let is_unreadable =
            |name: &String| std::env::var_os(name).is_some_and(|value| value.to_str().is_none());
        Self::variables().into_iter().filter(is_unreadable).collect()
    }

    /// Variables of our prefixes or of the settings file that no setting reads, with the nearest
    /// known name.
    pub fn unknown_variables(file: &EnvFile) -> Vec<String> {
        let known = Self::variables();
        // `vars` would panic at a variable of somebody else's that is no text.
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        let names: Vec<String> = names.collect();
        config::unknown_variables(names.iter().map(String::as_str), &known, |name| {
            file.get(name).is_some()
        })
        .into_iter()
        .map(|(name, near)| match near {
            Some(near) => format!("{name} is not a setting; did you mean {near}?"),
            None => format!("{name} is not a setting"),
        })
        .collect()
    }
}
