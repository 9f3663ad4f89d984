//! What changed between two versions of the lots.

use serde::{Deserialize, Serialize};

use super::filter::LotFilter;
use super::hold_detail::AgeRange;
use super::selection::Selection;
use super::table::LotTable;
use crate::order;
use crate::table::{NULL_CODE, TextColumn};

/// One way in which a lot changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum LotChange {
    /// It is there and was not.
    Came,
    /// It was there and is not.
    Left,
    /// It is in another workcenter group or at another spec.
    Moved,
    /// It is on hold, and was not or for another reason.
    Held,
    /// It was on hold and is there without.
    Released,
    /// Its age is in a higher class: from 1, 3 or 7 days.
    Aged,
}

impl LotChange {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Came, Self::Left, Self::Moved, Self::Held, Self::Released, Self::Aged];
}

/// Which changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LotChangesQuery {
    /// Lots that pass it before or now.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
    /// Only lots that changed in this way are listed; the totals have all.
    pub change: Option<LotChange>,
    /// First lot of the list, from 0.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Most lots of the list; none when absent.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub limit: u32,
}

/// Lots that changed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotChangeTotals {
    /// The way.
    pub change: LotChange,
    /// Lots.
    pub lots: u32,
    /// Their pieces: now, or of lots that left, before.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// Where and how a lot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LotPlace {
    /// Workcenter group.
    pub workcenter: Option<String>,
    /// Spec.
    pub spec: Option<String>,
    /// RUN, QUEUE or HOLD.
    pub status: String,
    /// Hold reason of a lot on hold.
    pub reason: Option<String>,
    /// Pieces.
    pub qty: i32,
}

/// A lot that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangedLot {
    /// LOTID.
    pub lot_id: String,
    /// In which ways.
    pub changes: Vec<LotChange>,
    /// Package, now or, of a lot that left, before.
    pub package: Option<String>,
    /// How it was; absent of a lot that came.
    pub before: Option<LotPlace>,
    /// How it is; absent of a lot that left.
    pub now: Option<LotPlace>,
}

/// What changed between two versions of the lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LotChanges {
    /// One entry per way, in the order of [`LotChange::ALL`].
    pub totals: Vec<LotChangeTotals>,
    /// Rows without LOTID, before and now together: nothing says which of them is which.
    pub unnamed: u32,
    /// Lots of the whole list.
    pub total: u32,
    /// The list's window: most pieces first, then by LOTID.
    pub lots: Vec<ChangedLot>,
}

/// What happened to a lot between two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LotStep<'a> {
    /// It was not there.
    Came { qty: i32 },
    /// It is not there any more.
    Left { qty: i32 },
    /// It went on hold.
    Held { qty: i32 },
    /// It was released and is still there.
    Released { qty: i32 },
    /// It went to another spec or group.
    Moved { from: Option<&'a str>, to: Option<&'a str>, qty: i32 },
}

/// Codes of one version's column in the other one's; values that it lacks have a code of their own.
fn translated(before: &TextColumn, now: &TextColumn) -> Vec<u32> {
    before.names().map(|name| now.find(name).unwrap_or(NULL_CODE - 1)).collect()
}

/// A column of both versions in the codes of the second.
struct Both<'a> {
    before: &'a TextColumn,
    now: &'a TextColumn,
    codes: Vec<u32>,
}

impl<'a> Both<'a> {
    fn new(before: &'a LotTable, now: &'a LotTable, name: &'static str) -> Self {
        let (before, now) = (before.frame().text(name), now.frame().text(name));
        Self { before, now, codes: translated(before, now) }
    }

    fn differs(&self, before: u32, now: u32) -> bool {
        let code = self.before.codes()[before as usize];
        let code = if code == NULL_CODE { code } else { self.codes[code as usize] };
        code != self.now.codes()[now as usize]
    }
}

/// Whether a row is a lot on hold.
fn held(table: &LotTable) -> impl Fn(u32) -> bool + use<'_> {
    let status = table.frame().text("WIPSTATUS");
    let code = status.find("HOLD");
    move |row| Some(status.codes()[row as usize]) == code
}

/// Two versions with what decides in which ways a lot changed.
struct Versions<'a> {
    before: &'a LotTable,
    now: &'a LotTable,
    group: Both<'a>,
    spec: Both<'a>,
    reason: Both<'a>,
    held_before: Box<dyn Fn(u32) -> bool + 'a>,
    held_now: Box<dyn Fn(u32) -> bool + 'a>,
}

impl<'a> Versions<'a> {
    fn new(before: &'a LotTable, now: &'a LotTable) -> Self {
        let both = |name| Both::new(before, now, name);
        Self {
            before,
            now,
            group: both("WORKCENTER_GROUP"),
            spec: both("SPECNAME"),
            reason: both("HOLDREASONNAME"),
            held_before: Box::new(held(before)),
            held_now: Box::new(held(now)),
        }
    }

    /// The ways in which a lot changed, one bit each.
    fn changes(&self, rows: Rows) -> u8 {
        let mut changes = 0;
        match rows {
            (None, None) => {}
            (Some(_), None) => changes |= bit(LotChange::Left),
            (None, Some(now)) => {
                changes |= bit(LotChange::Came);
                changes |= if (self.held_now)(now) { bit(LotChange::Held) } else { 0 };
            }
            (Some(before), Some(now)) => {
                if self.group.differs(before, now) || self.spec.differs(before, now) {
                    changes |= bit(LotChange::Moved);
                }
                match ((self.held_before)(before), (self.held_now)(now)) {
                    (false, true) => changes |= bit(LotChange::Held),
                    (true, true) if self.reason.differs(before, now) => {
                        changes |= bit(LotChange::Held);
                    }
                    (true, false) => changes |= bit(LotChange::Released),
                    _ => {}
                }
                let class = |age| AgeRange::of(age) as u8;
                let (was, is) = (self.before.age(before), self.now.age(now));
                if let (Some(was), Some(is)) = (was.map(class), is.map(class))
                    && is > was
                {
                    changes |= bit(LotChange::Aged);
                }
            }
        }
        changes
    }
}

/// Row of a lot before and now.
type Rows = (Option<u32>, Option<u32>);

/// Rows of a lot in two versions.
#[derive(Clone, Copy, Debug)]
struct Pair {
    before: Option<u32>,
    now: Option<u32>,
    changes: u8,
}

fn bit(change: LotChange) -> u8 {
    1 << change as u8
}

/// Pairs of rows with the same LOTID, in the order of the ids; of an id with several rows the first
/// with the first, and so on. And the number of rows without an id.
fn pairs(before: &LotTable, now: &LotTable) -> (Vec<Rows>, u32) {
    let mut pairs = Vec::with_capacity(before.len().max(now.len()));
    let (mut old, mut new) = (0, 0);
    let named = |table: &LotTable| {
        let unnamed = (0..table.len() as u32).rev().take_while(|row| table.lot_id(*row).is_none());
        (table.len() - unnamed.count()) as u32
    };
    let (olds, news) = (named(before), named(now));
    while old < olds || new < news {
        let order = match (old < olds, new < news) {
            (true, true) => before.lot_id(old).cmp(&now.lot_id(new)),
            (true, false) => std::cmp::Ordering::Less,
            (false, _) => std::cmp::Ordering::Greater,
        };
        let pair = (order.is_le().then_some(old), order.is_ge().then_some(new));
        old += u32::from(pair.0.is_some());
        new += u32::from(pair.1.is_some());
        pairs.push(pair);
    }
    let unnamed = before.len() + now.len() - (olds + news) as usize;
    (pairs, unnamed as u32)
}

impl LotTable {
    /// What changed since `before`.
    pub fn changes_since(&self, before: &Self, query: &LotChangesQuery) -> LotChanges {
        let versions = Versions::new(before, self);
        let (old_filter, new_filter) =
            (Selection::new(before, &query.filter), Selection::new(self, &query.filter));
        let (old_fails, new_fails) = (old_filter.rows(before), new_filter.rows(self));
        let (pairs, unnamed) = pairs(before, self);
        let mut totals = LotChange::ALL.map(|change| LotChangeTotals { change, lots: 0, qty: 0 });
        let wanted = query.change.map_or(u8::MAX, bit);
        let mut listed: Vec<Pair> = Vec::new();
        for (old, new) in pairs {
            let passes = old.is_some_and(|row| old_fails(row) == 0)
                || new.is_some_and(|row| new_fails(row) == 0);
            if !passes {
                continue;
            }
            let changes = versions.changes((old, new));
            if changes == 0 {
                continue;
            }
            let pair = Pair { before: old, now: new, changes };
            let qty = i64::from(self.pieces(before, pair));
            for total in totals.iter_mut().filter(|total| changes & bit(total.change) != 0) {
                total.lots += 1;
                total.qty += qty;
            }
            if changes & wanted != 0 {
                listed.push(pair);
            }
        }
        let total = listed.len() as u32;
        // Pairs ascend by id, and the order of equal ones stays.
        let first = query.offset as usize;
        let window = first..first.saturating_add(query.limit as usize);
        let pieces = |pair| Some(i64::from(self.pieces(before, pair)));
        let shown = order::window_by_value(&listed, window, true, pieces);
        let lots = shown.into_iter().filter_map(|pair| self.changed_lot(before, pair)).collect();
        LotChanges { totals: totals.into(), unnamed, total, lots }
    }

    /// Tells every step of a lot since `before`: of one that passes before it, or that came and passes.
    pub(crate) fn steps_since(
        &self,
        before: &Self,
        filter: &LotFilter,
        mut tell: impl FnMut(LotStep<'_>),
    ) {
        let versions = Versions::new(before, self);
        let (old_filter, new_filter) =
            (Selection::new(before, filter), Selection::new(self, filter));
        let (old_fails, new_fails) = (old_filter.rows(before), new_filter.rows(self));
        let (old_group, new_group) =
            (before.frame().text("WORKCENTER_GROUP"), self.frame().text("WORKCENTER_GROUP"));
        for (old, new) in pairs(before, self).0 {
            let fails = match (old, new) {
                (Some(row), _) => old_fails(row),
                (None, Some(row)) => new_fails(row),
                (None, None) => continue,
            };
            if fails != 0 {
                continue;
            }
            let changes = versions.changes((old, new));
            let did = |change| changes & bit(change) != 0;
            let qty = self.pieces(before, Pair { before: old, now: new, changes });
            if did(LotChange::Came) {
                tell(LotStep::Came { qty });
            }
            if did(LotChange::Left) {
                tell(LotStep::Left { qty });
            }
            if did(LotChange::Held) {
                tell(LotStep::Held { qty });
            }
            if did(LotChange::Released) {
                tell(LotStep::Released { qty });
            }
            if let (true, Some(old), Some(new)) = (did(LotChange::Moved), old, new) {
                let (from, to) = (old_group.get(old as usize), new_group.get(new as usize));
                tell(LotStep::Moved { from, to, qty });
            }
        }
    }

    /// Pieces of the lots that pass, by workcenter group, in any order.
    pub(crate) fn pieces_by_group(&self, filter: &LotFilter) -> Vec<(Option<String>, i64)> {
        let selection = Selection::new(self, filter);
        let fails = selection.rows(self);
        let group = self.frame().text("WORKCENTER_GROUP");
        let none = group.cardinality();
        let mut sums = vec![0_i64; none + 1];
        for row in 0..self.len() as u32 {
            if fails(row) == 0 {
                let code = group.codes()[row as usize];
                let place = if code == NULL_CODE { none } else { code as usize };
                sums[place] += i64::from(self.qty(row));
            }
        }
        let name = |place: usize| (place < none).then(|| group.name(place as u32).to_owned());
        let sums = sums.into_iter().enumerate().filter(|(_, qty)| *qty != 0);
        sums.map(|(place, qty)| (name(place), qty)).collect()
    }

    fn pieces(&self, before: &Self, pair: Pair) -> i32 {
        let now = pair.now.map(|row| self.qty(row));
        now.or_else(|| pair.before.map(|row| before.qty(row))).unwrap_or_default()
    }

    fn changed_lot(&self, before: &Self, pair: Pair) -> Option<ChangedLot> {
        let (table, row) = match (pair.before, pair.now) {
            (_, Some(row)) => (self, row),
            (Some(row), None) => (before, row),
            (None, None) => return None,
        };
        let changes = LotChange::ALL.into_iter().filter(|change| pair.changes & bit(*change) != 0);
        Some(ChangedLot {
            lot_id: table.lot_id(row)?.to_owned(),
            changes: changes.collect(),
            package: table.cell("PACKAGE_LEF", row),
            before: pair.before.map(|row| before.place(row)),
            now: pair.now.map(|row| self.place(row)),
        })
    }

    fn place(&self, row: u32) -> LotPlace {
        let status = self.cell("WIPSTATUS", row).unwrap_or_default();
        let is_held = status == "HOLD";
        LotPlace {
            workcenter: self.cell("WORKCENTER_GROUP", row),
            spec: self.cell("SPECNAME", row),
            reason: self.cell("HOLDREASONNAME", row).filter(|_| is_held),
            status,
            qty: self.qty(row),
        }
    }
}
