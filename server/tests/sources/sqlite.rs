//! SQLite files of every kind.

use std::path::{Path, PathBuf};

use compute_core::table::Dataset;
use mes_dashboard::source::{MesDatabase, SourceReadError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use crate::LIMIT;
use crate::tables::{self, Types};

pub const TYPES: Types =
    Types { text: "text", integer: "integer", decimal: "real", date: "text", flag: "integer" };

/// A database made by `script`.
pub async fn database(folder: &Path, script: &str) -> (PathBuf, MesDatabase) {
    let path = folder.join("plant.sqlite");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let database = open(&path);
    (path, database)
}

fn open(path: &Path) -> MesDatabase {
    MesDatabase::new(
        &format!("sqlite:{}", path.display()),
        tables::names(),
        LIMIT,
        crate::reading(),
    )
    .unwrap()
}

async fn refusal(script: &str, dataset: Dataset) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (_, database) = database(folder.path(), script).await;
    database.read_table(dataset).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_missing_table_or_column_is_named() {
    let missing = refusal("create table OTHER (x text)", Dataset::Wip).await;
    assert!(missing.contains("DW_MES_LOT_V"), "{missing}");
    let script = "create table DW_MES_SPEC_WORKCENTER_V (WORK_CENTER text, WORK_CENTER_SHORT text)";
    let missing = refusal(script, Dataset::Workcenter).await;
    assert!(missing.contains("WORK_CENTER_GROUP, WORKCENTERSEQUENCE_GROUP"), "{missing}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.sqlite");
    std::fs::write(&garbage, vec![0x5a; 8192]).unwrap();
    for path in [garbage, folder.path().join("absent.sqlite")] {
        let error = open(&path).read_table(Dataset::Wip).await.unwrap_err();
        assert!(matches!(error, SourceReadError::Query { .. }), "{error}");
        assert!(error.to_string().contains("DW_MES_LOT_V"), "{error}");
    }
    let error = MesDatabase::new("mysql://x", tables::names(), LIMIT, crate::reading())
        .unwrap_err()
        .to_string();
    assert!(error.contains("sqlite: or postgres:") && error.contains("mysql"), "{error}");
}

#[tokio::test]
async fn views_lower_case_names_and_odd_cells_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let script = "create table plain (work_center text, work_center_group blob, workcentersequence_group text, work_center_short integer);
        insert into plain values ('A', x'00ff', 'ninety', 7), ('B', 'G', '090', null);
        create view dw_mes_spec_workcenter_v as select * from plain;";
    let (_, database) = database(folder.path(), script).await;
    let read = database.read_table(Dataset::Workcenter).await.unwrap();
    assert_eq!(read.batch.num_rows(), 2);
    assert_eq!(
        mes_dashboard::reading::warnings(&read.ledger),
        [
            "WORKCENTERSEQUENCE_GROUP: 1 cells can't be read, for example \"ninety\" of \"A\"",
            "WORK_CENTER_GROUP: 1 cells can't be read, for example \"binary data\" of \"A\"",
        ]
    );
}

#[tokio::test]
async fn empty_tables_are_a_plant_without_anything() {
    let folder = tempfile::tempdir().unwrap();
    let full = tables::script(&TYPES);
    let creates: Vec<&str> =
        full.split(';').filter(|statement| statement.contains("create table")).collect();
    let (_, database) = database(folder.path(), &creates.join(";")).await;
    for dataset in Dataset::ALL {
        assert_eq!(
            database.read_table(dataset).await.unwrap().batch.num_rows(),
            0,
            "{}",
            dataset.name()
        );
    }
}

#[tokio::test]
async fn the_stamp_follows_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let (path, database) = database(folder.path(), &tables::script(&TYPES)).await;
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let mut stamps = vec![database.stamp(Dataset::Wip).await.unwrap().unwrap()];
    for change in tables::CHANGES {
        sqlx::raw_sql(change).execute(&mut connection).await.unwrap();
        stamps.push(database.stamp(Dataset::Wip).await.unwrap().unwrap());
    }
    tables::all_differ(&stamps);
    assert_eq!(database.stamp(Dataset::Wip).await.unwrap().as_ref(), stamps.last());
    assert_eq!(database.stamp(Dataset::Equipment).await.unwrap(), None);
    connection.close().await.unwrap();
}
