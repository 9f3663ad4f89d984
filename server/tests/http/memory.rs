//! The plant's memory: what was published is what is read later, and gaps stay gaps.

use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arrow_array::TimestampMillisecondArray;
use arrow_ipc::reader::StreamReader;
use compute_core::calendar::Moment;
use compute_core::memory::Shift;
use compute_core::table::{Columns, Dataset};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::app_state::AppState;
use mes_dashboard::plant_memory::{Bounds, Folder, MemorySetup, PlantMemory};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::freshness::decoded;
use crate::plant;
use crate::service::Service;

const BOUNDS: Bounds = Bounds { days: 35, bytes: 1 << 30 };

/// A clock that a test sets.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Plant time of 20 November 2026.
    fn set(&self, time: &str) {
        let at: Timestamp = format!("2026-11-20T{time}+08:00").parse().unwrap();
        self.0.store(at.as_second(), Ordering::Relaxed);
    }
}

fn memory(folder: &Path, clock: &Clock, bounds: Bounds) -> Arc<PlantMemory> {
    memory_every(Duration::ZERO, folder, clock, bounds)
}

fn memory_every(
    interval: Duration,
    folder: &Path,
    clock: &Clock,
    bounds: Bounds,
) -> Arc<PlantMemory> {
    let clock = clock.clone();
    PlantMemory::new(MemorySetup {
        folder: Folder::new(folder.to_owned()),
        bounds,
        interval,
        shifts: Default::default(),
        zone: TimeZone::get("Asia/Taipei").unwrap(),
        now: Box::new(move || Timestamp::from_second(clock.0.load(Ordering::Relaxed)).unwrap()),
    })
}

struct Plant {
    service: Service,
    memory: Arc<PlantMemory>,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl Plant {
    fn new() -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
        clock.set("07:40:00");
        let memory = memory(folder.path(), &clock, BOUNDS);
        let state = Service::loaded().state;
        let service = Service::with(AppState { memory: Some(memory.clone()), ..state });
        Self { service, memory, clock, folder }
    }

    /// So many lots are published then.
    fn publish(&self, time: &str, lots: u32) {
        self.clock.set(time);
        self.service.publish(Dataset::Wip, &batch_of(lots));
        self.note();
    }

    fn note(&self) {
        self.memory.note(&self.service.state.snapshots.current());
    }

    /// The server starts again, while the other one still runs where `beside`.
    fn again(&mut self) {
        let state = self.service.state.clone();
        // The former process ends, and its lock with it.
        self.memory = memory(&self.folder.path().join("elsewhere"), &self.clock, BOUNDS);
        self.service = Service::with(AppState { memory: Some(self.memory.clone()), ..state });
        self.memory = memory(self.folder.path(), &self.clock, BOUNDS);
        self.service = Service::with(AppState {
            memory: Some(self.memory.clone()),
            ..self.service.state.clone()
        });
    }

    async fn shift(&self, at: &str) -> Shift {
        let answer = self.service.get(&format!("/api/memory/shift?at={at}")).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        Shift::from_bytes(answer.body.to_vec()).unwrap()
    }

    async fn index(&self) -> Value {
        self.service.get("/api/memory").await.json()["data"].take()
    }

    fn lots(&self) -> Vec<u8> {
        let plant = self.service.state.snapshots.current();
        plant.lots.as_ref().unwrap().published.bytes.identity.to_vec()
    }
}

fn at(shift: &mut Shift, dataset: Dataset, time: &str) -> Vec<u8> {
    let moment = Moment::parse(&format!("2026-11-20 {time}")).unwrap();
    let place = shift.place_at(dataset, moment).unwrap();
    shift.version(dataset, place).unwrap().frame.to_ipc(Columns::Display)
}

/// KEPT_FROM and KEPT_UNTIL of each row, seconds.
async fn times(plant: &Plant, path: &str) -> Vec<Range<i64>> {
    let answer = plant.service.get(path).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let batches = StreamReader::try_new(&answer.body[..], None).unwrap();
    let mut times = Vec::new();
    for batch in batches.map(Result::unwrap) {
        let [from, until] = [0, 1].map(|place| {
            let column = batch.column(place).as_any().downcast_ref::<TimestampMillisecondArray>();
            column.unwrap().values().iter().map(|ms| ms / 1000).collect::<Vec<i64>>()
        });
        times.extend(from.into_iter().zip(until).map(|(from, until)| from..until));
    }
    assert_eq!(answer.header("x-mes-rows"), times.len().to_string());
    times
}

#[tokio::test]
async fn kept_rows_are_those_of_every_moment() {
    let plant = Plant::new();
    for (time, lots) in [("07:40:00", 500), ("07:42:00", 510), ("07:44:00", 490)] {
        plant.publish(time, lots);
    }
    plant.clock.set("07:46:00");
    plant.note();
    // Nothing is known from then on.
    plant.publish("09:00:00", 10);
    plant.clock.set("09:01:00");
    plant.note();
    let path = "/api/memory/wip?from=2026-11-20T07:41&to=2026-11-20T09:00:30";
    let rows = times(&plant, path).await;
    let mut shift = plant.shift("2026-11-20T08:00").await;
    for (time, is_known) in [
        ("07:40:59", false),
        ("07:41:00", true),
        ("07:43:59", true),
        ("07:46:00", true),
        ("07:46:01", false),
        ("09:00:00", true),
        ("09:00:30", false),
    ] {
        let moment = Moment::parse(&format!("2026-11-20 {time}")).unwrap();
        let place = shift.place_at(Dataset::Wip, moment).unwrap();
        let expected = shift.version(Dataset::Wip, place).unwrap().frame.len();
        let secs = Moment::parse("1970-01-01 00:00:00").unwrap().secs_until(moment);
        let found = rows.iter().filter(|times| times.contains(&secs)).count();
        assert_eq!(found, if is_known { expected } else { 0 }, "{time}");
    }
    // Since the shift began, until now.
    assert_ne!(times(&plant, "/api/memory/equipment").await, []);
    let parquet = plant.service.get("/api/memory/wip?format=parquet").await;
    assert_eq!(parquet.header("content-type"), "application/vnd.apache.parquet");
    assert!(parquet.body.starts_with(b"PAR1") && parquet.body.ends_with(b"PAR1"));
    let none = times(&plant, "/api/memory/wip?from=2026-11-18T07:30&to=2026-11-19T07:30").await;
    assert_eq!(none, []);
}

#[tokio::test]
async fn times_of_kept_rows_that_make_no_sense_are_refused() {
    let plant = Plant::new();
    for wrong in ["from=soon", "from=2026-11-21", "from=2026-11-12&to=2026-11-20", "format=csv"] {
        let answer = plant.service.get(&format!("/api/memory/wip?{wrong}")).await;
        answer.failure(400, "VALIDATION_ERROR");
    }
    plant.service.get("/api/memory/lots").await.failure(404, "NOT_FOUND");
    Service::loaded().get("/api/memory/wip").await.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_published_version_can_be_read_again() {
    let plant = Plant::new();
    let mut published = Vec::new();
    for (time, lots) in [("07:40:00", 500), ("07:50:00", 510), ("07:50:30", 10), ("08:00:00", 490)]
    {
        plant.publish(time, lots);
        published.push((time, plant.lots()));
    }
    plant.clock.set("08:01:00");
    plant.note();
    let mut shift = plant.shift("2026-11-20T09:00").await;
    for (time, bytes) in &published {
        assert!(at(&mut shift, Dataset::Wip, time) == *bytes, "{time}");
    }
    assert!(at(&mut shift, Dataset::Wip, "07:49:59") == published[0].1);
    for dataset in Dataset::ALL {
        let now = plant.service.state.snapshots.current();
        let published = now.published(dataset).unwrap().bytes.identity.to_vec();
        assert!(at(&mut shift, dataset, "08:01:00") == published, "{}", dataset.name());
    }
    let shifts = &plant.index().await["shifts"];
    assert_eq!(shifts[0]["from"], "2026-11-20 07:30:00");
    assert_eq!(shifts[0]["until"], "2026-11-20 19:30:00");
    assert_eq!((&shifts[0]["versions"], &shifts[0]["clock_steps"]), (&json!(7), &json!(0)));
    let report = plant.memory.report();
    assert_eq!((report.shifts, report.versions, report.is_keeper), (1, 7, true));
    assert_eq!(report.kept_to.as_deref(), Some("2026-11-20 08:01:00"));
}

#[tokio::test]
async fn records_come_in_every_coding_with_a_version_of_their_own() {
    let plant = Plant::new();
    plant.publish("07:40:00", 300);
    const PATH: &str = "/api/memory/shift?at=2026-11-20T07:40";
    let plain = plant.service.get(PATH).await;
    for coding in ["zstd", "br", "gzip"] {
        let answer = plant.service.get_with(PATH, &[("accept-encoding", coding)]).await;
        assert_eq!(decoded(&answer), plain.body);
        let tag = answer.header("etag").to_owned();
        assert_eq!(plant.service.get_with(PATH, &[("if-none-match", &tag)]).await.status, 304);
    }
    plant.publish("07:41:00", 301);
    assert_ne!(
        plant.service.get(PATH).await.header("x-mes-version"),
        plain.header("x-mes-version")
    );
}

#[tokio::test]
async fn a_time_without_records_is_a_gap() {
    let mut plant = Plant::new();
    plant.publish("07:40:00", 5);
    plant.clock.set("07:42:00");
    plant.note();
    // A restart of less than three minutes is none; one of an hour is.
    plant.again();
    plant.publish("07:44:00", 6);
    plant.again();
    plant.publish("08:44:00", 7);
    // The database is away: the same version is published, and nothing is known.
    let (wip, now) = (Dataset::Wip, Timestamp::now());
    plant.service.state.snapshots.fail(wip, "the database is away".to_owned(), now);
    for minute in 45..55 {
        plant.clock.set(&format!("08:{minute}:00"));
        plant.note();
    }
    let span = |from: &str, until: &str| json!({ "from": format!("2026-11-20 {from}"), "until": format!("2026-11-20 {until}") });
    let shifts = plant.index().await["shifts"].take();
    assert_eq!(
        shifts[0]["lots"],
        json!([span("07:40:00", "07:44:00"), span("08:44:00", "08:44:00")])
    );
    assert_eq!(
        shifts[0]["machines"],
        json!([span("07:40:00", "07:44:00"), span("08:44:00", "08:54:00")])
    );
}

#[tokio::test]
async fn a_shift_has_a_file_of_its_own_that_begins_with_whole_tables() {
    let plant = Plant::new();
    plant.publish("19:29:00", 5);
    plant.clock.set("19:30:00");
    plant.note();
    let mut shift = plant.shift("2026-11-20T19:30").await;
    assert!(at(&mut shift, Dataset::Wip, "19:30:00") == plant.lots());
    assert_eq!(plant.index().await["shifts"].as_array().unwrap().len(), 2);
    let message = plant.service.get("/api/memory/shift?at=2026-11-22T08:00").await;
    message.failure(404, "NOT_FOUND");
    plant.service.get("/api/memory/shift?at=yesterday").await.failure(400, "VALIDATION_ERROR");
    Service::loaded().get("/api/memory/shift?at=2026-11-20T07:30").await.failure(404, "NOT_FOUND");
    let nothing = Service::loaded().get("/api/memory").await.json();
    assert_eq!(
        (&nothing["data"]["enabled"], &nothing["data"]["shifts"]),
        (&json!(false), &json!([]))
    );
}

#[tokio::test]
async fn versions_that_follow_each_other_at_once_are_kept_once_an_interval() {
    let mut plant = Plant::new();
    let every = Duration::from_secs(60);
    plant.memory = memory_every(every, plant.folder.path(), &plant.clock, BOUNDS);
    let mut last = Vec::new();
    for second in 0..150 {
        plant.publish(&format!("07:{:02}:{:02}", 40 + second / 60, second % 60), 100 + second);
        last = plant.lots();
    }
    plant.clock.set("07:43:00");
    plant.note();
    let mut shift = plant.shift("2026-11-20T07:40").await;
    assert_eq!(shift.versions(Dataset::Wip), 4);
    assert!(at(&mut shift, Dataset::Wip, "07:43:00") == last, "the last one is kept in the end");
    // A table that is not as recorded is never told to be; the others are.
    let shifts = plant.index().await["shifts"].take();
    assert_eq!(shifts[0]["lots"].as_array().unwrap().len(), 1);
    assert_eq!(shifts[0]["machines"][0]["until"], "2026-11-20 07:43:00");
}

#[tokio::test]
async fn what_a_killed_writer_left_is_cut_off() {
    let mut plant = Plant::new();
    plant.publish("07:40:00", 400);
    let file = plant.folder.path().join("2026-11-20T0730.shift");
    let whole = std::fs::read(&file).unwrap();
    let first = plant.lots();
    plant.publish("07:41:00", 300);
    let longer = std::fs::read(&file).unwrap();
    for end in [whole.len() + 1, whole.len() + 20, usize::midpoint(whole.len(), longer.len())] {
        std::fs::write(&file, &longer[..end]).unwrap();
        // Readers skip it,
        let mut shift = plant.shift("2026-11-20T07:40").await;
        assert!(at(&mut shift, Dataset::Wip, "07:59:59") == first);
        // and the next writer cuts it off.
        plant.again();
        plant.publish("07:42:00", 200);
        let mut shift = plant.shift("2026-11-20T07:40").await;
        assert!(at(&mut shift, Dataset::Wip, "07:41:59") == first);
        assert!(at(&mut shift, Dataset::Wip, "07:42:00") == plant.lots());
        assert_eq!(plant.memory.report().cut_off_bytes, (end - whole.len()) as u64);
    }
}

#[tokio::test]
async fn one_process_writes_and_a_failure_is_told_and_ends_by_itself() {
    let plant = Plant::new();
    plant.publish("07:40:00", 5);
    let second = memory(plant.folder.path(), &plant.clock, BOUNDS);
    second.note(&plant.service.state.snapshots.current());
    assert!(!second.report().is_keeper);
    assert_eq!((second.report().versions, second.report().problem), (0, None));

    // The folder is no folder.
    let place = plant.folder.path().join("file");
    std::fs::write(&place, "x").unwrap();
    let third = memory(&place, &plant.clock, BOUNDS);
    third.note(&plant.service.state.snapshots.current());
    assert!(third.report().problem.unwrap().contains("can't be made"));
    std::fs::remove_file(&place).unwrap();
    third.note(&plant.service.state.snapshots.current());
    assert_eq!((third.report().problem, third.report().versions), (None, 4));

    // More than it may have.
    let small = plant.folder.path().join("small");
    let fourth = memory(&small, &plant.clock, Bounds { bytes: 2000, ..BOUNDS });
    fourth.note(&plant.service.state.snapshots.current());
    assert!(fourth.report().problem.unwrap().contains("more than 2000 bytes"));
    let health = Service::with(AppState { memory: Some(fourth), ..plant.service.state.clone() });
    let health = health.get("/health").await.json();
    assert!(health.to_string().contains("memory: versions can't be kept"), "{health}");
}

/// So many lots, the same in every process.
fn batch_of(count: u32) -> arrow_array::RecordBatch {
    let rows: Vec<_> =
        (0..count).map(|n| plant::lot(&format!("LOT-{n:05}"), n, "焊接_WB", "SOT-23")).collect();
    plant::lot_batch(&rows)
}

#[tokio::test]
#[ignore = "the process that the test below starts and kills"]
async fn a_writer_that_is_killed() {
    let Some(folder) = std::env::var_os("KILLED_MEMORY") else { return };
    let clock = Clock::default();
    clock.set("07:40:00");
    let memory = memory(Path::new(&folder), &clock, BOUNDS);
    let service = Service::loaded();
    for count in (1..400).cycle() {
        service.publish(Dataset::Wip, &batch_of(count));
        memory.note(&service.state.snapshots.current());
        let plant = service.state.snapshots.current();
        let version = &plant.published(Dataset::Wip).unwrap().version;
        writeln!(std::io::stdout(), "noted {version}").unwrap();
    }
}

/// Kills with SIGKILL at random moments: every record that was acknowledged is there, and all are
/// whole.
#[tokio::test]
async fn a_killed_memory_has_all_records_that_it_acknowledged() {
    let kills: u32 = std::env::var("KILLS").map_or(20, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut chance = fastrand::Rng::with_seed(20_261_128);
    let file = folder.path().join("2026-11-20T0730.shift");
    let clock = Clock::default();
    clock.set("07:40:00");
    for kill in 0..kills {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["memory::a_writer_that_is_killed", "--exact", "--ignored", "--nocapture"])
            .env("KILLED_MEMORY", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        while !first.starts_with("noted ") {
            first.clear();
            assert_ne!(told.read_line(&mut first).unwrap(), 0, "it did nothing");
        }
        std::thread::sleep(Duration::from_micros(chance.u64(..30_000)));
        process.kill().unwrap();
        process.wait().unwrap();
        let rest = std::io::read_to_string(told).unwrap();
        // Its last line may be cut; it then acknowledged nothing.
        let whole = rest.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let noted = whole.chain([first.trim_end()]).filter_map(|line| line.strip_prefix("noted "));
        let noted: Vec<&str> = noted.collect();
        let length = std::fs::metadata(&file).unwrap().len();
        let memory = memory(folder.path(), &clock, BOUNDS);
        let begin = Moment::parse("2026-11-20 07:30:00").unwrap();
        let mut shift = Shift::from_bytes(memory.records(begin).unwrap().unwrap()).unwrap();
        let versions = shift.versions(Dataset::Wip);
        let latest = versions.saturating_sub(noted.len() + 1)..versions;
        let kept: Vec<_> =
            latest.map(|place| shift.version(Dataset::Wip, place).unwrap()).collect();
        for version in &noted {
            assert!(kept.iter().any(|kept| kept.version == *version), "kill {kill}: {version}");
        }
        for kept in kept {
            let bytes = kept.frame.to_ipc(Columns::Display);
            assert_eq!(format!("{:032x}", xxh3_128(&bytes)), kept.version, "kill {kill}");
        }
        // A writer cuts off what the one before it left.
        memory.note(&Service::loaded().state.snapshots.current());
        assert!(std::fs::metadata(&file).unwrap().len() + memory.report().cut_off_bytes >= length);
        if versions > 2_000 {
            std::fs::remove_file(&file).unwrap();
        }
    }
}
