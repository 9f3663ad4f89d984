//! A rule over kept shifts: when it would have fired.

use std::sync::Arc;

use serde::Serialize;

use super::measure::{AlertPlant, EvidenceRow, Measured};
use super::rule::{AlertRule, AlertSubject};
use super::state::{AlertState, AlertTurn};
use crate::calendar::Moment;
use crate::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use crate::lot::LotTable;
use crate::memory::{Content, DatasetSet, LONGEST_SILENCE_S, Shift, records};
use crate::table::{Dataset, DecodeError};
use crate::workcenter::WorkcenterTable;

/// Firings that are told; of more, the first.
const MOST_FIRINGS: usize = 200;
/// Points of the course; of more, every second, third and so on.
const MOST_POINTS: usize = 288;
/// Rows of a firing's evidence.
const MOST_ROWS: u16 = 20;

/// A firing that would have been.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReplayedFiring {
    /// When the rule fires, plant time.
    pub from: String,
    /// When its condition no longer holds, plant time; null where it fires at the end.
    pub until: Option<String>,
    /// The figure when it fires.
    pub value: Option<f64>,
    /// The version of the lots, or of the real-time rows of the machines, that it was found in.
    pub version: String,
    /// The first rows that the figure was made of.
    pub rows: Vec<EvidenceRow>,
}

/// The figure at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReplayPoint {
    /// When, plant time.
    pub moment: String,
    /// The figure.
    pub value: Option<f64>,
    /// Whether nothing is known of the time right before.
    pub is_after_gap: bool,
}

/// What a rule would have done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AlertReplay {
    /// First record that says something about the figure, plant time; null where there is none.
    pub from: Option<String>,
    /// Last such record, plant time.
    pub until: Option<String>,
    /// Looks at the condition.
    pub looks: u32,
    /// Gaps, of which nothing is known.
    pub gaps: u32,
    /// Firings, also those that are not told.
    pub total_firings: u32,
    /// Firings by time, at most 200.
    pub firings: Vec<ReplayedFiring>,
    /// The course of the figure: at most 288 of its looks, ascending.
    pub points: Vec<ReplayPoint>,
}

/// What one or several records of the same moment say.
struct Step {
    at_ms: i64,
    moment: Moment,
    /// Versions of each table up to here.
    versions: [usize; Dataset::ALL.len()],
    /// Tables of which something is said.
    known: DatasetSet,
}

fn steps(bytes: &[u8]) -> Result<Vec<Step>, DecodeError> {
    let damaged = |cause: crate::memory::RecordError| DecodeError::Damaged {
        dataset: Dataset::Wip.name(),
        reason: cause.to_string(),
    };
    let mut versions = [0; Dataset::ALL.len()];
    let mut steps: Vec<Step> = Vec::new();
    for record in records(bytes).map_err(damaged)? {
        let (_, record) = record.map_err(damaged)?;
        let said = match record.content {
            Content::Whole { dataset, .. } | Content::Delta { dataset, .. } => {
                versions[dataset as usize] += 1;
                DatasetSet::default().with(dataset)
            }
            Content::Same(datasets) => datasets,
        };
        match steps.last_mut().filter(|last| last.at_ms == record.at_ms) {
            Some(last) => {
                last.versions = versions;
                last.known = last.known.with_all(said);
            }
            None => {
                let (at_ms, moment) = (record.at_ms, record.moment);
                steps.push(Step { at_ms, moment, versions, known: said });
            }
        }
    }
    Ok(steps)
}

/// The tables of one subject at one place of a shift.
enum Tables {
    Lots(Box<LotTable>),
    Machines(EquipmentView),
}

impl Tables {
    fn plant(&self) -> AlertPlant<'_> {
        match self {
            Self::Lots(lots) => AlertPlant { lots: Some(lots), machines: None },
            Self::Machines(machines) => AlertPlant { lots: None, machines: Some(machines) },
        }
    }
}

fn tables(
    shift: &mut Shift,
    subject: AlertSubject,
    versions: &[usize; Dataset::ALL.len()],
) -> Result<(Tables, String), DecodeError> {
    let mut frame = |dataset: Dataset| {
        let place = versions[dataset as usize].saturating_sub(1);
        shift.version(dataset, place).map(|kept| (kept.frame, kept.version))
    };
    match subject {
        AlertSubject::Lots => {
            let (lots, version) = frame(Dataset::Wip)?;
            Ok((Tables::Lots(Box::new(LotTable::from_frame(lots)?)), version))
        }
        AlertSubject::Machines => {
            let (realtime, version) = frame(Dataset::Equipment)?;
            let view = EquipmentView::merge(
                Arc::new(ResourceTable::from_frame(frame(Dataset::Resource)?.0)),
                Arc::new(EquipmentStatusTable::from_frame(realtime)),
                Arc::new(WorkcenterTable::from_frame(frame(Dataset::Workcenter)?.0)),
            );
            Ok((Tables::Machines(view), version))
        }
    }
}

/// Runs a rule over the records of shifts, oldest first.
///
/// # Errors
/// The records are damaged.
pub fn replay(
    rule: &AlertRule,
    shifts: impl IntoIterator<Item = Vec<u8>>,
) -> Result<AlertReplay, DecodeError> {
    let subject = rule.figure.subject();
    let mut state = AlertState::default();
    let mut found = AlertReplay::default();
    for bytes in shifts {
        let steps = steps(&bytes)?;
        let mut shift = Shift::from_bytes(bytes)?;
        let mut last: Option<([usize; Dataset::ALL.len()], Measured)> = None;
        for step in steps {
            let is_loaded =
                subject.datasets().iter().all(|dataset| step.versions[*dataset as usize] > 0);
            if !is_loaded || !step.known.contains(subject.dataset()) {
                continue;
            }
            let is_same = |before: &[usize; Dataset::ALL.len()]| {
                let mut of = subject.datasets().iter().map(|dataset| *dataset as usize);
                of.all(|place| before[place] == step.versions[place])
            };
            let measured = match last {
                Some((before, measured)) if is_same(&before) => measured,
                _ => {
                    let (tables, _) = tables(&mut shift, subject, &step.versions)?;
                    let Some(measured) = rule.measure(tables.plant()) else { continue };
                    last = Some((step.versions, measured));
                    measured
                }
            };
            let moment = step.moment.to_string();
            let before = state.seen_ms();
            let turn = state.observe(rule.for_ms(), step.at_ms, measured.holds);
            let is_after_gap =
                before.is_some_and(|before| step.at_ms - before > LONGEST_SILENCE_S * 1000);
            found.looks += 1;
            found.gaps += u32::from(is_after_gap);
            found.from.get_or_insert_with(|| moment.clone());
            found.until = Some(moment.clone());
            match turn {
                Some(AlertTurn::Fired { .. }) => {
                    found.total_firings += 1;
                    if found.firings.len() < MOST_FIRINGS {
                        let (tables, version) = tables(&mut shift, subject, &step.versions)?;
                        found.firings.push(ReplayedFiring {
                            from: moment.clone(),
                            until: None,
                            value: measured.value,
                            version,
                            rows: rule.evidence(tables.plant(), MOST_ROWS),
                        });
                    }
                }
                Some(AlertTurn::Resolved) => {
                    let told = found.firings.len() as u32 == found.total_firings;
                    if let Some(firing) = found.firings.last_mut().filter(|_| told) {
                        firing.until = Some(moment.clone());
                    }
                }
                None => {}
            }
            found.points.push(ReplayPoint { moment, value: measured.value, is_after_gap });
        }
    }
    let every = found.points.len().div_ceil(MOST_POINTS).max(1);
    found.points = thinned(std::mem::take(&mut found.points), every);
    Ok(found)
}

/// Every so many points; what follows a gap that is left out follows it still.
fn thinned(points: Vec<ReplayPoint>, every: usize) -> Vec<ReplayPoint> {
    let mut kept = Vec::new();
    let mut is_after_gap = false;
    for (place, point) in points.into_iter().enumerate() {
        is_after_gap |= point.is_after_gap;
        if place.is_multiple_of(every) {
            kept.push(ReplayPoint { is_after_gap, ..point });
            is_after_gap = false;
        }
    }
    kept
}
