//! The program itself: what it refuses to start with, and the commands around users and secrets.

mod env_example;
mod event_streams;
mod history;
mod installation;
mod pages;
mod settings_files;
mod silent_log;
mod slow_clients;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};

use sqlx::{Connection, SqliteConnection};

const KEY: &str = "k3V0Yw7pQm1ZxR9bTn5LsD2fHj8GcA4eUi6oPzXqWvB";
const PASSWORD: &str = "correct horse battery";

/// The program in a folder of its own, with no settings but those given.
fn program(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mes-dashboard"));
    command.args(arguments).env_clear().envs(settings.iter().copied()).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    program(folder, arguments, settings).output().unwrap()
}

fn with_password(folder: &Path, arguments: &[&str], password: &str) -> Output {
    let mut command = program(folder, arguments, &[]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn production_refuses_to_start_weak_and_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let weak = "hunter22hunter22hunter22hunter22";
    for key in ["", "hunter22", weak] {
        let settings = [("DATABASE_URL", "sqlite:plant.sqlite"), ("SECRET_KEY", key)];
        let output = run(folder.path(), &["serve"], &settings);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains("`mes-dashboard secret`"), "{said}");
        assert!(!said.contains("hunter22"), "{said}");
    }
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("LDAP_URL", "ldap://dir.plant"),
        ("LDAP_ALLOWED_HOSTS", "other.plant"),
        ("LDAP_BIND_PASSWORD", "s3cret"),
    ];
    let output = run(folder.path(), &["serve"], &settings);
    let said = text(&output.stderr) + &text(&output.stdout);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("LDAP_ALLOWED_HOSTS") && !said.contains("s3cret"), "{said}");
    assert!(!said.contains(KEY), "{said}");
}

#[test]
fn secrets_are_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let secret = || text(&run(folder.path(), &["secret"], &[]).stdout).trim().to_owned();
    let (one, other) = (secret(), secret());
    assert_eq!(one.len(), 43);
    assert_ne!(one, other);
}

#[test]
fn users_are_kept_by_commands_and_passwords_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(run(here, &["migrate"], &[]).status.success());
    let file = std::fs::metadata(here.join("mes-dashboard.sqlite")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let add = ["user", "add", "Chen", "--role", "admin"];
    let short = with_password(here, &add, "short");
    assert!(!short.status.success() && text(&short.stderr).contains("12 characters"));
    assert!(with_password(here, &add, PASSWORD).status.success());
    let twice = with_password(here, &add, PASSWORD);
    assert!(!twice.status.success() && text(&twice.stderr).contains("already"));
    assert!(run(here, &["user", "disable", "chen"], &[]).status.success());
    assert!(run(here, &["user", "role", "chen", "engineer"], &[]).status.success());
    let list = || text(&run(here, &["user", "list"], &[]).stdout);
    assert_eq!(list(), "chen\tengineer\tdisabled\n");
    assert!(run(here, &["user", "enable", "chen"], &[]).status.success());
    assert!(with_password(here, &["user", "passwd", "chen"], "another long one").status.success());
    assert_eq!(list(), "chen\tengineer\tenabled\n");
    let unknown = run(here, &["user", "disable", "lin"], &[]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no user lin"));
    let said = recorded(here);
    let actor = &said[0].0;
    assert!(
        !actor.is_empty() && said.iter().all(|(who, source, ..)| who == actor && source == "cli")
    );
    let what: Vec<String> =
        said.iter().map(|(_, _, action, target)| format!("{action} {target}")).collect();
    assert_eq!(
        what,
        [
            "user_add chen as admin",
            "user_disable chen",
            "user_role chen to engineer",
            "user_enable chen",
            "user_password chen",
        ],
        "what was refused is not there"
    );
    let bytes = std::fs::read(here.join("mes-dashboard.sqlite")).unwrap();
    assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()));
}

#[test]
fn tokens_are_shown_once_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let add = ["token", "add", "Report", "--days", "0"];
    let token = text(&run(here, &add, &[]).stdout).trim().to_owned();
    assert!(token.starts_with("mes_") && token.len() == 47, "{token}");
    let twice = run(here, &add, &[]);
    assert!(!twice.status.success() && text(&twice.stderr).contains("already"));
    let list = text(&run(here, &["token", "list"], &[]).stdout);
    assert!(list.starts_with("report\tviewer\t") && list.ends_with("\tnever\n"), "{list}");
    assert!(run(here, &["token", "revoke", "REPORT"], &[]).status.success());
    let gone = run(here, &["token", "revoke", "report"], &[]);
    assert!(!gone.status.success() && text(&gone.stderr).contains("no token report"));
    let what: Vec<String> =
        recorded(here).iter().map(|(_, _, action, target)| format!("{action} {target}")).collect();
    assert_eq!(what, ["token_add report as viewer", "token_revoke report"]);
    let bytes = std::fs::read(here.join("mes-dashboard.sqlite")).unwrap();
    assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
}

/// The audit log: who, from where, what, to what.
fn recorded(folder: &Path) -> Vec<(String, String, String, String)> {
    let url = format!("sqlite:{}", folder.join("mes-dashboard.sqlite").display());
    let reading = async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let sql = "select actor, address, action, target from audit order by id";
        let entries = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        entries
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(reading)
}

/// A server that is killed with the test.
struct Running {
    child: Child,
    /// Its output, read so that it never blocks on a reader.
    said: Vec<JoinHandle<String>>,
}

impl Running {
    /// A started server and its address.
    fn listening(mut program: Command) -> (Self, String) {
        let mut child = program.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let errors = child.stderr.take().unwrap();
        let address = loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "it did not start");
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        let said = vec![said_on(out), said_on(errors)];
        (Self { child, said }, address)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it immediately, whatever it is doing.
    fn kill(&mut self) {
        let pid = self.pid();
        let workers = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for worker in workers.split_whitespace() {
            let worker = Pid::from_raw(worker.parse().unwrap()).unwrap();
            // It may have noticed the end of its supervisor.
            let _ = kill_process(worker, Signal::KILL);
        }
    }

    /// Its output after it listened, up to an orderly exit: a killed process loses log lines that
    /// wait for their thread.
    fn stopped(mut self) -> String {
        let supervisor = Pid::from_raw(self.pid().try_into().unwrap()).unwrap();
        kill_process(supervisor, Signal::TERM).unwrap();
        self.child.wait().unwrap();
        std::mem::take(&mut self.said).into_iter().map(|one| one.join().unwrap()).collect()
    }
}

fn said_on(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_user_signs_in_over_the_network_and_no_log_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let add = ["user", "add", "chen", "--role", "admin"];
    assert!(with_password(here, &add, PASSWORD).status.success());
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("LOG_LEVEL", "debug"),
    ];
    let (running, address) = Running::listening(program(here, &["serve"], &settings));
    let body = format!(r#"{{"username":"chen","password":"{PASSWORD}"}}"#);
    let request = format!(
        "POST /api/session HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(&address, &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    let line = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(line.starts_with("set-cookie: __Host-mes_session="), "{line}");
    assert!(line.contains("; HttpOnly; SameSite=Lax; Secure"), "{line}");
    let cookie = line.strip_prefix("set-cookie: ").unwrap().split(';').next().unwrap();
    let request = format!(
        "GET /admin/api/sessions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Cookie: {cookie}\r\n\r\n"
    );
    assert!(ask(&address, &request).starts_with("HTTP/1.1 200"));
    let said = running.stopped();
    assert!(said.contains("signed in"), "{said}");
    let value = cookie.split('=').nth(1).unwrap().split('.').next().unwrap();
    for secret in [KEY, PASSWORD, value] {
        assert!(!said.contains(secret), "a secret is in the log");
    }
}

#[test]
fn without_its_own_database_a_worker_serves_and_people_sign_in_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = here.join("mes-dashboard.sqlite");
    std::fs::write(&file, "no database ".repeat(1000)).unwrap();
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
    ];
    let (_running, address) = Running::listening(program(here, &["serve"], &settings));
    let get = |path: &str| {
        ask(&address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    };
    let sign_in = || {
        let body = format!(r#"{{"username":"chen","password":"{PASSWORD}"}}"#);
        let length = body.len();
        ask(
            &address,
            &format!(
                "POST /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            ),
        )
    };
    assert!(get("/livez").starts_with("HTTP/1.1 200"));
    assert!(get("/wip-overview").starts_with("HTTP/1.1 200"));
    let refused = sign_in();
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("\"degraded_reason\":\"app_database_unavailable\""), "{refused}");
    assert!(get("/health").contains("\"app_database\":\"unhealthy\""));
    std::fs::remove_file(&file).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !get("/health").contains("\"app_database\":\"healthy\"") {
        assert!(std::time::Instant::now() < deadline, "it is not found again");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(with_password(here, &["user", "add", "chen"], PASSWORD).status.success());
    let answer = sign_in();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
