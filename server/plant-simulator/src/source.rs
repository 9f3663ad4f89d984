//! The plant as the tables that compute-core's source contract describes: rows, and record batches.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use compute_core::source_contract::{
    CONTAINER_COLUMNS, EQUIPMENT_STATUS_COLUMNS, HOLD_HISTORY_COLUMNS, JOB_COLUMNS,
    JOB_TRANSACTION_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SHIFT_HOURS_COLUMNS, SourceColumn,
    Storage, WORKCENTER_COLUMNS,
};

use crate::factory::Factory;
use crate::history::{containers, day_rows, holds, jobs, past_days};
use crate::rows::{self, Cell, Row};

/// A table of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceTable {
    /// Work in progress.
    Lots,
    /// Equipment master.
    Resources,
    /// Real-time rows of the machines.
    EquipmentStatus,
    /// Spec → workcenter.
    Workcenters,
    /// Hours of the machines by day and state.
    ShiftHours,
    /// Maintenance jobs.
    Jobs,
    /// Transactions of the jobs.
    JobTransactions,
    /// Holds and their releases.
    Holds,
    /// Names of lots by container.
    Containers,
}

impl SourceTable {
    /// All tables.
    pub const ALL: [Self; 9] = [
        Self::Lots,
        Self::Resources,
        Self::EquipmentStatus,
        Self::Workcenters,
        Self::ShiftHours,
        Self::Jobs,
        Self::JobTransactions,
        Self::Holds,
        Self::Containers,
    ];

    /// Name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lots => "DW_MES_LOT_V",
            Self::Resources => "DW_MES_RESOURCE",
            Self::EquipmentStatus => "DW_MES_EQUIPMENTSTATUS_WIP_V",
            Self::Workcenters => "DW_MES_SPEC_WORKCENTER_V",
            Self::ShiftHours => "DW_MES_RESOURCESTATUS_SHIFT",
            Self::Jobs => "DW_MES_JOB",
            Self::JobTransactions => "DW_MES_JOBTXNHISTORY",
            Self::Holds => "DW_MES_HOLDRELEASEHISTORY",
            Self::Containers => "DW_MES_CONTAINER",
        }
    }

    /// Columns of the contract.
    pub fn columns(self) -> &'static [SourceColumn] {
        match self {
            Self::Lots => LOT_COLUMNS,
            Self::Resources => RESOURCE_COLUMNS,
            Self::EquipmentStatus => EQUIPMENT_STATUS_COLUMNS,
            Self::Workcenters => WORKCENTER_COLUMNS,
            Self::ShiftHours => SHIFT_HOURS_COLUMNS,
            Self::Jobs => JOB_COLUMNS,
            Self::JobTransactions => JOB_TRANSACTION_COLUMNS,
            Self::Holds => HOLD_HISTORY_COLUMNS,
            Self::Containers => CONTAINER_COLUMNS,
        }
    }
}

impl Factory {
    /// The rows of a table at this moment; columns that the contract doesn't know may be among them.
    pub fn rows(&self, table: SourceTable) -> Box<dyn Iterator<Item = Row> + '_> {
        let machines = self.machines.iter();
        match table {
            SourceTable::Lots => {
                Box::new((0..self.lots.len()).map(|slot| rows::source_lot(self, slot)))
            }
            SourceTable::Resources => {
                Box::new(machines.map(|machine| rows::resource(self, machine)))
            }
            SourceTable::EquipmentStatus => {
                Box::new(machines.flat_map(|machine| rows::statuses(self, machine)))
            }
            SourceTable::Workcenters => Box::new(rows::specs().into_iter()),
            SourceTable::ShiftHours => {
                let past = past_days(self).flat_map(|day| day_rows(self, &day));
                Box::new(past.chain(day_rows(self, &self.today())))
            }
            SourceTable::Jobs => Box::new(jobs(self).0.into_iter()),
            SourceTable::JobTransactions => Box::new(jobs(self).1.into_iter()),
            SourceTable::Holds => {
                Box::new(holds(self).into_iter().map(|step| rows::hold(self, &step)))
            }
            SourceTable::Containers => Box::new(containers(self).into_iter()),
        }
    }

    /// [`Self::rows`] as a record batch.
    pub fn batch(&self, table: SourceTable) -> RecordBatch {
        batch(table.columns(), self.rows(table))
    }
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
}

impl Builder {
    fn new(storage: Storage) -> Self {
        match storage {
            Storage::Text => Self::Text(StringBuilder::new()),
            Storage::Integer => Self::Integer(Int64Builder::new()),
            Storage::Decimal => Self::Decimal(Float64Builder::new()),
        }
    }

    fn append(&mut self, cell: Option<&Cell>) {
        match (self, cell.unwrap_or(&Cell::Null)) {
            (Self::Text(texts), Cell::Text(text)) => texts.append_value(text),
            (Self::Text(texts), _) => texts.append_null(),
            (Self::Integer(numbers), cell) => numbers.append_option(match cell {
                Cell::Integer(number) => Some(*number),
                Cell::Text(text) => text.parse().ok(),
                _ => None,
            }),
            (Self::Decimal(numbers), cell) => numbers.append_option(match cell {
                Cell::Decimal(number) => Some(*number),
                Cell::Integer(number) => Some(*number as f64),
                Cell::Text(text) => text.parse().ok(),
                Cell::Null => None,
            }),
        }
    }

    fn finish(&mut self) -> (DataType, ArrayRef) {
        match self {
            Self::Text(texts) => (DataType::Utf8, Arc::new(texts.finish())),
            Self::Integer(numbers) => (DataType::Int64, Arc::new(numbers.finish())),
            Self::Decimal(numbers) => (DataType::Float64, Arc::new(numbers.finish())),
        }
    }
}

/// Rows as a record batch with these columns. A cell that is not there or that its column can't hold is NULL;
/// text in a column of numbers is read as a number.
pub fn batch(columns: &[SourceColumn], rows: impl IntoIterator<Item = Row>) -> RecordBatch {
    let mut builders: Vec<Builder> =
        columns.iter().map(|column| Builder::new(column.kind.storage())).collect();
    // Rows of a table mostly have the same cells in the same places.
    let mut places = vec![0; columns.len()];
    for row in rows {
        for ((column, builder), place) in columns.iter().zip(&mut builders).zip(&mut places) {
            let is_it = |cell: &(&str, Cell)| cell.0 == column.name;
            if !row.get(*place).is_some_and(is_it) {
                *place = row.iter().position(is_it).unwrap_or(row.len());
            }
            builder.append(row.get(*place).map(|(_, cell)| cell));
        }
    }
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .zip(&mut builders)
        .map(|(column, builder)| {
            let (kind, array) = builder.finish();
            (Field::new(column.name, kind, true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every array has one cell a row and the type of its field")
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use jiff::SignedDuration;

    use super::*;
    use crate::{MORNING, PlantSize};

    fn plant(seed: u64) -> Factory {
        Factory::new(seed, MORNING, PlantSize { history_days: 3, ..PlantSize::of(200, 60) })
    }

    #[test]
    fn equal_seeds_give_equal_tables() {
        for table in SourceTable::ALL {
            let [a, b, c] = [5, 5, 6].map(|seed| {
                let mut plant = plant(seed);
                plant.tick(plant.now() + SignedDuration::from_secs(5), 0.05);
                plant.batch(table)
            });
            assert!(a.num_rows() > 0, "{table:?}");
            assert_eq!(a, b, "{table:?}");
            // The route is the same in every plant.
            assert_eq!(a == c, table == SourceTable::Workcenters, "{table:?}");
        }
    }

    #[test]
    fn every_column_that_is_required_is_filled() {
        let plant = plant(1);
        for table in SourceTable::ALL {
            let batch = plant.batch(table);
            for (column, array) in table.columns().iter().zip(batch.columns()) {
                assert!(!column.required || array.null_count() < array.len(), "{}", column.name);
            }
        }
    }

    #[test]
    fn every_day_of_a_machine_has_24_hours_and_today_has_8() {
        let plant = plant(1);
        let hours: f64 = plant
            .rows(SourceTable::ShiftHours)
            .map(|row| match row[3] {
                ("HOURS", Cell::Decimal(hours)) => hours,
                _ => panic!("{row:?}"),
            })
            .sum();
        let days = plant.machines.len() as f64;
        // Each of a day's states is rounded to 0.01 h.
        assert!((hours - days * (3.0 * 24.0 + 8.0)).abs() < days, "{hours}");
    }

    #[test]
    fn cells_get_the_type_of_their_column() {
        let row = |cells: &[(&'static str, Cell)]| cells.to_vec();
        let rows = [
            row(&[("LOTID", "a".into()), ("QTY", "7".into())]),
            row(&[("QTY", 5.into()), ("LOTID", 5.into()), ("AGEBYDAYS", 2.into())]),
            row(&[("QTY", "many".into()), ("AGEBYDAYS", "0.5".into())]),
        ];
        let batch = batch(LOT_COLUMNS, rows);
        let column = |name| batch.column_by_name(name).unwrap();
        let texts = arrow_array::StringArray::from(vec![Some("a"), None, None]);
        assert_eq!(column("LOTID").as_ref(), &texts as &dyn Array);
        let numbers = arrow_array::Int64Array::from(vec![Some(7), Some(5), None]);
        assert_eq!(column("QTY").as_ref(), &numbers as &dyn Array);
        let numbers = arrow_array::Float64Array::from(vec![None, Some(2.0), Some(0.5)]);
        assert_eq!(column("AGEBYDAYS").as_ref(), &numbers as &dyn Array);
    }
}
