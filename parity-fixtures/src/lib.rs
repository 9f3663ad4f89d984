//! Proof that every build of `compute-core` gives the same answers, and that
//! they are those of the system that this one replaces.
//!
//! `cargo xtask parity` runs it all: the golden plant and generated hostile
//! plants go through the native build, the wasm build in Node and the wasm
//! build in Chromium, which must agree to the last bit; and a server on the
//! golden database is held against the recorded answers.

#![allow(missing_docs, reason = "a tool: a doc comment is written where a name is not enough")]

pub mod tolerance;
pub mod plant;
pub mod golden;
pub mod baseline;
pub mod questions;
pub mod plan;
pub mod native;
