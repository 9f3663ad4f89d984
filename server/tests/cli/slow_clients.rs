//! Clients that send slowly, too much, or nonsense: what they cost the program in memory.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{KEY, Running, ask, program};

/// Connections of each kind.
const SLOW: usize = 1_000;
/// What each slow client tries to leave with the server.
const HEADER: usize = 300 * 1024;
/// What all of them together may cost: what a connection may hold, twice, and the program's own.
const MOST_MEMORY: u64 = SLOW as u64 * 128 * 1024 + 64 * 1024 * 1024;

/// A figure of `/proc/PID/status` in bytes, of the program and what it started.
fn memory(pid: u32, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    let own: u64 = line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024;
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let pids = children.split_whitespace().map(|child| child.parse().unwrap());
    own + pids.map(|child| memory(child, figure)).sum::<u64>()
}

fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

/// Sends until the server accepts no more; returns its response.
fn pour(address: &str, head: &str, chunk: &[u8], chunks: usize) -> (TcpStream, usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut sent = 0;
    if stream.write_all(head.as_bytes()).is_ok() {
        for _ in 0..chunks {
            match stream.write(chunk) {
                Ok(written) => sent += written,
                Err(_) => break,
            }
        }
    }
    (stream, sent)
}

fn answer(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    let mut text = Vec::new();
    // What came before a reset counts as well.
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what one reads this test for")]
fn clients_that_send_slowly_or_too_much_cost_bounded_memory() {
    rlimit::increase_nofile_limit(2 * SLOW as u64).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("COMMAND_RATE_LIMIT_MAX_REQUESTS", "0"),
        ("QUERY_RATE_LIMIT_MAX_REQUESTS", "0"),
        ("HTTP_HEADER_READ_TIMEOUT", "5"),
        ("LOG_LEVEL", "error"),
    ];
    let (running, address) = Running::listening(program(folder.path(), &["serve"], &settings));
    let pid = running.pid();
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    let before = memory(pid, "VmRSS");
    let start = Instant::now();

    // Headers that never end: some bytes, and as many as the server takes.
    let filler = vec![b'a'; 16 * 1024];
    let mut held = Vec::new();
    for client in 0..SLOW {
        let chunks = if client % 2 == 0 { 0 } else { HEADER / filler.len() };
        held.push(pour(&address, "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", &filler, chunks).0);
    }
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"), "slow clients keep others out");
    let slow = memory(pid, "VmHWM");
    assert!(slow - before < MOST_MEMORY, "{} MB for slow headers", (slow - before) >> 20);

    // Bodies that are announced as huge, or of no length, or nested without end.
    let post = "POST /api/job-query/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for _ in 0..64 {
        let announced = format!("{post}content-length: 10000000000\r\n\r\n");
        let (stream, sent) = pour(&address, &announced, &filler, 1024);
        assert!(answer(stream).starts_with("HTTP/1.1 413"), "after {sent} bytes");
        let mut chunk = format!("{:x}\r\n", filler.len()).into_bytes();
        chunk.extend_from_slice(&filler);
        chunk.extend_from_slice(b"\r\n");
        let endless = format!("{post}transfer-encoding: chunked\r\n\r\n");
        let (stream, sent) = pour(&address, &endless, &chunk, 1024);
        assert!(sent < 1024 * chunk.len(), "all of an endless body was taken");
        drop(stream);
        let bomb = "[".repeat(60_000);
        let close = "connection: close\r\n";
        let said = ask(&address, &format!("{post}{close}content-length: 60000\r\n\r\n{bomb}"));
        assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    }
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    let all = memory(pid, "VmHWM");
    assert!(all - before < MOST_MEMORY, "{} MB for all", (all - before) >> 20);

    // The header's time is over for each of them without its doing anything.
    for mut stream in held {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    println!(
        "{SLOW} slow headers: {} MB more; with 192 hostile bodies: {} MB more, at rest {} MB; {:?}",
        (slow - before) >> 20,
        (all - before) >> 20,
        memory(pid, "VmRSS") >> 20,
        start.elapsed()
    );
}
