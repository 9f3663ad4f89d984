//! What is computed once per version so that an interaction is one dense pass.
//!
//! Lots that agree in group, package, type, reason, status class, dummy flag
//! and matrix membership fall into one *cell* of a sparse cube. Filters on
//! those dimensions run over cells; text filters select rows and recount the
//! cells from them. Either way the kernel sees cells only.

use arrow_array::Array;

use crate::table::{Frame, NULL_CODE, TextColumn};

/// Status class of a lot or cell: status and hold type in one code.
pub(super) mod class {
    pub const RUN: u8 = 0;
    pub const QUEUE: u8 = 1;
    pub const QUALITY_HOLD: u8 = 2;
    pub const NON_QUALITY_HOLD: u8 = 3;

    pub const COUNT: usize = 4;

    /// Whether lots of this class are on hold.
    pub fn is_hold(class: u8) -> bool {
        class >= QUALITY_HOLD
    }
}

/// One dimension of the cube: codes of the column, NULL as the code after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Package,
    Type,
}

/// Cells of the cube, ordered by their dimensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    pub group: Vec<u16>,
    pub package: Vec<u16>,
    pub kind: Vec<u16>,
    pub reason: Vec<u16>,
    pub class: Vec<u8>,
    pub dummy: Vec<bool>,
    /// Whether the lots have a group, a package and a sequence.
    pub in_matrix: Vec<bool>,
}

/// Lots and pieces of each cell.
#[derive(Clone, Debug, Default)]
pub(super) struct CellTotals {
    pub lots: Vec<u32>,
    pub qty: Vec<i64>,
}

impl CellTotals {
    pub(super) fn zero(cells: usize) -> Self {
        Self { lots: vec![0; cells], qty: vec![0; cells] }
    }

    pub(super) fn add(&mut self, cell: u32, qty: i32) {
        self.lots[cell as usize] += 1;
        self.qty[cell as usize] += i64::from(qty);
    }
}

#[derive(Clone, Debug)]
pub(super) struct LotIndex {
    pub cells: Cells,
    pub totals: CellTotals,
    pub cell_of_row: Vec<u32>,
    /// Rows of each group by code, the last entry without group; rows ascend.
    rows_by_group: Vec<Vec<u32>>,
    /// Held rows of each reason by code, the last entry without reason.
    held_by_reason: Vec<Vec<u32>>,
    /// Lowest sequence of each group by code.
    pub group_sequence: Vec<Option<i32>>,
}

/// The code of a row in a dimension, NULL as the code after the last.
fn dense(column: &TextColumn) -> Vec<u16> {
    let null = column.cardinality() as u16;
    column.codes().iter().map(|&code| if code == NULL_CODE { null } else { code as u16 }).collect()
}

fn is_dummy(lot_id: &str) -> bool {
    lot_id.as_bytes().windows(5).any(|window| window.eq_ignore_ascii_case(b"DUMMY"))
}

impl LotIndex {
    pub(super) fn build(frame: &Frame) -> Self {
        let groups = frame.text("WORKCENTER_GROUP");
        let (group, package) = (dense(groups), dense(frame.text("PACKAGE_LEF")));
        let (kind, reason) = (dense(frame.text("PJ_TYPE")), dense(frame.text("HOLDREASONNAME")));
        let class = classes(frame);
        let sequence = frame.int("WORKCENTERSEQUENCE_GROUP");
        let (no_group, no_package) =
            (groups.cardinality() as u16, frame.text("PACKAGE_LEF").cardinality() as u16);
        let no_reason = frame.text("HOLDREASONNAME").cardinality() as u16;
        let lot_ids = frame.key();
        let rows = frame.len();

        let mut group_sequence: Vec<Option<i32>> = vec![None; usize::from(no_group)];
        let mut rows_by_group = vec![Vec::new(); usize::from(no_group) + 1];
        let mut held_by_reason = vec![Vec::new(); usize::from(no_reason) + 1];
        // (key of the cell, row): sorting brings the rows of a cell together.
        let mut keyed: Vec<(u128, u32)> = Vec::with_capacity(rows);
        for row in 0..rows {
            if let Some(lowest) = group_sequence.get_mut(usize::from(group[row]))
                && sequence.is_valid(row)
            {
                let value = sequence.value(row);
                *lowest = Some(lowest.map_or(value, |low: i32| low.min(value)));
            }
            rows_by_group[usize::from(group[row])].push(row as u32);
            if class::is_hold(class[row]) {
                held_by_reason[usize::from(reason[row])].push(row as u32);
            }
            let dummy = lot_ids.is_valid(row) && is_dummy(lot_ids.value(row));
            let in_matrix =
                group[row] != no_group && package[row] != no_package && sequence.is_valid(row);
            // A reason counts only on hold; elsewhere it would split cells for nothing.
            let reason = if class::is_hold(class[row]) { reason[row] } else { no_reason };
            let key = u128::from(dummy) << 80
                | u128::from(in_matrix) << 72
                | u128::from(group[row]) << 56
                | u128::from(package[row]) << 40
                | u128::from(kind[row]) << 24
                | u128::from(class[row]) << 16
                | u128::from(reason);
            keyed.push((key, row as u32));
        }
        keyed.sort_unstable();

        let mut index = Self {
            cells: Cells::default(),
            totals: CellTotals::default(),
            cell_of_row: vec![0; rows],
            rows_by_group,
            held_by_reason,
            group_sequence,
        };
        let qty = frame.int("QTY");
        let mut last = None;
        for (key, row) in keyed {
            if last != Some(key) {
                last = Some(key);
                index.cells.push(key);
                index.totals.lots.push(0);
                index.totals.qty.push(0);
            }
            let cell = index.totals.lots.len() as u32 - 1;
            index.cell_of_row[row as usize] = cell;
            index.totals.add(cell, qty.value(row as usize));
        }
        index
    }

    /// Rows of a group, ascending.
    pub(super) fn rows_of_group(&self, code: u32) -> &[u32] {
        self.rows_by_group.get(code as usize).map_or(&[], Vec::as_slice)
    }

    /// Held rows of a reason, ascending.
    pub(super) fn held_rows(&self, code: u32) -> &[u32] {
        self.held_by_reason.get(code as usize).map_or(&[], Vec::as_slice)
    }

    /// Status class of a row.
    pub(super) fn class_of(&self, row: u32) -> u8 {
        self.cells.class[self.cell_of_row[row as usize] as usize]
    }

    /// Whether a row is a dummy lot.
    pub(super) fn is_dummy(&self, row: u32) -> bool {
        self.cells.dummy[self.cell_of_row[row as usize] as usize]
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let lists =
            self.rows_by_group.iter().chain(&self.held_by_reason).map(|rows| rows.len() * 4);
        self.totals.lots.len() * 23 + self.cell_of_row.len() * 4 + lists.sum::<usize>()
    }
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.class.len()
    }

    fn push(&mut self, key: u128) {
        self.dummy.push(key >> 80 & 1 == 1);
        self.in_matrix.push(key >> 72 & 1 == 1);
        self.group.push((key >> 56) as u16);
        self.package.push((key >> 40) as u16);
        self.kind.push((key >> 24) as u16);
        self.class.push((key >> 16) as u8);
        self.reason.push(key as u16);
    }
}

fn classes(frame: &Frame) -> Vec<u8> {
    let status = frame.text("WIPSTATUS");
    let hold = frame.text("HOLDTYPE");
    let run = status.find("RUN");
    let held = status.find("HOLD");
    let non_quality = hold.find("non-quality");
    status
        .codes()
        .iter()
        .zip(hold.codes())
        .map(|(&status, &hold)| {
            if Some(status) == run {
                class::RUN
            } else if Some(status) != held {
                class::QUEUE
            } else if Some(hold) == non_quality {
                class::NON_QUALITY_HOLD
            } else {
                class::QUALITY_HOLD
            }
        })
        .collect()
}
