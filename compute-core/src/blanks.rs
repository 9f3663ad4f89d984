//! What doesn't count at the ends of keys, codes and names, in cells, rules and parameters alike.

/// Zero-width and invisible characters that Unicode doesn't call blank: soft hyphen, zero-width
/// space and joiners, marks of direction, word joiner, byte order mark.
const INVISIBLE: [char; 9] = [
    '\u{ad}', '\u{180e}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}',
    '\u{feff}',
];

/// Whether a character at the end of a text doesn't count.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || INVISIBLE.contains(&character)
}

/// The text without blanks at its ends.
pub fn trimmed(text: &str) -> &str {
    let is_plain = |byte: &u8| matches!(byte, 0x21..=0x7e);
    // Most cells are clean, which the first and last byte show.
    match text.as_bytes() {
        [only] if is_plain(only) => text,
        [first, .., last] if is_plain(first) && is_plain(last) => text,
        _ => text.trim_matches(is_blank),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind_go_and_inner_ones_stay() {
        for (text, expected) in [
            ("A", "A"),
            ("  a b\u{3000}", "a b"),
            ("\u{a0}\u{feff}焊接_WB\u{200b}\t", "焊接_WB"),
            ("\u{3000} ", ""),
            ("", ""),
        ] {
            assert_eq!(trimmed(text), expected, "{text:?}");
        }
    }
}
