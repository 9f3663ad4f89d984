//! The server as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::Failure;

/// Ended by its id.
pub(crate) struct Service {
    process: Child,
    pub(crate) address: String,
}

impl Service {
    /// The binary beside this one, over a database. It accepts before its data is there.
    ///
    /// # Errors
    /// It is not there or does not start.
    pub(crate) fn start(database_url: &str) -> Result<Self, Failure> {
        let binary = std::env::current_exe()?.with_file_name("mes-dashboard");
        let mut process = Command::new(&binary)
            .args(["serve", "--bind-addr", "127.0.0.1:0", "--log-level", "error"])
            .args(["--database-url", database_url])
            .env("APP_ENV", "development")
            .env("APP_DATABASE_URL", "sqlite::memory:")
            .env("API_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("WORKER_WARM_TIMEOUT", "0")
            .env("CACHE_CHECK_INTERVAL", "10")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} can't be started: {error}", binary.display()))?;
        let out = process.stdout.take().ok_or("the server has no output")?;
        let mut service = Self { process, address: String::new() };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://");
        address.ok_or("the server ended before it listened")?.clone_into(&mut service.address);
        Ok(service)
    }

    /// Most memory that the worker has held, in MB.
    ///
    /// # Errors
    /// The system does not tell.
    pub(crate) fn peak_mb(&self) -> Result<f64, Failure> {
        let supervisor = self.process.id();
        let workers = format!("/proc/{supervisor}/task/{supervisor}/children");
        let workers = std::fs::read_to_string(workers)?;
        let worker = workers.split_whitespace().next().ok_or("the server has no worker")?;
        let status = std::fs::read_to_string(format!("/proc/{worker}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb: f64 = peak.ok_or("no peak of memory")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kb * 1024.0 / 1e6)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have exited on its own.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
