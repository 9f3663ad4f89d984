//! Snapshots in wasm memory.

mod arguments;
mod update;
mod ranged;
mod equipment;
mod history;
mod holds;
mod downtime;
mod lots;
mod changes;
mod memory;

pub(crate) use arguments::answer;
