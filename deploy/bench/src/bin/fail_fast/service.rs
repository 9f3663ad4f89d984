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
    /// The binary beside this one, over a database.
    ///
    /// # Errors
    /// It is not there or does not start.
    pub(crate) fn start(database_url: &str, has_breaker: bool) -> Result<Self, Failure> {
        let binary = std::env::current_exe()?.with_file_name("mes-dashboard");
        let mut process = Command::new(&binary)
            .args(["serve", "--bind-addr", "127.0.0.1:0", "--database-url", database_url])
            .env("APP_ENV", "development")
            .env("APP_DATABASE_URL", "sqlite::memory:")
            .env("QUERY_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("API_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("CIRCUIT_BREAKER_ENABLED", has_breaker.to_string())
            // Longer than everything here: OPEN stays OPEN.
            .env("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "3600")
            // Short limits open it sooner. No overflow, so that no idle overflow connection is
            // closed during the run.
            .env("DB_POOL_SIZE", "10")
            .env("DB_MAX_OVERFLOW", "0")
            .env("DB_POOL_TIMEOUT", "2")
            .env("DB_TCP_CONNECT_TIMEOUT", "2")
            .env("DB_CALL_TIMEOUT_MS", "2000")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
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

    /// Processor time that supervisor and worker have used, in s.
    ///
    /// # Errors
    /// The system does not tell.
    pub(crate) fn processor_secs(&self) -> Result<f64, Failure> {
        let supervisor = self.process.id();
        let workers = format!("/proc/{supervisor}/task/{supervisor}/children");
        let mut secs = processor_secs_of(&supervisor.to_string())?;
        for worker in std::fs::read_to_string(workers)?.split_whitespace() {
            secs += processor_secs_of(worker)?;
        }
        Ok(secs)
    }
}

fn processor_secs_of(process: &str) -> Result<f64, Failure> {
    /// Of `/proc`, on every Linux that we run on.
    const TICKS_A_SECOND: f64 = 100.0;
    let line = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, which may hold anything, ends at the last bracket.
    let (_, fields) = line.rsplit_once(") ").ok_or("no process figures")?;
    let ticks: Vec<f64> =
        fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_A_SECOND)
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have exited on its own.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
