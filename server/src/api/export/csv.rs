//! Rows as CSV for spreadsheets: UTF-8 with a byte order mark, and no cell that runs as a formula.

use serde_json::Value;

use crate::api::error::ApiError;

/// Without it, spreadsheets guess another encoding than UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A cell as text; one that a spreadsheet would take for a formula is led by an apostrophe.
/// Numbers stay numbers.
fn shown(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A header and the rows below it.
///
/// # Errors
/// Never in memory; the writer's error would be a defect.
pub fn write(columns: &[&str], rows: &[Vec<Value>]) -> Result<Vec<u8>, ApiError> {
    let mut text = BYTE_ORDER_MARK.as_bytes().to_vec();
    text.extend(records(&[columns.iter().map(|column| Value::from(*column)).collect()])?);
    text.extend(records(rows)?);
    Ok(text)
}

/// More rows of a file that [`write`] began.
///
/// # Errors
/// Never in memory; the writer's error would be a defect.
pub fn records(rows: &[Vec<Value>]) -> Result<Vec<u8>, ApiError> {
    let defect = |cause: csv::Error| {
        tracing::error!(%cause, "CSV can't be written");
        ApiError::internal()
    };
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(shown)).map_err(defect)?;
    }
    writer.into_inner().map_err(|cause| defect(cause.into_error().into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        let rows = [
            vec![json!("焊接,\"A\""), json!(-5), json!(null)],
            vec![json!("=HYPERLINK(\"x\")"), json!("-2+3"), json!("@a")],
        ];
        let text = String::from_utf8(write(&["A", "B", "C"], &rows).unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}A,B,C\r\n\"焊接,\"\"A\"\"\",-5,\r\n\"'=HYPERLINK(\"\"x\"\")\",'-2+3,'@a\r\n"
        );
    }
}
