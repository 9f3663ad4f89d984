//! A real Redis server for a test of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::Client;
use redis::aio::MultiplexedConnection;

/// A server of its own: keeps nothing on disk, own port on this machine; ended by pid.
pub struct Server {
    pub process: Child,
    pub port: u16,
    /// Removed with the server.
    folder: tempfile::TempDir,
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(port: u16, folder: &tempfile::TempDir, more: &[&str]) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"])
        .arg(folder.path())
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("Redis is missing: apt-get install redis-server")
}

impl Server {
    /// Starts one and waits until it answers.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with more settings.
    pub async fn start_with(more: &[&str]) -> Self {
        let server = Self::spawn_with(more);
        server.connect().await;
        server
    }

    /// Starts one that need not answer on its plain port.
    pub fn spawn_with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        Self { process: spawn(port, &folder, more), port, folder }
    }

    /// Starts it again, empty, after its end.
    pub async fn start_again(&mut self) {
        self.process = spawn(self.port, &self.folder, &[]);
        self.connect().await;
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A connection beside those of the product.
    pub async fn connect(&self) -> MultiplexedConnection {
        let client = Client::open(self.url()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match client.get_multiplexed_async_connection().await {
                Ok(connection) => return connection,
                Err(error) => assert!(Instant::now() < deadline, "Redis did not start: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
