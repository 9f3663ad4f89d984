//! What is computed once per version so that an interaction is one dense pass.
//!
//! Lots that agree in everything a filter or a list distinguishes fall into one *cell* of a sparse
//! cube. Cells of one workcenter group and package are adjacent and form a *run*, so that a pass
//! decides those two dimensions once per run and adds up in registers. Filters on the cube's
//! dimensions never touch a lot; text filters select lots and recount the cells. Either way the
//! kernel sees cells only.

use std::ops::Range;

use arrow_array::{Array, StringArray};

use super::scan::Scanner;
use crate::table::{Frame, NULL_CODE, TextColumn};

/// Status class of a lot: status and hold type in one code.
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

/// One of the cube's dimensions that a search leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Package,
    Type,
}

/// Code of everything that a lot's state is: class, reason when on hold, and
/// whether the lot has an id (only such lots count as held).
///
/// A reason counts only on hold; elsewhere it would split cells for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub class: u8,
    /// Code of the reason, `reasons` for none.
    pub reason: u32,
    pub named: bool,
}

impl State {
    fn code(self, reasons: u32) -> u32 {
        let held = u32::from(self.class.saturating_sub(class::QUALITY_HOLD));
        let flat = match self.class {
            class::QUALITY_HOLD.. => 2 + held * (reasons + 1) + self.reason,
            other => u32::from(other),
        };
        flat * 2 + u32::from(self.named)
    }

    fn of(code: u32, reasons: u32) -> Self {
        let (flat, named) = (code / 2, code % 2 == 1);
        match flat.checked_sub(2) {
            None => Self { class: flat as u8, reason: reasons, named },
            Some(held) => Self {
                class: class::QUALITY_HOLD + (held / (reasons + 1)) as u8,
                reason: held % (reasons + 1),
                named,
            },
        }
    }

    fn count(reasons: u32) -> usize {
        (2 + 2 * (reasons as usize + 1)) * 2
    }
}

/// Neighbouring cells of one group and package.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Code of the group, the number of groups for none.
    pub group: u32,
    /// Code of the package, the number of packages for none.
    pub package: u32,
    /// Whether the lots have their group's sequence.
    pub sequenced: bool,
    /// Whether these are dummy lots.
    pub dummy: bool,
    /// Place among `matrix_cells`; `None` for lots that no matrix shows.
    pub matrix_cell: Option<u32>,
    pub cells: Range<usize>,
    /// Lots and pieces by status class, for filters on nothing finer.
    pub by_class: CellTotals,
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
    /// By dummy flag, sequenced flag, group and package.
    pub runs: Vec<Run>,
    /// Per cell: code of the type, the number of types for none.
    pub kind: Vec<u32>,
    /// Per cell: code of the state, see `states`.
    pub state: Vec<u32>,
    pub totals: CellTotals,
    /// Group and package of each cell of the matrix that has lots, ascending.
    pub matrix_cells: Vec<(u32, u32)>,
    /// What each state code stands for.
    pub states: Vec<State>,
    pub cell_of_row: Vec<u32>,
    /// Cells from here on are those of dummy lots.
    first_dummy: u32,
    /// Rows by group, those without one last; ascending inside a group.
    rows_by_group: Posting,
    /// Held rows by reason, those without one last; ascending inside a reason.
    held_by_reason: Posting,
    /// Lowest sequence of each group by code.
    pub group_sequence: Vec<Option<i32>>,
}

/// Rows by code.
#[derive(Clone, Debug)]
struct Posting {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Posting {
    /// Counting sort of rows by code, which keeps their order inside a code.
    fn build(codes: usize, cells: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; codes + 1];
        for (code, _) in cells.clone() {
            starts[code as usize + 1] += 1;
        }
        for code in 0..codes {
            starts[code + 1] += starts[code];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[codes] as usize];
        for (code, row) in cells {
            let slot = &mut next[code as usize];
            rows[*slot as usize] = row;
            *slot += 1;
        }
        Self { starts, rows }
    }

    fn range(&self, code: u32) -> Range<usize> {
        let code = code as usize;
        match (self.starts.get(code), self.starts.get(code + 1)) {
            (Some(start), Some(end)) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    fn memory_bytes(&self) -> usize {
        (self.starts.len() + self.rows.len()) * 4
    }
}

/// The code of each row, NULL as the code after the last.
fn dense(column: &TextColumn) -> impl Iterator<Item = u32> + Clone {
    let null = column.cardinality() as u32;
    column.codes().iter().map(move |&code| if code == NULL_CODE { null } else { code })
}

/// Counting takes time and memory for every run that there could be: not for more than these.
const MOST_COUNTED: u64 = 4_000_000;

/// Rows by run, in the table's order inside of a run; of `possible` runs.
fn by_run(run_of: &[u64], possible: u64) -> Vec<u32> {
    if possible <= MOST_COUNTED {
        let rows = (0..).zip(run_of).map(|(row, run)| (*run as u32, row));
        return Posting::build(possible as usize, rows).rows;
    }
    let mut rows: Vec<u32> = (0..run_of.len() as u32).collect();
    rows.sort_by_key(|row| run_of[*row as usize]);
    rows
}

fn dummies(lot_ids: &StringArray) -> Vec<bool> {
    let mut dummy = vec![false; lot_ids.len()];
    Scanner::new("dummy").matches(lot_ids, |row| dummy[row as usize] = true);
    dummy
}

impl LotIndex {
    pub(super) fn build(frame: &Frame) -> Self {
        let (groups, packages) = (frame.text("WORKCENTER_GROUP"), frame.text("PACKAGE_LEF"));
        let (types, reasons) = (frame.text("PJ_TYPE"), frame.text("HOLDREASONNAME"));
        let sequence = frame.int("WORKCENTERSEQUENCE_GROUP");
        let lot_ids = frame.key();
        let dummy = dummies(lot_ids);
        let classes = classes(frame);
        let no_reason = reasons.cardinality() as u32;
        let states: Vec<State> =
            (0..State::count(no_reason) as u32).map(|code| State::of(code, no_reason)).collect();

        // The run of each row, as if every combination were populated.
        let (height, width) = (groups.cardinality() as u64 + 1, packages.cardinality() as u64 + 1);
        let run_of: Vec<u64> = dense(groups)
            .zip(dense(packages))
            .zip(&dummy)
            .enumerate()
            .map(|(row, ((group, package), dummy))| {
                let flags = u64::from(*dummy) * 2 + u64::from(sequence.is_valid(row));
                (flags * height + u64::from(group)) * width + u64::from(package)
            })
            .collect();
        let by_run = by_run(&run_of, 4 * height * width);

        // The inner key of each row: type, then state.
        let inner: Vec<u64> = dense(types)
            .zip(dense(reasons).zip(&classes))
            .enumerate()
            .map(|(row, (kind, (reason, &class)))| {
                let reason = if class::is_hold(class) { reason } else { no_reason };
                let state = State { class, reason, named: lot_ids.is_valid(row) };
                u64::from(kind) << 32 | u64::from(state.code(no_reason))
            })
            .collect();

        let mut index = Self {
            runs: Vec::new(),
            kind: Vec::new(),
            state: Vec::new(),
            totals: CellTotals::default(),
            matrix_cells: Vec::new(),
            states,
            cell_of_row: vec![0; frame.len()],
            first_dummy: 0,
            rows_by_group: Posting::build(height as usize, dense(groups).zip(0..)),
            held_by_reason: Posting::build(
                reasons.cardinality() + 1,
                dense(reasons)
                    .zip(0..)
                    .zip(&classes)
                    .filter(|(_, class)| class::is_hold(**class))
                    .map(|(held, _)| held),
            ),
            group_sequence: lowest_sequences(frame),
        };
        let qty = frame.int("QTY").values();
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for rows in by_run.chunk_by(|a, b| run_of[*a as usize] == run_of[*b as usize]) {
            let run = run_of[rows[0] as usize];
            keyed.clear();
            keyed.extend(rows.iter().map(|&row| (inner[row as usize], row)));
            keyed.sort_unstable();
            let first = index.kind.len();
            let mut last = None;
            let mut by_class = CellTotals::zero(class::COUNT);
            for &(key, row) in &keyed {
                if last != Some(key) {
                    last = Some(key);
                    index.kind.push((key >> 32) as u32);
                    index.state.push(key as u32);
                    index.totals.lots.push(0);
                    index.totals.qty.push(0);
                }
                let cell = index.kind.len() as u32 - 1;
                index.cell_of_row[row as usize] = cell;
                index.totals.add(cell, qty[row as usize]);
                by_class.add(u32::from(classes[row as usize]), qty[row as usize]);
            }
            let flags = run / (height * width);
            index.runs.push(Run {
                group: (run / width % height) as u32,
                package: (run % width) as u32,
                sequenced: flags & 1 == 1,
                dummy: flags & 2 == 2,
                matrix_cell: None,
                cells: first..index.kind.len(),
                by_class,
            });
        }
        let (no_group, no_package) = (height as u32 - 1, width as u32 - 1);
        let is_shown =
            |run: &Run| run.sequenced && run.group != no_group && run.package != no_package;
        let shown = index.runs.iter().filter(|run| is_shown(run));
        index.matrix_cells = shown.map(|run| (run.group, run.package)).collect();
        index.matrix_cells.sort_unstable();
        index.matrix_cells.dedup();
        for run in index.runs.iter_mut().filter(|run| is_shown(run)) {
            let place = index.matrix_cells.binary_search(&(run.group, run.package));
            run.matrix_cell = place.ok().map(|place| place as u32);
        }
        let dummies = index.runs.partition_point(|run| !run.dummy);
        index.first_dummy =
            index.runs.get(dummies).map_or(index.kind.len(), |run| run.cells.start) as u32;
        index
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.kind.len()
    }

    /// Rows of a group, ascending.
    pub(super) fn rows_of_group(&self, code: u32) -> &[u32] {
        &self.rows_by_group.rows[self.rows_by_group.range(code)]
    }

    /// Held rows of a reason, ascending.
    pub(super) fn held_rows(&self, code: u32) -> &[u32] {
        &self.held_by_reason.rows[self.held_by_reason.range(code)]
    }

    /// Status class of a row.
    pub(super) fn class_of(&self, row: u32) -> u8 {
        let cell = self.cell_of_row[row as usize] as usize;
        self.states[self.state[cell] as usize].class
    }

    /// Whether a row is a dummy lot.
    pub(super) fn is_dummy(&self, row: u32) -> bool {
        self.cell_of_row[row as usize] >= self.first_dummy
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.runs.len() * (size_of::<Run>() + class::COUNT * (4 + 8))
            + self.cells() * (4 + 4 + 4 + 8)
            + self.cell_of_row.len() * 4
            + self.matrix_cells.len() * 8
            + self.states.len() * size_of::<State>()
            + self.rows_by_group.memory_bytes()
            + self.held_by_reason.memory_bytes()
            + self.group_sequence.len() * size_of::<Option<i32>>()
    }
}

fn lowest_sequences(frame: &Frame) -> Vec<Option<i32>> {
    let groups = frame.text("WORKCENTER_GROUP");
    let sequence = frame.int("WORKCENTERSEQUENCE_GROUP");
    let mut lowest: Vec<Option<i32>> = vec![None; groups.cardinality()];
    for (row, &group) in groups.codes().iter().enumerate() {
        if let Some(lowest) = lowest.get_mut(group as usize)
            && sequence.is_valid(row)
        {
            let value = sequence.value(row);
            *lowest = Some(lowest.map_or(value, |low| low.min(value)));
        }
    }
    lowest
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

#[cfg(test)]
mod tests {
    use super::{State, class};

    #[test]
    fn every_state_has_its_own_code() {
        for reasons in [0, 1, 7] {
            for code in 0..State::count(reasons) as u32 {
                let state = State::of(code, reasons);
                assert!(state.reason <= reasons && usize::from(state.class) < class::COUNT);
                assert_eq!(state.code(reasons), code);
            }
        }
    }
}
