//! Rows as CSV for spreadsheets: UTF-8 with a byte order mark, and no cell that runs as a formula.

use std::borrow::Cow;

use serde_json::Value;

use super::formula_guard::is_formula;

/// Without it, spreadsheets guess another encoding than UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A cell as text; one that a spreadsheet would take for a formula is led by an apostrophe.
/// Numbers stay numbers.
fn shown(cell: &Value) -> Cow<'_, str> {
    match cell {
        Value::Null => "".into(),
        Value::String(text) if is_formula(text) => format!("'{text}").into(),
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

/// Appends a field. Semicolons and tabs are quoted as commas are: where Excel's own separator is one of
/// them, a cell would else end there and the next one begin with whatever follows.
fn write_field(out: &mut Vec<u8>, text: &str) {
    if !text.contains([',', ';', '\t', '|', '"', '\r', '\n']) {
        out.extend(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Appends one row.
pub fn write_row(out: &mut Vec<u8>, row: &[Value]) {
    for (place, cell) in row.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_field(out, &shown(cell));
    }
    // A row of one empty field would be no row.
    if let [cell] = row
        && shown(cell).is_empty()
    {
        out.extend(b"\"\"");
    }
    out.extend(b"\r\n");
}

/// The first line, behind the byte order mark.
pub fn header(columns: &[&str]) -> Vec<u8> {
    let mut out = BYTE_ORDER_MARK.as_bytes().to_vec();
    let names: Vec<Value> = columns.iter().map(|column| Value::from(*column)).collect();
    write_row(&mut out, &names);
    out
}

/// A header and the rows below it.
pub fn write(columns: &[&str], rows: &[Vec<Value>]) -> Vec<u8> {
    let mut out = header(columns);
    for row in rows {
        write_row(&mut out, row);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        let rows = [
            vec![json!("焊接,\"A\""), json!(-5), json!(null)],
            vec![json!("=HYPERLINK(\"x\")"), json!("-2+3"), json!("@a")],
            vec![json!("＝1+1"), json!("\n=1+1"), json!("-12.5")],
            vec![json!("a;=1+1"), json!("a\t=1"), json!("a\nb")],
        ];
        let text = String::from_utf8(write(&["A", "B", "C"], &rows)).unwrap();
        assert_eq!(
            text,
            "\u{feff}A,B,C\r\n\"焊接,\"\"A\"\"\",-5,\r\n\"'=HYPERLINK(\"\"x\"\")\",'-2+3,'@a\r\n\
             '＝1+1,\"'\n=1+1\",-12.5\r\n\"a;=1+1\",\"a\t=1\",\"a\nb\"\r\n"
        );
        assert_eq!(write(&["A"], &[vec![json!(null)]]), "\u{feff}A\r\n\"\"\r\n".as_bytes());
    }

    proptest! {
        #[test]
        fn another_reader_finds_the_same_cells(
            rows in prop::collection::vec(prop::collection::vec("(\\PC|[\"',;\r\n\t|=]){0,12}", 3), 1..6),
        ) {
            let cells: Vec<Vec<Value>> =
                rows.iter().map(|row| row.iter().map(|text| json!(text)).collect()).collect();
            let file = write(&["A", "B", "C"], &cells);
            let mut reader = csv::Reader::from_reader(&file[BYTE_ORDER_MARK.len()..]);
            let found: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(found.len(), rows.len());
            for (found, row) in found.iter().zip(&rows) {
                for (found, text) in found.iter().zip(row) {
                    let guarded = if is_formula(text) { format!("'{text}") } else { text.clone() };
                    prop_assert_eq!(found, guarded);
                }
            }
        }
    }
}
