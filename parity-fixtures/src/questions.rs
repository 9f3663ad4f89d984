//! Generated arguments for every query of the registry, by type.

use compute_core::lot::LotFilter;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::plant::{
    DEPARTMENTS, FAMILIES, GROUPS, PACKAGES, REASONS, TYPES, WORKCENTERS, WORKORDERS,
};

/// Which store a query belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// `LotStore`.
    Lots,
    /// `EquipmentStore`.
    Equipment,
    /// `HistoryStore`.
    History,
    /// `HoldHistoryStore`.
    Holds,
    /// `DowntimeStore`.
    Downtime,
    /// `ChangesStore`.
    Changes,
}

impl Store {
    /// Name in the plan and in `compare.mjs`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lots => "lots",
            Self::Equipment => "equipment",
            Self::History => "history",
            Self::Holds => "holds",
            Self::Downtime => "downtime",
            Self::Changes => "changes",
        }
    }
}

/// An object that has each of `fields` half of the time.
fn object<Name: Into<String>>(fields: Vec<(Name, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    fields
        .into_iter()
        .map(|(name, value)| (name.into(), prop::option::of(value)))
        .map(|(name, value)| value.prop_map(move |value| (name.clone(), value)))
        .collect::<Vec<_>>()
        .prop_map(|pairs| {
            let fields: Map<String, Value> =
                pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            Value::Object(fields)
        })
        .boxed()
}

/// `base` with one more field that is always there.
fn with(
    base: BoxedStrategy<Value>,
    name: &'static str,
    value: BoxedStrategy<Value>,
) -> BoxedStrategy<Value> {
    (base, value)
        .prop_map(move |(mut base, value)| {
            base[name] = value;
            base
        })
        .boxed()
}

fn one(from: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(from).prop_map(Value::from).boxed()
}

fn some(from: &'static [&'static str]) -> BoxedStrategy<Value> {
    subsequence(from, 0..=2.min(from.len())).prop_map(Value::from).boxed()
}

fn flag() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

fn number(range: std::ops::Range<i64>) -> BoxedStrategy<Value> {
    range.prop_map(Value::from).boxed()
}

const FRAGMENTS: [&str; 9] = ["GA26", "ga2601", "-A0", "00-0", "(", "%", "İ", "dummy", "zzz"];

fn lot_filter() -> BoxedStrategy<Value> {
    let value = |filter: &str| match filter {
        "packages" => some(&PACKAGES),
        "types" => some(&TYPES),
        "includeDummy" => flag(),
        "workcenters" => some(&GROUPS),
        "status" => one(&["RUN", "QUEUE", "HOLD"]),
        "holdType" => one(&["quality", "non-quality"]),
        "reason" => one(&REASONS),
        "workorder" => prop_oneof![one(&FRAGMENTS), one(&WORKORDERS)].boxed(),
        // Of another kind: no builds could read the argument.
        _text => one(&FRAGMENTS),
    };
    let filters = serde_json::to_value(LotFilter::default()).unwrap_or_default();
    let names = filters.as_object().into_iter().flat_map(Map::keys);
    object(names.map(|name| (name.as_str(), value(name))).collect())
}

fn age_range() -> BoxedStrategy<Value> {
    one(&["0-1", "1-3", "3-7", "7+"])
}

const HELD_SORTS: [&str; 12] = [
    "lotId",
    "workorder",
    "holdType",
    "reason",
    "age",
    "qty",
    "package",
    "workcenter",
    "spec",
    "holdBy",
    "dept",
    "holdComment",
];

fn held_filter() -> BoxedStrategy<Value> {
    object(vec![
        ("holdType", one(&["quality", "non-quality"])),
        ("reasons", some(&REASONS)),
        ("departments", some(&DEPARTMENTS)),
        ("ageRange", age_range()),
        ("workcenters", some(&GROUPS)),
        ("packages", some(&PACKAGES)),
        ("includeDummy", flag()),
    ])
}

fn equipment_filter() -> BoxedStrategy<Value> {
    let cell = object(vec![
        ("group", one(&GROUPS)),
        ("family", one(&FAMILIES)),
        ("resourceId", (0_u32..400).prop_map(|id| json!(format!("4880a68c{id:08x}"))).boxed()),
        ("column", one(&["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "OTHER"])),
    ]);
    object(vec![
        ("workcenterGroups", some(&GROUPS)),
        ("isProduction", flag()),
        ("isKey", flag()),
        ("isMonitor", flag()),
        ("hasJob", flag()),
        (
            "statusCategories",
            some(&[
                "PRODUCTIVE",
                "STANDBY",
                "DOWN",
                "ENGINEERING",
                "NOT_SCHEDULED",
                "INACTIVE",
                "OTHER",
            ]),
        ),
        ("families", some(&FAMILIES)),
        ("text", one(&["gdba", "4880", "00a", "("])),
        ("cell", cell),
    ])
}

fn history_query() -> BoxedStrategy<Value> {
    let date = || {
        let months =
            (1_u32..13, 1_u32..32).prop_map(|(month, day)| format!("2026-{month:02}-{day:02}"));
        prop_oneof![3 => months, 1 => Just("2025-12-29".to_owned()), 1 => Just("soon".to_owned())]
            .prop_map(Value::from)
            .boxed()
    };
    object(vec![
        ("filter", equipment_filter()),
        ("granularity", one(&["day", "week", "month", "year"])),
        ("startDate", date()),
        ("endDate", date()),
    ])
}

fn hold_history_filter() -> BoxedStrategy<Value> {
    let day = prop_oneof![
        8 => (1_u32..29).prop_map(|day| Value::from(format!("2026-11-{day:02}"))),
        1 => Just(Value::from("soon")),
    ];
    object(vec![
        ("holdType", one(&["quality", "non-quality"])),
        ("reasons", some(&REASONS)),
        ("workcenters", some(&GROUPS)),
        ("packages", some(&PACKAGES)),
        ("departments", some(&DEPARTMENTS)),
        ("repeatsOnly", flag()),
        ("text", one(&FRAGMENTS)),
        ("durations", some(&["<4h", "4-24h", "1-3d", ">3d"])),
        ("day", day.boxed()),
        ("kind", one(&["new", "released", "held"])),
    ])
}

fn downtime_filter() -> BoxedStrategy<Value> {
    let date = || {
        (1_u32..13, 1_u32..29)
            .prop_map(|(month, day)| Value::from(format!("2026-{month:02}-{day:02}")))
            .boxed()
    };
    object(vec![
        ("machines", equipment_filter()),
        ("startDate", date()),
        ("endDate", date()),
        ("states", some(&["UDT", "SDT", "EGT", "PRD"])),
        ("reasons", some(&["Jam", "換線", "卡住"])),
        ("categories", some(&["repair", "changeover", "other"])),
        ("shifts", subsequence(vec![0, 1], 0..2).prop_map(Value::from).boxed()),
        ("jobLinks", some(&["id", "overlap", "ambiguous", "none"])),
    ])
}

/// Arguments of one type; `None` for an unknown type, which the coverage test turns into a failure.
pub fn arguments(argument: &str) -> Option<BoxedStrategy<Value>> {
    Some(match argument {
        "LotFilter" => lot_filter(),
        "SearchQuery" => with(
            with(
                object(vec![("limit", number(0..60)), ("filter", lot_filter())]),
                "field",
                one(&["workorder", "lotid", "package", "pj_type"]),
            ),
            "q",
            prop_oneof![one(&FRAGMENTS), one(&["sot", "PJ", "", " GA "])].boxed(),
        ),
        "DetailQuery" => with(
            object(vec![
                ("filter", lot_filter()),
                ("page", number(-1..6)),
                ("pageSize", number(-1..600)),
            ]),
            "workcenter",
            one(&GROUPS),
        ),
        "HoldQuery" => with(
            object(vec![
                ("includeDummy", flag()),
                ("filter", lot_filter()),
                ("ageRange", age_range()),
            ]),
            "reason",
            one(&REASONS),
        ),
        "HoldLotsQuery" => with(
            object(vec![
                ("workcenter", one(&GROUPS)),
                ("package", one(&PACKAGES)),
                ("ageRange", age_range()),
                ("includeDummy", flag()),
                ("page", number(-1..4)),
                ("perPage", number(-1..300)),
            ]),
            "reason",
            one(&REASONS),
        ),
        "HeldFilter" => held_filter(),
        "HeldLotsQuery" => object(vec![
            ("filter", held_filter()),
            ("sort", one(&HELD_SORTS)),
            ("descending", flag()),
            ("page", number(-1..4)),
            ("perPage", number(-1..300)),
        ]),
        "QcGateQuery" => object(vec![("includeDummy", flag())]),
        "LotQuery" => (select(&WORKORDERS[..]), 0_u32..2000)
            .prop_map(|(order, lot)| json!({"lotid": format!("{order}-A{:02}-{:03}", lot / 100, lot % 100)}))
            .boxed(),
        "LotsQuery" => object(vec![
            ("filter", lot_filter()),
            ("ageRange", age_range()),
            ("sort", one(&["lotId", "qty", "spec", "ageByDays", "holdReason", "none"])),
            ("descending", flag()),
            ("page", number(-1..6)),
            ("pageSize", number(-1..600)),
        ]),
        "EquipmentFilter" => equipment_filter(),
        "ListQuery" => object(vec![
            ("filter", equipment_filter()),
            (
                "sort",
                one(&["RESOURCENAME", "WORKCENTER_GROUP", "LOT_COUNT", "CREATEDATE", "E10_STATE", "none"]),
            ),
            ("descending", flag()),
            ("offset", number(0..50)),
            ("limit", number(0..80)),
        ]),
        "MachineQuery" => {
            (0_u32..400).prop_map(|id| json!({"resourceId": format!("4880a68c{id:08x}")})).boxed()
        }
        "OptionsQuery" => object::<&str>(vec![]),
        "TreeMachinesQuery" => with(
            with(object(vec![("filter", equipment_filter())]), "group", one(&GROUPS)),
            "family",
            one(&FAMILIES),
        ),
        "HistoryQuery" => history_query(),
        "HistoryDetailQuery" => object(vec![
            ("hours", history_query()),
            ("offset", number(0..9)),
            ("limit", number(0..20)),
        ]),
        "LotChangesQuery" => object(vec![
            ("filter", lot_filter()),
            ("change", one(&["came", "left", "moved", "held", "released", "aged"])),
            ("offset", number(0..5)),
            ("limit", number(0..60)),
        ]),
        "MachineChangesQuery" => object(vec![
            ("filter", equipment_filter()),
            ("change", one(&["wentDown", "cameUp", "otherState", "came", "left"])),
            ("offset", number(0..5)),
            ("limit", number(0..60)),
        ]),
        "DowntimeFilter" => downtime_filter(),
        "DowntimeMachinesQuery" => object(vec![
            ("filter", downtime_filter()),
            ("offset", number(0..9)),
            ("limit", number(0..40)),
        ]),
        "DowntimeEventsQuery" => object(vec![
            ("filter", downtime_filter()),
            ("sort", one(&["resource_name", "workcenter", "reason", "from", "hours", "waiting_hours"])),
            ("descending", flag()),
            ("offset", number(0..20)),
            ("limit", number(0..80)),
        ]),
        "DowntimeTimelineQuery" => object(vec![("filter", downtime_filter()), ("limit", number(0..12))]),
        "DowntimeComparisonQuery" => {
            object(vec![("after", downtime_filter()), ("before", downtime_filter())])
        }
        "HoldHistoryFilter" => hold_history_filter(),
        "HoldRecordsQuery" => object(vec![
            ("filter", hold_history_filter()),
            ("sort", one(&["lotId", "reason", "qty", "heldAt", "releasedAt", "hours", "rank", "ncr"])),
            ("descending", flag()),
            ("offset", number(0..20)),
            ("limit", number(0..80)),
        ]),
        "FamilyMachinesQuery" => with(
            object(vec![("hours", history_query()), ("family", one(&FAMILIES))]),
            "group",
            prop_oneof![one(&GROUPS), one(&WORKCENTERS)].boxed(),
        ),
        _ => return None,
    })
}
