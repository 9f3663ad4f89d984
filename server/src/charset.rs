//! The encoding of a PostgreSQL database, and its cells as text.
//!
//! The server converts cells to UTF-8 on their way here, and fails the whole statement at the first
//! byte that its encoding doesn't define (or that SQL_ASCII merely stores). Cells of such databases
//! are therefore fetched as bytes and decoded one by one: what can't be decoded costs its own cell.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// The encoding of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Every cell is valid.
    Utf8,
    /// Only the server can convert it (EUC_TW, MULE_INTERNAL).
    Foreign,
    /// `SQL_ASCII`, which stores any bytes; they are mostly UTF-8.
    Unchecked,
    /// `LATIN1`: every byte is the letter of its number.
    Latin1,
    /// Decoded here.
    Known {
        /// Its name in PostgreSQL.
        name: &'static str,
        /// How it is decoded.
        encoding: &'static Encoding,
    },
}

/// Encodings of databases that are decoded here.
const KNOWN: [(&str, &Encoding); 25] = [
    ("EUC_JP", encoding_rs::EUC_JP),
    ("EUC_KR", encoding_rs::EUC_KR),
    ("EUC_CN", encoding_rs::GBK),
    ("LATIN2", encoding_rs::ISO_8859_2),
    ("LATIN3", encoding_rs::ISO_8859_3),
    ("LATIN4", encoding_rs::ISO_8859_4),
    ("LATIN6", encoding_rs::ISO_8859_10),
    ("LATIN7", encoding_rs::ISO_8859_13),
    ("LATIN8", encoding_rs::ISO_8859_14),
    ("LATIN9", encoding_rs::ISO_8859_15),
    ("LATIN10", encoding_rs::ISO_8859_16),
    ("ISO_8859_5", encoding_rs::ISO_8859_5),
    ("ISO_8859_6", encoding_rs::ISO_8859_6),
    ("ISO_8859_7", encoding_rs::ISO_8859_7),
    ("KOI8R", encoding_rs::KOI8_R),
    ("KOI8U", encoding_rs::KOI8_U),
    ("WIN866", encoding_rs::IBM866),
    ("WIN874", encoding_rs::WINDOWS_874),
    ("WIN1250", encoding_rs::WINDOWS_1250),
    ("WIN1251", encoding_rs::WINDOWS_1251),
    ("WIN1252", encoding_rs::WINDOWS_1252),
    ("WIN1253", encoding_rs::WINDOWS_1253),
    ("WIN1256", encoding_rs::WINDOWS_1256),
    ("WIN1257", encoding_rs::WINDOWS_1257),
    ("WIN1258", encoding_rs::WINDOWS_1258),
];

impl Charset {
    /// Of the name that `getdatabaseencoding()` returns.
    pub fn of(name: &str) -> Self {
        match name {
            "UTF8" => Self::Utf8,
            "SQL_ASCII" => Self::Unchecked,
            "LATIN1" => Self::Latin1,
            _ => KNOWN
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(Self::Foreign, |(name, encoding)| Self::Known { name, encoding }),
        }
    }

    /// SQL that gives a cell as text, or as the bytes that [`Self::decode`] takes.
    pub fn cell(self, text: &str) -> String {
        match self {
            Self::Utf8 | Self::Foreign => text.to_owned(),
            Self::Unchecked => format!("convert_to({text}, 'SQL_ASCII')"),
            Self::Latin1 => format!("convert_to({text}, 'LATIN1')"),
            Self::Known { name, .. } => format!("convert_to({text}, '{name}')"),
        }
    }

    /// Whether cells are read as bytes.
    pub fn is_decoded_here(self) -> bool {
        !matches!(self, Self::Utf8 | Self::Foreign)
    }

    /// The text of a cell; `None` when its bytes are none.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 | Self::Foreign | Self::Unchecked => {
                std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
            }
            Self::Latin1 => Some(encoding_rs::mem::decode_latin1(bytes)),
            Self::Known { encoding, .. } => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes)
            }
        }
    }

    /// Whether a cell of the database can hold this text. The server fails a statement whose
    /// parameter it can't convert.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Utf8 | Self::Foreign | Self::Unchecked => true,
            Self::Latin1 => text.chars().all(|letter| u32::from(letter) < 256),
            // Browsers map undefined bytes to control characters, databases map them to nothing.
            Self::Known { encoding, .. } => {
                !encoding.encode(text).2
                    && !text.chars().any(|letter| ('\u{80}'..='\u{9f}').contains(&letter))
            }
        }
    }

    /// Those of some letters that functions of the database take as letters.
    pub fn letters(self, letters: &str) -> String {
        let is_letter = |letter: &char| match self {
            Self::Utf8 => true,
            Self::Latin1 | Self::Known { .. } => self.holds(letter.encode_utf8(&mut [0; 4])),
            Self::Unchecked | Self::Foreign => letter.is_ascii(),
        };
        letters.chars().filter(is_letter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_decoded_one_by_one() {
        let utf8 = Charset::of("UTF8");
        assert!(!utf8.is_decoded_here());
        assert_eq!(utf8.cell("a::text"), "a::text");
        let unchecked = Charset::of("SQL_ASCII");
        assert_eq!(unchecked.decode("焊接".as_bytes()).as_deref(), Some("焊接"));
        assert_eq!(unchecked.decode(b"\xa4\xa4"), None);
        let western = Charset::of("WIN1252");
        assert_eq!(western.cell("a"), "convert_to(a, 'WIN1252')");
        assert_eq!(western.decode(b"\x80 5").as_deref(), Some("€ 5"));
        assert!(western.holds("€ é") && !western.holds("中") && !western.holds("\u{81}"));
        let latin = Charset::of("LATIN1");
        assert_eq!(latin.decode(b"\xe9").as_deref(), Some("é"));
        assert!(latin.holds("é") && !latin.holds("€"));
        assert_eq!(Charset::of("EUC_CN").decode(b"\xd6\xd0").as_deref(), Some("中"));
        assert_eq!(Charset::of("EUC_JP").decode(b"\xff"), None);
        assert_eq!(Charset::of("EUC_TW"), Charset::Foreign);
        let blanks = " \u{a0}\u{3000}";
        for (name, letters) in [("UTF8", blanks), ("LATIN1", " \u{a0}"), ("SQL_ASCII", " ")] {
            assert_eq!(Charset::of(name).letters(blanks), letters, "{name}");
        }
    }
}
