//! The plant as SQL that PostgreSQL and SQLite take alike.

use compute_core::source_contract::{SourceKind, Storage};

use crate::factory::Factory;
use crate::rows::Cell;
use crate::source::SourceTable;

/// Rows of one statement.
const ROWS: usize = 500;

/// Statements that make a table of the source and fill it.
pub fn statements(factory: &Factory, table: SourceTable) -> impl Iterator<Item = String> {
    let columns = table.columns();
    let declared: Vec<String> = columns
        .iter()
        .map(|column| {
            let kind = match (column.kind, column.kind.storage()) {
                (SourceKind::Moment, _) => "timestamp",
                (_, Storage::Text) => "text",
                (_, Storage::Integer) => "bigint",
                (_, Storage::Decimal) => "double precision",
            };
            format!("{} {kind}", column.name)
        })
        .collect();
    let create = format!("create table {} ({});", table.name(), declared.join(", "));
    let mut tuples = factory.rows(table).map(move |row| {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| row.iter().find(|(name, _)| *name == column.name))
            .map(|cell| cell.map_or_else(|| "null".to_owned(), |(_, cell)| literal(cell)))
            .collect();
        format!("({})", cells.join(", "))
    });
    let inserts = std::iter::from_fn(move || {
        let rows: Vec<String> = tuples.by_ref().take(ROWS).collect();
        let insert = format!("insert into {} values {};", table.name(), rows.join(", "));
        (!rows.is_empty()).then_some(insert)
    });
    [create].into_iter().chain(inserts)
}

fn literal(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_inside_of_their_text() {
        assert_eq!(literal(&"it's".into()), "'it''s'");
        assert_eq!(literal(&Cell::Decimal(0.25)), "0.25");
        assert_eq!(literal(&Cell::Null), "null");
    }
}
