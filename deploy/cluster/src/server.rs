//! A `mes-dashboard serve` as an operator runs it: supervisor, worker, settings and state in a folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::http::{Client, Origin};
use crate::process::{Process, Service, Stop, User, command, run, signal};
use crate::{Done, because, free_port, until};

/// Longest wait for a start, a reload and health.
const PATIENCE: Duration = Duration::from_secs(90);

/// Longest wait for an answer of the server about itself.
const SHORT: Duration = Duration::from_secs(5);

/// The program: that of `MES_DASHBOARD`, or the one beside this program.
///
/// # Errors
/// It is not built.
pub(crate) fn program() -> Result<PathBuf, String> {
    let named = std::env::var_os("MES_DASHBOARD").map(PathBuf::from);
    let beside = || std::env::current_exe().map(|here| here.with_file_name("mes-dashboard"));
    let path = named.map_or_else(beside, Ok).map_err(|error| error.to_string())?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} is missing; cargo xtask scale-out builds it", path.display()))
    }
}

/// One of the servers.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    folder: PathBuf,
    address: SocketAddr,
    settings: Vec<(String, String)>,
    process: Option<Process>,
}

impl Server {
    /// A server that is not started; `settings` make its environment with the address that is passed.
    ///
    /// # Errors
    /// Its folder can't be made, or the settings are wrong.
    pub(crate) fn new(
        name: String,
        folder: PathBuf,
        settings: impl FnOnce(&str) -> Result<Vec<(String, String)>, String>,
    ) -> Result<Self, String> {
        for part in ["run", "state"] {
            User::Own.make_folder(&folder.join(part))?;
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let settings = settings(&address.to_string())?;
        Ok(Self { name, folder, address, settings, process: None })
    }

    /// Gives a command of the program the server's settings and folders.
    fn equip(&self, command: &mut Command) {
        command.current_dir(&self.folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        // What systemd gives the service.
        command.env("STATE_DIRECTORY", self.folder.join("state"));
        command.env("WATCHDOG_RUNTIME_DIR", self.folder.join("run"));
    }

    /// Starts it and waits until it is ready. The port may still be that of a worker which drains.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start(&mut self) -> Done {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.start_once().await {
                Err(problem) if self.is_taken() && Instant::now() < deadline => drop(problem),
                other => return other,
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Whether another process listens on its port.
    fn is_taken(&self) -> bool {
        std::net::TcpListener::bind(self.address).is_err()
    }

    async fn start_once(&mut self) -> Done {
        self.process = None;
        let log = self.folder.join("server.log");
        let mut serve = Service::new(&program()?, User::Own, Stop::Terminate);
        self.equip(serve.command.arg("serve"));
        let mut process = Process::start(&self.name, serve, log)?;
        let pid = process.pid();
        let ready = async || {
            let is_it = self.record().is_ok_and(|record| record["pid"] == pid);
            is_it && self.get("/readyz").await.is_ok()
        };
        process.ready(PATIENCE, ready).await?;
        self.process = Some(process);
        Ok(())
    }

    /// Adds an administrator to the application's database.
    ///
    /// # Errors
    /// The program refuses.
    pub(crate) async fn add_administrator(&self, name: &str, password: &str) -> Done {
        let file = self.folder.join("password");
        because(&file, std::fs::write(&file, format!("{password}\n")))?;
        let mut add = command(&program()?, User::Own);
        self.equip(add.args(["user", "add", name, "--role", "admin"]));
        add.stdin(because(&file, std::fs::File::open(&file))?);
        let added = run("mes-dashboard user add", add).await;
        because(&file, std::fs::remove_file(&file))?;
        added.map(drop)
    }

    /// Its own address, beside the proxy.
    pub(crate) fn origin(&self) -> Origin {
        Origin::plain(self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `data` of a path that answers with 200.
    async fn get(&self, path: &str) -> Result<Value, String> {
        let mut client = Client::new(self.origin());
        let answer = tokio::time::timeout(SHORT, client.get(path)).await;
        let answer = answer.map_err(|_| format!("{} is silent", self.name))??;
        if answer.status.is_success() {
            Ok(answer.json()["data"].take())
        } else {
            Err(format!("{}: {} at {path}", self.name, answer.status))
        }
    }

    /// What `/health` says.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) async fn health(&self) -> Result<Value, String> {
        self.get("/health").await
    }

    /// What it is among the servers: `leading`, `following`, `alone` …
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) async fn role(&self) -> Result<String, String> {
        let role = self.health().await?["servers"]["role"].take();
        Ok(role.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until it says that nothing is wrong.
    ///
    /// # Errors
    /// It does not; contains its reason.
    pub(crate) async fn healthy(&self) -> Result<Duration, String> {
        until(&format!("healthy ({})", self.name), PATIENCE, async || {
            let health = self.health().await?;
            if health["status"] == "healthy" {
                return Ok(true);
            }
            Err(format!("{} {}", health["degraded_reason"], health["warnings"]))
        })
        .await
    }

    /// The file of its supervisor.
    fn record(&self) -> Result<Value, String> {
        let path = self.folder.join("run/supervisor.pid");
        let text = because(&path, std::fs::read_to_string(&path))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Pid of the supervisor.
    pub(crate) fn supervisor(&self) -> u32 {
        self.process.as_ref().map_or(0, Process::pid)
    }

    /// Pid of the worker that serves.
    ///
    /// # Errors
    /// None does.
    pub(crate) fn worker(&self) -> Result<u32, String> {
        let pid = self.record()?["worker"]["pid"].as_u64();
        let pid = pid.and_then(|pid| u32::try_from(pid).ok());
        pid.ok_or_else(|| format!("{} has no worker", self.name))
    }

    /// Memory of the worker: its resident set, in bytes.
    ///
    /// # Errors
    /// There is no worker.
    pub(crate) fn memory(&self) -> Result<u64, String> {
        let path = PathBuf::from(format!("/proc/{}/status", self.worker()?));
        resident(&because(&path, std::fs::read_to_string(&path))?)
            .ok_or_else(|| format!("{} has no VmRSS", path.display()))
    }

    /// Kills the worker and waits for the next one; how long that took.
    ///
    /// # Errors
    /// The supervisor starts none.
    pub(crate) async fn kill_worker(&self) -> Result<Duration, String> {
        let before = self.worker()?;
        signal(before, Signal::KILL);
        until("another worker", PATIENCE, async || Ok(self.worker()? != before)).await
    }

    /// Kills the supervisor, whose worker then drains, and starts another one as systemd does.
    ///
    /// # Errors
    /// It does not start again.
    pub(crate) async fn kill_supervisor(&mut self) -> Result<Duration, String> {
        let start = Instant::now();
        signal(self.supervisor(), Signal::KILL);
        self.start().await?;
        Ok(start.elapsed())
    }

    /// Replaces the worker without losing a request.
    ///
    /// # Errors
    /// The new worker did not get ready.
    pub(crate) async fn reload(&self) -> Result<Duration, String> {
        let number = |record: &Value| record["last_reload"]["number"].as_u64().unwrap_or(0);
        let before = number(&self.record()?);
        signal(self.supervisor(), Signal::HUP);
        let took = until("reloaded", PATIENCE, async || {
            let record = self.record()?;
            let is_over = !record["last_reload"]["completed_at"].is_null();
            Ok(number(&record) > before && is_over)
        })
        .await?;
        let last = self.record()?["last_reload"].take();
        if last["success"] == true { Ok(took) } else { Err(format!("reload: {}", last["reason"])) }
    }
}

/// `VmRSS` of a process' status, in bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// A key as `mes-dashboard secret` prints one.
///
/// # Errors
/// The program can't be run.
pub(crate) async fn secret(folder: &Path) -> Result<String, String> {
    let mut command = command(&program()?, User::Own);
    command.arg("secret").current_dir(folder);
    Ok(run("mes-dashboard secret", command).await?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status_of_a_process() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   2048 kB\nRssAnon: 1 kB\n"), Some(2 << 20));
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
