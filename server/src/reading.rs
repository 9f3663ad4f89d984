//! How cells of the source tables are read: one policy for snapshots, history, jobs and the table
//! browser, in both databases.
//!
//! What can't be read is missing and is counted in a [`Ledger`]; it never stops its row or its
//! table. docs/reading.md lists the accepted spellings.

mod text;
mod number;
mod flag;
mod moment;
mod column;
mod table;
#[cfg(test)]
mod tests;

pub use column::{ColumnReader, Decided, Value};
pub use table::{TableReader, named};
pub use text::{BLANKS, is_blank, trimmed};

use std::borrow::Cow;

use compute_core::quality::{Effect, Ledger, Reason};
use compute_core::site_rules::{ShortDates, SiteRules};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A cell as the database holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    Null,
    Text(&'a str),
    /// A number of a typed column, in its database's digits.
    Number(&'a str),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Bytes, or text that is not UTF-8.
    Bytes,
}

/// What differs from plant to plant.
#[derive(Clone, Debug)]
pub struct Reading {
    zone: TimeZone,
    short_dates: ShortDates,
}

impl Reading {
    /// Moments are those of this zone; dates begin with the year.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, short_dates: ShortDates::default() }
    }

    /// Also reads what the site's rules allow.
    #[must_use]
    pub fn with_rules(mut self, rules: &SiteRules) -> Self {
        self.short_dates = rules.short_dates;
        self
    }

    /// The zone of the plant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's name for the database.
    pub(crate) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// A moment as `YYYY-MM-DD HH:MM:SS` in plant time, if there is one.
    ///
    /// # Errors
    /// The cell is no moment, or none of the years 1 to 9999.
    pub fn moment<'a>(&self, raw: Raw<'a>) -> Result<Option<Cow<'a, str>>, Reason> {
        moment::read(raw, &self.zone, self.short_dates)
    }

    /// The plant's time one day later than a moment.
    fn a_day_after(&self, moment: Timestamp) -> String {
        let later = moment.saturating_add(SignedDuration::from_hours(24)).unwrap_or(moment);
        self.zone.to_datetime(later).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// Logs the columns with cells that count as missing.
pub fn warn_of(dataset: &'static str, ledger: &Ledger) {
    for warning in warnings(ledger) {
        tracing::warn!(dataset, warning, "cells read as missing");
    }
}

/// One line per column with cells that count as missing.
pub fn warnings(ledger: &Ledger) -> Vec<String> {
    let missing =
        ledger.findings().filter(|finding| finding.reason.effect() == Effect::CellMissing);
    missing
        .map(|finding| {
            let (column, count) = (finding.column, finding.count);
            let sample = finding.sample_value.as_deref().unwrap_or_default();
            let key = finding.sample_key.as_deref().unwrap_or_default();
            format!("{column}: {count} cells can't be read, for example {sample:?} of {key:?}")
        })
        .collect()
}
