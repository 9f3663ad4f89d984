//! The steps of the rehearsal, in their order.

use std::time::Duration;

use super::load::Tally;
use super::{PREFIX, Rehearsal, Told};

/// Longest wait for a server, a worker or a verdict of systemd.
const PATIENCE: Duration = Duration::from_secs(45);
/// Exposure of 10 that `systemd-analyze security` may find.
const EXPOSURE_AT_MOST: f64 = 2.0;
const SERVICE: &str = "mes-dashboard.service";
const WATCHDOG: &str = "mes-dashboard-watchdog.service";

/// Takes all steps. Once the server runs, each goes on where the one before left the system, failed
/// or not.
pub(super) fn take_all(all: &mut Rehearsal) {
    all.step("install the package", |all| all.block("install-package"));
    all.step("install the units", install);
    all.step("sandbox", sandbox);
    all.step("refuse drift", refuse_drift);
    all.step("start", start);
    if all.failed() > 0 {
        return;
    }
    all.step("sign in", sign_in);
    all.step("steady load", steady_load);
    all.step("reload", reload);
    all.step("restart by admin", restart_by_admin);
    all.step("kill the worker", kill_worker);
    all.step("kill the supervisor", kill_supervisor);
    all.step("freeze the supervisor", freeze_supervisor);
    all.step("crash loop", crash_loop);
    all.step("guarded mode", guarded_mode);
    all.step("new address", new_address);
    all.step("restart all", restart_all);
    all.step("upgrade", |all| exchange(all, "upgrade", 1));
    all.step("roll back", |all| exchange(all, "rollback", 0));
    all.step("uninstall", uninstall);
}

fn install(all: &mut Rehearsal) -> Told {
    all.block("install-units")?;
    let drifted = all.shell(&format!("{PREFIX}/bin/mes-dashboard check"));
    if !drifted.is_err_and(|said| said.contains("DATABASE_URL")) {
        return Err("`check` did not ask for DATABASE_URL".to_owned());
    }
    all.block("settings")?;
    all.block("check")?;
    all.shell("systemd-analyze verify mes-dashboard.socket mes-dashboard.service mes-dashboard-watchdog.service 2>&1")
        .and_then(|said| if said.is_empty() { Ok(said) } else { Err(said) })?;
    Ok("no drift, units verified".to_owned())
}

fn sandbox(all: &mut Rehearsal) -> Told {
    let mut told = Vec::new();
    for unit in [SERVICE, WATCHDOG] {
        let said = all.shell(&format!("systemd-analyze security --no-pager {unit} | tail -n 1"))?;
        let exposure: f64 = said
            .split_whitespace()
            .find_map(|word| word.parse().ok())
            .ok_or_else(|| format!("no exposure in {said:?}"))?;
        if exposure > EXPOSURE_AT_MOST {
            return Err(format!("{unit}: exposure {exposure}, at most {EXPOSURE_AT_MOST}"));
        }
        told.push(format!("{unit} {exposure}"));
    }
    Ok(format!("exposure {}", told.join(", ")))
}

/// A unit that somebody changed: the server does not start, and `check` names the command that mends it.
fn refuse_drift(all: &mut Rehearsal) -> Told {
    let unit = "/etc/systemd/system/mes-dashboard.service";
    all.shell(&format!(
        "sed -i 's/^WatchdogSec=.*/WatchdogSec=0/' {unit}; systemctl daemon-reload"
    ))?;
    if all.shell(&format!("systemctl start {SERVICE}")).is_ok() {
        return Err("the server started in spite of drift".to_owned());
    }
    let code = all.shell(&format!("systemctl show --property ExecMainStatus --value {SERVICE}"))?;
    if code.trim() != "64" {
        return Err(format!("the server ended with {}, expected 64", code.trim()));
    }
    all.shell(&format!(
        "mend=$({PREFIX}/bin/mes-dashboard check --json | jq --raw-output '.drifts[0].mend') || true\n\
         $mend\n{PREFIX}/bin/mes-dashboard check\nsystemctl reset-failed {SERVICE}"
    ))?;
    Ok("exit code 64, mended by the command that `check` names".to_owned())
}

fn start(all: &mut Rehearsal) -> Told {
    all.block("start")?;
    let warm = all.until("healthy", PATIENCE, |all| all.block("health").map(|_| true))?;
    all.block("journal")?;
    Ok(format!("healthy {} s after systemd called it started", seconds(warm)))
}

fn sign_in(all: &mut Rehearsal) -> Told {
    all.block("first-administrator")?;
    all.block("sign-in")?;
    all.block("worker-status")?;
    all.block("verify-history")?;
    Ok("the first administrator is in, and the history is that of the rows".to_owned())
}

fn steady_load(all: &mut Rehearsal) -> Told {
    let tally = all.under_load(|_| {
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    })?;
    lossless(&tally)
}

fn reload(all: &mut Rehearsal) -> Told {
    all.shell("echo SNAPSHOT_HISTORY=5 >> /etc/mes-dashboard/mes-dashboard.env")?;
    let tally = all.under_load(|all| {
        for _ in 0..3 {
            let before = worker(all)?;
            all.block("reload")?;
            new_worker(all, before)?;
        }
        Ok(())
    })?;
    let worker = worker(all)?;
    all.shell(&format!(
        "tr '\\0' '\\n' < /proc/{worker}/environ | grep --line-regexp SNAPSHOT_HISTORY=5"
    ))
    .map_err(|_| "the worker does not have the changed setting".to_owned())?;
    Ok(format!("3 reloads, a setting changed, {}", lossless(&tally)?))
}

fn restart_by_admin(all: &mut Rehearsal) -> Told {
    let tally = all.under_load(|all| {
        let before = worker(all)?;
        all.block("restart-worker")?;
        new_worker(all, before).map(drop)
    })?;
    lossless(&tally)
}

fn kill_worker(all: &mut Rehearsal) -> Told {
    let tally = all.under_load(|all| {
        let before = worker(all)?;
        all.shell(&format!("kill -KILL {before}"))?;
        new_worker(all, before).map(drop)
    })?;
    recovered(&tally, Duration::from_secs(15))
}

fn kill_supervisor(all: &mut Rehearsal) -> Told {
    let tally = all.under_load(|all| {
        let before = supervisor(all)?;
        all.shell(&format!("kill -KILL {before}"))?;
        new_supervisor(all, before)
    })?;
    recovered(&tally, Duration::from_secs(20))
}

fn freeze_supervisor(all: &mut Rehearsal) -> Told {
    let before = supervisor(all)?;
    all.shell(&format!("kill -STOP {before}"))?;
    new_supervisor(all, before)?;
    let said = all.shell(&format!("journalctl --no-pager --unit {SERVICE} --boot"))?;
    if !said.contains("Watchdog timeout") {
        return Err("the supervisor was exchanged, but not by WatchdogSec".to_owned());
    }
    all.block("health")?;
    Ok("systemd ended it and started another".to_owned())
}

/// Workers that die one after the other: the supervisor raises the restart interval, reports it,
/// and continues.
fn crash_loop(all: &mut Rehearsal) -> Told {
    let mut deaths = 0;
    while all.shell("jq .guarded /run/mes-dashboard/supervisor.pid")?.trim() != "true" {
        if deaths == 10 {
            return Err("ten workers died and there is no guarded mode".to_owned());
        }
        let before = worker(all)?;
        all.shell(&format!("kill -KILL {before}"))?;
        new_worker(all, before)?;
        deaths += 1;
    }
    let told = "curl --silent http://$ADDRESS/health | jq --exit-status '.data.warnings | tostring | contains(\"guarded\")'";
    all.until("told in /health", PATIENCE, |all| all.shell(told).map(|_| true))?;
    Ok(format!("guarded mode after {deaths} more deaths, and a worker serves"))
}

/// Restarts until the policy refuses the next one, which is then overridden.
fn guarded_mode(all: &mut Rehearsal) -> Told {
    let mut restarts = 0;
    loop {
        let before = worker(all)?;
        match all.block("restart-worker") {
            Ok(_) => new_worker(all, before)?,
            Err(said) if said.contains("409") => break,
            Err(said) if said.contains("429") => Duration::ZERO,
            Err(said) => return Err(said),
        };
        restarts += 1;
        if restarts == 20 {
            return Err("twenty restarts and no guarded mode".to_owned());
        }
        // The cooldown of the rehearsal is a second.
        std::thread::sleep(Duration::from_millis(1_200));
    }
    let tally = all.under_load(|all| {
        let before = worker(all)?;
        all.block("override")?;
        new_worker(all, before).map(drop)
    })?;
    Ok(format!("refused with 409, overridden: {}", lossless(&tally)?))
}

fn new_address(all: &mut Rehearsal) -> Told {
    let before = supervisor(all)?;
    all.block("new-address")?;
    new_supervisor(all, before)?;
    Ok("socket and service are new".to_owned())
}

fn restart_all(all: &mut Rehearsal) -> Told {
    let tally = all.under_load(|all| {
        let before = supervisor(all)?;
        all.block("restart-all")?;
        new_supervisor(all, before)
    })?;
    recovered(&tally, Duration::from_secs(15))
}

/// Another package, under load: nobody is refused.
fn exchange(all: &mut Rehearsal, block: &'static str, build_number: u32) -> Told {
    let tally = all.under_load(|all| {
        let before = supervisor(all)?;
        match block {
            "upgrade" => all.block("upgrade")?,
            _ => all.block("rollback")?,
        };
        new_supervisor(all, before)
    })?;
    let record = format!("{PREFIX}/conda-meta/mes-dashboard-*_{build_number}.json");
    let noted = all.shell(&format!(
        "jq --raw-output '.paths_data.paths[] | select(._path == \"bin/mes-dashboard\") | .sha256' {record}"
    ))?;
    let worker = worker(all)?;
    let runs = all.shell(&format!("sha256sum < /proc/{worker}/exe | cut -d' ' -f1"))?;
    if noted != runs {
        return Err(format!("the worker runs {}, not {}", runs.trim(), noted.trim()));
    }
    recovered(&tally, Duration::from_secs(20))
}

fn uninstall(all: &mut Rehearsal) -> Told {
    all.block("uninstall")?;
    let units = all.shell("systemctl list-unit-files --no-legend 'mes-dashboard*' || true")?;
    if !units.is_empty() {
        return Err(format!("left: {units}"));
    }
    if std::net::TcpStream::connect(all.address).is_ok() {
        return Err("the port is still open".to_owned());
    }
    if !all.shell("pgrep mes-dashboard || true")?.is_empty() {
        return Err("a process is still there".to_owned());
    }
    let kept = ["/etc/mes-dashboard/mes-dashboard.env", "/var/lib/mes-dashboard/app.sqlite"];
    for path in kept.map(|path| all.system.path(path)) {
        if !path.exists() {
            return Err(format!("{} is gone", path.display()));
        }
    }
    Ok("no unit, no process, no port; settings and data are kept".to_owned())
}

/// Pid of the supervisor.
fn supervisor(all: &Rehearsal) -> Result<u32, String> {
    let said = all.shell(&format!("systemctl show --property MainPID --value {SERVICE}"))?;
    // systemd prints 0 without a process, which would be a process group.
    said.trim()
        .parse()
        .ok()
        .filter(|pid| *pid != 0)
        .ok_or_else(|| "there is no supervisor".to_owned())
}

/// Pid of the serving worker, from the supervisor's file.
fn worker(all: &Rehearsal) -> Result<u32, String> {
    let said = all.shell("jq '.worker.pid' /run/mes-dashboard/supervisor.pid")?;
    said.trim().parse().map_err(|_| format!("no worker serves: {}", said.trim()))
}

fn new_worker(all: &mut Rehearsal, before: u32) -> Result<Duration, String> {
    all.until("another worker", PATIENCE, |all| Ok(worker(all)? != before))
}

fn new_supervisor(all: &mut Rehearsal, before: u32) -> Result<(), String> {
    let active = format!("systemctl is-active {SERVICE}");
    all.until("another supervisor", PATIENCE, |all| {
        let now = supervisor(all)?;
        Ok(now != before && all.shell(&active)?.trim() == "active")
    })?;
    all.until("healthy", PATIENCE, |all| all.block("health").map(|_| true)).map(drop)
}

fn lossless(tally: &Tally) -> Told {
    match &tally.first_failure {
        None if tally.answered > 0 => Ok(format!("{} requests, 0 failed", tally.answered)),
        None => Err("nobody was answered".to_owned()),
        Some(first) => Err(format!(
            "{} of {} requests failed, first: {first}",
            tally.failed,
            tally.failed + tally.answered
        )),
    }
}

fn recovered(tally: &Tally, limit: Duration) -> Told {
    let silence = tally.longest_silence;
    let told = format!(
        "longest silence {} s, {} requests, {} failed",
        seconds(silence),
        tally.answered,
        tally.failed
    );
    if silence > limit { Err(format!("{told}; at most {} s", limit.as_secs())) } else { Ok(told) }
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}
