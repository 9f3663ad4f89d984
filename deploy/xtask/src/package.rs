//! The release as a conda package, and a channel around it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build;
use crate::run::{Done, command, inside, run, target};

/// Version of the workspace, and so of the package.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What goes into the package beside the program: from, to.
const SHARED: [(&str, &str); 5] = [
    ("deploy/RUNBOOK.md", "RUNBOOK.md"),
    ("deploy/mes-dashboard.env.example", "mes-dashboard.env.example"),
    ("deploy/site-rules.example.toml", "site-rules.example.toml"),
    ("deploy/systemd", "systemd"),
    ("deploy/scale-out", "scale-out"),
];

pub(crate) fn because<T>(path: &Path, done: std::io::Result<T>) -> Result<T, String> {
    done.map_err(|error| format!("{}: {error}", path.display()))
}

/// Python with the packages that build and install conda packages; made once, offline afterwards.
pub(crate) fn python() -> Result<PathBuf, String> {
    let (venv, wanted) = (target().join("conda-tools"), inside("deploy/conda/requirements.txt"));
    let python = venv.join("bin/python");
    let mark = venv.join("requirements.txt");
    let text = because(&wanted, fs::read_to_string(&wanted))?;
    if fs::read_to_string(&mark).is_ok_and(|done| done == text) {
        return Ok(python);
    }
    let (place, list) = (venv.to_string_lossy(), wanted.to_string_lossy());
    run(&mut command("python3", &["-m", "venv", "--clear", &place]))?;
    let pip = ["-m", "pip", "install", "--quiet", "--only-binary=:all:", "--requirement", &list];
    run(&mut command(&python.to_string_lossy(), &pip))?;
    because(&mark, fs::write(&mark, text))?;
    Ok(python)
}

/// Adds a package with this program and build number to a channel.
pub(crate) fn add(channel: &Path, program: &Path, build_number: u32) -> Done {
    let python = python()?;
    let files = target().join("package");
    if files.exists() {
        because(&files, fs::remove_dir_all(&files))?;
    }
    because(&files, fs::create_dir_all(files.join("share")))?;
    because(program, fs::copy(program, files.join("mes-dashboard")))?;
    let license = inside("LICENSE");
    because(&license, fs::copy(&license, files.join("LICENSE")))?;
    for (from, to) in SHARED {
        let (from, to) = (inside(from), files.join("share").join(to));
        run(&mut command("cp", &["-R", &from.to_string_lossy(), &to.to_string_lossy()]))?;
    }
    because(channel, fs::create_dir_all(channel))?;
    let script = inside("deploy/conda/build.py");
    let recipe = inside("deploy/conda/recipe.yaml");
    let mut building = command(&python.to_string_lossy(), &[]);
    building.args([&script, &recipe, &channel.to_owned()]);
    building.env("MES_DASHBOARD_VERSION", VERSION).env("MES_DASHBOARD_FILES", &files);
    run(building.env("MES_DASHBOARD_BUILD", build_number.to_string()))
}

/// The release package in `target/channel`.
pub(crate) fn package() -> Done {
    build::release()?;
    let channel = target().join("channel");
    if channel.exists() {
        because(&channel, fs::remove_dir_all(&channel))?;
    }
    add(&channel, &target().join("release/mes-dashboard"), 0)?;
    println!("{} holds mes-dashboard {VERSION}", channel.display());
    Ok(())
}
