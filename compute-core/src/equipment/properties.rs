//! Every query of the machines against its naive twin, as whole answers.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;
use serde_json::Value;

use super::cells::{Cells, batch};
use super::naive::{Plant, state_name};
use super::*;
use crate::field_contract::FIELDS;
use crate::metric::share_pct;
use crate::quality::Ledger;
use crate::site_rules::{MEANINGS, STATUS_CATEGORIES, SiteRules};
use crate::source_contract::{EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS, WORKCENTER_COLUMNS};
use crate::workcenter::WorkcenterTable;

type Texts = &'static [&'static str];

const CODES: Texts = &[
    "PRD",
    "SBY",
    "UDT",
    "SDT",
    "EGT",
    "NST",
    "PM",
    "BKD",
    "ENG",
    "OFF",
    "prd",
    "SCRAP",
    "設備-RUN",
];
const GROUPS: Texts = &["甲", "乙", "UNKNOWN", "丙"];
const FAMILIES: Texts = &["F1", "F2", "UNKNOWN"];
const TIMES: Texts = &["2026-11-20 07:00:00", "2026-11-20 06:59:59", "2025-01-01 00:00:00"];
const STATES: [State; 7] =
    [State::Prd, State::Sby, State::Udt, State::Sdt, State::Egt, State::Nst, State::Other];

/// One of some texts, or nothing in about one of seven.
fn cell(from: Texts) -> impl Strategy<Value = Option<String>> {
    weighted(0.85, select(from).prop_map(str::to_owned))
}

/// A cell of each column, NULL in about one of seven.
fn texts(
    columns: &[(&'static str, Texts)],
) -> impl Strategy<Value = Vec<(&'static str, String)>> + use<> {
    let cells: Vec<_> = columns
        .iter()
        .map(|&(column, from)| cell(from).prop_map(move |text| Some((column, text?))))
        .collect();
    cells.prop_map(|cells| cells.into_iter().flatten().collect())
}

/// Ids `m0` to `m{ids - 1}`: the fewer, the more rows share one.
fn id(ids: u32) -> impl Strategy<Value = Option<String>> {
    weighted(0.95, (0..ids).prop_map(|number| format!("m{number}")))
}

pub(super) fn machine(ids: u32) -> impl Strategy<Value = Cells> {
    let columns: [(&str, Texts); 10] = [
        ("RESOURCENAME", &["Alpha", "alpha", "乙", "Ω-7"]),
        ("OBJECTTYPE", &["ASSEMBLY", "ASSEMBLY", "ASSEMBLY", "WAFERSORT"]),
        ("WORKCENTERNAME", &["W1", "W2", "W3", "W4", "W9"]),
        ("LOCATIONNAME", &["A區", "B區", "報廢"]),
        ("RESOURCEFAMILYNAME", FAMILIES),
        ("VENDORNAME", &["V1", "V2"]),
        ("VENDORMODEL", &["", "M1"]),
        ("PJ_DEPARTMENT", &["D1"]),
        ("PJ_ASSETSSTATUS", &["Approved", "Approved", "Disapproved"]),
        ("LASTCHANGEDATE", TIMES),
    ];
    let flag = || weighted(0.8, 0_i64..3);
    (id(ids), texts(&columns), any::<bool>(), flag(), flag(), flag()).prop_map(
        |(id, mut texts, is_odd, production, key, monitor)| {
            let kind = texts.iter().find(|(column, _)| *column == "OBJECTTYPE");
            let category =
                kind.map(|(_, kind)| kind.clone()).filter(|_| !is_odd || texts.len() > 5);
            texts.extend(category.map(|category| ("OBJECTCATEGORY", category)));
            texts.extend(id.map(|id| ("RESOURCEID", id)));
            let flags =
                [("PJ_ISPRODUCTION", production), ("PJ_ISKEY", key), ("PJ_ISMONITOR", monitor)];
            let numbers = flags.into_iter().filter_map(|(name, flag)| Some((name, flag?)));
            Cells { texts, numbers: numbers.collect() }
        },
    )
}

pub(super) fn status(ids: u32) -> impl Strategy<Value = Cells> {
    let columns: [(&str, Texts); 16] = [
        ("EQUIPMENTASSETSSTATUS", CODES),
        ("EQUIPMENTASSETSSTATUSREASON", &["換線", "PM"]),
        ("JOBORDER", &["", "  ", "J1"]),
        ("JOBMODEL", &["JM"]),
        ("JOBSTAGE", &["JS"]),
        ("JOBID", &["1", "2"]),
        ("JOBSTATUS", &["Open"]),
        ("CREATEDATE", TIMES),
        ("CREATEUSERNAME", &["王"]),
        ("TECHNICIANUSERNAME", &["李", "陳"]),
        ("SYMPTOMCODE", &["S"]),
        ("CAUSECODE", &["C"]),
        ("REPAIRCODE", &["R"]),
        ("RUNCARDLOTID", &["", "L1", "L2", "L3"]),
        ("LOTTRACKINTIME", TIMES),
        ("LOTTRACKINEMPLOYEE", &["張"]),
    ];
    (id(ids), texts(&columns), weighted(0.8, -5_i64..50)).prop_map(|(id, mut texts, qty)| {
        texts.extend(id.map(|id| ("RESOURCEID", id)));
        Cells { texts, numbers: qty.map(|qty| ("LOTTRACKINQTY_PCS", qty)).into_iter().collect() }
    })
}

pub(super) fn mapping() -> impl Strategy<Value = Cells> {
    let columns: [(&str, Texts); 3] = [
        ("WORK_CENTER", &["W1", "W2", "W3", "W4"]),
        ("WORK_CENTER_GROUP", GROUPS),
        ("WORK_CENTER_SHORT", &["a", "b"]),
    ];
    let sequence = weighted(0.8, select(vec![1_i64, 2, 3, 999, 1000]));
    (texts(&columns), sequence).prop_map(|(texts, sequence)| {
        let sequence = sequence.map(|sequence| ("WORKCENTERSEQUENCE_GROUP", sequence));
        Cells { texts, numbers: sequence.into_iter().collect() }
    })
}

/// Machines, real-time rows and mapping, as a source has them.
type Tables = (Vec<Cells>, Vec<Cells>, Vec<Cells>);

/// Source rows of a plant of about `machines` machines.
fn plant(
    machines: impl Into<prop::collection::SizeRange>,
    ids: u32,
) -> impl Strategy<Value = Tables> {
    let machines = machines.into();
    (vec(machine(ids), machines.clone()), vec(status(ids), machines), vec(mapping(), 0..12))
}

/// Machines, merged, of a plant of about `machines` machines with ids `m0` to `m{ids - 1}`.
pub(crate) fn merged(
    machines: impl Into<prop::collection::SizeRange>,
    ids: u32,
) -> impl Strategy<Value = Arc<EquipmentView>> {
    plant(machines, ids)
        .prop_map(|(machines, statuses, mappings)| Arc::new(view(&machines, &statuses, &mappings)))
}

fn some(from: Texts) -> impl Strategy<Value = Vec<String>> {
    let names = vec(select(from).prop_map(str::to_owned), 1..3);
    prop_oneof![3 => Just(Vec::new()), 1 => names]
}

pub(crate) fn filter() -> impl Strategy<Value = EquipmentFilter> {
    let rarely = |strategy| weighted(0.25, strategy);
    let cell = (
        weighted(0.5, select(GROUPS).prop_map(str::to_owned)),
        weighted(0.4, select(FAMILIES).prop_map(str::to_owned)),
        weighted(0.1, (0_u32..8).prop_map(|number| format!("m{number}"))),
        weighted(0.4, select(&STATES[..])),
    )
        .prop_map(|(group, family, resource_id, column)| CellFilter {
            group,
            family,
            resource_id,
            column,
        });
    let text = select(&["", " ", "A", "alpha", " ω ", "m1", "none", "m*1", "none, M2;ω", "*"][..])
        .prop_map(str::to_owned);
    (
        (some(GROUPS), some(FAMILIES)),
        some(&["PRODUCTIVE", "DOWN", "OTHER", "INACTIVE", "nonsense"]),
        [0; 4].map(|_| rarely(any::<bool>())),
        weighted(0.25, text),
        weighted(0.25, cell),
    )
        .prop_map(|((groups, families), categories, flags, text, cell)| EquipmentFilter {
            workcenter_groups: groups,
            is_production: flags[0],
            is_key: flags[1],
            is_monitor: flags[2],
            has_job: flags[3],
            status_categories: categories,
            families,
            text,
            cell,
        })
}

fn list_query() -> impl Strategy<Value = ListQuery> {
    // A field of no record and one of another table order nothing.
    let fields = FIELDS.iter().filter(|field| field.dataset == "equipment");
    let mut keys: Vec<&str> = fields.map(|field| field.api_key).collect();
    keys.extend(["RUNCARDLOTID", "none"]);
    let keys = select(keys).prop_map(str::to_owned);
    let limit = weighted(0.7, select(vec![0, 1, 3, 100, 500, u32::MAX]));
    let offset = prop_oneof![4 => 0_u32..6, 1 => Just(u32::MAX)];
    (filter(), weighted(0.9, keys), any::<bool>(), offset, limit).prop_map(
        |(filter, sort, descending, offset, limit)| ListQuery {
            filter,
            sort,
            descending,
            offset,
            limit,
        },
    )
}

fn view(machines: &[Cells], statuses: &[Cells], mappings: &[Cells]) -> EquipmentView {
    view_by(&SiteRules::default(), machines, statuses, mappings)
}

fn view_by(
    rules: &SiteRules,
    machines: &[Cells],
    statuses: &[Cells],
    mappings: &[Cells],
) -> EquipmentView {
    let master = ResourceTable::from_source(
        &batch(RESOURCE_COLUMNS, machines),
        rules,
        &mut Ledger::default(),
    )
    .unwrap();
    let source = batch(EQUIPMENT_STATUS_COLUMNS, statuses);
    let now = EquipmentStatusTable::from_source(&source, rules, &mut Ledger::default()).unwrap();
    let mapped = WorkcenterTable::from_source(
        &batch(WORKCENTER_COLUMNS, mappings),
        rules,
        &mut Ledger::default(),
    )
    .unwrap();
    EquipmentView::merge(Arc::new(master), Arc::new(now), Arc::new(mapped))
}

fn shown(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

/// Compares every query's whole answer.
fn compare(
    (machines, statuses, mappings): &Tables,
    filter: &EquipmentFilter,
    list: &ListQuery,
) -> Result<(), TestCaseError> {
    let view = view(machines, statuses, mappings);
    let naive = Plant::new(machines, statuses, mappings);
    prop_assert_eq!(shown(view.status(filter)), naive.status(filter));
    prop_assert_eq!(shown(view.list(list)), naive.list(list));
    prop_assert_eq!(shown(view.summary(filter)), naive.summary(filter));
    prop_assert_eq!(shown(view.matrix(filter)), naive.matrix(filter));
    prop_assert_eq!(shown(view.sub_states(filter)), naive.sub_states(filter));
    prop_assert_eq!(shown(view.kpi(filter)), naive.kpi(filter));
    prop_assert_eq!(shown(view.workcenter_cards(filter)), naive.workcenter_cards(filter));
    prop_assert_eq!(shown(view.options(&OptionsQuery {})), naive.options());
    prop_assert_eq!(shown(view.facets(filter)), naive.facets(filter));
    prop_assert_eq!(shown(view.tree(filter)), naive.tree(filter));
    for group in GROUPS {
        for family in FAMILIES {
            let query = TreeMachinesQuery {
                filter: filter.clone(),
                group: (*group).to_owned(),
                family: (*family).to_owned(),
            };
            let expected = naive.tree_machines(filter, group, family);
            prop_assert_eq!(shown(view.tree_machines(&query)), expected);
        }
    }
    for number in 0..6 {
        let resource_id = format!("m{number}");
        let expected = naive.machine_of(&resource_id);
        prop_assert_eq!(shown(view.machine(&MachineQuery { resource_id })), expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_answer_is_that_of_the_naive_twin(
        plant in plant(0..25, 8), filter in filter(), list in list_query()
    ) {
        compare(&plant, &filter, &list)?;
        compare(&plant, &EquipmentFilter::default(), &list)?;
    }
}

proptest! {
    #[test]
    fn changes_are_those_of_the_naive_twin(
        before in plant(0..20, 8), now in plant(0..20, 8), filter in filter(),
        change in weighted(0.4, select(&MachineChange::ALL[..])),
        offset in 0_u32..4, limit in select(&[0_u32, 3, 500][..]),
    ) {
        let query = MachineChangesQuery { filter, change, offset, limit };
        let naive = |plant: &Tables| Plant::new(&plant.0, &plant.1, &plant.2);
        let merged = |plant: &Tables| view(&plant.0, &plant.1, &plant.2);
        let expected = naive(&now).changes_since(&naive(&before), &query);
        prop_assert_eq!(shown(merged(&now).changes_since(&merged(&before), &query)), expected);
        let same = merged(&now).changes_since(&merged(&now), &MachineChangesQuery::default());
        prop_assert_eq!(same.total, 0);
    }
}

/// Any mapping of states.
pub(crate) fn rules() -> impl Strategy<Value = SiteRules> {
    vec(weighted(0.7, select(&MEANINGS[..])), CODES.len()).prop_map(|meanings| {
        let states = CODES.iter().zip(meanings);
        let states = states.filter_map(|(code, meaning)| Some((*code, meaning?)));
        SiteRules {
            states: states.map(|(code, meaning)| (code.to_owned(), meaning.to_owned())).collect(),
            ..SiteRules::default()
        }
    })
}

/// Machines by state; the order is that of [`STATES`].
type ByState = [i64; 7];

fn by_state(totals: StateTotals) -> ByState {
    let StateTotals { prd, sby, udt, sdt, egt, nst, other } = totals;
    [prd, sby, udt, sdt, egt, nst, other]
}

/// Adds up parts by the state that each has.
fn tally<T>(parts: impl IntoIterator<Item = T>, of: impl Fn(&T) -> (State, i64)) -> ByState {
    let mut counts = ByState::default();
    for part in parts {
        let (state, machines) = of(&part);
        counts[state.place()] += machines;
    }
    counts
}

fn added(counts: impl IntoIterator<Item = ByState>) -> ByState {
    let add = |sum: ByState, part: ByState| std::array::from_fn(|place| sum[place] + part[place]);
    counts.into_iter().fold(ByState::default(), add)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_state_means_the_same_everywhere(
        rules in rules(), (machines, statuses, mappings) in plant(0..40, 30), filter in filter()
    ) {
        let view = view_by(&rules, &machines, &statuses, &mappings);
        let summary = view.summary(&filter);
        let strip: ByState =
            STATES.map(|state| summary.by_status.get(state_name(state)).copied().unwrap_or(0));
        let records = view.status(&filter);
        prop_assert_eq!(strip.iter().sum::<i64>(), records.len() as i64);
        prop_assert_eq!(added(view.matrix(&filter).iter().map(|group| by_state(group.states))), strip);
        let kpi = view.kpi(&filter);
        let KpiStates { prd, sby, udt, sdt, egt, nst, .. } = kpi.states;
        prop_assert_eq!([prd, sby, udt, sdt, egt, nst, kpi.other], strip);
        let columns = |counts: StateColumns| {
            let StateColumns { prd, sby, udt, sdt, egt, nst, other, .. } = counts;
            [prd, sby, udt, sdt, egt, nst, other]
        };
        let tree = view.tree(&filter);
        prop_assert_eq!(added(tree.iter().map(|group| columns(group.counts))), strip);
        let families = tree.iter().flat_map(|group| &group.families);
        prop_assert_eq!(added(families.map(|family| columns(family.counts))), strip);
        // The plant's OU % is that of its groups together.
        let [prd, sby, udt, sdt, egt, ..] = added(tree.iter().map(|group| columns(group.counts)));
        prop_assert_eq!(summary.ou_pct, share_pct(prd, prd + sby + udt + sdt + egt));
        // The colour in lists, and the filter of each state.
        prop_assert_eq!(tally(&records, |record| (record.e10_state, 1)), strip);
        if filter.cell.is_none() {
            let listed = STATES.map(|state| {
                let cell = CellFilter { column: Some(state), ..CellFilter::default() };
                view.status(&EquipmentFilter { cell: Some(cell), ..filter.clone() }).len() as i64
            });
            prop_assert_eq!(listed, strip);
        }
        let sub_states = view.sub_states(&filter);
        prop_assert_eq!(tally(&sub_states.all, |part| (part.state, part.machines.into())), strip);
        let parts = sub_states.groups.iter().flat_map(|group| &group.states);
        prop_assert_eq!(tally(parts, |part| (part.state, part.machines.into())), strip);
        for part in &sub_states.all {
            let found = records.iter().filter(|record| record.equipmentassetsstatus == part.code);
            prop_assert_eq!(found.count(), part.machines as usize);
        }
        // Categories are E10 states under other names.
        let of = |name: &str| summary.by_status_category.get(name).copied().map_or(0, i64::from);
        let [prd, sby, udt, sdt, egt, nst, other] = strip;
        let categories =
            ["PRODUCTIVE", "STANDBY", "DOWN", "ENGINEERING", "NOT_SCHEDULED"].map(of);
        prop_assert_eq!(categories, [prd, sby, udt + sdt, egt, nst]);
        prop_assert_eq!(of("INACTIVE") + of("OTHER") + of("UNKNOWN"), other);
        if filter.status_categories.is_empty() {
            for name in STATUS_CATEGORIES.map(|category| category.code) {
                let status_categories = vec![name.to_owned()];
                let filter = EquipmentFilter { status_categories, ..filter.clone() };
                prop_assert_eq!(view.status(&filter).len() as i64, of(name), "{}", name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn so_it_is_in_plants_of_any_size(
        plants in (plant(0, 1), plant(1, 1), plant(5, 4), plant(300, 250), plant(3000, 2500)),
        filter in filter(), list in list_query()
    ) {
        for plant in [plants.0, plants.1, plants.2, plants.3, plants.4] {
            compare(&plant, &EquipmentFilter::default(), &list)?;
            compare(&plant, &filter, &list)?;
        }
    }
}
