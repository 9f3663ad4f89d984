//! Clients that ask all the time and forgive nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What all clients saw.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Requests with the answer 200.
    pub(super) answered: u64,
    /// All others.
    pub(super) failed: u64,
    /// What the first of those met.
    pub(super) first_failure: Option<String>,
    /// The longest time without any response to any client.
    pub(super) longest_silence: Duration,
    last_answer: Instant,
}

/// Clients at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts that many clients.
    pub(super) fn start(address: SocketAddr, clients: usize) -> Self {
        let tally = Tally {
            answered: 0,
            failed: 0,
            first_failure: None,
            longest_silence: Duration::ZERO,
            last_answer: Instant::now(),
        };
        let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(tally)));
        let client = |number: usize| {
            let (stop, tally) = (stop.clone(), tally.clone());
            // Every other client takes a connection a request.
            std::thread::spawn(move || ask(address, number.is_multiple_of(2), &stop, &tally))
        };
        let clients = (0..clients).map(client).collect();
        Self { stop, tally, clients }
    }

    /// Stops all clients and returns their observations.
    pub(super) fn finish(self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            // A client that panicked has printed its message.
            let _ = client.join();
        }
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tally.longest_silence = tally.longest_silence.max(tally.last_answer.elapsed());
        tally
    }
}

fn ask(address: SocketAddr, keeps_alive: bool, stop: &AtomicBool, tally: &Mutex<Tally>) {
    let mut connection = None;
    while !stop.load(Ordering::Relaxed) {
        let answer = exchange(address, keeps_alive, &mut connection);
        let failed = answer.is_err();
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(()) => {
                tally.answered += 1;
                tally.longest_silence = tally.longest_silence.max(tally.last_answer.elapsed());
                tally.last_answer = Instant::now();
            }
            Err(problem) => {
                tally.failed += 1;
                tally.first_failure.get_or_insert(problem);
                connection = None;
            }
        }
        drop(tally);
        // The machine has few cores, and a server that is away is not to be drowned.
        std::thread::sleep(Duration::from_millis(if failed { 20 } else { 2 }));
    }
}

fn exchange(
    address: SocketAddr,
    keeps_alive: bool,
    kept: &mut Option<BufReader<TcpStream>>,
) -> Result<(), String> {
    let told = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => {
            let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(told("connect"))?;
            stream.set_read_timeout(Some(PATIENCE)).map_err(told("connect"))?;
            BufReader::new(stream)
        }
    };
    let last = if keeps_alive { "" } else { "Connection: close\r\n" };
    let request =
        format!("GET /api/wip/overview/summary HTTP/1.1\r\nHost: {address}\r\n{last}\r\n");
    connection.get_mut().write_all(request.as_bytes()).map_err(told("send"))?;
    let (mut status, mut length, mut closes) = (String::new(), 0, !keeps_alive);
    loop {
        let mut line = String::new();
        let read = connection.read_line(&mut line).map_err(told("read"))?;
        if read == 0 {
            return Err("closed before the answer".to_owned());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if status.is_empty() {
            line.clone_into(&mut status);
        } else if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| format!("strange length {value}"))?;
        } else if lower == "connection: close" {
            closes = true;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).map_err(told("body"))?;
    if !status.contains(" 200 ") {
        return Err(status);
    }
    if !closes {
        *kept = Some(connection);
    }
    Ok(())
}
