//! Files between processes and between runs, written atomically; most are small JSON.
//!
//! A reader sees the old content or the new one, also when the writer is killed or the power fails.
//! An unreadable file is never taken for a missing one; its owner only renames it, so that it can
//! be inspected.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Longest file that is read or written.
pub const SIZE_LIMIT_BYTES: u64 = 1024 * 1024;

/// End of the names of files that don't have their own yet.
const UNFINISHED: &str = ".unfinished";

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The user of the process.
    Owner,
    /// The user's group as well.
    Group,
}

impl Readers {
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o640,
        }
    }
}

/// What can't be done with a file.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeFileError {
    /// The system refuses.
    #[error("{path} can't be {what}: {cause}")]
    Io {
        /// The file.
        path: String,
        /// Read, written, set aside.
        what: &'static str,
        cause: std::io::Error,
    },
    /// It is not a regular file, such as a link or a pipe.
    #[error("{0} is not a regular file; remove it")]
    NotAFile(String),
    #[error("{path} has more than {most_bytes} bytes; nothing of ours is that long")]
    TooLong { path: String, most_bytes: u64 },
    /// Its text is not what it should be.
    #[error("{path} is damaged: {cause}")]
    Damaged {
        /// The file.
        path: String,
        /// Where it stops making sense.
        cause: serde_json::Error,
    },
}

impl RuntimeFileError {
    /// Whether the file's content is the trouble: reading it again would not help.
    pub fn is_content(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }

    /// What the system refuses to have done with a file.
    pub fn io(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |cause| {
            // What comes with a path of its own names a file that is another one each time.
            let has_path = cause.raw_os_error().is_none() && cause.get_ref().is_some();
            let cause = if has_path { cause.kind().into() } else { cause };
            Self::Io { path, what, cause }
        }
    }
}

/// Writes the file in one step: a new file beside it takes its place once the disk has it.
///
/// # Errors
/// The folder isn't there or can't be written to, or the text is too long. The file is then as it
/// was.
pub fn write_json<T: Serialize>(
    path: &Path,
    content: &T,
    readers: Readers,
) -> Result<(), RuntimeFileError> {
    write_bytes(path, &text_of(path, content)?, readers)
}

/// Like [`write_json`], of bytes, which may be of any length.
///
/// # Errors
/// The folder isn't there or can't be written to, or its disk is full. The file is then as it was.
pub fn write_bytes(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), RuntimeFileError> {
    let written = unfinished(path, bytes, readers).and_then(|file| {
        file.persist(path)?;
        sync_folder(path)
    });
    written.map_err(RuntimeFileError::io(path, "written"))
}

/// Creates the file atomically if it is missing; returns whether it did. Of several concurrent
/// writers one succeeds.
///
/// # Errors
/// The folder isn't there or can't be written to, or the text is too long.
pub fn create_json<T: Serialize>(
    path: &Path,
    content: &T,
    readers: Readers,
) -> Result<bool, RuntimeFileError> {
    let text = text_of(path, content)?;
    let created =
        unfinished(path, &text, readers).and_then(|file| match file.persist_noclobber(path) {
            Ok(_) => sync_folder(path).map(|()| true),
            Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(failed.error),
        });
    created.map_err(RuntimeFileError::io(path, "written"))
}

fn text_of<T: Serialize>(path: &Path, content: &T) -> Result<Vec<u8>, RuntimeFileError> {
    let shown = || path.display().to_string();
    let mut text = serde_json::to_vec_pretty(content)
        .map_err(|cause| RuntimeFileError::Damaged { path: shown(), cause })?;
    text.push(b'\n');
    if text.len() as u64 > SIZE_LIMIT_BYTES {
        return Err(RuntimeFileError::TooLong { path: shown(), most_bytes: SIZE_LIMIT_BYTES });
    }
    Ok(text)
}

/// Begin of the names of unfinished files that are to become `path`.
fn leading(path: &Path) -> std::io::Result<OsString> {
    let name = path.file_name().ok_or(std::io::ErrorKind::InvalidFilename)?;
    let mut leading = OsString::from(".");
    leading.push(name);
    leading.push("-");
    Ok(leading)
}

/// A synced temporary file beside `path`, which is removed unless it is renamed to it.
fn unfinished(path: &Path, text: &[u8], readers: Readers) -> std::io::Result<NamedTempFile> {
    let rights = Permissions::from_mode(readers.mode());
    let mut unfinished = tempfile::Builder::new()
        .prefix(&leading(path)?)
        .suffix(UNFINISHED)
        .permissions(rights.clone())
        .tempfile_in(folder_of(path))?;
    // The process's mask may have taken rights away.
    unfinished.as_file().set_permissions(rights)?;
    unfinished.write_all(text)?;
    unfinished.as_file().sync_all()?;
    Ok(unfinished)
}

/// The right to write in a folder, by a file in it, until that is dropped or the process ends; `None`
/// while another process has it. Makes the folder.
///
/// # Errors
/// The folder can't be made or written to.
pub fn lock(path: &Path) -> Result<Option<File>, RuntimeFileError> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(RuntimeFileError::io(folder, "made"))?;
    let file = File::create(path).map_err(RuntimeFileError::io(path, "written"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) => Err(RuntimeFileError::io(path, "locked")(cause)),
    }
}

/// Without this the name could still be the old file's after a power failure.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Removes temporary files that killed writers left beside this file; returns how many. Files
/// younger than a minute may be in use.
///
/// # Errors
/// The folder can't be read or written to.
pub fn sweep(path: &Path, now: SystemTime) -> Result<usize, RuntimeFileError> {
    const IN_HAND: Duration = Duration::from_secs(60);
    let of_look = || RuntimeFileError::io(path, "looked around");
    let begin = leading(path).map_err(of_look())?;
    let mut removed = 0;
    for entry in std::fs::read_dir(folder_of(path)).map_err(of_look())? {
        let entry = entry.map_err(of_look())?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        // A missing one was renamed already.
        if name.starts_with(begin.as_encoded_bytes())
            && name.ends_with(UNFINISHED.as_bytes())
            && let Ok(written) = entry.metadata().and_then(|about| about.modified())
            && now.duration_since(written).is_ok_and(|age| age >= IN_HAND)
        {
            remove(&entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Reads the file; `None` if it is missing.
///
/// # Errors
/// It is there, and can't be read or makes no sense.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RuntimeFileError> {
    let Some(text) = read_bytes(path, SIZE_LIMIT_BYTES)? else { return Ok(None) };
    let shown = || path.display().to_string();
    let read = serde_json::from_slice(&text);
    read.map(Some).map_err(|cause| RuntimeFileError::Damaged { path: shown(), cause })
}

/// Reads a file of `most_bytes` at most; `None` if it is missing.
///
/// # Errors
/// It is there, and can't be read or is longer.
pub fn read_bytes(path: &Path, most_bytes: u64) -> Result<Option<Vec<u8>>, RuntimeFileError> {
    let shown = || path.display().to_string();
    // A link could point anywhere, and a pipe would be waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) if path.is_symlink() => return Err(RuntimeFileError::NotAFile(shown())),
        Err(cause) => return Err(RuntimeFileError::io(path, "read")(cause)),
    };
    let of_read = || RuntimeFileError::io(path, "read");
    let about = file.metadata().map_err(of_read())?;
    if !about.is_file() {
        return Err(RuntimeFileError::NotAFile(shown()));
    }
    let mut bytes = Vec::with_capacity(about.len().min(most_bytes) as usize);
    file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(of_read())?;
    if bytes.len() as u64 > most_bytes {
        return Err(RuntimeFileError::TooLong { path: shown(), most_bytes });
    }
    Ok(Some(bytes))
}

/// Reads a file that the caller owns. One that makes no sense is set aside as
/// `NAME.corrupt-<time>`, with a line in the log, and counts as not there.
///
/// # Errors
/// It can't be read or set aside.
pub fn read_own_json<T: DeserializeOwned>(
    path: &Path,
    now: Timestamp,
) -> Result<Option<T>, RuntimeFileError> {
    match read_json(path) {
        Err(error) if error.is_content() => {
            let kept = set_aside(path, now)?;
            tracing::error!(%error, kept = %kept.display(), "a file was set aside; going on without it");
            Ok(None)
        }
        read => read,
    }
}

/// Renames a damaged file; returns the new name.
///
/// # Errors
/// The folder can't be written to.
pub fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, RuntimeFileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".corrupt-{}", now.strftime("%Y%m%dT%H%M%S%.3fZ")));
    let aside = PathBuf::from(name);
    std::fs::rename(path, &aside).map_err(RuntimeFileError::io(path, "set aside"))?;
    Ok(aside)
}

/// Removes the file, which may be gone already.
///
/// # Errors
/// The folder can't be written to.
pub fn remove(path: &Path) -> Result<(), RuntimeFileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RuntimeFileError::io(path, "removed")(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
