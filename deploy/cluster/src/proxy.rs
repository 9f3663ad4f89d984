//! nginx in front of the servers, with a certificate of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::example_files::filled;
use crate::http::Origin;
use crate::process::{Process, Service, Stop, User, command, locate, run};
use crate::{because, free_port};

const PATIENCE: Duration = Duration::from_secs(30);
/// Servers that nginx.conf has in its place of servers.
const SHOWN_SERVERS: [&str; 3] = ["10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.13:8080"];

/// The proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    process: Process,
    address: SocketAddr,
    certificate: PathBuf,
}

impl Proxy {
    /// Starts it in front of `servers`.
    ///
    /// # Errors
    /// It can't start, or nginx.conf is not what this command knows.
    pub(crate) async fn start(folder: &Path, servers: &[SocketAddr]) -> Result<Self, String> {
        User::Own.make_folder(folder)?;
        let (certificate, key) = certificate(folder).await?;
        let (port, plain_port) = (free_port()?, free_port()?);
        let settings = folder.join("nginx.conf");
        let text = configuration(folder, servers, port, plain_port)?;
        let text = text
            .replace("/etc/nginx/mes.crt", &certificate.to_string_lossy())
            .replace("/etc/nginx/mes.key", &key.to_string_lossy());
        because(&settings, std::fs::write(&settings, text))?;
        let mut nginx = Service::new(&locate("nginx", "nginx")?, User::Own, Stop::Terminate);
        let log = folder.join("nginx.log");
        nginx.command.arg("-e").arg(&log).arg("-p").arg(folder).arg("-c").arg(&settings);
        nginx.command.args(["-g", "daemon off;"]);
        let mut process = Process::start("nginx", nginx, log)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        process.ready(PATIENCE, async || TcpStream::connect(address).await.is_ok()).await?;
        Ok(Self { process, address, certificate })
    }

    /// Where browsers go.
    ///
    /// # Errors
    /// The certificate can't be read.
    pub(crate) fn origin(&self) -> Result<Origin, String> {
        Origin::with_certificate(self.address, &self.certificate)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }
}

/// nginx.conf for this machine.
fn configuration(
    folder: &Path,
    servers: &[SocketAddr],
    port: u16,
    plain_port: u16,
) -> Result<String, String> {
    let in_folder = |name: &str| folder.join(name).display().to_string();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("\n    {kind}_temp_path {};", in_folder(kind)))
        .collect();
    let addresses: Vec<String> = servers.iter().map(SocketAddr::to_string).collect();
    let mut values = vec![
        ("/run/nginx.pid", in_folder("nginx.pid")),
        ("http {", format!("http {{\n    access_log off;{temporary}")),
        ("listen 80;", format!("listen 127.0.0.1:{plain_port};")),
        ("listen 443 ", format!("listen 127.0.0.1:{port} ")),
        ("https://$host$", format!("https://$host:{port}$")),
    ];
    let shown = SHOWN_SERVERS.iter().zip(&addresses);
    values.extend(shown.map(|(shown, address)| (*shown, address.clone())));
    let values: Vec<(&str, &str)> = values.iter().map(|(from, to)| (*from, to.as_str())).collect();
    let text = filled("nginx.conf", &values)?;
    // There are fewer servers here.
    let is_used = |line: &&str| !SHOWN_SERVERS.iter().any(|shown| line.contains(shown));
    Ok(text.lines().filter(is_used).map(|line| format!("{line}\n")).collect())
}

/// A certificate for 127.0.0.1 and its key.
async fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf), String> {
    let (certificate, key) = (folder.join("mes.crt"), folder.join("mes.key"));
    let mut make = command(&locate("openssl", "openssl")?, User::Own);
    make.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    make.args(["-days", "30", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    make.args(["-addext", "basicConstraints=critical,CA:FALSE", "-out"]).arg(&certificate);
    make.arg("-keyout").arg(&key);
    run("openssl", make).await?;
    Ok((certificate, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_the_example_is_that_of_this_machine() {
        let servers = [SocketAddr::from(([127, 0, 0, 1], 1111)), ([127, 0, 0, 1], 2222).into()];
        let text = configuration(Path::new("/here"), &servers, 443, 80).unwrap();
        for part in ["server 127.0.0.1:1111 max_fails", "127.0.0.1:2222", "pid /here/nginx.pid;"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("10.0.0."), "{text}");
        assert!(text.contains("least_conn;"), "{text}");
    }
}
