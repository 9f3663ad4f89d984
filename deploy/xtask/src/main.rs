//! `cargo xtask`: builds, shows and proves MES Dashboard.
//!
//! Plain std, so that it compiles in a second and runs before anything else
//! is there.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

mod build;
mod dev;
mod documentation;
mod gates;
mod install;
mod package;
mod rehearsal;
mod run;
mod steps;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo [ARGS]      build everything, simulate a plant, serve it, print the address
  dev [ARGS]       the demo, and Vite with hot reload in front of it; ARGS are Vite's
  check            formats, lints and fast tests, for every commit
  test             run everything that proves the product
                     --only STEP[,STEP]   only these steps
                     --skip STEP[,STEP]   all but these
  build            release binary with the front end inside
  wasm             the browser package in web-wasm/pkg
  frontend         the pages in frontend/dist
  parity           native against Node against Chromium, and the recorded answers
  deny             licences, sources and known weaknesses of every dependency
  package          the conda package of a release, in target/channel
  rehearsal        deploy, reload, break, upgrade, roll back and remove it in a real systemd (as root)
  scale-out        two servers, PostgreSQL with a standby, Redis with sentinels and nginx, until Ctrl+C
                     --for SECONDS        for so long
                     --check              prove it by faults under load
                     --soak MINUTES       prove it again and again; memory has to stay flat
  gates            what has to hold before a release, with figures
                     --only GATE[,GATE]   only these
  bench            the performance budgets with their rivals
  day [ARGS]       eight hours of updates on the pages: whether their memory stays flat
                     --pages PAGE[,PAGE]  only these, by their folders
                     --hours HOURS        fewer or more of them
  screenshots      pictures of the demo for the README

Examples:
  cargo xtask demo --port 9000
  cargo xtask test --only fmt,clippy
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = args.split_first() else {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    };
    let done = match command.as_str() {
        "demo" => build::demo(rest),
        "dev" => dev::dev(rest),
        "check" => return steps::check(),
        "test" => return steps::test(rest),
        "build" => build::release(),
        "wasm" => build::wasm(),
        "frontend" => build::frontend(),
        "parity" => steps::parity(rest),
        "deny" => steps::deny(),
        "package" => package::package(),
        "rehearsal" => rehearsal::rehearsal(),
        "scale-out" => build::scale_out(rest),
        "gates" => return gates::gates(rest),
        "bench" => build::bench(rest),
        "day" => build::day(rest),
        "screenshots" => steps::screenshots(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => {
            eprintln!("xtask: there is no command {other:?}\n\n{HELP}");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {}", run::headline(&problem));
            ExitCode::FAILURE
        }
    }
}
