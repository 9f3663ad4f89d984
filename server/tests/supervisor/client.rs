//! Clients that count what is lost. None of them tries a request again.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What all clients found.
#[derive(Default)]
pub struct Tally {
    pub stop: AtomicBool,
    pub answered: AtomicU64,
    pub closing: AtomicU64,
    pub streams: AtomicU64,
    pub failures: Mutex<Vec<String>>,
    /// From before the connection to the end of the answer.
    pub times_us: Mutex<Vec<u32>>,
}

impl Tally {
    pub fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    /// Counts an outcome; whether the connection can be used again.
    pub fn note(&self, client: &str, began: Instant, outcome: std::io::Result<Answer>) -> bool {
        match outcome {
            Ok(answer) if answer.status >= 500 => {
                self.failures.lock().unwrap().push(format!("{client}: {}", answer.status));
                false
            }
            Ok(answer) => {
                let us = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
                self.times_us.lock().unwrap().push(us);
                self.answered.fetch_add(1, Ordering::SeqCst);
                self.closing.fetch_add(u64::from(answer.is_closing), Ordering::SeqCst);
                !answer.is_closing
            }
            Err(error) => {
                self.failures.lock().unwrap().push(format!("{client}: {error}"));
                false
            }
        }
    }
}

pub struct Answer {
    pub status: u16,
    pub is_closing: bool,
    pub body: Vec<u8>,
}

pub fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn end_of_head(text: &[u8]) -> Option<usize> {
    text.windows(4).position(|part| part == b"\r\n\r\n").map(|at| at + 4)
}

/// One request and all of its answer.
pub fn ask_on(stream: &mut TcpStream, request: &str) -> std::io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    let (mut text, mut part) = (Vec::new(), [0; 16 * 1024]);
    let mut needed = usize::MAX;
    let mut head = 0;
    while text.len() < needed {
        let length = match stream.read(&mut part) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => length,
            // The machine stood still for a moment.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        text.extend_from_slice(&part[..length]);
        if needed == usize::MAX
            && let Some(end) = end_of_head(&text)
        {
            head = end;
            let lower = String::from_utf8_lossy(&text[..end]).to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            needed = end + length.map_or(0, |length| length.parse().unwrap());
        }
    }
    let top = String::from_utf8_lossy(&text[..head]).to_lowercase();
    let status = top.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok(Answer { status, is_closing: top.contains("connection: close"), body: text.split_off(head) })
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")
}

pub fn ask(address: &str, path: &str) -> std::io::Result<Answer> {
    ask_on(&mut connect(address)?, &get(path))
}

pub fn is_well(address: &str) -> bool {
    ask(address, "/livez").is_ok_and(|answer| answer.status == 200)
}

/// Whether the other side has closed the connection; clients look before they use one again.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    !matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// One connection for as long as the server keeps it, with pauses up to `pause_ms`.
pub fn kept(address: &str, request: &str, pause_ms: u64, tally: &Tally) {
    let mut open: Option<TcpStream> = None;
    while tally.goes_on() {
        let began = Instant::now();
        let usable =
            open.take().filter(|stream| !is_closed(stream)).map_or_else(|| connect(address), Ok);
        let outcome = usable.and_then(|mut stream| Ok((ask_on(&mut stream, request)?, stream)));
        let (answer, stream) =
            outcome.map_or_else(|error| (Err(error), None), |(a, s)| (Ok(a), Some(s)));
        if tally.note("kept", began, answer) {
            open = stream;
        }
        if pause_ms > 0 {
            std::thread::sleep(Duration::from_millis(fastrand::u64(..pause_ms)));
        }
    }
}

/// A new connection for every request.
pub fn fresh(address: &str, request: &str, tally: &Tally) {
    while tally.goes_on() {
        let began = Instant::now();
        let outcome = connect(address).and_then(|mut stream| ask_on(&mut stream, request));
        tally.note("fresh", began, outcome);
    }
}

/// A reader of events that reconnects as browsers do. A stream that ends without a time to
/// reconnect counts as lost.
pub fn events(address: &str, tally: &Tally) {
    while tally.goes_on() {
        let lost = |what: String| tally.failures.lock().unwrap().push(format!("events: {what}"));
        let mut stream = match connect(address) {
            Ok(stream) => stream,
            Err(error) => {
                lost(error.to_string());
                continue;
            }
        };
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        stream.write_all(get("/api/events").as_bytes()).unwrap();
        let (mut text, mut part) = (Vec::new(), [0; 4096]);
        while tally.goes_on() {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(length) => text.extend_from_slice(&part[..length]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => {
                    lost(error.to_string());
                    break;
                }
            }
        }
        let text = String::from_utf8_lossy(&text);
        if tally.goes_on() {
            tally.streams.fetch_add(1, Ordering::SeqCst);
            if !text.contains("event: farewell") || !text.ends_with("0\r\n\r\n") {
                lost(format!("ended without a word: {text:?}"));
            }
        }
    }
}
