//! The one way to the database.

pub mod breaker;
