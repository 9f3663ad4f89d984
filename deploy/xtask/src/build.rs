//! Builds: the wasm package, the pages, the server.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::install;
use crate::run::{
    Done, PROFILE, become_program, cargo, command, inside, npm, program, run, target,
};

/// What wasm-opt may assume and do. SIMD stays off: the kernels add up cells in an order that
/// no vector unit takes, and with it interactions of all sizes took the same time within 1 %.
/// Large functions with one caller stay apart: inlined, they cost 22 kB of download.
const WASM_OPT: [&str; 7] = [
    "-O2",
    "--one-caller-inline-max-function-size=30",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
];

/// The newest change below some paths.
fn newest(paths: &[&str]) -> Option<SystemTime> {
    fn walk(path: &Path, newest: &mut Option<SystemTime>) {
        let Ok(meta) = path.metadata() else { return };
        if meta.is_dir() {
            for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                if entry.file_name() != "node_modules" && entry.file_name() != "pkg" {
                    walk(&entry.path(), newest);
                }
            }
        } else if let Ok(changed) = meta.modified() {
            *newest = Some(newest.map_or(changed, |known| known.max(changed)));
        }
    }
    let mut found = None;
    for path in paths {
        walk(&inside(path), &mut found);
    }
    found
}

/// Whether `made` is newer than everything below `from`.
fn is_current(made: &str, from: &[&str]) -> bool {
    let made = inside(made).metadata().and_then(|file| file.modified()).ok();
    made.zip(newest(from)).is_some_and(|(made, changed)| made > changed)
}

/// The browser package in `web-wasm/pkg`.
pub(crate) fn wasm() -> Done {
    let sources = [
        "compute-core/src",
        "compute-core/Cargo.toml",
        "web-wasm/src",
        "web-wasm/types",
        "web-wasm/Cargo.toml",
        "Cargo.toml",
    ];
    if is_current("web-wasm/pkg/package.json", &sources) {
        println!("web-wasm/pkg is up to date");
        return Ok(());
    }
    install::wasm_target()?;
    install::npm_packages("web-wasm")?;
    cargo(&[
        "build",
        "--package",
        "web-wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ])?;
    let built = target().join("wasm32-unknown-unknown/wasm/mes_compute.wasm");
    let out = inside("web-wasm/pkg");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| error.to_string())?;
    }
    let (built, out) = (built.to_string_lossy(), out.to_string_lossy());
    programs(&["wasm-bundle"])?;
    let bundler = program("wasm-bundle");
    run(&mut command(&bundler.to_string_lossy(), &[&built, &out, "mes_compute"]))?;
    let wasm = format!("{out}/mes_compute_bg.wasm");
    let optimiser = inside("web-wasm/node_modules/.bin/wasm-opt");
    run(command(&optimiser.to_string_lossy(), &WASM_OPT).args([&wasm, "-o", &wasm]))?;
    let manifest = format!(
        "{{\n  \"name\": \"mes-compute\",\n  \"version\": \"{}\",\n  \"type\": \"module\",\n  \"main\": \"mes_compute.js\",\n  \"types\": \"mes_compute.d.ts\",\n  \"sideEffects\": false\n}}\n",
        env!("CARGO_PKG_VERSION")
    );
    fs::write(format!("{out}/package.json"), manifest).map_err(|error| error.to_string())?;
    for file in ["mes_compute_bg.wasm", "mes_compute.js"] {
        let size = fs::metadata(format!("{out}/{file}")).map_err(|error| error.to_string())?.len();
        println!("{file}: {size} bytes");
    }
    Ok(())
}

/// The pages in `frontend/dist`.
pub(crate) fn frontend() -> Done {
    wasm()?;
    install::npm_packages("frontend")?;
    let sources = [
        "frontend/src",
        "frontend/index.html",
        "frontend/package-lock.json",
        "frontend/vite.config.ts",
        "web-wasm/pkg/package.json",
    ];
    if is_current("frontend/dist/built", &sources) {
        println!("frontend/dist is up to date");
        return Ok(());
    }
    npm("frontend", &["run", "build"])?;
    // Vite empties the folder, so that the mark only stands for a whole build.
    fs::write(inside("frontend/dist/built"), "").map_err(|error| error.to_string())
}

/// Programs of the workspace in the profile of tests and demo.
///
/// Cargo unifies the features of dependencies over the selected packages, and adds those of
/// development dependencies once a test is selected. The whole workspace with its smallest test is
/// the selection of `cargo nextest run --workspace`, so that no dependency is compiled twice.
pub(crate) fn programs(names: &[&str]) -> Done {
    let mut build = command("cargo", &["build", "--workspace", "--profile", PROFILE]);
    build.args(["--test", "purity"]).args(names.iter().flat_map(|name| ["--bin", *name]));
    run(&mut build)
}

/// The server with the pages inside, in the profile of tests and demo.
pub(crate) fn server() -> Done {
    frontend()?;
    programs(&["mes-dashboard"])
}

/// The release binary.
pub(crate) fn release() -> Done {
    frontend()?;
    cargo(&["build", "--release", "--package", "server"])?;
    println!("target/release/mes-dashboard is ready");
    Ok(())
}

/// Builds everything and shows it on a simulated plant.
pub(crate) fn demo(args: &[String]) -> Done {
    server()?;
    become_program(command(&program("mes-dashboard").to_string_lossy(), &["demo"]).args(args))
}

/// Prints the budget table.
pub(crate) fn bench(args: &[String]) -> Done {
    install::system_packages()?;
    release()?;
    install::npm_packages("web-wasm/bench")?;
    npm("web-wasm/bench", &["run", "--silent", "bundle"])?;
    run(command("cargo", &["run", "--release", "--package", "bench", "--"]).args(args))?;
    cargo(&["run", "--release", "--package", "bench", "--bin", "fail_fast"])?;
    cargo(&["run", "--release", "--package", "bench", "--bin", "loading"])?;
    cargo(&["run", "--release", "--package", "bench", "--bin", "rollup"])?;
    let mut reload =
        command("cargo", &["run", "--release", "--package", "bench", "--bin", "reload"]);
    if args.iter().any(|arg| arg == "--quick") {
        reload.args(["--", "--reloads=20", "--requests=100000", "--bad-builds=6"]);
    }
    run(&mut reload)
}

/// The example of several servers on this machine, once it is built.
pub(crate) fn scale_out_command() -> Result<Command, String> {
    install::scale_out_packages()?;
    frontend()?;
    programs(&["mes-dashboard", "cluster"])?;
    Ok(Command::new(program("cluster")))
}

/// Starts the example of several servers, or proves it.
pub(crate) fn scale_out(args: &[String]) -> Done {
    become_program(scale_out_command()?.args(args))
}

/// Follows the pages through eight hours of updates.
pub(crate) fn day(args: &[String]) -> Done {
    install::system_packages()?;
    server()?;
    let server = program("mes-dashboard");
    let script = ["frontend/bench/day.mjs", "--server", &server.to_string_lossy()];
    run(command("node", &script).args(args))
}
