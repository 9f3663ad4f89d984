//! Source tables of a tiny plant.

use arrow_array::RecordBatch;
use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use plant_simulator::source;

/// One row: only the cells that are not NULL, as text.
pub type Row = Vec<(&'static str, String)>;

/// A row from pairs.
pub fn row<const N: usize>(cells: [(&'static str, &str); N]) -> Row {
    cells.map(|(name, cell)| (name, cell.to_owned())).into()
}

/// A source batch with all columns of the contract.
pub fn batch(columns: &[SourceColumn], rows: &[Row]) -> RecordBatch {
    let cells = |row: &Row| row.iter().map(|(name, cell)| (*name, cell.as_str().into())).collect();
    source::batch(columns, rows.iter().map(cells))
}

pub fn lot(id: &str, qty: u32, group: &str, package: &str) -> Row {
    row([
        ("LOTID", id),
        ("WORKORDER", &id[..id.len().min(11)]),
        ("QTY", &qty.to_string()),
        ("WORKCENTER_GROUP", group),
        ("WORKCENTERSEQUENCE_GROUP", "90"),
        ("PACKAGE_LEF", package),
        ("PJ_TYPE", "PJA1"),
        ("SPECNAME", "WB Step-1"),
        ("SPECSEQUENCE", "300"),
        ("AGEBYDAYS", "2.5"),
        ("SYS_DATE", "2026-11-20 08:00:00"),
    ])
}

/// `lot`, on hold for a reason.
pub fn held(id: &str, reason: &str) -> Row {
    let mut row = lot(id, 100, "焊接_WB", "SOT-23");
    row.push(("CURRENTHOLDCOUNT", "1".to_owned()));
    row.push(("HOLDREASONNAME", reason.to_owned()));
    row
}

/// A few lots: two groups (one with a slash), two packages, a dummy, two holds.
pub fn lots() -> Vec<Row> {
    vec![
        lot("GA261000075-A00-001", 34_125, "焊接_WB", "SOT-23"),
        lot("GA261000075-A00-002", 100, "焊接_WB", "QFN"),
        lot("GA261000076-A00-001", 500, "切割/研磨", "QFN"),
        lot("DUMMY-1", 1, "焊接_WB", "QFN"),
        held("GA261000077-A00-001", "自行暫停"),
        held("GA261000077-A00-002", "特殊需求管控"),
    ]
}

pub fn machine(id: &str, workcenter: &str) -> Row {
    row([
        ("RESOURCEID", id),
        ("RESOURCENAME", id),
        ("OBJECTCATEGORY", "ASSEMBLY"),
        ("OBJECTTYPE", "ASSEMBLY"),
        ("WORKCENTERNAME", workcenter),
        ("RESOURCEFAMILYNAME", "GWB"),
        ("PJ_ISPRODUCTION", "1"),
        ("LASTCHANGEDATE", "2026-11-20 08:00:00"),
    ])
}

pub fn status(id: &str, state: &str) -> Row {
    row([
        ("RESOURCEID", id),
        ("EQUIPMENTASSETSSTATUS", state),
        ("RUNCARDLOTID", "GA261000075-A00-001"),
        ("LOTTRACKINQTY_PCS", "100"),
        ("LOTTRACKINTIME", "2026-11-20 07:00:00"),
    ])
}

/// The tables of the plant.
pub fn tables() -> [(Dataset, RecordBatch); 4] {
    let machines = [machine("m1", "WB-1"), machine("m2", "WB-1"), machine("m3", "SAW")];
    let states = [status("m1", "PRD"), status("m2", "UDT")];
    let mapping = [
        row([
            ("WORK_CENTER", "WB-1"),
            ("WORK_CENTER_GROUP", "焊接_WB"),
            ("WORKCENTERSEQUENCE_GROUP", "90"),
            ("WORK_CENTER_SHORT", "WB"),
        ]),
        row([
            ("WORK_CENTER", "SAW"),
            ("WORK_CENTER_GROUP", "切割/研磨"),
            ("WORKCENTERSEQUENCE_GROUP", "30"),
            ("WORK_CENTER_SHORT", "SAW"),
        ]),
    ];
    [
        (Dataset::Wip, batch(LOT_COLUMNS, &lots())),
        (Dataset::Resource, batch(RESOURCE_COLUMNS, &machines)),
        (Dataset::Equipment, batch(EQUIPMENT_STATUS_COLUMNS, &states)),
        (Dataset::Workcenter, batch(WORKCENTER_COLUMNS, &mapping)),
    ]
}

/// Lots only, of other rows.
pub fn lot_batch(rows: &[Row]) -> RecordBatch {
    batch(LOT_COLUMNS, rows)
}
