//! Encodings and collations that sites have: a name is the same to the letter or another one, and a cell
//! that is no text costs itself only.

use compute_core::history::Day;
use compute_core::quality::Reason;
use compute_core::source_contract::{JOB_COLUMNS, LOT_COLUMNS, SourceColumn};
use compute_core::table::Dataset;
use mes_dashboard::database::Database;
use mes_dashboard::source::MesDatabase;
use mes_dashboard::table_query::{self, Direction, HoursQuery, RowFilter, Rows, TableQuery};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::server::Server;
use crate::settings::{counting, limits};
use crate::tables;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

/// A table with all columns of its contract as text, and rows that fill some of them.
fn table(name: &str, columns: &[SourceColumn], rows: &[&[(&str, &str)]]) -> String {
    let all: Vec<String> = columns.iter().map(|column| format!("{} text", column.name)).collect();
    let mut script = format!("create table {name} ({});", all.join(", "));
    for row in rows {
        let (names, values): (Vec<&str>, Vec<&str>) = row.iter().copied().unzip();
        script +=
            &format!("insert into {name} ({}) values ({});", names.join(", "), values.join(", "));
    }
    script
}

/// The address of a new database of this encoding, after `script` has run in it.
pub(crate) async fn database(server: &Server, encoding: &str, script: &str) -> String {
    let mut admin = server.connect().await;
    let name = encoding.to_lowercase();
    let create =
        format!("create database {name} encoding '{encoding}' locale 'C' template template0");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}", server.port);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.unwrap();
    url
}

async fn ask(url: &str, query: &TableQuery) -> Rows {
    let database = Database::new(url, limits(), counting()).unwrap();
    let asked =
        database.read("rows", |connection| table_query::read(connection, query.clone())).await;
    asked.unwrap()
}

fn jobs(conditions: Vec<RowFilter>) -> TableQuery {
    TableQuery {
        table: "DW_MES_JOB".into(),
        contract: JOB_COLUMNS,
        conditions,
        order: vec![("CREATEDATE", Direction::Descending), ("JOBID", Direction::Ascending)],
        limit: 100,
        offset: 0,
        reading: crate::reading(),
    }
}

const JOBS: [&[(&str, &str)]; 2] = [
    &[
        ("JOBID", "'J1'"),
        ("RESOURCEID", "'M01'"),
        ("RESOURCENAME", "'Elan'"),
        ("CREATEDATE", "'2026-11-20'"),
    ],
    &[
        ("JOBID", "'J2'"),
        ("RESOURCEID", "'m01'"),
        ("RESOURCENAME", "'elan'"),
        ("CREATEDATE", "'2026-11-20'"),
    ],
];

fn of(id: &str) -> RowFilter {
    RowFilter::OneOf("RESOURCEID", vec!["\u{4e2d}\u{6587}".into(), "\u{20ac}1".into(), id.into()])
}

#[tokio::test]
async fn a_cell_that_is_not_of_the_encoding_costs_itself_only() {
    let server = Server::start();
    for (encoding, cell, expected) in [
        ("SQL_ASCII", "E'\\xA4\\xA4\\xA4\\xE5'", Reason::Unreadable),
        ("WIN1252", "'Q' || chr(129)", Reason::Trimmed),
    ] {
        let lots: [&[(&str, &str)]; 2] = [
            &[("LOTID", "'L1'"), ("WORKORDER", "'W'"), ("PACKAGE_LEF", cell), ("QTY", "'5'")],
            &[("LOTID", "'L2'"), ("WORKORDER", "'W'"), ("PACKAGE_LEF", "'P'"), ("QTY", "'7'")],
        ];
        let mut script = "set client_encoding to 'SQL_ASCII';".to_owned();
        script += &table("DW_MES_LOT_V", LOT_COLUMNS, &lots);
        script += &table("DW_MES_JOB", JOB_COLUMNS, &JOBS);
        script += &format!("update DW_MES_JOB set JOBSTATUS = {cell};");
        let url = database(&server, encoding, &script).await;
        let source = MesDatabase::new(&url, tables::names(), LIMIT, crate::reading()).unwrap();
        let read = source.read_table(Dataset::Wip).await.unwrap();
        assert_eq!(read.batch.num_rows(), 2, "{encoding}");
        let found: Vec<_> = read.ledger.findings().cloned().collect();
        assert_eq!(found.len(), 1, "{encoding} {found:?}");
        assert_eq!(
            (found[0].reason, found[0].column, found[0].count),
            (expected, "PACKAGE_LEF", 1)
        );
        assert_eq!(found[0].sample_key.as_deref(), Some("L1"));
        let read = ask(&url, &jobs(vec![of("M01")])).await;
        assert_eq!(read.rows.len(), 1, "{encoding}");
        assert_eq!((read.findings[0].reason, read.findings[0].column), (expected, "JOBSTATUS"));
    }
}

#[tokio::test]
async fn a_name_that_the_encoding_does_not_have_is_found_nowhere() {
    let server = Server::start();
    let script = table("DW_MES_JOB", JOB_COLUMNS, &JOBS);
    let url = database(&server, "LATIN1", &script).await;
    assert_eq!(ask(&url, &jobs(vec![of("M01")])).await.rows.len(), 1);
    let contains = |text: &str| jobs(vec![RowFilter::Contains("RESOURCENAME", text.into())]);
    assert_eq!(ask(&url, &contains("\u{4e2d}")).await.rows.len(), 0);
    assert_eq!(ask(&url, &contains("LAN")).await.rows.len(), 2);
}

/// Hours by machine and state, and the jobs of `M01`, in columns with a case-insensitive collation.
async fn to_the_letter(url: &str) {
    let database = Database::new(url, limits(), counting()).unwrap();
    let hours = HoursQuery {
        table: "DW_MES_RESOURCESTATUS_SHIFT".into(),
        first: Day::parse("2026-11-20").unwrap(),
        end: Day::parse("2026-11-21").unwrap(),
        reading: crate::reading(),
    };
    let asked = database
        .read("hours", |connection| table_query::read_hours(connection, hours.clone()))
        .await;
    assert_eq!(asked.unwrap().batch.num_rows(), 3, "{url}");
    assert_eq!(ask(url, &jobs(vec![of("M01")])).await.rows.len(), 1, "{url}");
    let dated = |text: &str| RowFilter::From("CREATEDATE", text.into());
    assert_eq!(ask(url, &jobs(vec![dated("2026-11-20 00:00:00")])).await.rows.len(), 2, "{url}");
    let contains = |text: &str| jobs(vec![RowFilter::Contains("RESOURCENAME", text.into())]);
    assert_eq!(ask(url, &contains("EL")).await.rows.len(), 2, "{url}");
}

const SHIFTS: [&str; 3] = ["'M01', 'PRD'", "'m01', 'PRD'", "'M01', 'prd'"];

fn shifts(text: &str) -> String {
    let mut script = format!(
        "create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID {text}, OLDSTATUSNAME {text}, TXNDATE {text}, HOURS numeric);"
    );
    for row in SHIFTS {
        script += &format!(
            "insert into DW_MES_RESOURCESTATUS_SHIFT values ({row}, '2026-11-20 08:00:00', 4);"
        );
    }
    script
}

#[tokio::test]
async fn names_match_to_the_letter_whatever_the_collation() {
    let server = Server::start();
    let collation =
        "create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);";
    let mut script = collation.to_owned() + &table("DW_MES_JOB", JOB_COLUMNS, &JOBS);
    for column in ["RESOURCEID", "RESOURCENAME", "CREATEDATE"] {
        script += &format!("alter table DW_MES_JOB alter {column} type text collate ci;");
    }
    // A type without an order.
    script += "alter table DW_MES_JOB alter JOBID type json using to_json(JOBID);";
    script += &shifts("text collate ci");
    to_the_letter(&database(&server, "UTF8", &script).await).await;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let script = table("DW_MES_JOB", JOB_COLUMNS, &JOBS).replace(" text", " text collate nocase")
        + &shifts("text collate nocase")
        + "insert into DW_MES_JOB (JOBID, RESOURCENAME) values ('J3', '\u{c9}LAN');";
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let url = format!("sqlite:{}", path.display());
    to_the_letter(&url).await;
    let accented = jobs(vec![RowFilter::Contains("RESOURCENAME", "\u{e9}l".into())]);
    assert_eq!(ask(&url, &accented).await.rows.len(), 1, "capitals of all letters");
}
