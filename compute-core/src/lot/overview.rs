//! The dense pass behind summary, matrix, holds, Pareto and facets.

use arrow_array::{Array, StringArray};

use super::filter::{HoldType, LotFilter, Needle, WipStatus};
use super::index::{CellTotals, Dimension, class};
use super::table::LotTable;
use crate::table::TextColumn;

/// Lots and pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of lots.
    pub lots: u32,
    /// Pieces.
    pub qty: i64,
}

impl Tally {
    fn add(&mut self, lots: u32, qty: i64) {
        self.lots += lots;
        self.qty += qty;
    }
}

/// One facet: a tally per dictionary code of its column.
pub type FacetCounts = Vec<Tally>;

/// Everything that one change of the filter needs, by dictionary code.
///
/// Codes are those of the table's dictionaries: groups of `WORKCENTER_GROUP`,
/// packages of `PACKAGE_LEF`, types of `PJ_TYPE`, reasons of `HOLDREASONNAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Run, queue, quality hold, non-quality hold; ignores status, hold type and reason.
    pub summary: [Tally; class::COUNT],
    /// Group × package, row major, lots without group, package or sequence left out.
    pub matrix: Vec<Tally>,
    /// Number of packages: the width of `matrix`.
    pub packages: usize,
    /// Quality and non-quality tallies per reason; ignores status, hold type and reason.
    pub holds: Vec<[Tally; 2]>,
    /// Per group, under all filters but that on groups.
    pub groups_facet: FacetCounts,
    /// Per package, under all filters but that on packages.
    pub packages_facet: FacetCounts,
    /// Per type, under all filters but that on types.
    pub types_facet: FacetCounts,
}

/// Which filters a cell fails, one bit each.
mod fails {
    pub const GROUP: u8 = 1;
    pub const PACKAGE: u8 = 2;
    pub const TYPE: u8 = 4;
    pub const STATUS: u8 = 8;
    pub const REASON: u8 = 16;
}

/// A filter as tables by code, so that the pass only looks up.
pub(super) struct Compiled {
    group: Vec<u8>,
    package: Vec<u8>,
    kind: Vec<u8>,
    reason: Vec<u8>,
    class: [u8; class::COUNT],
    include_dummy: bool,
}

/// Bits by code: 0 where the value is wanted, `bit` elsewhere; NULL is the last code.
fn failing(column: &TextColumn, wanted: &[String], bit: u8) -> Vec<u8> {
    if wanted.is_empty() {
        return vec![0; column.cardinality() + 1];
    }
    let mut table = vec![bit; column.cardinality() + 1];
    for code in wanted.iter().filter_map(|name| column.find(name)) {
        table[code as usize] = 0;
    }
    table
}

impl Compiled {
    pub(super) fn new(table: &LotTable, filter: &LotFilter) -> Self {
        let frame = table.frame();
        let wanted = |class: u8| match (filter.status, filter.hold_type) {
            (None, _) => true,
            (Some(WipStatus::Run), _) => class == class::RUN,
            (Some(WipStatus::Queue), _) => class == class::QUEUE,
            (Some(WipStatus::Hold), None) => class::is_hold(class),
            (Some(WipStatus::Hold), Some(HoldType::Quality)) => class == class::QUALITY_HOLD,
            (Some(WipStatus::Hold), Some(HoldType::NonQuality)) => class == class::NON_QUALITY_HOLD,
        };
        let mut classes = [0; class::COUNT];
        for (class, bits) in classes.iter_mut().enumerate() {
            *bits = if wanted(class as u8) { 0 } else { fails::STATUS };
        }
        Self {
            group: failing(frame.text("WORKCENTER_GROUP"), &filter.workcenters, fails::GROUP),
            package: failing(frame.text("PACKAGE_LEF"), &filter.packages, fails::PACKAGE),
            kind: failing(frame.text("PJ_TYPE"), &filter.types, fails::TYPE),
            reason: failing(frame.text("HOLDREASONNAME"), filter.reason.as_slice(), fails::REASON),
            class: classes,
            include_dummy: filter.include_dummy,
        }
    }

    fn bits(&self, table: &LotTable, cell: usize) -> u8 {
        let cells = &table.index.cells;
        self.group[usize::from(cells.group[cell])]
            | self.package[usize::from(cells.package[cell])]
            | self.kind[usize::from(cells.kind[cell])]
            | self.reason[usize::from(cells.reason[cell])]
            | self.class[usize::from(cells.class[cell])]
    }
}

impl LotTable {
    /// Summary, matrix, holds and facets of the filtered lots in one pass.
    pub fn overview(&self, filter: &LotFilter) -> Overview {
        let compiled = Compiled::new(self, filter);
        match self.recount(filter) {
            None => self.pass(&compiled, &self.index.totals),
            Some(totals) => self.pass(&compiled, &totals),
        }
    }

    fn pass(&self, compiled: &Compiled, totals: &CellTotals) -> Overview {
        let size = |column: &'static str| self.frame().text(column).cardinality() + 1;
        let (groups, packages) = (size("WORKCENTER_GROUP"), size("PACKAGE_LEF"));
        let mut out = Overview {
            summary: [Tally::default(); class::COUNT],
            matrix: vec![Tally::default(); groups * packages],
            packages,
            holds: vec![[Tally::default(); 2]; size("HOLDREASONNAME")],
            groups_facet: vec![Tally::default(); groups],
            packages_facet: vec![Tally::default(); packages],
            types_facet: vec![Tally::default(); size("PJ_TYPE")],
        };
        let cells = &self.index.cells;
        for cell in 0..cells.len() {
            let lots = totals.lots[cell];
            if lots == 0 || (cells.dummy[cell] && !compiled.include_dummy) {
                continue;
            }
            let qty = totals.qty[cell];
            let bits = compiled.bits(self, cell);
            let class = cells.class[cell];
            let (group, package) =
                (usize::from(cells.group[cell]), usize::from(cells.package[cell]));
            if bits & !(fails::STATUS | fails::REASON) == 0 {
                out.summary[usize::from(class)].add(lots, qty);
                if class::is_hold(class) {
                    let side = usize::from(class - class::QUALITY_HOLD);
                    out.holds[usize::from(cells.reason[cell])][side].add(lots, qty);
                }
            }
            if bits == 0 {
                out.groups_facet[group].add(lots, qty);
                out.packages_facet[package].add(lots, qty);
                out.types_facet[usize::from(cells.kind[cell])].add(lots, qty);
                if cells.in_matrix[cell] {
                    out.matrix[group * packages + package].add(lots, qty);
                }
            } else if bits == fails::GROUP {
                out.groups_facet[group].add(lots, qty);
            } else if bits == fails::PACKAGE {
                out.packages_facet[package].add(lots, qty);
            } else if bits == fails::TYPE {
                out.types_facet[usize::from(cells.kind[cell])].add(lots, qty);
            }
        }
        // The last code stands for NULL, which no list shows.
        for facet in [&mut out.groups_facet, &mut out.packages_facet, &mut out.types_facet] {
            facet.pop();
        }
        out.holds.pop();
        out.matrix.truncate((groups - 1) * packages);
        out
    }

    /// Cell totals of the rows that the text filters leave; `None` without text filters.
    fn recount(&self, filter: &LotFilter) -> Option<CellTotals> {
        let texts = Texts::new(self, filter)?;
        let mut totals = CellTotals::zero(self.index.cells.len());
        let qty = self.frame().int("QTY");
        for row in 0..self.len() as u32 {
            if texts.keeps(row) {
                totals.add(self.index.cell_of_row[row as usize], qty.value(row as usize));
            }
        }
        Some(totals)
    }

    /// Rows that pass every filter but those on `except`, ascending.
    pub(super) fn rows(&self, filter: &LotFilter, except: Option<Dimension>) -> Vec<u32> {
        let passes = self.row_filter(filter, except);
        (0..self.len() as u32).filter(|row| passes(*row)).collect()
    }

    /// A test for single rows: every filter but that on `except`.
    pub(super) fn row_filter<'a>(
        &'a self,
        filter: &LotFilter,
        except: Option<Dimension>,
    ) -> impl Fn(u32) -> bool + 'a {
        let compiled = Compiled::new(self, filter);
        let ignored = match except {
            None => 0,
            Some(Dimension::Package) => fails::PACKAGE,
            Some(Dimension::Type) => fails::TYPE,
        };
        let texts = Texts::new(self, filter);
        let cells = &self.index.cells;
        let passing: Vec<bool> = (0..cells.len())
            .map(|cell| {
                (compiled.include_dummy || !cells.dummy[cell])
                    && compiled.bits(self, cell) & !ignored == 0
            })
            .collect();
        move |row| {
            passing[self.index.cell_of_row[row as usize] as usize]
                && texts.as_ref().is_none_or(|texts| texts.keeps(row))
        }
    }
}

/// The text filters: work orders decided once per distinct value, lot ids per row.
struct Texts<'a> {
    workorders: Option<Vec<bool>>,
    codes: &'a [u32],
    lot: Option<Needle>,
    ids: &'a StringArray,
}

impl<'a> Texts<'a> {
    fn new(table: &'a LotTable, filter: &LotFilter) -> Option<Self> {
        let workorder = Needle::new(filter.workorder.as_ref());
        let lot = Needle::new(filter.lotid.as_ref());
        if workorder.is_none() && lot.is_none() {
            return None;
        }
        let column = table.frame().text("WORKORDER");
        let workorders =
            workorder.map(|needle| column.names().map(|name| needle.is_in(name)).collect());
        Some(Self { workorders, codes: column.codes(), lot, ids: table.frame().key() })
    }

    fn keeps(&self, row: u32) -> bool {
        let row = row as usize;
        let wanted =
            |orders: &Vec<bool>| orders.get(self.codes[row] as usize).copied().unwrap_or(false);
        self.workorders.as_ref().is_none_or(wanted)
            && self
                .lot
                .as_ref()
                .is_none_or(|needle| self.ids.is_valid(row) && needle.is_in(self.ids.value(row)))
    }
}
