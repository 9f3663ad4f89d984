//! Programs that run as long as the example does.
//!
//! Every one is a child that the system ends with this process, whatever happens to it. Processes are
//! signalled by their ids only.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Done, because};

/// Lines of its log that a failure repeats.
const LAST_LINES: usize = 15;
/// Longest wait for an orderly end; what is left then is killed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Folders of programs that may not be in the PATH of a user.
const MORE_FOLDERS: [&str; 2] = ["/usr/sbin", "/sbin"];

/// Whose process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// That of this process.
    Own,
    /// `postgres`, where this process is root: its programs refuse to run as root.
    Postgres,
}

impl User {
    /// The name to change to.
    fn name(self) -> Option<&'static str> {
        (self == Self::Postgres && rustix::process::getuid().is_root()).then_some("postgres")
    }

    /// Numeric user and group to change to.
    fn ids(self) -> Option<(u32, u32)> {
        let name = self.name()?;
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    }

    /// Makes a folder that is this user's.
    pub(crate) fn make_folder(self, folder: &Path) -> Done {
        because(folder, fs::create_dir_all(folder))?;
        self.own(folder)
    }

    /// Gives a file or folder to this user.
    pub(crate) fn own(self, path: &Path) -> Done {
        let Some((user, group)) = self.ids() else { return Ok(()) };
        because(path, std::os::unix::fs::chown(path, Some(user), Some(group)))
    }
}

/// Where a program is.
///
/// # Errors
/// It is not installed; names the Debian package that has it.
pub(crate) fn locate(program: &str, package: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut of_postgres: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin")).collect();
    of_postgres.sort();
    let folders = std::env::split_paths(&path)
        .chain(MORE_FOLDERS.map(PathBuf::from))
        .chain(of_postgres.into_iter().rev());
    let mut candidates = folders.map(|folder| folder.join(program));
    candidates.find(|candidate| candidate.is_file()).ok_or_else(|| {
        format!("{program} is missing; on Debian or Ubuntu: sudo apt-get install {package}")
    })
}

/// A command that runs to its end, under the name of a user.
pub(crate) fn command(program: &Path, user: User) -> Command {
    ending_by("KILL", program, user)
}

/// A command that the system sends the signal `end` when this process is gone.
fn ending_by(end: &str, program: &Path, user: User) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", end]);
    if let Some(name) = user.name() {
        command.args([&format!("--reuid={name}"), &format!("--regid={name}"), "--init-groups"]);
    }
    command.arg(program).current_dir("/").stdin(Stdio::null());
    command
}

/// How a program is asked for an orderly end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    Interrupt,
    Terminate,
}

impl Stop {
    fn signal(self) -> Signal {
        match self {
            Self::Interrupt => Signal::INT,
            Self::Terminate => Signal::TERM,
        }
    }

    /// As setpriv has it.
    fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
        }
    }
}

/// A program that is to run until it is stopped.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) command: Command,
    stop: Stop,
}

impl Service {
    pub(crate) fn new(program: &Path, user: User, stop: Stop) -> Self {
        Self { command: ending_by(stop.name(), program, user), stop }
    }
}

/// Runs a command to its end and returns what it printed.
///
/// # Errors
/// It fails; contains what it printed.
pub(crate) async fn run(name: &str, command: Command) -> Result<String, String> {
    let mut command = tokio::process::Command::from(command);
    let output = command.kill_on_drop(true).output().await;
    let output = output.map_err(|error| format!("{name} can't be started: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed with {}: {} {}", output.status, errors.trim(), printed.trim()))
}

/// Sends a signal to a process; one that is gone is passed over.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// A program that runs; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    stop: Stop,
}

impl Process {
    /// Starts a program with its output in `log`.
    pub(crate) fn start(name: &str, service: Service, log: PathBuf) -> Result<Self, String> {
        use std::os::unix::process::CommandExt as _;
        let file = because(&log, File::options().create(true).append(true).open(&log))?;
        let copy = because(&log, file.try_clone())?;
        let Service { mut command, stop } = service;
        // A group of its own: Ctrl+C reaches this process only, which then stops all in order.
        let started = command.stdout(file).stderr(copy).process_group(0).spawn();
        let child = started.map_err(|error| format!("{name} can't be started: {error}"))?;
        Ok(Self { name: name.to_owned(), child, log, stop })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// It ended, or took too long; contains the end of its log.
    pub(crate) async fn ready(
        &mut self,
        limit: Duration,
        mut is_ready: impl AsyncFnMut() -> bool,
    ) -> Done {
        let deadline = Instant::now() + limit;
        while !is_ready().await {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(&format!("ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(self.failed(&format!("is not ready after {} s", limit.as_secs())));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn failed(&self, what: &str) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
        format!("{} {what}; it printed last:\n  {last}", self.name)
    }

    /// It and the processes that it has started. The parent stands first.
    fn family(&self) -> Vec<u32> {
        let parent = self.pid();
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        std::iter::once(parent).chain(children).collect()
    }

    /// Stops all its processes where they are; the system still takes connections for them.
    pub(crate) fn freeze(&self) {
        // The parent first, so that it starts no more.
        signal(self.pid(), Signal::STOP);
        self.family().into_iter().for_each(|pid| signal(pid, Signal::STOP));
    }

    /// Lets a frozen one go on.
    pub(crate) fn thaw(&self) {
        self.family().into_iter().for_each(|pid| signal(pid, Signal::CONT));
    }

    /// Ends it and its processes without warning.
    pub(crate) fn kill(&mut self) {
        self.freeze();
        self.family().into_iter().rev().for_each(|pid| signal(pid, Signal::KILL));
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.thaw();
        // An id that was waited for may be another process's.
        if self.is_running() {
            signal(self.pid(), self.stop.signal());
        }
        let deadline = Instant::now() + PATIENCE;
        while self.is_running() {
            if Instant::now() > deadline {
                self.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell that runs `script`, with its log in a folder that goes with it.
    fn shell(script: &str) -> (Process, tempfile::TempDir) {
        let mut service = Service::new(Path::new("/bin/sh"), User::Own, Stop::Terminate);
        service.command.args(["-c", script]);
        let folder = tempfile::tempdir().unwrap();
        (Process::start("the shell", service, folder.path().join("log")).unwrap(), folder)
    }

    #[tokio::test]
    async fn one_that_ends_is_named_with_what_it_printed() {
        let (mut process, _folder) = shell("echo no such thing; exit 3");
        let failed = process.ready(PATIENCE, async || false).await.unwrap_err();
        assert!(failed.starts_with("the shell ended with exit status: 3"), "{failed}");
        assert!(failed.ends_with("no such thing"), "{failed}");
    }

    #[test]
    fn a_frozen_one_is_stopped_too() {
        let (process, _folder) = shell("exec sleep 600");
        process.freeze();
        let pid = process.pid();
        drop(process);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let missing = locate("no-such-program", "some-package").unwrap_err();
        assert!(missing.contains("apt-get install some-package"), "{missing}");
        assert!(locate("sh", "dash").unwrap().ends_with("sh"));
    }
}
