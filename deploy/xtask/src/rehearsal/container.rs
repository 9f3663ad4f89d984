//! A throw-away system: a systemd that boots over a root of its own and borrows this machine's /usr.
//!
//! Network and ports are those of the machine. Whatever happens, the system is stopped by its pid and
//! its folder goes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::package::because;
use crate::run::Done;

/// Units of the borrowed /usr that a rehearsal has no use for, or that would reach for the hardware.
const MASKED: [&str; 16] = [
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "getty.target",
    "logrotate.timer",
    "man-db.timer",
    "systemd-firstboot.service",
    "systemd-logind.service",
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-resolved.service",
    "systemd-timesyncd.service",
    "systemd-udevd.service",
];

/// Programs that only the rehearsal has, within the system.
pub(super) const TOOLS: &str = "/opt/rehearsal/bin";

/// Where cgroups are, as far as this machine has them for systemd.
const CGROUPS: [&str; 3] = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/// The running system.
pub(super) struct Container {
    nspawn: Child,
    leader: u32,
    root: PathBuf,
    cgroups: Vec<PathBuf>,
}

/// Makes the root; anything else that belongs there is put in before it boots.
pub(super) fn make_root(root: &Path) -> Done {
    if root.exists() {
        because(root, fs::remove_dir_all(root))?;
    }
    let folders = [
        "usr",
        "etc/systemd/system",
        "var/log",
        "var/lib",
        "var/tmp",
        "var/cache",
        "opt",
        "tmp",
        "run",
        "proc",
        "sys",
        "dev",
        "root",
        "srv",
    ];
    for folder in folders {
        because(root, fs::create_dir_all(root.join(folder)))?;
    }
    because(root, fs::create_dir_all(root.join(TOOLS.trim_start_matches('/'))))?;
    for folder in ["bin", "sbin", "lib", "lib64"] {
        because(root, symlink(format!("usr/{folder}"), root.join(folder)))?;
    }
    for file in ["passwd", "group", "nsswitch.conf", "os-release"] {
        let from = Path::new("/etc").join(file);
        because(&from, fs::copy(&from, root.join("etc").join(file)))?;
    }
    // Nothing is downloaded, but TLS libraries begin with a look at this.
    let certificates = Path::new("etc/ssl/certs/ca-certificates.crt");
    if let Ok(text) = fs::read(Path::new("/").join(certificates)) {
        because(root, fs::create_dir_all(root.join("etc/ssl/certs")))?;
        because(root, fs::write(root.join(certificates), text))?;
    }
    because(root, fs::write(root.join("etc/machine-id"), ""))?;
    let units = root.join("etc/systemd/system");
    for unit in MASKED {
        because(&units, symlink("/dev/null", units.join(unit)))?;
    }
    let target = "/usr/lib/systemd/system/multi-user.target";
    because(&units, symlink(target, units.join("default.target")))
}

impl Container {
    /// Boots the system in `root`; `shown` are folders that it sees read-only where they are here.
    pub(super) fn boot(root: &Path, shown: &[PathBuf]) -> Result<Self, String> {
        let cgroups = own_cgroups()?;
        // The system's cgroups begin where its first process is.
        let enter: String = cgroups
            .iter()
            .map(|folder| format!("echo $$ > '{}/cgroup.procs' && ", folder.display()))
            .collect();
        // It ends with the rehearsal, also when that is killed.
        let script = format!("{enter}exec setpriv --pdeathsig TERM systemd-nspawn \"$@\"");
        let mut nspawn = Command::new("sh");
        nspawn.args(["-c", &script, "systemd-nspawn", "--boot", "--register=no", "--keep-unit"]);
        nspawn.args(["--console=passive", "--link-journal=no", "--bind-ro=/usr", "--directory"]);
        nspawn.arg(root);
        for folder in shown {
            nspawn.arg(format!("--bind-ro={}", folder.display()));
        }
        // With cgroups of the first version systemd gets no notification when the last process of a
        // service has ended.
        nspawn.env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1");
        let log = root.with_extension("log");
        let out = because(&log, fs::File::create(&log))?;
        let errors = because(&log, out.try_clone())?;
        nspawn.stdin(Stdio::null()).stdout(out).stderr(errors);
        let nspawn = nspawn.spawn().map_err(|error| format!("systemd-nspawn: {error}"))?;
        let mut this = Self { nspawn, leader: 0, root: root.to_owned(), cgroups };
        this.wait_for_boot().map_err(|problem| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("{problem}; systemd-nspawn printed: {}", said.trim())
        })?;
        Ok(this)
    }

    fn wait_for_boot(&mut self) -> Done {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.nspawn.try_wait() {
                return Err(format!("the system ended with {status}"));
            }
            self.leader = child_of(self.nspawn.id()).unwrap_or(0);
            if self.leader != 0 {
                let state = self.run("systemctl is-system-running || true", &[], 10);
                if state.is_ok_and(|state| ["running", "degraded"].contains(&state.trim())) {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("the system did not boot within 30 s".to_owned())
    }

    /// Runs a script in the system and gives what it printed.
    pub(super) fn run(
        &self,
        script: &str,
        variables: &[(&str, &str)],
        seconds: u32,
    ) -> Result<String, String> {
        let mut command = Command::new("timeout");
        let (limit, leader) = (seconds.to_string(), self.leader.to_string());
        command.args([&limit, "nsenter", "--target", &leader, "--all", "env", "-i"]);
        command.arg(format!("PATH={TOOLS}:/usr/sbin:/usr/bin:/sbin:/bin"));
        command.args(["LANG=C.UTF-8", "HOME=/root"]);
        command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
        // The folder that this runs in is not there.
        let script = format!("cd /\n{script}");
        command.args(["bash", "-euo", "pipefail", "-c", &script]).stdin(Stdio::null());
        command.current_dir("/");
        let output = command.output().map_err(|error| format!("nsenter: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} {}: {}", output.status, errors.trim(), said.trim()))
    }

    /// A path of the system as it is seen from outside.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn stop(&mut self) {
        let is_over = |nspawn: &mut Child, limit: Duration| {
            let deadline = Instant::now() + limit;
            while Instant::now() < deadline {
                if !matches!(nspawn.try_wait(), Ok(None)) {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            false
        };
        // An orderly power-off, then the first process, with which all others end.
        for signal in ["-RTMIN+4", "-KILL"] {
            if self.leader != 0 && !is_over(&mut self.nspawn, Duration::ZERO) {
                let _ = Command::new("kill").args([signal, &self.leader.to_string()]).status();
                if is_over(&mut self.nspawn, Duration::from_secs(20)) {
                    break;
                }
            }
        }
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.stop();
        for folder in &self.cgroups {
            remove_cgroup(folder);
        }
        if let Err(error) = fs::remove_dir_all(&self.root) {
            eprintln!("{} stays behind: {error}", self.root.display());
        }
        let _ = fs::remove_file(self.root.with_extension("log"));
    }
}

/// A new cgroup in each hierarchy that systemd uses.
fn own_cgroups() -> Result<Vec<PathBuf>, String> {
    let name = format!("mes-rehearsal-{}", std::process::id());
    let mut made = Vec::new();
    for hierarchy in CGROUPS.map(Path::new) {
        let is_one = hierarchy.join("cgroup.procs").exists();
        // The unified hierarchy may be at the top, with nothing beside it.
        if is_one {
            let folder = hierarchy.join(&name);
            because(&folder, fs::create_dir_all(&folder))?;
            made.push(folder);
        }
    }
    if made.is_empty() {
        Err("this machine has no cgroups for systemd".to_owned())
    } else {
        Ok(made)
    }
}

fn remove_cgroup(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_cgroup(&entry.path());
        }
    }
    // A cgroup that the kernel still clears is gone soon.
    for _ in 0..20 {
        if fs::remove_dir(folder).is_ok() || !folder.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first child of a process.
fn child_of(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
