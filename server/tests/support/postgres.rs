//! A real PostgreSQL server for a test of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

/// A user with a password; all others need none.
pub const GUARDED_USER: &str = "guarded";

/// Where Debian keeps the programs of the newest PostgreSQL that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("postgres").exists()).max()
}

/// A server of its own: own data, own port on this machine; ended by pid.
pub struct Server {
    pub process: Child,
    pub port: u16,
    /// Removed with the server.
    _folder: tempfile::TempDir,
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Numeric user and group of `postgres`; its programs refuse to run as root.
fn postgres_user() -> Option<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// One of its programs, under the name of `postgres` where it is started by root.
pub fn program(name: &str) -> Command {
    let folder = programs().expect("PostgreSQL is missing: apt-get install postgresql");
    as_postgres(Command::new(folder.join(name)))
}

/// The program under the name of `postgres` where it is started by root.
pub fn as_postgres(mut command: Command) -> Command {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if root && let Some((user, group)) = postgres_user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A folder that the programs of PostgreSQL may write to.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if let Some((user, group)) = postgres_user() {
        // Fails without root, where the folder is already ours.
        let _ = std::os::unix::fs::chown(folder.path(), Some(user), Some(group));
    }
    folder
}

impl Server {
    pub fn start() -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        let made = program("initdb")
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--username=postgres", "-D"])
            .arg(&data)
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        let access = data.join("pg_hba.conf");
        let open = std::fs::read_to_string(&access).unwrap();
        let guarded = format!("host all {GUARDED_USER} 127.0.0.1/32 scram-sha-256\n{open}");
        std::fs::write(&access, guarded).unwrap();
        Self::over(folder, &[])
    }

    /// A server over the folder `data`.
    pub fn over(folder: tempfile::TempDir, settings: &[&str]) -> Self {
        let port = free_port();
        let process = program("postgres")
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", "fsync=off", "-p", &port.to_string()])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .spawn()
            .unwrap();
        Self { process, port, _folder: folder }
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub async fn connect(&self) -> PgConnection {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match PgConnection::connect(&self.url()).await {
                Ok(connection) => return connection,
                Err(error) => {
                    assert!(Instant::now() < deadline, "PostgreSQL did not start: {error}")
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
