//! Keys, codes and comments: blanks at both ends don't count.

use std::borrow::Cow;
use std::sync::LazyLock;

pub use compute_core::blanks::{is_blank, trimmed};

use super::Raw;

/// All blanks, for databases; without NUL, which their texts can't contain.
pub static BLANKS: LazyLock<String> =
    LazyLock::new(|| ('\u{1}'..='\u{ffff}').filter(|character| is_blank(*character)).collect());

/// The cell as text with its blanks. `None` for bytes.
pub(super) fn spelled<'a>(raw: Raw<'a>) -> Option<Cow<'a, str>> {
    match raw {
        Raw::Text(text) => Some(Cow::Borrowed(text)),
        Raw::Number(digits) => Some(plain_digits(digits)),
        Raw::Integer(number) => Some(Cow::Owned(number.to_string())),
        // Rust writes all digits of a number, without exponent and without a fraction of zero.
        Raw::Real(number) => Some(Cow::Owned((number + 0.0).to_string())),
        Raw::Null | Raw::Bytes => None,
    }
}

/// A typed number as an id: all digits, without a fraction of zeros.
fn plain_digits(digits: &str) -> Cow<'_, str> {
    if digits.contains(['e', 'E']) {
        return digits
            .parse::<f64>()
            .map_or(Cow::Borrowed(digits), |number| Cow::Owned((number + 0.0).to_string()));
    }
    match digits.split_once('.') {
        Some(_) => Cow::Borrowed(digits.trim_end_matches('0').trim_end_matches('.')),
        None => Cow::Borrowed(digits),
    }
}

/// Full-width forms as their ASCII twins, other blanks as one: for numbers, flags and moments.
/// Borrowed where nothing changes.
pub(super) fn halfwidth(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let half = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        '\u{2212}' => '-',
        '\u{2019}' | '\u{02bc}' => '\'',
        other if other.is_whitespace() => ' ',
        other => other,
    };
    Cow::Owned(text.chars().map(half).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind_go_and_inner_ones_stay() {
        for text in [
            "A 1",
            " A 1",
            "A 1\t\r\n",
            "\u{3000}A 1\u{3000}",
            "\u{a0}A 1",
            "A 1\u{200b}",
            "\u{feff}A 1\u{0}",
        ] {
            assert_eq!(trimmed(text), "A 1", "{text:?}");
        }
        for text in ["", " ", "\u{3000}\u{feff}\n"] {
            assert_eq!(trimmed(text), "");
        }
        assert_eq!(trimmed("焊接\u{3000}站 "), "焊接\u{3000}站");
        assert_eq!(trimmed("x"), "x");
    }

    #[test]
    fn ids_keep_all_digits() {
        for (raw, text) in [
            (Raw::Number("123456789012345678901"), "123456789012345678901"),
            (Raw::Number("123.00"), "123"),
            (Raw::Number("100"), "100"),
            (Raw::Number("1.50"), "1.5"),
            (Raw::Number("1e+20"), "100000000000000000000"),
            (Raw::Integer(-7), "-7"),
            (Raw::Real(123.0), "123"),
            (Raw::Real(-0.0), "0"),
            (Raw::Text("007.0"), "007.0"),
        ] {
            assert_eq!(spelled(raw).as_deref(), Some(text), "{raw:?}");
        }
        assert_eq!(spelled(Raw::Bytes), None);
    }
}
