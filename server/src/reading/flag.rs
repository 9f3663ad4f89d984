//! Flags: 1 for yes, 0 for no.

use compute_core::quality::Reason;

use super::{Raw, number, text};

const YES: [&str; 7] = ["1", "y", "yes", "t", "true", "on", "是"];
const NO: [&str; 7] = ["0", "n", "no", "f", "false", "off", "否"];

/// A flag, and whether it is neither 0 nor 1: such a number is kept and counts as yes.
pub(super) fn read(raw: Raw<'_>) -> Result<Option<(i64, bool)>, Reason> {
    if let Raw::Text(cell) = raw {
        let word = text::halfwidth(text::trimmed(cell));
        let listed = |list: [&str; 7]| list.iter().any(|entry| entry.eq_ignore_ascii_case(&word));
        match (word.is_empty(), listed(YES), listed(NO)) {
            (true, ..) => return Ok(None),
            (_, true, _) => return Ok(Some((1, false))),
            (.., true) => return Ok(Some((0, false))),
            _ => {}
        }
    }
    let in_range = |number: i64| i32::try_from(number).is_ok();
    match number::whole(raw) {
        number::Read::Missing => Ok(None),
        number::Read::Is(number, _) if in_range(number) => {
            Ok(Some((number, !matches!(number, 0 | 1))))
        }
        number::Read::Is(..) | number::Read::OutOfRange => Err(Reason::OutOfRange),
        number::Read::Unreadable | number::Read::Either { .. } => Err(Reason::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_have_many_spellings() {
        let read = |cell: &str| read(Raw::Text(cell));
        for (yes, no) in YES.into_iter().zip(NO) {
            for (word, flag) in [(yes, 1), (no, 0)] {
                for cell in [word.to_owned(), word.to_uppercase(), format!(" {word}\u{3000}")] {
                    assert_eq!(read(&cell), Ok(Some((flag, false))), "{cell:?}");
                }
            }
        }
        assert_eq!(read("Ｙ"), Ok(Some((1, false))));
        assert_eq!(read("1.0"), Ok(Some((1, false))));
        assert_eq!(read("2"), Ok(Some((2, true))));
        assert_eq!(read("-1"), Ok(Some((-1, true))));
        assert_eq!(read("  "), Ok(None));
        assert_eq!(read("maybe"), Err(Reason::Unreadable));
        assert_eq!(read("0.5"), Err(Reason::Unreadable));
        assert_eq!(read("10000000000"), Err(Reason::OutOfRange));
        assert_eq!(super::read(Raw::Real(1e300)), Err(Reason::OutOfRange));
        assert_eq!(super::read(Raw::Bytes), Err(Reason::Unreadable));
    }
}
