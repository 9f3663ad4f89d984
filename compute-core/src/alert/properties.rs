//! Rules against plain loops over everything that was seen, and kept shifts against live looks.

use std::sync::Arc;

use arrow_array::{Int32Array, StringArray};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::calendar::Moment;
use crate::equipment::properties::{filter as machine_filter, merged};
use crate::equipment::{
    EquipmentFilter, EquipmentStatusTable, EquipmentView, RESOURCE_LAYOUT, ResourceTable,
    STATUS_LAYOUT,
};
use crate::lot::properties::tables as lot_tables;
use crate::lot::{LotFilter, LotTable, WipStatus};
use crate::memory::{BEGIN, Content, DatasetSet, LONGEST_SILENCE_S, Record};
use crate::table::{Column, Columns, Dataset, Frame, Kind, Layout, Spec, TextColumn};
use crate::workcenter::{self, WorkcenterTable};

const SILENCE_MS: i64 = LONGEST_SILENCE_S * 1000;

/// Pauses in ms: within the longest silence, gaps, and clocks that are set back.
fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0_i64..=SILENCE_MS,
        2 => SILENCE_MS + 1..4_000_000,
        1 => -2_000_000_i64..0,
        1 => Just(1000),
    ]
}

/// Looks: ms since the one before, and whether the condition holds.
fn looks() -> impl Strategy<Value = Vec<(i64, bool)>> {
    vec((pause(), prop::bool::weighted(0.8)), 0..60)
}

/// Turns with the places of their looks, from sums over all looks before each.
fn naive(for_ms: i64, looks: &[(i64, bool)]) -> Vec<(usize, bool)> {
    let mut turns: Vec<(usize, bool)> = Vec::new();
    let known = |place: usize| if looks[place].0 <= SILENCE_MS { looks[place].0.max(0) } else { 0 };
    for (place, (_, holds)) in looks.iter().enumerate() {
        let is_firing = turns.last().is_some_and(|(_, fired)| *fired);
        if is_firing || !holds {
            if is_firing && !holds {
                turns.push((place, false));
            }
            continue;
        }
        // From the first look of those that hold without a break.
        let first = looks[..place].iter().rposition(|(_, held)| !held).map_or(0, |other| other + 1);
        let held: i64 = (first + 1..=place).map(known).sum();
        let since = turns.iter().rfind(|(_, fired)| *fired).map(|(fired, _)| *fired);
        let rested = since.is_none_or(|fired| {
            let passed: i64 =
                looks[fired + 1..=place].iter().map(|(pause, _)| (*pause).max(0)).sum();
            passed >= LEAST_MS_BETWEEN_FIRINGS
        });
        if held >= for_ms && rested {
            turns.push((place, true));
        }
    }
    turns
}

proptest! {
    #[test]
    fn a_rule_turns_where_plain_sums_say(looks in looks(), for_minutes in 0_i64..20) {
        let for_ms = for_minutes * 60_000;
        let (mut state, mut clock) = (AlertState::default(), 1_795_000_000_000_i64);
        let mut turns = Vec::new();
        for (place, (pause, holds)) in looks.iter().enumerate() {
            clock += if place == 0 { 0 } else { *pause };
            if let Some(turn) = state.observe(for_ms, clock, *holds) {
                turns.push((place, turn != AlertTurn::Resolved));
            }
            prop_assert_eq!(state.is_firing(), turns.last().is_some_and(|(_, fired)| *fired));
            // What is written and read again goes on in the same way.
            let text = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<AlertState>(&text).unwrap(), state);
        }
        prop_assert_eq!(turns, naive(for_ms, &looks));
    }

    #[test]
    fn a_rule_that_comes_and_goes_every_second_fires_every_five_minutes_at_most(looks in vec(any::<bool>(), 0..4000)) {
        let mut state = AlertState::default();
        let turns = looks.iter().enumerate().filter_map(|(second, holds)| {
            state.observe(0, second as i64 * 1000, *holds).map(|turn| (second, turn))
        });
        let fired: Vec<usize> = turns.filter(|(_, turn)| *turn != AlertTurn::Resolved).map(|(at, _)| at).collect();
        prop_assert!(fired.windows(2).all(|pair| pair[1] - pair[0] >= 300), "{:?}", fired);
    }

    #[test]
    fn kept_lots_fire_as_live_ones(
        tables in lot_tables(),
        steps in vec((pause(), any::<prop::sample::Index>(), any::<bool>()), 0..40),
        rule in lot_rule(),
        cuts in vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut live = Live::new(rule);
        let mut shifts = Kept::default();
        for (number, (pause, which, is_new)) in steps.iter().enumerate() {
            if tables.is_empty() {
                break;
            }
            if cuts.iter().any(|cut| cut.index(steps.len()) == number) {
                shifts.begin();
            }
            live.wait(*pause);
            let table = &tables[which.index(tables.len())];
            let table = if *is_new || shifts.lots.is_none() { table } else { &tables[shifts.lots.unwrap_or(0)] };
            let place = tables.iter().position(|other| std::ptr::eq(other, table));
            shifts.put(live.clock, Dataset::Wip, table.frame(), shifts.lots == place);
            shifts.lots = place;
            let plant = AlertPlant { lots: Some(table), machines: None };
            live.look(plant);
        }
        prop_assert_eq!(live.against(shifts), Ok(()));
    }

    #[test]
    fn kept_machines_fire_as_live_ones(
        versions in vec(merged(0..8, 8), 1..5),
        steps in vec((pause(), any::<prop::sample::Index>()), 0..30),
        rule in machine_rule(),
    ) {
        let mut live = Live::new(rule);
        let mut shifts = Kept::default();
        for (pause, which) in &steps {
            live.wait(*pause);
            let [resource, realtime, workcenter] = versions[which.index(versions.len())].frames();
            shifts.put(live.clock, Dataset::Resource, resource, false);
            shifts.put(live.clock, Dataset::Workcenter, workcenter, false);
            shifts.put(live.clock, Dataset::Equipment, realtime, false);
            let view = EquipmentView::merge(
                Arc::new(ResourceTable::from_frame(resource.clone())),
                Arc::new(EquipmentStatusTable::from_frame(realtime.clone())),
                Arc::new(WorkcenterTable::from_frame(workcenter.clone())),
            );
            live.look(AlertPlant { lots: None, machines: Some(&view) });
        }
        prop_assert_eq!(live.against(shifts), Ok(()));
    }

    #[test]
    fn damaged_shifts_are_refused_and_never_a_panic(bytes in vec(any::<u8>(), 0..200), rule in lot_rule()) {
        let mut other = BEGIN.to_vec();
        other.extend(&bytes);
        let _ = replay(&rule, [other]);
        prop_assert!(replay(&rule, [bytes]).is_err());
    }
}

fn rule(
    figure: AlertFigure,
    threshold: f64,
    for_minutes: u32,
    comparison: Comparison,
) -> AlertRule {
    AlertRule {
        id: "a-rule".to_owned(),
        name: "A rule".to_owned(),
        figure,
        lot_filter: LotFilter::default(),
        machine_filter: EquipmentFilter::default(),
        comparison,
        threshold,
        for_minutes,
        enabled: true,
    }
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![Just(Comparison::Above), Just(Comparison::Below)]
}

fn lot_rule() -> impl Strategy<Value = AlertRule> {
    let figures = [AlertFigure::Lots, AlertFigure::Pieces, AlertFigure::OldestLotDays];
    (prop::sample::select(figures.to_vec()), 0_u32..12, 0_u32..8, comparison(), any::<bool>())
        .prop_map(|(figure, threshold, minutes, comparison, is_held)| {
            let status = is_held.then_some(WipStatus::Hold);
            let threshold = if figure == AlertFigure::Pieces { threshold * 900 } else { threshold };
            let lot_filter = LotFilter { status, include_dummy: true, ..LotFilter::default() };
            AlertRule { lot_filter, ..rule(figure, f64::from(threshold), minutes, comparison) }
        })
}

fn machine_rule() -> impl Strategy<Value = AlertRule> {
    let figures = [AlertFigure::Machines, AlertFigure::OuPct, AlertFigure::AvailabilityPct];
    (prop::sample::select(figures.to_vec()), 0_u32..100, 0_u32..8, comparison(), machine_filter())
        .prop_map(|(figure, percent, minutes, comparison, filter)| {
            let threshold = if figure == AlertFigure::Machines { percent / 20 } else { percent };
            AlertRule {
                machine_filter: filter,
                ..rule(figure, f64::from(threshold), minutes, comparison)
            }
        })
}

/// A rule that looks at versions as they are published.
struct Live {
    rule: AlertRule,
    state: AlertState,
    clock: i64,
    /// When it fires, its figure and rows, and until when.
    firings: Vec<Value>,
    looks: u32,
}

impl Live {
    fn new(rule: AlertRule) -> Self {
        let (state, clock) = (AlertState::default(), 1_795_000_000_000);
        Self { rule, state, clock, firings: Vec::new(), looks: 0 }
    }

    /// Whole seconds, and never none: records of one moment are one look.
    fn wait(&mut self, pause: i64) {
        let whole = pause.div_euclid(1000) * 1000;
        self.clock += if whole == 0 { 1000 } else { whole };
    }

    fn moment(&self) -> String {
        Moment(self.clock / 1000).to_string()
    }

    fn look(&mut self, plant: AlertPlant<'_>) {
        let Some(measured) = self.rule.measure(plant) else { return };
        self.looks += 1;
        let moment = self.moment();
        match self.state.observe(self.rule.for_ms(), self.clock, measured.holds) {
            Some(AlertTurn::Fired { .. }) => {
                let rows = self.rule.evidence(plant, 20);
                self.firings.push(json!([moment, measured.value, rows, null]));
            }
            Some(AlertTurn::Resolved) => {
                if let Some(last) = self.firings.last_mut() {
                    last[3] = moment.into();
                }
            }
            None => {}
        }
    }

    fn against(self, kept: Kept) -> Result<(), String> {
        let told = replay(&self.rule, kept.finished()).map_err(|error| error.to_string())?;
        let firings = told.firings.iter();
        let firings: Vec<Value> =
            firings.map(|one| json!([one.from, one.value, one.rows, one.until])).collect();
        let live = self.firings;
        if firings != live || told.looks != self.looks {
            return Err(format!("{firings:?}, live {live:?}; {} looks", told.looks));
        }
        Ok(())
    }
}

/// Records of shifts, as a server keeps them.
#[derive(Default)]
struct Kept {
    ended: Vec<Vec<u8>>,
    stream: Vec<u8>,
    /// Which of the tables of lots was recorded last in this shift.
    lots: Option<usize>,
    versions: u32,
}

impl Kept {
    fn begin(&mut self) {
        if !self.stream.is_empty() {
            self.ended.push(std::mem::take(&mut self.stream));
        }
        self.lots = None;
    }

    fn put(&mut self, at_ms: i64, dataset: Dataset, frame: &Frame, is_same: bool) {
        if self.stream.is_empty() {
            self.stream = BEGIN.to_vec();
        }
        self.versions += 1;
        let (version, table) = (format!("v{}", self.versions), frame.to_ipc(Columns::Display));
        let content = match is_same {
            true => Content::Same(DatasetSet::default().with(dataset)),
            false => Content::Whole { dataset, version: &version, table: &table },
        };
        let record = Record { at_ms, moment: Moment(at_ms / 1000), content }.to_bytes();
        self.stream.extend_from_slice(&(record.len() as u32).to_le_bytes());
        self.stream.extend_from_slice(&record);
    }

    fn finished(mut self) -> Vec<Vec<u8>> {
        self.begin();
        self.ended
    }
}

#[test]
fn what_can_not_be_meant_is_named() {
    let good = rule(AlertFigure::Lots, 5.0, 10, Comparison::Above);
    assert_eq!(good.clone().checked(), Ok(good.clone()));
    let held = LotFilter { status: Some(WipStatus::Hold), ..LotFilter::default() };
    let keys = EquipmentFilter { is_key: Some(true), ..EquipmentFilter::default() };
    for (wrong, field) in [
        (AlertRule { id: String::new(), ..good.clone() }, "id"),
        (AlertRule { id: "Übung".to_owned(), ..good.clone() }, "id"),
        (AlertRule { id: "a".repeat(41), ..good.clone() }, "id"),
        (AlertRule { name: " a".to_owned(), ..good.clone() }, "name"),
        (AlertRule { name: "a\nb".to_owned(), ..good.clone() }, "name"),
        (AlertRule { name: "名".repeat(81), ..good.clone() }, "name"),
        (AlertRule { threshold: f64::NAN, ..good.clone() }, "threshold"),
        (AlertRule { threshold: f64::INFINITY, ..good.clone() }, "threshold"),
        (AlertRule { for_minutes: MOST_MINUTES + 1, ..good.clone() }, "forMinutes"),
        (AlertRule { machine_filter: keys, ..good.clone() }, "machineFilter"),
        (AlertRule { figure: AlertFigure::OuPct, lot_filter: held, ..good.clone() }, "lotFilter"),
    ] {
        assert_eq!(wrong.checked().unwrap_err().field, field);
    }
    let renamed = AlertRule { name: "Other".to_owned(), enabled: false, ..good.clone() };
    assert!(good.watches_like(&renamed));
    assert!(!good.watches_like(&AlertRule { threshold: 6.0, ..good.clone() }));
}

#[test]
fn a_figure_without_a_value_holds_no_condition() {
    let lots = LotTable::from_frame(Frame::canonical(
        &crate::lot::LAYOUT,
        empty(&crate::lot::LAYOUT),
        None,
    ))
    .unwrap();
    let plant = AlertPlant { lots: Some(&lots), machines: None };
    let oldest = rule(AlertFigure::OldestLotDays, 1.0, 0, Comparison::Below);
    assert_eq!(oldest.measure(plant), Some(Measured { value: None, holds: false }));
    let none = rule(AlertFigure::Lots, 1.0, 0, Comparison::Below);
    assert_eq!(none.measure(plant), Some(Measured { value: Some(0.0), holds: true }));
    assert_eq!(rule(AlertFigure::OuPct, 1.0, 0, Comparison::Below).measure(plant), None);
    let frames = [(&RESOURCE_LAYOUT), (&STATUS_LAYOUT), (&workcenter::LAYOUT)]
        .map(|layout| Frame::canonical(layout, empty(layout), None));
    let [resource, realtime, workcenters] = frames;
    let view = EquipmentView::merge(
        Arc::new(ResourceTable::from_frame(resource)),
        Arc::new(EquipmentStatusTable::from_frame(realtime)),
        Arc::new(WorkcenterTable::from_frame(workcenters)),
    );
    let plant = AlertPlant { lots: None, machines: Some(&view) };
    for figure in [AlertFigure::OuPct, AlertFigure::AvailabilityPct] {
        let found = rule(figure, 50.0, 0, Comparison::Below).measure(plant);
        assert_eq!(found, Some(Measured { value: None, holds: false }));
    }
}

/// Columns without rows.
fn empty(layout: &'static Layout) -> Vec<(Spec, Column)> {
    let column = |kind| match kind {
        Kind::Name => Column::Name(StringArray::new_null(0)),
        Kind::Int => Column::Int(Int32Array::new_null(0)),
        Kind::Text => Column::Text(TextColumn::from_values(std::iter::empty())),
        other => panic!("{other:?} is in none of these tables"),
    };
    layout.columns(Columns::Display).map(|spec| (spec, column(spec.kind))).collect()
}

#[test]
fn every_figure_has_its_label() {
    let fields =
        crate::field_contract::FIELDS.iter().filter(|field| field.dataset == "alert_figures");
    let keys: Vec<&str> = fields.map(|field| field.api_key).collect();
    let figures = AlertFigure::ALL
        .map(|figure| serde_json::to_value(figure).unwrap().as_str().unwrap().to_owned());
    assert_eq!(keys, figures);
}
