//! `cargo xtask scale-out`: the example of deploy/scale-out on this machine, to try, and to prove.
//!
//! Two servers over PostgreSQL with a hot standby and poolers, Redis with a replica and sentinels, nginx in
//! front, and one simulated plant. With `--check` faults are put into it under load. Everything is ended by
//! process id and its folder removed, also when a part can't start.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

mod process;
mod example_files;
mod http;
mod postgres;
mod redis;
mod plant;
mod proxy;
mod server;
mod example;
mod contract;
mod versions;
mod load;
mod reads;
mod faults;
mod check;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use example::Example;

/// A failure in words for a person.
pub(crate) type Done = Result<(), String>;

const USAGE: &str = "\
cargo xtask scale-out [OPTION]

  without an option     start all parts, print what they are, and stop them with Ctrl+C
  --for SECONDS         the same, for so long
  --check               faults under load, once, with a table
  --soak MINUTES        the same, again and again; memory has to stay flat";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Show { time: Option<Duration> },
    Check,
    Soak { time: Duration },
}

/// Reads the command line.
fn wanted(args: &[String]) -> Result<Wanted, String> {
    let number = |text: &String| {
        let number = text.parse::<u64>().ok().filter(|number| *number > 0);
        number.ok_or_else(|| format!("expected a whole number, got {text:?}\n\n{USAGE}"))
    };
    let args: Vec<(&str, Option<&String>)> = match args {
        [] => return Ok(Wanted::Show { time: None }),
        [flag] => vec![(flag.as_str(), None)],
        [flag, value] => vec![(flag.as_str(), Some(value))],
        _ => Vec::new(),
    };
    match args.first() {
        Some(("--for", Some(seconds))) => {
            Ok(Wanted::Show { time: Some(Duration::from_secs(number(seconds)?)) })
        }
        Some(("--check", None)) => Ok(Wanted::Check),
        Some(("--soak", Some(minutes))) => {
            Ok(Wanted::Soak { time: Duration::from_secs(60 * number(minutes)?) })
        }
        _ => Err(USAGE.to_owned()),
    }
}

/// Names the path of a failure.
pub(crate) fn because<T>(path: &Path, done: std::io::Result<T>) -> Result<T, String> {
    done.map_err(|error| format!("{}: {error}", path.display()))
}

/// A port that no other process uses now.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// Waits until something holds, and returns how long that took.
///
/// # Errors
/// It does not hold in time; contains the last reason.
pub(crate) async fn until(
    what: &str,
    limit: Duration,
    mut holds: impl AsyncFnMut() -> Result<bool, String>,
) -> Result<Duration, String> {
    let start = Instant::now();
    let mut last = String::new();
    while start.elapsed() < limit {
        match holds().await {
            Ok(true) => return Ok(start.elapsed()),
            Ok(false) => {}
            Err(problem) => last = format!(" ({problem})"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("not {what} within {} s{last}", limit.as_secs()))
}

async fn show(time: Option<Duration>) -> Done {
    let example = Example::start().await?;
    example.check_session().await?;
    println!("{}", example.description());
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => {
            println!("Ctrl+C stops all of it and removes the folder.");
            std::future::pending().await
        }
    }
    Ok(())
}

async fn run(wanted: Wanted) -> Done {
    match wanted {
        Wanted::Show { time } => show(time).await,
        Wanted::Check => check::check(None).await,
        Wanted::Soak { time } => check::check(Some(time)).await,
    }
}

/// Ctrl+C, or a request to end from another process.
async fn stopped() -> Result<&'static str, String> {
    let listen = |kind| signal(kind).map_err(|error| format!("signals: {error}"));
    let (mut interrupted, mut ended) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupted.recv() => Ok("interrupted"),
        _ = ended.recv() => Ok("terminated"),
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted = match wanted(&args) {
        Ok(wanted) => wanted,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(64);
        }
    };
    let is_shown = matches!(wanted, Wanted::Show { .. });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        // On this thread: the system ends the parts with the thread that started them.
        runtime.block_on(async {
            tokio::select! {
                done = run(wanted) => done,
                stopped = stopped() => match stopped? {
                    why if is_shown => { eprintln!("{why}; all parts are stopped"); Ok(()) }
                    why => Err(why.to_owned()),
                },
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("scale-out: {problem}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_others_are_refused() {
        let of =
            |text: &str| wanted(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of(""), Ok(Wanted::Show { time: None }));
        assert_eq!(of("--for 9"), Ok(Wanted::Show { time: Some(Duration::from_secs(9)) }));
        assert_eq!(of("--check"), Ok(Wanted::Check));
        assert_eq!(of("--soak 2"), Ok(Wanted::Soak { time: Duration::from_secs(120) }));
        for wrong in ["--for", "--for 0", "--for soon", "--check 1", "--soak", "--other", "a b c"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
