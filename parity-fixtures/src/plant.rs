//! Hostile generated plants: every column that decides a number may be NULL,
//! odd, duplicated or out of range.
//!
//! The vocabulary is small on purpose, so that groups, ties and collisions
//! happen in tables of a few rows as well.

use arrow_array::RecordBatch;
use compute_core::source_contract::SourceColumn;
pub use plant_simulator::Cell;
use plant_simulator::source;
use proptest::prelude::*;
use proptest::sample::select;

/// Workcenter groups; the last one is never mapped.
pub const GROUPS: [&str; 7] =
    ["點測", "焊接_DB", "焊接_WB", "A/B 站", "Mold, Trim", "TMTT", "未對應"];
/// Workcenters, two of them in one group.
pub const WORKCENTERS: [&str; 7] = ["點測", "焊接_DB", "焊_DB_料", "焊接_WB", "A/B", "TMTT", "無"];
pub const PACKAGES: [&str; 6] =
    ["SOT-23", "SOT-23 CU", "QFN4x4-20L", "sot-23", "DFN\"x\"", "TO-277"];
/// Product types.
pub const TYPES: [&str; 5] = ["PJA0001", "PJA0002-AU", "PJB0003", "pja0001", "PJ_%"];
/// Hold reasons; the first two are non-quality reasons of the default site rules.
pub const REASONS: [&str; 6] =
    ["特殊需求管控", "指定機台生產", "S2品質異常單(PE)", "首件異常(QC)", " 特殊需求管控", "(+*"];
/// Departments, and whatever else stands beside a hold.
pub const DEPARTMENTS: [&str; 3] = ["員工0001", "製造一部", "待確認 <b>&\u{2028}"];
/// Specs, two of them QC gates.
pub const SPECS: [&str; 6] =
    ["DB Step-1", "點測_製程02", "QC GATE-1", "Final QC_GATE", "WB Step-2", "TMTT"];
/// Work orders.
pub const WORKORDERS: [&str; 5] =
    ["GA260100001", "GA260100002", "ga260100003", "RW26(1)", "İ-GB2601"];
/// Machine families.
pub const FAMILIES: [&str; 4] = ["GDBA", "GWBE", "GTMTTD", "家族"];
/// Asset states, known and unknown ones.
pub const STATUSES: [&str; 14] = [
    "PRD",
    "SBY",
    "UDT",
    "SDT",
    "EGT",
    "NST",
    "SCRAP",
    "設備-RUN",
    "設備-LOST",
    "PM",
    "BKD",
    "ENG",
    "OFF",
    "???",
];

/// The source tables of one generated plant.
#[derive(Clone, Debug)]
pub struct PlantSource {
    /// Rows of the lot view.
    pub lots: RecordBatch,
    /// Rows of the equipment master.
    pub resources: RecordBatch,
    /// Real-time equipment rows.
    pub statuses: RecordBatch,
    /// Rows of the spec → workcenter view.
    pub workcenters: RecordBatch,
    /// Status hours by shift, from [`FIRST_DAY`] to [`LAST_DAY`] and beyond.
    pub hours: RecordBatch,
    /// Holds and their releases.
    pub holds: RecordBatch,
    /// Names of lots by container.
    pub containers: RecordBatch,
    /// Maintenance jobs.
    pub jobs: RecordBatch,
}

/// First day of the hours and holds that are asked for.
pub const FIRST_DAY: &str = "2025-12-15";
/// Last day of the hours and holds that are asked for.
pub const LAST_DAY: &str = "2027-01-15";

/// "Now" of the holds.
pub const NOW: &str = "2026-11-28 08:00:00";

/// Rows of cells in the order of `columns` as a source batch.
pub fn batch(columns: &'static [SourceColumn], rows: &[Vec<Cell>]) -> RecordBatch {
    let named = |row: &Vec<Cell>| {
        columns.iter().zip(row).map(|(column, cell)| (column.name, cell.clone())).collect()
    };
    source::batch(columns, rows.iter().map(named))
}

fn text(from: &'static [&'static str]) -> BoxedStrategy<Cell> {
    prop_oneof![
        8 => select(from).prop_map(|value| Cell::Text(value.to_owned())),
        1 => Just(Cell::Null),
    ]
    .boxed()
}

fn integer(range: std::ops::Range<i64>) -> BoxedStrategy<Cell> {
    prop_oneof![8 => range.prop_map(Cell::Integer), 1 => Just(Cell::Null)].boxed()
}

fn instant() -> BoxedStrategy<Cell> {
    prop_oneof![
        8 => (1_u32..29, 0_u32..24, 0_u32..60, 0_u32..60).prop_map(|(day, hour, minute, second)| {
            Cell::Text(format!("2026-11-{day:02} {hour:02}:{minute:02}:{second:02}"))
        }),
        1 => Just(Cell::Null),
    ]
    .boxed()
}

fn lot_id() -> BoxedStrategy<Cell> {
    prop_oneof![
        12 => (select(&WORKORDERS[..]), 0_u32..2000)
            .prop_map(|(order, lot)| Cell::Text(format!("{order}-A{:02}-{:03}", lot / 100, lot % 100))),
        1 => (0_u32..50).prop_map(|lot| Cell::Text(format!("Dummy{lot:04}"))),
        1 => Just(Cell::Null),
    ]
    .boxed()
}

fn resource_id() -> BoxedStrategy<Cell> {
    (0_u32..400).prop_map(|id| Cell::Text(format!("4880a68c{id:08x}"))).boxed()
}

fn lot_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "LOTID" => lot_id(),
        "WORKORDER" => text(&WORKORDERS),
        "QTY" => prop_oneof![6 => integer(0..100_000), 1 => integer(-5..5), 1 => integer(2_000_000_000..2_200_000_000)].boxed(),
        "EQUIPMENTCOUNT" => integer(-1..3),
        "CURRENTHOLDCOUNT" => integer(-1..3),
        "HOLDREASONNAME" => text(&REASONS),
        "AGEBYDAYS" => prop_oneof![
            8 => (-50_i64..12_000).prop_map(|age| Cell::Decimal(age as f64 / 100.0)),
            1 => select(&[0.0, 1.0, 3.0, 7.0, 0.999, 2.675][..]).prop_map(Cell::Decimal),
            1 => Just(Cell::Null),
        ]
        .boxed(),
        "EQUIPMENTS" => text(&["GDBA-0001", "GWBE-0002", "GDBA-0001,GWBE-0002"]),
        "PACKAGE_LEF" => prop_oneof![9 => text(&PACKAGES), 1 => text(&[""])].boxed(),
        "PJ_TYPE" => text(&TYPES),
        "SPECNAME" => text(&SPECS),
        "SPECSEQUENCE" => integer(1..9),
        "WORKCENTERNAME" => text(&WORKCENTERS),
        "WORKCENTER_GROUP" => text(&GROUPS),
        "WORKCENTERSEQUENCE_GROUP" => integer(1..5),
        "MOVEINTIMESTAMP" => instant(),
        "SYS_DATE" => Just(Cell::Text("2026-11-28 08:00:00".to_owned())).boxed(),
        "HOLDEMP" | "DEPTNAME" | "COMMENT_HOLD" => text(&DEPARTMENTS),
        _ => prop_oneof![text(&["x", "y"]), integer(0..9)].boxed(),
    }
}

fn resource_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "RESOURCEID" => resource_id(),
        "RESOURCENAME" => (0_u32..400).prop_map(|id| Cell::Text(format!("GDBA-{id:04}"))).boxed(),
        "OBJECTCATEGORY" | "OBJECTTYPE" => text(&["ASSEMBLY", "ASSEMBLY", "ASSEMBLY", "WAFERSORT"]),
        "WORKCENTERNAME" => text(&WORKCENTERS),
        "LOCATIONNAME" => text(&["焊接站_A棟", "TMTT-B", "ATEC", "點測站", "點測站"]),
        "PJ_ASSETSSTATUS" => text(&["Approved", "Approved", "Approved", "Disapproved"]),
        "RESOURCEFAMILYNAME" => text(&FAMILIES),
        "PJ_ISPRODUCTION" | "PJ_ISKEY" | "PJ_ISMONITOR" => integer(0..2),
        "LASTCHANGEDATE" => instant(),
        _ => prop_oneof![text(&["x", "y"]), integer(0..9)].boxed(),
    }
}

fn status_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "RESOURCEID" => resource_id(),
        "EQUIPMENTASSETSSTATUS" => text(&STATUSES),
        "EQUIPMENTASSETSSTATUSREASON" => text(&["Jam", "Wait QC", "Production RUN"]),
        "JOBORDER" => text(&["2026 001-0000000001", " ", ""]),
        "RUNCARDLOTID" => prop_oneof![3 => lot_id(), 1 => Just(Cell::Text(String::new()))].boxed(),
        "LOTTRACKINQTY_PCS" => integer(0..90_000),
        "LOTTRACKINTIME" | "CREATEDATE" => instant(),
        _ => prop_oneof![text(&["x", "y"]), integer(0..9)].boxed(),
    }
}

fn workcenter_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "WORK_CENTER" => text(&WORKCENTERS[..6]),
        "WORK_CENTER_GROUP" => text(&GROUPS[..6]),
        "WORKCENTERSEQUENCE_GROUP" => {
            prop_oneof![3 => integer(1..5), 1 => integer(998..2002)].boxed()
        }
        "WORK_CENTER_SHORT" => text(&["PT", "DB", "WB"]),
        _ => prop_oneof![text(&["x", "y"]), integer(0..9)].boxed(),
    }
}

fn hours_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "HISTORYID" => resource_id(),
        "TXNDATE" => prop_oneof![
            // The turn of a year, most often, and days beyond the range.
            4 => (24_u32..32).prop_map(|day| format!("2025-12-{day:02} 08:00:00")),
            3 => (1_u32..12).prop_map(|day| format!("2026-01-{day:02} 20:00:00")),
            2 => (1_u32..13, 1_u32..29).prop_map(|(month, day)| format!("2026-{month:02}-{day:02} 08:00:00")),
            1 => (1_u32..29).prop_map(|day| format!("2027-01-{day:02} 08:00:00")),
        ]
        .prop_map(Cell::Text)
        .boxed(),
        "OLDSTATUSNAME" => text(&STATUSES),
        "JOBID" => prop_oneof![3 => Just(Cell::Null), 1 => job_id()].boxed(),
        "OLDREASONNAME" => text(&["Jam", "換線", "卡住"]),
        "OLDLASTSTATUSCHANGEDATE" | "LASTSTATUSCHANGEDATE" => instant(),
        "HOURS" => prop_oneof![
            8 => (0_i64..240_000).prop_map(|units| Cell::Decimal(units as f64 / 10_000.0)),
            1 => select(&[0.05, 0.00005, -1.5, -18.0, 8.0, 20_000.0][..]).prop_map(Cell::Decimal),
            1 => Just(Cell::Null),
        ]
        .boxed(),
        _ => text(&["x", "y"]),
    }
}

fn job_id() -> BoxedStrategy<Cell> {
    prop_oneof![9 => (0_u32..900).prop_map(|id| Cell::Text(format!("J{id:04}"))), 1 => Just(Cell::Null)]
        .boxed()
}

fn job_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "JOBID" => job_id(),
        "RESOURCEID" => resource_id(),
        "CREATEDATE" | "COMPLETEDATE" | "CANCELDATE" | "FIRSTCLOCKONDATE" | "LASTCLOCKOFFDATE" => {
            instant()
        }
        _ => text(&["x", "y"]),
    }
}

fn container_id() -> BoxedStrategy<Cell> {
    prop_oneof![30 => (0_u32..60).prop_map(|id| Cell::Text(format!("488103cd{id:08x}"))), 1 => Just(Cell::Null)]
        .boxed()
}

fn hold_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "CONTAINERID" => container_id(),
        "PJ_WORKORDER" => text(&WORKORDERS),
        "WORKCENTERNAME" => text(&WORKCENTERS),
        "HOLDREASONID" => text(&["r1", "r2"]),
        "HOLDREASONNAME" => text(&REASONS),
        "QTY" => {
            prop_oneof![8 => integer(0..90_000), 1 => integer(-5..0), 1 => integer(1 << 40..1 << 41)]
                .boxed()
        }
        // Equal moments, ends before begins and holds that are still on come by themselves.
        "HOLDTXNDATE" | "RELEASETXNDATE" => instant(),
        "HOLDEMP" | "HOLDCOMMENTS" | "RELEASEEMP" | "RELEASECOMMENTS" => text(&DEPARTMENTS),
        _ => text(&["x", "y"]),
    }
}

fn container_cell(name: &str) -> BoxedStrategy<Cell> {
    match name {
        "CONTAINERID" => container_id(),
        "CONTAINERNAME" => lot_id(),
        "PRODUCTNAME" => text(&TYPES),
        _ => text(&PACKAGES),
    }
}

fn rows(
    columns: &'static [SourceColumn],
    cell: fn(&str) -> BoxedStrategy<Cell>,
    count: usize,
) -> impl Strategy<Value = RecordBatch> {
    let row: Vec<BoxedStrategy<Cell>> = columns.iter().map(|column| cell(column.name)).collect();
    prop::collection::vec(row, count).prop_map(move |rows| batch(columns, &rows))
}

/// A plant with `lots` lots, a third as many machines and as many real-time rows.
pub fn plants(lots: usize) -> impl Strategy<Value = PlantSource> {
    use compute_core::source_contract::{
        CONTAINER_COLUMNS, EQUIPMENT_STATUS_COLUMNS, HOLD_HISTORY_COLUMNS, JOB_COLUMNS,
        LOT_COLUMNS, RESOURCE_COLUMNS, SHIFT_HOURS_COLUMNS, WORKCENTER_COLUMNS,
    };
    (
        rows(LOT_COLUMNS, lot_cell, lots),
        rows(RESOURCE_COLUMNS, resource_cell, lots.div_ceil(3)),
        rows(EQUIPMENT_STATUS_COLUMNS, status_cell, lots.div_ceil(3)),
        rows(WORKCENTER_COLUMNS, workcenter_cell, lots.min(12)),
        rows(SHIFT_HOURS_COLUMNS, hours_cell, lots),
        rows(HOLD_HISTORY_COLUMNS, hold_cell, lots),
        rows(CONTAINER_COLUMNS, container_cell, lots.div_ceil(4)),
        rows(JOB_COLUMNS, job_cell, lots),
    )
        .prop_map(
            |(lots, resources, statuses, workcenters, hours, holds, containers, jobs)| {
                PlantSource {
                    lots,
                    resources,
                    statuses,
                    workcenters,
                    hours,
                    holds,
                    containers,
                    jobs,
                }
            },
        )
}
