//! A reader of the log that stands still.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{KEY, Running, ask, program};

/// More than fit into a pipe and into what waits for it.
const REQUESTS: usize = 6_000;

#[test]
fn requests_go_on_while_nobody_reads_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("LOG_LEVEL", "info"),
    ];
    let mut child = program(folder.path(), &["serve"], &settings).spawn().unwrap();
    // Open and never read.
    let _log = child.stderr.take();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
    let _running = Running { child, said: Vec::new() };

    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut answer = vec![0; 16 * 1024];
    for request in 0..REQUESTS {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let read = stream.read(&mut answer);
        let read = read.unwrap_or_else(|error| panic!("request {request}: {error}"));
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "request {request}");
    }
    let get = |path: &str| {
        ask(&address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    };
    let metrics = get("/metrics");
    let figure = "mes_log_lines_left_out_total{name=\"standard_error\"} ";
    let left_out = metrics.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
    assert!(left_out.parse::<u64>().unwrap() > 0, "{left_out}");
    // A report is kept for a moment, and this one may be from before.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !get("/health").contains("lines were left out") {
        assert!(Instant::now() < deadline, "it is not told");
        std::thread::sleep(Duration::from_millis(50));
    }
}
