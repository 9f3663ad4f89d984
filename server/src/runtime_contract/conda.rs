//! The conda package in its environment, according to conda's own records.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::installation::{PACKAGE, PROGRAM};

/// conda's record of an installed package; only what is compared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PackageRecord {
    pub name: String,
    pub version: String,
    #[serde(default)]
    paths_data: Paths,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Paths {
    #[serde(default)]
    paths: Vec<PackagedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct PackagedFile {
    #[serde(rename = "_path")]
    path: String,
    sha256: Option<String>,
    sha256_in_prefix: Option<String>,
}

impl PackageRecord {
    /// SHA-256 that conda noted for the program.
    pub fn program_sha256(&self) -> Option<&str> {
        let file = self.paths_data.paths.iter().find(|file| file.path == PROGRAM)?;
        file.sha256_in_prefix.as_deref().or(file.sha256.as_deref())
    }
}

/// A record's file, and what is in it: an error of the kind `InvalidData` where that is no record.
pub type Record = (PathBuf, std::io::Result<PackageRecord>);

/// The records of our package; conda keeps exactly one.
///
/// # Errors
/// There is no conda environment.
pub fn records(prefix: &Path) -> std::io::Result<Vec<Record>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(prefix.join("conda-meta"))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_ours = name
            .as_deref()
            .and_then(|name| name.strip_suffix(".json")?.rsplitn(3, '-').last().map(str::to_owned))
            .is_some_and(|name| name == PACKAGE);
        if is_ours {
            let record = read(&path);
            found.push((path, record));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

fn read(path: &Path) -> std::io::Result<PackageRecord> {
    let text = std::fs::read(path)?;
    let record: Option<PackageRecord> = serde_json::from_slice(&text).ok();
    record
        .filter(|record| record.name == PACKAGE)
        .ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "no record of a package"))
}

/// SHA-256 of a file in hexadecimal digits.
///
/// # Errors
/// It can't be read.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..read]);
    }
}
