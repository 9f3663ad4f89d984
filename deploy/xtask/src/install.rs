//! Installs what a fresh machine lacks, or prints what to install.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Done, command, headline, inside, is_there, npm, run, target};

/// The wasm target of the toolchain.
pub(crate) fn wasm_target() -> Done {
    let listed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    match listed {
        Ok(output)
            if String::from_utf8_lossy(&output.stdout).contains("wasm32-unknown-unknown") =>
        {
            Ok(())
        }
        Ok(_) => run(&mut command("rustup", &["target", "add", "wasm32-unknown-unknown"])),
        Err(_) => Err("rustup is missing: install it from https://rustup.rs".to_owned()),
    }
}

/// npm packages of a folder, from its lock file.
pub(crate) fn npm_packages(folder: &str) -> Done {
    if !is_there("npm") {
        return Err(
            "Node 20 or newer with npm is missing: install it from https://nodejs.org".to_owned()
        );
    }
    let (lock, done) = (
        inside(folder).join("package-lock.json"),
        inside(folder).join("node_modules/.package-lock.json"),
    );
    let age = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    if age(&done).zip(age(&lock)).is_some_and(|(done, lock)| done >= lock) {
        return Ok(());
    }
    npm(folder, &["ci", "--no-audit", "--no-fund"])
}

/// A Debian package and how to see that it is there.
struct Package {
    name: &'static str,
    is_there: fn() -> bool,
}

const PACKAGES: [Package; 8] = [
    Package { name: "chromium", is_there: || is_there("chromium") },
    Package {
        name: "postgresql-15",
        is_there: || Path::new("/usr/lib/postgresql/15/bin/postgres").exists(),
    },
    Package { name: "pgbouncer", is_there: || Path::new("/usr/sbin/pgbouncer").exists() },
    Package { name: "nginx", is_there: || Path::new("/usr/sbin/nginx").exists() },
    Package { name: "openssl", is_there: || is_there("openssl") },
    Package { name: "redis-server", is_there: || is_there("redis-server") },
    Package { name: "slapd", is_there: || Path::new("/usr/sbin/slapd").exists() },
    Package {
        name: "fonts-noto-cjk",
        is_there: || Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists(),
    },
];

/// What the rehearsal needs as well.
const REHEARSAL: [Package; 5] = [
    Package { name: "systemd-container", is_there: || is_there("systemd-nspawn") },
    Package { name: "binutils", is_there: || is_there("strip") },
    Package { name: "curl", is_there: || is_there("curl") },
    Package { name: "jq", is_there: || is_there("jq") },
    Package { name: "python3-venv", is_there: || is_there("python3") },
];

/// What the tests need of the system.
pub(crate) fn system_packages() -> Done {
    install(&PACKAGES)
}

/// What the example of several servers needs of the system.
pub(crate) fn scale_out_packages() -> Done {
    const NEEDED: [&str; 5] = ["postgresql-15", "pgbouncer", "redis-server", "nginx", "openssl"];
    install(PACKAGES.iter().filter(|package| NEEDED.contains(&package.name)))
}

/// What the rehearsal needs of the system.
pub(crate) fn rehearsal_packages() -> Done {
    install(&REHEARSAL)
}

fn install<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Done {
    let missing: Vec<&str> = packages
        .into_iter()
        .filter(|package| !(package.is_there)())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    if !root || !is_there("apt-get") {
        return Err(format!(
            "install {} and try again; on Debian or Ubuntu: sudo apt-get install {}",
            missing.join(", "),
            missing.join(" ")
        ));
    }
    run(&mut command("apt-get", &["update", "-qq"]))?;
    let mut install = command("apt-get", &["install", "-y", "-qq", "--no-install-recommends"]);
    run(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The Python of an environment with what `requirements.txt` of a folder pins.
pub(crate) fn python_packages(folder: &str) -> Result<PathBuf, String> {
    let name = Path::new(folder).file_name().unwrap_or_default();
    let environment = target().join("python").join(name);
    let (wanted, done) = (inside(folder).join("requirements.txt"), environment.join("installed"));
    let python = environment.join("bin/python");
    let content = |file: &Path| std::fs::read(file).ok();
    if python.exists() && content(&done).is_some() && content(&done) == content(&wanted) {
        return Ok(python);
    }
    let made = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    made.map_err(|problem| {
        format!("{}; on Debian or Ubuntu: sudo apt-get install python3-venv", headline(&problem))
    })?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run(pip.arg(&wanted))?;
    std::fs::copy(&wanted, &done).map_err(|error| format!("{}: {error}", done.display()))?;
    Ok(python)
}

/// The judge of dependencies, at a version that is known to understand `deny.toml`.
pub(crate) fn cargo_deny() -> Result<PathBuf, String> {
    let folder = target().join("tools");
    let program = folder.join("bin/cargo-deny");
    if !program.exists() {
        let mut install = command("cargo", &["install", "--locked", "--quiet"]);
        install.args(["cargo-deny", "--version", "0.20.2", "--root"]).arg(&folder);
        run(install.env("CARGO_TARGET_DIR", folder.join("build")))?;
    }
    Ok(program)
}

/// The test runner.
pub(crate) fn nextest() -> Done {
    if is_there("cargo-nextest") {
        return Ok(());
    }
    run(&mut command("cargo", &["install", "cargo-nextest", "--locked"]))
}
