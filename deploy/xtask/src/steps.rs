//! What `cargo xtask test` does, step by step.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::run::{
    Done, PROFILE, cargo, command, headline, inside, npm, program, repeat_failures, root, run,
};
use crate::{build, documentation, install, rehearsal};

/// A step of the test.
struct Step {
    name: &'static str,
    run: fn() -> Done,
}

/// All steps, in the order in which a failure is cheapest to find.
const STEPS: [Step; 15] = [
    Step { name: "install", run: everything },
    Step { name: "fmt", run: || cargo(&["fmt", "--all", "--check"]) },
    Step { name: "wasm", run: build::wasm },
    Step { name: "pages", run: pages },
    Step { name: "server", run: build::server },
    Step { name: "clippy", run: clippy },
    Step { name: "documents", run: documents },
    Step { name: "nextest", run: nextest },
    Step { name: "parity", run: || parity(&[]) },
    Step { name: "schemathesis", run: || ask("run.py") },
    Step { name: "readme", run: || ask("readme.py") },
    Step { name: "e2e", run: e2e },
    Step { name: "outage", run: || browser("e2e:outage") },
    Step { name: "restart", run: || browser("e2e:restart") },
    Step { name: "rehearsal", run: rehearsal::rehearsal },
];

fn everything() -> Done {
    install::system_packages()?;
    install::wasm_target()?;
    install::nextest()?;
    install::npm_packages("web-wasm")?;
    install::npm_packages("frontend")
}

fn pages() -> Done {
    npm("frontend", &["run", "check"])
}

fn clippy() -> Done {
    let native =
        ["clippy", "--workspace", "--all-targets", "--profile", PROFILE, "--", "-D", "warnings"];
    cargo(&native)?;
    let wasm = [
        "clippy",
        "--package",
        "web-wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ];
    run(command("cargo", &wasm).args(["--", "-D", "warnings"]))
}

fn documents() -> Done {
    println!("{}", documentation::check()?);
    Ok(())
}

fn nextest() -> Done {
    let quiet = ["--no-fail-fast", "--status-level", "fail", "--final-status-level", "fail"];
    run(command("cargo", &["nextest", "run", "--workspace", "--cargo-profile", PROFILE])
        .args(quiet))
}

/// Native against Node against Chromium, and the server against the recorded answers.
pub(crate) fn parity(args: &[String]) -> Done {
    build::server()?;
    run(parity_command()?.args(args))
}

/// What compares, once the server is built.
pub(crate) fn parity_command() -> Result<Command, String> {
    build::programs(&["parity-fixtures"])?;
    Ok(Command::new(program("parity-fixtures")))
}

/// Browser checks of the front end, by their npm script.
pub(crate) fn browser(script: &str) -> Done {
    install::system_packages()?;
    build::server()?;
    let mut npm = command("npm", &["run", script]);
    run(npm.current_dir(inside("frontend")).env("MES_DASHBOARD", program("mes-dashboard")))
}

/// A program that knows the server only from outside: every operation of its OpenAPI document
/// (`run.py`), or the README's examples (`readme.py`).
fn ask(script: &str) -> Done {
    build::server()?;
    let python = install::python_packages("deploy/api-check")?;
    let mut asking = Command::new(python);
    asking.arg(inside("deploy/api-check").join(script));
    run(asking.env("MES_DASHBOARD", program("mes-dashboard")))
}

/// Licences, sources and known weaknesses of every dependency.
pub(crate) fn deny() -> Done {
    let judge = install::cargo_deny()?;
    let check = |what: &[&str]| {
        let mut check = Command::new(&judge);
        run(check.current_dir(root()).args(["--log-level", "warn", "check"]).args(what))
    };
    let fetched = Command::new(&judge)
        .current_dir(root())
        .args(["--log-level", "off", "fetch", "db"])
        .status()
        .is_ok_and(|status| status.success());
    if fetched {
        check(&["advisories"])?;
    } else {
        println!(
            "the database of advisories can't be reached; known weaknesses were not looked up"
        );
    }
    check(&["bans", "licenses", "sources"])
}

fn e2e() -> Done {
    browser("e2e")
}

/// Pictures of the demo in `docs/screenshots`.
pub(crate) fn screenshots() -> Done {
    browser("screenshots")
}

/// The steps that the arguments leave.
fn chosen(args: &[String]) -> Result<Vec<&'static Step>, String> {
    let mut only: Option<Vec<&str>> = None;
    let mut skip: Vec<&str> = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let list = || args.clone().next().map(|list| list.split(',').collect::<Vec<_>>());
        match (arg.as_str(), list()) {
            ("--only", Some(steps)) => only = Some(steps),
            ("--skip", Some(steps)) => skip = steps,
            (other, _) => {
                return Err(format!("expected --only STEPS or --skip STEPS, got {other}"));
            }
        }
        args.next();
    }
    let known = |name: &&str| STEPS.iter().any(|step| step.name == *name);
    if let Some(unknown) = only.iter().flatten().chain(&skip).find(|name| !known(name)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("there is no step {unknown}; steps are {}", names.join(", ")));
    }
    Ok(STEPS
        .iter()
        .filter(|step| {
            only.as_ref().is_none_or(|only| only.contains(&step.name)) && !skip.contains(&step.name)
        })
        .collect())
}

/// What is fast enough for every commit.
const CHECKS: [Step; 5] = [
    Step { name: "fmt", run: || cargo(&["fmt", "--all", "--check"]) },
    Step { name: "pages", run: pages },
    Step { name: "clippy", run: clippy },
    Step { name: "documents", run: documents },
    Step { name: "unit tests", run: unit_tests },
];

fn unit_tests() -> Done {
    let quiet = ["--status-level", "fail", "--final-status-level", "fail"];
    let unit = ["nextest", "run", "--workspace", "--lib", "--bins", "--cargo-profile", PROFILE];
    run(command("cargo", &unit).args(quiet))
}

/// Formats, lints and fast tests.
pub(crate) fn check() -> ExitCode {
    run_all(&CHECKS.iter().collect::<Vec<_>>())
}

/// Runs the chosen steps of the test.
pub(crate) fn test(args: &[String]) -> ExitCode {
    match chosen(args) {
        Ok(steps) => run_all(&steps),
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::from(64)
        }
    }
}

/// Runs the steps, goes on after a failure, and sums up.
fn run_all(steps: &[&Step]) -> ExitCode {
    let mut results: Vec<(&str, Duration, Done)> = Vec::new();
    for step in steps {
        println!("\n=== {}", step.name);
        let start = Instant::now();
        let done = (step.run)();
        if let Err(problem) = &done {
            eprintln!("xtask: {}: {}", step.name, headline(problem));
        }
        results.push((step.name, start.elapsed(), done));
    }
    println!("\nstep       seconds  verdict");
    for (name, spent, done) in &results {
        let verdict = done.as_ref().map_or_else(|problem| headline(problem), |()| "passed");
        println!("{name:10} {:7.1}  {verdict}", spent.as_secs_f64());
    }
    repeat_failures(
        results.iter().filter_map(|(name, _, done)| Some((*name, done.as_ref().err()?))),
    );
    let failed = results.iter().filter(|(.., done)| done.is_err()).count();
    println!("\n{} passed, {failed} failed", results.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Result<Vec<&'static str>, String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Ok(chosen(&args)?.iter().map(|step| step.name).collect())
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
        assert_eq!(names(&["--only", "e2e,fmt"]).unwrap(), ["fmt", "e2e"]);
        assert!(!names(&["--skip", "e2e"]).unwrap().contains(&"e2e"));
        assert!(names(&["--only", "fnt"]).unwrap_err().contains("fmt"));
        assert!(names(&["fmt"]).is_err());
    }
}
