//! The server as a process: its start, and the first page in an empty browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::{Failure, Figure};

/// Starts the release binary on a simulated plant and times what waits for it.
pub(crate) fn measure(
    root: &Path,
    target: &Path,
    figures: &mut Vec<Figure>,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let binary: PathBuf = target.join("release/mes-dashboard");
    let seeded = Command::new(&binary)
        .args(["demo", "--seed-only", "--data-dir"])
        .arg(folder.path())
        .stderr(Stdio::null())
        .status()?;
    if !seeded.success() {
        return Err("the demo plant could not be made".into());
    }
    let url = format!("sqlite:{}", folder.path().join("plant.sqlite").display());
    let start = Instant::now();
    let serve = ["serve", "--bind-addr", "127.0.0.1:0", "--log-level", "error", "--database-url"];
    let mut server = Command::new(&binary)
        .args(serve)
        .arg(&url)
        .env("APP_ENV", "development")
        .env("APP_DATABASE_URL", "sqlite::memory:")
        // Loading isn't counted.
        .env("WORKER_WARM_TIMEOUT", "0")
        .stdout(Stdio::piped())
        .spawn()?;
    let measured = while_serving(root, &mut server, start, figures);
    server.kill()?;
    server.wait()?;
    // Its worker exits with it.
    measured
}

fn while_serving(
    root: &Path,
    server: &mut Child,
    start: Instant,
    figures: &mut Vec<Figure>,
) -> Result<(), Failure> {
    let mut out = BufReader::new(server.stdout.take().ok_or("the server has no output")?);
    let mut line = String::new();
    let address = loop {
        line.clear();
        if out.read_line(&mut line)? == 0 {
            return Err("the server ended before it listened".into());
        }
        if let Some(address) = line.trim().strip_prefix("listening on http://") {
            break address.to_owned();
        }
    };
    first_answer(&address)?;
    figures.push(Figure {
        budget: "10",
        what: "server start to first answer, loading not counted".into(),
        told: String::new(),
        figure: start.elapsed().as_secs_f64() * 1000.0,
        limit: 300.0,
        unit: "ms",
    });
    let script = root.join("web-wasm/bench/first-page.mjs");
    let origin = format!("http://{address}");
    let output =
        Command::new("node").arg(script).args([&origin, "5"]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the first page was not seen: {}", output.status).into());
    }
    figures.push(Figure {
        budget: "4",
        what: "first page usable, cold cache, the simulated plant".into(),
        told: String::new(),
        figure: String::from_utf8(output.stdout)?.trim().parse()?,
        limit: 1000.0,
        unit: "ms",
    });
    Ok(())
}

fn first_answer(address: &str) -> Result<(), Failure> {
    let mut connection = std::net::TcpStream::connect(address)?;
    connection.write_all(b"GET /livez HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    if answer.contains(" 200 ") { Ok(()) } else { Err(answer.into()) }
}
