//! Every lot query against the naive model, and deltas against full snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, RecordBatch, StringArray};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::naive::{Model, Row, source};
use super::*;
use crate::delta::Delta;
use crate::quality::{Effect, Ledger, PlantClock, Reason};
use crate::query_registry::LOT_QUERIES;
use crate::site_rules::SiteRules;
use crate::table::{Columns, DecodeError, Frame};

/// Few values, so that groups, ties and collisions happen in small tables.
const GROUPS: [&str; 4] = ["點測", "焊接_DB", "A/B 站", "TMTT"];
const PACKAGES: [&str; 4] = ["SOT-23", "sot-23", "QFN\"4\"", "TO-277"];
const TYPES: [&str; 3] = ["PJA0001", "pja0001", "PJ_%"];
/// Two non-quality reasons, then quality ones.
const REASONS: [&str; 5] = ["特殊需求管控", "指定機台生產", "首件異常(QC)", " 特殊需求管控", "(+*"];
const DEPARTMENTS: [&str; 3] = ["品保部", "製造一部", "QA"];
const SPECS: [&str; 4] = ["DB Step-1", "QC GATE-1", "final qc_gate", "點測_製程02"];
const ORDERS: [&str; 4] = ["GA2601001", "ga2601002", "RW26(1)", "İ-GB26"];

fn maybe(from: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    weighted(0.9, select(from).prop_map(str::to_owned))
}

fn instant() -> impl Strategy<Value = Option<String>> {
    weighted(
        0.8,
        (17_u32..21, select(&[0_u32, 2, 8, 20, 23][..]), 0_u32..2)
            .prop_map(|(day, hour, second)| format!("2026-11-{day:02} {hour:02}:00:{second:02}")),
    )
}

/// As [`maybe`], and rarely a text that is empty.
fn maybe_empty(from: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop_oneof![9 => maybe(from), 1 => Just(Some(String::new()))]
}

fn lot_id() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        8 => (select(&ORDERS[..]), 0_u32..12).prop_map(|(order, lot)| Some(format!("{order}-{lot}"))),
        1 => (0_u32..3).prop_map(|lot| Some(format!("x-duMMy{lot}"))),
        1 => Just(None),
        1 => Just(Some(String::new())),
    ]
}

prop_compose! {
    fn row()(
        lotid in lot_id(),
        workorder in maybe_empty(&ORDERS),
        qty in weighted(0.9, prop_oneof![4 => 0_i64..90, 1 => -40_i64..40, 1 => 2_000_000_000_i64..2_147_483_648]),
        (equipment_count, hold_count) in (weighted(0.8, -1_i64..3), weighted(0.8, -1_i64..3)),
        reason in maybe_empty(&REASONS),
        age in weighted(0.9, prop_oneof![(-30_i64..1200), select(&[-10_i64, 0, 100, 300, 700, 35, 25][..])]),
        equipments in weighted(0.3, Just("GDBA-0001".to_owned())),
        (package, kind, group) in (maybe_empty(&PACKAGES), maybe_empty(&TYPES), maybe_empty(&GROUPS)),
        (spec, spec_sequence) in (maybe_empty(&SPECS), weighted(0.9, 1_i64..4)),
        group_sequence in weighted(0.9, 1_i64..4),
        employee in weighted(0.3, Just("員工0001".to_owned())),
        department in maybe_empty(&DEPARTMENTS),
        (move_in, sys_date) in (instant(), instant()),
    ) -> Row {
        Row {
            lotid, workorder, qty, equipment_count, hold_count, reason, age, equipments, package,
            kind, spec, spec_sequence, group, group_sequence, employee, department,
            move_in, sys_date,
        }
    }
}

/// Empty, tiny and larger tables.
fn view() -> impl Strategy<Value = Vec<Row>> {
    prop_oneof![1 => Just(Vec::new()), 2 => prop::collection::vec(row(), 1..6), 5 => prop::collection::vec(row(), 6..120)]
}

/// Two versions: most rows are in both, some of them changed in one way, some are in one only.
fn versions() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let related = prop::collection::vec((row(), row(), 0_u8..12), 0..80).prop_map(|rows| {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (before, other, fate) in rows {
            let mut now = before.clone();
            match fate {
                0 => (now.group, now.spec) = (other.group, other.spec),
                1 => (now.hold_count, now.equipment_count) = (other.hold_count, None),
                2 => now.reason = other.reason,
                3 => now.age = other.age,
                4 => now.qty = other.qty,
                5 => now = other,
                _ => {}
            }
            if fate != 6 {
                old.push(before);
            }
            if fate != 7 {
                new.push(now);
            }
        }
        (old, new)
    });
    prop_oneof![4 => related, 1 => (view(), view())]
}

/// Mostly none, so that filters leave something; else some values and maybe one that no lot has.
fn some_of(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let some = (subsequence(from, 1..=from.len()), weighted(0.3, Just("no such"))).prop_map(
        |(values, unknown)| values.into_iter().chain(unknown).map(str::to_owned).collect(),
    );
    let unknown = Just(vec!["no such".to_owned()]);
    prop_oneof![14 => Just(Vec::new()), 5 => some, 1 => unknown]
}

fn text() -> impl Strategy<Value = Option<String>> {
    let texts = [
        "ga26",
        "GA26",
        "1",
        "(1)",
        " -1 ",
        "",
        "  ",
        ".*",
        "i̇",
        "İ",
        "dummy",
        "none",
        "ga*-1",
        "x*2, ＧＡ２６*-3",
        "no such;rw",
        "*",
    ];
    weighted(0.15, select(texts.to_vec()).prop_map(str::to_owned))
}

prop_compose! {
    fn filter()(
        (workorder, lotid) in (text(), text()),
        packages in some_of(&PACKAGES),
        types in some_of(&TYPES),
        workcenters in some_of(&GROUPS),
        include_dummy in any::<bool>(),
        status in weighted(0.5, select(&[WipStatus::Run, WipStatus::Queue, WipStatus::Hold, WipStatus::Hold][..])),
        hold_type in weighted(0.5, select(&[HoldType::Quality, HoldType::NonQuality][..])),
        reason in weighted(0.15, select(&["特殊需求管控", "首件異常(QC)", "", "no such"][..]).prop_map(str::to_owned)),
    ) -> LotFilter {
        LotFilter { workorder, lotid, packages, types, workcenters, include_dummy, status, hold_type, reason }
    }
}

prop_compose! {
    fn held_filter()(
        hold_type in weighted(0.3, select(&[HoldType::Quality, HoldType::NonQuality][..])),
        reasons in some_of(&REASONS),
        departments in some_of(&DEPARTMENTS),
        age_range in weighted(0.3, select(&AgeRange::ALL[..])),
        workcenters in some_of(&GROUPS),
        packages in some_of(&PACKAGES),
        include_dummy in any::<bool>(),
    ) -> HeldFilter {
        HeldFilter { hold_type, reasons, departments, age_range, workcenters, packages, include_dummy }
    }
}

/// Page numbers and sizes, also absurd ones.
fn number() -> impl Strategy<Value = Option<i64>> {
    weighted(0.8, select(&[i64::MIN, -1, 0, 1, 2, 3, 7, 49, 1000, i64::MAX][..]))
}

fn reason() -> impl Strategy<Value = String> {
    select(&REASONS[..]).prop_map(str::to_owned)
}

fn age_range() -> impl Strategy<Value = Option<AgeRange>> {
    weighted(0.5, select(&AgeRange::ALL[..]))
}

fn hold_query() -> impl Strategy<Value = HoldQuery> {
    (reason(), any::<bool>(), filter(), age_range()).prop_map(
        |(reason, include_dummy, filter, age_range)| HoldQuery {
            reason,
            include_dummy,
            filter,
            age_range,
        },
    )
}

prop_compose! {
    fn lots_query()(
        filter in filter(),
        age_range in age_range(),
        sort in weighted(0.8, select(&[
            "lotId", "workorder", "wipStatus", "qty", "holdReason", "workcenterGroup", "spec", "specSequence", "equipment",
            "ageByDays", "packageLef", "dataUpdateDate", "no such",
        ][..]).prop_map(str::to_owned)),
        descending in any::<bool>(),
        (page, page_size) in (number(), number()),
    ) -> LotsQuery {
        LotsQuery { filter, age_range, sort, descending, page, page_size }
    }
}

/// Versions of one plant's lots, each a little different from the one before.
pub(crate) fn tables() -> impl Strategy<Value = Vec<LotTable>> {
    prop::collection::vec(versions(), 0..4).prop_map(|pairs| {
        let rows = pairs.into_iter().flat_map(|(before, now)| [before, now]);
        rows.map(|rows| load(&rows)).collect()
    })
}

fn load(rows: &[Row]) -> LotTable {
    LotTable::from_source(&source(rows), &SiteRules::default(), &mut Ledger::default()).unwrap()
}

fn json_of(result: impl serde::Serialize) -> Value {
    serde_json::to_value(result).unwrap()
}

/// The property of one query: the table, as loaded and as decoded from its
/// display columns, answers like the model.
macro_rules! like_the_model {
    ($($query:ident: $arguments:expr;)*) => {
        proptest! {
            $(
                #[test]
                fn $query(rows in view(), arguments in $arguments) {
                    let table = load(&rows);
                    let browser = LotTable::from_ipc(&table.frame().to_ipc(Columns::Display)).unwrap();
                    let expected = Model::new(&rows).$query(&arguments);
                    prop_assert_eq!(json_of(table.$query(&arguments)), expected.clone());
                    prop_assert_eq!(json_of(browser.$query(&arguments)), expected);
                }
            )*
        }

        /// Queries that have a property here.
        const HELD: &[&str] = &[$(stringify!($query)),*];
    };
}

like_the_model! {
    summary: filter();
    matrix: filter();
    holds: filter();
    pareto: filter();
    facets: filter();
    workcenters: filter();
    packages: filter();
    explain: filter();
    search: (
        select(&[SearchField::Workorder, SearchField::Lotid, SearchField::Package, SearchField::PjType][..]),
        select(&["", "1", "GA", "ga26", "001-", " sot", "İ-", "(1", ".."][..]),
        number(),
        filter(),
    ).prop_map(|(field, q, limit, filter)| SearchQuery { field, q: q.to_owned(), limit, filter });
    detail: (select(&["點測", "TMTT", "A/B 站", "no such"][..]), filter(), number(), number()).prop_map(
        |(workcenter, filter, page, page_size)| DetailQuery {
            workcenter: workcenter.to_owned(), filter, page, page_size,
        },
    );
    hold_summary: hold_query();
    hold_distribution: hold_query();
    hold_lots: (
        reason(),
        weighted(0.3, select(&["點測", "no such"][..])),
        weighted(0.3, select(&["SOT-23", "no such"][..])),
        age_range(),
        any::<bool>(),
        (number(), number()),
    ).prop_map(|(reason, workcenter, package, age_range, include_dummy, (page, per_page))| HoldLotsQuery {
        reason,
        workcenter: workcenter.map(str::to_owned),
        package: package.map(str::to_owned),
        age_range,
        include_dummy,
        page,
        per_page,
    });
    oldest_hold: filter();
    hold_overview: held_filter();
    held_lots: (
        held_filter(),
        weighted(0.9, select(&HeldSort::ALL[..])),
        any::<bool>(),
        number(),
        number(),
    ).prop_map(|(filter, sort, descending, page, per_page)| HeldLotsQuery { filter, sort, descending, page, per_page });
    qc_gate: any::<bool>().prop_map(|include_dummy| QcGateQuery { include_dummy });
}

/// The batch with every column of texts as codes into a dictionary.
fn coded(batch: &RecordBatch) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
        let texts = array.as_any().downcast_ref::<StringArray>();
        let coded =
            texts.map(|texts| Arc::new(texts.iter().collect::<DictionaryArray<Int32Type>>()));
        (field.name().clone(), coded.map_or_else(|| array.clone(), |coded| coded as ArrayRef), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

proptest! {
    #[test]
    fn texts_that_the_source_holds_once_are_the_same_table(rows in view()) {
        let batch = source(&rows);
        let rules = SiteRules::default();
        let (mut of_plain, mut of_coded) = (Ledger::default(), Ledger::default());
        let plain = LotTable::from_source(&batch, &rules, &mut of_plain).unwrap();
        let coded = LotTable::from_source(&coded(&batch), &rules, &mut of_coded).unwrap();
        prop_assert_eq!(plain.frame().to_ipc(Columns::All), coded.frame().to_ipc(Columns::All));
        prop_assert_eq!(of_plain, of_coded);
    }

    #[test]
    fn lot(rows in view(), lotid in select(&["GA2601001-3", " RW26(1)-1 ", "x-duMMy1", "no such", ""][..])) {
        let query = LotQuery { lotid: lotid.to_owned() };
        let expected = Model::new(&rows).lot(&query);
        let table = load(&rows);
        let browser = LotTable::from_ipc(&table.frame().to_ipc(Columns::Display)).unwrap();
        for table in [table, browser] {
            let found = json_of(table.lot(&query));
            prop_assert_eq!(found.is_null(), expected.is_none());
            for (key, value) in expected.iter().flatten() {
                prop_assert_eq!(&found[key], value, "{}", key);
                prop_assert!(found["fieldLabels"][key].is_string(), "{} has no label", key);
            }
        }
    }

    #[test]
    fn filtered_lots_are_those_that_pass(rows in view(), filter in filter()) {
        let found = load(&rows).filtered(&filter);
        let ids = found.key().iter().map(|key| key.map(str::to_owned));
        prop_assert_eq!(ids.collect::<Vec<_>>(), Model::new(&rows).filtered(&filter));
    }

    #[test]
    fn changes_since((before, now) in versions(), filter in filter(), change in weighted(0.5, select(&LotChange::ALL[..])), offset in 0_u32..4, limit in select(&[0_u32, 3, 500][..])) {
        let query = LotChangesQuery { filter, change, offset, limit };
        let expected = Model::new(&now).changes_since(&Model::new(&before), &query);
        let sent = |table: &LotTable| LotTable::from_ipc(&table.frame().to_ipc(Columns::Display)).unwrap();
        let (before, now) = (load(&before), load(&now));
        prop_assert_eq!(json_of(now.changes_since(&before, &query)), expected.clone());
        prop_assert_eq!(json_of(sent(&now).changes_since(&sent(&before), &query)), expected);
        let same = now.changes_since(&now, &LotChangesQuery { limit: 9, ..LotChangesQuery::default() });
        prop_assert_eq!((same.total, same.lots.len()), (0, 0));
    }

    #[test]
    fn lots(rows in view(), query in lots_query()) {
        let expected = Model::new(&rows).lots(&query);
        let table = load(&rows);
        let browser = LotTable::from_ipc(&table.frame().to_ipc(Columns::Display)).unwrap();
        for table in [table, browser] {
            let found = json_of(table.lots(&query));
            for part in ["totals", "specs", "pagination"] {
                prop_assert_eq!(&found[part], &expected[part]);
            }
            let (lots, records) = (found["lots"].as_array().unwrap(), expected["lots"].as_array().unwrap());
            prop_assert_eq!(lots.len(), records.len());
            for (lot, record) in lots.iter().zip(records) {
                for (key, value) in record.as_object().unwrap() {
                    prop_assert_eq!(&lot[key], value, "{}", key);
                }
            }
        }
    }

    #[test]
    fn an_overview_is_its_parts_one_by_one(rows in view(), filter in filter()) {
        let table = load(&rows);
        let overview = table.overview(&filter);
        prop_assert_eq!(overview.summary, table.summary(&filter));
        prop_assert_eq!(overview.explanation, table.explain(&filter));
        let name = |column: &'static str, code: u32| table.frame().text(column).name(code).to_owned();
        let names = |column, codes: &[u32]| codes.iter().map(|code| name(column, *code)).collect::<Vec<_>>();
        let pareto = table.pareto(&filter);
        for (found, expected) in [(overview.pareto.quality, pareto.quality), (overview.pareto.non_quality, pareto.non_quality)] {
            prop_assert_eq!(names("HOLDREASONNAME", &found.reasons), expected.iter().map(|bar| bar.reason.clone()).collect::<Vec<_>>());
            let numbers = |bar: &ParetoBar| (bar.lots, bar.qty, bar.cumulative_pct);
            let columns = found.lots.iter().zip(&found.qty).zip(&found.cumulative_pct);
            let columns: Vec<_> = columns.map(|((lots, qty), pct)| (*lots, *qty, *pct)).collect();
            prop_assert_eq!(columns, expected.iter().map(numbers).collect::<Vec<_>>());
        }
        let (matrix, found) = (table.matrix(&filter), overview.matrix);
        prop_assert_eq!(names("WORKCENTER_GROUP", &found.groups), matrix.workcenters.clone());
        prop_assert_eq!(names("PACKAGE_LEF", &found.packages), matrix.packages.clone());
        let of = |names: &[String], totals: &BTreeMap<String, i64>| names.iter().map(|name| totals[name]).collect::<Vec<_>>();
        prop_assert_eq!(&found.group_totals, &of(&matrix.workcenters, &matrix.workcenter_totals));
        prop_assert_eq!(&found.package_totals, &of(&matrix.packages, &matrix.package_totals));
        let pairs = matrix.workcenters.iter().flat_map(|group| matrix.packages.iter().map(move |package| (group, package)));
        let cells: Vec<i64> = pairs.map(|(group, package)| matrix.matrix[group].get(package).copied().unwrap_or(0)).collect();
        prop_assert_eq!(found.qty, cells);
        prop_assert_eq!(found.grand_total, matrix.grand_total);
        let facets = table.facets(&filter);
        for (column, found, expected) in [
            ("PACKAGE_LEF", overview.facets.package, facets.package),
            ("PJ_TYPE", overview.facets.kind, facets.kind),
            ("WORKCENTER_GROUP", overview.facets.workcenter, facets.workcenter),
        ] {
            prop_assert!(found.codes.is_sorted());
            let found: BTreeMap<String, u32> = names(column, &found.codes).into_iter().zip(found.lots).collect();
            prop_assert_eq!(found, expected.into_iter().map(|facet| (facet.name, facet.lots)).collect());
        }
    }

    #[test]
    fn a_delta_leads_to_the_full_snapshot_to_the_byte(
        (old, new) in prop::collection::vec((row(), weighted(0.9, row()), any::<bool>(), any::<bool>()), 0..60)
            .prop_map(|rows| {
                // Each row stays, changes, appears or vanishes.
                let mut old = Vec::new();
                let mut new = Vec::new();
                for (before, after, stays, appears) in rows {
                    if !appears { old.push(before.clone()); }
                    new.extend(if stays { Some(before) } else { after });
                }
                (old, new)
            })
    ) {
        let (old, new) = (load(&old), load(&new));
        let delta = Delta::between(old.frame(), new.frame());
        let wire = Delta::from_ipc(&LAYOUT, &delta.to_ipc("one", "two")).unwrap();
        prop_assert_eq!((wire.base_version.as_str(), wire.version.as_str()), ("one", "two"));
        let applied = old.apply(&wire.delta).unwrap();
        prop_assert_eq!(applied.frame().to_ipc(Columns::Display), new.frame().to_ipc(Columns::Display));
    }

    #[test]
    fn any_order_of_the_source_gives_the_same_bytes(
        (rows, shuffled) in view()
            .prop_map(|rows| {
                // Rows of one LOTID keep their order, so that one of each is left.
                let one_of_each: BTreeMap<_, _> = rows.into_iter().map(|row| (row.lotid.clone().filter(|id| !id.is_empty()), row)).collect();
                one_of_each.into_values().collect::<Vec<_>>()
            })
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        prop_assert_eq!(load(&rows).frame().to_ipc(Columns::All), load(&shuffled).frame().to_ipc(Columns::All));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_no_panic(
        rows in prop::collection::vec(row(), 0..20), at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()
    ) {
        let mut bytes = load(&rows).frame().to_ipc(Columns::Display);
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        // A flipped bit may sit in padding; whatever loads is what was sent.
        if let Ok(table) = LotTable::from_ipc(&bytes) {
            prop_assert_eq!(table, LotTable::from_ipc(&load(&rows).frame().to_ipc(Columns::Display)).unwrap());
        }
    }
}

#[test]
fn every_registered_query_is_held_against_the_model() {
    let names = LOT_QUERIES.iter().map(|query| query.name);
    // Their records have more fields than the model: they have properties of their own.
    let missing: Vec<_> =
        names.filter(|name| !["lot", "lots"].contains(name) && !HELD.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn memory_is_that_of_the_cells_however_they_came() {
    let rows: Vec<Row> =
        (0..500).map(|number| Row { lotid: Some(format!("GA{number:05}")), ..sound() }).collect();
    let loaded = load(&rows);
    let bytes = loaded.frame().to_ipc(Columns::All);
    let decoded = LotTable::from_ipc(&bytes).unwrap();
    assert_eq!(decoded.memory_bytes(), loaded.memory_bytes());
    // Codes are four bytes wide in memory and one on the wire.
    assert!(decoded.memory_bytes() < 5 * bytes.len(), "{}", decoded.memory_bytes());
}

#[test]
fn arguments_are_camel_case_and_unknown_ones_are_refused() {
    let filter: LotFilter = serde_json::from_value(json!({
        "includeDummy": true, "holdType": "non-quality", "status": "HOLD", "packages": ["SOT-23"],
    }))
    .unwrap();
    assert_eq!(filter.hold_type, Some(HoldType::NonQuality));
    assert!(serde_json::from_value::<LotFilter>(json!({ "include_dummy": true })).is_err());
    assert_eq!(serde_json::from_value::<LotFilter>(json!({})).unwrap(), LotFilter::default());
    let lots: HoldLotsQuery =
        serde_json::from_value(json!({ "reason": "x", "ageRange": "7+", "perPage": 10 })).unwrap();
    assert_eq!(lots.age_range, Some(AgeRange::SevenUp));
    assert!(serde_json::from_value::<HoldLotsQuery>(json!({ "ageRange": "8+" })).is_err());
}

/// One sound row to spoil.
fn sound() -> Row {
    let some = |text: &str| Some(text.to_owned());
    Row { lotid: some("A"), workorder: some("W"), hold_count: Some(1), ..Row::default() }
}

fn spoiled(change: fn(Row) -> Row) -> Result<LotTable, DecodeError> {
    // The frame is made by the loader, so the spoiled column replaces the good one.
    let frame = load(&[sound()]).frame().display_only();
    let other = load(&[change(sound())]).frame().display_only();
    let mut batch: Vec<_> = frame.to_batch(Columns::Display).columns().to_vec();
    let schema = frame.to_batch(Columns::Display).schema();
    let place = schema.index_of("WIPSTATUS").unwrap();
    batch[place] = other.to_batch(Columns::Display).column(place).clone();
    let batch = arrow_array::RecordBatch::try_new(schema, batch).unwrap();
    let frame = Frame::from_batch(&LAYOUT, &batch)?;
    LotTable::from_ipc(&frame.to_ipc(Columns::Display))
}

#[test]
fn a_hold_type_that_does_not_fit_the_status_is_refused() {
    assert!(spoiled(|row| row).is_ok());
    let error = spoiled(|row| Row { hold_count: None, ..row }).unwrap_err().to_string();
    assert!(error.contains("HOLDTYPE") && error.contains("row 0"), "{error}");
}

#[test]
fn a_plant_with_more_groups_and_packages_than_could_be_counted_is_counted() {
    // 4,000 groups and 4,000 packages: the cells that have lots are all that costs anything.
    let rows: Vec<Row> = (0..4000)
        .map(|number| Row {
            lotid: Some(format!("L{number:04}")),
            workorder: Some("W".to_owned()),
            group: Some(format!("G{number:04}")),
            group_sequence: Some(number),
            package: Some(format!("P{number:04}")),
            qty: Some(1 + number),
            ..Row::default()
        })
        .collect();
    let table = load(&rows);
    let matrix = table.matrix(&LotFilter::default());
    assert_eq!((matrix.workcenters.len(), matrix.packages.len()), (4000, 4000));
    assert_eq!(matrix.matrix["G0007"]["P0007"], 8);
    assert_eq!(matrix.grand_total, 4000 * 4001 / 2);
    // A page gets as many columns as it can hold, those with the most pieces.
    let block = table.overview(&LotFilter::default()).matrix;
    assert_eq!((block.packages.len(), block.qty.len()), (1000, 4_000_000));
    assert_eq!(block.grand_total, matrix.grand_total);
    assert_eq!(block.qty.iter().sum::<i64>(), block.package_totals.iter().sum::<i64>());
    assert_eq!(
        LotTable::from_ipc(&table.frame().to_ipc(Columns::Display))
            .unwrap()
            .matrix(&LotFilter::default()),
        matrix
    );
}

/// What a table notes of one row that differs from a sound one.
fn noted(change: impl Fn(Row) -> Row) -> Vec<(Reason, &'static str)> {
    let some = |text: &str| Some(text.to_owned());
    let sound = |lot: &str| Row {
        lotid: some(lot),
        workorder: some("W"),
        group: some("G"),
        group_sequence: Some(1),
        package: some("P"),
        qty: Some(1),
        ..Row::default()
    };
    let rows = [sound("A"), change(sound("B")), sound("C")];
    let mut ledger = Ledger::default();
    let table = LotTable::from_source(&source(&rows), &SiteRules::default(), &mut ledger).unwrap();
    let left_out = ledger.findings().filter(|found| found.reason.effect() == Effect::RowLeftOut);
    assert_eq!(ledger.rows_read, 3);
    assert_eq!(ledger.rows_kept + left_out.map(|found| found.count).sum::<u64>(), 3);
    assert_eq!(ledger.rows_kept, table.len() as u64);
    assert!(ledger.findings().all(|found| found.count == 1));
    ledger.findings().map(|found| (found.reason, found.column)).collect()
}

#[test]
fn what_is_wrong_with_a_lot_is_counted_and_costs_that_lot_only() {
    type Change = fn(Row) -> Row;
    let cases: [(Change, &[(Reason, &str)]); 11] = [
        (|row| row, &[]),
        (|row| Row { workorder: None, ..row }, &[(Reason::NoWorkOrder, "WORKORDER")]),
        (|row| Row { lotid: None, ..row }, &[(Reason::Unnamed, "LOTID")]),
        (|row| Row { lotid: Some("C".to_owned()), ..row }, &[(Reason::RepeatedKey, "LOTID")]),
        (|row| Row { group: None, ..row }, &[(Reason::NotInMatrix, "WORKCENTER_GROUP")]),
        (
            |row| Row { package: Some(String::new()), ..row },
            &[(Reason::NotInMatrix, "PACKAGE_LEF")],
        ),
        (
            |row| Row { group_sequence: None, ..row },
            &[(Reason::NotInMatrix, "WORKCENTERSEQUENCE_GROUP")],
        ),
        (|row| Row { qty: Some(3_000_000_000), ..row }, &[(Reason::OutOfRange, "QTY")]),
        (|row| Row { qty: Some(-5), ..row }, &[(Reason::Clamped, "QTY")]),
        (|row| Row { equipment_count: Some(-1), ..row }, &[(Reason::Clamped, "EQUIPMENTCOUNT")]),
        (|row| Row { age: Some(100_000_000_000_000), ..row }, &[(Reason::OutOfRange, "AGEBYDAYS")]),
    ];
    for (change, expected) in cases {
        assert_eq!(noted(change), expected);
    }
}

#[test]
fn a_recorded_hold_is_shown_also_when_the_equipment_count_is_negative() {
    let row = Row { equipment_count: Some(-1), hold_count: Some(1), ..sound_row() };
    assert_eq!(load(&[row]).summary(&LotFilter::default()).by_wip_status.hold.lots, 1);
}

fn sound_row() -> Row {
    Row { lotid: Some("A".to_owned()), workorder: Some("W".to_owned()), ..Row::default() }
}

#[test]
fn the_site_may_give_a_group_the_sequence_that_the_source_lacks() {
    let row = |group: &str, sequence| Row {
        group: Some(group.to_owned()),
        group_sequence: sequence,
        package: Some("P".to_owned()),
        qty: Some(1),
        ..sound_row()
    };
    let rows = [row("first", Some(10)), row("bed", None), row("lost", None)];
    let rules =
        SiteRules { group_sequences: [("bed".to_owned(), 5)].into(), ..SiteRules::default() };
    let mut ledger = Ledger::default();
    let table = LotTable::from_source(&source(&rows), &rules, &mut ledger).unwrap();
    assert_eq!(table.matrix(&LotFilter::default()).workcenters, ["bed", "first"]);
    assert_eq!(ledger.count(Reason::NotInMatrix), 1);
}

#[test]
fn no_row_from_the_future_decides_what_now_is() {
    let clock = PlantClock {
        now: "2026-11-20 08:00:00".to_owned(),
        latest: "2026-11-21 08:00:00".to_owned(),
    };
    let lot = |number: u32, date: &str| Row {
        lotid: Some(format!("L{number}")),
        workorder: Some("W".to_owned()),
        spec: Some("QC GATE-1".to_owned()),
        move_in: Some("2026-11-20 07:00:00".to_owned()),
        sys_date: Some(date.to_owned()),
        ..Row::default()
    };
    let rules = SiteRules::default();
    let gate = |rows: &[Row]| {
        let table = LotTable::at(Some(&clock), &source(rows), &rules, &mut Ledger::default());
        let gate = table.unwrap().qc_gate(&QcGateQuery::default());
        (gate.sys_date.unwrap(), gate.lots[0].wait_secs)
    };
    let usual = lot(1, "2026-11-20 07:59:00");
    let far = lot(2, "2099-12-31 00:00:00");
    assert_eq!(gate(&[usual.clone(), far.clone()]), ("2026-11-20 07:59:00".to_owned(), 3_540));
    // A source whose clock runs ahead by less than a day is taken at its word.
    let ahead = lot(3, "2026-11-21 08:00:00");
    assert_eq!(gate(&[usual, ahead]).0, "2026-11-21 08:00:00");
    assert_eq!(gate(&[far]), ("2026-11-20 08:00:00".to_owned(), 3_600), "the database's clock");
}
