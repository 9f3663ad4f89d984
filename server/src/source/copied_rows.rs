//! Rows of `copy (select …) to stdout` in the text format: a line per row, tabs between cells, `\N` for
//! NULL, and a backslash before what would end a cell or a line.
//!
//! That format is what PostgreSQL writes fastest: cells come as their types print them.

use std::ops::Range;

use memchr::{memchr, memchr2_iter};

/// What is no copy of rows with so many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database sent no valid rows: {0}")]
pub(super) struct Malformed(&'static str);

impl From<Malformed> for sqlx::Error {
    fn from(malformed: Malformed) -> Self {
        Self::Decode(malformed.into())
    }
}

/// Cuts a copy into rows.
#[derive(Debug)]
pub(super) struct CopiedRows {
    /// Cells of a row.
    width: usize,
    /// Beginning of a line that has not arrived as a whole.
    rest: Vec<u8>,
    places: Vec<Place>,
    /// Cells of the current row that had backslashes.
    unescaped: Vec<u8>,
}

/// Where a cell is.
#[derive(Clone, Debug)]
enum Place {
    Null,
    Line(Range<usize>),
    Unescaped(Range<usize>),
}

/// One row of a copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct CopiedRow<'r> {
    line: &'r [u8],
    unescaped: &'r [u8],
    places: &'r [Place],
}

impl<'r> CopiedRow<'r> {
    /// Bytes of a cell; `None` for NULL.
    pub(super) fn cell(&self, place: usize) -> Option<&'r [u8]> {
        match self.places[place].clone() {
            Place::Null => None,
            Place::Line(range) => Some(&self.line[range]),
            Place::Unescaped(range) => Some(&self.unescaped[range]),
        }
    }
}

impl CopiedRows {
    /// Rows of `width` cells.
    pub(super) fn new(width: usize) -> Self {
        Self { width, rest: Vec::new(), places: Vec::new(), unescaped: Vec::new() }
    }

    /// Takes the next bytes, cut anywhere, and gives the rows that end in them to `take`.
    ///
    /// # Errors
    /// A row has another number of cells, or those of `take`.
    pub(super) fn push<E: From<Malformed>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(CopiedRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut begun = std::mem::take(&mut self.rest);
        let mut bytes = if begun.is_empty() {
            bytes
        } else {
            begun.extend_from_slice(bytes);
            &begun[..]
        };
        while let Some(end) = memchr(b'\n', bytes) {
            let line = &bytes[..end];
            self.split(line)?;
            take(CopiedRow { line, unescaped: &self.unescaped, places: &self.places })?;
            bytes = &bytes[end + 1..];
        }
        self.rest = bytes.to_vec();
        Ok(())
    }

    /// Checks that the copy has ended with a row.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed("the rows broke off")) }
    }

    fn split(&mut self, line: &[u8]) -> Result<(), Malformed> {
        self.places.clear();
        self.unescaped.clear();
        let (mut start, mut has_backslash) = (0, false);
        for at in memchr2_iter(b'\t', b'\\', line) {
            if line[at] == b'\\' {
                has_backslash = true;
            } else {
                self.add(line, start..at, has_backslash);
                (start, has_backslash) = (at + 1, false);
            }
        }
        self.add(line, start..line.len(), has_backslash);
        match self.places.len() == self.width {
            true => Ok(()),
            false => Err(Malformed("a row has another number of cells")),
        }
    }

    fn add(&mut self, line: &[u8], range: Range<usize>, has_backslash: bool) {
        self.places.push(match &line[range.clone()] {
            _ if !has_backslash => Place::Line(range),
            b"\\N" => Place::Null,
            cell => {
                let begin = self.unescaped.len();
                unescape(cell, &mut self.unescaped);
                Place::Unescaped(begin..self.unescaped.len())
            }
        });
    }
}

fn unescape(cell: &[u8], into: &mut Vec<u8>) {
    let mut bytes = cell.iter();
    while let Some(&byte) = bytes.next() {
        let escaped = if byte == b'\\' { bytes.next() } else { None };
        into.push(match escaped {
            None => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0b,
            Some(&other) => other,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Cells = Vec<Option<Vec<u8>>>;

    /// As PostgreSQL writes it.
    fn copy(rows: &[Cells]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in rows {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    bytes.push(b'\t');
                }
                let Some(cell) = cell else {
                    bytes.extend(b"\\N");
                    continue;
                };
                for &byte in cell {
                    match b"\x08\x0c\n\r\t\x0b\\".iter().position(|special| *special == byte) {
                        Some(place) => bytes.extend([b'\\', b"bfnrtv\\"[place]]),
                        None => bytes.push(byte),
                    }
                }
            }
            bytes.push(b'\n');
        }
        bytes
    }

    /// The rows of messages, and whether they ended.
    fn read(width: usize, messages: &[&[u8]]) -> Result<(Vec<Cells>, bool), Malformed> {
        let mut rows = CopiedRows::new(width);
        let mut found = Vec::new();
        for message in messages {
            rows.push(message, |row| {
                found.push((0..width).map(|place| row.cell(place).map(<[u8]>::to_vec)).collect());
                Ok::<_, Malformed>(())
            })?;
        }
        Ok((found, rows.finish().is_ok()))
    }

    /// Bytes of which many have to be escaped.
    fn cell() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![prop::sample::select(&b"\t\n\r\\\x08\x0c\x0bNntx."[..]), 1_u8..=255];
        prop::collection::vec(byte, 0..6)
    }

    proptest! {
        #[test]
        fn rows_are_the_same_wherever_they_are_cut(
            width in 1_usize..=4,
            rows in prop::collection::vec(prop::collection::vec(prop::option::of(cell()), 4), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let rows: Vec<Cells> = rows.into_iter().map(|row| row[..width].to_vec()).collect();
            let bytes = copy(&rows);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let messages: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            prop_assert_eq!(read(width, &messages), Ok((rows, true)));
        }

        #[test]
        fn no_bytes_panic(width in 1_usize..3, noise in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(width, &[&noise]);
        }
    }

    #[test]
    fn what_is_no_copy_is_an_error() {
        assert_eq!(read(1, &[b"a\n"]), Ok((vec![vec![Some(b"a".to_vec())]], true)));
        assert!(!read(1, &[b"a\nb"]).unwrap().1, "it broke off");
        assert!(read(2, &[b"a\n"]).is_err());
        assert!(read(1, &[b"a\tb\n"]).is_err());
    }
}
