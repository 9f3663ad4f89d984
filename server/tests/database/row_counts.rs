//! Rows of tables in PostgreSQL, where large ones are estimated and never read as a whole.

use mes_dashboard::table_query::{self, Accuracy, Counted};
use sqlx::PgConnection;

use crate::server::Server;
use crate::settings::open;

const TABLES: &str = "
    create table small as select generate_series(1, 7) as id; analyze small;
    create table large with (autovacuum_enabled = off) as select generate_series(1, 300000) as id;
    analyze large;
    create table fresh with (autovacuum_enabled = off) as select generate_series(1, 100001) as id;
    create table parts (id int) partition by range (id);
    create table part_1 partition of parts for values from (0) to (200000);
    create table part_2 partition of parts for values from (200000) to (400000);
    create table part_3 partition of parts for values from (400000) to (600000);
    insert into parts select generate_series(1, 300000); analyze parts; analyze part_1; analyze part_2;
    create view few as select id from small where id < 4;
    create view all_of_large as select id from large;
    create table empty (id int);
    create role reader login; grant select (id) on small, large to reader;";

async fn execute(connection: &mut PgConnection, script: &'static str) {
    sqlx::raw_sql(script).execute(connection).await.unwrap();
}

#[tokio::test]
async fn postgres_estimates_large_tables_and_counts_small_ones() {
    let server = Server::start();
    execute(&mut server.connect().await, TABLES).await;
    let reader = server.url().replace("postgres@", "reader@");
    for (url, table, least, most, accuracy) in [
        (server.url(), "small", 7, 7, Accuracy::Exact),
        (server.url(), "empty", 0, 0, Accuracy::Exact),
        (server.url(), "few", 3, 3, Accuracy::Exact),
        (server.url(), "large", 270_000, 330_000, Accuracy::Estimate),
        (server.url(), "PARTS", 270_000, 330_000, Accuracy::Estimate),
        // Without an estimate.
        (server.url(), "fresh", 100_000, 100_000, Accuracy::AtLeast),
        (server.url(), "all_of_large", 100_000, 100_000, Accuracy::AtLeast),
        // Grants on columns only.
        (reader.clone(), "small", 7, 7, Accuracy::Exact),
        (reader, "large", 270_000, 330_000, Accuracy::Estimate),
    ] {
        let database = open(&url);
        let counted = database
            .call("count", |connection| table_query::count(connection, table.to_owned()))
            .await;
        let Counted { rows, accuracy: found } = counted.unwrap();
        assert_eq!(found, accuracy, "{table}: {rows}");
        assert!((least..=most).contains(&rows), "{table}: {rows}");
        database.close().await;
    }
}
