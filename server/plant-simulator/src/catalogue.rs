//! What the simulated plant is made of.

use serde::{Deserialize, Serialize};

/// A workcenter group.
pub(crate) struct Group {
    pub name: &'static str,
    pub sequence: u32,
    pub short: &'static str,
    /// In the order in which lots pass them.
    pub workcenters: &'static [&'static str],
    /// Number of machine families.
    pub families: usize,
    /// Share of the plant's machines.
    pub machines: f64,
    /// Share of the scheduled time that its machines produce in.
    pub productive: f64,
}

const fn group(
    name: &'static str,
    sequence: u32,
    short: &'static str,
    workcenters: &'static [&'static str],
    families: usize,
    machines: f64,
    productive: f64,
) -> Group {
    Group { name, sequence, short, workcenters, families, machines, productive }
}

/// The route of every lot, in sequence.
pub(crate) const GROUPS: [Group; 12] = [
    group("點測", 10, "PT", &["點測"], 3, 0.05, 0.62),
    group("切割", 30, "SAW", &["切割"], 4, 0.06, 0.66),
    group("焊接_DB", 60, "DB", &["焊接_DB", "焊_DB_料"], 7, 0.16, 0.70),
    group("焊接_WB", 90, "WB", &["焊接_WB", "焊_WB_料"], 9, 0.27, 0.74),
    group("成型", 130, "MD", &["成型", "成型_料"], 5, 0.08, 0.63),
    group("去膠", 150, "DFL", &["去膠"], 2, 0.03, 0.52),
    group("電鍍", 180, "PLT", &["掛鍍", "條鍍", "滾鍍"], 3, 0.04, 0.58),
    group("移印", 200, "MK", &["移印"], 3, 0.04, 0.55),
    group("切彎腳", 230, "TF", &["切彎腳"], 5, 0.08, 0.60),
    group("元件切割", 240, "PS", &["PKG_SAW", "元件切割"], 3, 0.04, 0.57),
    group("TMTT", 300, "TM", &["TMTT"], 8, 0.13, 0.68),
    group("品檢", 320, "QC", &["FQC", "品檢"], 2, 0.02, 0.48),
];

/// Specs of each group on the route.
pub(crate) const SPECS_PER_GROUP: usize = 8;

/// A place where machines of one kind stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Workcenter {
    /// Index into [`GROUPS`].
    pub group: usize,
    /// Index into the group's workcenters.
    pub within: usize,
}

impl Workcenter {
    pub(crate) fn name(self) -> &'static str {
        GROUPS[self.group].workcenters[self.within]
    }

    pub(crate) fn sequence(self) -> u32 {
        GROUPS[self.group].sequence + self.within as u32
    }

    /// How many specs of the route are worked on here.
    pub(crate) fn specs(self) -> usize {
        (0..SPECS_PER_GROUP)
            .filter(|spec| workcenter_within(self.group, *spec) == self.within)
            .count()
    }
}

fn workcenter_within(group: usize, spec: usize) -> usize {
    spec * GROUPS[group].workcenters.len() / SPECS_PER_GROUP
}

/// All workcenters in the order of the route.
pub(crate) fn workcenters() -> impl Iterator<Item = Workcenter> {
    GROUPS.iter().enumerate().flat_map(|(group, kind)| {
        (0..kind.workcenters.len()).map(move |within| Workcenter { group, within })
    })
}

/// Where a spec is worked on, as an index into [`workcenters`].
pub(crate) fn workcenter_of(group: usize, spec: usize) -> usize {
    let before: usize = GROUPS[..group].iter().map(|group| group.workcenters.len()).sum();
    before + workcenter_within(group, spec)
}

pub(crate) fn spec_name(group: usize, spec: usize) -> String {
    let kind = &GROUPS[group];
    if kind.short == "QC" && spec + 2 >= SPECS_PER_GROUP {
        return format!("QC GATE {}", spec + 3 - SPECS_PER_GROUP);
    }
    if spec.is_multiple_of(2) {
        format!("{} Step-{}", kind.short, spec + 1)
    } else {
        format!("{}_製程{:02}", kind.name, spec + 1)
    }
}

pub(crate) fn spec_sequence(group: usize, spec: usize) -> u32 {
    GROUPS[group].sequence * 10 + spec as u32 * 5
}

/// Packages and how common they are.
pub(crate) const PACKAGES: [(&str, f64); 36] = [
    ("SOT-23 CU", 20.0),
    ("SOT-23", 8.0),
    ("TO-277", 6.0),
    ("SOD-123FL", 6.0),
    ("SMA", 5.0),
    ("SMB", 4.0),
    ("SMC", 3.5),
    ("DFN3333-8L", 4.0),
    ("DFN5060-8L", 3.0),
    ("DFN2020-6L", 3.0),
    ("DFN1006-2L", 3.5),
    ("DFN2510-10L", 2.0),
    ("QFN3x3-16L", 2.5),
    ("QFN4x4-20L", 2.5),
    ("QFN5x5-32L", 1.5),
    ("SOT-323", 2.0),
    ("SOT-363", 2.5),
    ("SOT-523", 1.5),
    ("SOT-723", 1.2),
    ("SOT-89", 1.2),
    ("SOT-223", 1.5),
    ("SOD-123", 2.0),
    ("SOD-323", 2.0),
    ("SOD-523", 1.6),
    ("SOD-923", 1.0),
    ("SOP-8", 1.4),
    ("TO-220", 1.0),
    ("TO-252", 1.4),
    ("TO-263", 1.1),
    ("MBF", 0.7),
    ("ABS", 0.6),
    ("DBLS", 0.7),
    ("SMAF", 0.8),
    ("WLCSP-4", 0.8),
    ("WLCSP-6", 0.6),
    ("WLCSP-9", 0.9),
];

/// Products of each package.
pub(crate) const KINDS_PER_PACKAGE: usize = 12;

/// Product functions with the first letters of their wafer lots.
pub(crate) const FUNCTIONS: [(&str, &str); 8] = [
    ("MOSFET", "WMO"),
    ("SCHOTTKY", "WSC"),
    ("ZENER", "WZE"),
    ("TVS/ESD", "WTV"),
    ("BRIDGE", "WBR"),
    ("SWITCHING", "WSW"),
    ("BJT", "WBJ"),
    ("RECTIFIER", "WRE"),
];

/// Priorities and how common they are.
pub(crate) const PRIORITIES: [(&str, f64); 4] =
    [("1.超特急", 1.5), ("2.特急", 3.0), ("3.急件", 5.0), ("4.一般", 90.5)];

/// Owners of lots and how common they are.
pub(crate) const OWNERS: [(&str, f64); 6] =
    [("量產", 88.0), ("重工RW", 3.0), ("代工", 3.0), ("工程", 3.0), ("樣品", 2.0), ("久存", 1.0)];

/// Departments.
pub(crate) const DEPARTMENTS: [&str; 8] = [
    "製造一部",
    "製造二部",
    "製造三部",
    "設備工程部",
    "製程工程部",
    "品保部",
    "測試工程部",
    "研發部",
];

/// Hold reasons, how common they are, and the department that holds (index into [`DEPARTMENTS`]).
pub(crate) const REASONS: [(&str, f64, usize); 18] = [
    ("S2品質異常單(PE)", 14.0, 4),
    ("首件異常(QC)", 9.0, 5),
    ("外觀不良待判(QC)", 8.0, 5),
    ("推拉力異常(PE)", 6.0, 4),
    ("電性良率偏低(TE)", 7.0, 6),
    ("Low Yield (TE)", 3.0, 6),
    ("料號混料待查(PD)", 3.0, 0),
    ("膠體氣孔(PE)", 4.0, 4),
    ("X-Ray 空洞率超標(QC)", 4.0, 5),
    ("Customer Complaint Trace (QA)", 2.0, 5),
    ("IQC檢驗(久存品驗證)(QC)", 9.0, 5),
    ("工程驗證(PE)", 8.0, 4),
    ("工程驗證(RD)", 5.0, 7),
    ("指定機台生產", 5.0, 1),
    ("特殊需求(X-Ray全檢)", 3.0, 5),
    ("特殊需求管控", 6.0, 2),
    ("第一次量產QC品質確認(QC)", 4.0, 5),
    ("需綁尾數(PD)", 4.0, 0),
];

/// Equipment makers.
pub(crate) const VENDORS: [&str; 10] =
    ["ASM", "K&S", "SHINKAWA", "ESEC", "DISCO", "TOWA", "ADVANTEST", "ISMECA", "FASFORD", "自製"];

/// Where machines stand.
pub(crate) const LOCATIONS: [&str; 8] =
    ["焊接站_A棟", "焊接站_B棟", "成型站", "電鍍站", "點測站", "TMTT-A", "TMTT-B", "品檢站"];

/// Places that don't belong to this plant's capacity.
pub(crate) const OUTSIDE_LOCATIONS: [&str; 4] = ["報廢", "實驗室", "ATEC", "F區"];

/// Asset states of machines with their reasons.
pub(crate) const STATES: [(&str, &[&str]); 10] = [
    ("PRD", &["Production RUN"]),
    ("SBY", &["Wait Operator", "Wait Material", "Wait QC", "待料", "待人"]),
    ("UDT", &["Jam", "Sensor Error", "Vacuum Fail", "Bond Off", "EE Repair"]),
    ("SDT", &["Change Kit", "Set Up", "Tool Change", "換線"]),
    ("EGT", &["DOE", "Calibration", "Engineering RUN"]),
    ("NST", &["No Schedule", "Holiday"]),
    ("PM", &["Weekly PM", "Monthly PM", "年度保養"]),
    ("BKD", &["Main Board", "Motor", "待零件"]),
    ("ENG", &["Recipe Tuning"]),
    ("OFF", &["Power Off"]),
];

/// Index into [`STATES`].
pub(crate) const PRD: usize = 0;
/// Index into [`STATES`].
pub(crate) const SBY: usize = 1;

/// Share of the machines that are in each of [`STATES`] when all goes as usual;
/// the rest stands by or produces.
pub(crate) const USUAL: [f64; 10] =
    [0.0, 0.0, 0.045, 0.065, 0.045, 0.05, 0.022, 0.012, 0.012, 0.01];

/// Reason for work on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobKind {
    Repair,
    Maintenance,
}

/// The job that comes with a state.
pub(crate) fn job_kind(state: usize) -> Option<JobKind> {
    match STATES[state].0 {
        "UDT" | "BKD" => Some(JobKind::Repair),
        "PM" => Some(JobKind::Maintenance),
        _ => None,
    }
}

/// Symptoms, causes and repairs of machines.
pub(crate) const SYMPTOMS: [&str; 8] = [
    "S01 卡料",
    "S02 感測器異常",
    "S03 真空不足",
    "S04 Bond Off",
    "S05 溫度偏移",
    "S06 Index Error",
    "S07 影像辨識失敗",
    "S08 異音",
];
/// See [`SYMPTOMS`].
pub(crate) const CAUSES: [&str; 6] = [
    "C01 零件磨耗",
    "C02 Sensor Dirty",
    "C03 參數跑掉",
    "C04 Material",
    "C05 線路老化",
    "C06 人為",
];
/// See [`SYMPTOMS`].
pub(crate) const REPAIRS: [&str; 6] =
    ["R01 更換零件", "R02 Clean", "R03 調整參數", "R04 Re-teach", "R05 更換線材", "R06 重新開機"];

const SURNAMES: [&str; 16] = [
    "陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊", "許", "鄭", "謝", "郭", "洪", "曾",
];
const GIVEN_NAMES: [&str; 20] = [
    "志明", "淑芬", "俊傑", "美玲", "建宏", "雅婷", "家豪", "怡君", "宗翰", "佩珊", "冠宇", "欣怡",
    "承恩", "詩涵", "柏翰", "惠雯", "信宏", "麗華", "文彬", "靜宜",
];
const WESTERN_FIRST: [&str; 8] =
    ["Maria", "Jose", "Nguyen Thi", "Grace", "Kevin", "Rosalie", "Mark", "Siti"];
const WESTERN_LAST: [&str; 10] = [
    "Santos",
    "Reyes",
    "Lan",
    "Huong",
    "Dela Cruz",
    "Bautista",
    "Tan",
    "Wijaya",
    "Mendoza",
    "Garcia",
];

/// People on the roster.
pub(crate) const PEOPLE: usize = 400;

/// The name of a person on the roster.
pub(crate) fn person(number: u16) -> String {
    let number = usize::from(number) % PEOPLE;
    let local = SURNAMES.len() * GIVEN_NAMES.len();
    if number < local {
        let (surname, given) = (number % SURNAMES.len(), number / SURNAMES.len());
        format!("{}{}", SURNAMES[surname], GIVEN_NAMES[given])
    } else {
        let number = number - local;
        let (first, last) = (number % WESTERN_FIRST.len(), number / WESTERN_FIRST.len());
        format!("{} {}", WESTERN_FIRST[first], WESTERN_LAST[last % WESTERN_LAST.len()])
    }
}

/// The number on a person's badge.
pub(crate) fn badge(person: u16) -> String {
    format!("U{:05}", 10_000 + u32::from(person) * 37)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_is_worked_on_somewhere() {
        let all: Vec<Workcenter> = workcenters().collect();
        for group in 0..GROUPS.len() {
            for spec in 0..SPECS_PER_GROUP {
                assert_eq!(all[workcenter_of(group, spec)].group, group);
            }
        }
        assert!(all.iter().all(|workcenter| workcenter.specs() > 0));
        let specs: usize = all.iter().map(|workcenter| workcenter.specs()).sum();
        assert_eq!(specs, GROUPS.len() * SPECS_PER_GROUP);
    }

    #[test]
    fn nobody_shares_a_name() {
        let names: std::collections::BTreeSet<String> = (0..PEOPLE as u16).map(person).collect();
        assert_eq!(names.len(), PEOPLE);
    }
}
