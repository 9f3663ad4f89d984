//! Event streams of users that a command in another process changes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{KEY, PASSWORD, Running, ask, program, run, with_password};

#[test]
fn a_stream_ends_when_its_user_is_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(
        with_password(here, &["user", "add", "chen", "--role", "viewer"], PASSWORD)
            .status
            .success()
    );
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("ANONYMOUS_ROLE", "none"),
        ("LOG_LEVEL", "error"),
    ];
    let (_running, address) = Running::listening(program(here, &["serve"], &settings));
    let body = format!(r#"{{"username":"chen","password":"{PASSWORD}"}}"#);
    let head = format!("Host: {address}\r\nConnection: close\r\n");
    let answer = ask(
        &address,
        &format!(
            "POST /api/session HTTP/1.1\r\n{head}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    let cookie =
        answer.lines().find_map(|line| line.strip_prefix("set-cookie: __Host-mes_session="));
    let cookie = cookie.unwrap_or_else(|| panic!("{answer}")).split(';').next().unwrap();
    let request =
        format!("GET /api/events HTTP/1.1\r\n{head}Cookie: __Host-mes_session={cookie}\r\n\r\n");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "event: condition"));
    assert!(run(here, &["user", "disable", "chen"], &[]).status.success());
    assert!(lines.any(|line| line == "event: farewell"), "the stream ended without a word");
    let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    assert!(data.contains("\"session_ended\""), "{data}");
    let again = ask(&address, &request);
    assert!(again.starts_with("HTTP/1.1 401"), "{again}");
    let health = ask(&address, &format!("GET /health HTTP/1.1\r\n{head}\r\n"));
    let data = health.split("\r\n\r\n").nth(1).unwrap();
    assert!(data.contains("\"status\":") && !data.contains("cache"), "{health}");
}
