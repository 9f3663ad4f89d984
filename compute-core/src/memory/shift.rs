//! The records of a shift, read: what was published at any moment, and where nothing is known.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::records::{Content, HEADER, records};
use crate::calendar::Moment;
use crate::delta::Delta;
use crate::equipment::{RESOURCE_LAYOUT, STATUS_LAYOUT};
use crate::table::{Dataset, DecodeError, Frame, Layout};
use crate::{lot, workcenter};

/// Seconds without any record of a table after which nothing is known of it: a server records once
/// a minute that a table is the same.
pub const LONGEST_SILENCE_S: i64 = 180;
/// Of so many versions one is kept decoded, so that a step back applies few deltas.
const CHECKPOINT_EVERY: usize = 8;

/// A time of which a table is known, plant time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// First moment, `YYYY-MM-DD HH:MM:SS`.
    pub from: String,
    /// Last moment of which it is known, `YYYY-MM-DD HH:MM:SS`.
    pub until: String,
}

/// One version of a table, as it was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The rows.
    pub frame: Frame,
    /// Their version.
    pub version: String,
    /// When it was published, ms after 1970, UTC.
    pub at_ms: i64,
    /// The same in plant time.
    pub moment: Moment,
}

/// A version in the stream.
#[derive(Clone, Debug)]
struct Entry {
    time: Moment,
    at_ms: i64,
    is_whole: bool,
    version: String,
    body: Range<usize>,
}

/// Of one table.
#[derive(Clone, Debug, Default)]
struct Versions {
    entries: Vec<Entry>,
    spans: Vec<(Moment, Moment)>,
    /// Decoded ones, by their place in `entries`.
    decoded: BTreeMap<usize, Frame>,
}

impl Versions {
    /// Notes that the table is known at `time`.
    fn known(&mut self, time: Moment) {
        match self.spans.last_mut() {
            Some((_, until)) if until.secs_until(time) <= LONGEST_SILENCE_S => *until = time,
            _ => self.spans.push((time, time)),
        }
    }
}

/// The versions of a shift.
#[derive(Clone, Debug, Default)]
pub struct Shift {
    bytes: Vec<u8>,
    tables: [Versions; Dataset::ALL.len()],
    /// Records whose clock was earlier than that of the record before.
    clock_steps: u32,
    /// Time of the last record.
    latest: Option<Moment>,
}

/// Layout of a dataset's frames.
pub fn layout(dataset: Dataset) -> &'static Layout {
    match dataset {
        Dataset::Wip => &lot::LAYOUT,
        Dataset::Resource => &RESOURCE_LAYOUT,
        Dataset::Equipment => &STATUS_LAYOUT,
        Dataset::Workcenter => &workcenter::LAYOUT,
    }
}

fn damaged(dataset: Dataset, reason: String) -> DecodeError {
    DecodeError::Damaged { dataset: dataset.name(), reason }
}

/// The change that the second of two entries records.
fn delta(dataset: Dataset, bytes: &[u8], pair: &[Entry]) -> Result<Delta, DecodeError> {
    let [before, entry] = pair else {
        return Err(damaged(dataset, "a change of no table".to_owned()));
    };
    let found = Delta::from_ipc(layout(dataset), &bytes[entry.body.clone()])?;
    if found.base_version != before.version {
        let (base, held) = (found.base_version, before.version.clone());
        return Err(DecodeError::DeltaBase { dataset: dataset.name(), base, held });
    }
    Ok(found.delta)
}

impl Shift {
    /// Reads a stream of records. Where a clock was set back, a record counts as of the time of the
    /// one before it, so that the order of the stream is the order of time.
    ///
    /// # Errors
    /// The stream is damaged, or a delta follows no table.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let mut tables: [Versions; Dataset::ALL.len()] = Default::default();
        let mut clock_steps = 0;
        let mut latest: Option<Moment> = None;
        let broken = |reason| damaged(Dataset::Wip, reason);
        for record in records(&bytes).map_err(|cause| broken(cause.to_string()))? {
            let (begin, record) = record.map_err(|cause| broken(cause.to_string()))?;
            let time = latest.map_or(record.moment, |latest| latest.max(record.moment));
            clock_steps += u32::from(time != record.moment);
            latest = Some(time);
            let mut add = |dataset: Dataset, is_whole: bool, version: &str, body: &[u8]| {
                let versions = &mut tables[dataset as usize];
                if !is_whole && versions.entries.is_empty() {
                    return Err(damaged(dataset, "a change of no table".to_owned()));
                }
                let end = begin + HEADER + body.len();
                let body = end - body.len()..end;
                let version = version.to_owned();
                versions.entries.push(Entry { time, at_ms: record.at_ms, is_whole, version, body });
                versions.known(time);
                Ok(())
            };
            match record.content {
                Content::Whole { dataset, version, table } => add(dataset, true, version, table)?,
                Content::Delta { dataset, version, delta } => add(dataset, false, version, delta)?,
                Content::Same(datasets) => {
                    for dataset in Dataset::ALL.into_iter().filter(|any| datasets.contains(*any)) {
                        let versions = &mut tables[dataset as usize];
                        if !versions.entries.is_empty() {
                            versions.known(time);
                        }
                    }
                }
            }
        }
        Ok(Self { bytes, tables, clock_steps, latest })
    }

    /// Records whose clock was earlier than that of the record before them.
    pub fn clock_steps(&self) -> u32 {
        self.clock_steps
    }

    /// Time of the last record.
    pub(super) fn latest(&self) -> Option<Moment> {
        self.latest
    }

    /// Moments at which any table changed, ascending, each once.
    pub fn moments(&self) -> Vec<Moment> {
        let times = self.tables.iter().flat_map(|versions| &versions.entries);
        let mut times: Vec<Moment> = times.map(|entry| entry.time).collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// Times of which a table is known, ascending.
    pub fn spans(&self, dataset: Dataset) -> Vec<Span> {
        let spans = self.tables[dataset as usize].spans.iter();
        spans
            .map(|(from, until)| Span { from: from.to_string(), until: until.to_string() })
            .collect()
    }

    /// Whether a table is known at a moment.
    pub fn knows(&self, dataset: Dataset, moment: Moment) -> bool {
        let spans = &self.tables[dataset as usize].spans;
        spans
            .iter()
            .any(|(from, until)| *from <= moment && until.secs_until(moment) <= LONGEST_SILENCE_S)
    }

    /// How long the version at a place stands for what was there: to the one at `next`, to the gap
    /// before that, or to the last record of the table.
    pub(super) fn known_until(
        &self,
        dataset: Dataset,
        place: usize,
        next: Option<usize>,
    ) -> Moment {
        let Versions { entries, spans, .. } = &self.tables[dataset as usize];
        let begin = entries[place].time;
        let of_span = spans.iter().rfind(|(from, _)| *from <= begin).map_or(begin, |span| span.1);
        let next = next.and_then(|next| entries.get(next));
        next.map_or(of_span, |next| next.time.min(of_span)).max(begin)
    }

    /// Number of versions of a table.
    pub fn versions(&self, dataset: Dataset) -> usize {
        self.tables[dataset as usize].entries.len()
    }

    /// Place of the version that was published last at a moment; `None` before the first.
    pub fn place_at(&self, dataset: Dataset, moment: Moment) -> Option<usize> {
        let entries = &self.tables[dataset as usize].entries;
        entries.partition_point(|entry| entry.time <= moment).checked_sub(1)
    }

    /// The version of a table at a place, from 0; decodes what lies between it and the nearest
    /// version that is kept decoded.
    ///
    /// # Errors
    /// There is no such place, or what was recorded is damaged.
    pub fn version(&mut self, dataset: Dataset, place: usize) -> Result<Kept, DecodeError> {
        let layout = layout(dataset);
        let Versions { entries, decoded, .. } = &mut self.tables[dataset as usize];
        let entry = entries
            .get(place)
            .ok_or_else(|| damaged(dataset, format!("no version {place} is recorded")))?;
        let whole = (0..=place).rev().find(|at| entries[*at].is_whole).unwrap_or_default();
        let near = decoded.range(whole..=place).next_back();
        let (mut at, mut frame) = match near {
            Some((at, frame)) => (*at, frame.clone()),
            None => (whole, Frame::from_ipc(layout, &self.bytes[entries[whole].body.clone()])?),
        };
        let keep = |decoded: &mut BTreeMap<usize, Frame>, at: usize, frame: &Frame| {
            if at.is_multiple_of(CHECKPOINT_EVERY) {
                decoded.entry(at).or_insert_with(|| frame.clone());
            }
        };
        keep(decoded, at, &frame);
        while at < place {
            at += 1;
            frame = delta(dataset, &self.bytes, &entries[at - 1..=at])?.apply(&frame);
            keep(decoded, at, &frame);
        }
        let (version, at_ms, moment) = (entry.version.clone(), entry.at_ms, entry.time);
        // The next step is most likely beside this one.
        decoded.retain(|at, _| at.is_multiple_of(CHECKPOINT_EVERY));
        decoded.insert(place, frame.clone());
        Ok(Kept { frame, version, at_ms, moment })
    }

    /// First and last moments of the times in which the version at a place is known to stand, ascending;
    /// the last one is that of the next version where nothing lies between.
    pub(super) fn known_times(&self, dataset: Dataset, place: usize) -> Vec<(Moment, Moment)> {
        let Versions { entries, spans, .. } = &self.tables[dataset as usize];
        let (begin, next) = (entries[place].time, entries.get(place + 1).map(|next| next.time));
        let is_before_next = |time: Moment| next.is_none_or(|next| time < next);
        spans
            .iter()
            .filter(|(from, until)| *until >= begin && (*from <= begin || is_before_next(*from)))
            .map(|(from, until)| ((*from).max(begin), next.map_or(*until, |next| next.min(*until))))
            .collect()
    }

    /// When the version at a place was published.
    pub(super) fn time(&self, dataset: Dataset, place: usize) -> Moment {
        self.tables[dataset as usize].entries[place].time
    }

    /// What changed from the version before to the one at a place, from 1.
    pub(super) fn change(&mut self, dataset: Dataset, place: usize) -> Result<Delta, DecodeError> {
        let pair = &self.tables[dataset as usize].entries[place - 1..=place];
        if !pair[1].is_whole {
            return delta(dataset, &self.bytes, pair);
        }
        let old = self.version(dataset, place - 1)?.frame;
        Ok(Delta::between(&old, &self.version(dataset, place)?.frame))
    }

    /// Bytes held: the stream and the decoded versions.
    pub fn memory_bytes(&self) -> usize {
        let frames = self.tables.iter().flat_map(|versions| versions.decoded.values());
        self.bytes.len() + frames.map(Frame::memory_bytes).sum::<usize>()
    }
}
