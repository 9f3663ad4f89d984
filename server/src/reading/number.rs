//! Whole numbers, decimals and hours.
//!
//! A comma is a decimal comma or separates thousands, and `1,500` alone is ambiguous. Each number
//! therefore comes with its evidence about the column ([`Style`]), and [`Read::Either`] waits for
//! the end of the column.

use std::borrow::Cow;

use super::{Raw, text};

/// The evidence of a spelling about the commas and dots of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing: `1500`.
    Plain,
    /// A dot is the decimal point: `8.5`, `1,500.25`, `1,500,000`.
    Point,
    /// A comma is the decimal point: `8,5`, `1.500,25`, `1.500.000`.
    Comma,
}

/// A number of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Read<V> {
    Missing,
    /// It is this.
    Is(V, Style),
    /// Its column decides: the value where a dot is the decimal point, and where a comma is.
    Either {
        point: Option<V>,
        comma: Option<V>,
        separator: char,
    },
    /// It is no number of this kind.
    Unreadable,
    /// It is infinite, no number, or more than the type holds.
    OutOfRange,
}

/// A spelling as digits that Rust parses: optional sign, digits, optional `.` and digits, optional
/// exponent.
enum Spelling<'a> {
    Is(Cow<'a, str>, Style),
    Either { point: Cow<'a, str>, comma: Cow<'a, str>, separator: char },
}

/// Whether the digits are in groups of three after a first group of 1 to 3 without a leading zero.
fn is_grouped(digits: &str, separator: char) -> bool {
    let mut groups = digits.split(separator);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3)
}

fn spelling(cell: &str) -> Option<Spelling<'_>> {
    let unsigned = cell.strip_prefix(['+', '-']).unwrap_or(cell).trim_start();
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(place) => unsigned.split_at(place),
        None => (unsigned, ""),
    };
    let sign = if cell.starts_with('-') { "-" } else { "" };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or_default();
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    if !mantissa.bytes().any(|byte| byte.is_ascii_digit())
        || !is_digits(power)
        || (!exponent.is_empty() && power.is_empty())
    {
        return None;
    }
    // Groups by blanks or apostrophes are no evidence about commas and dots.
    let spaced = mantissa.find([' ', '\'']);
    let mantissa = match spaced {
        None => Cow::Borrowed(mantissa),
        Some(place) => {
            let separator = if mantissa[place..].starts_with(' ') { ' ' } else { '\'' };
            let end = mantissa.find([',', '.']).unwrap_or(mantissa.len());
            if !is_grouped(&mantissa[..end], separator) {
                return None;
            }
            Cow::Owned(mantissa.replace(separator, ""))
        }
    };
    let count = |separator: char| mantissa.matches(separator).count();
    if !mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.')) {
        return None;
    }
    let parts = |without: &str, decimal: char| -> Cow<'_, str> {
        let digits = mantissa.replace(without, "").replace(decimal, ".");
        Cow::Owned(format!("{sign}{digits}{exponent}"))
    };
    let clean = |style| {
        let is_whole_cell = cell.len() == sign.len() + mantissa.len() + exponent.len();
        match (&mantissa, is_whole_cell) {
            (Cow::Borrowed(_), true) => Spelling::Is(Cow::Borrowed(cell), style),
            _ => Spelling::Is(Cow::Owned(format!("{sign}{mantissa}{exponent}")), style),
        }
    };
    Some(match (count(','), count('.')) {
        (0, 0) => clean(Style::Plain),
        (0, 1) if exponent.is_empty() && is_grouped(&mantissa, '.') => {
            Spelling::Either { point: parts("", '.'), comma: parts(".", ','), separator: '.' }
        }
        (0, 1) => clean(Style::Point),
        (1, 0) if exponent.is_empty() && is_grouped(&mantissa, ',') => {
            Spelling::Either { point: parts(",", '.'), comma: parts("", ','), separator: ',' }
        }
        (1, 0) => Spelling::Is(parts("", ','), Style::Comma),
        (0, _) if is_grouped(&mantissa, '.') => Spelling::Is(parts(".", ','), Style::Comma),
        (_, 0) if is_grouped(&mantissa, ',') => Spelling::Is(parts(",", '.'), Style::Point),
        (0, _) | (_, 0) => return None,
        _ => {
            // The one that comes last is the decimal point, the other one separates groups.
            let (point, group, style) = if mantissa.rfind('.') > mantissa.rfind(',') {
                ('.', ",", Style::Point)
            } else {
                (',', ".", Style::Comma)
            };
            let (whole, _) = mantissa.rsplit_once(point)?;
            if whole.contains(point) || !is_grouped(whole, group.chars().next()?) {
                return None;
            }
            Spelling::Is(parts(group, point), style)
        }
    })
}

fn is_endless(cell: &str) -> bool {
    let word = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    ["nan", "inf", "infinity", "∞"].iter().any(|endless| endless.eq_ignore_ascii_case(word))
}

/// A text by way of what converts clean digits.
fn of_text<V: Copy>(cell: &str, convert: impl Fn(&str) -> Read<V>) -> Read<V> {
    let cell = text::halfwidth(text::trimmed(cell));
    if cell.is_empty() {
        return Read::Missing;
    }
    let styled = |digits: &str, style| match convert(digits) {
        Read::Is(value, _) => Read::Is(value, style),
        other => other,
    };
    match spelling(&cell) {
        Some(Spelling::Is(digits, style)) => styled(&digits, style),
        Some(Spelling::Either { point, comma, separator }) => {
            let value = |digits: &str| match convert(digits) {
                Read::Is(value, _) => Some(value),
                _ => None,
            };
            Read::Either { point: value(&point), comma: value(&comma), separator }
        }
        None if is_endless(&cell) => Read::OutOfRange,
        None => Read::Unreadable,
    }
}

/// A number that is written with nothing but up to 18 digits, as almost all are.
fn few_digits(digits: &str) -> Option<i64> {
    let is_plain = (1..=18).contains(&digits.len());
    let add =
        |number: i64, byte: u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    is_plain.then(|| digits.bytes().try_fold(0, add)).flatten()
}

/// Whole numbers; a fraction of zeros (`2102.00`) is fine, any other is not.
pub(super) fn whole(raw: Raw<'_>) -> Read<i64> {
    if let Raw::Number(digits) | Raw::Text(digits) = raw
        && let Some(number) = few_digits(digits)
    {
        return Read::Is(number, Style::Plain);
    }
    match raw {
        Raw::Null => Read::Missing,
        Raw::Bytes => Read::Unreadable,
        Raw::Integer(number) => Read::Is(number, Style::Plain),
        Raw::Real(number) => whole_of(number),
        Raw::Number(digits) => {
            if is_endless(digits) {
                Read::OutOfRange
            } else {
                whole_digits(digits)
            }
        }
        Raw::Text(cell) => match text::trimmed(cell) {
            word if word.eq_ignore_ascii_case("t") || word.eq_ignore_ascii_case("true") => {
                Read::Is(1, Style::Plain)
            }
            word if word.eq_ignore_ascii_case("f") || word.eq_ignore_ascii_case("false") => {
                Read::Is(0, Style::Plain)
            }
            cell => of_text(cell, whole_digits),
        },
    }
}

fn whole_of(number: f64) -> Read<i64> {
    if !number.is_finite() || number.abs() >= 9.2e18 {
        Read::OutOfRange
    } else if number.fract() == 0.0 {
        Read::Is(number as i64, Style::Plain)
    } else {
        Read::Unreadable
    }
}

fn whole_digits(digits: &str) -> Read<i64> {
    if digits.contains(['e', 'E']) {
        return digits.parse().map_or(Read::Unreadable, whole_of);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.bytes().any(|byte| byte != b'0') {
        return Read::Unreadable;
    }
    if whole.bytes().all(|byte| !byte.is_ascii_digit()) {
        return Read::Is(0, Style::Plain);
    }
    whole.parse().map_or(Read::OutOfRange, |number| Read::Is(number, Style::Plain))
}

/// Decimal numbers within ±`most`.
pub(super) fn decimal(raw: Raw<'_>, most: f64) -> Read<f64> {
    let within = |number: f64| {
        if number.abs() <= most { Read::Is(number + 0.0, Style::Plain) } else { Read::OutOfRange }
    };
    match raw {
        Raw::Null => Read::Missing,
        Raw::Bytes => Read::Unreadable,
        Raw::Integer(number) => within(number as f64),
        Raw::Real(number) => within(number),
        Raw::Number(digits) => digits.parse().map_or(Read::Unreadable, within),
        Raw::Text(cell) => of_text(cell, |digits| digits.parse().map_or(Read::Unreadable, within)),
    }
}

/// Hours within ±`most`: decimals, or `HHH:MM` and `HHH:MM:SS`.
pub(super) fn hours(raw: Raw<'_>, most: f64) -> Read<f64> {
    let Raw::Text(cell) = raw else { return decimal(raw, most) };
    let cell = text::halfwidth(text::trimmed(cell));
    if !cell.contains(':') {
        return decimal(raw, most);
    }
    let (sign, unsigned) = match cell.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, cell.strip_prefix('+').unwrap_or(&cell)),
    };
    let parts: Vec<&str> = unsigned.split(':').collect();
    let part = |place: usize, longest: usize, limit: u32| -> Option<f64> {
        let Some(digits) = parts.get(place) else { return Some(0.0) };
        let is_part = (1..=longest).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = is_part.then(|| digits.parse().ok())??;
        (number < limit).then_some(f64::from(number))
    };
    let (2..=3, Some(hours), Some(minutes), Some(seconds)) =
        (parts.len(), part(0, 6, u32::MAX), part(1, 2, 60), part(2, 2, 60))
    else {
        return Read::Unreadable;
    };
    // In whole seconds first, so that 0:06 is the same as 0.1.
    let hours = sign * (hours * 3600.0 + minutes * 60.0 + seconds) / 3600.0;
    if hours.abs() <= most { Read::Is(hours + 0.0, Style::Plain) } else { Read::OutOfRange }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain<V>(value: V) -> Read<V> {
        Read::Is(value, Style::Plain)
    }

    #[test]
    fn whole_numbers_have_many_spellings() {
        for (cell, number) in [
            ("1500", 1500),
            (" 090 ", 90),
            ("+5", 5),
            ("-5", -5),
            ("\u{2212}5", -5),
            ("t", 1),
            ("FALSE", 0),
            ("1.5e3", 1500),
            ("1E3", 1000),
            ("１５００", 1500),
            ("1 500", 1500),
            ("1\u{a0}500\u{202f}000", 1_500_000),
            ("12'345", 12_345),
            ("2102.00", 2102),
            ("2102,00", 2102),
            ("1,500,000", 1_500_000),
            ("1.500.000", 1_500_000),
            ("1,500.00", 1500),
            ("1.500,00", 1500),
            ("5.", 5),
            (".0", 0),
            ("9223372036854775807", i64::MAX),
        ] {
            let Read::Is(found, _) = whole(Raw::Text(cell)) else {
                panic!("{cell:?}: {:?}", whole(Raw::Text(cell)));
            };
            assert_eq!(found, number, "{cell:?}");
        }
        assert_eq!(
            whole(Raw::Text("1,500")),
            Read::Either { point: Some(1500), comma: None, separator: ',' }
        );
        assert_eq!(
            whole(Raw::Text("1.500")),
            Read::Either { point: None, comma: Some(1500), separator: '.' }
        );
        for cell in [
            "many",
            "2102.5",
            "1,50,000",
            "1.2.3",
            "--5",
            "5-",
            "1 50",
            "e5",
            "1e",
            "",
            "0x10",
            "1,500.000,5",
            ",",
            "1_000",
        ] {
            let expected = if cell.is_empty() { Read::Missing } else { Read::Unreadable };
            assert_eq!(whole(Raw::Text(cell)), expected, "{cell:?}");
        }
        for cell in ["9223372036854775808", "NaN", "-Infinity", "1e300"] {
            assert_eq!(whole(Raw::Text(cell)), Read::OutOfRange, "{cell:?}");
        }
        assert_eq!(whole(Raw::Real(3.0)), plain(3));
        assert_eq!(whole(Raw::Real(f64::NAN)), Read::OutOfRange);
        assert_eq!(whole(Raw::Number("NaN")), Read::OutOfRange);
        assert_eq!(whole(Raw::Number("12.00")), plain(12));
    }

    #[test]
    fn decimals_tell_what_a_comma_is() {
        let decimal = |cell| decimal(Raw::Text(cell), 21_474_836.47);
        assert_eq!(decimal("29.86"), Read::Is(29.86, Style::Point));
        assert_eq!(decimal("29,86"), Read::Is(29.86, Style::Comma));
        assert_eq!(decimal("0,500"), Read::Is(0.5, Style::Comma));
        assert_eq!(decimal("2102,125"), Read::Is(2102.125, Style::Comma));
        assert_eq!(decimal("1,500.25"), Read::Is(1500.25, Style::Point));
        assert_eq!(decimal("1.500,25"), Read::Is(1500.25, Style::Comma));
        assert_eq!(decimal("-0"), Read::Is(0.0, Style::Plain));
        let either = Read::Either { point: Some(1500.0), comma: Some(1.5), separator: ',' };
        assert_eq!(decimal("1,500"), either);
        assert_eq!(decimal("1e12"), Read::OutOfRange);
        assert_eq!(decimal("n/a"), Read::Unreadable);
        assert_eq!(super::decimal(Raw::Real(f64::INFINITY), 1.0), Read::OutOfRange);
    }

    #[test]
    fn hours_may_have_minutes() {
        let hours = |cell| hours(Raw::Text(cell), 10_000.0);
        assert_eq!(hours("8:30"), plain(8.5));
        assert_eq!(hours("-120:15"), plain(-120.25));
        assert_eq!(hours("00:06"), plain(0.1));
        assert_eq!(hours("08:00:36"), plain(8.01));
        assert_eq!(hours("8,5"), Read::Is(8.5, Style::Comma));
        for cell in ["8:60", "8:", ":30", "1:2:3:4", "a:30", "8:3x"] {
            assert_eq!(hours(cell), Read::Unreadable, "{cell}");
        }
        assert_eq!(hours("10000:01"), Read::OutOfRange);
        assert_eq!(hours("NaN"), Read::OutOfRange);
    }
}
