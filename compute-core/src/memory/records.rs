//! Records of a shift, as they are sent.
//!
//! The stream begins with [`BEGIN`]. A record follows with its length (4 bytes, little endian); it
//! is a header of [`HEADER`] bytes and, of a table, the bytes of an Arrow IPC stream:
//!
//! | bytes | |
//! |---|---|
//! | 1 | 0: a whole table, 1: what changed since the last record of the table, 2: tables that are as recorded |
//! | 1 | the datasets, one bit each |
//! | 6 | zero |
//! | 8 | the server's clock, ms after 1970, UTC, little endian |
//! | 8 | plant time, s after 1970-01-01 00:00:00 there, little endian |
//! | 32 | the version that results; blank of the third kind |

use crate::calendar::Moment;
use crate::table::Dataset;

/// First bytes of a stream of records, with the version of the form.
pub const BEGIN: [u8; 8] = *b"MESSHFT1";
/// Bytes of a record's length.
const LENGTH: usize = 4;
/// Bytes before a record's table.
pub(super) const HEADER: usize = 56;
/// Where the version begins.
const VERSION_AT: usize = 24;

/// Some of the datasets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatasetSet(u8);

impl DatasetSet {
    /// With another one.
    #[must_use]
    pub fn with(self, dataset: Dataset) -> Self {
        Self(self.0 | 1 << dataset as u8)
    }

    /// With all of some others.
    #[must_use]
    pub fn with_all(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether it is one of them.
    pub fn contains(self, dataset: Dataset) -> bool {
        self.0 & 1 << dataset as u8 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The only one.
    fn single(self) -> Option<Dataset> {
        let mut all = Dataset::ALL.into_iter().filter(|dataset| self.contains(*dataset));
        all.next().filter(|_| all.next().is_none())
    }
}

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A whole table: an Arrow IPC stream of its display columns.
    Whole {
        /// Which table.
        dataset: Dataset,
        /// Its version, at most 32 characters.
        version: &'a str,
        /// The stream.
        table: &'a [u8],
    },
    /// What changed since the last record of the table; see [`crate::delta::Delta::to_ipc`].
    Delta {
        /// Which table.
        dataset: Dataset,
        /// The version that results.
        version: &'a str,
        /// The delta.
        delta: &'a [u8],
    },
    /// These tables were still as recorded last.
    Same(DatasetSet),
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The server's clock, ms after 1970, UTC.
    pub at_ms: i64,
    /// The same in plant time.
    pub moment: Moment,
    /// What it tells.
    pub content: Content<'a>,
}

/// Why bytes are no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the records of the shift are damaged at byte {at}: {reason}")]
pub struct RecordError {
    /// Where.
    pub at: usize,
    /// What doesn't fit.
    pub reason: &'static str,
}

impl<'a> Record<'a> {
    /// Its bytes, without their length.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, datasets, version, body) = match self.content {
            Content::Whole { dataset, version, table } => {
                (0, DatasetSet::default().with(dataset), version, table)
            }
            Content::Delta { dataset, version, delta } => {
                (1, DatasetSet::default().with(dataset), version, delta)
            }
            Content::Same(datasets) => (2, datasets, "", &[][..]),
        };
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend_from_slice(&[kind, datasets.0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.at_ms.to_le_bytes());
        bytes.extend_from_slice(&self.moment.0.to_le_bytes());
        let version = version.as_bytes();
        bytes.extend_from_slice(&version[..version.len().min(HEADER - VERSION_AT)]);
        bytes.resize(HEADER, b' ');
        bytes.extend_from_slice(body);
        bytes
    }

    /// Reads what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// It is not that.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let (header, body) = bytes.split_at_checked(HEADER).ok_or("a record is too short")?;
        let number = |at: usize| {
            let mut field = [0; 8];
            field.copy_from_slice(&header[at..at + 8]);
            i64::from_le_bytes(field)
        };
        let (datasets, version) = (DatasetSet(header[1]), &header[VERSION_AT..]);
        let version = std::str::from_utf8(version).map_err(|_| "a version is no text")?;
        let version = version.trim_end_matches(' ');
        let single = datasets.single().ok_or("a record names no table, or several");
        let content = match header[0] {
            0 => Content::Whole { dataset: single?, version, table: body },
            1 => Content::Delta { dataset: single?, version, delta: body },
            2 if datasets.0 >> Dataset::ALL.len() == 0 && body.is_empty() => {
                Content::Same(datasets)
            }
            _ => return Err("a record is of no known kind"),
        };
        Ok(Self { at_ms: number(8), moment: Moment(number(16)), content })
    }
}

/// Begins and ends of the records of a stream.
///
/// # Errors
/// It doesn't begin as a stream of records does, or ends within one.
pub fn records(
    bytes: &[u8],
) -> Result<impl Iterator<Item = Result<(usize, Record<'_>), RecordError>>, RecordError> {
    if !bytes.starts_with(&BEGIN) {
        return Err(RecordError { at: 0, reason: "they don't begin as records do" });
    }
    let mut at = BEGIN.len();
    Ok(std::iter::from_fn(move || {
        if at == bytes.len() {
            return None;
        }
        let begin = at;
        let failed = |reason| Some(Err(RecordError { at: begin, reason }));
        // Nothing can be read behind what is damaged.
        at = bytes.len();
        let Some((length, rest)) = bytes[begin..].split_first_chunk::<LENGTH>() else {
            return failed("they end within a length");
        };
        let Some(body) = rest.get(..u32::from_le_bytes(*length) as usize) else {
            return failed("they end within a record");
        };
        at = begin + length.len() + body.len();
        match Record::from_bytes(body) {
            Ok(record) => Some(Ok((begin + length.len(), record))),
            Err(reason) => failed(reason),
        }
    }))
}

/// The stream with the first version of each table only. What can't be read ends it.
pub fn first_versions(stream: &[u8]) -> Vec<u8> {
    let mut out = BEGIN.to_vec();
    let mut seen = DatasetSet::default();
    let read = records(stream).into_iter().flatten().map_while(Result::ok);
    for (begin, record) in read {
        if let Content::Whole { dataset, table, .. } = record.content
            && !seen.contains(dataset)
        {
            seen = seen.with(dataset);
            out.extend_from_slice(&stream[begin - LENGTH..begin + HEADER + table.len()]);
        }
    }
    out
}
