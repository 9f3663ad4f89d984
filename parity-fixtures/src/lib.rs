//! Proof that every build of `compute-core` gives the same answers, and that
//! they are those of the system that this one replaces.
//!
//! `cargo xtask parity` runs it all: the golden plant and generated hostile
//! plants go through the native build, the wasm build in Node and the wasm
//! build in Chromium, which must agree to the last bit; and a server on the
//! golden database is held against the recorded answers.

pub mod tolerance;
pub mod golden;
pub mod baseline;
pub mod plant;
pub mod questions;
pub mod native;
pub mod plan;
