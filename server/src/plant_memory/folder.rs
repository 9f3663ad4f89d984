//! The folder of the files: read by everybody, written by the one that holds its lock.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use compute_core::calendar::Moment;

use super::file;
use crate::runtime_files::{self, RuntimeFileError};

/// End of the names of files.
const SUFFIX: &str = ".shift";
const LOCK: &str = "keeper.lock";
/// Longest file of a shift.
const MOST_BYTES: u64 = 4 << 30;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Days before today.
    pub days: u16,
    /// Bytes of all files.
    pub bytes: u64,
}

/// The folder of the files, which need not be there yet.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A file that the keeper appends to.
#[derive(Debug)]
pub(super) struct Writing {
    file: File,
    path: PathBuf,
    /// Bytes of whole frames.
    bytes: u64,
}

impl Writing {
    /// Appends frames and waits until the disk has them. After a failure the file ends as before; one
    /// that would be longer than `most_bytes` is not written to.
    pub(super) fn append(
        &mut self,
        frames: &[u8],
        most_bytes: u64,
    ) -> Result<(), RuntimeFileError> {
        if self.bytes + frames.len() as u64 > most_bytes {
            let cause = format!("this shift alone would have more than {most_bytes} bytes");
            return Err(RuntimeFileError::Io {
                path: self.path.display().to_string(),
                what: "written",
                cause: std::io::Error::other(cause),
            });
        }
        let written = self.file.write_all(frames).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.bytes += frames.len() as u64,
            Err(cause) => {
                // What is left of a frame is no frame; the next writer cuts it off where this fails.
                let _ = self.file.set_len(self.bytes);
                let _ = self.file.seek(SeekFrom::Start(self.bytes));
                return Err(RuntimeFileError::io(&self.path, "written")(cause));
            }
        }
        Ok(())
    }
}

/// `2026-11-20 07:30:00` → `2026-11-20T0730.shift`
fn name(begin: Moment) -> String {
    let text = begin.to_string();
    format!("{}T{}{}{SUFFIX}", &text[..10], &text[11..13], &text[14..16])
}

fn begin_of(name: &str) -> Option<Moment> {
    let stem = name.strip_suffix(SUFFIX)?;
    let (day, time) = stem.split_once('T')?;
    let moment = Moment::parse(&format!("{day} {}:{}", time.get(..2)?, time.get(2..)?))?;
    (self::name(moment) == name).then_some(moment)
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn path_of(&self, begin: Moment) -> PathBuf {
        self.path.join(name(begin))
    }

    /// The right to write, until it is dropped or the process ends; `None` while another process
    /// has it. Makes the folder.
    pub(super) fn lock(&self) -> Result<Option<File>, RuntimeFileError> {
        runtime_files::lock(&self.path.join(LOCK))
    }

    /// Shifts that have a file, by begin, with its bytes; ascending.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn shifts(&self) -> Result<Vec<(Moment, u64)>, RuntimeFileError> {
        let of_read = || RuntimeFileError::io(&self.path, "read");
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(of_read()(cause)),
        };
        let mut shifts = Vec::new();
        for entry in entries {
            let entry = entry.map_err(of_read())?;
            // One that was removed in between is gone.
            if let (Some(begin), Ok(about)) =
                (entry.file_name().to_str().and_then(begin_of), entry.metadata())
            {
                shifts.push((begin, about.len()));
            }
        }
        shifts.sort_unstable();
        Ok(shifts)
    }

    /// The file of a shift, to append to, with what a killed writer left of a frame cut off; and how
    /// many bytes that were.
    pub(super) fn open(&self, begin: Moment) -> Result<(Writing, u64), RuntimeFileError> {
        let path = self.path_of(begin);
        let of_open = || RuntimeFileError::io(&path, "opened");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o640);
        let mut file = options.open(&path).map_err(of_open())?;
        let mut found = Vec::new();
        file.read_to_end(&mut found).map_err(of_open())?;
        let whole = file::whole_bytes(&found) as u64;
        file.set_len(whole).map_err(of_open())?;
        file.seek(SeekFrom::Start(whole)).map_err(of_open())?;
        let mut writing = Writing { file, path, bytes: whole };
        if whole == 0 {
            writing.append(&file::BEGIN, MOST_BYTES)?;
            // Without this the name could be gone after a power failure.
            runtime_files::sync_folder(&writing.path)
                .map_err(RuntimeFileError::io(&self.path, "written"))?;
        }
        Ok((writing, found.len() as u64 - whole))
    }

    /// The records of a shift as clients read them; `None` where it has no file.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn read(&self, begin: Moment) -> Result<Option<Vec<u8>>, RuntimeFileError> {
        self.read_until(begin, |_| false)
    }

    /// The same, up to the first record for which this holds.
    ///
    /// # Errors
    /// The file can't be read.
    pub(super) fn read_until(
        &self,
        begin: Moment,
        is_enough: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, RuntimeFileError> {
        let path = self.path_of(begin);
        let Some(bytes) = runtime_files::read_bytes(&path, MOST_BYTES)? else { return Ok(None) };
        file::stream(&bytes, is_enough).map(Some).map_err(RuntimeFileError::io(&path, "read"))
    }

    /// Removes what lies outside of the bounds, oldest first, and never the shift that is on; returns
    /// how many files.
    pub(super) fn sweep(&self, bounds: Bounds, now: Moment) -> Result<usize, RuntimeFileError> {
        let shifts = self.shifts()?;
        let mut bytes: u64 = shifts.iter().map(|(_, bytes)| bytes).sum();
        let oldest = Moment::at_midnight(now.day().days_before(bounds.days));
        let last = shifts.last().map(|(begin, _)| *begin);
        let mut removed = 0;
        for (begin, size) in &shifts {
            if (*begin >= oldest && bytes <= bounds.bytes) || Some(*begin) == last {
                break;
            }
            runtime_files::remove(&self.path_of(*begin))?;
            removed += 1;
            bytes -= size;
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn files_are_named_by_the_begin_of_their_shift() {
        let begin = moment("2026-11-20 07:30:00");
        assert_eq!(name(begin), "2026-11-20T0730.shift");
        assert_eq!(begin_of("2026-11-20T0730.shift"), Some(begin));
        for other in [
            "2026-11-20T730.shift",
            "2026-11-20T07:30.shift",
            "2026-11-20.shift",
            "x",
            "2026-11-20T0730.shift.1",
        ] {
            assert_eq!(begin_of(other), None, "{other}");
        }
    }

    #[test]
    fn old_shifts_go_first_and_the_last_one_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("memory"));
        let _lock = folder.lock().unwrap().unwrap();
        assert!(folder.lock().unwrap().is_none(), "one process writes");
        for day in 10..15 {
            let (mut writing, _) = folder.open(moment(&format!("2026-11-{day} 07:30:00"))).unwrap();
            writing.append(&[b'x'; 992], MOST_BYTES).unwrap();
        }
        let begins = || {
            folder
                .shifts()
                .unwrap()
                .iter()
                .map(|(begin, _)| begin.day().to_string())
                .collect::<Vec<_>>()
        };
        let now = moment("2026-11-14 08:00:00");
        assert_eq!(folder.sweep(Bounds { days: 3, bytes: 9_000 }, now).unwrap(), 1);
        assert_eq!(begins()[0], "2026-11-11");
        assert_eq!(folder.sweep(Bounds { days: 3, bytes: 2_999 }, now).unwrap(), 2);
        assert_eq!(folder.sweep(Bounds { days: 0, bytes: 0 }, now).unwrap(), 1);
        assert_eq!(begins(), ["2026-11-14"]);
    }
}
