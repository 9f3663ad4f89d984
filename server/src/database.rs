//! The one way to the database.

pub mod breaker;
pub mod gate;
pub mod leak;
