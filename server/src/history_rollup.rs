//! The roll-up of history: the hours of past days, read once from the MES and kept in files.
//!
//! A year of shifts has tens of millions of rows and a few hundred thousand sums. The keeper
//! ([`HistoryRollup::keep`]) reads past days, newest first, and writes their sums by machine, day and
//! state into one file per month. Questions of any range then read files, and the database only for
//! days that no file has: today, and days that are not rolled up yet.
//!
//! What is kept is never trusted blindly. Days that may still change are counted and added up again
//! at an interval, all others once a day; a day whose fingerprint changed is dropped before it is
//! read again. A file that its checksum doesn't prove, or that was made under other rules, is none.

mod month;
mod days;
mod plan;
mod record;
mod file;
mod store;
mod report;
mod keeper;
mod cover;
mod verify;

pub use cover::Cover;
pub use days::{DayHours, of_undated};
pub use keeper::{HistoryRollup, RollupClock, RollupSetup, StepFailure};
pub use plan::{Cost, Policy};
pub use report::RollupReport;
pub use store::{Store, StoreError};
pub use verify::{Verdict, VerifiedDay};
