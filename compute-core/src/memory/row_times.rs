//! Rows of a table with the times in which they were so: for those who ask the memory by query.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::shift::{LONGEST_SILENCE_S, Shift, layout};
use crate::calendar::Moment;
use crate::delta::{Delta, groups};
use crate::table::{Column, Columns, Dataset, DecodeError, Frame, Kind};

/// First moment at which a row was so, plant time.
const FROM: &str = "KEPT_FROM";
/// The moment after the last one, plant time.
const UNTIL: &str = "KEPT_UNTIL";

/// All rows of a key that are so since a moment.
#[derive(Debug)]
struct Open {
    source: usize,
    rows: Range<usize>,
    since: Moment,
}

/// A row that was so in a time.
struct Ended<'a> {
    key: Option<&'a str>,
    from: Moment,
    until: Moment,
    frame: &'a Frame,
    row: usize,
}

/// Where rows are read, with those that ended: row, first moment and the one after the last.
#[derive(Debug)]
struct Source {
    frame: Frame,
    ended: Vec<(usize, Moment, Moment)>,
}

/// Follows a table through the shifts of a range of time and tells each row once, with the time in
/// which it was so. Where nothing is known of the table no row is so: a row that is the same before and
/// behind a gap is told twice.
#[derive(Debug)]
pub struct RowTimes {
    dataset: Dataset,
    range: Range<Moment>,
    sources: Vec<Source>,
    open: BTreeMap<Option<String>, Open>,
    /// The last version that was followed.
    current: Option<Frame>,
    /// The last moment of which the table is known.
    known: Option<Moment>,
    /// The latest record of the shifts so far: a clock that was set back after it counts as that.
    earliest: Moment,
}

impl RowTimes {
    /// Of one table; times are cut at the ends of `range`.
    pub fn new(dataset: Dataset, range: Range<Moment>) -> Self {
        Self {
            dataset,
            range,
            sources: Vec::new(),
            open: BTreeMap::new(),
            current: None,
            known: None,
            earliest: Moment(i64::MIN),
        }
    }

    /// Columns of the batches: KEPT_FROM and KEPT_UNTIL (milliseconds, plant time, exclusive), then the
    /// display columns of the table with plain texts.
    pub fn schema(dataset: Dataset) -> SchemaRef {
        let time =
            |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Millisecond, None), false);
        let columns = layout(dataset).columns(Columns::Display).map(|spec| {
            let kind = match spec.kind {
                Kind::Text | Kind::Name => DataType::Utf8,
                Kind::Int => DataType::Int32,
                Kind::Long => DataType::Int64,
                Kind::Decimal => DataType::Float64,
            };
            Field::new(spec.name, kind, true)
        });
        let fields: Vec<Field> = [time(FROM), time(UNTIL)].into_iter().chain(columns).collect();
        Arc::new(Schema::new(fields))
    }

    /// Follows the next shift; the rows that ended in it, by key, then time.
    ///
    /// # Errors
    /// What was recorded is damaged.
    pub fn add(&mut self, shift: &mut Shift) -> Result<RecordBatch, DecodeError> {
        let dataset = self.dataset;
        let places = 0..shift.versions(dataset);
        let wanted = places.take_while(|place| shift.time(dataset, *place) < self.range.end);
        let wanted = wanted.count();
        for place in 0..wanted {
            for (from, until) in shift.known_times(dataset, place) {
                let (from, until) = (from.max(self.earliest), until.max(self.earliest));
                let silence = self.known.map(|known| known.secs_until(from));
                if silence.is_none_or(|silence| silence > LONGEST_SILENCE_S) {
                    self.end_all();
                    self.open_all(shift.version(dataset, place)?.frame, from);
                } else {
                    let change = match &self.current {
                        Some(old) if place == 0 => {
                            Delta::between(old, &shift.version(dataset, 0)?.frame)
                        }
                        _ => shift.change(dataset, place)?,
                    };
                    self.apply(change, from);
                }
                self.known = Some(until);
            }
        }
        if let Some(last) = wanted.checked_sub(1) {
            self.current = Some(shift.version(dataset, last)?.frame);
        }
        self.earliest = shift.latest().map_or(self.earliest, |latest| latest.max(self.earliest));
        Ok(self.take())
    }

    /// The rows that had not ended.
    pub fn finish(mut self) -> RecordBatch {
        self.end_all();
        self.take()
    }

    /// Ends all rows where nothing is known any more.
    fn end_all(&mut self) {
        let Some(known) = self.known else { return };
        // The last known moment is one at which they were so.
        let until = Moment(known.0.saturating_add(1));
        for open in std::mem::take(&mut self.open).into_values() {
            self.end(&open, until);
        }
    }

    fn end(&mut self, open: &Open, until: Moment) {
        let (from, until) = (open.since.max(self.range.start), until.min(self.range.end));
        if from < until {
            let rows = open.rows.clone().map(|row| (row, from, until));
            self.sources[open.source].ended.extend(rows);
        }
    }

    /// The rows of these keys are so from now on; what their keys had before ends.
    fn open_all(&mut self, frame: Frame, since: Moment) {
        let source = self.sources.len();
        for (key, begin, end) in groups(&frame) {
            let open = Open { source, rows: begin..end, since };
            if let Some(before) = self.open.insert(key.map(str::to_owned), open) {
                self.end(&before, since);
            }
        }
        self.sources.push(Source { frame, ended: Vec::new() });
    }

    fn apply(&mut self, change: Delta, time: Moment) {
        let (removed, rows) = change.into_parts();
        for key in &removed {
            if let Some(open) = self.open.remove(key) {
                self.end(&open, time);
            }
        }
        self.open_all(rows, time);
    }

    /// The rows that ended. Those that go on are read in the last version from now on.
    fn take(&mut self) -> RecordBatch {
        let sources = std::mem::take(&mut self.sources);
        let mut ended: Vec<Ended<'_>> = Vec::new();
        for source in &sources {
            let keys = source.frame.key();
            ended.extend(source.ended.iter().map(|(row, from, until)| {
                let key = arrow_array::Array::is_valid(keys, *row).then(|| keys.value(*row));
                Ended { key, from: *from, until: *until, frame: &source.frame, row: *row }
            }));
        }
        ended.sort_by_key(|row| (row.key.is_none(), row.key, row.from));
        let batch = batch(self.dataset, &ended);
        if let Some(frame) = &self.current {
            for (key, begin, end) in groups(frame) {
                if let Some(open) = self.open.get_mut(&key.map(str::to_owned)) {
                    (open.source, open.rows) = (0, begin..end);
                }
            }
            self.sources.push(Source { frame: frame.clone(), ended: Vec::new() });
        }
        batch
    }
}

fn batch(dataset: Dataset, ended: &[Ended<'_>]) -> RecordBatch {
    let times = |time: fn(&Ended<'_>) -> Moment| -> ArrayRef {
        let times = ended.iter().map(|row| time(row).0.saturating_mul(1000));
        Arc::new(TimestampMillisecondArray::from_iter_values(times))
    };
    let mut arrays = vec![times(|row| row.from), times(|row| row.until)];
    for (place, spec) in layout(dataset).columns(Columns::Display).enumerate() {
        fn column<'a>(row: &Ended<'a>, place: usize) -> &'a Column {
            &row.frame.columns()[place].1
        }
        arrays.push(match spec.kind {
            Kind::Text | Kind::Name => {
                let texts = ended.iter().map(|row| column(row, place).text(row.row));
                Arc::new(texts.collect::<StringArray>())
            }
            Kind::Int => {
                let whole = |row: &Ended<'_>| Some(column(row, place).integer(row.row)? as i32);
                Arc::new(ended.iter().map(whole).collect::<Int32Array>())
            }
            Kind::Long => {
                let whole = |row: &Ended<'_>| column(row, place).integer(row.row);
                Arc::new(ended.iter().map(whole).collect::<Int64Array>())
            }
            Kind::Decimal => {
                let number = |row: &Ended<'_>| column(row, place).decimal(row.row);
                Arc::new(ended.iter().map(number).collect::<Float64Array>())
            }
        });
    }
    RecordBatch::try_new(RowTimes::schema(dataset), arrays).expect("columns have one cell per row")
}
