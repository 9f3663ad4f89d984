//! Tables put together from runs of rows of two others.

use std::ops::Range;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, OffsetBuffer, ScalarBuffer};

/// Consecutive rows of one of two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    second: bool,
    start: u32,
    end: u32,
}

impl Run {
    /// Rows of the first table.
    pub(crate) fn first(rows: Range<usize>) -> Self {
        Self { second: false, start: rows.start as u32, end: rows.end as u32 }
    }

    /// Rows of the second table.
    pub(crate) fn second(rows: Range<usize>) -> Self {
        Self { second: true, ..Self::first(rows) }
    }

    pub(super) fn side(self) -> usize {
        usize::from(self.second)
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Rows of one table as runs.
pub(super) fn runs_of(rows: &[u32]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &row in rows {
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(Run { second: false, start: row, end: row + 1 }),
        }
    }
    runs
}

/// Number of rows of some runs.
pub(super) fn rows_of(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.range().len()).sum()
}

fn validity(sides: [Option<&NullBuffer>; 2], runs: &[Run]) -> Option<NullBuffer> {
    let sides = sides.map(|nulls| nulls.filter(|nulls| nulls.null_count() > 0));
    if sides == [None, None] {
        return None;
    }
    let mut bits = BooleanBufferBuilder::new(rows_of(runs));
    for run in runs {
        let rows = run.range();
        match sides[run.side()] {
            None => bits.append_n(rows.len(), true),
            Some(nulls) if rows.len() == 1 => bits.append(nulls.is_valid(rows.start)),
            Some(nulls) => {
                let offset = nulls.offset();
                bits.append_packed_range(rows.start + offset..rows.end + offset, nulls.validity());
            }
        }
    }
    Some(NullBuffer::new(bits.finish())).filter(|nulls| nulls.null_count() > 0)
}

/// Numbers of both sides, run by run.
pub(super) fn numbers<T: ArrowPrimitiveType>(
    sides: [&PrimitiveArray<T>; 2],
    runs: &[Run],
) -> PrimitiveArray<T> {
    let mut values: Vec<T::Native> = Vec::with_capacity(rows_of(runs));
    for run in runs {
        values.extend_from_slice(&sides[run.side()].values()[run.range()]);
    }
    PrimitiveArray::new(values.into(), validity(sides.map(Array::nulls), runs))
}

/// Texts of both sides, run by run.
///
/// # Panics
/// When they have more than 2 GiB together, which no column of an MES has.
pub(super) fn texts(sides: [&StringArray; 2], runs: &[Run]) -> StringArray {
    let span = |run: &Run| {
        let offsets = sides[run.side()].value_offsets();
        offsets[run.range().start] as usize..offsets[run.range().end] as usize
    };
    let bytes: usize = runs.iter().map(|run| span(run).len()).sum();
    assert!(i32::try_from(bytes).is_ok(), "a text column has {bytes} bytes");
    let mut values: Vec<u8> = Vec::with_capacity(bytes);
    let mut offsets: Vec<i32> = Vec::with_capacity(rows_of(runs) + 1);
    offsets.push(0);
    for run in runs {
        let (span, rows) = (span(run), run.range());
        let moved = values.len() as i32 - span.start as i32;
        let ends = &sides[run.side()].value_offsets()[rows.start + 1..=rows.end];
        offsets.extend(ends.iter().map(|end| end + moved));
        values.extend_from_slice(&sides[run.side()].value_data()[span]);
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    StringArray::new(offsets, values.into(), validity(sides.map(Array::nulls), runs))
}
