//! A table is the same whether the database copies it or sends it row by row.

use std::time::Duration;

use compute_core::site_rules::SiteRules;
use compute_core::source_contract::{LOT_COLUMNS, SourceColumn};
use compute_core::table::{Columns, Dataset};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::database::{Database, PoolLimits};
use mes_dashboard::snapshot::{CompressionLevels, SnapshotStore, SourceRead};
use mes_dashboard::source::{self, MesDatabase, WholeTable};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::AssertSqlSafe;

use crate::letters::database;
use crate::server::Server;
use crate::settings::{counting, limits};
use crate::tables;

const LIMIT: Duration = Duration::from_secs(60);

const TYPES: &str =
    "create domain amount as numeric(30, 4); create type shade as enum ('red', 'A');";

/// Declarations of a column, each with cells that it can hold.
const DECLARED: [(&str, &[&str]); 16] = [
    (
        "text",
        &[
            "null",
            "''",
            "' '",
            "'A'",
            "' B '",
            "'\u{3000}\u{710a}\u{63a5}\u{a0}'",
            "'1,500'",
            "'8,5'",
            "'1.500'",
            "'NaN'",
            "'2026-11-20 08:00:00'",
            "'2026/1/2 8:00'",
            "'soon'",
            "'Y'",
            "'\\N'",
            "E'a\\tb\\nc\\\\d'",
            "repeat('\u{9577}', 9000)",
        ],
    ),
    ("varchar(40)", &["null", "'A'", "'A  '", "'300'", "'060'"]),
    ("char(12)", &["null", "'A'", "'300'", "''"]),
    ("numeric", &["null", "1", "1.50", "'NaN'", "12345678901234567890.5", "-3"]),
    ("amount", &["null", "2102", "0.0001"]),
    ("double precision", &["null", "0.1", "1e300", "'NaN'", "'-0'", "'-Infinity'"]),
    ("real", &["null", "0.1", "100"]),
    ("bigint", &["null", "9223372036854775807", "-1", "0"]),
    ("smallint", &["null", "7"]),
    ("boolean", &["null", "true", "false"]),
    ("timestamp", &["null", "'2026-11-20 08:00:00.987'", "'infinity'", "'0044-03-15 BC'"]),
    ("timestamptz", &["null", "'2026-11-20 08:00:00+08'", "'2099-12-31 00:00:00Z'"]),
    ("date", &["null", "'2026-11-20'", "'-infinity'"]),
    ("bytea", &["null", "'\\x00ff0a'", "'\\x'"]),
    ("shade", &["null", "'red'", "'A'"]),
    ("text[]", &["null", "'{A,\"b c\"}'"]),
];

/// Statements that make a table of lots, in which any column may be declared as anything.
fn any_table() -> impl Strategy<Value = String> {
    let column = |column: &'static SourceColumn| {
        let declared = select(&DECLARED[..]).prop_map(Some).boxed();
        if column.required { declared } else { prop_oneof![3 => declared, 1 => Just(None)].boxed() }
    };
    let columns: Vec<_> = LOT_COLUMNS.iter().map(column).collect();
    (columns, prop_oneof![Just(0_usize), Just(1), Just(40)]).prop_flat_map(|(columns, rows)| {
        let columns: Vec<_> = LOT_COLUMNS
            .iter()
            .zip(columns)
            .filter_map(|(column, declared)| Some((column.name, declared?)))
            .collect();
        let row: Vec<_> = columns.iter().map(|(_, (_, cells))| select(*cells)).collect();
        prop::collection::vec(row, rows).prop_map(move |rows| {
            let declared: Vec<String> =
                columns.iter().map(|(name, (kind, _))| format!("{name} {kind}")).collect();
            let create = format!("create table DW_MES_LOT_V ({});", declared.join(", "));
            let insert =
                |row: &Vec<&str>| format!("insert into DW_MES_LOT_V values ({});", row.join(", "));
            create + &rows.iter().map(insert).collect::<String>()
        })
    })
}

/// The lots copied, and row by row.
async fn both(url: &str) -> [SourceRead; 2] {
    let copied = MesDatabase::new(url, tables::names(), LIMIT, crate::reading());
    let copied = copied.unwrap().read_table(Dataset::Wip).await.unwrap();
    let query = WholeTable {
        table: tables::names().lots,
        contract: LOT_COLUMNS,
        days: None,
        reading: crate::reading(),
    };
    let limits = PoolLimits { call_timeout: LIMIT, ..limits() };
    let database = Database::new(url, limits, counting()).unwrap();
    let rows = database.read("rows", |connection| source::read_whole(connection, query.clone()));
    let rows = rows.await.unwrap();
    database.close().await;
    [copied, rows]
}

/// Everything that is published of a read: bytes of all columns, and what was counted.
fn published(mut read: SourceRead) -> (Vec<u8>, String) {
    read.database_now = Timestamp::UNIX_EPOCH;
    let store = SnapshotStore::new(1, CompressionLevels::default());
    let rules = SiteRules::default();
    let loaded = store.prepare(Dataset::Wip, read, &TimeZone::UTC, &rules).unwrap();
    store.publish(loaded, Timestamp::UNIX_EPOCH);
    let plant = store.current();
    let bytes = plant.frame(Dataset::Wip).unwrap().to_ipc(Columns::All);
    (bytes, format!("{:?}", plant.ledger(Dataset::Wip)))
}

async fn same_both_ways(url: &str, script: &str) {
    let [copied, rows] = both(url).await;
    assert_eq!(copied.batch, rows.batch, "{script}");
    assert_eq!(copied.ledger, rows.ledger, "{script}");
    assert_eq!(published(copied), published(rows), "{script}");
}

#[tokio::test]
async fn any_table_is_the_same_both_ways() {
    let server = Server::start();
    let mut connection = server.connect().await;
    sqlx::raw_sql(TYPES).execute(&mut connection).await.unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..40 {
        let script = any_table().new_tree(&mut runner).unwrap().current();
        let renewed = format!("drop table if exists DW_MES_LOT_V; {script}");
        sqlx::raw_sql(AssertSqlSafe(renewed)).execute(&mut connection).await.unwrap();
        same_both_ways(&server.url(), &script).await;
    }
}

#[tokio::test]
async fn cells_of_any_encoding_are_the_same_both_ways() {
    let server = Server::start();
    for (encoding, cell) in [
        ("SQL_ASCII", "E'\\xA4\\xA4'"),
        ("WIN1252", "'Q' || chr(129)"),
        ("LATIN1", "chr(233)"),
        ("EUC_CN", "'\u{4e2d}'"),
    ] {
        let columns: Vec<String> =
            LOT_COLUMNS.iter().map(|column| format!("{} text", column.name)).collect();
        let script = format!(
            "create table DW_MES_LOT_V ({}); \
             insert into DW_MES_LOT_V (LOTID, WORKORDER, OWNER) values ('L1', 'W1', {cell}), \
             ('L2', null, 'x'), ({cell}, 'W2', null)",
            columns.join(", ")
        );
        same_both_ways(&database(&server, encoding, &script).await, &script).await;
    }
}

/// A view whose last row fails.
const BREAKS_OFF: &str = "create table all_lots as select 'L' || n as LOTID, 'W' || n as WORKORDER, n \
      from generate_series(1, 5000) n; \
    create view DW_MES_LOT_V as select LOTID, WORKORDER, 1 / (5000 - n) as QTY, null::text as HOLDREASONNAME, \
      0 as CURRENTHOLDCOUNT, null::text as SPECNAME, null::text as WORKCENTERNAME, 1.0 as AGEBYDAYS, \
      0 as EQUIPMENTCOUNT, null::text as EQUIPMENTS, null::text as PACKAGE_LEF, null::text as PJ_TYPE, \
      null::text as SPECSEQUENCE, null::text as WORKCENTER_GROUP, null::text as WORKCENTERSEQUENCE_GROUP, \
      null::timestamp as MOVEINTIMESTAMP, null::timestamp as SYS_DATE from all_lots";

#[tokio::test]
async fn a_copy_that_breaks_off_is_no_table() {
    let server = Server::start();
    let mut connection = server.connect().await;
    sqlx::raw_sql(BREAKS_OFF).execute(&mut connection).await.unwrap();
    let database = MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading());
    let error = database.unwrap().read_table(Dataset::Wip).await.unwrap_err().to_string();
    assert!(error.contains("22012"), "{error}");
}
