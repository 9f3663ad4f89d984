use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::client::{self, Tally};
use crate::site::{Server, Site, wait_until};

#[test]
fn reloads_under_load_lose_nothing() {
    const RELOADS: u64 = 8;
    let site = Site::new();
    let server = site.start(&[("WORKER_SOFT_DRAIN_MS", "500")]);
    let tally = Tally::default();
    let body = r#"{"username":"nobody","password":""}"#;
    let post = format!(
        "POST /api/session HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (small, large) = (client::get("/livez"), client::get("/api/openapi.json"));
    let first = server.worker();
    std::thread::scope(|scope| {
        let (address, tally) = (server.address.as_str(), &tally);
        for request in [&small, &large, &post] {
            scope.spawn(move || client::kept(address, request, 0, tally));
            scope.spawn(move || client::kept(address, request, 40, tally));
            scope.spawn(move || client::fresh(address, request, tally));
        }
        scope.spawn(|| client::kept(address, &small, 1_500, tally));
        scope.spawn(|| client::events(address, tally));
        scope.spawn(|| client::events(address, tally));
        for _ in 0..RELOADS {
            let before = tally.answered.load(Ordering::SeqCst);
            wait_until("load", || tally.answered.load(Ordering::SeqCst) > before + 200);
            if let Err(reason) = server.reload() {
                tally.failures.lock().unwrap().push(reason);
            }
        }
        tally.stop.store(true, Ordering::SeqCst);
    });
    let failures = tally.failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} failed: {failures:#?}", failures.len());
    assert!(tally.closing.into_inner() >= RELOADS, "clients were asked to leave");
    assert!(tally.streams.into_inner() >= RELOADS, "readers came back");
    let record = server.record();
    assert_eq!((record.generation, record.crashes_in_window), (1 + RELOADS, 0));
    assert_ne!(server.worker(), first);
}

#[test]
fn bad_builds_leave_the_last_good_worker_serving() {
    let site = Site::new();
    let server = site.start(&[("WORKER_READY_TIMEOUT", "8")]);
    let good = server.worker();
    let builds = [
        ("#!/bin/sh\nexit 3\n", 0o755, "exit code 3"),
        ("#!/bin/sh\nkill -SEGV $$\n", 0o755, "signal 11"),
        ("#!/bin/sh\nexec sleep 600\n", 0o755, "WORKER_READY_TIMEOUT"),
        ("\x7fELF and nonsense", 0o755, "exit code 127"),
        ("#!/bin/sh\nexit 0\n", 0o644, "could not be started"),
        ("#!/bin/sh\necho nonsense >&4; exit 64\n", 0o755, "exit code 64"),
    ];
    for (text, mode, told) in builds {
        site.deploy(text, mode);
        let reason = server.reload().unwrap_err();
        assert!(reason.contains(told), "{reason}");
        assert_eq!(server.worker(), good);
        assert!(client::is_well(&server.address));
    }
    assert!(server.record().guarded);
    let mut health = Value::Null;
    wait_until("/health tells", || {
        let body = client::ask(&server.address, "/health").unwrap().body;
        health = serde_json::from_slice(&body).unwrap();
        health["data"]["supervisor"]["guarded"] == true
    });
    let supervisor = &health["data"]["supervisor"];
    assert_eq!(supervisor["pid"], server.process.id());
    assert_eq!(supervisor["last_reload"]["success"], false);
    assert!(health["data"]["warnings"].to_string().contains("guarded mode"));
    site.deploy_good();
    server.reload().unwrap();
    let record = server.record();
    assert_eq!((record.guarded, record.crashes_in_window), (false, 0));
    assert_ne!(server.worker(), good);
    assert!(client::is_well(&server.address));
}

#[test]
fn a_reload_waits_for_the_one_before_it() {
    let site = Site::new();
    let server = site.start(&[]);
    for _ in 0..20 {
        server.signal(Signal::HUP);
        std::thread::sleep(Duration::from_millis(5));
    }
    wait_until("the last reload", || {
        let last = server.record().last_reload;
        last.is_some_and(|last| last.number >= 2 && last.completed_at.is_some())
    });
    assert!(server.record().last_reload.unwrap().success);
    assert!(client::is_well(&server.address));
}

#[test]
fn a_reload_takes_the_settings_that_the_file_has_by_then() {
    let site = Site::new();
    let file = site.folder().join("settings.env");
    let has = |server: &Server, setting: &str| {
        let environment = std::fs::read(format!("/proc/{}/environ", server.worker())).unwrap();
        environment.split(|byte| *byte == 0).any(|one| one == setting.as_bytes())
    };
    std::fs::write(&file, "LOG_LEVEL=error\nROUTE_CACHE_TTL=100\n").unwrap();
    let path = file.to_str().unwrap();
    let server = site.start(&[("SETTINGS_FILE", path), ("ROUTE_CACHE_TTL", "100")]);
    assert!(has(&server, "ROUTE_CACHE_TTL=100"));

    std::fs::write(&file, "LOG_LEVEL=error\nROUTE_CACHE_TTL=\"200\"\nSNAPSHOT_HISTORY=4\n")
        .unwrap();
    server.reload().unwrap();
    assert!(has(&server, "ROUTE_CACHE_TTL=200") && has(&server, "SNAPSHOT_HISTORY=4"));
    std::fs::write(&file, "LOG_LEVEL=error\nROUTE_CACHE_TTL=200\n").unwrap();
    server.reload().unwrap();
    assert!(!has(&server, "SNAPSHOT_HISTORY=4"), "its line is gone");

    // Settings that no worker can use, and then one that has to start in need.
    std::fs::write(&file, "LOG_LEVEL=error\nROUTE_CACHE_TTL=much\n").unwrap();
    server.reload().unwrap_err();
    let before = server.worker();
    server.signal_worker(Signal::KILL);
    wait_until("another worker serves", || {
        server.try_record().and_then(|record| record.worker).is_some_and(|now| now.pid != before)
    });
    assert!(has(&server, "ROUTE_CACHE_TTL=200"));

    std::fs::remove_file(&file).unwrap();
    server.reload().unwrap();
    assert!(has(&server, "ROUTE_CACHE_TTL=200"), "as it was, where there is no file any more");
}

#[test]
fn a_reload_reads_the_file_as_the_service_manager_did() {
    let site = Site::new();
    let file = site.folder().join("settings.env");
    let text =
        "LDAP_USER_FILTER=(&(uid={user}) \\\n  (mail=*))\nLDAP_BASE_DN=\"dc=plant,\ndc=x\"\n";
    // What systemd makes of it.
    let meant =
        [("LDAP_USER_FILTER", "(&(uid={user})   (mail=*))"), ("LDAP_BASE_DN", "dc=plant,\ndc=x")];
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let server = site.start(&[("SETTINGS_FILE", path), meant[0], meant[1]]);
    let is_as_before = || {
        let environment = std::fs::read(format!("/proc/{}/environ", server.worker())).unwrap();
        let all: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        meant.iter().all(|(name, value)| all.contains(&format!("{name}={value}").as_bytes()))
    };
    assert!(is_as_before());
    server.reload().unwrap();
    assert!(is_as_before());

    let worker = server.worker();
    std::fs::write(&file, format!("{text}export LOG_LEVEL=error\n")).unwrap();
    let reason = server.reload().unwrap_err();
    assert!(reason.contains(&format!("{path}:5: ")), "{reason}");
    assert_eq!(server.worker(), worker);
    std::fs::write(&file, text).unwrap();
    server.reload().unwrap();
    assert!(is_as_before() && server.worker() != worker);
}

#[test]
fn a_reload_while_the_database_is_down_leaves_the_worker_with_data_serving() {
    let site = Site::new();
    let plant = site.folder().join("plant.sqlite");
    let mut seed = std::process::Command::new(site.program());
    seed.args(["demo", "--seed-only", "--data-dir"]).arg(site.folder());
    seed.stdout(std::process::Stdio::null());
    assert!(seed.status().unwrap().success());
    let url = format!("sqlite:{}", plant.display());
    let server = site.start(&[("DATABASE_URL", url.as_str()), ("WORKER_WARM_TIMEOUT", "60")]);
    let is_loaded =
        || client::ask(&server.address, "/readyz").is_ok_and(|answer| answer.status == 200);
    wait_until("the plant", is_loaded);
    let (worker, away) = (server.worker(), site.folder().join("away.sqlite"));
    std::fs::rename(&plant, &away).unwrap();
    let reason = server.reload().unwrap_err();
    assert!(reason.contains("no data"), "{reason}");
    assert_eq!(server.worker(), worker);
    assert!(is_loaded(), "the last numbers are gone");
    std::fs::rename(&away, &plant).unwrap();
    server.reload().unwrap();
    assert_ne!(server.worker(), worker);
    assert!(is_loaded());
}
