//! An Excel workbook of rows: texts are cells of text, so that none of them runs as a formula.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, XlsxError};
use serde_json::Value;

use super::error::ApiError;
use super::formula_guard::is_formula;
use super::spool::{AnswerRoom, Held, Spool, not_held};

/// Rows of a sheet with its header (the format's own limit).
pub const MOST_ROWS: u32 = 1_048_576;
/// UTF-16 units in a cell (the format's own limit).
const MOST_IN_CELL: usize = 32_767;
/// Width of a column in characters: fits a lot, a time or a machine.
const COLUMN_WIDTH: f64 = 20.0;

/// A workbook with one sheet, whose rows wait on the disk until it is finished.
pub struct Workbook {
    file: rust_xlsxwriter::Workbook,
    /// For texts that would become formulas when edited.
    text_only: Format,
    columns: u16,
    rows: u32,
    /// Lines below the rows.
    below: u32,
}

impl Workbook {
    /// With a header that stays in view.
    ///
    /// # Errors
    /// The disk has no room.
    pub fn new(columns: &[&str]) -> Result<Self, ApiError> {
        let begin = || {
            let mut file = rust_xlsxwriter::Workbook::new();
            let sheet = file.add_worksheet_with_constant_memory()?;
            let width = u16::try_from(columns.len()).unwrap_or(u16::MAX);
            sheet.set_freeze_panes(1, 0)?;
            sheet.set_column_range_width(0, width.saturating_sub(1), COLUMN_WIDTH)?;
            let bold = Format::new().set_bold();
            for (place, column) in (0..width).zip(columns) {
                sheet.write_string_with_format(0, place, *column, &bold)?;
            }
            let text_only = Format::new().set_quote_prefix();
            Ok(Self { file, text_only, columns: width, rows: 1, below: 0 })
        };
        begin().map_err(|cause| failed(&cause))
    }

    /// Puts a row below those that are there.
    ///
    /// # Errors
    /// The sheet is full, or the disk has no room.
    pub fn add(&mut self, row: &[Value]) -> Result<(), ApiError> {
        if self.rows == MOST_ROWS {
            return Err(ApiError::validation(
                "結果超過 Excel 工作表的列數上限 (1,048,576)；請縮小範圍，或改用 CSV",
                "There are more rows than an Excel sheet holds (1,048,576); narrow the question down, or take CSV",
            ));
        }
        self.add_row(row).map_err(|cause| failed(&cause))?;
        self.rows += 1;
        Ok(())
    }

    /// Puts lines below the rows, which are no part of what is filtered.
    ///
    /// # Errors
    /// The sheet is full, or the disk has no room.
    pub fn add_below(&mut self, lines: &[Vec<Value>]) -> Result<(), ApiError> {
        for line in lines {
            self.add(line)?;
            self.below += 1;
        }
        Ok(())
    }

    fn add_row(&mut self, row: &[Value]) -> Result<(), XlsxError> {
        let sheet = self.file.worksheet_from_index(0)?;
        for (place, cell) in (0..self.columns).zip(row) {
            match cell {
                Value::Null => {}
                Value::Bool(yes) => {
                    sheet.write_boolean(self.rows, place, *yes)?;
                }
                Value::Number(number) => {
                    sheet.write_number(self.rows, place, number.as_f64().unwrap_or(f64::NAN))?;
                }
                Value::String(text) if is_formula(text) => {
                    let format = &self.text_only;
                    sheet.write_string_with_format(self.rows, place, fitting(text), format)?;
                }
                Value::String(text) => {
                    sheet.write_string(self.rows, place, fitting(text))?;
                }
                other => {
                    sheet.write_string(self.rows, place, fitting(&other.to_string()))?;
                }
            }
        }
        Ok(())
    }

    /// The whole file.
    ///
    /// # Errors
    /// The disk is full, or other responses take all of `room`.
    pub async fn finish(mut self, room: &AnswerRoom) -> Result<Held, ApiError> {
        let mut out = Spool::in_room(room);
        let finished = move || {
            let last = self.columns.saturating_sub(1);
            self.file.worksheet_from_index(0)?.autofilter(
                0,
                0,
                self.rows - 1 - self.below,
                last,
            )?;
            self.file.save_to_writer(&mut out)?;
            out.finish().map_err(XlsxError::IoError)
        };
        // Packing many rows takes a while. A panic has been logged.
        let packed = tokio::task::spawn_blocking(finished).await;
        packed.map_err(|_| ApiError::internal())?.map_err(|cause| failed(&cause))
    }
}

/// As much of a text as a cell takes.
fn fitting(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_IN_CELL {
        return text.into();
    }
    if text.encode_utf16().count() <= MOST_IN_CELL {
        return text.into();
    }
    let mut units = 1;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units <= MOST_IN_CELL
    };
    // The reader sees that more was there; CSV holds all of it.
    text.chars().take_while(fits).chain(['…']).collect::<String>().into()
}

fn failed(cause: &XlsxError) -> ApiError {
    if let XlsxError::IoError(cause) = cause {
        return not_held(cause);
    }
    tracing::error!(%cause, "a workbook can't be written");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Range, Reader, Xlsx};
    use serde_json::json;

    use super::*;

    /// What another program reads: cells, and formulas.
    async fn read(book: Workbook) -> (Range<Data>, Range<String>) {
        let held = book.finish(&AnswerRoom::default()).await.unwrap();
        let file = axum::body::to_bytes(held.into_body(), usize::MAX).await.unwrap();
        let file = std::io::Cursor::new(file);
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(file).unwrap();
        (book.worksheet_range_at(0).unwrap().unwrap(), book.worksheet_formula("Sheet1").unwrap())
    }

    #[tokio::test]
    async fn texts_stay_texts_and_numbers_numbers() {
        let mut book = Workbook::new(&["機台", "B", "C"]).unwrap();
        book.add(&[json!("=1+1"), json!(-0.5), json!(null)]).unwrap();
        book.add(&[json!("a<b>&\u{1}"), json!(true), json!(["x"])]).unwrap();
        let (cells, formulas) = read(book).await;
        let text = |text: &str| Data::String(text.to_owned());
        let rows: Vec<&[Data]> = cells.rows().collect();
        assert_eq!(rows[0], [text("機台"), text("B"), text("C")]);
        assert_eq!(rows[1], [text("=1+1"), Data::Float(-0.5), Data::Empty]);
        assert_eq!(rows[2], [text("a<b>&\u{1}"), Data::Bool(true), text("[\"x\"]")]);
        assert!(formulas.is_empty(), "{formulas:?}");
    }

    #[tokio::test]
    async fn a_text_that_is_too_long_is_cut_where_a_letter_ends() {
        let mut book = Workbook::new(&["A"]).unwrap();
        book.add(&[json!("😀".repeat(MOST_IN_CELL))]).unwrap();
        let (cells, _) = read(book).await;
        let Some(Data::String(text)) = cells.get((1, 0)) else { panic!("no text") };
        assert_eq!(*text, "😀".repeat(MOST_IN_CELL / 2) + "…");
    }

    #[test]
    fn a_full_sheet_takes_no_more_and_says_what_to_do() {
        let mut book = Workbook::new(&["A"]).unwrap();
        book.rows = MOST_ROWS - 1;
        book.add(&[json!(1)]).unwrap();
        let refused = book.add(&[json!(2)]).unwrap_err();
        assert!(format!("{refused:?}").contains("take CSV"), "{refused:?}");
    }
}
