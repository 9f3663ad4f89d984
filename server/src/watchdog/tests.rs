use std::process::{Child, Command};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::restart::log::{RestartFile, read};
use crate::runtime_files::{Readers, write_json};
use crate::supervisor::WorkerRecord;

const LIMITS: RestartLimits = RestartLimits::DEFAULT;

/// A process that a test started in the place of a supervisor, ended by its id.
struct Stand(Child);

impl Stand {
    fn start() -> Self {
        Self(Command::new("sleep").arg("600").spawn().unwrap())
    }

    fn identity(&self) -> Identity {
        Identity::of(self.0.id()).unwrap()
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Room {
    folder: tempfile::TempDir,
    settings: WatchdogSettings,
}

impl Room {
    fn new(address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let paths = RuntimePaths {
            runtime_dir: folder.path().to_owned(),
            pid_file: at("supervisor.pid"),
            restart_flag: at("restart.json"),
            state_file: at("state.json"),
        };
        let settings = WatchdogSettings {
            paths,
            limits: LIMITS,
            history: 50,
            interval: Duration::from_millis(20),
            probe: Duration::from_secs(5),
            failures: 3,
            reload: Duration::from_secs(10),
            address,
        };
        Self { folder, settings }
    }

    fn paths(&self) -> &RuntimePaths {
        &self.settings.paths
    }

    fn record(&self, identity: Identity, reloads: u64) {
        let now = Timestamp::now();
        let record = SupervisorRecord {
            worker: Some(WorkerRecord { pid: identity.pid, started_at: now, generation: 1 }),
            identity,
            generation: 1,
            guarded: false,
            crashes_in_window: 0,
            last_reload: (reloads > 0).then_some(ReloadRecord {
                number: reloads,
                requested_at: now,
                completed_at: Some(now),
                success: true,
                reason: None,
            }),
        };
        write_json(&self.paths().pid_file, &record, Readers::Group).unwrap();
    }

    fn raise(&self, id: &str, manual_override: bool) {
        let request = RestartRequest {
            id: id.to_owned(),
            user: "chen".to_owned(),
            ip: Some("10.0.0.5".to_owned()),
            timestamp: Timestamp::now(),
            source: RestartSource::Manual,
            manual_override,
            override_acknowledged: manual_override,
            override_reason: manual_override.then(|| "worker hangs".to_owned()),
            policy_state: "allowed".to_owned(),
            decision: "allowed".to_owned(),
            contract_version: runtime_contract::VERSION.to_owned(),
        };
        assert!(request.raise(&self.paths().restart_flag).unwrap());
    }

    fn watchdog(&self) -> Watchdog {
        let keeper = Identity::of_this_process().unwrap();
        let state = self.paths().state_file.clone();
        Watchdog {
            journal: RestartJournal::open(state, LIMITS, 50, keeper, Timestamp::now()).unwrap(),
            vigil: Vigil::new(self.settings.failures),
            settings: self.settings.clone(),
            stop: CancellationToken::new(),
            alive: Box::new(|| {}),
        }
    }

    fn state(&self) -> RestartFile {
        read(&self.paths().state_file).unwrap()
    }

    fn has_flag(&self) -> bool {
        self.paths().restart_flag.exists()
    }
}

/// An address without a listener.
fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_flag_is_carried_out_once_and_by_the_policy() {
    let room = Room::new(nowhere());
    let stand = Stand::start();
    let identity = stand.identity();
    room.record(identity.clone(), 0);
    room.raise("one", false);
    let mut watchdog = room.watchdog();
    // The fake supervisor exits at the signal, unlike a real one: the reload fails, and is
    // reported.
    watchdog.look().await;
    assert!(!room.has_flag());
    let first = room.state().history[0].clone();
    assert_eq!(
        (first.id.as_str(), first.decision.as_str(), first.success),
        ("one", "allowed", false)
    );
    assert!(first.decision_reason.contains("has ended"), "{}", first.decision_reason);
    assert!(identity.verify().is_err(), "the supervisor was signalled");

    // The same request again, as after a kill before the flag came down: nothing happens.
    let mut other = Stand::start();
    room.record(other.identity(), 0);
    room.raise("one", false);
    watchdog.look().await;
    assert!(!room.has_flag() && !other.has_ended());
    assert_eq!(room.state().history.len(), 1);

    // Another one is refused in the cooldown, and an override is carried out.
    room.raise("two", false);
    watchdog.look().await;
    let second = room.state().history[1].clone();
    assert_eq!((second.decision.as_str(), second.policy_state.as_str()), ("refused", "cooldown"));
    assert!(!room.has_flag() && !other.has_ended(), "nobody is signalled for a refusal");
    room.raise("three", true);
    watchdog.look().await;
    let third = room.state().history[2].clone();
    assert_eq!(third.decision, "overridden");
    assert!(other.0.wait().is_ok());
}

#[tokio::test]
async fn a_reload_that_ends_well_is_told_as_such() {
    let room = Room::new(nowhere());
    // Ignores the signal, as a supervisor's handler does.
    let mut stand = Stand(
        Command::new("sh")
            .args(["-c", "trap '' HUP; echo; exec sleep 600"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut ready = [0];
    std::io::Read::read_exact(stand.0.stdout.as_mut().unwrap(), &mut ready).unwrap();
    let identity = stand.identity();
    room.record(identity.clone(), 4);
    room.raise("one", false);
    let mut watchdog = room.watchdog();
    let look = watchdog.look();
    let reload = async {
        while room.has_flag() {
            tokio::task::yield_now().await;
        }
        room.record(identity, 5);
    };
    tokio::join!(look, reload);
    let record = room.state().history[0].clone();
    assert!(record.success && record.completed_at.is_some(), "{record:?}");
    assert!(!stand.has_ended());
}

#[tokio::test]
async fn forged_files_signal_nobody() {
    let room = Room::new(nowhere());
    let mut bystander = Stand::start();
    let truth = bystander.identity();
    let forged = [
        Identity { start_time: truth.start_time - 1, ..truth.clone() },
        Identity { boot_id: "00000000-0000-0000-0000-000000000000".to_owned(), ..truth.clone() },
        Identity { pid: 1, ..truth },
    ];
    for (place, identity) in forged.into_iter().enumerate() {
        room.record(identity, 0);
        room.raise(&place.to_string(), true);
        let mut watchdog = room.watchdog();
        watchdog.look().await;
        let history = room.state().history;
        assert!(!history[place].success && history[place].completed_at.is_some());
        assert!(!bystander.has_ended());
    }
    for damaged in ["", "{", "[]", "{\"pid\":1}", "null"] {
        std::fs::write(&room.paths().pid_file, damaged).unwrap();
        room.raise(&format!("damaged {damaged}"), true);
        room.watchdog().look().await;
        assert!(!room.state().history.last().unwrap().success, "{damaged}");
    }
}

#[tokio::test]
async fn a_flag_that_makes_no_sense_is_set_aside() {
    let room = Room::new(nowhere());
    for damaged in ["", "{", "{\"id\":\"x\"}", "[1,2"] {
        std::fs::write(&room.paths().restart_flag, damaged).unwrap();
        room.watchdog().look().await;
        assert!(!room.has_flag(), "{damaged}");
    }
    let names: Vec<_> = std::fs::read_dir(room.folder.path()).unwrap().collect();
    let aside = |entry: &&std::io::Result<std::fs::DirEntry>| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains(".corrupt-")
    };
    assert!(names.iter().filter(aside).count() >= 1);
    assert_eq!(room.state().history, []);
}

#[tokio::test]
async fn a_worker_that_does_not_answer_is_restarted_and_then_left_to_the_policy() {
    let room = Room::new(nowhere());
    let mut watchdog = room.watchdog();
    for round in 0..3 {
        let stand = Stand::start();
        room.record(stand.identity(), 0);
        for _ in 0..2 {
            watchdog.look().await;
        }
        assert_eq!(room.state().history.len(), round, "too early");
        watchdog.look().await;
        let history = room.state().history;
        assert_eq!((history.len(), history[round].source), (round + 1, RestartSource::Auto));
        if round == 0 {
            assert_eq!(history[0].decision, "allowed");
        } else {
            // In the cooldown: logged once, and no process is signalled however often it checks.
            assert_eq!(history[round].decision, "refused");
            for _ in 0..5 {
                watchdog.look().await;
            }
            assert_eq!(room.state().history.len(), round + 1);
            stand.identity().verify().unwrap();
            break;
        }
    }
}

#[tokio::test]
async fn a_worker_that_answers_is_left_alone_whatever_the_database_does() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let room = Room::new(listener.local_addr().unwrap());
    let stand = Stand::start();
    room.record(stand.identity(), 0);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Closing with the request unread would reset the connection.
            let mut read = 0;
            let mut request = [0; 1024];
            while !request[..read].ends_with(b"\r\n\r\n") {
                read += stream.read(&mut request[read..]).await.unwrap();
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
        }
    });
    let mut watchdog = room.watchdog();
    for _ in 0..10 {
        watchdog.look().await;
    }
    assert_eq!(room.state().history, []);
    stand.identity().verify().unwrap();
}

#[tokio::test]
async fn two_watchdogs_never_share_a_folder_and_a_stop_leaves_the_file_to_nobody() {
    let room = Room::new(nowhere());
    let left = [".restart.json-x.unfinished", ".state.json-x.unfinished"];
    let left = left.map(|name| room.folder.path().join(name));
    for path in &left {
        std::fs::File::create(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    let stop = CancellationToken::new();
    let looked = std::sync::Arc::new(tokio::sync::Notify::new());
    let look = looked.clone();
    let first = tokio::spawn(run(room.settings.clone(), stop.clone(), move || look.notify_one()));
    looked.notified().await;
    let refusal = run(room.settings.clone(), stop.clone(), || {}).await.unwrap_err();
    assert!(matches!(refusal, WatchdogError::Twice(_)), "{refusal}");
    assert!(room.state().watchdog.is_some());
    assert!(left.iter().all(|path| !path.exists()), "what one that was killed left is gone");
    stop.cancel();
    first.await.unwrap().unwrap();
    assert_eq!(room.state().watchdog, None);
}
