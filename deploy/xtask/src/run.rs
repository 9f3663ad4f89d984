//! Runs programs.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A failure in words for a person: one line, and below it the last output of the failed program.
pub(crate) type Done = Result<(), String>;

/// Lines of a failed program that a summary repeats.
const LAST_LINES: usize = 120;

/// The profile of everything native that is not a release.
pub(crate) const PROFILE: &str = "fast";

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// A path inside the workspace.
pub(crate) fn inside(path: &str) -> PathBuf {
    root().join(path)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| inside("target"), PathBuf::from)
}

/// Where the native profile's programs are.
pub(crate) fn program(name: &str) -> PathBuf {
    target().join(PROFILE).join(name)
}

/// A command in the workspace, as from a shell. Some build scripts look at the variables that `cargo run`
/// sets for this program: with them, cargo would compile what a call from a shell has compiled again.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    let is_of_this_package = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_this_package) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command whose output the caller sees.
pub(crate) fn run(command: &mut Command) -> Done {
    println!("$ {}", shown(command));
    if !std::io::stdout().is_terminal() {
        return listen(command).map(drop);
    }
    let status = command.status().map_err(|error| unstarted(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command))) }
}

/// Hands this process over to a program that stays until somebody ends it.
pub(crate) fn become_program(command: &mut Command) -> Done {
    println!("$ {}", shown(command));
    let error = command.exec();
    Err(unstarted(command, &error))
}

/// Runs a command whose output is shown and kept.
pub(crate) fn listen(command: &mut Command) -> Result<Vec<String>, String> {
    // Standard output and error of a tool go to one place, in order.
    let (reader, writer) = std::io::pipe().map_err(|error| error.to_string())?;
    let copy = writer.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(writer).stderr(copy);
    let mut child = command.spawn().map_err(|error| unstarted(command, &error))?;
    // The command still holds the other end of the pipe.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (said, heard) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if said.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
    let mut lines = Vec::new();
    loop {
        match heard.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                println!("{line}");
                lines.push(line);
            }
            // A process that was left behind holds the pipe open; nobody waits for it.
            Err(RecvTimeoutError::Timeout) if matches!(child.try_wait(), Ok(None)) => {}
            Err(_) => break,
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(lines);
    }
    let mut failure = vec![format!("{} ended with {status}", shown(command))];
    failure.extend_from_slice(&lines[lines.len().saturating_sub(LAST_LINES)..]);
    Err(failure.join("\n"))
}

/// The line of a failure that stands in a table.
pub(crate) fn headline(problem: &str) -> &str {
    problem.lines().next().unwrap_or_default()
}

/// Prints the last output of failed programs below a table.
pub(crate) fn repeat_failures<'a>(failures: impl Iterator<Item = (&'a str, &'a String)>) {
    for (name, problem) in failures {
        if let Some((headline, lines)) = problem.split_once('\n') {
            println!("\n=== {name}: {headline}; it said last\n{lines}");
        }
    }
}

fn unstarted(command: &Command, error: &std::io::Error) -> String {
    format!("{} can't be started: {error}", shown(command))
}

/// Runs `cargo` in the workspace.
pub(crate) fn cargo(args: &[&str]) -> Done {
    run(&mut command("cargo", args))
}

/// Runs `npm` in a folder of the workspace.
pub(crate) fn npm(folder: &str, args: &[&str]) -> Done {
    run(command("npm", args).current_dir(inside(folder)))
}

pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Whether a program is on the PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Vec<String>, String> {
        listen(&mut command("sh", &["-c", script]))
    }

    #[test]
    fn a_failed_program_is_quoted_with_what_it_said_last() {
        assert_eq!(shell("echo one; echo two >&2").unwrap(), ["one", "two"]);
        let problem = shell("seq 1000; echo of it >&2; exit 3").unwrap_err();
        assert!(headline(&problem).ends_with("ended with exit status: 3"), "{problem}");
        assert!(problem.ends_with("\n999\n1000\nof it"), "{problem}");
        assert_eq!(problem.lines().count(), 1 + LAST_LINES);
    }

    #[test]
    fn a_program_runs_as_from_a_shell() {
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "the test itself runs below cargo");
        assert_eq!(shell("env | grep -c '^CARGO_PKG_' || true").unwrap(), ["0"]);
    }

    #[test]
    fn a_process_that_is_left_behind_is_not_waited_for() {
        let lines = shell("sleep 600 & echo $!").unwrap();
        let ended = command("kill", &[&lines[0]]).status().unwrap();
        assert!(ended.success(), "{lines:?} ended before it was told to");
    }
}
