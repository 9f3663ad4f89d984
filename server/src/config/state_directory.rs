//! Folders in the directory that systemd gives the service for what it keeps.

use std::ffi::OsString;
use std::path::PathBuf;

/// A folder in `STATE_DIRECTORY`, which may be several with colons between them; `None` without one.
pub(super) fn in_state_directory(state: Option<OsString>, folder: &str) -> Option<PathBuf> {
    let state = state.filter(|state| !state.is_empty())?;
    Some(std::env::split_paths(&state).next()?.join(folder))
}
