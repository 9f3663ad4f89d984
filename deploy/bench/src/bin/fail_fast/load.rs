//! Requests on a fixed schedule over kept connections. A time is counted from when the request
//! was *due*, so that a server which answers late can't hide it by being asked less.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Failure;

/// What to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) address: &'a str,
    pub(crate) path: &'a str,
    pub(crate) per_second: u32,
    pub(crate) length: Duration,
    /// Connections that take turns; each waits for its answer before it sends again.
    pub(crate) connections: u32,
}

/// Responses.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// From due to answered, in µs; sorted.
    pub(crate) answered_us: Vec<u64>,
    /// From due to sent, in µs; sorted. The client's own lateness, and waiting for the answer before.
    pub(crate) sent_us: Vec<u64>,
    /// Answers by status and error code.
    pub(crate) answers: BTreeMap<String, u64>,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
}

impl Outcome {
    /// Responses per second.
    pub(crate) fn rate(&self) -> f64 {
        self.answered_us.len() as f64 / self.took.as_secs_f64()
    }
}

/// A share of the sorted times below which it is, in ms.
pub(crate) fn percentile_ms(sorted_us: &[u64], share: f64) -> f64 {
    let rank = (sorted_us.len() as f64 * share).ceil() as usize;
    let at = rank.clamp(1, sorted_us.len().max(1)) - 1;
    sorted_us.get(at).map_or(f64::NAN, |&us| us as f64 / 1000.0)
}

/// Sends everything and waits for every answer.
///
/// # Errors
/// A connection breaks, or an answer is no HTTP.
pub(crate) fn send(load: Load<'_>) -> Result<Outcome, Failure> {
    let mut lanes = Vec::new();
    for _ in 0..load.connections {
        lanes.push(Connection::open(load.address, load.path)?);
    }
    let all = (f64::from(load.per_second) * load.length.as_secs_f64()) as u32;
    let start = Instant::now() + Duration::from_millis(50);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let lane = |(first, connection): (u32, Connection)| {
            let turns = (first..all).step_by(load.connections as usize);
            let due = turns.map(move |turn| {
                start + Duration::from_secs_f64(f64::from(turn) / f64::from(load.per_second))
            });
            scope.spawn(move || connection.follow(due).map_err(|error| error.to_string()))
        };
        let running: Vec<_> = (0..).zip(lanes).map(lane).collect();
        running.into_iter().map(|thread| thread.join()).collect()
    });
    let mut whole = Outcome { took: start.elapsed(), ..Outcome::default() };
    for part in parts {
        let part = part.map_err(|_| "a connection's thread panicked")??;
        whole.answered_us.extend(part.answered_us);
        whole.sent_us.extend(part.sent_us);
        for (answer, count) in part.answers {
            *whole.answers.entry(answer).or_default() += count;
        }
    }
    whole.answered_us.sort_unstable();
    whole.sent_us.sort_unstable();
    Ok(whole)
}

/// Asks once.
///
/// # Errors
/// As [`send`].
pub(crate) fn ask(address: &str, path: &str) -> Result<String, Failure> {
    Ok(Connection::open(address, path)?.ask()?)
}

/// A kept connection that asks one thing.
struct Connection {
    stream: TcpStream,
    question: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: &str, path: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let question = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes();
        Ok(Self { stream, question, buffer: Vec::new() })
    }

    fn follow(mut self, due: impl Iterator<Item = Instant>) -> std::io::Result<Outcome> {
        let mut outcome = Outcome::default();
        for due in due {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            outcome.sent_us.push(micros(due.elapsed()));
            let answer = self.ask()?;
            outcome.answered_us.push(micros(due.elapsed()));
            *outcome.answers.entry(answer).or_default() += 1;
        }
        Ok(outcome)
    }

    /// Status and error code of the answer.
    fn ask(&mut self) -> std::io::Result<String> {
        self.stream.write_all(&self.question)?;
        self.buffer.clear();
        let mut part = [0; 4096];
        loop {
            let length = self.stream.read(&mut part)?;
            if length == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&part[..length]);
            if let Some(answer) = read(&self.buffer)? {
                return Ok(answer);
            }
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Status and error code of an answer that is all there; `None` as long as it is not.
fn read(answer: &[u8]) -> std::io::Result<Option<String>> {
    let wrong = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end]).map_err(|_| wrong())?;
    let header = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let body = &answer[end + 4..];
    let is_whole = match header("content-length") {
        Some(length) => body.len() >= length.parse().map_err(|_| wrong())?,
        None if header("transfer-encoding") == Some("chunked") => body.ends_with(b"\r\n0\r\n\r\n"),
        None => return Err(wrong()),
    };
    if !is_whole {
        return Ok(None);
    }
    let status = head.split(' ').nth(1).ok_or_else(wrong)?;
    let body = String::from_utf8_lossy(body);
    let code = body.split_once("\"code\":\"").and_then(|(_, rest)| rest.split('"').next());
    Ok(Some(format!("{status} {}", code.unwrap_or_default()).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_all_of_it_is_there() {
        let answer =
            b"HTTP/1.1 503 Busy\r\nContent-Length: 27\r\n\r\n{\"error\":{\"code\":\"X_OPEN\"}}";
        for part in 0..answer.len() {
            assert_eq!(read(&answer[..part]).unwrap(), None, "{part}");
        }
        assert_eq!(read(answer).unwrap().as_deref(), Some("503 X_OPEN"));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        for part in 0..chunked.len() {
            assert_eq!(read(&chunked[..part]).unwrap(), None, "{part}");
        }
        assert_eq!(read(chunked).unwrap().as_deref(), Some("200"));
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\n").is_err(), "an end that nobody can see");
    }

    #[test]
    fn percentiles_are_times_that_were_seen() {
        let times: Vec<u64> = (1..=100).map(|ms| ms * 1000).collect();
        assert_eq!(percentile_ms(&times, 0.5), 50.0);
        assert_eq!(percentile_ms(&times, 0.99), 99.0);
        assert_eq!(percentile_ms(&times, 1.0), 100.0);
        assert!(percentile_ms(&[], 0.5).is_nan());
    }
}
