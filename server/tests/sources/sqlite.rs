//! SQLite files of every kind.

use std::path::{Path, PathBuf};

use compute_core::table::Dataset;
use mes_dashboard::source::{MesDatabase, SourceReadError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use crate::LIMIT;
use crate::stamps;
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
    for change in stamps::CHANGES {
        sqlx::raw_sql(change).execute(&mut connection).await.unwrap();
        stamps.push(database.stamp(Dataset::Wip).await.unwrap().unwrap());
    }
    stamps::all_differ(&stamps);
    assert_eq!(database.stamp(Dataset::Wip).await.unwrap().as_ref(), stamps.last());
    assert_eq!(database.stamp(Dataset::Equipment).await.unwrap(), None);
    connection.close().await.unwrap();
}

/// Versions of the small plant after `change`, whose tables have these names.
async fn changed(change: &str, named: impl Fn(&str) -> String) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{}; {change}", tables::script(&TYPES));
    let (path, _) = database(folder.path(), &script).await;
    let mut names = tables::names();
    for name in
        [&mut names.lots, &mut names.resources, &mut names.equipment_status, &mut names.workcenters]
    {
        *name = named(name);
    }
    let url = format!("sqlite:{}", path.display());
    let database = MesDatabase::new(&url, names, LIMIT, crate::reading()).unwrap();
    tables::versions(&database).await.unwrap()
}

#[tokio::test]
async fn every_kind_of_table_gives_the_same_snapshots() {
    let expected = changed("", str::to_owned).await;
    let again = |table: &str, how: &str| {
        format!("alter table {table} rename to old; {how}; insert into {table} select * from old;")
    };
    let without_row_numbers = again(
        "DW_MES_RESOURCE",
        "create table DW_MES_RESOURCE (RESOURCEID primary key, RESOURCENAME, OBJECTCATEGORY, OBJECTTYPE, \
         WORKCENTERNAME, LOCATIONNAME, PJ_ASSETSSTATUS, RESOURCEFAMILYNAME, PJ_ISPRODUCTION, PJ_ISKEY, \
         PJ_ISMONITOR, LASTCHANGEDATE) without rowid",
    );
    assert_eq!(changed(&without_row_numbers, str::to_owned).await, expected);
    let generated = "alter table DW_MES_LOT_V drop column PJ_TYPE; \
         alter table DW_MES_LOT_V add column PJ_TYPE text generated always as \
           (case when LOTID like 'GA-%' then 'PJA1' end) virtual";
    assert_eq!(changed(generated, str::to_owned).await, expected);
    let searched = again(
        "DW_MES_SPEC_WORKCENTER_V",
        "create virtual table DW_MES_SPEC_WORKCENTER_V using fts5 \
         (WORK_CENTER, WORK_CENTER_GROUP, WORKCENTERSEQUENCE_GROUP, WORK_CENTER_SHORT)",
    );
    assert_eq!(changed(&searched, str::to_owned).await, expected);
    // A column that is called as the number of the row is.
    let shadowed = "alter table DW_MES_EQUIPMENTSTATUS_WIP_V add column rowid; \
         update DW_MES_EQUIPMENTSTATUS_WIP_V set \"rowid\" = -_rowid_";
    assert_eq!(changed(shadowed, str::to_owned).await, expected);
    assert_eq!(changed("", |name| format!("main.{name}")).await, expected);
    assert_eq!(changed("", |name| format!("MAIN.{}", name.to_lowercase())).await, expected);
    let views: String = ["LOT_V", "RESOURCE", "EQUIPMENTSTATUS_WIP_V", "SPEC_WORKCENTER_V"]
        .map(|name| format!("create view \"v.{name}\" as select * from DW_MES_{name};"))
        .concat();
    let of_view = |name: &str| name.replace("DW_MES_", "v.");
    assert_eq!(changed(&views, of_view).await, expected);
}

#[tokio::test]
async fn a_file_that_can_not_be_read_is_named_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("pragma journal_mode = wal; {}", tables::script(&TYPES));
    let (path, database) = database(folder.path(), &script).await;
    tables::versions(&database).await.unwrap();
    // As on a folder that can't be written: the file that readers share can't be made.
    let shared = folder.path().join("plant.sqlite-shm");
    // A reader may have left its own.
    let _ = std::fs::remove_file(&shared);
    std::os::unix::fs::symlink("/nowhere", &shared).unwrap();
    let error = tables::versions(&database).await.unwrap_err().to_string();
    assert!(error.contains("plant.sqlite is in WAL mode"), "{error}");
    assert!(error.contains("?immutable=1"), "{error}");
    let url = format!("sqlite:{}?immutable=1", path.display());
    let immutable = MesDatabase::new(&url, tables::names(), LIMIT, crate::reading()).unwrap();
    tables::versions(&immutable).await.unwrap();

    let odd = folder.path().join("廠 區?#100%.sqlite");
    let missing = tables::versions(&open(&odd)).await.unwrap_err().to_string();
    assert!(missing.contains("廠 區?#100%.sqlite can't be opened: No such file"), "{missing}");
    std::fs::copy(&path, &odd).unwrap();
    let url = format!("sqlite:{}?immutable=1", odd.display());
    let there = MesDatabase::new(&url, tables::names(), LIMIT, crate::reading()).unwrap();
    tables::versions(&there).await.unwrap();
    std::fs::write(&odd, vec![0x5a; 8192]).unwrap();
    let garbage = tables::versions(&open(&odd)).await.unwrap_err().to_string();
    assert!(garbage.contains("is no SQLite database"), "{garbage}");
}
