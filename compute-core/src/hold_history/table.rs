//! The holds of a range of production days.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch};

use crate::calendar::{Day, Moment};
use crate::lot::{HoldType, LotTable};
use crate::production_day::ShiftPlan;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;
use crate::source_contract::{CONTAINER_COLUMNS, HOLD_HISTORY_COLUMNS, absent};
use crate::table::{
    Column, DecodeError, Kind, NULL_CODE, NamedStream, SourceError, SourceReader, TextColumn,
    encode_named,
};
use crate::workcenter::WorkcenterTable;

/// Name of the table in schemas, errors and URLs.
const NAME: &str = "hold_history";
/// Release of a hold that is still on.
pub(super) const NOT_RELEASED: i64 = i64::MAX;

/// Both hold types, by side.
const SIDES: [HoldType; 2] = [HoldType::Quality, HoldType::NonQuality];
/// Their names in the encoded table.
const SIDE_NAMES: [&str; 2] = ["quality", "non-quality"];

/// The text columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Container,
    Lot,
    Workorder,
    Product,
    Package,
    Workcenter,
    HoldType,
    Reason,
    Department,
    HoldBy,
    HoldComment,
    ReleaseBy,
    ReleaseComment,
    Ncr,
    FutureComment,
}

impl Text {
    /// Their names in the encoded table, by place.
    const NAMES: [&str; 15] = [
        "CONTAINERID",
        "LOTID",
        "PJ_WORKORDER",
        "PRODUCTNAME",
        "PRODUCTLINENAME",
        "WORKCENTER_GROUP",
        "HOLD_TYPE",
        "HOLDREASONNAME",
        "DEPTNAME",
        "HOLDEMP",
        "HOLDCOMMENTS",
        "RELEASEEMP",
        "RELEASECOMMENTS",
        "NCRID",
        "FUTUREHOLDCOMMENTS",
    ];
}

/// The numbers of one hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    /// When it began, seconds of [`Moment`].
    pub from: i64,
    /// When it was released, or [`NOT_RELEASED`].
    pub until: i64,
    /// Pieces.
    pub qty: i32,
    /// 1 for the first hold of the lot for this reason, 2 for the second.
    pub rank: i32,
}

/// Place of a hold among the days of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Production day of the hold; negative before the range.
    pub from: i32,
    /// Production day of the release; that after the range's last for all later ones.
    pub until: i32,
    /// Quality 0, non-quality 1.
    pub side: u8,
}

/// Which days a table is of, and when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRange {
    /// When production days begin.
    pub plan: ShiftPlan,
    /// First production day.
    pub first: Day,
    /// Last production day.
    pub last: Day,
    /// "Now" of the data: the database's clock when it was read, plant time.
    pub now: Moment,
}

/// What a table is made from.
#[derive(Clone, Copy, Debug)]
pub struct HoldSources<'a> {
    /// Rows of `DW_MES_HOLDRELEASEHISTORY`: at least all holds of every lot that has a hold in the
    /// range, because repeats are counted from the lot's first hold.
    pub holds: &'a RecordBatch,
    /// Rows of `DW_MES_CONTAINER`, where the site has it.
    pub containers: Option<&'a RecordBatch>,
    /// Groups of workcenters; a workcenter without group stands under its own name.
    pub workcenters: &'a WorkcenterTable,
    /// Departments of employees are those that their holds of today have.
    pub lots: Option<&'a LotTable>,
}

/// Holds that were on at some moment of a range of production days, by CONTAINERID, then begin.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldHistoryTable {
    range: HoldRange,
    /// What the site doesn't have of what may be absent: columns, and `DW_MES_CONTAINER`.
    absent: Vec<String>,
    texts: Vec<TextColumn>,
    pub(super) holds: Vec<Hold>,
    pub(super) places: Vec<Places>,
}

/// Name, product and package of a lot.
type Container<'a> = [Option<&'a str>; 3];

fn containers<'a>(
    source: &'a SourceReader<'_>,
) -> Result<BTreeMap<&'a str, Container<'a>>, SourceError> {
    let ids = source.text("CONTAINERID")?;
    let columns = [
        source.text("CONTAINERNAME")?,
        source.text("PRODUCTNAME")?,
        source.text("PRODUCTLINENAME")?,
    ];
    let mut known = BTreeMap::new();
    for row in 0..source.rows() {
        let Some(id) = ids.cell(row) else { continue };
        let found = columns.map(|column| column.cell(row));
        // Of several rows the first by content, so that their order decides nothing.
        known
            .entry(id)
            .and_modify(|other: &mut Container<'a>| *other = (*other).min(found))
            .or_insert(found);
    }
    Ok(known)
}

/// Department of each employee: the one that most of their holds have, of equal ones the first.
fn departments(lots: &LotTable) -> BTreeMap<&str, &str> {
    let frame = lots.frame();
    let (people, departments) = (frame.text("HOLDEMP"), frame.text("DEPTNAME"));
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for row in 0..lots.len() {
        if let (Some(person), Some(department)) = (people.get(row), departments.get(row)) {
            *counts.entry((person, department)).or_default() += 1;
        }
    }
    let mut best: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
    for ((person, department), count) in counts {
        let known = best.entry(person).or_insert((count, department));
        if count > known.0 {
            *known = (count, department);
        }
    }
    best.into_iter().map(|(person, (_, department))| (person, department)).collect()
}

/// A text column of the rows, made from their CONTAINERID and their place in the source.
fn texts_of<'a>(
    rows: &[(&'a str, Hold, usize)],
    cell: impl Fn(&'a str, usize) -> Option<&'a str>,
) -> TextColumn {
    TextColumn::from_values(rows.iter().map(|(id, _, row)| cell(id, *row)))
}

impl HoldHistoryTable {
    /// The holds that were on at some moment of the range. Rows without CONTAINERID or readable
    /// HOLDTXNDATE are left out and counted; a missing or negative QTY is 0; a release before the
    /// hold counts as at the hold's own moment, and is counted.
    ///
    /// The rank of a hold is its place among the holds of its lot for its reason (HOLDREASONID, else
    /// HOLDREASONNAME) by HOLDTXNDATE; of equal moments the one that was released first comes first.
    ///
    /// # Errors
    /// A column is missing or of another type.
    pub fn from_source(
        sources: HoldSources<'_>,
        range: HoldRange,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::of(NAME, "CONTAINERID", HOLD_HISTORY_COLUMNS, sources.holds);
        let ids = source.text("CONTAINERID")?;
        let (begins, ends) = (source.text("HOLDTXNDATE")?, source.text("RELEASETXNDATE")?);
        let quantities = source.integer("QTY")?;
        let (reason_ids, reasons) = (source.text("HOLDREASONID")?, source.text("HOLDREASONNAME")?);
        let (workcenters, people) = (source.text("WORKCENTERNAME")?, source.text("HOLDEMP")?);
        let kept = [
            source.text("PJ_WORKORDER")?,
            source.text("HOLDCOMMENTS")?,
            source.text("RELEASEEMP")?,
            source.text("RELEASECOMMENTS")?,
            source.text("NCRID")?,
            source.text("FUTUREHOLDCOMMENTS")?,
        ];
        let span = range.plan.days(range.first, range.last);
        let is_of_range = |hold: &Hold| hold.from < span.end.0 && hold.until >= span.start.0;
        // A day beyond "now": clocks may differ by that much.
        let latest = range.now.0.saturating_add(86_400);

        let mut rows: Vec<(&str, Hold, usize)> = Vec::with_capacity(source.rows());
        for row in 0..source.rows() {
            let begin = begins.cell(row);
            let Some(id) = ids.cell(row) else {
                ledger.rows_read += 1;
                ledger.note(Reason::NoKey, "CONTAINERID", None, begin);
                continue;
            };
            let key = Some(id);
            let Some(from) = begin.and_then(Moment::parse) else {
                ledger.rows_read += 1;
                ledger.note(Reason::NoDay, "HOLDTXNDATE", key, begin);
                continue;
            };
            let end = ends.cell(row);
            let until = end.and_then(Moment::parse);
            let number = if quantities.is_valid(row) { quantities.value(row) } else { 0 };
            let qty = i32::try_from(number.max(0)).unwrap_or(0);
            let until_or_on = until.map_or(NOT_RELEASED, |until| until.max(from).0);
            let hold = Hold { from: from.0, until: until_or_on, qty, rank: 0 };
            rows.push((id, hold, row));
            if !is_of_range(&hold) {
                continue;
            }
            ledger.rows_read += 1;
            ledger.rows_kept += 1;
            if end.is_some() && until.is_none() {
                ledger.note(Reason::Unreadable, "RELEASETXNDATE", key, end);
            }
            if until.is_some_and(|until| until < from) {
                ledger.note(Reason::ReversedSpan, "RELEASETXNDATE", key, end);
            }
            if from.0 > latest {
                ledger.note(Reason::FutureMoment, "HOLDTXNDATE", key, begin);
            }
            if until.is_some_and(|until| until.0 > latest) {
                ledger.note(Reason::FutureMoment, "RELEASETXNDATE", key, end);
            }
            if number != i64::from(qty) {
                let reason = if number < 0 { Reason::Clamped } else { Reason::OutOfRange };
                ledger.note(reason, "QTY", key, Some(&number.to_string()));
            }
        }

        // What is equal so far is put in order by everything that is kept of it.
        let rest = |row: usize| {
            let texts = [reason_ids, reasons, workcenters, people].into_iter().chain(kept);
            texts.map(move |column| column.cell(row))
        };
        rows.sort_unstable_by(|(id, hold, row), (other_id, other, other_row)| {
            (id, hold.from, hold.until, hold.qty)
                .cmp(&(other_id, other.from, other.until, other.qty))
                .then_with(|| rest(*row).cmp(rest(*other_row)))
        });
        for of_lot in rows.chunk_by_mut(|one, other| one.0 == other.0) {
            let mut ranks: BTreeMap<(bool, Option<&str>), i32> = BTreeMap::new();
            for (_, hold, row) in of_lot {
                let id = reason_ids.cell(*row);
                let rank = ranks.entry((id.is_some(), id.or(reasons.cell(*row)))).or_default();
                *rank += 1;
                hold.rank = *rank;
            }
        }
        rows.retain(|(_, hold, _)| is_of_range(hold));

        let named = sources
            .containers
            .map(|batch| SourceReader::of("container", "CONTAINERID", CONTAINER_COLUMNS, batch));
        let named = named.as_ref().map(containers).transpose()?.unwrap_or_default();
        let departments = sources.lots.map(departments).unwrap_or_default();
        let groups = sources.workcenters.frame().text("WORK_CENTER_GROUP");
        let group = |name| {
            let mapping = sources.workcenters.find(name)?;
            mapping.group.map(|code| groups.name(code))
        };
        let name_of = |id: &str, place: usize| named.get(id).and_then(|found| found[place]);
        let side = |row| SIDE_NAMES[usize::from(!rules.is_quality_hold(reasons.cell(row)))];
        let [workorders, comments, releasers, release_comments, ncrs, future_comments] = kept;
        let texts = vec![
            texts_of(&rows, |id, _| Some(id)),
            texts_of(&rows, |id, _| name_of(id, 0)),
            texts_of(&rows, |_, row| workorders.cell(row)),
            texts_of(&rows, |id, _| name_of(id, 1)),
            texts_of(&rows, |id, _| name_of(id, 2)),
            texts_of(&rows, |_, row| workcenters.cell(row).map(|name| group(name).unwrap_or(name))),
            texts_of(&rows, |_, row| Some(side(row))),
            texts_of(&rows, |_, row| reasons.cell(row)),
            texts_of(&rows, |_, row| departments.get(people.cell(row)?).copied()),
            texts_of(&rows, |_, row| people.cell(row)),
            texts_of(&rows, |_, row| comments.cell(row)),
            texts_of(&rows, |_, row| releasers.cell(row)),
            texts_of(&rows, |_, row| release_comments.cell(row)),
            texts_of(&rows, |_, row| ncrs.cell(row)),
            texts_of(&rows, |_, row| future_comments.cell(row)),
        ];
        let has = |name: &str| sources.holds.column_by_name(name).is_some();
        let tables = sources.containers.is_none().then_some("DW_MES_CONTAINER");
        let absent = absent(HOLD_HISTORY_COLUMNS, has).chain(tables).map(str::to_owned).collect();
        Ok(Self::of(range, absent, texts, rows.into_iter().map(|(_, hold, _)| hold).collect()))
    }

    fn of(range: HoldRange, absent: Vec<String>, texts: Vec<TextColumn>, holds: Vec<Hold>) -> Self {
        let sides = &texts[Text::HoldType as usize];
        let quality = sides.find(SIDE_NAMES[0]);
        let end = range.first.days_until(range.last) + 1;
        let place = |secs: i64| range.first.days_until(range.plan.day_of(Moment(secs)));
        let places = holds
            .iter()
            .zip(sides.codes())
            .map(|(hold, side)| Places {
                from: place(hold.from),
                until: if hold.until == NOT_RELEASED { end } else { place(hold.until).min(end) },
                side: u8::from(Some(*side) != quality),
            })
            .collect();
        Self { range, absent, texts, holds, places }
    }

    /// Number of holds.
    pub fn len(&self) -> usize {
        self.holds.len()
    }

    /// Whether there is no hold.
    pub fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }

    /// The days that were asked for, and "now".
    pub fn range(&self) -> &HoldRange {
        &self.range
    }

    /// What the site doesn't have of what may be absent: columns, and `DW_MES_CONTAINER`.
    pub(super) fn absent(&self) -> &[String] {
        &self.absent
    }

    /// Number of production days of the range that have begun.
    pub(super) fn day_count(&self) -> usize {
        let today = self.range.plan.day_of(self.range.now);
        let days = self.range.first.days_until(self.range.last.min(today)) + 1;
        usize::try_from(days).unwrap_or(0)
    }

    /// Seconds of a hold: to its release, or to "now"; 0 for one that begins later.
    pub(super) fn seconds(&self, hold: &Hold) -> i64 {
        let until = if hold.until == NOT_RELEASED { self.range.now.0 } else { hold.until };
        until.saturating_sub(hold.from).max(0)
    }

    pub(super) fn text(&self, text: Text) -> &TextColumn {
        &self.texts[text as usize]
    }

    pub(super) fn hold_type(&self, row: usize) -> HoldType {
        SIDES[usize::from(self.places[row].side)]
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(TextColumn::memory_bytes).sum();
        texts + self.holds.len() * (size_of::<Hold>() + size_of::<Places>())
    }

    /// One Arrow IPC stream: the text columns, then HOLDTXNDATE and RELEASETXNDATE (seconds since 1970,
    /// plant time; NULL: still on), QTY and RANK; schema metadata `start_date`, `end_date`, `now`,
    /// `day_start`, `shifts`, `absent`. Equal tables give equal bytes.
    pub fn to_ipc(&self) -> Vec<u8> {
        let texts = Text::NAMES.into_iter().zip(&self.texts);
        let mut columns: Vec<(&str, ArrayRef)> =
            texts.map(|(name, column)| (name, column.to_array())).collect();
        let release = |hold: &Hold| (hold.until != NOT_RELEASED).then_some(hold.until);
        let holds = || self.holds.iter();
        let begins = Int64Array::from_iter_values(holds().map(|hold| hold.from));
        columns.extend([
            ("HOLDTXNDATE", Arc::new(begins) as ArrayRef),
            ("RELEASETXNDATE", Arc::new(holds().map(release).collect::<Int64Array>())),
            ("QTY", Arc::new(Int32Array::from_iter_values(holds().map(|hold| hold.qty)))),
            ("RANK", Arc::new(Int32Array::from_iter_values(holds().map(|hold| hold.rank)))),
        ]);
        let HoldRange { plan, first, last, now } = &self.range;
        let metadata = [
            ("start_date", first.to_string()),
            ("end_date", last.to_string()),
            ("now", now.to_string()),
            ("day_start", plan.day_start()),
            ("shifts", plan.shifts()),
            ("absent", self.absent.join(",")),
        ];
        encode_named(NAME, columns, metadata)
    }

    /// Reads what [`Self::to_ipc`] wrote.
    ///
    /// # Errors
    /// Damaged bytes, or a table that is not of this form.
    pub fn from_ipc(bytes: &[u8]) -> Result<Self, DecodeError> {
        let stream = NamedStream::decode(NAME, bytes)?;
        let unexpected = |expected: &str, found: &str| stream.unexpected(expected, found);
        let (first, last) = stream.days()?;
        let now = Moment::parse(stream.named("now"))
            .ok_or_else(|| unexpected("the moment of the read", stream.named("now")))?;
        let plan = stream.plan()?;
        let mut texts = Vec::with_capacity(Text::NAMES.len());
        for name in Text::NAMES {
            let Some(Column::Text(column)) = stream.column(name, Kind::Text) else {
                return Err(unexpected(&format!("{name} as text"), "another column"));
            };
            texts.push(column);
        }
        let (Some(Column::Long(begins)), Some(Column::Long(ends))) =
            (stream.column("HOLDTXNDATE", Kind::Long), stream.column("RELEASETXNDATE", Kind::Long))
        else {
            return Err(unexpected("moments of holds and releases", "other columns"));
        };
        let (Some(Column::Int(quantities)), Some(Column::Int(ranks))) =
            (stream.column("QTY", Kind::Int), stream.column("RANK", Kind::Int))
        else {
            return Err(unexpected("QTY and RANK as numbers", "other columns"));
        };
        let holds: Vec<Hold> = (0..stream.rows())
            .map(|row| Hold {
                from: begins.value(row),
                until: if ends.is_valid(row) { ends.value(row) } else { NOT_RELEASED },
                qty: quantities.value(row),
                rank: ranks.value(row),
            })
            .collect();
        let table = Self::of(HoldRange { plan, first, last, now }, stream.absent(), texts, holds);
        let lots = table.text(Text::Container).codes();
        let key = |row: &usize| (lots[*row], table.holds[*row].from, table.holds[*row].until);
        let has_order = (0..table.len()).is_sorted_by_key(|row| key(&row));
        let is_whole = lots.last() != Some(&NULL_CODE)
            && [begins.null_count(), quantities.null_count(), ranks.null_count()] == [0; 3];
        if !has_order || !is_whole || table.holds.iter().any(|hold| hold.until < hold.from) {
            return Err(unexpected("whole rows by lot and moment", "others"));
        }
        Ok(table)
    }
}
