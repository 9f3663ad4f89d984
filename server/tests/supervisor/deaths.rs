use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

use mes_dashboard::runtime_files::{self, Readers};
use mes_dashboard::supervisor::{Identity, SupervisorRecord};
use rustix::process::Signal;

use crate::client;
use crate::site::{Site, wait_until};

#[test]
fn a_killed_worker_is_replaced_while_connections_wait() {
    let site = Site::new();
    let server = site.start(&[]);
    let first = server.worker();
    server.signal_worker(Signal::KILL);
    for _ in 0..20 {
        assert_eq!(client::ask(&server.address, "/livez").unwrap().status, 200, "it waited");
    }
    wait_until("another worker", || {
        server.record().worker.is_some_and(|worker| worker.pid != first)
    });
    let record = server.record();
    assert_eq!((record.generation, record.crashes_in_window, record.guarded), (2, 1, false));
}

#[test]
fn a_frozen_worker_is_replaced() {
    let site = Site::new();
    let server = site.start(&[("WORKER_HEARTBEAT_TIMEOUT", "5")]);
    let frozen = Identity::of(server.worker()).unwrap();
    frozen.signal(Signal::STOP).unwrap();
    wait_until("another worker", || {
        server.record().worker.is_some_and(|worker| worker.pid != frozen.pid)
    });
    wait_until("the end of the frozen one", || frozen.verify().is_err());
    assert!(client::is_well(&server.address));
}

#[test]
fn a_killed_supervisor_takes_its_worker_along_softly() {
    let site = Site::new();
    let mut server = site.start(&[]);
    let worker = Identity::of(server.worker()).unwrap();
    let mut kept = client::connect(&server.address).unwrap();
    assert!(!client::ask_on(&mut kept, &client::get("/livez")).unwrap().is_closing);
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    wait_until("the port is free", || TcpListener::bind(&server.address).is_ok());
    wait_until("the end of the worker", || worker.verify().is_err());
    // The next supervisor takes the file over, although it names one that was killed.
    let mut next = site.start(&[]);
    next.signal(Signal::TERM);
    assert_eq!(next.exit_code(), Some(0));
}

#[test]
fn a_worker_that_is_sent_away_past_its_supervisor_is_replaced_while_it_finishes() {
    let site = Site::new();
    let server = site.start(&[]);
    let first = Identity::of(server.worker()).unwrap();
    let body = r#"{"username":"","password":""}"#;
    let mut slow = client::connect(&server.address).unwrap();
    let head = "POST /api/session HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    write!(slow, "{head}content-length: {}\r\n\r\n{{", body.len()).unwrap();
    first.signal(Signal::TERM).unwrap();
    wait_until("another worker", || {
        server.record().worker.is_some_and(|worker| worker.pid != first.pid)
    });
    assert!(client::is_well(&server.address));
    assert!(first.verify().is_ok(), "it has an open request");
    assert_eq!(client::ask_on(&mut slow, &body[1..]).unwrap().status, 400);
    wait_until("the end of the first", || first.verify().is_err());
}

/// Kills at moments that nobody chose: a worker that serves, starts or leaves, or the supervisor.
#[test]
fn whatever_is_killed_whenever_the_server_comes_back() {
    let kills: u32 = std::env::var("KILLS").map_or(20, |kills| kills.parse().unwrap());
    let mut chance = fastrand::Rng::with_seed(20_261_121);
    let site = Site::new();
    // Every death counts as the first: pauses and guarded mode are tested elsewhere.
    let settings = [("WORKER_RESTART_WINDOW_SECONDS", "1"), ("WORKER_BACKOFF_MAX", "1")];
    let mut server = site.start(&settings);
    let address = server.address.clone();
    let mut dead = Vec::new();
    for _ in 0..kills {
        if chance.bool() {
            server.signal(Signal::HUP);
        }
        std::thread::sleep(Duration::from_millis(chance.u64(..400)));
        let mut workers = server.workers();
        if chance.u8(..4) == 0 {
            server.process.kill().unwrap();
            server.process.wait().unwrap();
            wait_until("its workers leave", || workers.iter().all(|one| one.verify().is_err()));
            server = site.start(&[settings[0], settings[1], ("BIND_ADDR", &address)]);
            dead.append(&mut workers);
        } else if !workers.is_empty() {
            let victim = workers.swap_remove(chance.usize(..workers.len()));
            // It may have left a moment ago.
            let _ = victim.signal(Signal::KILL);
            dead.push(victim);
        }
        wait_until("answers", || client::is_well(&address));
        wait_until("the file names a worker that lives", || {
            let worker = server.record().worker;
            worker.is_some_and(|worker| server.workers().iter().any(|one| one.pid == worker.pid))
        });
    }
    dead.append(&mut server.workers());
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    assert!(dead.iter().all(|one| one.verify().is_err()), "nobody is left behind");
    assert_eq!(server.try_record(), None);
}

#[test]
fn a_stop_ends_the_worker_first_and_leaves_nothing() {
    let site = Site::new();
    let mut server = site.start(&[]);
    let worker = Identity::of(server.worker()).unwrap();
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    assert!(worker.verify().is_err(), "the supervisor is the last to go");
    assert_eq!(server.try_record(), None);
    assert_eq!(server.rest_of_output(), "", "one line, whatever happened");
    TcpListener::bind(&server.address).unwrap();
}

#[test]
fn a_second_signal_waits_for_nobody() {
    let site = Site::new();
    let mut server = site.start(&[("SHUTDOWN_TIMEOUT", "40")]);
    let worker = Identity::of(server.worker()).unwrap();
    worker.signal(Signal::STOP).unwrap();
    let supervisor = server.record().identity;
    supervisor.signal(Signal::TERM).unwrap();
    // The two would be one if the second came before the first was taken in.
    wait_until("a second signal ends it", || {
        let _ = supervisor.signal(Signal::TERM);
        server.process.try_wait().unwrap().is_some()
    });
    assert_eq!(server.exit_code(), Some(0));
    assert!(worker.verify().is_err());
}

/// A process that has nothing to do with it, and ends with the test.
struct Bystander(Child);

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_forged_or_damaged_file_harms_nobody() {
    let site = Site::new();
    let mut bystander = Bystander(Command::new("sleep").arg("600").spawn().unwrap());
    let truth = Identity::of(bystander.0.id()).unwrap();
    let forged = SupervisorRecord {
        identity: Identity { start_time: truth.start_time + 1, ..truth },
        worker: None,
        generation: 1,
        guarded: false,
        crashes_in_window: 0,
        last_reload: None,
    };
    runtime_files::write_json(&site.pid_file(), &forged, Readers::Group).unwrap();
    assert!(forged.identity.signal(Signal::HUP).is_err());
    let mut server = site.start(&[]);
    assert_eq!(server.record().identity.pid, server.process.id(), "it took the file over");
    std::fs::write(site.pid_file(), "{\"pid\":").unwrap();
    Identity::of(server.process.id()).unwrap().signal(Signal::HUP).unwrap();
    wait_until("the file is whole again", || {
        SupervisorRecord::read(&site.pid_file())
            .is_ok_and(|record| record.is_some_and(|record| record.last_reload.is_some()))
    });
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    assert_eq!(bystander.0.try_wait().unwrap(), None, "nobody signalled it");
}

#[test]
fn a_worker_that_somebody_starts_by_hand_says_what_to_start() {
    let site = Site::new();
    let mut command = Command::new(site.program());
    command.args(["worker", "--database-url", "sqlite:nothing.sqlite"]).env_clear();
    let output = command.current_dir(site.program().parent().unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`mes-dashboard serve`"));
}
