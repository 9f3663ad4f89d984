//! A simulated packaging plant: lots, machines, jobs and hours that fit together.
//!
//! Pure: seed, clock and sizes are arguments, and equal arguments make equal plants. [`Factory`] is the plant
//! at one moment and is moved by ticks. [`source`] gives its source tables as rows and record batches,
//! [`sqlite`] the database of the demo, [`sql`] statements for either database.

mod random;
mod catalogue;
mod factory;
mod rows;
mod history;
pub mod source;
pub mod sql;
pub mod sqlite;

use jiff::civil::{DateTime, date};

pub use factory::{Changes, Factory, PlantSize};
pub use rows::{Cell, Row};

/// A moment for plants that need no other one.
pub const MORNING: DateTime = date(2026, 11, 20).at(8, 0, 0, 0);
