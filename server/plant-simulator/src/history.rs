//! What happened before the plant's day: hours of machines, finished jobs and released holds.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use crate::catalogue::{CAUSES, JobKind, PEOPLE, REASONS, REPAIRS, STATES, SYMPTOMS};
use crate::factory::{
    EndedDay, Factory, Hold, HoldStep, Job, JobStep, JobStepKind, LotState, Release, midnight,
};
use crate::random::Random;
use crate::rows::{self, Row};

/// Days of the history, oldest first.
pub(crate) fn past_days(factory: &Factory) -> impl Iterator<Item = EndedDay> {
    let today = factory.now().date();
    (1..=factory.size.history_days)
        .rev()
        .map(move |ago| factory.assumed_day(today.saturating_sub(i64::from(ago).days())))
}

/// The first day of the history.
pub(crate) fn oldest_day(factory: &Factory) -> Date {
    factory.now().date().saturating_sub(i64::from(factory.size.history_days).days())
}

/// Hours of all machines on one day.
pub(crate) fn day_rows(factory: &Factory, day: &EndedDay) -> Vec<Row> {
    let rows = factory.machines.iter().zip(&day.seconds).flat_map(|(machine, seconds)| {
        let placed = Factory::placed(machine, day.date, seconds).into_iter();
        placed.map(move |(state, begin, end)| {
            rows::shift(factory, machine, day.date, state, (begin, end))
        })
    });
    rows.collect()
}

/// Open jobs, and finished ones of the history, with their transactions.
pub(crate) fn jobs(factory: &Factory) -> (Vec<Row>, Vec<Row>) {
    let (mut jobs, mut steps) = (Vec::new(), Vec::new());
    for (machine, state) in factory.machines.iter().enumerate() {
        let Some(job) = &state.job else { continue };
        jobs.push(rows::job(factory, state, job, None));
        let opened = JobStep { machine, job: job.clone(), kind: JobStepKind::Opened };
        steps.push(rows::job_step(&opened, job.opened));
        if let Some(taken) = job.taken {
            let taken_step = JobStep { kind: JobStepKind::Taken, ..opened };
            steps.push(rows::job_step(&taken_step, taken));
        }
    }
    let mut random = Random::new(factory.ledger.seed ^ 0x6a6f_6273);
    let today = midnight(factory.now().date());
    let minutes = |minutes: usize| SignedDuration::from_mins(minutes as i64);
    // The longest job takes 343 minutes and ends before today.
    let latest = (factory.size.history_days as usize * 1440).max(401) - 400;
    for number in 0..factory.size.finished_jobs {
        let machine = random.below(factory.machines.len());
        let opened = today - minutes(400 + random.below(latest));
        let taken = opened + minutes(3 + random.below(40));
        let closed = taken + minutes(10 + random.below(300));
        let kind = if random.chance(0.25) { JobKind::Maintenance } else { JobKind::Repair };
        // While the machine stands still, where it does on that day.
        let state = STATES
            .iter()
            .position(|(name, _)| *name == if kind == JobKind::Repair { "UDT" } else { "SDT" });
        let span = state.and_then(|state| factory.assumed_span(machine, opened.date(), state));
        let (opened, taken, closed) = match span {
            Some((begin, end)) => {
                let at = |share: i64| {
                    let secs = i64::from(begin) + i64::from(end - begin) * share / 100;
                    midnight(opened.date()) + SignedDuration::from_secs(secs)
                };
                (at(2), at(15), at(96))
            }
            None => (opened, taken, closed),
        };
        let job = Job {
            // Above all numbers that the simulation will reach.
            number: 0x4000_0000 + number as u32,
            kind,
            opened,
            opened_by: random.below(PEOPLE) as u16,
            taken: Some(taken),
            technician: random.below(PEOPLE) as u16,
            symptom: random.below(SYMPTOMS.len()),
            cause: random.below(CAUSES.len()),
            repair: random.below(REPAIRS.len()),
        };
        let (job, job_steps) = rows::finished_job(factory, machine, &job, closed);
        jobs.push(job);
        steps.extend(job_steps);
    }
    (jobs, steps)
}

/// Of the lots of the plant, those that are held on a day.
const HELD_PER_DAY: f64 = 0.03;
/// Number of the first lot that has left the plant, and of the first released hold: above all that
/// the simulation will reach.
const PAST: u32 = 0x4000_0000;

/// Holds that are on, and released ones of the history, by number.
pub(crate) fn holds(factory: &Factory) -> Vec<HoldStep> {
    let mut steps: Vec<HoldStep> = factory
        .lots
        .iter()
        .filter_map(|lot| match &lot.state {
            LotState::Hold(hold) => {
                Some(HoldStep { lot: lot.clone(), hold: hold.clone(), release: None })
            }
            _ => None,
        })
        .collect();
    let mut random = Random::new(factory.ledger.seed ^ 0x686f_6c64);
    let (now, days) = (factory.now(), factory.size.history_days as usize);
    let count = (factory.lots.len() as f64 * HELD_PER_DAY * days as f64) as u32;
    let weights = REASONS.map(|(_, weight, _)| weight);
    let mut number = PAST;
    for _ in 0..count {
        let mut at = now - SignedDuration::from_mins(1 + random.below(days * 1_440) as i64);
        let lot = &factory.lots[random.below(factory.lots.len())];
        let mut lot = lot.clone();
        if lot.order.started > at {
            // One that has left since.
            lot.number = number;
            lot.part += 500;
        }
        let reason = random.weighted(&weights);
        // Some are held again for the same reason.
        let times = if random.chance(0.12) { 2 + random.below(2) } else { 1 };
        for _ in 0..times {
            let longest = [240, 1_440, 4_320, 14_400][random.weighted(&[0.3, 0.4, 0.2, 0.1])];
            let released = at + SignedDuration::from_mins(1 + random.below(longest) as i64);
            let by = random.below(PEOPLE) as u16;
            if released >= now {
                break;
            }
            let hold = Hold { number, reason, by: random.below(PEOPLE) as u16, at };
            let release = Some(Release { at: released, by });
            steps.push(HoldStep { lot: lot.clone(), hold, release });
            number += 1;
            at = released + SignedDuration::from_mins(30 + random.below(2_880) as i64);
        }
    }
    steps
}

/// Names of the lots of the plant, and of those that have left and were held.
pub(crate) fn containers(factory: &Factory) -> Vec<Row> {
    let mut left: Vec<_> =
        holds(factory).into_iter().map(|step| step.lot).filter(|lot| lot.number >= PAST).collect();
    left.dedup_by_key(|lot| lot.number);
    factory.lots.iter().chain(&left).map(rows::container).collect()
}
