//! What stands in front of and beside a PostgreSQL server: a pooler, a standby.

use std::process::{Child, Command};

use crate::server::{Server, as_postgres, folder, free_port, program};

/// A hot standby that follows `primary` and lets no query wait for it.
pub fn standby(primary: &Server) -> Server {
    let folder = folder();
    let copied = program("pg_basebackup")
        .args(["-h", "127.0.0.1", "-U", "postgres", "-R", "-X", "stream", "-c", "fast"])
        .args(["--no-sync", "-p", &primary.port.to_string(), "-D"])
        .arg(folder.path().join("data"))
        .status();
    assert!(copied.unwrap().success(), "pg_basebackup failed");
    Server::over(folder, &["max_standby_streaming_delay=0"])
}

/// A pgbouncer as Debian ships it, in transaction mode; ended by pid.
pub struct Pooler {
    process: Child,
    port: u16,
    /// Removed with the pooler.
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// In front of `server`, with two connections to it.
    pub fn start(server: &Server) -> Self {
        let (folder, port) = (folder(), free_port());
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\npostgres = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 2\n",
            server.port
        );
        std::fs::write(&settings, text).unwrap();
        let process = as_postgres(Command::new("/usr/sbin/pgbouncer"))
            .arg(&settings)
            .spawn()
            .expect("pgbouncer is missing: apt-get install pgbouncer");
        Self { process, port, _folder: folder }
    }

    pub fn url(&self) -> String {
        format!("postgres://reader@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
