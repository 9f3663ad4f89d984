//! `cargo xtask gates`: what has to hold before a release, each with its figures.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::documentation;
use crate::package::because;
use crate::run::{PROFILE, command, headline, listen, program, repeat_failures, target};
use crate::{build, install, steps};

/// A gate: its figures, or why it is closed.
struct Gate {
    name: &'static str,
    pass: fn() -> Result<String, String>,
}

/// Number of times that the roll-up of history, and a writer of the memory, are killed.
const KILLS: &str = "1000";

const GATES: [Gate; 14] = [
    Gate { name: "build", pass: built },
    Gate { name: "parity", pass: parity },
    Gate { name: "recount", pass: recounted },
    Gate {
        name: "field contract",
        pass: || tests("(package(compute-core) or package(server)) and test(field)"),
    },
    Gate {
        name: "resilience",
        pass: || {
            tests(
                "package(server) and (binary(database) or binary(redis) or binary(supervisor) or test(breaker) or test(restart) or test(watchdog))",
            )
        },
    },
    Gate { name: "killed roll-up", pass: killed },
    Gate { name: "killed memory", pass: killed_memory },
    Gate {
        name: "contract check",
        pass: || tests("package(server) and (test(runtime_contract) or test(install))"),
    },
    Gate { name: "documentation", pass: documented },
    Gate { name: "accessibility", pass: accessible },
    Gate { name: "dependencies", pass: dependencies },
    Gate { name: "cache benchmark", pass: cache_benchmark },
    Gate { name: "rehearsal", pass: rehearsed },
    Gate { name: "scale-out", pass: scaled_out },
];

fn size_mib(path: &std::path::Path) -> Result<f64, String> {
    Ok(because(path, fs::metadata(path))?.len() as f64 / f64::from(1 << 20))
}

fn built() -> Result<String, String> {
    build::server()?;
    Ok(format!("{:.1} MiB with the pages inside", size_mib(&program("mes-dashboard"))?))
}

fn parity() -> Result<String, String> {
    build::server()?;
    let lines = listen(&mut steps::parity_command()?)?;
    Ok(last(&lines))
}

/// Figures of what happened, against what a script makes of the raw rows by the written rules.
fn recounted() -> Result<String, String> {
    build::server()?;
    let mut recount = command("python3", &["deploy/api-check/recount.py"]);
    let lines = listen(recount.env("MES_DASHBOARD", program("mes-dashboard")))?;
    Ok(last(&lines))
}

/// Some of the workspace's tests; one build is for all of them.
fn tests(filter: &str) -> Result<String, String> {
    tests_with(filter, &[])
}

fn tests_with(filter: &str, settings: &[(&str, &str)]) -> Result<String, String> {
    install::nextest()?;
    let mut running =
        command("cargo", &["nextest", "run", "--workspace", "--cargo-profile", PROFILE]);
    running.args(["--no-fail-fast", "--status-level", "fail", "--final-status-level", "fail"]);
    let lines = listen(running.args(["--filterset", filter]).envs(settings.iter().copied()))?;
    let summary = lines.iter().rev().find_map(|line| Some(line.split_once("]")?.1.trim()));
    summary.map(str::to_owned).ok_or_else(|| "nextest gave no summary".to_owned())
}

/// The roll-up of history, killed at random moments.
fn killed() -> Result<String, String> {
    let told = tests_with("package(server) and test(a_killed_roll_up)", &[("KILLS", KILLS)])?;
    Ok(format!("{KILLS} kills, no torn file, no lost day; {told}"))
}

/// A writer of the plant's memory, killed at random moments.
fn killed_memory() -> Result<String, String> {
    let told = tests_with("package(server) and test(a_killed_memory)", &[("KILLS", KILLS)])?;
    Ok(format!("{KILLS} kills, no torn record, no lost version; {told}"))
}

fn documented() -> Result<String, String> {
    let checked = documentation::check()?;
    listen(&mut documentation::rustdoc())?;
    let tested = tests(
        "binary(cli) or (package(server) and test(description)) or (package(xtask) and test(runbook))",
    )?;
    Ok(format!("{checked}; {tested}"))
}

/// Axe over every page and state, width, theme and language.
fn accessible() -> Result<String, String> {
    steps::browser("e2e:thorough")?;
    Ok("every page in every state".to_owned())
}

fn dependencies() -> Result<String, String> {
    steps::deny()?;
    Ok("licences, sources and known weaknesses".to_owned())
}

fn cache_benchmark() -> Result<String, String> {
    build::bench(&["--quick".to_owned(), "--gate".to_owned()])?;
    let path = target().join("bench.json");
    let text = because(&path, fs::read_to_string(&path))?;
    let (met, missed) =
        (text.matches("\"met\": true").count(), text.matches("\"met\": false").count());
    Ok(format!("{met} budgets met, {missed} missed as accepted, {}", path.display()))
}

fn rehearsed() -> Result<String, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let lines = listen(&mut command(&this.to_string_lossy(), &["rehearsal"]))?;
    Ok(last(&lines))
}

/// Several servers, whose parts fail under load one after the other.
fn scaled_out() -> Result<String, String> {
    let lines = listen(build::scale_out_command()?.arg("--check"))?;
    Ok(last(&lines))
}

fn last(lines: &[String]) -> String {
    lines.iter().rev().find(|line| !line.trim().is_empty()).cloned().unwrap_or_default()
}

/// Goes through all gates, and sums up.
pub(crate) fn gates(args: &[String]) -> ExitCode {
    let only: Option<Vec<&str>> = match args {
        [] => None,
        [flag, names] if flag == "--only" => Some(names.split(',').collect()),
        _ => {
            eprintln!("xtask: expected --only GATE[,GATE], got {}", args.join(" "));
            return ExitCode::from(64);
        }
    };
    let mut results: Vec<(&str, Duration, Result<String, String>)> = Vec::new();
    let chosen = |gate: &&Gate| only.as_ref().is_none_or(|only| only.contains(&gate.name));
    for gate in GATES.iter().filter(chosen) {
        println!("\n=== {}", gate.name);
        let start = Instant::now();
        let told = (gate.pass)();
        results.push((gate.name, start.elapsed(), told));
    }
    println!("\ngate              seconds  verdict");
    for (name, spent, told) in &results {
        let (verdict, told) = match told {
            Ok(told) => ("passed", told),
            Err(problem) => ("FAILED", problem),
        };
        println!("{name:16} {:8.1}  {verdict}  {}", spent.as_secs_f64(), headline(told));
    }
    repeat_failures(
        results.iter().filter_map(|(name, _, told)| Some((*name, told.as_ref().err()?))),
    );
    let failed = results.iter().filter(|(.., told)| told.is_err()).count();
    println!("\n{} passed, {failed} failed", results.len() - failed);
    let all_passed = failed == 0 && !results.is_empty();
    if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
