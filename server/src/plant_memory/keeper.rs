//! Writes what is published, and reads it again.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compute_core::calendar::Moment;
use compute_core::delta::Delta;
use compute_core::memory::{Content, DatasetSet, Record, Shift};
use compute_core::production_day::ShiftPlan;
use compute_core::table::{Dataset, Frame};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::file;
use super::folder::{Bounds, Folder, Writing};
use super::report::{KeptShift, MemoryReport, ShiftSummary};
use crate::runtime_files::RuntimeFileError;
use crate::snapshot::{Plant, SnapshotStore};

/// How often it is recorded that tables are the same; a third of the silence that is a gap.
const SAME_EVERY: Duration = Duration::from_secs(60);

/// What a memory is made of.
pub struct MemorySetup {
    pub folder: Folder,
    pub bounds: Bounds,
    /// Time between two kept versions of a table; what is published in between is kept with the next.
    pub interval: Duration,
    pub shifts: ShiftPlan,
    pub zone: TimeZone,
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

/// The version of a table that was recorded last.
#[derive(Debug)]
struct Recorded {
    version: String,
    frame: Frame,
    at: Timestamp,
}

/// What this process has written.
#[derive(Debug, Default)]
struct Writer {
    /// Held for as long as this process may write.
    lock: Option<File>,
    open: Option<(Moment, Writing)>,
    /// The version of each table that was recorded last in the open file.
    last: [Option<Recorded>; Dataset::ALL.len()],
    /// When it was last recorded that tables are the same.
    same_at: Option<Timestamp>,
}

/// The plant's memory.
pub struct PlantMemory {
    setup: MemorySetup,
    writer: Mutex<Writer>,
    report: Mutex<MemoryReport>,
    /// What is known of shifts, with the bytes that their files had.
    known: Mutex<BTreeMap<Moment, (u64, ShiftSummary)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PlantMemory {
    pub fn new(setup: MemorySetup) -> Arc<Self> {
        let report = MemoryReport { enabled: true, ..MemoryReport::default() };
        let (writer, known) = (Mutex::default(), Mutex::default());
        Arc::new(Self { setup, writer, report: Mutex::new(report), known })
    }

    /// Follows a store until `stop`.
    pub async fn keep(self: Arc<Self>, store: &SnapshotStore, stop: &CancellationToken) {
        let mut changes = store.subscribe();
        let mut every = tokio::time::interval(SAME_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
                changed = changes.changed() => if changed.is_err() { return },
            }
            let (memory, plant) = (self.clone(), store.current());
            // A panic has been logged; the next version is another attempt.
            let _ = tokio::task::spawn_blocking(move || memory.note(&plant)).await;
        }
    }

    /// Records what is published, as far as it is new. A failure is in the report and in the log, and
    /// the next attempt begins a record of its own.
    pub fn note(&self, plant: &Plant) {
        let mut writer = locked(&self.writer);
        let noted = self.write(&mut writer, plant);
        let mut report = locked(&self.report);
        report.is_keeper = writer.lock.is_some();
        let problem = noted.err().map(|error| error.to_string());
        if problem.is_some() {
            *writer = Writer { lock: writer.lock.take(), ..Writer::default() };
        }
        if let Some(error) = problem.as_ref().filter(|_| problem != report.problem) {
            tracing::error!(error, "the plant's memory can't go on; nothing else depends on it");
        }
        report.problem = problem;
    }

    fn write(&self, writer: &mut Writer, plant: &Plant) -> Result<(), RuntimeFileError> {
        let folder = &self.setup.folder;
        if writer.lock.is_none() {
            writer.lock = folder.lock()?;
        }
        if writer.lock.is_none() {
            return Ok(());
        }
        let now = (self.setup.now)();
        let Some(moment) = self.moment(now) else { return Ok(()) };
        let begin = self.shift_begin(moment);
        if writer.open.as_ref().is_none_or(|(open, _)| *open != begin) {
            let (writing, cut_off) = folder.open(begin)?;
            writer.open = Some((begin, writing));
            writer.last = Default::default();
            writer.same_at = None;
            locked(&self.report).cut_off_bytes += cut_off;
            folder.sweep(self.setup.bounds, moment)?;
        }
        let at_ms = now.as_millisecond();
        let mut frames = Vec::new();
        let mut versions = 0;
        let mut add = |content: Content<'_>| {
            let record = Record { at_ms, moment, content }.to_bytes();
            // A table that can't be compressed is no table that was published.
            frames.extend(file::frame(&record).unwrap_or_default());
        };
        let interval = SignedDuration::try_from(self.setup.interval).unwrap_or_default();
        let mut same = DatasetSet::default();
        for dataset in Dataset::ALL {
            let (Some(published), Some(frame)) = (plant.published(dataset), plant.frame(dataset))
            else {
                continue;
            };
            let version = published.version.as_str();
            let last = &mut writer.last[dataset as usize];
            let is_new = last.as_ref().is_none_or(|last| last.version != version);
            let is_due = |last: &Recorded| now.duration_since(last.at).abs() >= interval;
            if is_new && last.as_ref().is_none_or(is_due) {
                let display = frame.display_only();
                let delta = last.as_ref().map(|last| {
                    Delta::between(&last.frame, &display).to_ipc(&last.version, version)
                });
                let whole = &published.bytes.identity;
                match &delta {
                    Some(delta) if delta.len() < whole.len() => {
                        add(Content::Delta { dataset, version, delta });
                    }
                    _ => add(Content::Whole { dataset, version, table: whole }),
                }
                versions += 1;
                *last = Some(Recorded { version: version.to_owned(), frame: display, at: now });
            } else if is_new {
                continue;
            }
            if !plant.state(dataset).is_stale() {
                same = same.with(dataset);
            }
        }
        let every = SignedDuration::try_from(SAME_EVERY).unwrap_or(SignedDuration::MAX) / 2;
        let is_due = writer.same_at.is_none_or(|before| now.duration_since(before).abs() >= every);
        if is_due && !same.is_empty() {
            add(Content::Same(same));
            writer.same_at = Some(now);
        }
        let Some((_, writing)) = &mut writer.open else { return Ok(()) };
        if frames.is_empty() {
            return Ok(());
        }
        writing.append(&frames, self.setup.bounds.bytes)?;
        folder.sweep(self.setup.bounds, moment)?;
        let shifts = folder.shifts()?;
        let mut report = locked(&self.report);
        report.kept_from = shifts.first().map(|(begin, _)| begin.to_string());
        report.kept_to = Some(moment.to_string());
        report.shifts = shifts.len();
        report.bytes = shifts.iter().map(|(_, bytes)| bytes).sum();
        report.versions += versions;
        Ok(())
    }

    /// The state, for operators.
    pub fn report(&self) -> MemoryReport {
        locked(&self.report).clone()
    }

    /// A moment of the server's clock in plant time; `None` of years without four digits.
    fn moment(&self, at: Timestamp) -> Option<Moment> {
        let shown = at.to_zoned(self.setup.zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
        Moment::parse(&shown.to_string())
    }

    /// When the shift of a moment begins.
    pub fn shift_begin(&self, moment: Moment) -> Moment {
        self.shift_span(moment).start
    }

    /// When the shift of a moment begins, and when the next one does.
    pub fn shift_span(&self, moment: Moment) -> Range<Moment> {
        self.setup.shifts.span(self.setup.shifts.shift_of(moment))
    }

    /// What the server's clock shows, plant time; `None` of years without four digits.
    pub fn now(&self) -> Option<Moment> {
        self.moment((self.setup.now)())
    }

    /// The shifts that are kept, oldest first. Reads files: not for async threads.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn shifts(&self) -> Result<Vec<KeptShift>, RuntimeFileError> {
        let shifts = self.setup.folder.shifts()?;
        locked(&self.known).retain(|begin, _| shifts.iter().any(|(other, _)| other == begin));
        let told = shifts.iter().map(|(begin, bytes)| {
            let plan = &self.setup.shifts;
            let until = plan.span(plan.shift_of(*begin)).end;
            let (known, problem) = match self.summary(*begin, *bytes) {
                Ok(known) => (known, None),
                Err(problem) => (ShiftSummary::default(), Some(problem)),
            };
            let (from, until) = (begin.to_string(), until.to_string());
            KeptShift { from, until, bytes: *bytes, problem, known }
        });
        Ok(told.collect())
    }

    fn summary(&self, begin: Moment, bytes: u64) -> Result<ShiftSummary, String> {
        if let Some((before, known)) = locked(&self.known).get(&begin)
            && *before == bytes
        {
            return Ok(known.clone());
        }
        let stream = self.setup.folder.read(begin).map_err(|error| error.to_string())?;
        let shift = Shift::from_bytes(stream.unwrap_or_else(|| compute_core::memory::BEGIN.into()));
        let shift = shift.map_err(|error| error.to_string())?;
        let known = ShiftSummary {
            lots: shift.spans(Dataset::Wip),
            machines: shift.spans(Dataset::Equipment),
            versions: Dataset::ALL.iter().map(|dataset| shift.versions(*dataset)).sum(),
            clock_steps: shift.clock_steps(),
        };
        locked(&self.known).insert(begin, (bytes, known.clone()));
        Ok(known)
    }

    /// Begins of the newest shifts that are kept, at most so many, oldest first. Reads the folder: not
    /// for async threads.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn newest(&self, most: usize) -> Result<Vec<Moment>, RuntimeFileError> {
        let shifts = self.setup.folder.shifts()?;
        let older = shifts.len().saturating_sub(most);
        Ok(shifts[older..].iter().map(|(begin, _)| *begin).collect())
    }

    /// The records of the shift that begins then, as clients read them; `None` where it is not kept.
    /// Reads a file: not for async threads.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn records(&self, begin: Moment) -> Result<Option<Vec<u8>>, RuntimeFileError> {
        self.setup.folder.read(begin)
    }

    /// Like [`Self::records`], and only the first version of each table.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn first_records(&self, begin: Moment) -> Result<Option<Vec<u8>>, RuntimeFileError> {
        let mut missing = Dataset::ALL.to_vec();
        let is_enough = |record: &[u8]| {
            if let Ok(Record { content: Content::Whole { dataset, .. }, .. }) =
                Record::from_bytes(record)
            {
                missing.retain(|other| *other != dataset);
            }
            missing.is_empty()
        };
        let stream = self.setup.folder.read_until(begin, is_enough)?;
        Ok(stream.map(|stream| compute_core::memory::first_versions(&stream)))
    }
}
