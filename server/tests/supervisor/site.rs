//! The real program in a folder of its own, where a test may exchange it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mes_dashboard::supervisor::{Identity, SupervisorRecord};
use rustix::process::Signal;

/// Long for anything that a test waits for: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it holds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        site.deploy_good();
        site
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn program(&self) -> PathBuf {
        self.folder.path().join("mes-dashboard")
    }

    pub fn pid_file(&self) -> PathBuf {
        self.folder.path().join("supervisor.pid")
    }

    /// The program as it was built.
    pub fn deploy_good(&self) {
        let new = self.folder.path().join("new");
        symlink(env!("CARGO_BIN_EXE_mes-dashboard"), &new).unwrap();
        std::fs::rename(new, self.program()).unwrap();
    }

    /// A script in its place, or whatever else the text is.
    pub fn deploy(&self, text: &str, mode: u32) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(mode)).unwrap();
        std::fs::rename(new, self.program()).unwrap();
    }

    /// `serve` with these settings beside those of every test.
    pub fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(self.program());
        command.arg("serve").env_clear().current_dir(self.folder.path());
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("APP_ENV", "development")
            .env("APP_DATABASE_URL", "sqlite::memory:")
            .env("DATABASE_URL", "sqlite:nothing.sqlite")
            .env("BIND_ADDR", "127.0.0.1:0")
            .env("LOG_LEVEL", "error")
            .env("API_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("COMMAND_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("WATCHDOG_RUNTIME_DIR", self.folder.path())
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    pub fn start(&self, settings: &[(&str, &str)]) -> Server {
        Server::of(self.command(settings).spawn().unwrap(), self.pid_file())
    }
}

/// A server that ends with the test, and its workers with it.
pub struct Server {
    pub process: Child,
    pub address: String,
    pid_file: PathBuf,
    out: BufReader<ChildStdout>,
}

impl Server {
    pub fn of(mut process: Child, pid_file: PathBuf) -> Self {
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.expect("it did not start").to_owned();
        let server = Self { process, address, pid_file, out };
        // The line comes just before the file, where the one of another may be.
        let pid = server.process.id();
        wait_until("the file names the worker", || {
            let record = server.try_record();
            record.is_some_and(|record| record.identity.pid == pid && record.worker.is_some())
        });
        server
    }

    pub fn try_record(&self) -> Option<SupervisorRecord> {
        SupervisorRecord::read(&self.pid_file).unwrap()
    }

    pub fn record(&self) -> SupervisorRecord {
        self.try_record().unwrap()
    }

    pub fn worker(&self) -> u32 {
        self.record().worker.unwrap().pid
    }

    /// The workers that live: those that start, serve or leave.
    pub fn workers(&self) -> Vec<Identity> {
        let parent = self.process.id().to_string();
        let is_child = |stat: &str| {
            // The name before it may hold anything.
            let mut after_name = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            after_name.next() != Some("Z") && after_name.next() == Some(parent.as_str())
        };
        let ids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            is_child(&stat).then_some(id)
        });
        ids.filter_map(|id| Identity::of(id).ok()).collect()
    }

    pub fn signal(&self, signal: Signal) {
        self.record().identity.signal(signal).unwrap();
    }

    pub fn signal_worker(&self, signal: Signal) {
        Identity::of(self.worker()).unwrap().signal(signal).unwrap();
    }

    /// Asks for a reload and waits for its end: whether the new worker serves, or why not.
    pub fn reload(&self) -> Result<(), String> {
        let number = |record: &SupervisorRecord| {
            record.last_reload.as_ref().map_or(0, |reload| reload.number)
        };
        let before = number(&self.record());
        self.signal(Signal::HUP);
        let mut ended = None;
        wait_until("the end of the reload", || {
            let last = self.record().last_reload.filter(|last| last.number > before);
            ended = last.filter(|last| last.completed_at.is_some());
            ended.is_some()
        });
        let ended = ended.unwrap();
        if ended.success { Ok(()) } else { Err(ended.reason.unwrap()) }
    }

    /// Waits for the end of the supervisor; its exit code.
    pub fn exit_code(&mut self) -> Option<i32> {
        let mut ended = None;
        wait_until("the end of the supervisor", || {
            ended = self.process.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap().code()
    }

    /// Its standard output after the first line, until all its processes have ended.
    pub fn rest_of_output(&mut self) -> String {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.out, &mut rest).unwrap();
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let record = SupervisorRecord::read(&self.pid_file).ok().flatten();
        let _ = self.process.kill();
        let _ = self.process.wait();
        // It exits on its own as well, but not within the test.
        if let Some(worker) = record.and_then(|record| record.worker)
            && let Ok(worker) = Identity::of(worker.pid)
        {
            let _ = worker.signal(Signal::KILL);
        }
    }
}
