//! Behind a pooler in transaction mode, as Debian ships it: two server connections for all of ours.

use std::time::Duration;

use compute_core::history::Day;
use compute_core::source_contract::LOT_COLUMNS;
use futures_util::future::join_all;
use mes_dashboard::database::{Connection, Database};
use mes_dashboard::source::MesDatabase;
use mes_dashboard::table_query::{self, Direction, HoursQuery, RowFilter, TableQuery};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::cluster::Pooler;
use crate::server::Server;
use crate::settings::{at_rest, code, counting, limits, until};
use crate::tables::{self, Types};

const TYPES: Types = Types {
    text: "varchar(200)",
    integer: "smallint",
    decimal: "numeric(12,2)",
    date: "timestamp",
    flag: "boolean",
};
const SHIFTS: &str = "create table DW_MES_RESOURCESTATUS_SHIFT \
     (HISTORYID text, TXNDATE timestamp, OLDSTATUSNAME text, HOURS numeric); \
     insert into DW_MES_RESOURCESTATUS_SHIFT values ('r1', '2026-11-01 08:00:00', 'PRD', 8)";

fn lots() -> TableQuery {
    TableQuery {
        table: "DW_MES_LOT_V".into(),
        contract: LOT_COLUMNS,
        conditions: vec![RowFilter::Contains("LOTID", "ga-".into())],
        order: vec![("LOTID", Direction::Ascending)],
        limit: 10,
        offset: 0,
        reading: crate::reading(),
    }
}

fn hours() -> HoursQuery {
    HoursQuery {
        table: "DW_MES_RESOURCESTATUS_SHIFT".into(),
        first: Day::parse("2026-11-01").unwrap(),
        end: Day::parse("2026-11-02").unwrap(),
        reading: crate::reading(),
    }
}

async fn sleep(connection: Connection<'_>) -> Result<(), sqlx::Error> {
    let Connection::Postgres(connection) = connection else { unreachable!() };
    sqlx::query("select pg_sleep(60)").persistent(false).execute(connection).await.map(drop)
}

/// Statements that sleep in the server.
async fn sleeping(admin: &mut PgConnection) -> i64 {
    let asked = "select count(*) from pg_stat_activity \
         where state = 'active' and query like 'select pg_sleep%'";
    sqlx::query_scalar(asked).fetch_one(admin).await.unwrap()
}

#[tokio::test]
async fn everything_works_behind_a_pooler_in_transaction_mode() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let script = format!("{}; {SHIFTS}", tables::script(&TYPES));
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut admin).await.unwrap();
    let pooler = Pooler::start(&server);

    let limit = Duration::from_secs(60);
    let direct = MesDatabase::new(&server.url(), tables::names(), limit, crate::reading()).unwrap();
    let pooled = MesDatabase::new(&pooler.url(), tables::names(), limit, crate::reading()).unwrap();
    let expected = tables::versions(&direct).await.unwrap();
    assert_eq!(tables::versions(&pooled).await.unwrap(), expected);

    // Calls that outnumber the server's connections, of every kind, at the same time.
    let mut patient = limits();
    patient.wait = Duration::from_secs(60);
    patient.call_timeout = Duration::from_secs(20);
    patient.connect_timeout = Duration::from_secs(20);
    let database = Database::new(&pooler.url(), patient, counting()).unwrap();
    let calls = (0..50).map(|_| async {
        let rows = database.read("lots", |connection| table_query::read(connection, lots())).await;
        let rows = rows.unwrap();
        assert_eq!(rows.rows.len(), 2, "{rows:?}");
        let place = rows.columns.iter().position(|column| *column == "SYS_DATE").unwrap();
        assert_eq!(rows.rows[0][place], "2026-11-20 08:00:00");
        let hours =
            database.read("hours", |connection| table_query::read_hours(connection, hours())).await;
        hours.unwrap();
        tables::versions(&pooled).await.unwrap()
    });
    for (round, versions) in join_all(calls).await.into_iter().enumerate() {
        assert_eq!(versions, expected, "{round}");
    }
    let probed = database.probe().probe().await;
    assert_eq!(probed.error, None);
    at_rest(&database).await;
    database.close().await;

    // The limit is the transaction's own; the statement is stopped in the server.
    let hasty = Database::new(&pooler.url(), limits(), counting()).unwrap();
    let slow = hasty.call("slow", |connection| Box::pin(sleep(connection))).await;
    assert_eq!(code(&slow), "DB_QUERY_TIMEOUT");
    at_rest(&hasty).await;
    assert_eq!(sleeping(&mut admin).await, 0);
    hasty.close().await;

    // The statement of a dropped caller is cancelled by the number of the server's process.
    let mut endless = limits();
    endless.call_timeout = Duration::from_secs(3600);
    let database = Database::new(&pooler.url(), endless, counting()).unwrap();
    let asking = database.clone();
    let caller =
        tokio::spawn(
            async move { asking.call("gone", |connection| Box::pin(sleep(connection))).await },
        );
    until("it sleeps", async || sleeping(&mut admin).await == 1).await;
    caller.abort();
    at_rest(&database).await;
    assert_eq!(sleeping(&mut admin).await, 0);
    database.close().await;
}
