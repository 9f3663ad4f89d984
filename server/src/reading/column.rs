//! One column of cells: their values, and what was odd about them.

use std::borrow::Cow;

use compute_core::quality::{Ledger, Reason};
use compute_core::source_contract::{MOST_DECIMAL, MOST_HOURS, SourceColumn, SourceKind};

use super::number::{Read, Style};
use super::{Raw, Reading, flag, moment, number, text};

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Missing, or unreadable.
    Missing,
    /// Of kinds that are text.
    Text(Cow<'a, str>),
    /// Whole numbers and flags.
    Integer(i64),
    /// Decimals and hours.
    Decimal(f64),
    /// [`ColumnReader::finish`] gives the value: the column decides what its comma or dot is.
    Waiting,
}

/// The value of a [`Value::Waiting`] cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Place of the row among those that were read.
    pub row: usize,
    pub value: Value<'static>,
}

/// Cases of one reason.
#[derive(Debug)]
struct Tally {
    reason: Reason,
    count: u64,
    key: Option<String>,
    value: Option<String>,
}

/// A number that its column decides.
#[derive(Debug)]
struct Open {
    row: usize,
    /// Where a dot is the decimal point.
    point: Value<'static>,
    /// Where a comma is.
    comma: Value<'static>,
    separator: char,
    cell: Box<str>,
    key: Option<Box<str>>,
}

/// Reads the cells of a column.
#[derive(Debug)]
pub struct ColumnReader {
    column: SourceColumn,
    rows: usize,
    tallies: Vec<Tally>,
    /// Cells that prove a dot to be the decimal point, and cells that prove a comma to be it.
    points: usize,
    commas: usize,
    open: Vec<Open>,
}

/// Characters of a sample.
const SAMPLE_CHARS: usize = 40;

fn sample(raw: Raw<'_>) -> String {
    match raw {
        Raw::Bytes | Raw::Null => "binary data".to_owned(),
        other => text::spelled(other)
            .map(|cell| cell.chars().take(SAMPLE_CHARS).collect())
            .unwrap_or_default(),
    }
}

impl ColumnReader {
    /// No cell has been read yet.
    pub fn new(column: SourceColumn) -> Self {
        Self { column, rows: 0, tallies: Vec::new(), points: 0, commas: 0, open: Vec::new() }
    }

    pub fn column(&self) -> SourceColumn {
        self.column
    }

    fn note(
        &mut self,
        reason: Reason,
        count: u64,
        raw: Raw<'_>,
        key: impl FnOnce() -> Option<String>,
    ) {
        match self.tallies.iter_mut().find(|tally| tally.reason == reason) {
            Some(tally) => tally.count += count,
            None => {
                self.tallies.push(Tally { reason, count, key: key(), value: Some(sample(raw)) })
            }
        }
    }

    /// Reads the next cell, which stands for `weight` cells of the source. `key` names its row;
    /// moments after `future` are suspect.
    pub fn read<'a>(
        &mut self,
        raw: Raw<'a>,
        reading: &Reading,
        weight: u64,
        future: Option<&str>,
        key: impl FnOnce() -> Option<String>,
    ) -> Value<'a> {
        let row = self.rows;
        self.rows += 1;
        match self.column.kind {
            SourceKind::Key | SourceKind::Code | SourceKind::Text => self.text(raw, weight, key),
            SourceKind::Moment => match moment::read(raw, &reading.zone, reading.short_dates) {
                Ok(None) => Value::Missing,
                Ok(Some(moment)) => {
                    if future.is_some_and(|future| *moment > *future) {
                        self.note(Reason::FutureMoment, weight, raw, key);
                    }
                    Value::Text(moment)
                }
                Err(reason) => {
                    self.note(reason, weight, raw, key);
                    Value::Missing
                }
            },
            SourceKind::Flag => match flag::read(raw) {
                Ok(None) => Value::Missing,
                Ok(Some((flag, is_odd))) => {
                    if is_odd {
                        self.note(Reason::UnknownCode, weight, raw, key);
                    }
                    Value::Integer(flag)
                }
                Err(reason) => {
                    self.note(reason, weight, raw, key);
                    Value::Missing
                }
            },
            SourceKind::Int => {
                let read = within_32_bits(number::whole(raw));
                self.number(row, read, raw, weight, key, Value::Integer)
            }
            SourceKind::Long => {
                self.number(row, number::whole(raw), raw, weight, key, Value::Integer)
            }
            SourceKind::Decimal => {
                let read = number::decimal(raw, MOST_DECIMAL);
                self.number(row, read, raw, weight, key, Value::Decimal)
            }
            // Thousands of hours in one row are no sensible reading: a single comma or dot is
            // always the decimal sign.
            SourceKind::Hours => {
                let read = match number::hours(raw, MOST_HOURS) {
                    Read::Either { point: Some(hours), separator: '.', .. }
                    | Read::Either { comma: Some(hours), separator: ',', .. } => {
                        Read::Is(hours, Style::Plain)
                    }
                    Read::Either { .. } => Read::OutOfRange,
                    other => other,
                };
                self.number(row, read, raw, weight, key, Value::Decimal)
            }
        }
    }

    fn text<'a>(
        &mut self,
        raw: Raw<'a>,
        weight: u64,
        key: impl FnOnce() -> Option<String>,
    ) -> Value<'a> {
        let Raw::Text(cell) = raw else {
            return match (raw, text::spelled(raw)) {
                (Raw::Null, _) => Value::Missing,
                (_, Some(spelled)) => Value::Text(spelled),
                (_, None) => {
                    self.note(Reason::Unreadable, weight, raw, key);
                    Value::Missing
                }
            };
        };
        let trimmed = text::trimmed(cell);
        if trimmed.len() < cell.len() {
            self.note(Reason::Trimmed, weight, raw, key);
        }
        if trimmed.is_empty() { Value::Missing } else { Value::Text(Cow::Borrowed(trimmed)) }
    }

    fn number<'a, V>(
        &mut self,
        row: usize,
        read: Read<V>,
        raw: Raw<'a>,
        weight: u64,
        key: impl FnOnce() -> Option<String>,
        value: impl Fn(V) -> Value<'static>,
    ) -> Value<'a> {
        let reason = match read {
            Read::Missing => return Value::Missing,
            Read::Is(number, style) => {
                match style {
                    Style::Plain => {}
                    Style::Point => self.points += 1,
                    Style::Comma => self.commas += 1,
                }
                return value(number);
            }
            Read::Either { point, comma, separator } => {
                let or_missing = |number: Option<V>| number.map_or(Value::Missing, &value);
                self.open.push(Open {
                    row,
                    point: or_missing(point),
                    comma: or_missing(comma),
                    separator,
                    cell: sample(raw).into(),
                    key: key().map(Into::into),
                });
                return Value::Waiting;
            }
            Read::Unreadable => Reason::Unreadable,
            Read::OutOfRange => Reason::OutOfRange,
        };
        self.note(reason, weight, raw, key);
        Value::Missing
    }

    /// Puts what was odd into the ledger. Returns the values that waited, by row.
    ///
    /// The majority of the column decides, so that no single cell changes the others. `1,500` is 1500,
    /// unless at least as many cells have a decimal comma (`8,5`) as are written like it, and more than
    /// have a decimal point: then it is 1.5. `1.500` is 1.5, unless more cells have a decimal comma than
    /// are written like it, and none has a decimal point: then it is 1500. Where cells of the column
    /// contradict the decision, those that it was made for are counted; where there is no majority,
    /// they are missing.
    pub fn finish(mut self, ledger: &mut Ledger) -> Vec<Decided> {
        let of = |separator| self.open.iter().filter(|open| open.separator == separator).count();
        let (comma_like, dot_like) = (of(','), of('.'));
        let (commas, points) = (self.commas, self.points);
        let is_tie = commas > 0 && commas == points;
        let comma_is_decimal = commas > points && commas >= comma_like;
        let dot_is_decimal = !(points == 0 && commas > dot_like);
        let comma_is_doubtful = commas > 0 && (points > 0 || !comma_is_decimal);
        let dot_is_doubtful = commas > 0 && dot_is_decimal;
        let mut decided = Vec::with_capacity(self.open.len());
        for open in std::mem::take(&mut self.open) {
            let (value, is_doubtful) = match open.separator {
                ',' if is_tie => (Value::Missing, false),
                ',' if comma_is_decimal => (open.comma, comma_is_doubtful),
                ',' => (open.point, comma_is_doubtful),
                _ if dot_is_decimal => (open.point, dot_is_doubtful),
                _ => (open.comma, dot_is_doubtful),
            };
            let key = open.key.map(String::from);
            if value == Value::Missing {
                self.note(Reason::Unreadable, 1, Raw::Text(&open.cell), || key);
            } else if is_doubtful {
                self.note(Reason::Ambiguous, 1, Raw::Text(&open.cell), || key);
            }
            decided.push(Decided { row: open.row, value });
        }
        for tally in self.tallies {
            let (key, value) = (tally.key.as_deref(), tally.value.as_deref());
            ledger.note_many(tally.reason, self.column.name, tally.count, key, value);
        }
        decided
    }
}

fn within_32_bits(read: Read<i64>) -> Read<i64> {
    let fits = |number: i64| i32::try_from(number).is_ok();
    match read {
        Read::Is(number, _) if !fits(number) => Read::OutOfRange,
        Read::Either { point, comma, separator } => Read::Either {
            point: point.filter(|number| fits(*number)),
            comma: comma.filter(|number| fits(*number)),
            separator,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// The values of a column of texts, and the findings as `reason count key value`.
    fn column(kind: SourceKind, cells: &[&str]) -> (Vec<Value<'static>>, Vec<String>) {
        let reading = Reading::new(TimeZone::UTC);
        let mut reader =
            ColumnReader::new(SourceColumn { name: "C", kind, required: true, is_kept: true });
        let mut values = Vec::new();
        for (row, cell) in cells.iter().enumerate() {
            let key = || Some(format!("K{row}"));
            let future = Some("2026-11-22 08:00:00");
            values.push(match reader.read(Raw::Text(cell), &reading, 1, future, key) {
                Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
                Value::Integer(number) => Value::Integer(number),
                Value::Decimal(number) => Value::Decimal(number),
                Value::Missing => Value::Missing,
                Value::Waiting => Value::Waiting,
            });
        }
        let mut ledger = Ledger::default();
        for Decided { row, value } in reader.finish(&mut ledger) {
            assert_eq!(values[row], Value::Waiting);
            values[row] = value;
        }
        let found = ledger.findings().map(|finding| {
            let (key, value) = (finding.sample_key.clone(), finding.sample_value.clone());
            let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
            format!("{:?} {} {key} {value}", finding.reason, finding.count)
        });
        (values, found.collect())
    }

    fn decimals(cells: &[&str]) -> Vec<Option<f64>> {
        let number = |value: &Value<'_>| match value {
            Value::Decimal(number) => Some(*number),
            _ => None,
        };
        column(SourceKind::Decimal, cells).0.iter().map(number).collect()
    }

    #[test]
    fn the_column_decides_what_a_comma_is() {
        assert_eq!(decimals(&["1,500", "2"]), [Some(1500.0), Some(2.0)]);
        assert_eq!(decimals(&["1,500", "8,5"]), [Some(1.5), Some(8.5)]);
        assert_eq!(decimals(&["1,500", "8.5"]), [Some(1500.0), Some(8.5)]);
        assert_eq!(decimals(&["1,500", "8.5", "8,5"]), [None, Some(8.5), Some(8.5)]);
        assert_eq!(decimals(&["1,500", "8.5", "2.5", "8,5"])[0], Some(1500.0));
        assert_eq!(decimals(&["1,500", "8,5", "2,5", "8.5"])[0], Some(1.5));
        assert_eq!(decimals(&["1.500", "2.250"]), [Some(1.5), Some(2.25)]);
        // One cell that is written in another way doesn't change the others.
        assert_eq!(decimals(&["1.500", "2.250", "8,5"]), [Some(1.5), Some(2.25), Some(8.5)]);
        assert_eq!(decimals(&["1.500", "8,5", "0,25"]), [Some(1500.0), Some(8.5), Some(0.25)]);
        let (values, found) = column(SourceKind::Int, &["1,000", "1,000", "12,0"]);
        assert_eq!(values, [1000, 1000, 12].map(Value::Integer));
        assert_eq!(found, ["Ambiguous 2 K0 1,000"]);
        let (values, found) = column(SourceKind::Int, &["1,500", "2102,00", "090"]);
        assert_eq!(values, [Value::Missing, Value::Integer(2102), Value::Integer(90)]);
        assert_eq!(found, ["Unreadable 1 K0 1,500"]);
        let (values, _) = column(SourceKind::Int, &["1,500"]);
        assert_eq!(values, [Value::Integer(1500)]);
        let (values, _) = column(SourceKind::Hours, &["1,500", "1.500", "8:30"]);
        assert_eq!(values, [1.5, 1.5, 8.5].map(Value::Decimal));
    }

    #[test]
    fn what_is_odd_is_counted_with_its_first_case() {
        let (values, found) =
            column(SourceKind::Int, &["many", "3000000000", "5", "few", "", "-2147483648"]);
        let number = Value::Integer;
        let missing = Value::Missing;
        assert_eq!(
            values,
            [
                missing.clone(),
                missing.clone(),
                number(5),
                missing.clone(),
                missing,
                number(-2_147_483_648)
            ]
        );
        assert_eq!(found, ["Unreadable 2 K0 many", "OutOfRange 1 K1 3000000000"]);
        let (values, found) = column(SourceKind::Key, &["A", " B\u{3000}", "  "]);
        assert_eq!(values[1], Value::Text("B".into()));
        assert_eq!(values[2], Value::Missing);
        assert_eq!(found, ["Trimmed 2 K1  B\u{3000}"]);
        let (values, found) =
            column(SourceKind::Moment, &["2026-11-22 08:00:00", "2099-12-31", "soon"]);
        assert_eq!(values[1], Value::Text("2099-12-31 00:00:00".into()));
        assert_eq!(found, ["Unreadable 1 K2 soon", "FutureMoment 1 K1 2099-12-31"]);
        let (_, found) = column(SourceKind::Flag, &["Y", "2", "perhaps", "1e10"]);
        assert_eq!(
            found,
            ["Unreadable 1 K2 perhaps", "OutOfRange 1 K3 1e10", "UnknownCode 1 K1 2"]
        );
        let (_, found) = column(SourceKind::Decimal, &["1e12", "NaN"]);
        assert_eq!(found, ["OutOfRange 2 K0 1e12"]);
        assert_eq!(column(SourceKind::Long, &["3000000000"]).0, [Value::Integer(3_000_000_000)]);
    }
}
