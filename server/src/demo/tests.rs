//! The plant in memory and the plant in the tables are one.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use compute_core::source_contract::SourceColumn;
use jiff::SignedDuration;
use sqlx::{Connection, SqliteConnection};

use super::*;

const SIZE: PlantSize = PlantSize::of(300, 80);

fn morning() -> DateTime {
    jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0)
}

fn wanted(seed: u64) -> Wanted {
    Wanted { seed, size: SIZE, now: morning(), fresh: false }
}

async fn prepared(path: &Path, wanted: &Wanted) -> (PlantDatabase, Factory) {
    prepare(path, wanted, &mut Progress::silent()).await.unwrap()
}

async fn move_on(database: &mut PlantDatabase, factory: &mut Factory, ticks: usize) {
    for _ in 0..ticks {
        let now = factory.now() + SignedDuration::from_secs(5);
        let changes = factory.tick(now, 0.05);
        database.write(factory, &changes).await.unwrap();
    }
}

/// Every row of a table or view as SQL text, sorted.
async fn dump(path: &Path, table: &str) -> Vec<String> {
    let mut connection =
        SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?)")
        .bind(table)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let cells: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
    let query = format!("select {} from {table} order by 1", cells.join(" || '|' || "));
    let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(&mut connection).await;
    connection.close().await.unwrap();
    rows.unwrap()
}

const SOURCE_TABLES: [&str; 7] = [
    "DW_MES_LOT_V",
    "DW_MES_RESOURCE",
    "DW_MES_EQUIPMENTSTATUS_WIP_V",
    "DW_MES_SPEC_WORKCENTER_V",
    "DW_MES_RESOURCESTATUS_SHIFT",
    "DW_MES_JOB",
    "DW_MES_JOBTXNHISTORY",
];

#[tokio::test]
async fn equal_seeds_make_equal_tables() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b", "c"].map(|name| folder.path().join(name));
    for (path, seed) in paths.iter().zip([5, 5, 6]) {
        let (mut database, mut factory) = prepared(path, &wanted(seed)).await;
        move_on(&mut database, &mut factory, 5).await;
        database.close().await.unwrap();
    }
    for table in SOURCE_TABLES {
        let [a, b, c] = [&paths[0], &paths[1], &paths[2]].map(|path| dump(path, table));
        let (a, b, c) = (a.await, b.await, c.await);
        assert!(!a.is_empty(), "{table}");
        assert!(a == b, "{table} differs");
        // The route is the same in every plant.
        assert_eq!(a == c, table == "DW_MES_SPEC_WORKCENTER_V", "{table}");
    }
}

/// Moving rows ends where writing the whole plant does.
#[tokio::test]
async fn the_tables_follow_the_plant() {
    let folder = tempfile::tempdir().unwrap();
    let (moved, whole) = (folder.path().join("moved"), folder.path().join("whole"));
    let (mut database, mut factory) = prepared(&moved, &wanted(11)).await;
    move_on(&mut database, &mut factory, 120).await;
    database.close().await.unwrap();
    make(&whole, &factory, &mut Progress::silent()).await.unwrap();
    for table in ["PLANT", "MEMORY"].iter().chain(&SOURCE_TABLES) {
        let (moved, whole) = (dump(&moved, table).await, dump(&whole, table).await);
        // A new table holds jobs that are open, and made-up ones of the past.
        let comparable = |rows: Vec<String>| -> Vec<String> {
            let is_job = table.starts_with("DW_MES_JOB");
            let keep = |row: &String| row.contains("'CREATED'") || row.contains("'IN PROCESS'");
            rows.into_iter().filter(|row| !is_job || keep(row)).collect()
        };
        if *table == "DW_MES_JOBTXNHISTORY" {
            assert!(whole.iter().all(|row| moved.contains(row)), "{table}");
            continue;
        }
        assert_eq!(comparable(moved), comparable(whole), "{table}");
    }
}

#[tokio::test]
async fn a_plant_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    let (mut database, mut factory) = prepared(&path, &wanted(2)).await;
    move_on(&mut database, &mut factory, 30).await;
    database.close().await.unwrap();
    let later = Wanted { now: factory.now() + SignedDuration::from_secs(40), ..wanted(2) };
    let (mut database, mut resumed) = prepared(&path, &later).await;
    factory.tick(later.now, 0.0);
    assert!(factory == resumed);
    move_on(&mut database, &mut resumed, 30).await;
    for _ in 0..30 {
        factory.tick(factory.now() + SignedDuration::from_secs(5), 0.05);
    }
    assert!(factory == resumed);
}

#[tokio::test]
async fn another_plant_takes_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    let (mut database, mut moved) = prepared(&path, &wanted(2)).await;
    move_on(&mut database, &mut moved, 10).await;
    database.close().await.unwrap();
    // A clock that was set back, and the wish for a new one.
    for again in [wanted(2), Wanted { fresh: true, now: moved.now(), ..wanted(2) }] {
        let (database, factory) = prepared(&path, &again).await;
        database.close().await.unwrap();
        assert!(factory == Factory::new(2, again.now, SIZE));
    }
    let (_, factory) = prepared(&path, &wanted(3)).await;
    assert!(factory == Factory::new(3, morning(), SIZE));
}

#[tokio::test]
async fn what_no_demo_made_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    for content in ["not a database at all", ""] {
        std::fs::write(&path, content).unwrap();
        let made = prepare(&path, &wanted(1), &mut Progress::silent()).await;
        assert_eq!(made.is_ok(), content.is_empty());
    }
    std::fs::remove_file(&path).unwrap();
    let mut other =
        SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.unwrap();
    sqlx::raw_sql("create table LETTERS (BODY text)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    for fresh in [false, true] {
        let wanted = Wanted { fresh, ..wanted(1) };
        let error = prepare(&path, &wanted, &mut Progress::silent()).await.err().unwrap();
        assert!(error.to_string().contains("not a demo plant"), "{error}");
    }
}

#[test]
fn two_demos_need_two_folders() {
    let folder = tempfile::tempdir().unwrap();
    let first = lock(folder.path()).unwrap();
    let error = lock(folder.path()).unwrap_err();
    assert!(error.to_string().contains("another demo runs"), "{error}");
    drop(first);
    lock(folder.path()).unwrap();
}

/// Days that SQLite rounds; it rounds halves of 0.01 differently.
const ROUNDED: [&str; 1] = ["AGEBYDAYS"];

/// Texts that are held once look like all others.
fn cell(row: usize, column: &ArrayRef) -> String {
    let Some(coded) = column.as_dictionary_opt::<Int32Type>() else {
        return format!("{:?}", column.slice(row, 1));
    };
    let text = |code| coded.values().slice(code, 1);
    format!("{:?}", coded.key(row).map_or_else(|| Arc::new(StringArray::new_null(1)), text))
}

/// Rows in the columns that tables hold, without the cells that are [`ROUNDED`], sorted.
fn lines(columns: &[SourceColumn], batch: &RecordBatch) -> Vec<Vec<String>> {
    let kept = columns.iter().filter(|column| column.is_kept && !ROUNDED.contains(&column.name));
    let columns: Vec<&ArrayRef> =
        kept.map(|column| batch.column_by_name(column.name).unwrap()).collect();
    let line = |row| columns.iter().map(|column| cell(row, column)).collect();
    let mut lines: Vec<Vec<String>> = (0..batch.num_rows()).map(line).collect();
    lines.sort();
    lines
}

/// Sums of the columns that are [`ROUNDED`].
fn sums(batch: &RecordBatch) -> Vec<f64> {
    let columns = ROUNDED.iter().filter_map(|name| batch.column_by_name(name));
    columns.map(|days| days.as_primitive::<Float64Type>().iter().flatten().sum()).collect()
}

/// The tables hold every column of the source contract, pass it without a warning, and are those that the
/// simulator gives without a database.
#[tokio::test]
async fn the_source_contract_is_met() {
    use compute_core::{quality::Finding, table::Dataset};
    use plant_simulator::source::SourceTable;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    let (mut database, mut factory) = prepared(&path, &wanted(4)).await;
    move_on(&mut database, &mut factory, 20).await;
    let options = Cli::try_parse_from(["mes-dashboard", "demo"]).unwrap();
    let Command::Demo(options) = options.command else { panic!("demo is not demo") };
    let config = serve_settings(&options, &path).unwrap();
    let url = config.database.database_url.clone().unwrap();
    let rules = compute_core::site_rules::SiteRules::default();
    let reading = config.site.reading(&rules).unwrap();
    let source = crate::source::MesDatabase::new(
        &url,
        config.database.table_names(),
        config.snapshots.intervals().longest_read,
        reading.clone(),
    )
    .unwrap();
    let store =
        crate::snapshot::SnapshotStore::new(1, crate::snapshot::CompressionLevels::default());
    for (dataset, table) in [
        (Dataset::Wip, SourceTable::Lots),
        (Dataset::Resource, SourceTable::Resources),
        (Dataset::Equipment, SourceTable::EquipmentStatus),
        (Dataset::Workcenter, SourceTable::Workcenters),
    ] {
        let read = source.read_table(dataset).await.unwrap();
        let simulated = factory.batch(table);
        let columns = table.columns();
        assert_eq!(lines(columns, &read.batch), lines(columns, &simulated), "{table:?}");
        for (read, simulated) in sums(&read.batch).iter().zip(sums(&simulated)) {
            assert!((read - simulated).abs() < 0.01 * SIZE.lots as f64, "{read} {simulated}");
        }
        let loaded = store.prepare(dataset, read, reading.zone(), &rules).unwrap();
        store.publish(loaded, Timestamp::UNIX_EPOCH);
    }
    let current = store.current();
    for dataset in Dataset::ALL {
        let quality = current.ledger(dataset);
        // A few machines are in a state of the plant's own.
        let own = Some("ENG");
        let unexpected = quality
            .findings()
            .filter(|found| !found.reason.is_expected() && found.sample_value.as_deref() != own);
        assert_eq!(unexpected.collect::<Vec<_>>(), Vec::<&Finding>::new(), "{}", dataset.name());
    }
    let rows = |dataset| current.published(dataset).unwrap().rows;
    assert_eq!(rows(Dataset::Wip), SIZE.lots);
    assert_eq!(rows(Dataset::Resource), SIZE.machines);
}
