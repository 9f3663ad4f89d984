//! Every kind of relation that a site may have, and roles that may not read all of it.

use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, WORKCENTER_COLUMNS,
};
use mes_dashboard::database::{Database, DatabaseFailure};
use mes_dashboard::degraded_reason::DegradedReason;
use mes_dashboard::source::{MesDatabase, TableNames};
use mes_dashboard::table_query::{self, TableQuery};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::server::Server;
use crate::settings::{counting, limits};
use crate::tables::{self, Types};

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

const TYPES: Types = Types {
    text: "varchar(200)",
    integer: "smallint",
    decimal: "numeric(12,2)",
    date: "timestamp",
    flag: "boolean",
};

async fn run(connection: &mut PgConnection, script: String) {
    sqlx::raw_sql(AssertSqlSafe(script)).execute(connection).await.unwrap();
}

/// The names of the contract, each through `change`.
fn named(change: impl Fn(&str) -> String) -> TableNames {
    let mut names = tables::names();
    for name in
        [&mut names.lots, &mut names.resources, &mut names.equipment_status, &mut names.workcenters]
    {
        *name = change(name);
    }
    names
}

/// Grants on the columns of the contract that the tables have, without grants on a whole table.
fn grants(schema: &str, role: &str) -> String {
    let tables = [
        ("DW_MES_LOT_V", LOT_COLUMNS),
        ("DW_MES_RESOURCE", RESOURCE_COLUMNS),
        ("DW_MES_EQUIPMENTSTATUS_WIP_V", EQUIPMENT_STATUS_COLUMNS),
        ("DW_MES_SPEC_WORKCENTER_V", WORKCENTER_COLUMNS),
    ];
    let script = tables::script(&TYPES);
    let grants = tables.map(|(table, columns)| {
        let start = script.find(&format!("create table {table} ")).unwrap();
        let text = &script[start..start + script[start..].find(';').unwrap()];
        let has = |name: &str| {
            let known = [format!("({name} "), format!(" {name} ")];
            known.iter().any(|known| text.contains(known.as_str()))
        };
        let names: Vec<&str> =
            columns.iter().map(|column| column.name).filter(|name| has(name)).collect();
        format!("grant select ({}) on {schema}.{table} to {role};", names.join(", "))
    });
    grants.join(" ")
}

#[tokio::test]
async fn every_kind_of_relation_gives_the_same_snapshots() {
    let server = Server::start();
    let mut admin = server.connect().await;
    run(&mut admin, tables::script(&TYPES)).await;
    let expected = {
        let database =
            MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading()).unwrap();
        tables::versions(&database).await.unwrap()
    };
    let of_each = |what: &str| {
        let names = tables::names();
        [names.lots, names.resources, names.equipment_status, names.workcenters]
            .map(|name| what.replace("NAME", &name.to_lowercase()))
            .join("; ")
    };
    for (schema, script) in [
        ("views", "create view views.NAME as select * from public.NAME"),
        ("materialized", "create materialized view materialized.NAME as select * from public.NAME"),
        (
            "partitioned",
            "create table partitioned.NAME (like public.NAME, part int default 1) partition by list (part); \
             create table partitioned.NAME_1 partition of partitioned.NAME for values in (1); \
             insert into partitioned.NAME select * from public.NAME",
        ),
        ("\"Mixed\"", "create table \"Mixed\".\"Odd_NAME\" as select * from public.NAME"),
    ] {
        let script = of_each(script);
        run(&mut admin, format!("create schema {schema}; {script}")).await;
        let plain = schema.trim_matches('"');
        let names = named(|name| match plain {
            // Asked for in another case than it is spelled.
            "Mixed" => format!("mixed.ODD_{name}"),
            plain => format!("{plain}.{name}"),
        });
        let database = MesDatabase::new(&server.url(), names, LIMIT, crate::reading()).unwrap();
        assert_eq!(tables::versions(&database).await.unwrap(), expected, "{schema}");
    }

    // Names that need quotes: letters of any script, blanks, dots, capitals.
    run(
        &mut admin,
        format!(
            "create schema \"My Plant\"; {}",
            of_each("create view \"My Plant\".\"視圖 v1.NAME\" as select * from public.NAME")
        ),
    )
    .await;
    for table in ["My Plant.\"視圖 v1.NAME\"", "\"My Plant\".\"視圖 V1.NAME\""] {
        let names = named(|name| table.replace("NAME", &name.to_lowercase()));
        let database = MesDatabase::new(&server.url(), names, LIMIT, crate::reading()).unwrap();
        assert_eq!(tables::versions(&database).await.unwrap(), expected, "{table}");
    }

    // Another server's tables.
    run(
        &mut admin,
        format!(
            "create extension postgres_fdw; create schema remote; \
             create server self foreign data wrapper postgres_fdw \
               options (host '127.0.0.1', port '{}', dbname 'postgres'); \
             create user mapping for postgres server self options (user 'postgres', password_required 'false'); \
             import foreign schema public from server self into remote",
            server.port
        ),
    )
    .await;
    let names = named(|name| format!("remote.{name}"));
    let database = MesDatabase::new(&server.url(), names, LIMIT, crate::reading()).unwrap();
    assert_eq!(tables::versions(&database).await.unwrap(), expected, "remote");

    // A search path, row security and generated columns.
    run(
        &mut admin,
        "create role reader login; create schema plant; alter role reader set search_path to plant; \
         grant usage on schema plant to reader"
            .to_owned()
            + "; "
            + &of_each("create table plant.NAME as select * from public.NAME")
            + "; alter table plant.dw_mes_lot_v enable row level security; \
                create policy seen on plant.dw_mes_lot_v to reader using (true); \
                alter table plant.dw_mes_resource drop column resourcename; \
                alter table plant.dw_mes_resource add column resourcename text \
                  generated always as ('GDBA-000' || right(resourceid, 1)) stored; "
            + &grants("plant", "reader"),
    )
    .await;
    let as_reader = format!("postgres://reader@127.0.0.1:{}/postgres", server.port);
    let database = MesDatabase::new(&as_reader, tables::names(), LIMIT, crate::reading()).unwrap();
    assert_eq!(tables::versions(&database).await.unwrap(), expected, "grants on columns");

    // A column that is not required is absent without a privilege, one that is required is named.
    run(&mut admin, "revoke select (moveintimestamp) on plant.dw_mes_lot_v from reader".to_owned())
        .await;
    tables::versions(&database).await.unwrap();
    run(&mut admin, "revoke select (lotid, qty) on plant.dw_mes_lot_v from reader".to_owned())
        .await;
    let error = tables::versions(&database).await.unwrap_err().to_string();
    let statement = "GRANT SELECT (lotid, qty) ON plant.dw_mes_lot_v TO reader";
    assert!(error.contains(statement), "{error}");
    let calls = Database::new(&as_reader, limits(), counting()).unwrap();
    let query = TableQuery {
        table: "DW_MES_LOT_V".into(),
        contract: LOT_COLUMNS,
        conditions: Vec::new(),
        order: Vec::new(),
        limit: 10,
        offset: 0,
        reading: crate::reading(),
    };
    let rows = calls.read("lots", |connection| table_query::read(connection, query.clone())).await;
    let columns = rows.unwrap().columns;
    assert!(columns.contains(&"SPECNAME"), "{columns:?}");
    assert!(!columns.contains(&"LOTID") && !columns.contains(&"QTY"), "{columns:?}");
    let missing = TableQuery { table: "NOWHERE".into(), ..query.clone() };
    let missing =
        calls.read("lots", |connection| table_query::read(connection, missing.clone())).await;
    let failure = missing.unwrap_err();
    assert!(matches!(failure, DatabaseFailure::QueryError { .. }), "{failure}");
    assert!(failure.to_string().contains("no table or view NOWHERE"), "{failure}");
    calls.close().await;

    // Each refusal has its own reason.
    run(&mut admin, "create role barred login connection limit 0".to_owned()).await;
    for (url, reason, told) in [
        (
            format!("postgres://postgres@127.0.0.1:{}/nowhere", server.port),
            DegradedReason::DatabaseLoginRefused,
            "3D000",
        ),
        (
            format!("postgres://stranger@127.0.0.1:{}/postgres", server.port),
            DegradedReason::DatabaseLoginRefused,
            "28000",
        ),
        (
            format!("postgres://barred@127.0.0.1:{}/postgres", server.port),
            DegradedReason::DatabaseBusy,
            "53300",
        ),
        (
            "postgres://postgres@127.0.0.1:1/postgres".to_owned(),
            DegradedReason::DatabaseUnreachable,
            "refused",
        ),
    ] {
        let calls = Database::new(&url, limits(), counting()).unwrap();
        let probed = calls.probe().probe().await;
        let error = probed.error.unwrap();
        assert_eq!(probed.reason, Some(reason), "{error}");
        assert!(error.contains(told) && !error.contains("at line"), "{error}");
        assert_eq!(calls.health().degraded_reason, Some(reason));
    }
    admin.close().await.unwrap();
}
