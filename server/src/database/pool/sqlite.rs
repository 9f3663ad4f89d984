//! Connections to the SQLite file that a path names, also after another file took its place.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

use super::{PoolError, Shape, lock};
use crate::database::address::sqlite_file;

/// Device and inode of a file: another one after a replacement by `mv`.
type FileId = (u64, u64);

#[derive(Debug)]
pub struct SqliteFile {
    options: SqliteConnectOptions,
    /// None for a database in memory.
    path: Option<PathBuf>,
    shape: Shape,
    /// With the file that the last check found; `None` before the first.
    current: Mutex<(Option<FileId>, SqlitePool)>,
}

impl SqliteFile {
    pub(super) fn new(url: &str, busy: Duration, shape: Shape) -> Result<Self, PoolError> {
        let (options, path) = sqlite_file(url).map_err(PoolError::Address)?;
        // The wait for a locked file runs inside SQLite, where no deadline reaches it.
        let options = options.read_only(true).busy_timeout(busy);
        let pool: SqlitePoolOptions = shape.options();
        let current = Mutex::new((None, pool.connect_lazy_with(options.clone())));
        Ok(Self { options, path, shape, current })
    }

    pub fn pool(&self) -> SqlitePool {
        lock(&self.current).1.clone()
    }

    /// Makes a new pool when the path names another file than at the last check. A file that is
    /// missing changes nothing: the open one can still be read.
    pub async fn look(&self) {
        let Some(path) = self.path.clone() else { return };
        // The folder may be on a network drive that hangs.
        let looking = tokio::task::spawn_blocking(move || std::fs::metadata(path));
        let Ok(Ok(found)) = looking.await else { return };
        let found = (found.dev(), found.ino());
        let mut current = lock(&self.current);
        if current.0.replace(found).is_none_or(|known| known == found) {
            return;
        }
        let pool: SqlitePoolOptions = self.shape.options();
        let old = std::mem::replace(&mut current.1, pool.connect_lazy_with(self.options.clone()));
        drop(current);
        tracing::info!(path = ?self.path, "the SQLite file was replaced; opening the new one");
        tokio::spawn(async move { old.close().await });
    }

    /// None for a database in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}
