//! The simulated plant in either database is the one that is read.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
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

/// Texts that are held once look like all others.
fn cell(row: usize, column: &ArrayRef) -> String {
    let Some(coded) = column.as_dictionary_opt::<Int32Type>() else {
        return format!("{:?}", column.slice(row, 1));
    };
    let text = |code| coded.values().slice(code, 1);
    format!("{:?}", coded.key(row).map_or_else(|| Arc::new(StringArray::new_null(1)), text))
}

/// The rows in the columns that tables hold, sorted: PostgreSQL puts a short row where an earlier page
/// has room.
fn lines(dataset: Dataset, batch: &RecordBatch) -> Vec<Vec<String>> {
    let kept = dataset.source_columns().iter().filter(|column| column.is_kept);
    let columns: Vec<&ArrayRef> =
        kept.map(|column| batch.column_by_name(column.name).unwrap()).collect();
    let line = |row| columns.iter().map(|column| cell(row, column)).collect();
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
            let expected = lines(dataset, &plant.batch(table));
            assert_eq!(lines(dataset, &read.batch), expected, "{table:?}");
        }
    }
}
