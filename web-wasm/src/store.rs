//! Snapshots in wasm memory.

mod arguments;
mod update;
mod equipment;
mod history;
mod holds;
mod downtime;
mod lots;

pub(crate) use arguments::answer;
