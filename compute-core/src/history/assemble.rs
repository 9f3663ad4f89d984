//! A range of days put together from tables that hold some of its days each.

use std::collections::BTreeMap;
use std::ops::Range;

use super::table::HistoryTable;
use crate::calendar::Day;

/// Days of a table.
#[derive(Clone, Debug)]
pub struct DaysOf<'t> {
    /// The table that has them.
    pub table: &'t HistoryTable,
    /// The days to take from it.
    pub days: Vec<Day>,
}

impl HistoryTable {
    /// The hours of a range, each day from the one part that names it; equal to the table that is
    /// made from the source rows of all these days at once. Days outside of the range are left out.
    pub fn assembled(first: Day, last: Day, parts: &[DaysOf<'_>]) -> Self {
        let length = usize::try_from(first.days_until(last) + 1).unwrap_or(0);
        let place = |day: Day| usize::try_from(first.days_until(day)).ok();
        let mut machines: BTreeMap<&str, Vec<(usize, Range<usize>)>> = BTreeMap::new();
        let mut wanted: Vec<Vec<bool>> = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            let mut of_part = vec![false; length];
            for day in part.days.iter().filter_map(|day| place(*day)).filter(|at| *at < length) {
                of_part[day] = true;
            }
            wanted.push(of_part);
            for (machine, rows) in part.table.rows_by_machine() {
                machines
                    .entry(part.table.machines.value(machine))
                    .or_default()
                    .push((number, rows));
            }
        }
        let rows = machines.into_iter().flat_map(|(machine, ranges)| {
            let mut rows = Vec::new();
            for (number, range) in ranges {
                let (table, wanted) = (parts[number].table, &wanted[number]);
                let is_wanted =
                    |day: Day| place(day).and_then(|at| wanted.get(at)).copied().unwrap_or(false);
                let taken = range.filter(|row| is_wanted(table.days[*row]));
                rows.extend(taken.map(|row| (machine, table.days[row], table.hours[row])));
            }
            // Parts are mostly in the order of their days, which the sort detects.
            rows.sort_by_key(|(_, day, _)| *day);
            rows
        });
        Self::of(first, last, rows)
    }
}
