//! `mes-dashboard`: see `mes-dashboard --help`.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use mes_dashboard::cli::{Cli, Command};
use mes_dashboard::{api, app, cli, demo, watchdog};
use tokio_util::sync::CancellationToken;

/// Exit code for a command line or setting that can't be used.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    // A .env file is optional.
    let _ = dotenvy::dotenv();
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
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error.to_string(), error.exit_code()),
    }
}

async fn run(command: Command) -> Result<(), app::ServeError> {
    let stop = CancellationToken::new();
    app::stop_on_signals(stop.clone())?;
    match command {
        Command::Serve(config) => {
            config.log.start();
            for warning in Cli::unknown_variables() {
                tracing::warn!("{warning}");
            }
            app::serve(*config, stop).await
        }
        Command::Watchdog(config) => {
            config.log.start();
            Ok(watchdog::run(config.settings(), stop, || {}).await?)
        }
        Command::Demo(options) => demo::run(options, stop).await,
        Command::Migrate(database) => app::migrate(&database).await,
        Command::Secret => app::print_secret(&mut std::io::stdout().lock()),
        Command::User(command) => {
            let (mut input, mut out) = (std::io::stdin().lock(), std::io::stdout());
            cli::run_user(command, &cli::operating_user(), &mut input, &mut out).await
        }
        Command::Openapi => Ok(api::print_openapi(&mut std::io::stdout().lock())?),
    }
}

#[expect(clippy::print_stderr, reason = "a command reports its failure there")]
fn report(message: &str, code: u8) -> ExitCode {
    eprintln!("mes-dashboard: {message}");
    ExitCode::from(code)
}
