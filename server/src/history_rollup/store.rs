//! The folder of the files: read by everybody, written by the one that holds its lock.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::file::{MonthFile, Refusal};
use super::month::Month;
use super::record::Records;
use crate::runtime_files::{self, Readers, RuntimeFileError};

/// Longest file of a month: 100,000 machines on 31 days have a tenth of it.
const MOST_BYTES: u64 = 4 << 30;
/// End of the names of files.
const SUFFIX: &str = ".arrows";
const GENERATION: &str = "rebuild.json";
const LOCK: &str = "keeper.lock";

/// Why the files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses: no such folder, no right, no space.
    #[error(transparent)]
    Runtime(#[from] RuntimeFileError),
    #[error("{path} can't be used: {cause}")]
    Folder { path: String, cause: std::io::Error },
    /// A file is not to be trusted.
    #[error("{path} is damaged: {why}")]
    Damaged { path: String, why: String },
}

impl StoreError {
    /// Whether a file's content is the trouble, which reading it again would not change.
    pub fn is_content(&self) -> bool {
        match self {
            Self::Runtime(cause) => cause.is_content(),
            Self::Folder { .. } => false,
            Self::Damaged { .. } => true,
        }
    }
}

/// What changes when another file takes a name.
type Stamp = (u64, u64, i64, i64);

/// The folder of the files.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// What all numbers depend on; files of another one are none.
    basis: String,
    /// Records of files that were read, as long as the files are the same.
    known: Mutex<BTreeMap<Month, (Stamp, Arc<Records>)>>,
}

/// The number of requests for a rebuild.
#[derive(Default, Serialize, Deserialize)]
struct Rebuild {
    generation: u64,
}

impl Store {
    /// Files in `folder`, which need not be there yet; `basis` names all that their numbers depend on.
    pub fn new(folder: &Path, basis: &str) -> Self {
        let basis = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(basis.as_bytes()));
        Self { folder: folder.to_owned(), basis, known: Mutex::default() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, month: Month) -> PathBuf {
        self.folder.join(format!("{month}{SUFFIX}"))
    }

    fn failed(&self, cause: std::io::Error) -> StoreError {
        StoreError::Folder { path: self.folder.display().to_string(), cause }
    }

    /// The right to write, until it is dropped or the process ends; `None` while another process
    /// has it. Makes the folder, and removes what killed writers left.
    ///
    /// # Errors
    /// The folder can't be made or written to.
    pub(super) fn lock(&self) -> Result<Option<File>, StoreError> {
        let Some(file) = runtime_files::lock(&self.folder.join(LOCK))? else { return Ok(None) };
        for month in self.months()? {
            runtime_files::sweep(&self.path(month), SystemTime::now())?;
        }
        Ok(Some(file))
    }

    /// Months that have a file, ascending.
    pub(super) fn months(&self) -> Result<Vec<Month>, StoreError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(self.failed(cause)),
        };
        let mut months = Vec::new();
        for entry in entries {
            let name = entry.map_err(|cause| self.failed(cause))?.file_name();
            let month = name.to_str().and_then(|name| Month::parse(name.strip_suffix(SUFFIX)?));
            months.extend(month);
        }
        months.sort_unstable();
        Ok(months)
    }

    /// The file of a month; `None` where there is none, or one that was made under other settings.
    ///
    /// # Errors
    /// It is damaged, or can't be read.
    pub(super) fn load(&self, month: Month) -> Result<Option<MonthFile>, StoreError> {
        let path = self.path(month);
        let stamp = stamp(&path);
        let Some(bytes) = runtime_files::read_bytes(&path, MOST_BYTES)? else { return Ok(None) };
        match MonthFile::decode(&bytes, month, &self.basis) {
            Ok(file) => {
                // A file that was replaced in between has another stamp, and is read again.
                if let Some(stamp) = stamp {
                    self.lock_known().insert(month, (stamp, Arc::new(file.records.clone())));
                }
                Ok(Some(file))
            }
            Err(Refusal::OtherBasis) => Ok(None),
            Err(Refusal::Damaged(why)) => {
                Err(StoreError::Damaged { path: path.display().to_string(), why })
            }
        }
    }

    /// The records of a month, without reading a file again that is the same.
    pub(super) fn records(&self, month: Month) -> Result<Option<Arc<Records>>, StoreError> {
        let stamp = stamp(&self.path(month));
        let held = self.lock_known().get(&month).cloned();
        if let (Some(stamp), Some((known, records))) = (stamp, held)
            && stamp == known
        {
            return Ok(Some(records));
        }
        Ok(self.load(month)?.map(|file| Arc::new(file.records)))
    }

    /// Writes the file of a month: whole, or not at all.
    pub(super) fn save(&self, file: &MonthFile) -> Result<(), StoreError> {
        let path = self.path(file.month);
        let bytes = file.encode(&self.basis).map_err(|cause| StoreError::Damaged {
            path: path.display().to_string(),
            why: cause.to_string(),
        })?;
        Ok(runtime_files::write_bytes(&path, &bytes, Readers::Group)?)
    }

    /// Renames the damaged file of a month, so that it can be looked at.
    pub(super) fn set_aside(&self, month: Month, now: Timestamp) -> Result<PathBuf, StoreError> {
        Ok(runtime_files::set_aside(&self.path(month), now)?)
    }

    /// Days that were read before this many requests for a rebuild count as not there.
    ///
    /// # Errors
    /// The file of requests can't be read.
    pub fn generation(&self) -> Result<u64, StoreError> {
        let read: Option<Rebuild> = runtime_files::read_json(&self.folder.join(GENERATION))?;
        Ok(read.unwrap_or_default().generation)
    }

    /// Requests that all days are read again. Until then they count as not there.
    ///
    /// # Errors
    /// The folder can't be written to.
    pub fn request_rebuild(&self) -> Result<(), StoreError> {
        std::fs::create_dir_all(&self.folder).map_err(|cause| self.failed(cause))?;
        // Above all that files were read after, also where the file of requests is damaged.
        let mut generation = self.generation().unwrap_or_default();
        for month in self.months()? {
            let records = self.records(month).ok().flatten();
            let newest = records
                .and_then(|records| records.days.values().map(|record| record.generation).max());
            generation = generation.max(newest.unwrap_or_default());
        }
        let next = Rebuild { generation: generation + 1 };
        Ok(runtime_files::write_json(&self.folder.join(GENERATION), &next, Readers::Group)?)
    }

    fn lock_known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Month, (Stamp, Arc<Records>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.ino(), about.len(), about.mtime(), about.mtime_nsec()))
}
