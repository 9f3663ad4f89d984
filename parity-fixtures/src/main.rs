//! `parity-fixtures [--seed N] [--cases N]`: native against Node against
//! Chromium, then the server against the recorded answers.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use compute_core::delta::Delta;
use compute_core::query_registry::{
    CHANGE_QUERIES, DOWNTIME_QUERIES, EQUIPMENT_QUERIES, HISTORY_QUERIES, HOLD_HISTORY_QUERIES,
    LOT_QUERIES, Query,
};
use compute_core::table::{Columns, Frame};
use parity_fixtures::native::Plant;
use parity_fixtures::plan::{Answer, Part, PlanWriter};
use parity_fixtures::plant::{PlantSource, plants};
use parity_fixtures::questions::{self, Store};
use parity_fixtures::tolerance::Contract;
use parity_fixtures::{baseline, golden};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// Lots of the generated plants; small ones find edges, large ones find order.
const SIZES: [usize; 12] = [0, 1, 2, 5, 12, 30, 60, 100, 200, 300, 800, 3000];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("parity-fixtures: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn option(name: &str, default: u64) -> Result<u64, Failure> {
    let mut args = std::env::args().skip_while(|arg| arg != name).skip(1);
    args.next().map_or(Ok(default), |value| Ok(value.parse()?))
}

fn run() -> Result<bool, Failure> {
    let seed = option("--seed", 20_261_120)?;
    let cases = option("--cases", 10_000)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::current_exe()?.with_file_name("parity");
    let start = Instant::now();
    let contract = Contract::shipped()?;
    let written = write_plan(&folder, seed, cases as usize, &contract)?;
    println!("native: {written} cases, seed {seed}, {:.1} s", start.elapsed().as_secs_f64());
    let mut agree = true;
    for (name, script, extra) in [
        ("Node", "node.mjs", None),
        ("Chromium", "chromium.mjs", Some(root.join("frontend/node_modules"))),
    ] {
        let start = Instant::now();
        let report = javascript(&root, script, &folder, extra)?;
        let (ran, differing) =
            (report["cases"].as_u64().unwrap_or(0), report["differing"].as_u64().unwrap_or(1));
        println!(
            "{name}: {ran} cases, {differing} differing, {:.1} s",
            start.elapsed().as_secs_f64()
        );
        for first in report["first"].as_array().into_iter().flatten() {
            println!("  {}", first.as_str().unwrap_or_default());
        }
        agree &= differing == 0 && ran == written as u64;
    }
    Ok(agree & recorded_answers(&contract)?)
}

/// Runs the plan in a JavaScript engine.
fn javascript(
    root: &Path,
    script: &str,
    plan: &Path,
    extra: Option<PathBuf>,
) -> Result<Value, Failure> {
    let output = Command::new("node")
        .arg(root.join("parity-fixtures/js").join(script))
        .args([plan, &root.join("web-wasm/pkg")])
        .args(extra)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{script} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Draws values of strategies from one seed.
struct Draw(TestRunner);

impl Draw {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    fn value<S: Strategy>(&mut self, strategy: &S) -> Result<S::Value, Failure> {
        Ok(strategy.new_tree(&mut self.0).map_err(|reason| reason.to_string())?.current())
    }
}

fn write_plan(
    folder: &Path,
    seed: u64,
    cases: usize,
    contract: &Contract,
) -> Result<usize, Failure> {
    let mut draw = Draw::new(seed);
    let mut plan = PlanWriter::create(folder)?;
    let mut metrics = BTreeSet::new();
    let golden = golden::plant()?;
    dataset(&mut plan, "golden", None, &golden)?;
    let plant = Plant::load(&golden)?;
    ask(&mut plan, &mut draw, "golden", &plant, 3, &mut metrics)?;
    // Every plant is also reached by a delta from the one before it.
    let history = HISTORY_QUERIES.len() + HOLD_HISTORY_QUERIES.len() + DOWNTIME_QUERIES.len();
    let queries = LOT_QUERIES.len() + EQUIPMENT_QUERIES.len() + CHANGE_QUERIES.len() + history + 1;
    let rounds = cases.div_ceil(queries * SIZES.len() * 2).max(1);
    for (index, size) in SIZES.iter().enumerate() {
        let (before, after) = (draw.value(&plants(*size))?, draw.value(&plants(size + index % 3))?);
        for (name, from, source) in [("full", None, &before), ("delta", Some(&before), &after)] {
            let name = format!("generated-{size}-{name}");
            dataset(&mut plan, &name, from, source)?;
            let plant = Plant::load(source)?;
            let plant = match from {
                Some(from) => plant.since(&Plant::load(from)?),
                None => plant,
            };
            ask(&mut plan, &mut draw, &name, &plant, rounds, &mut metrics)?;
        }
    }
    let idle: Vec<&str> = contract.metrics().filter(|metric| !metrics.contains(*metric)).collect();
    if !idle.is_empty() {
        return Err(format!("tolerance.toml names {idle:?}, which no answer has").into());
    }
    Ok(plan.finish()?)
}

/// Writes the tables of a plant, as deltas to `from` if there is one.
fn dataset(
    plan: &mut PlanWriter,
    name: &str,
    from: Option<&PlantSource>,
    source: &PlantSource,
) -> Result<(), Failure> {
    fn frames(plant: &Plant) -> [&Frame; 4] {
        [
            plant.lots.frame(),
            plant.resources.frame(),
            plant.statuses.frame(),
            plant.workcenters.frame(),
        ]
    }
    let (plant, base) = (Plant::load(source)?, from.map(Plant::load).transpose()?);
    let mut parts = Vec::new();
    for (index, frame) in frames(&plant).into_iter().enumerate() {
        let dataset = frame.dataset().name();
        let mut part =
            |suffix: &str, version: &str, bytes: &[u8], delta: bool| -> Result<(), Failure> {
                let file = format!("{name}.{dataset}.{suffix}");
                plan.table(&file, bytes)?;
                parts.push(Part { dataset, file, version: version.to_owned(), delta });
                Ok(())
            };
        match &base {
            None => part("arrow", "new", &frame.to_ipc(Columns::Display), false)?,
            Some(base) => {
                let old = frames(base)[index];
                part("base.arrow", "old", &old.to_ipc(Columns::Display), false)?;
                part("delta", "new", &Delta::between(old, frame).to_ipc("old", "new"), true)?;
            }
        }
    }
    let file = format!("{name}.history.arrow");
    plan.table(&file, &plant.hours.to_ipc())?;
    parts.push(Part { dataset: "history", file, version: "new".to_owned(), delta: false });
    let file = format!("{name}.holds.arrow");
    plan.table(&file, &plant.holds.to_ipc())?;
    parts.push(Part { dataset: "hold_history", file, version: "new".to_owned(), delta: false });
    for (dataset, bytes) in
        [("downtime", plant.downtime.table().to_ipc()), ("jobs", plant.downtime.jobs().to_ipc())]
    {
        let file = format!("{name}.{dataset}.arrow");
        plan.table(&file, &bytes)?;
        parts.push(Part { dataset, file, version: "new".to_owned(), delta: false });
    }
    plan.dataset(name, &parts)?;
    Ok(())
}

/// Asks every query `rounds` times with generated arguments.
fn ask(
    plan: &mut PlanWriter,
    draw: &mut Draw,
    dataset: &str,
    plant: &Plant,
    rounds: usize,
    metrics: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    // What a browser holds: the display columns.
    let plant = &plant.as_browser()?;
    let overview = Query { name: "overview", argument: "LotFilter" };
    let lots = LOT_QUERIES.iter().chain([&overview]).map(|query| (Store::Lots, query));
    let equipment = EQUIPMENT_QUERIES.iter().map(|query| (Store::Equipment, query));
    let history = HISTORY_QUERIES.iter().map(|query| (Store::History, query));
    let holds = HOLD_HISTORY_QUERIES.iter().map(|query| (Store::Holds, query));
    let downtime = DOWNTIME_QUERIES.iter().map(|query| (Store::Downtime, query));
    let changes = CHANGE_QUERIES.iter().map(|query| (Store::Changes, query));
    let all = lots.chain(equipment).chain(history).chain(holds).chain(downtime).chain(changes);
    for (store, &Query { name: query, argument }) in all {
        let arguments =
            questions::arguments(argument).ok_or_else(|| format!("no arguments for {argument}"))?;
        for _ in 0..rounds {
            let args = draw.value(&arguments)?;
            let answer =
                plant.ask(store, query, &args).ok_or_else(|| format!("no answer for {query}"))?;
            if let Answer::Value(value) = &answer {
                collect_metrics(value, "", metrics);
            }
            plan.case(dataset, store, query, &args, &answer)?;
        }
        let wrong = json!({ "noSuchField": 1 });
        plan.case(dataset, store, query, &wrong, &Answer::Error("INVALID_QUERY"))?;
    }
    Ok(())
}

/// Names of all numeric fields.
fn collect_metrics(value: &Value, name: &str, metrics: &mut BTreeSet<String>) {
    match value {
        Value::Number(_) => {
            metrics.insert(name.to_owned());
        }
        Value::Array(list) => list.iter().for_each(|entry| collect_metrics(entry, name, metrics)),
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| collect_metrics(field, key, metrics));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A server on the golden database against what the baseline answered.
fn recorded_answers(contract: &Contract) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("golden.sqlite");
    golden::write_sqlite(&database)?;
    let binary = std::env::current_exe()?.with_file_name("mes-dashboard");
    let mut server = Command::new(&binary)
        .args(["serve", "--bind-addr", "127.0.0.1:0", "--log-level", "error", "--database-url"])
        .arg(format!("sqlite:{}", database.display()))
        .env("APP_ENV", "development")
        .env("APP_DATABASE_URL", "sqlite::memory:")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} can't be started: {error}", binary.display()))?;
    let compared = listening(&mut server).and_then(|origin| {
        wait_until_ready(&origin)?;
        Ok(baseline::compare(&origin, &baseline::shipped_deviations()?, contract)?)
    });
    server.kill()?;
    server.wait()?;
    let report = compared?;
    for (id, difference) in &report.different {
        println!("  DIFFERENT {id}: {difference}");
    }
    for pattern in &report.idle {
        println!("  IDLE {pattern} is listed as a deviation and does not occur");
    }
    println!(
        "recorded answers: {} same, {} differ in listed fields only, {} listed as a whole, {} different, {} idle",
        report.same,
        report.by_field,
        report.deviating.len(),
        report.different.len(),
        report.idle.len()
    );
    Ok(report.agrees())
}

fn listening(server: &mut std::process::Child) -> Result<String, Failure> {
    let out = server.stdout.take().ok_or("the server has no output")?;
    for line in BufReader::new(out).lines() {
        if let Some(origin) = line?.strip_prefix("listening on ") {
            return Ok(origin.to_owned());
        }
    }
    Err("the server ended before it listened".into())
}

/// Waits until the server has loaded its tables; it returns 503 until then.
fn wait_until_ready(origin: &str) -> Result<(), Failure> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let deadline = Instant::now() + std::time::Duration::from_secs(60);
    while Instant::now() < deadline {
        if agent.get(format!("{origin}/readyz")).call()?.status() == 200 {
            return Ok(());
        }
        std::thread::yield_now();
    }
    Err("the server did not become ready within 60 s".into())
}
