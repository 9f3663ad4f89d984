//! The policy as a whole: what docs/reading.md promises, and numbers and moments in any spelling.

use compute_core::quality::Ledger;
use compute_core::source_contract::{SourceColumn, SourceKind};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

use super::{ColumnReader, Raw, Reading, Value};

fn reading() -> Reading {
    Reading::new(TimeZone::get("Asia/Taipei").unwrap())
}

/// A cell that is alone in its column: its value, or why it has none.
fn read(kind: SourceKind, cell: &str) -> String {
    let mut reader =
        ColumnReader::new(SourceColumn { name: "C", kind, required: true, is_kept: true });
    let value = reader.read(Raw::Text(cell), &reading(), 1, None, || None);
    let shown = |value: &Value<'_>| match value {
        Value::Missing | Value::Waiting => None,
        Value::Text(text) => Some(text.clone().into_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
    };
    let at_once = shown(&value);
    let mut ledger = Ledger::default();
    let decided = reader.finish(&mut ledger);
    let missing = || {
        let reasons = ledger.findings().map(|finding| finding.reason);
        let effect = reasons.filter(|reason| *reason != compute_core::quality::Reason::Trimmed);
        let names = effect.map(|reason| serde_json::to_value(reason).unwrap());
        let mut names = names.map(|name| name.as_str().unwrap_or_default().to_owned());
        names.next().unwrap_or_else(|| "missing".to_owned())
    };
    at_once.or_else(|| shown(&decided.first()?.value)).unwrap_or_else(missing)
}

#[test]
fn documented_spellings_are_read_as_documented() {
    let page = include_str!("../../../docs/reading.md");
    let mut examples = 0;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let parts: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, cell, expected] = parts[..] else { panic!("{line}") };
        let kind = match kind {
            "kind" => continue,
            "key" => SourceKind::Key,
            "code" => SourceKind::Code,
            "text" => SourceKind::Text,
            "whole number" => SourceKind::Int,
            "decimal" => SourceKind::Decimal,
            "flag" => SourceKind::Flag,
            "hours" => SourceKind::Hours,
            "moment" => SourceKind::Moment,
            other => panic!("{other} is no kind"),
        };
        let plain = |text: &str| text.trim_matches('`').replace('·', " ");
        assert_eq!(read(kind, &plain(cell)), plain(expected), "{line}");
        examples += 1;
    }
    assert!(examples >= 80, "{examples}");
}

/// Digits in groups of three.
fn grouped(digits: &str, separator: &str) -> String {
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(separator)
}

fn fullwidth(text: &str) -> String {
    let wide = |character: char| match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap(),
        other => other,
    };
    text.chars().map(wide).collect()
}

fn blanks() -> impl Strategy<Value = String> {
    "[ \t\n\u{3000}\u{a0}\u{feff}\u{200b}]{0,3}"
}

proptest! {
    #[test]
    fn whole_numbers_in_any_spelling(number: i32, way in 0..9, before in blanks(), after in blanks()) {
        let digits = number.unsigned_abs().to_string();
        let sign = if number < 0 { "-" } else { "" };
        let cell = match way {
            0 => digits,
            1 => grouped(&digits, ","),
            2 => grouped(&digits, " "),
            3 => grouped(&digits, "'"),
            4 => format!("{digits}.00"),
            5 => format!("{digits},0"),
            6 => format!("00{digits}"),
            7 => fullwidth(&digits),
            _ => format!("{digits}e0"),
        };
        let cell = format!("{before}{sign}{cell}{after}");
        prop_assert_eq!(read(SourceKind::Int, &cell), number.to_string(), "{:?}", cell);
    }

    #[test]
    fn moments_in_any_spelling(
        seconds in -62_000_000_000_i64..253_000_000_000,
        way in 0..10,
        offset in -12..=14_i8,
        before in blanks(),
        after in blanks(),
    ) {
        let instant = jiff::Timestamp::from_second(seconds).unwrap();
        let plant = TimeZone::get("Asia/Taipei").unwrap().to_datetime(instant);
        let write = |format: &str, at: DateTime| at.strftime(format).to_string();
        let there = Offset::constant(offset).to_datetime(instant);
        let sign = if offset < 0 { '-' } else { '+' };
        let hours = offset.unsigned_abs();
        let cell = match way {
            0 => write("%Y-%m-%d %H:%M:%S", plant),
            1 => write("%Y/%m/%dT%H:%M:%S.%f", plant),
            2 => write("%Y/%-m/%-d %-H:%M:%S", plant),
            3 => write("%Y%m%d%H%M%S", plant),
            4 => write("%Y-%m-%d %I:%M:%S %p", plant),
            5 => fullwidth(&write("%Y-%m-%d", plant)) + &write(" %H:%M:%S", plant),
            6 => format!("{}{sign}{hours:02}:00", write("%Y-%m-%d %H:%M:%S", there)),
            7 => format!("{} {sign}{hours:02}00", write("%Y.%m.%d %H:%M:%S", there)),
            8 => write("%Y-%m-%dT%H:%M:%SZ", Offset::UTC.to_datetime(instant)),
            _ => write("%Y年%m月%d日 %H:%M:%S", plant),
        };
        let cell = format!("{before}{cell}{after}");
        let expected = write("%Y-%m-%d %H:%M:%S", plant);
        prop_assert_eq!(read(SourceKind::Moment, &cell), expected, "{:?}", cell);
    }

    #[test]
    fn nothing_panics_and_nothing_is_lost(cell in "\\PC{0,12}|[0-9,.:eE+\\- TZ/年月日]{0,24}") {
        for kind in [
            SourceKind::Key, SourceKind::Int, SourceKind::Long, SourceKind::Decimal,
            SourceKind::Flag, SourceKind::Moment, SourceKind::Hours,
        ] {
            let mut reader = ColumnReader::new(SourceColumn { name: "C", kind, required: true, is_kept: true });
            let value = reader.read(Raw::Text(&cell), &reading(), 1, None, || None);
            let is_blank = super::trimmed(&cell).is_empty();
            let mut ledger = Ledger::default();
            let decided = reader.finish(&mut ledger);
            let is_missing = match value {
                Value::Waiting => decided[0].value == Value::Missing,
                value => value == Value::Missing,
            };
            let is_counted = ledger.findings().next().is_some();
            prop_assert!(!is_missing || is_blank || is_counted, "{:?} {:?}", kind, cell);
        }
    }
}
