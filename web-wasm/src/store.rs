//! Snapshots in wasm memory.

mod arguments;
mod equipment;
mod lots;
