//! `cargo xtask rehearsal`: a whole life of an installation in a real systemd, from the package to the
//! removal, with every command of RUNBOOK.md in it.

mod container;
mod load;
mod runbook;
mod steps;

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::package::{self, because};
use crate::run::{Done, command, inside, is_there, program, run, target};
use crate::{build, install};
use container::{Container, TOOLS, make_root};
use load::{Load, Tally};
use runbook::Runbook;

/// Clients that ask while something happens.
const CLIENTS: usize = 6;
/// The conda environment within the system.
const PREFIX: &str = "/opt/conda/envs/mes-dashboard";
const ADMIN: &str = "chen";
const PASSWORD: &str = "rehearsed and never used";

/// A step that was taken.
struct Row {
    name: &'static str,
    spent: Duration,
    /// What was measured, or what went wrong.
    told: Result<String, String>,
}

/// The rehearsal on its way.
struct Rehearsal {
    system: Container,
    runbook: Runbook,
    address: SocketAddr,
    channel: PathBuf,
    rows: Vec<Row>,
}

/// What a step answers: what was measured.
type Told = Result<String, String>;

impl Rehearsal {
    /// Executes a step, and prints it first.
    fn step(&mut self, name: &'static str, take: fn(&mut Self) -> Told) {
        let start = Instant::now();
        let told = take(self);
        let row = Row { name, spent: start.elapsed(), told };
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Steps that failed so far.
    fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.told.is_err()).count()
    }

    /// Runs a block of the runbook and gives what it printed.
    fn block(&mut self, name: &str) -> Told {
        let script = self.runbook.take(name)?;
        self.shell(&script).map_err(|problem| format!("RUNBOOK.md, {name}: {problem}"))
    }

    /// Runs a script with the variables that RUNBOOK.md names.
    fn shell(&self, script: &str) -> Told {
        let (address, channel) = (self.address.to_string(), self.channel.to_string_lossy());
        let (first, next) = (release(0), release(1));
        let variables = [
            ("CONDA_PREFIX", PREFIX),
            ("CHANNEL", &channel),
            ("VERSION", &first),
            ("NEXT", &next),
            ("ADDRESS", &address),
            ("ADMIN", ADMIN),
            ("PASSWORD", PASSWORD),
            ("EDITOR", "operator"),
        ];
        self.system.run(script, &variables, 120)
    }

    /// Waits for a condition, and returns how long it took.
    fn until(
        &mut self,
        what: &str,
        limit: Duration,
        mut is_so: impl FnMut(&mut Self) -> Result<bool, String>,
    ) -> Result<Duration, String> {
        let start = Instant::now();
        let mut last = String::new();
        while start.elapsed() < limit {
            match is_so(self) {
                Ok(true) => return Ok(start.elapsed()),
                Ok(false) => {}
                Err(problem) => last = format!(" ({problem})"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("not {what} within {} s{last}", limit.as_secs()))
    }

    /// Does something while clients ask, and gives what they saw.
    fn under_load(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<Tally, String> {
        let load = Load::start(self.address, CLIENTS);
        std::thread::sleep(Duration::from_millis(500));
        let done = act(self);
        std::thread::sleep(Duration::from_millis(500));
        let tally = load.finish();
        done.map(|()| tally)
    }
}

impl Row {
    fn line(&self) -> String {
        let (verdict, told) = match &self.told {
            Ok(told) => ("passed", told),
            Err(problem) => ("FAILED", problem),
        };
        format!("{:22} {:6.1} s  {verdict}  {told}", self.name, self.spent.as_secs_f64())
    }
}

/// A package of the channel, as conda's command line names it.
fn release(build_number: u32) -> String {
    format!("{}=*_{build_number}", package::VERSION)
}

fn requirements() -> Done {
    install::rehearsal_packages()?;
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    if id.stdout != b"0\n" || !is_there("systemd-nspawn") {
        return Err(
            "a rehearsal boots a systemd, for which it has to be root and needs systemd-nspawn: try again as root"
                .to_owned(),
        );
    }
    Ok(())
}

/// Two packages whose programs differ in a byte that changes nothing.
fn channel() -> Result<PathBuf, String> {
    let work = target().join("rehearsal");
    let channel = work.join("channel");
    if channel.exists() {
        because(&channel, fs::remove_dir_all(&channel))?;
    }
    because(&channel, fs::create_dir_all(&channel))?;
    let lean = work.join("mes-dashboard");
    let (from, to) = (program("mes-dashboard"), lean.to_string_lossy().into_owned());
    run(&mut command("strip", &["--strip-debug", "-o", &to, &from.to_string_lossy()]))?;
    package::add(&channel, &lean, 0)?;
    let appended = fs::OpenOptions::new().append(true).open(&lean);
    because(&lean, because(&lean, appended)?.write_all(b"\n"))?;
    package::add(&channel, &lean, 1)?;
    Ok(channel)
}

/// The operator's part: fills in what the environment file asks for. The watchdog looks often, so that
/// steps are short, but asks for no restart of its own: each would count as one of the rehearsal's.
fn operator(address: SocketAddr) -> String {
    format!(
        "#!/bin/sh -eu\n\
         sed -i 's|^DATABASE_URL=.*|DATABASE_URL=sqlite:/var/lib/mes-dashboard/plant.sqlite|' \"$1\"\n\
         cat >> \"$1\" <<'END'\n\
         BIND_ADDR={address}\n\
         RUNTIME_CONTRACT_ENFORCE=true\n\
         APP_DATABASE_URL=sqlite:/var/lib/mes-dashboard/app.sqlite\n\
         LOG_STORE_FILE=/var/log/mes-dashboard/log.sqlite\n\
         API_RATE_LIMIT_MAX_REQUESTS=0\n\
         WORKER_RESTART_COOLDOWN=1\n\
         WORKER_BACKOFF_MAX=2\n\
         WATCHDOG_CHECK_INTERVAL=1\n\
         WATCHDOG_PROBE_FAILURES=100\n\
         WORKER_WARM_TIMEOUT=50\n\
         END\n"
    )
}

/// The tables of a simulated plant; made once.
fn plant() -> Result<PathBuf, String> {
    let folder = target().join("rehearsal/plant");
    let place = folder.to_string_lossy();
    let seed = ["demo", "--seed-only", "--data-dir", &place];
    run(&mut command(&program("mes-dashboard").to_string_lossy(), &seed))?;
    Ok(folder.join("plant.sqlite"))
}

/// Root, plant and tools of the system.
fn prepare(address: SocketAddr, channel: &Path) -> Result<(PathBuf, Vec<PathBuf>), String> {
    let root = target().join("rehearsal").join(format!("root-{}", std::process::id()));
    make_root(&root)?;
    let (plant, state) = (plant()?, root.join("var/lib/mes-dashboard"));
    because(&state, fs::create_dir_all(&state))?;
    because(&plant, fs::copy(&plant, state.join("plant.sqlite")))?;
    let python = package::python()?;
    let base = Command::new(&python).args(["-c", "import sys; print(sys.base_prefix)"]).output();
    let base = base.map_err(|error| error.to_string())?;
    let base = PathBuf::from(String::from_utf8_lossy(&base.stdout).trim());
    let conda = inside("deploy/conda");
    let tools = root.join(TOOLS.trim_start_matches('/'));
    let start_conda =
        format!("#!/bin/sh\nexec {} -B {}/conda \"$@\"\n", python.display(), conda.display());
    for (name, text) in [("operator", operator(address)), ("conda", start_conda)] {
        let path = tools.join(name);
        because(&path, fs::write(&path, text))?;
        because(&path, fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))?;
    }
    let venv = target().join("conda-tools");
    let mut shown = vec![venv, conda, channel.to_owned()];
    if !base.starts_with("/usr") {
        shown.push(base);
    }
    Ok((root, shown))
}

/// A port that nobody uses now.
fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}

/// Rehearses, prints each step, and sums up.
pub(crate) fn rehearsal() -> Done {
    requirements()?;
    build::server()?;
    let start = Instant::now();
    let channel = channel()?;
    let address = free_address()?;
    let (root, shown) = prepare(address, &channel)?;
    let path = inside("deploy/RUNBOOK.md");
    let runbook = Runbook::parse(&because(&path, fs::read_to_string(&path))?)?;
    let system = Container::boot(&root, &shown)?;
    println!("\nstep                    spent   verdict");
    let mut rehearsal = Rehearsal { system, runbook, address, channel, rows: Vec::new() };
    steps::take_all(&mut rehearsal);
    let left = rehearsal.runbook.left().join(", ");
    let failed = rehearsal.failed();
    let steps = rehearsal.rows.len();
    if failed > 0 {
        let script =
            "journalctl --no-pager --lines 60 --unit 'mes-dashboard*' --output short-precise";
        println!("\n{}", rehearsal.shell(script).unwrap_or_else(|problem| problem));
    }
    drop(rehearsal);
    println!(
        "\n{} of {steps} steps passed in {:.0} s",
        steps - failed,
        start.elapsed().as_secs_f64()
    );
    if failed == 0 && !left.is_empty() {
        return Err(format!("nobody ran these blocks of RUNBOOK.md: {left}"));
    }
    if failed > 0 { Err(format!("{failed} steps of the rehearsal failed")) } else { Ok(()) }
}
