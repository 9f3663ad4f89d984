//! The table joined with the equipment master, and the single pass over it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::Array;

use super::table::HistoryTable;
use super::tally::Tally;
use crate::calendar::{Day, Granularity};
use crate::equipment::{EquipmentFilter, EquipmentView};
use crate::order;

/// Hours of a range of days with one version of the machines. Hours of machines that the master
/// does not have are left out.
#[derive(Clone, Debug)]
pub struct HistoryView {
    pub(super) table: Arc<HistoryTable>,
    pub(super) equipment: Arc<EquipmentView>,
    /// Row in the master of each machine of the table.
    pub(super) master_rows: Vec<u32>,
    /// Where a master row is counted: under its group, or its own name.
    pub(super) groups: Workcenters,
    /// Where a master row is counted when workcenters stand for themselves.
    pub(super) workcenters: Workcenters,
    /// Where each machine of the table stands in lists, once a list was asked for.
    pub(super) in_lists: OnceLock<Vec<u32>>,
}

/// Places that machines are counted at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workcenters {
    /// Name and sequence, by sequence, then name.
    pub names: Vec<(String, i32)>,
    /// Place of each master row.
    pub of_row: Vec<u32>,
}

impl Workcenters {
    /// `named` gives each master row its name and sequence; of several sequences of one name the
    /// lowest counts.
    pub(crate) fn of(named: &[(&str, i32)]) -> Self {
        let mut names: Vec<(&str, i32)> = named.to_vec();
        order::sort_by_key(&mut names, |(name, sequence)| (*name, *sequence));
        names.dedup_by_key(|(name, _)| *name);
        order::sort_by_key(&mut names, |(name, sequence)| (*sequence, *name));
        let mut places: Vec<u32> = (0..names.len() as u32).collect();
        order::sort_by_key(&mut places, |place| names[*place as usize].0);
        let place_of =
            |name: &str| places[places.partition_point(|place| names[*place as usize].0 < name)];
        Self {
            of_row: named.iter().map(|(name, _)| place_of(name)).collect(),
            names: names.into_iter().map(|(name, sequence)| (name.to_owned(), sequence)).collect(),
        }
    }
}

/// Which days of the table, and how they are put together.
pub(super) struct Periods {
    pub granularity: Granularity,
    pub days: Range<Day>,
    /// First day of each period, ascending.
    pub begins: Vec<Day>,
    /// Period of each day of `days`.
    of_day: Vec<u16>,
}

impl Periods {
    fn of(&self, day: Day) -> usize {
        usize::from(self.of_day[self.days.start.days_until(day) as usize])
    }
}

/// Sums of one pass.
pub(super) struct Sums {
    /// By workcenter and period, workcenter by workcenter.
    pub cells: Vec<Tally>,
    /// By period; counts its machines.
    pub periods: Vec<Tally>,
    /// By workcenter; counts its machines.
    pub workcenters: Vec<Tally>,
}

impl HistoryView {
    /// Joins hours with the machines.
    pub fn join(table: Arc<HistoryTable>, equipment: Arc<EquipmentView>) -> Self {
        let ids = (0..table.machines.len()).map(|machine| table.machines.value(machine));
        let master_rows = equipment.rows_of(ids);
        let under = equipment.counted_under();
        let own = under.iter().enumerate();
        let own: Vec<(&str, i32)> =
            own.map(|(row, (_, sequence))| (equipment.workcenter(row), *sequence)).collect();
        let workcenters = Workcenters::of(&own);
        let groups = Workcenters::of(&under);
        let in_lists = OnceLock::new();
        Self { table, equipment, master_rows, groups, workcenters, in_lists }
    }

    /// The machines that were joined.
    pub fn equipment(&self) -> &Arc<EquipmentView> {
        &self.equipment
    }

    /// The hours that were joined.
    pub fn table(&self) -> &Arc<HistoryTable> {
        &self.table
    }

    /// Days of the table that lie in the range asked for; a date that can't be read bounds nothing.
    pub(super) fn periods(
        &self,
        granularity: Granularity,
        start_date: Option<&str>,
        end_date: Option<&str>,
    ) -> Periods {
        let bound = |text: Option<&str>| text.and_then(Day::parse);
        let (first, last) = self.table.range();
        let first = bound(start_date).map_or(first, |day| day.max(first));
        let last = bound(end_date).map_or(last, |day| day.min(last));
        let mut begins: Vec<Day> = Vec::new();
        let of_day = (first.0..=last.0)
            .map(|day| {
                let begin = granularity.begin(Day(day));
                if begins.last() != Some(&begin) {
                    begins.push(begin);
                }
                begins.len() as u16 - 1
            })
            .collect();
        Periods { granularity, days: first..Day(last.0 + 1), begins, of_day }
    }

    /// Machines of the filter with their rows on those days: `(machine of the table, master row,
    /// rows)`, by RESOURCEID; machines without a row are left out.
    pub(super) fn selected<'a>(
        &'a self,
        filter: &EquipmentFilter,
        days: &'a Range<Day>,
    ) -> impl Iterator<Item = (usize, usize, Range<usize>)> + use<'a> {
        let mut wanted = vec![false; self.equipment.len()];
        for row in self.equipment.select(filter) {
            wanted[row as usize] = true;
        }
        self.table.rows_by_machine().filter_map(move |(machine, rows)| {
            let row = self.master_rows[machine] as usize;
            if !wanted.get(row).copied().unwrap_or(false) {
                return None;
            }
            let of_machine = &self.table.days[rows.clone()];
            let before = of_machine.partition_point(|day| *day < days.start);
            let within = of_machine[before..].partition_point(|day| *day < days.end);
            let rows = rows.start + before..rows.start + before + within;
            (!rows.is_empty()).then_some((machine, row, rows))
        })
    }

    /// Adds everything up in one pass.
    pub(super) fn sums(
        &self,
        filter: &EquipmentFilter,
        periods: &Periods,
        places: &Workcenters,
    ) -> Sums {
        let count = periods.begins.len();
        let mut cells = vec![Tally::default(); places.names.len() * count];
        let mut by_period = vec![Tally::default(); count];
        let mut by_workcenter = vec![Tally::default(); places.names.len()];
        for (_, row, rows) in self.selected(filter, &periods.days) {
            let place = places.of_row[row] as usize;
            by_workcenter[place].machines += 1;
            let cells = &mut cells[place * count..][..count];
            let mut last = usize::MAX;
            for (day, hours) in self.table.days[rows.clone()].iter().zip(&self.table.hours[rows]) {
                let period = periods.of(*day);
                cells[period].add(hours);
                // Days of a machine ascend, so that each period is entered once.
                let is_new = u32::from(period != last);
                cells[period].machines += is_new;
                by_period[period].machines += is_new;
                last = period;
            }
        }
        for (place, of_place) in by_workcenter.iter_mut().enumerate() {
            for (period, cell) in cells[place * count..][..count].iter().enumerate() {
                let hours = Tally { machines: 0, ..*cell };
                of_place.merge(&hours);
                by_period[period].merge(&hours);
            }
        }
        Sums { cells, periods: by_period, workcenters: by_workcenter }
    }
}
