//! The simulated plant in either database is the one that is read.

use arrow_array::{Array, ArrayRef, RecordBatch};
use compute_core::table::Dataset;
use mes_dashboard::source::MesDatabase;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize, sql};
use sqlx::{AssertSqlSafe, Connection};

use crate::server::Server;
use crate::tables;
use crate::{LIMIT, sqlite};

const TABLES: [(Dataset, SourceTable); 4] = [
    (Dataset::Wip, SourceTable::Lots),
    (Dataset::Resource, SourceTable::Resources),
    (Dataset::Equipment, SourceTable::EquipmentStatus),
    (Dataset::Workcenter, SourceTable::Workcenters),
];

/// The rows, sorted: PostgreSQL puts a short row where an earlier page has room.
fn lines(batch: &RecordBatch) -> Vec<Vec<String>> {
    let cell = |row, column: &ArrayRef| format!("{:?}", column.slice(row, 1));
    let line = |row| batch.columns().iter().map(|column| cell(row, column)).collect();
    let mut lines: Vec<Vec<String>> = (0..batch.num_rows()).map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn the_simulated_plant_is_read_as_it_is() {
    let plant = Factory::new(7, MORNING, PlantSize::of(700, 90));
    let script: String =
        TABLES.iter().flat_map(|(_, table)| sql::statements(&plant, *table)).collect();
    let folder = tempfile::tempdir().unwrap();
    let (_, in_sqlite) = sqlite::database(folder.path(), &script).await;
    let server = Server::start();
    let mut connection = server.connect().await;
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let in_postgres =
        MesDatabase::new(&server.url(), tables::names(), LIMIT, crate::reading()).unwrap();
    for source in [in_sqlite, in_postgres] {
        for (dataset, table) in TABLES {
            let read = source.read_table(dataset).await.unwrap();
            assert_eq!(lines(&read.batch), lines(&plant.batch(table)), "{table:?}");
        }
    }
}
