//! Data of the benches beside the core's own sample lots.

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use compute_core::lot::LotTable;
use compute_core::lot::sample::SplitMix64;
use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS, SourceColumn, Storage, WORKCENTER_COLUMNS,
};
use compute_core::table::Column;

/// The lots after a while: a share of them was tracked in or out, and so got
/// another status and another age.
pub(crate) fn churned(batch: &RecordBatch, share: f64, seed: u64) -> RecordBatch {
    let mut random = SplitMix64::new(seed ^ 1);
    let odds = (1.0 / share) as u64;
    let changed: Vec<bool> = (0..batch.num_rows()).map(|_| random.one_in(odds)).collect();
    let columns = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| -> ArrayRef {
            match field.name().as_str() {
                "EQUIPMENTCOUNT" => {
                    let Some(counts) = column.as_any().downcast_ref::<Int64Array>() else {
                        return column.clone();
                    };
                    let moved = |(count, changed): (Option<i64>, &bool)| {
                        if *changed { Some(i64::from(count.unwrap_or(0) == 0)) } else { count }
                    };
                    Arc::new(counts.iter().zip(&changed).map(moved).collect::<Int64Array>())
                }
                "AGEBYDAYS" => {
                    let Some(ages) = column.as_any().downcast_ref::<Float64Array>() else {
                        return column.clone();
                    };
                    let older = |(age, changed): (Option<f64>, &bool)| {
                        if *changed { age.map(|age| age + 0.05) } else { age }
                    };
                    Arc::new(ages.iter().zip(&changed).map(older).collect::<Float64Array>())
                }
                _ => column.clone(),
            }
        })
        .collect();
    RecordBatch::try_new(batch.schema(), columns).expect("columns keep their type and length")
}

fn batch(
    columns: &[SourceColumn],
    rows: usize,
    cell: impl Fn(&str, usize) -> Option<String>,
) -> RecordBatch {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for column in columns {
        let cells = (0..rows).map(|row| cell(column.name, row));
        let (kind, array): (DataType, ArrayRef) = match column.kind.storage() {
            Storage::Text => (DataType::Utf8, Arc::new(cells.collect::<StringArray>())),
            Storage::Integer => {
                let numbers = cells.map(|cell| cell.and_then(|text| text.parse().ok()));
                (DataType::Int64, Arc::new(numbers.collect::<Int64Array>()))
            }
            Storage::Decimal => {
                let numbers = cells.map(|cell| cell.and_then(|text| text.parse().ok()));
                (DataType::Float64, Arc::new(numbers.collect::<Float64Array>()))
            }
        };
        fields.push(Field::new(column.name, kind, true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every column has one cell per row")
}

/// Master, real-time rows and mapping of a large plant.
pub(crate) fn machines(
    count: usize,
    rows: usize,
    seed: u64,
) -> (RecordBatch, RecordBatch, RecordBatch) {
    let mut random = SplitMix64::new(seed);
    let states: Vec<u64> = (0..count).map(|_| random.below(7)).collect();
    let id = |machine: usize| Some(format!("4880a68c{machine:08x}"));
    let resources = batch(RESOURCE_COLUMNS, count, |column, row| match column {
        "RESOURCEID" => id(row),
        "RESOURCENAME" => Some(format!("GWBA-{row:05}")),
        "OBJECTCATEGORY" | "OBJECTTYPE" => Some("ASSEMBLY".to_owned()),
        "WORKCENTERNAME" => Some(format!("W{}", row % 24)),
        "RESOURCEFAMILYNAME" => Some(format!("F{}", row % 84)),
        "PJ_ISPRODUCTION" | "PJ_ISKEY" | "PJ_ISMONITOR" => Some((row % 2).to_string()),
        _ => None,
    });
    let statuses = batch(EQUIPMENT_STATUS_COLUMNS, count * rows, |column, row| match column {
        "RESOURCEID" => id(row / rows),
        "EQUIPMENTASSETSSTATUS" => Some(
            ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "PM"][states[row / rows] as usize]
                .to_owned(),
        ),
        "RUNCARDLOTID" => Some(format!("GA2611{:05}-A00-{:03}", row / 9, row % 9)),
        "LOTTRACKINQTY_PCS" => Some((row % 50_000).to_string()),
        "LOTTRACKINTIME" => Some(format!("2026-11-20 {:02}:{:02}:00", row % 24, row % 60)),
        _ => None,
    });
    let workcenters = batch(WORKCENTER_COLUMNS, 24, |column, row| match column {
        "WORK_CENTER" => Some(format!("W{row}")),
        "WORK_CENTER_GROUP" => Some(format!("G{}", row % 14)),
        "WORKCENTERSEQUENCE_GROUP" => Some((row % 14 * 10).to_string()),
        _ => Some("S".to_owned()),
    });
    (resources, statuses, workcenters)
}

/// The columns that an interaction depends on, as narrow as they get.
pub(crate) struct Touched {
    narrow: Vec<Vec<u8>>,
    kind: Vec<u16>,
    qty: Vec<i32>,
}

impl Touched {
    pub(crate) fn of(lots: &LotTable) -> Self {
        let codes = |name: &str| match lots.frame().column(name) {
            Some(Column::Text(text)) => text.codes().to_vec(),
            _ => Vec::new(),
        };
        let narrow = ["WORKCENTER_GROUP", "PACKAGE_LEF", "HOLDREASONNAME", "WIPSTATUS"];
        let qty = lots.frame().column("QTY");
        Self {
            narrow: narrow
                .map(|name| codes(name).into_iter().map(|code| code as u8).collect())
                .into(),
            kind: codes("PJ_TYPE").into_iter().map(|code| code as u16).collect(),
            qty: (0..lots.len())
                .map(|row| qty.and_then(|qty| qty.integer(row)).unwrap_or(0) as i32)
                .collect(),
        }
    }

    /// Reads every column once and does next to nothing with it.
    pub(crate) fn stream(&self) -> u64 {
        let narrow: u64 = self
            .narrow
            .iter()
            .map(|column| black_box(column).iter().map(|cell| u64::from(*cell)).sum::<u64>())
            .sum();
        let kind: u64 = black_box(&self.kind).iter().map(|cell| u64::from(*cell)).sum();
        let qty: i64 = black_box(&self.qty).iter().map(|cell| i64::from(*cell)).sum();
        narrow + kind + qty as u64
    }
}
