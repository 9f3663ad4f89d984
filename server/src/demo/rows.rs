//! The plant's things as rows of the source tables.

use jiff::civil::DateTime;

use super::catalogue::{FUNCTIONS, GROUPS, STATES};
use super::factory::{Factory, Job, Lot, LotState, Machine, SPECS_PER_GROUP};

/// A cell to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    Integer(i64),
    Real(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Null, Into::into)
    }
}

/// `(column, value)` pairs of one row.
pub(super) type Row = Vec<(&'static str, Value)>;

pub(super) fn time(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn resource_id(machine: &Machine) -> String {
    format!("4880a68c{:08x}", machine.number)
}

fn spec_name(group: usize, spec: usize) -> String {
    let group = &GROUPS[group];
    if group.short == "QC" && spec + 2 >= SPECS_PER_GROUP {
        return format!("QC GATE {}", spec + 3 - SPECS_PER_GROUP);
    }
    if spec.is_multiple_of(2) {
        format!("{} Step-{}", group.short, spec + 1)
    } else {
        format!("{}_製程{:02}", group.name, spec + 1)
    }
}

/// The workcenter of a spec.
fn workcenter(group: usize, spec: usize) -> usize {
    spec % GROUPS[group].workcenters.len()
}

fn spec_sequence(group: usize, spec: usize) -> u32 {
    GROUPS[group].sequence * 10 + spec as u32 * 5
}

pub(super) fn lot(factory: &Factory, lot: &Lot) -> Row {
    let group = &GROUPS[lot.group];
    let workcenter = workcenter(lot.group, lot.spec);
    let machine = match lot.state {
        LotState::Run { machine } => Some(&factory.machines[machine]),
        _ => None,
    };
    let hold = match &lot.state {
        LotState::Hold(hold) => Some(hold),
        _ => None,
    };
    let product = format!("PJ{}{:04}", char::from(b'A' + (lot.kind % 26) as u8), lot.kind);
    let qty = i64::from(lot.qty);
    vec![
        ("LOTID", lot.id.as_str().into()),
        ("CONTAINERID", format!("488103cd{:08x}", lot.number).into()),
        ("QTY", qty.into()),
        ("QTY2", 0.into()),
        ("STATUS", if hold.is_some() { "HOLD" } else { "ACTIVE" }.into()),
        ("HOLDREASONNAME", hold.map(|hold| hold.reason).into()),
        ("CURRENTHOLDCOUNT", i64::from(hold.is_some()).into()),
        ("STARTREASON", "NORMAL".into()),
        ("OWNER", if lot.number.is_multiple_of(40) { "工程" } else { "量產" }.into()),
        ("STARTDATE", time(lot.started).into()),
        ("UTS", lot.due.strftime("%Y/%m/%d").to_string().into()),
        ("STARTQTY", (qty + qty / 50).into()),
        ("STARTQTY2", 1.into()),
        ("FIRSTNAME", format!("TXW-{:05}#{}ACX", lot.number % 20_000, lot.number % 9).into()),
        ("PRODUCT", format!("{product}_R1").into()),
        ("STEP", spec_name(lot.group, lot.spec).into()),
        ("SPECNAME", spec_name(lot.group, lot.spec).into()),
        ("WORKCENTERID", format!("0005dc80{:08x}", lot.group * 16 + workcenter).into()),
        ("WORKCENTERNAME", group.workcenters[workcenter].into()),
        ("HOLDLOCATION", Value::Null),
        ("MOVEINQTY", qty.into()),
        ("MOVEINQTY2", 0.into()),
        ("MOVEINTIMESTAMP", time(lot.moved_in).into()),
        ("MOVEINUSERNAME", format!("U{:05}", lot.number % 90_000).into()),
        ("EQUIPMENTCOUNT", i64::from(machine.is_some()).into()),
        ("EQUIPMENTS", machine.map(|machine| machine.name.as_str()).into()),
        ("MATERIALTYPE", "成品".into()),
        ("PRODUCTLINENAME", lot.package.into()),
        ("PACKAGE_LEF", lot.package.into()),
        ("WORKFLOWNAME", format!("PCU(AU)_{}", lot.package).into()),
        (
            "BOP",
            format!("PC{}{:02}", char::from(b'A' + (lot.kind % 8) as u8), lot.kind % 40).into(),
        ),
        (
            "DATECODE",
            format!("{}{}", lot.number % 9, char::from(b'A' + (lot.number % 20) as u8)).into(),
        ),
        ("LEADFRAMENAME", format!("LEF{:06}", lot.kind).into()),
        ("LEADFRAMEOPTION", format!("OPTION {}", lot.kind % 6 + 1).into()),
        ("COMNAME", format!("COM{:06}", lot.kind % 180).into()),
        (
            "LOCATIONNAME",
            format!(
                "{}-{}{}",
                group.short,
                char::from(b'A' + (lot.number % 12) as u8),
                lot.number % 6
            )
            .into(),
        ),
        ("PJ_FUNCTION", FUNCTIONS[lot.kind % FUNCTIONS.len()].into()),
        ("PJ_TYPE", product.into()),
        ("WAFERNAME", format!("WAF{:06}_CP", lot.kind).into()),
        ("WAFERLOT", "TXW".into()),
        ("COMMENT_HOLD", hold.map(|hold| hold.comment.as_str()).into()),
        ("HOLDEMP", hold.map(|hold| hold.by.as_str()).into()),
        ("DEPTNAME", hold.map(|hold| hold.department).into()),
        ("PJ_PRODUCEREGION", ["A棟", "B棟", "C棟"][lot.kind % 3].into()),
        ("WORKORDER", lot.workorder.as_str().into()),
        ("PRIORITYCODENAME", lot.priority.into()),
        ("SPECSEQUENCE", spec_sequence(lot.group, lot.spec).to_string().into()),
        ("WORKCENTERSEQUENCE", format!("{:03}", group.sequence + workcenter as u32).into()),
        ("WORKCENTER_GROUP", group.name.into()),
        ("WORKCENTERSEQUENCE_GROUP", format!("{:03}", group.sequence).into()),
        ("WORKCENTER_SHORT", group.short.into()),
    ]
}

pub(super) fn resource(machine: &Machine, changed: DateTime) -> Row {
    let group = &GROUPS[machine.group];
    vec![
        ("RESOURCEID", resource_id(machine).into()),
        ("RESOURCENAME", machine.name.as_str().into()),
        ("DESCRIPTION", format!("{} equipment {}", group.short, machine.family).into()),
        ("OBJECTCATEGORY", if machine.group == 0 { "WAFERSORT" } else { "ASSEMBLY" }.into()),
        ("OBJECTTYPE", if machine.group == 0 { "WAFERSORT" } else { "ASSEMBLY" }.into()),
        ("WORKCENTERNAME", group.workcenters[machine.workcenter].into()),
        ("LOCATIONNAME", machine.location.into()),
        ("RESOURCEFAMILYNAME", machine.family.as_str().into()),
        ("VENDORNAME", machine.vendor.into()),
        ("VENDORMODEL", format!("M{}X", 100 + machine.number % 97).into()),
        ("PJ_DEPARTMENT", machine.department.into()),
        ("PJ_ASSETSSTATUS", "Approved".into()),
        ("PJ_ISPRODUCTION", i64::from(machine.production).into()),
        ("PJ_ISKEY", i64::from(machine.key).into()),
        ("PJ_ISMONITOR", i64::from(machine.monitor).into()),
        ("LASTCHANGEDATE", time(changed).into()),
    ]
}

pub(super) fn job_id(job: &Job) -> String {
    format!("4882ca8d{:08x}", job.number)
}

/// Real-time rows of a machine: one a lot, or one without a lot.
pub(super) fn statuses(factory: &Factory, machine: &Machine) -> Vec<Row> {
    let job = machine.job.as_ref();
    let base = || -> Row {
        vec![
            ("RESOURCEID", resource_id(machine).into()),
            ("EQUIPMENTID", machine.name.as_str().into()),
            ("OBJECTCATEGORY", "ASSEMBLY".into()),
            ("EQUIPMENTASSETSSTATUS", STATES[machine.state].0.into()),
            ("EQUIPMENTASSETSSTATUSREASON", machine.reason.into()),
            ("JOBORDER", job.map(|job| format!("2026-{:07}", job.number)).into()),
            ("JOBMODEL", job.map(|_| format!("{}_Machine Repair", machine.family)).into()),
            ("JOBSTAGE", job.map(|_| "設備維修").into()),
            ("JOBID", job.map(job_id).into()),
            ("JOBSTATUS", job.map(|_| "IN PROCESS").into()),
            ("CREATEDATE", job.map(|job| time(job.opened)).into()),
            ("CREATEUSERNAME", job.map(|_| "MESAdmin").into()),
            ("CREATEUSER", job.map(|_| "MES Administrator").into()),
            ("TECHNICIANUSERNAME", job.map(|job| format!("U{:05}", job.number % 90_000)).into()),
            ("TECHNICIANUSER", job.map(|job| job.technician.as_str()).into()),
            ("SYMPTOMCODE", job.map(|job| format!("S{:02}", job.symptom)).into()),
            ("CAUSECODE", job.map(|job| format!("C{:02}", job.cause)).into()),
            ("REPAIRCODE", Value::Null),
        ]
    };
    let with_lot = |lot: Option<&Lot>| -> Row {
        let mut row = base();
        row.extend([
            ("RUNCARDLOTID", lot.map(|lot| lot.id.as_str()).into()),
            ("LOTTRACKINQTY_PCS", lot.map(|lot| i64::from(lot.qty)).into()),
            ("LOTTRACKINTIME", lot.map(|_| time(machine.tracked_in)).into()),
            ("LOTTRACKINEMPLOYEE", lot.map(|_| machine.operator.as_str()).into()),
        ]);
        row
    };
    if machine.lots.is_empty() {
        return vec![with_lot(None)];
    }
    machine.lots.iter().map(|lot| with_lot(Some(&factory.lots[*lot]))).collect()
}

pub(super) fn specs() -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, group) in GROUPS.iter().enumerate() {
        for spec in 0..SPECS_PER_GROUP {
            let name = spec_name(index, spec);
            let sequence = spec_sequence(index, spec);
            let workcenter = workcenter(index, spec);
            rows.push(vec![
                ("SPEC", name.as_str().into()),
                ("SPECSEQUENCE", sequence.to_string().into()),
                ("SPEC_ORDER", format!("{sequence}_{name}").into()),
                ("WORK_CENTER", group.workcenters[workcenter].into()),
                (
                    "WORK_CENTER_SEQUENCE",
                    format!("{:03}", group.sequence + workcenter as u32).into(),
                ),
                ("WORK_CENTER_GROUP", group.name.into()),
                ("WORKCENTERSEQUENCE_GROUP", format!("{:03}", group.sequence).into()),
                ("WORKCENTERGROUP_ORDER", format!("{:03}_{}", group.sequence, group.name).into()),
                ("WORK_CENTER_SHORT", group.short.into()),
            ]);
        }
    }
    rows
}

/// A job as it is when opened, or, with `closed`, when finished.
pub(super) fn job(machine: &Machine, job: &Job, closed: Option<DateTime>) -> Row {
    let done = closed.map(time);
    vec![
        ("JOBID", job_id(job).into()),
        ("RESOURCEID", resource_id(machine).into()),
        ("RESOURCENAME", machine.name.as_str().into()),
        ("JOBSTATUS", if closed.is_some() { "COMPLETED" } else { "IN PROCESS" }.into()),
        ("JOBMODELNAME", format!("{}_Machine Repair", machine.family).into()),
        ("JOBORDERNAME", format!("2026-{:07}", job.number).into()),
        ("CREATEDATE", time(job.opened).into()),
        ("COMPLETEDATE", done.clone().into()),
        ("FIRSTCLOCKONDATE", time(job.opened).into()),
        ("LASTCLOCKOFFDATE", done.into()),
        ("CAUSECODENAME", format!("C{:02}", job.cause).into()),
        ("SYMPTOMCODENAME", format!("S{:02}", job.symptom).into()),
        ("CREATE_EMPNAME", "MES Administrator".into()),
        ("COMPLETE_EMPNAME", closed.map(|_| job.technician.as_str()).into()),
    ]
}

/// One step of a job.
pub(super) fn job_step(
    job: &Job,
    step: u32,
    at: DateTime,
    from: Option<&str>,
    to: &str,
    comment: &str,
) -> Row {
    vec![
        ("JOBTXNHISTORYID", format!("{}-{step}", job_id(job)).into()),
        ("JOBID", job_id(job).into()),
        ("TXNDATE", time(at).into()),
        ("FROMJOBSTATUS", from.into()),
        ("JOBSTATUS", to.into()),
        ("STAGENAME", "設備維修".into()),
        ("USER_EMPNO", format!("U{:05}", job.number % 90_000).into()),
        ("USER_NAME", job.technician.as_str().into()),
        ("COMMENTS", comment.into()),
    ]
}

pub(super) fn shift(machine: &Machine, day: DateTime, state: &'static str, hours: f64) -> Row {
    vec![
        ("HISTORYID", resource_id(machine).into()),
        ("TXNDATE", time(day).into()),
        ("OLDSTATUSNAME", state.into()),
        ("HOURS", hours.into()),
        ("WORKCENTERNAME", GROUPS[machine.group].workcenters[machine.workcenter].into()),
        ("LOCATIONNAME", machine.location.into()),
        ("PJ_ASSETSSTATUS", "Approved".into()),
    ]
}
