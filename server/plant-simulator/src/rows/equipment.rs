//! Machines, their real-time rows, jobs and hours as rows.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::{Cell, Row, bop, product, time};
use crate::catalogue::{
    CAUSES, DEPARTMENTS, JobKind, LOCATIONS, OUTSIDE_LOCATIONS, REPAIRS, STATES, SYMPTOMS, VENDORS,
    badge, person, spec_name,
};
use crate::factory::{
    Factory, Job, JobStep, JobStepKind, Lot, LotState, Machine, Outside, midnight,
};

pub(crate) fn resource_id(machine: &Machine) -> String {
    format!("4880a68c{:08x}", machine.number)
}

fn location(machine: &Machine) -> Option<&'static str> {
    match machine.outside {
        Some(Outside::Location(location)) => Some(OUTSIDE_LOCATIONS[location]),
        _ => machine.location.map(|location| LOCATIONS[location]),
    }
}

fn asset_state(machine: &Machine) -> &'static str {
    if machine.outside == Some(Outside::Disapproved) { "Disapproved" } else { "Approved" }
}

fn category(factory: &Factory, machine: &Machine) -> &'static str {
    match machine.outside {
        Some(Outside::Carrier) => "CARRIER",
        _ if factory.places[machine.place].workcenter.group == 0 => "WAFERSORT",
        _ => "ASSEMBLY",
    }
}

fn workcenter(factory: &Factory, machine: &Machine) -> Option<&'static str> {
    (machine.outside != Some(Outside::NoWorkcenter))
        .then(|| factory.places[machine.place].workcenter.name())
}

/// A machine as a row of the equipment master.
pub(crate) fn resource(factory: &Factory, machine: &Machine) -> Row {
    let place = factory.places[machine.place].workcenter;
    let family = machine.family(place);
    let number = machine.number;
    let category = category(factory, machine);
    let installed = machine.changed - SignedDuration::from_hours(24 * (200 + i64::from(number)));
    vec![
        ("DESCRIPTION", format!("{} equipment {family}", place.name()).into()),
        ("FACTORYID", "0004e28000000001".into()),
        ("OBJECTCATEGORY", category.into()),
        ("OBJECTTYPE", category.into()),
        ("PRODUCTIONSTATUSID", format!("00069080{number:08x}").into()),
        ("RESOURCEFAMILYID", format!("001edf80{:08x}", machine.place * 16).into()),
        ("RESOURCEID", resource_id(machine).into()),
        ("RESOURCENAME", machine.name(place).into()),
        ("STATUSMODELID", "48806e8000000001".into()),
        ("VENDORMODEL", format!("M{}X", 100 + number % 97).into()),
        ("VENDORSERIALNUMBER", format!("SN{:07}", number * 4013 % 9_999_991).into()),
        ("PJ_ASSETSSTATUS", asset_state(machine).into()),
        ("PJ_DEPARTMENT", DEPARTMENTS[machine.department].into()),
        ("PJ_EMPLOYEE", person(machine.keeper).into()),
        ("PJ_ISAUEQUIPMENT", i64::from(number.is_multiple_of(5)).into()),
        ("CREATIONDATE", time(installed).into()),
        ("CREATIONUSERNAME", badge(machine.keeper).into()),
        ("LASTCHANGEDATE", time(machine.changed).into()),
        ("LOCATIONNAME", location(machine).into()),
        ("RESOURCEFAMILYNAME", family.into()),
        ("VENDORNAME", machine.vendor.map(|vendor| VENDORS[vendor]).into()),
        ("WORKCENTERNAME", workcenter(factory, machine).into()),
        ("PJ_ISPRODUCTION", i64::from(machine.production).into()),
        ("PJ_ISKEY", i64::from(machine.key).into()),
        ("PJ_ISMONITOR", i64::from(machine.monitor).into()),
    ]
}

/// Real-time rows of a machine: one per lot, or one without a lot.
pub(crate) fn statuses(factory: &Factory, machine: &Machine) -> Vec<Row> {
    if machine.lots.is_empty() {
        return vec![status(factory, machine, None)];
    }
    machine.lots.iter().map(|slot| status(factory, machine, Some(&factory.lots[*slot]))).collect()
}

fn status(factory: &Factory, machine: &Machine, lot: Option<&Lot>) -> Row {
    let job = machine.job.as_ref();
    let taken = job.filter(|job| job.taken.is_some());
    let name = machine.name(factory.places[machine.place].workcenter);
    let (since, operator) = match lot.map(|lot| &lot.state) {
        Some(LotState::Run { since, operator, .. }) => (Some(time(*since)), Some(*operator)),
        _ => (None, None),
    };
    vec![
        ("RESOURCEID", resource_id(machine).into()),
        ("EQUIPMENTID", name.into()),
        ("OBJECTCATEGORY", category(factory, machine).into()),
        ("EQUIPMENTASSETSSTATUS", STATES[machine.state].0.into()),
        ("EQUIPMENTASSETSSTATUSREASON", STATES[machine.state].1[machine.reason].into()),
        ("JOBORDER", job.map(job_order).into()),
        ("JOBMODEL", job.map(|job| job_model(factory, machine, job)).into()),
        ("JOBSTAGE", job.map(job_stage).into()),
        ("JOBID", job.map(job_id).into()),
        ("JOBSTATUS", job.map(job_status).into()),
        ("CREATEDATE", job.map(|job| time(job.opened)).into()),
        ("CREATEUSERNAME", job.map(|job| badge(job.opened_by)).into()),
        ("CREATEUSER", job.map(|job| person(job.opened_by)).into()),
        ("TECHNICIANUSERNAME", taken.map(|job| badge(job.technician)).into()),
        ("TECHNICIANUSER", taken.map(|job| person(job.technician)).into()),
        ("SYMPTOMCODE", job.and_then(symptom).into()),
        ("CAUSECODE", taken.map(|job| CAUSES[job.cause]).into()),
        ("REPAIRCODE", Cell::Null),
        ("RUNCARDLOTID", lot.map(Lot::id).into()),
        ("\"Package\"", lot.map(|lot| lot.package().trim_end_matches(" CU")).into()),
        ("PACKAGE_LF", lot.map(Lot::package).into()),
        ("\"TYPE\"", lot.map(|lot| product(lot.order.kind)).into()),
        ("BOP", lot.map(|lot| bop(lot.order.kind)).into()),
        ("SPEC", lot.map(|lot| spec_name(lot.group, lot.spec)).into()),
        ("LOTTRACKINQTY_PCS", lot.map(|lot| i64::from(lot.qty)).into()),
        ("LOTTRACKINTIME", since.into()),
        ("LOTTRACKINEMPLOYEE", operator.map(person).into()),
    ]
}

fn job_id(job: &Job) -> String {
    format!("4882ca8d{:08x}", job.number)
}

fn job_order(job: &Job) -> String {
    format!("{}-{:07}", job.opened.year(), job.number)
}

fn job_model(factory: &Factory, machine: &Machine, job: &Job) -> String {
    let family = machine.family(factory.places[machine.place].workcenter);
    match job.kind {
        JobKind::Repair => format!("{family}_Machine Repair"),
        JobKind::Maintenance => format!("{family}_Preventive Maintenance"),
    }
}

fn job_stage(job: &Job) -> &'static str {
    match job.kind {
        JobKind::Repair => "設備維修",
        JobKind::Maintenance => "定期保養",
    }
}

fn job_status(job: &Job) -> &'static str {
    if job.taken.is_some() { "IN PROCESS" } else { "CREATED" }
}

/// Maintenance has no symptom.
fn symptom(job: &Job) -> Option<&'static str> {
    (job.kind == JobKind::Repair).then(|| SYMPTOMS[job.symptom])
}

/// A job that is open, or, with `closed`, finished.
pub(crate) fn job(
    factory: &Factory,
    machine: &Machine,
    job: &Job,
    closed: Option<DateTime>,
) -> Row {
    let done = closed.map(time);
    vec![
        ("JOBID", job_id(job).into()),
        ("RESOURCEID", resource_id(machine).into()),
        ("RESOURCENAME", machine.name(factory.places[machine.place].workcenter).into()),
        ("JOBSTATUS", if closed.is_some() { "COMPLETED" } else { job_status(job) }.into()),
        ("JOBMODELNAME", job_model(factory, machine, job).into()),
        ("JOBORDERNAME", job_order(job).into()),
        ("CREATEDATE", time(job.opened).into()),
        ("COMPLETEDATE", done.clone().into()),
        ("FIRSTCLOCKONDATE", job.taken.map(time).into()),
        ("LASTCLOCKOFFDATE", done.into()),
        ("CAUSECODENAME", job.taken.map(|_| CAUSES[job.cause]).into()),
        ("REPAIRCODENAME", closed.map(|_| REPAIRS[job.repair]).into()),
        ("SYMPTOMCODENAME", symptom(job).into()),
        ("CREATE_EMPNAME", person(job.opened_by).into()),
        ("COMPLETE_EMPNAME", closed.map(|_| person(job.technician)).into()),
    ]
}

/// One transaction of a job.
pub(crate) fn job_step(step: &JobStep, at: DateTime) -> Row {
    let job = &step.job;
    let (order, from, to, who, comment) = match step.kind {
        JobStepKind::Opened => (1, None, "CREATED", job.opened_by, "開單"),
        JobStepKind::Taken => {
            (2, Some("CREATED"), "IN PROCESS", job.technician, "接單處理 Clock on")
        }
        JobStepKind::Closed => {
            (3, Some("IN PROCESS"), "COMPLETED", job.technician, "完成，交付生產 Released")
        }
    };
    let closed = step.kind == JobStepKind::Closed;
    vec![
        ("JOBTXNHISTORYID", format!("{}-{order}", job_id(job)).into()),
        ("JOBID", job_id(job).into()),
        ("TXNDATE", time(at).into()),
        ("FROMJOBSTATUS", from.into()),
        ("JOBSTATUS", to.into()),
        ("STAGENAME", job_stage(job).into()),
        ("TOSTAGENAME", closed.then_some("結案").into()),
        ("CAUSECODENAME", closed.then_some(CAUSES[job.cause]).into()),
        ("REPAIRCODENAME", closed.then_some(REPAIRS[job.repair]).into()),
        ("SYMPTOMCODENAME", symptom(job).into()),
        ("USER_EMPNO", badge(who).into()),
        ("USER_NAME", person(who).into()),
        ("EMP_EMPNO", badge(job.technician).into()),
        ("EMP_NAME", person(job.technician).into()),
        ("COMMENTS", comment.into()),
    ]
}

/// A job of the past: its row and its three transactions.
pub(crate) fn finished_job(
    factory: &Factory,
    machine: usize,
    finished: &Job,
    closed: DateTime,
) -> (Row, Vec<Row>) {
    let steps = [
        (JobStepKind::Opened, finished.opened),
        (JobStepKind::Taken, finished.taken.unwrap_or(closed)),
        (JobStepKind::Closed, closed),
    ];
    let steps =
        steps.map(|(kind, at)| job_step(&JobStep { machine, job: finished.clone(), kind }, at));
    (job(factory, &factory.machines[machine], finished, Some(closed)), steps.into())
}

/// Hours of a machine in one state on a day that ended.
pub(crate) fn shift(
    factory: &Factory,
    machine: &Machine,
    date: Date,
    state: usize,
    (begin, end): (u32, u32),
) -> Row {
    let at = |secs: u32| time(midnight(date) + SignedDuration::from_secs(secs.into()));
    let reasons = STATES[state].1;
    let reason = reasons[(machine.number as usize + date.day() as usize) % reasons.len()];
    let seconds = end - begin;
    vec![
        ("HISTORYID", resource_id(machine).into()),
        ("TXNDATE", time(midnight(date)).into()),
        ("OLDSTATUSNAME", STATES[state].0.into()),
        ("HOURS", ((f64::from(seconds) / 36.0).round() / 100.0).into()),
        ("OLDREASONNAME", reason.into()),
        ("OLDLASTSTATUSCHANGEDATE", at(begin).into()),
        ("LASTSTATUSCHANGEDATE", at(end).into()),
        ("WORKCENTERNAME", workcenter(factory, machine).into()),
        ("LOCATIONNAME", location(machine).into()),
        ("PJ_ASSETSSTATUS", asset_state(machine).into()),
    ]
}

/// Seconds of a machine today, one row per state that it was in.
pub(crate) fn shifts_today(factory: &Factory, machine: &Machine) -> Vec<Row> {
    let today = midnight(factory.now().date());
    (0..STATES.len())
        .filter(|state| machine.today[*state] > 0 || *state == machine.state)
        .map(|state| {
            vec![
                ("HISTORYID", resource_id(machine).into()),
                ("TXNDATE", time(today).into()),
                ("OLDSTATUSNAME", STATES[state].0.into()),
                ("SECONDS", i64::from(machine.today[state]).into()),
                ("SINCE", (state == machine.state).then(|| time(machine.since)).into()),
                ("WORKCENTERNAME", workcenter(factory, machine).into()),
                ("LOCATIONNAME", location(machine).into()),
                ("PJ_ASSETSSTATUS", asset_state(machine).into()),
            ]
        })
        .collect()
}
