//! Synthetic lots for benches and fixtures: as many as asked for, always the same.
//!
//! Cardinalities are those of a real packaging plant: 14 workcenter groups,
//! 56 packages, 460 product types, 230 specs, 25 hold reasons and about 8 lots
//! a work order. One value in a few hundred is missing, and some lots are
//! dummies, as in any MES.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use super::table::LotTable;
use crate::quality::Ledger;
use crate::site_rules::SiteRules;
use crate::source_contract::{LOT_COLUMNS, Storage};
use crate::table::Columns;

/// Group, sequence, share of the lots in percent.
const GROUPS: [(&str, i64, u64); 14] = [
    ("切割", 20, 4),
    ("焊接_DB", 60, 11),
    ("焊接_WB", 90, 17),
    ("成型", 130, 10),
    ("去膠", 140, 4),
    ("電鍍", 160, 7),
    ("水吹砂", 170, 3),
    ("移印", 200, 5),
    ("切彎腳", 230, 6),
    ("元件切割", 240, 4),
    ("檢驗", 260, 3),
    ("點測", 280, 4),
    ("TMTT", 300, 20),
    ("成品倉", 2060, 2),
];

const PACKAGE_FAMILIES: [&str; 8] =
    ["SOT-23", "SOD-123", "SMA", "TO-277", "DFN3820A", "SOT-563", "QFN4x4", "SOD-323"];

const REASONS: [&str; 25] = [
    "S2品質異常單(PE)",
    "IQC檢驗(久存品驗證)(QC)",
    "自行暫停",
    "大中/安波幅50pcs樣品留樣(PD)",
    "首件異常(QC)",
    "外觀不良待判(QC)",
    "工程驗證(PE)",
    "測試良率偏低(TE)",
    "特殊需求管控",
    "工程驗證(RD)",
    "銲線拉力異常(PE)",
    "客戶通知暫停(SA)",
    "指定機台生產",
    "待料(PC)",
    "特殊需求(X-Ray全檢)",
    "電鍍厚度異常(QC)",
    "第一次量產QC品質確認(QC)",
    "混料疑慮(QC)",
    "需綁尾數(PD)",
    "尺寸超規(QC)",
    "樣品需求留存打樣(樣品)",
    "標籤錯誤(PD)",
    "盤點(收線)需求",
    "機台異常待復機(EQ)",
    "重工待確認(PE)",
];

/// Types are distributed like 1 / (rank + 1) in this many ranks.
const TYPES: usize = 460;
const PACKAGES: usize = 56;
const SPECS_PER_GROUP: u64 = 17;
const LOTS_PER_ORDER: u64 = 8;
const SYS_DATE: &str = "2026-11-20 08:00:00";

/// SplitMix64: tiny, seedable and the same everywhere.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator that depends on nothing but the seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// Whether an event of one in `odds` happens.
    pub fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }
}

/// Picks by weight: the first index whose running weight exceeds the draw.
fn weighted(random: &mut SplitMix64, running: &[u64]) -> usize {
    let total = running.last().copied().unwrap_or(1);
    let draw = random.below(total);
    running.partition_point(|weight| *weight <= draw)
}

fn running(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    weights
        .scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

fn package(index: usize) -> String {
    let family = PACKAGE_FAMILIES[index % PACKAGE_FAMILIES.len()];
    match index / PACKAGE_FAMILIES.len() {
        0 => family.to_owned(),
        1 => format!("{family} CU"),
        more => format!("{family}-{more}L"),
    }
}

fn spec(group: usize, step: u64) -> String {
    let name = GROUPS[group].0;
    match step {
        // Two groups end in a gate where lots wait for inspection.
        16 if group.is_multiple_of(7) => format!("{name}_QC GATE"),
        _ if step.is_multiple_of(3) => format!("{name} Step-{step}"),
        _ => format!("{name}_製程{step:02}"),
    }
}

/// Columns that queries depend on, one entry per lot.
#[derive(Default)]
struct Lots {
    lot: Vec<Option<String>>,
    workorder: Vec<Option<String>>,
    qty: Vec<Option<i64>>,
    holds: Vec<Option<i64>>,
    equipment_count: Vec<Option<i64>>,
    equipment: Vec<Option<String>>,
    reason: Vec<Option<&'static str>>,
    age: Vec<Option<f64>>,
    package: Vec<Option<String>>,
    kind: Vec<Option<String>>,
    spec: Vec<Option<String>>,
    spec_sequence: Vec<Option<i64>>,
    group: Vec<Option<&'static str>>,
    group_sequence: Vec<Option<i64>>,
    move_in: Vec<Option<String>>,
    employee: Vec<Option<String>>,
    department: Vec<Option<&'static str>>,
    comment: Vec<Option<String>>,
}

impl Lots {
    fn push(&mut self, random: &mut SplitMix64, number: u64, types: &[u64], groups: &[u64]) {
        let kind = weighted(random, types);
        let group = weighted(random, groups);
        let step = random.below(SPECS_PER_GROUP);
        let order = number / LOTS_PER_ORDER;
        let workorder =
            format!("{}26{:02}{order:05}", ["GA", "GB", "RW"][kind % 3], order % 12 + 1);
        let dummy = random.one_in(400);
        let lot = if dummy {
            format!("{workorder}-Dummy-{:03}", number % 1000)
        } else {
            format!("{workorder}-A{:02}-{:03}", number % LOTS_PER_ORDER, random.below(40))
        };
        let held = random.one_in(20);
        let running = !held && random.one_in(4);
        let hours = random.below(100 * 24);
        // A value is missing here and there.
        let mut some = || !random.one_in(400);
        self.lot.push(Some(lot));
        self.workorder.push(some().then_some(workorder));
        self.package.push(some().then(|| package(kind % PACKAGES)));
        let letter = char::from(b'A' + (kind % 12) as u8);
        self.kind.push(some().then(|| format!("PJ{letter}{kind:04}")));
        self.spec.push(some().then(|| spec(group, step)));
        self.spec_sequence.push(some().then(|| GROUPS[group].1 * 10 + step as i64 * 10));
        self.group.push(some().then_some(GROUPS[group].0));
        self.group_sequence.push(some().then_some(GROUPS[group].1));
        let has_age = some();
        let qty = some();
        self.age.push(has_age.then(|| (hours * 100 / 24) as f64 / 100.0));
        self.qty.push(qty.then(|| random.below(60_000) as i64 + 20));
        self.holds.push(Some(i64::from(held)));
        self.equipment_count.push(Some(i64::from(running)));
        let machine = random.below(2000);
        self.equipment.push(running.then(|| format!("GWBA-{machine:04}")));
        // Low ranks are the frequent ones.
        let rank = random.below(25).min(random.below(40));
        self.reason.push((held && !random.one_in(30)).then_some(REASONS[rank as usize]));
        let (day, hour, minute) = (random.below(19) + 1, random.below(24), random.below(60));
        self.move_in.push(Some(format!("2026-11-{day:02} {hour:02}:{minute:02}:00")));
        let employee = random.below(300);
        let departments = ["工程部", "生管部", "製造一部", "製造三部", "品保部", "測試部"];
        self.employee.push(held.then(|| format!("員工{employee:04}")));
        self.department.push(held.then(|| departments[random.below(6) as usize]));
        self.comment.push(held.then(|| format!("暫停說明 {number}: 待確認後釋放")));
    }

    fn column(&self, name: &str, rows: usize) -> Option<ArrayRef> {
        let owned =
            |cells: &[Option<String>]| -> ArrayRef { Arc::new(StringArray::from_iter(cells)) };
        let fixed = |cells: &[Option<&'static str>]| -> ArrayRef {
            Arc::new(StringArray::from_iter(cells))
        };
        let integers =
            |cells: &[Option<i64>]| -> ArrayRef { Arc::new(Int64Array::from(cells.to_vec())) };
        Some(match name {
            "LOTID" => owned(&self.lot),
            "WORKORDER" => owned(&self.workorder),
            "QTY" => integers(&self.qty),
            "CURRENTHOLDCOUNT" => integers(&self.holds),
            "EQUIPMENTCOUNT" => integers(&self.equipment_count),
            "EQUIPMENTS" => owned(&self.equipment),
            "HOLDREASONNAME" => fixed(&self.reason),
            "AGEBYDAYS" => Arc::new(Float64Array::from(self.age.clone())),
            "PACKAGE_LEF" => owned(&self.package),
            "PJ_TYPE" => owned(&self.kind),
            "SPECNAME" => owned(&self.spec),
            "SPECSEQUENCE" => integers(&self.spec_sequence),
            "WORKCENTER_GROUP" | "WORKCENTERNAME" => fixed(&self.group),
            "WORKCENTERSEQUENCE_GROUP" => integers(&self.group_sequence),
            "MOVEINTIMESTAMP" => owned(&self.move_in),
            "HOLDEMP" => owned(&self.employee),
            "DEPTNAME" => fixed(&self.department),
            "COMMENT_HOLD" => owned(&self.comment),
            "SYS_DATE" => {
                Arc::new(StringArray::from_iter_values(std::iter::repeat_n(SYS_DATE, rows)))
            }
            _ => return None,
        })
    }
}

/// Rows of the lot view, in no particular order; columns that decide nothing are NULL.
pub fn lot_rows(rows: usize, seed: u64) -> RecordBatch {
    let mut random = SplitMix64::new(seed);
    let types = running((1..=TYPES as u64).map(|rank| 100_000 / (rank + 4)));
    let groups = running(GROUPS.iter().map(|(.., share)| *share));
    let mut numbers: Vec<u64> = (0..rows as u64).collect();
    for last in (1..numbers.len()).rev() {
        let other = random.below(last as u64 + 1) as usize;
        numbers.swap(last, other);
    }
    let mut lots = Lots::default();
    for number in numbers {
        lots.push(&mut random, number, &types, &groups);
    }
    let mut fields = Vec::with_capacity(LOT_COLUMNS.len());
    let mut arrays = Vec::with_capacity(LOT_COLUMNS.len());
    for column in LOT_COLUMNS {
        let array = lots.column(column.name, rows).unwrap_or_else(|| match column.kind.storage() {
            Storage::Text => Arc::new(StringArray::new_null(rows)),
            Storage::Integer => Arc::new(Int64Array::new_null(rows)),
            Storage::Decimal => Arc::new(Float64Array::new_null(rows)),
        });
        let kind = match column.kind.storage() {
            Storage::Text => DataType::Utf8,
            Storage::Integer => DataType::Int64,
            Storage::Decimal => DataType::Float64,
        };
        fields.push(Field::new(column.name, kind, true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every array has one cell per lot and the type of its field")
}

/// A snapshot of [`lot_rows`] with the display columns, as a browser downloads it.
pub fn lot_snapshot(rows: usize, seed: u64) -> Vec<u8> {
    LotTable::from_source(&lot_rows(rows, seed), &SiteRules::default(), &mut Ledger::default())
        .expect("sample rows follow the source contract")
        .frame()
        .to_ipc(Columns::Display)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lot::LotFilter;

    #[test]
    fn the_same_seed_gives_the_same_lots() {
        assert_eq!(lot_rows(300, 7), lot_rows(300, 7));
        assert_ne!(lot_rows(300, 7), lot_rows(300, 8));
    }

    #[test]
    fn the_plant_has_the_cardinalities_of_a_real_one() {
        let lots = LotTable::from_ipc(&lot_snapshot(10_000, 1)).unwrap();
        let count = |column| lots.frame().text(column).cardinality();
        assert_eq!(count("WORKCENTER_GROUP"), 14);
        assert_eq!(count("PACKAGE_LEF"), 56);
        assert!((430..=460).contains(&count("PJ_TYPE")), "{}", count("PJ_TYPE"));
        assert_eq!(count("HOLDREASONNAME"), 25);
        assert!((225..=240).contains(&count("SPECNAME")), "{}", count("SPECNAME"));
        let summary = lots.summary(&LotFilter::default());
        assert!(summary.by_wip_status.hold.lots > 300 && summary.by_wip_status.run.lots > 2000);
        assert!(!lots.qc_gate(&Default::default()).lots.is_empty());
    }
}
