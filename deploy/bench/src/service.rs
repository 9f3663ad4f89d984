//! The server as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::Failure;

/// Ended by its id, its worker with it.
pub(crate) struct Service {
    process: Child,
    pub(crate) address: String,
}

impl Service {
    /// The binary beside this one, over a database, with some variables.
    ///
    /// # Errors
    /// It is not there or does not start.
    pub(crate) fn start(database_url: &str, variables: &[(&str, &str)]) -> Result<Self, Failure> {
        let binary = std::env::current_exe()?.with_file_name("mes-dashboard");
        let mut command = Command::new(&binary);
        command
            .args(["serve", "--bind-addr", "127.0.0.1:0", "--log-level", "error"])
            .env("DATABASE_URL", database_url)
            .env("APP_ENV", "development")
            .env("APP_DATABASE_URL", "sqlite::memory:")
            .env("QUERY_RATE_LIMIT_MAX_REQUESTS", "0")
            .env("API_RATE_LIMIT_MAX_REQUESTS", "0")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command
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

    /// Status and body of an answer, without compression.
    ///
    /// # Errors
    /// The connection breaks, or what comes is no answer.
    pub(crate) fn get(&self, path: &str) -> Result<(u16, Vec<u8>), Failure> {
        let mut connection = TcpStream::connect(&self.address)?;
        // HTTP/1.0: the body ends with the connection.
        write!(connection, "GET {path} HTTP/1.0\r\nhost: bench\r\n\r\n")?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("no answer")?;
        let body = answer.split_off(end + 4);
        let head = String::from_utf8_lossy(&answer);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.ok_or("no status")?, body))
    }

    fn workers(&self) -> Result<Vec<String>, Failure> {
        let supervisor = self.process.id();
        let workers = format!("/proc/{supervisor}/task/{supervisor}/children");
        Ok(std::fs::read_to_string(workers)?.split_whitespace().map(str::to_owned).collect())
    }

    fn worker(&self) -> Result<String, Failure> {
        Ok(self.workers()?.into_iter().next().ok_or("there is no worker")?)
    }

    /// Processor time that supervisor and worker have used, in s.
    ///
    /// # Errors
    /// The system does not tell.
    pub(crate) fn processor_secs(&self) -> Result<f64, Failure> {
        let mut secs = processor_secs_of(&self.process.id().to_string())?;
        for worker in self.workers()? {
            secs += processor_secs_of(&worker)?;
        }
        Ok(secs)
    }

    /// The most memory that the worker had, MB.
    ///
    /// # Errors
    /// The system does not tell.
    pub(crate) fn peak_mb(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.worker()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
        Ok(kib.parse::<f64>()? * 1024.0 / 1e6)
    }

    /// Counts the most memory from now on.
    ///
    /// # Errors
    /// The system does not let us.
    pub(crate) fn forget_peak(&self) -> Result<(), Failure> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.worker()?), "5")?)
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
