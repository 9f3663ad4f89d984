//! Synthetic machines for benches and tests: as many as asked for, always the same.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use crate::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS, SourceColumn, Storage, WORKCENTER_COLUMNS,
};

const STATES: [&str; 12] =
    ["PRD", "PRD", "PRD", "SBY", "UDT", "SDT", "EGT", "NST", "PM", "ENG", "SCRAP", "設備-RUN"];
const LOCATIONS: [Option<&str>; 6] =
    [Some("A區"), Some("B區"), Some("C區"), Some("D區"), None, Some("報廢")];

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// One source row: text or a number by column; what is not named is NULL.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    pub texts: Vec<(&'static str, String)>,
    pub numbers: Vec<(&'static str, i64)>,
}

impl Cells {
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| *name == column).map(|(_, text)| text.as_str())
    }

    pub(super) fn number(&self, column: &str) -> Option<i64> {
        self.numbers.iter().find(|(name, _)| *name == column).map(|(_, number)| *number)
    }
}

/// Rows in the columns of a source contract that has no decimals.
pub(super) fn batch(columns: &[SourceColumn], rows: &[Cells]) -> RecordBatch {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .map(|column| {
            let (kind, array): (DataType, ArrayRef) = match column.kind.storage() {
                Storage::Integer => {
                    let numbers = rows.iter().map(|row| row.number(column.name));
                    (DataType::Int64, Arc::new(numbers.collect::<Int64Array>()))
                }
                _ => {
                    let texts = rows.iter().map(|row| row.text(column.name));
                    (DataType::Utf8, Arc::new(texts.collect::<StringArray>()))
                }
            };
            (Field::new(column.name, kind, true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every array has one cell per row and the type of its field")
}

/// The source tables of a plant: machines, their real-time rows, and the
/// mapping of 42 workcenters to 14 groups.
pub fn plant(
    machines: usize,
    rows_per_machine: usize,
    seed: u64,
) -> (RecordBatch, RecordBatch, RecordBatch) {
    let mut random = Random(seed);
    let mut resources = Vec::with_capacity(machines);
    let mut statuses = Vec::with_capacity(machines * rows_per_machine);
    for machine in 0..machines {
        let id = format!("{:016x}", machine as u64 + 0x4880_0000);
        let kind = random.pick(&["ASSEMBLY", "ASSEMBLY", "ASSEMBLY", "WAFERSORT"]);
        let mut texts = vec![
            ("RESOURCEID", id.clone()),
            ("RESOURCENAME", format!("G{:03}-{machine:05}", random.below(120))),
            ("OBJECTCATEGORY", kind.to_owned()),
            ("OBJECTTYPE", kind.to_owned()),
            // One workcenter in 43 is not mapped.
            ("WORKCENTERNAME", format!("WC-{:02}", random.below(43))),
            ("PJ_ASSETSSTATUS", "Approved".to_owned()),
            ("RESOURCEFAMILYNAME", format!("FAMILY-{:03}", random.below(120))),
            ("LASTCHANGEDATE", "2026-11-20 08:00:00".to_owned()),
        ];
        if let Some(location) = random.pick(&LOCATIONS) {
            texts.push(("LOCATIONNAME", location.to_owned()));
        }
        let numbers = ["PJ_ISPRODUCTION", "PJ_ISKEY", "PJ_ISMONITOR"]
            .map(|flag| (flag, i64::from(random.below(3) > 0)));
        resources.push(Cells { texts, numbers: numbers.to_vec() });
        let state = random.pick(&STATES);
        for row in 0..rows_per_machine {
            let minute = random.below(60);
            let mut texts = vec![
                ("RESOURCEID", id.clone()),
                ("EQUIPMENTASSETSSTATUS", state.to_owned()),
                ("RUNCARDLOTID", format!("GA2603{:05}-A00-{row:03}", random.below(90_000))),
                ("LOTTRACKINTIME", format!("2026-11-20 07:{minute:02}:00")),
            ];
            if random.below(20) == 0 {
                texts.push(("JOBORDER", format!("JOB{:06}", random.below(1_000_000))));
            }
            let numbers = vec![("LOTTRACKINQTY_PCS", 1000 + random.below(90_000) as i64)];
            statuses.push(Cells { texts, numbers });
        }
    }
    let workcenters: Vec<Cells> = (0..42)
        .map(|workcenter| Cells {
            texts: vec![
                ("WORK_CENTER", format!("WC-{workcenter:02}")),
                ("WORK_CENTER_GROUP", format!("GROUP-{:02}", workcenter / 3)),
                ("WORK_CENTER_SHORT", format!("W{workcenter:02}")),
            ],
            numbers: vec![("WORKCENTERSEQUENCE_GROUP", 20 * (workcenter / 3 + 1))],
        })
        .collect();
    (
        batch(RESOURCE_COLUMNS, &resources),
        batch(EQUIPMENT_STATUS_COLUMNS, &statuses),
        batch(WORKCENTER_COLUMNS, &workcenters),
    )
}
