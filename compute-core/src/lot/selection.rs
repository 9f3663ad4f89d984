//! A filter, compiled for one table: which filters each cell and row fails.

use super::filter::{HoldType, LotFilter, TEXT_FILTERS, WipStatus};
use super::index::{CellTotals, Dimension, Run, class};
use super::scan::matches;
use super::table::LotTable;
use crate::table::{Dataset, NULL_CODE, TextColumn};

/// Which filters something fails, one bit each.
pub(super) mod fails {
    pub const GROUP: u16 = 1;
    pub const PACKAGE: u16 = 1 << 1;
    pub const TYPE: u16 = 1 << 2;
    pub const STATUS: u16 = 1 << 3;
    /// Has the status that is asked for, and another hold type.
    pub const HOLD_TYPE: u16 = 1 << 4;
    pub const REASON: u16 = 1 << 5;
    pub const DUMMY: u16 = 1 << 6;

    const FIRST_TEXT: u32 = 7;
    const _: () = assert!(super::TEXT_FILTERS.len() as u32 <= u16::BITS - FIRST_TEXT);

    /// The bit of the text filter with this index.
    pub const fn text(index: usize) -> u16 {
        1 << (FIRST_TEXT + index as u32)
    }
}

/// A filter as tables by code, so that a pass only looks up.
pub(super) struct Selection {
    pub(super) group: Vec<u16>,
    pub(super) package: Vec<u16>,
    pub(super) kind: Vec<u16>,
    pub(super) state: Vec<u16>,
    dummy: u16,
    /// Which status classes pass, when nothing finer is asked of a lot's type and state.
    classes: Option<[bool; class::COUNT]>,
    texts: Option<Texts>,
}

/// What each row fails of the text filters.
struct Texts {
    fails: Vec<u16>,
}

impl Selection {
    pub(super) fn new(table: &LotTable, filter: &LotFilter) -> Self {
        let frame = table.frame();
        let reason = filter.reason.as_deref().filter(|reason| !reason.is_empty());
        let reason = reason.map(|name| frame.text("HOLDREASONNAME").find(name));
        let coarse = filter.types.is_empty() && reason.is_none();
        let state = table
            .index
            .states
            .iter()
            .map(|state| {
                let other = reason.is_some_and(|wanted| wanted != Some(state.reason));
                status(filter, state.class) | if other { fails::REASON } else { 0 }
            })
            .collect();
        Self {
            group: failing(frame.text("WORKCENTER_GROUP"), &filter.workcenters, fails::GROUP),
            package: failing(frame.text("PACKAGE_LEF"), &filter.packages, fails::PACKAGE),
            kind: failing(frame.text("PJ_TYPE"), &filter.types, fails::TYPE),
            state,
            dummy: if filter.include_dummy { 0 } else { fails::DUMMY },
            classes: coarse.then(|| [0, 1, 2, 3].map(|class| status(filter, class) == 0)),
            texts: Texts::new(table, filter),
        }
    }

    /// What the lots of a run fail by their group, package and dummy flag.
    pub(super) fn run(&self, run: &Run) -> u16 {
        self.group[run.group as usize]
            | self.package[run.package as usize]
            | if run.dummy { self.dummy } else { 0 }
    }

    /// Lots and pieces of a run that pass by type and state; `None` when its cells have to be
    /// checked.
    pub(super) fn passing(&self, run: &Run) -> Option<(u32, i64)> {
        let wanted = self.classes.filter(|_| self.texts.is_none())?;
        let totals = run.by_class.lots.iter().zip(&run.by_class.qty).zip(wanted);
        let passing = totals.filter(|(_, wanted)| *wanted);
        Some(passing.fold((0, 0), |(lots, qty), ((more, pieces), _)| (lots + more, qty + pieces)))
    }

    /// What lots of a type fail.
    pub(super) fn kind(&self, code: u32) -> u16 {
        self.kind[code as usize]
    }

    /// What lots in a state fail.
    pub(super) fn state(&self, code: u32) -> u16 {
        self.state[code as usize]
    }

    /// Cell totals of the rows that the text filters leave; `None` without text filters.
    pub(super) fn recount(&self, table: &LotTable) -> Option<CellTotals> {
        let texts = self.texts.as_ref()?;
        let mut totals = CellTotals::zero(table.index.cells());
        let qty = table.frame().int("QTY").values();
        let rows = texts.fails.iter().zip(&table.index.cell_of_row).zip(qty);
        for ((fails, &cell), &qty) in rows {
            if *fails == 0 {
                totals.add(cell, qty);
            }
        }
        Some(totals)
    }

    /// Lots that fail nothing but the text filter of this bit.
    pub(super) fn removed_by_text(&self, table: &LotTable, bit: u16) -> u32 {
        let Some(texts) = &self.texts else { return 0 };
        let cells = self.cells(table);
        let rows = texts.fails.iter().zip(&table.index.cell_of_row);
        rows.map(|(&fails, &cell)| u32::from(fails == bit && cells[cell as usize] == 0)).sum()
    }

    /// The filters that each cell fails, without text filters, which do not apply to cells.
    pub(super) fn cells(&self, table: &LotTable) -> Vec<u16> {
        let index = &table.index;
        let mut cells = Vec::with_capacity(index.cells());
        for run in &index.runs {
            let outer = self.run(run);
            let inner = index.kind[run.cells.clone()].iter().zip(&index.state[run.cells.clone()]);
            cells.extend(inner.map(|(&kind, &state)| outer | self.kind(kind) | self.state(state)));
        }
        cells
    }

    /// What each row fails, as a function of the row.
    pub(super) fn rows<'a>(&'a self, table: &'a LotTable) -> impl Fn(u32) -> u16 + 'a {
        let cells = self.cells(table);
        let cell_of_row = &table.index.cell_of_row;
        move |row| {
            let row = row as usize;
            let text = self.texts.as_ref().map_or(0, |texts| texts.fails[row]);
            cells[cell_of_row[row] as usize] | text
        }
    }
}

/// The bit of the filter on a dimension.
pub(super) fn bit_of(dimension: Dimension) -> u16 {
    match dimension {
        Dimension::Package => fails::PACKAGE,
        Dimension::Type => fails::TYPE,
    }
}

fn status(filter: &LotFilter, class: u8) -> u16 {
    let wanted = match filter.status {
        None => true,
        Some(WipStatus::Run) => class == class::RUN,
        Some(WipStatus::Queue) => class == class::QUEUE,
        Some(WipStatus::Hold) => class::is_hold(class),
    };
    // The hold type counts only together with status HOLD.
    let side = match (filter.status, filter.hold_type) {
        (Some(WipStatus::Hold), Some(HoldType::Quality)) => Some(class::QUALITY_HOLD),
        (Some(WipStatus::Hold), Some(HoldType::NonQuality)) => Some(class::NON_QUALITY_HOLD),
        _ => None,
    };
    match (wanted, side) {
        (false, _) => fails::STATUS,
        (true, Some(side)) if side != class => fails::HOLD_TYPE,
        (true, _) => 0,
    }
}

/// Bits by code: 0 where the value is wanted, `bit` elsewhere; NULL is the last code.
pub(super) fn failing(column: &TextColumn, wanted: &[String], bit: u16) -> Vec<u16> {
    if wanted.is_empty() {
        return vec![0; column.cardinality() + 1];
    }
    let mut table = vec![bit; column.cardinality() + 1];
    for code in wanted.iter().filter_map(|name| column.find(name)) {
        table[code as usize] = 0;
    }
    table
}

impl Texts {
    /// `None` without text filters.
    fn new(table: &LotTable, filter: &LotFilter) -> Option<Self> {
        let mut fails: Option<Vec<u16>> = None;
        for (index, text) in TEXT_FILTERS.iter().enumerate() {
            let Some(pattern) = text.wanted(filter) else { continue };
            let bit = fails::text(index);
            let rows = fails.get_or_insert_with(|| vec![0; table.len()]);
            if text.column == Dataset::Wip.key() {
                rows.iter_mut().for_each(|fails| *fails |= bit);
                matches(&pattern, table.frame().key(), |row| rows[row as usize] &= !bit);
                continue;
            }
            let column = table.frame().text(text.column);
            let mut wanted = vec![false; column.cardinality()];
            matches(&pattern, column.values(), |code| wanted[code as usize] = true);
            for (fails, &code) in rows.iter_mut().zip(column.codes()) {
                if code == NULL_CODE || !wanted[code as usize] {
                    *fails |= bit;
                }
            }
        }
        fails.map(|fails| Self { fails })
    }
}
