//! Reads on a fixed schedule over one kept connection, for as long as something lasts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::Failure;

/// What pages of lots request.
const PATH: &str = "/api/wip/overview/summary";
const LOTS: &str = "/api/snapshot/wip?include_dummy=true";
/// Between two reads that are due.
const INTERVAL: Duration = Duration::from_millis(2);

/// Reads that go on until they are evaluated.
pub(crate) struct Reads {
    is_over: Arc<AtomicBool>,
    running: JoinHandle<std::io::Result<Vec<Duration>>>,
}

impl Reads {
    /// # Errors
    /// There is no connection.
    pub(crate) fn start(address: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(address)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = is_over.clone();
        let running = std::thread::spawn(move || {
            let mut times = Vec::new();
            let mut due = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                connection.ask("GET", PATH)?;
                // From when it was due, so that no late answer hides those behind it.
                times.push(due.elapsed());
                due += INTERVAL;
            }
            Ok(times)
        });
        Ok(Self { is_over, running })
    }

    /// Ends them; the time that 99 of 100 took at most, in ms.
    ///
    /// # Errors
    /// A read failed.
    pub(crate) fn p99_ms(self) -> Result<f64, Failure> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut times = self.running.join().map_err(|_| "the reads panicked")??;
        times.sort_unstable();
        let rank = (times.len() as f64 * 0.99).ceil() as usize;
        let p99 = times.get(rank.saturating_sub(1)).ok_or("no read came to its end")?;
        Ok(p99.as_secs_f64() * 1000.0)
    }
}

/// Version of the lots that are served, if there are any.
///
/// # Errors
/// There is no answer.
pub(crate) fn version(address: &str) -> std::io::Result<Option<String>> {
    Connection::open(address)?.ask("HEAD", LOTS)
}

struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Reads a whole answer; its version where its status is 200.
    fn ask(&mut self, method: &str, path: &str) -> std::io::Result<Option<String>> {
        let question = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
        self.stream.get_mut().write_all(question.as_bytes())?;
        let (mut line, mut length, mut version) = (String::new(), 0, String::new());
        self.stream.read_line(&mut line)?;
        let is_found = line.starts_with("HTTP/1.1 200");
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse().unwrap_or_default(),
                "x-mes-version" => value.clone_into(&mut version),
                _ => {}
            }
        }
        if method == "GET" {
            std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink())?;
        }
        Ok(is_found.then_some(version))
    }
}
