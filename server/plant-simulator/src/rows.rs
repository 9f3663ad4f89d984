//! Lots, machines, jobs and hours as rows of the source tables.

mod equipment;

use jiff::civil::DateTime;

use crate::catalogue::{
    DEPARTMENTS, FUNCTIONS, GROUPS, OWNERS, PRIORITIES, REASONS, SPECS_PER_GROUP, badge, person,
    spec_name, spec_sequence, workcenter_of, workcenters,
};
use crate::factory::{Factory, Hold, HoldStep, Lot, LotState, due, midnight};

pub(crate) use equipment::{
    finished_job, job, job_step, resource, resource_id, shift, shifts_today, statuses,
};

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// Text or date.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Decimal.
    Decimal(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Decimal(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Null, Into::into)
    }
}

/// `(column, value)` pairs of one row.
pub type Row = Vec<(&'static str, Cell)>;

pub(crate) fn time(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn letter(number: usize) -> char {
    char::from(b'A' + (number % 26) as u8)
}

/// The type name of a product.
fn product(kind: usize) -> String {
    format!("PJ{}{kind:04}", letter(kind / 7))
}

fn bop(kind: usize) -> String {
    format!("PC{}{:02}", letter(kind % 8), kind % 40)
}

fn hold_comment(hold: &Hold) -> String {
    let (_, _, department) = REASONS[hold.reason];
    let (department, number) = (DEPARTMENTS[department], hold.number);
    match number % 5 {
        0 => format!("H{number:06} Wait for engineer confirmation before release"),
        1 => format!("H{number:06} 待{department}確認後釋放"),
        2 => format!("H{number:06} 隔離批次，{department}複判中"),
        3 => format!("H{number:06} Sampling 50 pcs，結果回覆後放行"),
        _ => format!("H{number:06} 已通知{department}，請勿流入下一站"),
    }
}

/// A lot as a row of LOT, in slot `slot`.
pub(crate) fn lot(factory: &Factory, slot: usize) -> Row {
    let lot = &factory.lots[slot];
    let group = &GROUPS[lot.group];
    let workcenter = factory.places[lot.place()].workcenter;
    let machine = match lot.state {
        LotState::Run { machine, .. } => {
            let machine = &factory.machines[machine];
            Some(machine.name(factory.places[machine.place].workcenter))
        }
        _ => None,
    };
    let hold = match &lot.state {
        LotState::Hold(hold) => Some(hold),
        _ => None,
    };
    let order = &lot.order;
    let (kind, number) = (order.kind, lot.number as usize);
    let (function, wafer) = FUNCTIONS[kind % FUNCTIONS.len()];
    let owner = OWNERS[order.owner].0;
    let product = product(kind);
    let noted = number % 10 == 3;
    let mut row: Row = vec![
        ("SLOT", (slot as i64 + 1).into()),
        ("CONTAINERID", container_id(lot).into()),
        ("LOTID", lot.id().into()),
        ("QTY", i64::from(lot.qty).into()),
        ("QTY2", 0.into()),
        ("STATUS", if hold.is_some() { "HOLD" } else { "ACTIVE" }.into()),
        ("HOLDREASONNAME", hold.map(|hold| REASONS[hold.reason].0).into()),
        ("CURRENTHOLDCOUNT", i64::from(hold.is_some()).into()),
        ("STARTREASON", if owner == "重工RW" { "RW" } else { "NORMAL" }.into()),
        ("OWNER", owner.into()),
        ("STARTDATE", time(order.started).into()),
        ("UTS", due(order).strftime("%Y/%m/%d").to_string().into()),
        ("STARTQTY", i64::from(lot.start_qty).into()),
        ("STARTQTY2", (1 + number as i64 % 3).into()),
        ("FIRSTNAME", format!("{wafer}-{:05}#{}", number * 7 % 30_000, 1 + number % 9).into()),
        ("PRODUCT", format!("{product}_R1_{}", 100 + order.number % 900).into()),
        ("SPECNAME", spec_name(lot.group, lot.spec).into()),
        ("WORKCENTERID", format!("0005dc80{:08x}", lot.group * 16 + workcenter.within).into()),
        ("WORKCENTERNAME", workcenter.name().into()),
        ("MOVEINTIMESTAMP", time(lot.moved_in).into()),
        ("MOVEINUSERNAME", badge(lot.moved_by).into()),
        ("EQUIPMENTCOUNT", i64::from(machine.is_some()).into()),
        ("EQUIPMENTS", machine.into()),
        ("MATERIALTYPE", if lot.group == 0 { "Wafer" } else { "成品" }.into()),
        ("PRODUCTLINENAME", lot.package().trim_end_matches(" CU").into()),
        ("PACKAGE_LEF", lot.package().into()),
        ("WORKFLOWNAME", format!("FLOW_{}", lot.package()).into()),
        ("BOP", bop(kind).into()),
        ("DATECODE", format!("{}{}", order.number % 9, letter(order.number as usize)).into()),
        ("LEADFRAMENAME", format!("LEF{kind:06}").into()),
        ("LEADFRAMEOPTION", format!("OPTION {}", kind % 6 + 1).into()),
        ("COMNAME", format!("COM{:06}", kind % 180).into()),
        ("LOCATIONNAME", format!("{}-{}{}", group.short, letter(number % 12), number % 6).into()),
        ("PJ_FUNCTION", function.into()),
        ("PJ_TYPE", product.into()),
        ("WAFERNAME", format!("WAF{kind:06}_CP").into()),
        ("WAFERLOT", wafer.into()),
    ];
    let ncr = hold.filter(|hold| hold.number.is_multiple_of(3));
    let note = format!("批次備註 {:04}：依工程通知單執行，完成後回報", number % 10_000);
    row.extend([
        ("EVENTNAME", ncr.map(|hold| format!("NCR{:06}", hold.number)).into()),
        ("COMMENT_HOLD", hold.map(hold_comment).into()),
        ("CONTAINERCOMMENTS", noted.then_some(note).into()),
        ("COMMENT_DATE", noted.then(|| time(lot.moved_in)).into()),
        ("COMMENT_EMP", noted.then(|| person(lot.moved_by)).into()),
        ("HOLDEMP", hold.map(|hold| person(hold.by)).into()),
        ("DEPTNAME", hold.map(|hold| DEPARTMENTS[REASONS[hold.reason].2]).into()),
        ("PJ_PRODUCEREGION", ["A棟", "B棟", "C棟"][kind % 3].into()),
        ("WORKORDER", lot.workorder().into()),
        ("PRIORITYCODENAME", PRIORITIES[order.priority].0.into()),
        ("SPECSEQUENCE", spec_sequence(lot.group, lot.spec).to_string().into()),
        ("WORKCENTERSEQUENCE", format!("{:03}", workcenter.sequence()).into()),
        ("TMTT_R", if group.name == "TMTT" { "1" } else { "0" }.into()),
        ("WAFER_FACTOR", (1 + kind as i64 % 2).into()),
        ("WORKCENTER_GROUP", group.name.into()),
        ("WORKCENTERSEQUENCE_GROUP", format!("{:03}", group.sequence).into()),
        ("WORKCENTER_SHORT", group.short.into()),
    ]);
    row
}

fn container_id(lot: &Lot) -> String {
    format!("488103cd{:08x}", lot.number)
}

/// The name of a lot by its container.
pub(crate) fn container(lot: &Lot) -> Row {
    vec![
        ("CONTAINERID", container_id(lot).into()),
        ("CONTAINERNAME", lot.id().into()),
        ("PRODUCTNAME", product(lot.order.kind).into()),
        ("PRODUCTLINENAME", lot.package().trim_end_matches(" CU").into()),
    ]
}

/// A hold that is on, or was released.
pub(crate) fn hold(factory: &Factory, step: &HoldStep) -> Row {
    let HoldStep { lot, hold, release } = step;
    let (name, _, department) = REASONS[hold.reason];
    let workcenter = factory.places[lot.place()].workcenter;
    let ncr = hold.number.is_multiple_of(3);
    let future = release.is_none() && hold.number.is_multiple_of(11);
    let released = format!("{}複判合格，放行", DEPARTMENTS[department]);
    vec![
        ("HOLDID", format!("{:08x}", hold.number).into()),
        ("CONTAINERID", container_id(lot).into()),
        ("PJ_WORKORDER", lot.workorder().into()),
        ("WORKCENTERNAME", workcenter.name().into()),
        ("HOLDREASONID", format!("0010a480{:08x}", hold.reason).into()),
        ("HOLDREASONNAME", name.into()),
        ("QTY", i64::from(lot.qty).into()),
        ("HOLDTXNDATE", time(hold.at).into()),
        ("HOLDEMP", person(hold.by).into()),
        ("HOLDCOMMENTS", hold_comment(hold).into()),
        ("RELEASETXNDATE", release.map(|release| time(release.at)).into()),
        ("RELEASEEMP", release.map(|release| person(release.by)).into()),
        ("RELEASECOMMENTS", release.map(|_| released).into()),
        ("NCRID", ncr.then(|| format!("NCR{:06}", hold.number)).into()),
        ("FUTUREHOLDCOMMENTS", future.then_some("下一站前先通知工程師").into()),
    ]
}

/// A lot as a row of the source's view, which adds what depends on the plant's clock.
pub(crate) fn source_lot(factory: &Factory, slot: usize) -> Row {
    let (entry, now) = (&factory.lots[slot], factory.now());
    let days = |from: DateTime, to: DateTime| {
        let secs = to.duration_since(from).as_secs() as f64;
        Cell::Decimal((secs / 864.0).round() / 100.0)
    };
    let mut row = lot(factory, slot);
    let equipment =
        row.iter().find(|(name, _)| *name == "EQUIPMENTS").map(|(_, cell)| cell.clone());
    row.extend([
        ("NO", (slot as i64 + 1).into()),
        ("STEP", spec_name(entry.group, entry.spec).into()),
        ("AGEBYDAYS", days(entry.order.started, now)),
        ("REMAINTIME", days(now, midnight(due(&entry.order)))),
        ("MOVEINQTY", i64::from(entry.qty).into()),
        ("MOVEINQTY2", 0.into()),
        ("EQUIPMENTNAME", equipment.unwrap_or(Cell::Null)),
        ("SYS_DATE", time(now).into()),
    ]);
    row
}

/// The spec → workcenter view.
pub(crate) fn specs() -> Vec<Row> {
    let places: Vec<_> = workcenters().collect();
    let mut rows = Vec::new();
    for (index, group) in GROUPS.iter().enumerate() {
        for spec in 0..SPECS_PER_GROUP {
            let (name, sequence) = (spec_name(index, spec), spec_sequence(index, spec));
            let place = places[workcenter_of(index, spec)];
            rows.push(vec![
                ("SPEC", name.as_str().into()),
                ("SPECSEQUENCE", sequence.to_string().into()),
                ("SPEC_ORDER", format!("{sequence}_{name}").into()),
                ("WORK_CENTER", place.name().into()),
                ("WORK_CENTER_SEQUENCE", format!("{:03}", place.sequence()).into()),
                ("WORK_CENTER_GROUP", group.name.into()),
                ("WORKCENTERSEQUENCE_GROUP", format!("{:03}", group.sequence).into()),
                ("WORKCENTERGROUP_ORDER", format!("{:03}_{}", group.sequence, group.name).into()),
                ("WORK_CENTER_SHORT", group.short.into()),
            ]);
        }
    }
    rows
}
