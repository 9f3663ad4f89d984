//! `cargo xtask dev`: the demo plant, the server, and Vite with hot reload in front of both.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::run::{Done, inside, program, shown};
use crate::{build, install};

/// What the demo prints when it serves.
const LISTENING: &str = "listening on http://";

/// A program that ends with this one.
struct Companion(Child);

impl Drop for Companion {
    fn drop(&mut self) {
        // It may have exited on its own.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds what is missing, starts the demo on a free port and Vite in the foreground. The arguments
/// are those of Vite (`--port`, `--host`).
pub(crate) fn dev(args: &[String]) -> Done {
    build::server()?;
    install::npm_packages("frontend")?;
    let mut demo = Command::new(program("mes-dashboard"));
    demo.args(["demo", "--port", "0"]).stdout(Stdio::piped());
    println!("$ {}", shown(&demo));
    let mut demo = Companion(demo.spawn().map_err(|error| format!("the demo: {error}"))?);
    let output = demo.0.stdout.take().ok_or("the demo has no output")?;
    let mut lines = BufReader::new(output).lines();
    let address = loop {
        let line = lines.next().ok_or("the demo ended; its error is above")?;
        let line = line.map_err(|error| error.to_string())?;
        if let Some(address) = line.strip_prefix(LISTENING) {
            break format!("http://{}", address.trim());
        }
        // How to sign in.
        println!("{line}");
    };
    // A pipe that nobody reads would stop the demo.
    std::thread::spawn(move || lines.for_each(drop));
    let mut vite = Command::new("npm");
    vite.args(["run", "dev", "--"]).args(args).current_dir(inside("frontend"));
    println!("the demo serves {address}; pages with hot reload follow");
    let status = vite.env("MES_SERVER", address).status();
    match status {
        Ok(status) if status.success() || status.code().is_none() => Ok(()),
        Ok(status) => Err(format!("npm run dev ended with {status}")),
        Err(error) => Err(format!("npm can't be started: {error}")),
    }
}
