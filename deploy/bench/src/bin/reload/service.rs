//! The server as an operator runs it: program, settings and files in a folder.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Failure, client};

/// Longest wait for a reload to end, one way or the other.
const PATIENCE: Duration = Duration::from_secs(180);

/// A simulated plant, and the place where the program is deployed.
pub(crate) struct Plant {
    folder: tempfile::TempDir,
    built: PathBuf,
}

impl Plant {
    /// Makes it with the program beside this one.
    ///
    /// # Errors
    /// The program isn't there, or the plant can't be made.
    pub(crate) fn new() -> Result<Self, Failure> {
        let built = std::env::current_exe()?.with_file_name("mes-dashboard");
        let plant = Self { folder: tempfile::tempdir()?, built };
        let seeded = Command::new(&plant.built)
            .args(["demo", "--seed-only", "--data-dir"])
            .arg(plant.folder.path())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("{} can't be started: {error}", plant.built.display()))?;
        if !seeded.success() {
            return Err("the demo plant could not be made".into());
        }
        plant.deploy_good()?;
        Ok(plant)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts the program as it was built in its place.
    ///
    /// # Errors
    /// The folder can't be written to.
    pub(crate) fn deploy_good(&self) -> std::io::Result<()> {
        symlink(&self.built, self.path("new"))?;
        std::fs::rename(self.path("new"), self.path("mes-dashboard"))
    }

    /// Puts a script in its place.
    ///
    /// # Errors
    /// The folder can't be written to.
    pub(crate) fn deploy(&self, script: &str) -> std::io::Result<()> {
        let new = self.path("new");
        std::fs::write(&new, script)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
        std::fs::rename(new, self.path("mes-dashboard"))
    }
}

/// A supervisor with its worker, ended by its id.
pub(crate) struct Service {
    process: Child,
    pub(crate) address: String,
    pid_file: PathBuf,
}

impl Service {
    /// Over the plant; new workers have so long to become ready.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(plant: &Plant, ready_secs: u32) -> Result<Self, Failure> {
        let database = format!("sqlite:{}", plant.path("plant.sqlite").display());
        let mut process = Command::new(plant.path("mes-dashboard"))
            .args(["serve", "--bind-addr", "127.0.0.1:0", "--database-url", &database])
            .env("APP_ENV", "development")
            .env("APP_DATABASE_URL", "sqlite::memory:")
            .env("LOG_LEVEL", "error")
            .env("WATCHDOG_RUNTIME_DIR", plant.folder.path())
            .env("WORKER_READY_TIMEOUT", ready_secs.to_string())
            .env("API_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("COMMAND_RATE_LIMIT_MAX_REQUESTS", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = process.stdout.take().ok_or("the server has no output")?;
        let pid_file = plant.path("supervisor.pid");
        let mut service = Self { process, address: String::new(), pid_file };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://");
        address.ok_or("the server ended before it listened")?.clone_into(&mut service.address);
        // The line comes just before the file, where the one of another may be.
        let deadline = Instant::now() + PATIENCE;
        let id = u64::from(service.process.id());
        while !service
            .record()
            .is_ok_and(|record| record["pid"] == id && !record["worker"].is_null())
        {
            if Instant::now() > deadline {
                return Err("the file never named the worker".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // With little time to become ready, the first worker serves before its data is there.
        while client::ask(&service.address, "/readyz")?.status != 200 {
            if Instant::now() > deadline {
                return Err("the data was never loaded".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(service)
    }

    fn record(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&std::fs::read(&self.pid_file)?)?)
    }

    /// Process id of the worker that serves.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn worker(&self) -> Result<u64, Failure> {
        Ok(self.record()?["worker"]["pid"].as_u64().ok_or("no worker serves")?)
    }

    /// Reloads and waits for the end: whether the new worker serves, or why not.
    ///
    /// # Errors
    /// It does not end.
    pub(crate) fn reload(&self) -> Result<Result<(), String>, Failure> {
        let number = |record: &Value| record["last_reload"]["number"].as_u64().unwrap_or(0);
        let before = number(&self.record()?);
        let told = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status()?;
        if !told.success() {
            return Err("the supervisor is gone".into());
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let record = self.record()?;
            let last = &record["last_reload"];
            if number(&record) > before && !last["completed_at"].is_null() {
                let reason = last["reason"].as_str().unwrap_or_default().to_owned();
                return Ok(if last["success"] == true { Ok(()) } else { Err(reason) });
            }
            if Instant::now() > deadline {
                return Err("the reload did not end".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // In order, so that its worker and the port are gone as well.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
