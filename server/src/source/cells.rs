//! Database cells as columns of the source contract.
//!
//! SQLite decides the type of every single cell, and sites declare columns in
//! many ways. What can be read as the contract's type is; what can't becomes
//! NULL and is counted.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use compute_core::source_contract::{SourceColumn, SourceKind};

/// A cell as the database holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Raw<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Real(f64),
    /// Bytes, or a type that is none of the above.
    Other,
}

/// Collects one column.
pub(super) struct ColumnBuilder {
    column: SourceColumn,
    cells: Cells,
    unreadable: usize,
    sample: Option<String>,
}

enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
}

impl ColumnBuilder {
    pub(super) fn new(column: SourceColumn) -> Self {
        let cells = match column.kind {
            SourceKind::Text | SourceKind::DateTime => Cells::Text(StringBuilder::new()),
            SourceKind::Integer => Cells::Integer(Int64Builder::new()),
            SourceKind::Decimal => Cells::Decimal(Float64Builder::new()),
        };
        Self { column, cells, unreadable: 0, sample: None }
    }

    pub(super) fn push(&mut self, raw: Raw<'_>) {
        let date = self.column.kind == SourceKind::DateTime;
        let readable = match &mut self.cells {
            Cells::Text(cells) if date => {
                let value = date_time(raw);
                cells.append_option(value.as_deref());
                value.is_some()
            }
            Cells::Text(cells) => {
                let value = text(raw);
                cells.append_option(value.as_deref());
                value.is_some()
            }
            Cells::Integer(cells) => {
                let value = integer(raw);
                cells.append_option(value);
                value.is_some()
            }
            Cells::Decimal(cells) => {
                let value = decimal(raw);
                cells.append_option(value);
                value.is_some()
            }
        };
        if !readable && raw != Raw::Null {
            self.unreadable += 1;
            self.sample.get_or_insert_with(|| match raw {
                Raw::Text(text) => text.chars().take(40).collect(),
                Raw::Integer(number) => number.to_string(),
                Raw::Real(number) => number.to_string(),
                Raw::Null | Raw::Other => "binary data".to_owned(),
            });
        }
    }

    fn finish(self) -> (ArrayRef, Option<String>) {
        let warning = self.sample.map(|sample| {
            let kind = match self.column.kind {
                SourceKind::Text => "text",
                SourceKind::Integer => "a whole number",
                SourceKind::Decimal => "a number",
                SourceKind::DateTime => "a date",
            };
            format!(
                "{}: {} cells are not {kind}, for example {sample:?}",
                self.column.name, self.unreadable
            )
        });
        let array: ArrayRef = match self.cells {
            Cells::Text(mut cells) => Arc::new(cells.finish()),
            Cells::Integer(mut cells) => Arc::new(cells.finish()),
            Cells::Decimal(mut cells) => Arc::new(cells.finish()),
        };
        (array, warning)
    }
}

/// All columns of a table as batch, and what could not be read.
pub(super) fn batch(builders: Vec<ColumnBuilder>) -> (RecordBatch, Vec<String>) {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    let mut warnings = Vec::new();
    for builder in builders {
        let kind = match builder.column.kind {
            SourceKind::Text | SourceKind::DateTime => DataType::Utf8,
            SourceKind::Integer => DataType::Int64,
            SourceKind::Decimal => DataType::Float64,
        };
        fields.push(Field::new(builder.column.name, kind, true));
        let (array, warning) = builder.finish();
        arrays.push(array);
        warnings.extend(warning);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every builder got one cell a row and makes its field's type");
    (batch, warnings)
}

fn text(raw: Raw<'_>) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.to_owned()),
        Raw::Integer(number) => Some(number.to_string()),
        Raw::Real(number) => Some(number.to_string()),
        Raw::Null | Raw::Other => None,
    }
}

/// Whole numbers; a fraction of zero (`2102.00`) is fine, any other is not.
fn integer(raw: Raw<'_>) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
    match raw {
        Raw::Integer(number) => Some(number),
        Raw::Real(number) => whole(number),
        Raw::Text(text) => match text.trim() {
            "t" | "true" => Some(1),
            "f" | "false" => Some(0),
            text => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        },
        Raw::Null | Raw::Other => None,
    }
}

fn decimal(raw: Raw<'_>) -> Option<f64> {
    match raw {
        Raw::Integer(number) => Some(number as f64),
        Raw::Real(number) => Some(number),
        Raw::Text(text) => text.trim().parse().ok(),
        Raw::Null | Raw::Other => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// `YYYY-MM-DD HH:MM:SS`; a `T`, fractions of a second and a missing time of day are accepted.
fn date_time(raw: Raw<'_>) -> Option<String> {
    let Raw::Text(text) = raw else { return None };
    let text = text.trim().replacen('T', " ", 1).replace('/', "-");
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let day = text.get(..10).filter(|day| shape(day, "0000-00-00"))?;
    match text.get(10..19) {
        Some(time) if shape(time, " 00:00:00") => Some(format!("{day}{time}")),
        None if text.len() == 10 => Some(format!("{day} 00:00:00")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_write_numbers_in_many_ways() {
        assert_eq!(integer(Raw::Text(" 090 ")), Some(90));
        assert_eq!(integer(Raw::Text("2102.00")), Some(2102));
        assert_eq!(integer(Raw::Text("2102.5")), None);
        assert_eq!(integer(Raw::Real(3.0)), Some(3));
        assert_eq!(integer(Raw::Text("t")), Some(1));
        assert_eq!(integer(Raw::Real(1e300)), None);
        assert_eq!(decimal(Raw::Text("29.86")), Some(29.86));
        assert_eq!(decimal(Raw::Text("NaN")), None);
    }

    #[test]
    fn dates_take_one_form() {
        for text in ["2026-11-20 08:00:00", "2026-11-20T08:00:00.123", "2026/11/20 08:00:00"] {
            assert_eq!(
                date_time(Raw::Text(text)).as_deref(),
                Some("2026-11-20 08:00:00"),
                "{text}"
            );
        }
        assert_eq!(date_time(Raw::Text("2026-11-20")).as_deref(), Some("2026-11-20 00:00:00"));
        assert_eq!(date_time(Raw::Text("soon")), None);
        assert_eq!(date_time(Raw::Integer(20_261_120)), None);
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        let column = SourceColumn { name: "QTY", kind: SourceKind::Integer, required: true };
        let mut builder = ColumnBuilder::new(column);
        for raw in [Raw::Integer(1), Raw::Text("many"), Raw::Null, Raw::Other] {
            builder.push(raw);
        }
        let (batch, warnings) = batch(vec![builder]);
        assert_eq!(batch.column(0).null_count(), 3);
        assert_eq!(warnings, ["QTY: 2 cells are not a whole number, for example \"many\""]);
    }
}
