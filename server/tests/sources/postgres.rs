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
