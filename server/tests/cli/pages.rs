//! The layout of pages over a process that is killed while it is changed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{KEY, PASSWORD, Running, program, with_password};

/// How often it is killed.
const ROUNDS: i64 = 5;
/// Changes that are answered before it is killed.
const CHANGES: i64 = 15;

fn start(folder: &Path) -> (Running, String) {
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("APP_ENV", "development"),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("COMMAND_RATE_LIMIT_MAX_REQUESTS", "0"),
        ("LOG_LEVEL", "error"),
    ];
    Running::listening(program(folder, &["serve"], &settings))
}

/// Status, head and body; an error when the connection breaks.
fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<(u16, String, Value)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let broken = || std::io::Error::other("no whole answer");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.get(9..12).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
    let body = serde_json::from_str(body).map_err(|_| broken())?;
    Ok((status, head.to_owned(), body))
}

/// Signs in; the headers of an administrator's request.
fn sign_in(address: &str) -> String {
    let body = json!({ "username": "chen", "password": PASSWORD }).to_string();
    let (status, head, body) = ask(address, "POST", "/api/session", "", &body).unwrap();
    assert_eq!(status, 200, "{body}");
    let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = line.split(';').next().unwrap();
    let token = body["data"]["csrf_token"].as_str().unwrap();
    format!("Cookie: {cookie}\r\nX-CSRF-Token: {token}\r\n")
}

fn layout(address: &str, headers: &str) -> Value {
    ask(address, "GET", "/admin/api/pages", headers, "").unwrap().2["data"].clone()
}

/// Changes the layout again and again, each time all of it, until the server is gone.
fn keep_changing(address: &str, headers: &str, answered: &AtomicI64) {
    let mut known = layout(address, headers);
    loop {
        let mark = format!("mark {}", known["revision"].as_i64().unwrap() + 1);
        for drawer in known["drawers"].as_array_mut().unwrap() {
            drawer["name"] = json!({ "zh-TW": mark, "en": mark });
            for page in drawer["pages"].as_array_mut().unwrap() {
                page["name"] = json!({ "zh-TW": mark, "en": mark });
            }
        }
        let Ok((status, _, body)) =
            ask(address, "PUT", "/admin/api/pages", headers, &known.to_string())
        else {
            return;
        };
        match status {
            200 => {
                known = body["data"].clone();
                answered.fetch_max(known["revision"].as_i64().unwrap(), Ordering::SeqCst);
            }
            409 => match ask(address, "GET", "/admin/api/pages", headers, "") {
                Ok((_, _, body)) => known = body["data"].clone(),
                Err(_) => return,
            },
            _ => panic!("{status} {body}"),
        }
    }
}

#[test]
fn a_process_that_is_killed_leaves_one_whole_layout_and_an_entry_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let add = ["user", "add", "chen", "--role", "admin"];
    assert!(with_password(here, &add, PASSWORD).status.success());
    let mut least = 0;
    for round in 0..=ROUNDS {
        let (mut running, address) = start(here);
        let headers = sign_in(&address);
        let now = layout(&address, &headers);
        let revision = now["revision"].as_i64().unwrap();
        assert!(revision >= least, "{revision} {least}: what was answered is kept");
        if revision > 0 {
            let mark = json!(format!("mark {revision}"));
            for drawer in now["drawers"].as_array().unwrap() {
                let pages = drawer["pages"].as_array().unwrap().iter();
                for named in pages.chain([drawer]) {
                    assert_eq!((&named["name"]["en"], &named["name"]["zh-TW"]), (&mark, &mark));
                }
            }
        }
        let audit = ask(&address, "GET", "/admin/api/audit?limit=500", &headers, "").unwrap().2;
        let entries = audit["data"]["entries"].as_array().unwrap();
        let changes = entries.iter().filter(|entry| entry["action"] == "pages").count();
        assert_eq!(i64::try_from(changes).unwrap(), revision, "one entry for each change");
        if round == ROUNDS {
            break;
        }
        let answered = AtomicI64::new(revision);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| keep_changing(&address, &headers, &answered));
            }
            let deadline = Instant::now() + Duration::from_secs(60);
            while answered.load(Ordering::SeqCst) < revision + CHANGES {
                assert!(Instant::now() < deadline, "changes are not answered");
                std::thread::sleep(Duration::from_millis(1));
            }
            // SIGKILL, while changes are under way.
            running.kill();
        });
        least = answered.load(Ordering::SeqCst);
    }
    assert!(least >= ROUNDS * CHANGES);
}
