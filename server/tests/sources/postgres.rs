//! A real PostgreSQL against SQLite: other column types, equal snapshots.

use std::time::Duration;

use compute_core::table::Dataset;
use mes_dashboard::source::MesDatabase;
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::timeout;

use crate::LIMIT;
use crate::server::Server;
use crate::stamps;
use crate::tables::{self, Types};

const NATIVE: Types = Types {
    text: "varchar(200)",
    integer: "smallint",
    decimal: "numeric(12,2)",
    date: "timestamp",
    flag: "boolean",
};
const AS_TEXT: Types = Types {
    text: "text",
    integer: "bigint",
    decimal: "double precision",
    date: "varchar(19)",
    flag: "int",
};

#[tokio::test]
async fn both_databases_give_the_same_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let (_, sqlite) =
        crate::sqlite::database(folder.path(), &tables::script(&crate::sqlite::TYPES)).await;
    let expected = tables::versions(&sqlite).await.unwrap();

    let server = Server::start();
    let mut connection = server.connect().await;
    for (schema, types) in [("native", NATIVE), ("as_text", AS_TEXT)] {
        let script = format!(
            "create schema {schema}; set search_path to {schema}; {}",
            tables::script(&types)
        );
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        let mut names = tables::names();
        for name in [
            &mut names.lots,
            &mut names.resources,
            &mut names.equipment_status,
            &mut names.workcenters,
        ] {
            *name = format!("{schema}.{name}");
        }
        let database = MesDatabase::new(&server.url(), names, LIMIT, crate::reading()).unwrap();
        assert_eq!(tables::versions(&database).await.unwrap(), expected, "{schema}");
        let mut stamps = vec![database.stamp(Dataset::Wip).await.unwrap().unwrap()];
        for change in stamps::CHANGES {
            sqlx::raw_sql(change).execute(&mut connection).await.unwrap();
            stamps.push(database.stamp(Dataset::Wip).await.unwrap().unwrap());
        }
        stamps::all_differ(&stamps);
        assert_eq!(database.stamp(Dataset::Wip).await.unwrap().as_ref(), stamps.last());
    }
    let database =
        MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading()).unwrap();
    let error = database.read_table(Dataset::Wip).await.unwrap_err().to_string();
    assert!(error.contains("no table or view DW_MES_LOT_V"), "{error}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_locked_table_is_in_the_way_of_no_other() {
    let server = Server::start();
    let mut connection = server.connect().await;
    let script = tables::script(&NATIVE);
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    let lock = "begin; lock table DW_MES_LOT_V in access exclusive mode";
    sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();

    let patient =
        MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading()).unwrap();
    for _ in 0..6 {
        let moment = Duration::from_millis(100);
        assert!(timeout(moment, patient.read_table(Dataset::Wip)).await.is_err(), "it is locked");
        patient.read_table(Dataset::Resource).await.unwrap();
    }
    let limit = Duration::from_millis(300);
    let hasty = MesDatabase::new(&server.url(), tables::names(), limit, crate::reading()).unwrap();
    let ended = hasty.read_table(Dataset::Wip).await.unwrap_err().to_string();
    assert!(ended.contains("statement timeout"), "{ended}");
    sqlx::raw_sql("rollback").execute(&mut connection).await.unwrap();
    patient.read_table(Dataset::Wip).await.unwrap();
}

/// A view whose reads are broken off, as a standby does it, while `is_broken` holds. A read that
/// found it so first waits for the lock.
const BREAKING: &str = "create table state (is_broken bool); insert into state values (true); \
     create function may_be_read() returns bool language plpgsql stable as $$ begin \
       if (select is_broken from state) then perform pg_advisory_xact_lock_shared(7); \
         raise 'canceling statement due to conflict with recovery' using errcode = '40001'; \
       end if; return true; end $$; \
     alter table DW_MES_SPEC_WORKCENTER_V rename to mapping; \
     create view DW_MES_SPEC_WORKCENTER_V as select * from mapping where may_be_read();";

#[tokio::test]
async fn a_read_that_the_database_broke_off_is_tried_once_more() {
    let server = Server::start();
    let mut connection = server.connect().await;
    let script = tables::script(&NATIVE) + BREAKING + "select pg_advisory_lock(7)";
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    let database =
        MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading()).unwrap();
    let reading = database.clone();
    let read = tokio::spawn(async move { reading.read_table(Dataset::Workcenter).await });
    let waits = "select exists(select from pg_stat_activity where wait_event = 'advisory')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut connection).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let repaired = "update state set is_broken = false; select pg_advisory_unlock(7)";
    sqlx::raw_sql(repaired).execute(&mut connection).await.unwrap();
    assert_eq!(read.await.unwrap().unwrap().batch.num_rows(), 2);
    sqlx::raw_sql("update state set is_broken = true").execute(&mut connection).await.unwrap();
    let error = database.read_table(Dataset::Workcenter).await.unwrap_err().to_string();
    assert!(error.contains("40001"), "{error}");
}
