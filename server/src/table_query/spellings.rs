//! Conditions and orders that SQL can't decide, evaluated over the distinct spellings of a column.

use std::collections::BTreeMap;

use compute_core::quality::Ledger;

use super::{Direction, Found, RowFilter};
use crate::reading::{ColumnReader, Decided, Raw, Reading, Value};

/// The spellings whose cells fulfil all conditions.
pub(super) fn fulfilling(
    column: &Found,
    spellings: Vec<String>,
    conditions: &[&RowFilter],
    reading: &Reading,
) -> Vec<String> {
    let mut reader = ColumnReader::new(column.contract);
    let shown = |value: Value<'_>| match value {
        Value::Missing | Value::Waiting => None,
        Value::Text(text) => Some(text.into_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
    };
    let mut values: Vec<Option<String>> = spellings
        .iter()
        .map(|cell| shown(reader.read(Raw::Text(cell), reading, 1, None, || None)))
        .collect();
    for Decided { row, value } in reader.finish(&mut Ledger::default()) {
        values[row] = shown(value);
    }
    let holds = |value: &str, condition: &RowFilter| match condition {
        RowFilter::Contains(_, text) => value.to_lowercase().contains(&text.to_lowercase()),
        RowFilter::OneOf(_, texts) => texts.iter().any(|text| text == value),
        RowFilter::From(_, time) => value >= time.as_str(),
        RowFilter::Before(_, time) => value < time.as_str(),
    };
    let fulfils = |value: &Option<String>| {
        value.as_deref().is_some_and(|value| conditions.iter().all(|one| holds(value, one)))
    };
    let cells = spellings.into_iter().zip(values);
    cells.filter(|(_, value)| fulfils(value)).map(|(cell, _)| cell).collect()
}

/// Spellings of moments in their order, as many as the first rows have.
pub(super) struct Ordered {
    reading: Reading,
    direction: Direction,
    most: u64,
    rows: u64,
    /// By moment: rows, spellings.
    moments: BTreeMap<String, (u64, Vec<String>)>,
}

impl Ordered {
    /// Of the first `most` rows.
    pub(super) fn new(reading: &Reading, direction: Direction, most: u64) -> Self {
        let reading = reading.clone();
        Self { reading, direction, most, rows: 0, moments: BTreeMap::new() }
    }

    /// Adds a spelling of so many rows. What is no moment comes after all others.
    pub(super) fn add(&mut self, spelling: String, rows: u64) {
        let Ok(Some(moment)) = self.reading.moment(Raw::Text(&spelling)) else { return };
        let moment = moment.into_owned();
        let group = self.moments.entry(moment).or_default();
        group.0 += rows;
        group.1.push(spelling);
        self.rows += rows;
        loop {
            let last = match self.direction {
                Direction::Descending => self.moments.first_key_value(),
                Direction::Ascending => self.moments.last_key_value(),
            };
            let Some((_, (rows, _))) = last else { return };
            if self.rows - rows < self.most {
                return;
            }
            self.rows -= rows;
            match self.direction {
                Direction::Descending => self.moments.pop_first(),
                Direction::Ascending => self.moments.pop_last(),
            };
        }
    }

    /// Spellings with the places of their moments, and whether rows without one are needed too.
    pub(super) fn finish(self) -> (Vec<String>, Vec<i64>, bool) {
        let needs_rest = self.rows < self.most;
        let (mut spellings, mut places) = (Vec::new(), Vec::new());
        for (place, (_, of_moment)) in (0_i64..).zip(self.moments.into_values()) {
            for spelling in of_moment {
                spellings.push(spelling);
                places.push(place);
            }
        }
        (spellings, places, needs_rest)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn the_first_rows_need_few_spellings() {
        let reading = Reading::new(TimeZone::UTC);
        let mut newest = Ordered::new(&reading, Direction::Descending, 3);
        for (cell, rows) in [
            ("2026-11-18", 5),
            ("2026/11/20", 1),
            ("soon", 9),
            ("2026-11-20 00:00:00", 1),
            ("2026-11-19", 4),
        ] {
            newest.add(cell.to_owned(), rows);
        }
        let (spellings, places, needs_rest) = newest.finish();
        assert_eq!(spellings, ["2026-11-19", "2026/11/20", "2026-11-20 00:00:00"]);
        assert_eq!(places, [0, 1, 1]);
        assert!(!needs_rest);
        let mut oldest = Ordered::new(&reading, Direction::Ascending, 3);
        for cell in ["20261120", "2026-11-18", "2026/11/19"] {
            oldest.add(cell.to_owned(), 2);
        }
        assert_eq!(oldest.finish().0, ["2026-11-18", "2026/11/19"]);
    }
}
