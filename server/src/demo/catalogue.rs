//! What the simulated plant is made of.

/// A workcenter group: its name, sequence, short name, workcenters, machine
/// family prefix, share of the machines, and how productive it is.
pub(super) struct Group {
    pub name: &'static str,
    pub sequence: u32,
    pub short: &'static str,
    pub workcenters: &'static [&'static str],
    pub families: usize,
    pub machines: f64,
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
pub(super) const GROUPS: [Group; 12] = [
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

/// Packages and how common they are.
pub(super) const PACKAGES: [(&str, f64); 36] = [
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

/// Product functions.
pub(super) const FUNCTIONS: [&str; 8] =
    ["MOSFET", "SCHOTTKY", "ZENER", "TVS/ESD", "BRIDGE", "SWITCHING", "BJT", "RECTIFIER"];

/// Hold reasons and how common they are.
pub(super) const REASONS: [(&str, f64); 16] = [
    ("S2品質異常單(PE)", 14.0),
    ("首件異常(QC)", 9.0),
    ("外觀不良待判(QC)", 8.0),
    ("推拉力異常(PE)", 6.0),
    ("電性良率偏低(TE)", 7.0),
    ("料號混料待查(PD)", 3.0),
    ("膠體氣孔(PE)", 4.0),
    ("X-Ray 空洞率超標(QC)", 4.0),
    ("客訴追溯(QA)", 2.0),
    ("IQC檢驗(久存品驗證)(QC)", 9.0),
    ("工程驗證(PE)", 8.0),
    ("工程驗證(RD)", 5.0),
    ("指定機台生產", 5.0),
    ("特殊需求管控", 6.0),
    ("第一次量產QC品質確認(QC)", 4.0),
    ("需綁尾數(PD)", 4.0),
];

/// Departments.
pub(super) const DEPARTMENTS: [&str; 7] =
    ["製造一部", "製造二部", "製造三部", "設備工程部", "製程工程部", "品保部", "研發部"];

/// Equipment makers.
pub(super) const VENDORS: [&str; 10] =
    ["ASM", "K&S", "SHINKAWA", "ESEC", "DISCO", "TOWA", "ADVANTEST", "ISMECA", "FASFORD", "自製"];

/// Where machines stand.
pub(super) const LOCATIONS: [&str; 8] =
    ["焊接站_A棟", "焊接站_B棟", "成型站", "電鍍站", "點測站", "TMTT-A", "TMTT-B", "品檢站"];

/// Family names and given names of people.
pub(super) const SURNAMES: [&str; 16] = [
    "陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊", "許", "鄭", "謝", "郭", "洪", "曾",
];
/// See [`SURNAMES`].
pub(super) const GIVEN_NAMES: [&str; 20] = [
    "志明", "淑芬", "俊傑", "美玲", "建宏", "雅婷", "家豪", "怡君", "宗翰", "佩珊", "冠宇", "欣怡",
    "承恩", "詩涵", "柏翰", "惠雯", "信宏", "麗華", "文彬", "靜宜",
];

/// E10 states of the simulation with their reasons.
pub(super) const STATES: [(&str, &[&str]); 10] = [
    ("PRD", &["Production RUN"]),
    ("SBY", &["Wait Operator", "Wait Material", "Wait QC"]),
    ("UDT", &["Jam", "Sensor Error", "Vacuum Fail", "Bond Off"]),
    ("SDT", &["Changeover", "Tool Change"]),
    ("EGT", &["DOE", "Calibration"]),
    ("NST", &["No Schedule"]),
    ("PM", &["Weekly PM", "Monthly PM"]),
    ("BKD", &["Main Board", "Motor"]),
    ("ENG", &["Recipe Tuning"]),
    ("OFF", &["Power Off"]),
];

/// Whether a repair job is open in that state.
pub(super) fn is_repair(state: &str) -> bool {
    matches!(state, "UDT" | "BKD")
}
