//! `mes-dashboard`: see `mes-dashboard --help`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use listenfd::ListenFd;
use mes_dashboard::app::ListenerSource;
use mes_dashboard::cli::{Cli, Command};
use mes_dashboard::runtime_contract::EnvFile;
use mes_dashboard::{app, cli, demo, routes};
use tokio_util::sync::CancellationToken;

/// Exit code for a command line or setting that can't be used.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    // Both change the environment: done before threads are started, and after the variables were
    // read.
    let environment = std::env::vars_os().collect();
    let handed = ListenFd::from_env();
    let dot_env = match EnvFile::load_if_there(Path::new(".env")) {
        Ok(file) => file,
        Err(error) => return report(&error.to_string(), USAGE),
    };
    add_to_environment(&dot_env);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            // Nothing is left to report to when the terminal is gone.
            let _ = error.print();
            if error.kind() == ErrorKind::InvalidUtf8 {
                for variable in Cli::unreadable_variables() {
                    report(&format!("{variable} is not UTF-8 text"), code);
                }
            }
            return ExitCode::from(code);
        }
    };
    // A connection is a file to the system, whose usual 1,024 are fewer than the program may serve.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        report(&format!("the limit of open files stays as it is: {error}"), 0);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return report(&error.to_string(), 1),
    };
    match runtime.block_on(run(cli.command, handed, environment, &dot_env)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => report(&error.to_string(), error.exit_code()),
    }
}

/// Adds the settings of a file; what the environment has already wins.
fn add_to_environment(file: &EnvFile) {
    let missing = file.settings().filter(|(name, _)| std::env::var_os(name).is_none());
    let missing: Vec<_> = missing.collect();
    for (name, value) in missing {
        #[expect(unsafe_code, reason = "the standard library has no other way")]
        // SAFETY: there is one thread yet.
        unsafe {
            std::env::set_var(name, value);
        }
    }
}

/// What a process is started with: names and values.
type Environment = Vec<(OsString, OsString)>;

async fn run(
    command: Command,
    mut handed: ListenFd,
    environment: Environment,
    dot_env: &EnvFile,
) -> Result<u8, app::ServeError> {
    let stop = CancellationToken::new();
    match command {
        Command::Serve(config) => {
            let _log = config.log.start();
            return app::supervise(&config, &mut handed, environment).await;
        }
        Command::Worker(config) => {
            let _log = config.log.start();
            for warning in Cli::unknown_variables(dot_env) {
                tracing::warn!("{warning}");
            }
            for (name, line, later) in dot_env.replaced() {
                tracing::warn!(file = ".env", line, later, "{name} is set again");
            }
            let listener = ListenerSource::handed_over(&mut handed)?;
            app::stop_on_signals(stop.clone())?;
            app::serve(*config, listener, stop).await?;
        }
        Command::Watchdog(config) => {
            let _log = config.log.start();
            app::stop_on_signals(stop.clone())?;
            app::watch(&config, stop).await?;
        }
        Command::Demo(options) => {
            app::stop_on_signals(stop.clone())?;
            demo::run(options, stop).await?;
        }
        Command::Migrate(database) => app::migrate(&database).await?,
        Command::Secret => app::print_secret(&mut std::io::stdout().lock())?,
        Command::History(command) => {
            let _log = command.config.log.start();
            return cli::run_history(&command, &mut std::io::stdout()).await;
        }
        Command::User(command) => {
            let (mut input, mut out) = (std::io::stdin().lock(), std::io::stdout());
            cli::run_user(command, &cli::operating_user(), &mut input, &mut out).await?;
        }
        Command::Token(command) => {
            cli::run_token(command, &cli::operating_user(), &mut std::io::stdout()).await?;
        }
        Command::Check(options) => cli::check(&options, &mut std::io::stdout().lock())?,
        Command::Install(options) => cli::install(&options, &mut std::io::stdout().lock())?,
        Command::Uninstall(options) => {
            cli::uninstall(&options, &mut std::io::stdout().lock())?;
        }
        Command::Openapi => routes::print_openapi(&mut std::io::stdout().lock())?,
    }
    Ok(0)
}

#[expect(clippy::print_stderr, reason = "a command reports its failure there")]
fn report(message: &str, code: u8) -> ExitCode {
    eprintln!("mes-dashboard: {message}");
    ExitCode::from(code)
}
