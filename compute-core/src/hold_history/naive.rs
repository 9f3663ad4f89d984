//! The same answers from rows of text, one question at a time, without a thought for speed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{HoldClass, HoldHistoryFilter, HoldKind, HoldRecordSort, HoldRecordsQuery};
use crate::calendar::tests::dates;
use crate::lot::HoldType;
use crate::site_rules::SiteRules;

/// A row of the source; moments are `YYYY-MM-DD HH:MM:SS`, or what is none.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceRow {
    pub container: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    pub reason_id: Option<String>,
    pub reason: Option<String>,
    pub qty: Option<i64>,
    pub workcenter: Option<String>,
    pub person: Option<String>,
    pub workorder: Option<String>,
}

/// A hold that counts.
#[derive(Clone, Debug)]
struct Hold {
    container: String,
    from: String,
    until: Option<String>,
    reason: Option<String>,
    qty: i64,
    group: Option<String>,
    package: Option<String>,
    lot: Option<String>,
    department: Option<String>,
    person: Option<String>,
    workorder: Option<String>,
    rank: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Plant {
    pub rows: Vec<SourceRow>,
    /// CONTAINERID → lot, package.
    pub containers: BTreeMap<String, (String, String)>,
    /// Workcenter → group.
    pub groups: BTreeMap<String, String>,
    /// Employee → department.
    pub departments: BTreeMap<String, String>,
    /// `HH:MM`.
    pub day_start: String,
    pub first: String,
    pub last: String,
    pub now: String,
}

fn rounded(value: f64) -> f64 {
    format!("{value:.1}").parse().unwrap()
}

/// Place of a moment's date among all dates.
fn place_of(moment: &str) -> Result<usize, usize> {
    dates().binary_search_by(|date| date.as_str().cmp(&moment[..10]))
}

fn is_moment(text: &str) -> bool {
    text.len() == 19 && place_of(text).is_ok()
}

/// Seconds since the first of all dates.
fn secs(moment: &str) -> i64 {
    let place = place_of(moment).unwrap();
    let part = |from: usize| moment[from..from + 2].parse::<i64>().unwrap();
    place as i64 * 86_400 + part(11) * 3_600 + part(14) * 60 + part(17)
}

fn shifted(date: &str, days: isize) -> String {
    let dates = dates();
    let place = place_of(date).unwrap();
    dates[place.checked_add_signed(days).unwrap()].clone()
}

fn is_quality(hold: &Hold) -> bool {
    SiteRules::default().is_quality_hold(hold.reason.as_deref())
}

impl Plant {
    /// The production day of a moment.
    fn day(&self, moment: &str) -> String {
        let date = &moment[..10];
        if moment[11..16] < *self.day_start { shifted(date, -1) } else { date.to_owned() }
    }

    fn begin(&self, date: &str) -> String {
        format!("{date} {}:00", self.day_start)
    }

    fn end(&self, date: &str) -> String {
        self.begin(&shifted(date, 1))
    }

    /// Days of the range that have begun.
    fn days(&self) -> Vec<String> {
        let today = self.day(&self.now);
        let is_shown = |date: &String| *date >= self.first && *date <= self.last && *date <= today;
        dates().iter().filter(|date| is_shown(date)).cloned().collect()
    }

    fn holds(&self) -> Vec<Hold> {
        let mut rows: Vec<&SourceRow> = self
            .rows
            .iter()
            .filter(|row| row.container.as_ref().is_some_and(|id| !id.is_empty()))
            .filter(|row| row.from.as_deref().is_some_and(is_moment))
            .collect();
        let until = |row: &SourceRow| {
            let until = row.until.clone().filter(|until| is_moment(until));
            until.map(|until| until.max(row.from.clone().unwrap()))
        };
        let qty = |row: &SourceRow| {
            row.qty.filter(|qty| (0..=i64::from(i32::MAX)).contains(qty)).unwrap_or(0)
        };
        let reason = |row: &SourceRow| {
            (row.reason_id.is_some(), row.reason_id.clone().or(row.reason.clone()))
        };
        rows.sort_by_key(|row| {
            let until = until(row).unwrap_or_else(|| "X".to_owned());
            let texts = [&row.reason_id, &row.reason, &row.workcenter, &row.person, &row.workorder];
            (row.container.clone(), row.from.clone(), until, qty(row), texts.map(Clone::clone))
        });
        let holds = rows.iter().enumerate().map(|(place, row)| {
            let container = row.container.clone().unwrap();
            let is_same = |other: &&&SourceRow| {
                other.container == row.container && reason(other) == reason(row)
            };
            let named = self.containers.get(&container);
            let group = |name: &String| self.groups.get(name).unwrap_or(name).clone();
            Hold {
                from: row.from.clone().unwrap(),
                until: until(row),
                reason: row.reason.clone(),
                qty: qty(row),
                group: row.workcenter.as_ref().map(group),
                package: named.map(|(_, package)| package.clone()),
                lot: named.map(|(lot, _)| lot.clone()),
                department: row.person.as_ref().and_then(|one| self.departments.get(one)).cloned(),
                person: row.person.clone(),
                workorder: row.workorder.clone(),
                rank: rows[..=place].iter().filter(is_same).count(),
                container,
            }
        });
        let (begin, end) = (self.begin(&self.first), self.end(&self.last));
        let is_of_range = |hold: &Hold| {
            hold.from < end && hold.until.as_ref().is_none_or(|until| *until >= begin)
        };
        holds.filter(is_of_range).collect()
    }

    fn seconds(&self, hold: &Hold) -> i64 {
        let until = hold.until.as_ref().unwrap_or(&self.now);
        (secs(until) - secs(&hold.from)).max(0)
    }

    fn class(&self, hold: &Hold) -> HoldClass {
        let hours = self.seconds(hold) as f64 / 3_600.0;
        let place = [4.0, 24.0, 72.0].iter().filter(|bound| hours >= **bound).count();
        HoldClass::ALL[place]
    }

    /// Whether a hold passes the filters but those that `but` names.
    fn passes(&self, hold: &Hold, filter: &HoldHistoryFilter, but: &[&str]) -> bool {
        let is_named = |wanted: &[String], name: &Option<String>| {
            wanted.is_empty() || name.as_ref().is_some_and(|name| wanted.contains(name))
        };
        let has_text = |text: &String| {
            let values = [&hold.lot, &hold.workorder].into_iter().flatten();
            let text = text.trim().to_lowercase();
            text.is_empty() || values.into_iter().any(|value| value.to_lowercase().contains(&text))
        };
        let side = if is_quality(hold) { HoldType::Quality } else { HoldType::NonQuality };
        let checks = [
            ("type", filter.hold_type.is_none_or(|wanted| wanted == side)),
            ("reasons", is_named(&filter.reasons, &hold.reason)),
            ("workcenters", is_named(&filter.workcenters, &hold.group)),
            ("packages", is_named(&filter.packages, &hold.package)),
            ("departments", is_named(&filter.departments, &hold.department)),
            (
                "durations",
                filter.durations.is_empty() || filter.durations.contains(&self.class(hold)),
            ),
            ("scope", self.is_in_scope(hold, filter)),
            ("repeats", !filter.repeats_only || hold.rank > 1),
            ("text", filter.text.as_ref().is_none_or(has_text)),
        ];
        checks.iter().all(|(name, passes)| *passes || but.contains(name))
    }

    fn is_in_scope(&self, hold: &Hold, filter: &HoldHistoryFilter) -> bool {
        let (first, last) = match &filter.day {
            None => (self.first.clone(), self.last.clone()),
            Some(day) if *day >= self.first && *day <= self.last && dates().contains(day) => {
                (day.clone(), day.clone())
            }
            Some(_) => return false,
        };
        let (begin, end) = (self.begin(&first), self.end(&last));
        let is_inside = |moment: &String| *moment >= begin && *moment < end;
        match filter.kind {
            None => hold.from < end && hold.until.as_ref().is_none_or(|until| *until >= begin),
            Some(HoldKind::New) => is_inside(&hold.from),
            Some(HoldKind::Released) => hold.until.as_ref().is_some_and(is_inside),
            Some(HoldKind::Held) => Self::is_held(hold, &end),
        }
    }

    fn is_held(hold: &Hold, end: &str) -> bool {
        *hold.from < *end && hold.until.as_ref().is_none_or(|until| **until >= *end)
    }

    /// Lots and pieces, both hold types and each.
    fn counts(holds: &[&Hold]) -> Value {
        let lots: BTreeSet<&str> = holds.iter().map(|hold| hold.container.as_str()).collect();
        let of_lot = |lot: &str| -> (bool, i64) {
            let of_lot: Vec<_> = holds.iter().filter(|hold| hold.container == lot).collect();
            let is_quality = of_lot.iter().any(|hold| is_quality(hold));
            (is_quality, of_lot.iter().map(|hold| hold.qty).max().unwrap())
        };
        let lots: Vec<(bool, i64)> = lots.into_iter().map(of_lot).collect();
        let count = |wanted: &[bool]| {
            let chosen = || lots.iter().filter(|(side, _)| wanted.contains(side));
            json!({
                "lots": chosen().count(),
                "qty": chosen().map(|(_, qty)| qty).sum::<i64>(),
            })
        };
        json!({
            "all": count(&[true, false]),
            "quality": count(&[true]),
            "nonQuality": count(&[false]),
        })
    }

    fn trend(&self, holds: &[&Hold]) -> Vec<Value> {
        let of = |wanted: &dyn Fn(&Hold) -> bool| {
            let chosen: Vec<&Hold> = holds.iter().filter(|hold| wanted(hold)).copied().collect();
            Self::counts(&chosen)
        };
        let day_of = |moment: &Option<String>| moment.as_ref().map(|moment| self.day(moment));
        let day = |date: &String| {
            let is_new = |hold: &Hold| self.day(&hold.from) == *date;
            json!({
                "date": date,
                "new": of(&is_new),
                "released": of(&|hold| day_of(&hold.until).as_ref() == Some(date)),
                "held": of(&|hold| Self::is_held(hold, &self.end(date))),
                "repeats": holds.iter().filter(|hold| is_new(hold) && hold.rank > 1).count(),
            })
        };
        self.days().iter().map(day).collect()
    }

    fn hours(&self, holds: &[&Hold]) -> Value {
        let mut seconds: Vec<i64> = holds.iter().map(|hold| self.seconds(hold)).collect();
        seconds.sort_unstable();
        let count = seconds.len();
        let hours = |sum: i64, of: usize| rounded(sum as f64 / (of as f64 * 3_600.0));
        let has = count > 0;
        json!({
            "holds": count,
            "meanHours": has.then(|| hours(seconds.iter().sum(), count)),
            "medianHours": has.then(|| hours(seconds[(count - 1) / 2] + seconds[count / 2], 2)),
            "longestHours": has.then(|| hours(seconds[count - 1], 1)),
        })
    }

    fn bars(&self, holds: &[&Hold], name: impl Fn(&Hold) -> Option<String>) -> Value {
        let mut names: BTreeMap<(bool, Option<String>), Vec<&Hold>> = BTreeMap::new();
        for hold in holds {
            let name = name(hold);
            names.entry((name.is_none(), name)).or_default().push(hold);
        }
        let mut bars: Vec<_> = names.into_iter().collect();
        bars.sort_by_key(|(_, holds)| std::cmp::Reverse(holds.len()));
        let mut running = 0;
        let bar = |((_, name), of_name): ((bool, Option<String>), Vec<&Hold>)| {
            running += of_name.len();
            json!({
                "name": name,
                "holds": of_name.len(),
                "qty": of_name.iter().map(|hold| hold.qty).sum::<i64>(),
                "repeats": of_name.iter().filter(|hold| hold.rank > 1).count(),
                "meanHours": self.hours(&of_name)["meanHours"],
                "cumulativePct": rounded(running as f64 / holds.len() as f64 * 100.0),
            })
        };
        bars.into_iter().map(bar).collect()
    }

    pub fn overview(&self, filter: &HoldHistoryFilter) -> Value {
        let all = self.holds();
        let but = |but: &[&str]| -> Vec<&Hold> {
            all.iter().filter(|hold| self.passes(hold, filter, but)).collect()
        };
        let trend = self.trend(&but(&["scope", "durations"]));
        let sum = |part: &str| {
            let number = |side: &str, what: &str| {
                trend.iter().map(|day| day[part][side][what].as_i64().unwrap()).sum::<i64>()
            };
            let side =
                |side: &str| json!({"lots": number(side, "lots"), "qty": number(side, "qty")});
            json!({"all": side("all"), "quality": side("quality"), "nonQuality": side("nonQuality")})
        };
        let mean = |part: &str, what: &str| {
            let sum = sum(part)["all"][what].as_i64().unwrap();
            rounded(sum as f64 / trend.len().max(1) as f64)
        };
        let is_released = |hold: &&&Hold| hold.until.is_some();
        let kept = but(&[]);
        let part = |released: bool| -> Vec<&Hold> {
            kept.iter().filter(|hold| is_released(hold) == released).copied().collect()
        };
        let classes = HoldClass::ALL.map(|class| {
            let of = |released: bool| {
                let holds = but(&["durations"]);
                let is_it =
                    |hold: &&&Hold| self.class(hold) == class && is_released(hold) == released;
                holds.iter().filter(is_it).count()
            };
            json!({"duration": class, "released": of(true), "held": of(false)})
        });
        let of_type = but(&["type"]);
        let quality = of_type.iter().filter(|hold| is_quality(hold)).count();
        json!({
            "now": self.now,
            "dayStart": self.day_start,
            "absent": [],
            "new": sum("new"),
            "released": sum("released"),
            "held": trend.last().map_or_else(|| Self::counts(&[]), |day| day["held"].clone()),
            "repeats": trend.iter().map(|day| day["repeats"].as_u64().unwrap()).sum::<u64>(),
            "averages": {
                "newLots": mean("new", "lots"),
                "newQty": mean("new", "qty"),
                "releasedLots": mean("released", "lots"),
                "releasedQty": mean("released", "qty"),
                "heldLots": mean("held", "lots"),
                "heldQty": mean("held", "qty"),
            },
            "trend": trend,
            "holds": kept.len(),
            "releasedHours": self.hours(&part(true)),
            "heldHours": self.hours(&part(false)),
            "durations": classes,
            "holdTypes": [
                {"holdType": "quality", "holds": quality},
                {"holdType": "non-quality", "holds": of_type.len() - quality},
            ],
            "reasons": self.bars(&but(&["reasons"]), |hold| hold.reason.clone()),
            "workcenters": self.bars(&but(&["workcenters"]), |hold| hold.group.clone()),
            "packages": self.bars(&but(&["packages"]), |hold| hold.package.clone()),
            "departments": self.bars(&but(&["departments"]), |hold| hold.department.clone()),
        })
    }

    /// What a list is sorted by, so that missing values come last in either direction.
    fn sort_value(&self, hold: &Hold, sort: HoldRecordSort) -> Option<String> {
        let number = |number: i64| Some(format!("{number:020}"));
        match sort {
            HoldRecordSort::LotId => hold.lot.clone(),
            HoldRecordSort::Workorder => hold.workorder.clone(),
            HoldRecordSort::Package => hold.package.clone(),
            HoldRecordSort::Workcenter => hold.group.clone(),
            HoldRecordSort::Reason => hold.reason.clone(),
            HoldRecordSort::HeldBy => hold.person.clone(),
            HoldRecordSort::Department => hold.department.clone(),
            HoldRecordSort::HoldType => number(i64::from(!is_quality(hold))),
            HoldRecordSort::Qty => number(hold.qty),
            HoldRecordSort::HeldAt => Some(hold.from.clone()),
            HoldRecordSort::ReleasedAt => hold.until.clone(),
            HoldRecordSort::Hours => number(self.seconds(hold)),
            HoldRecordSort::Rank => number(hold.rank as i64),
            // The rows of these tests have none.
            HoldRecordSort::Product
            | HoldRecordSort::HoldComment
            | HoldRecordSort::ReleasedBy
            | HoldRecordSort::ReleaseComment
            | HoldRecordSort::Ncr => None,
        }
    }

    pub fn records(&self, query: &HoldRecordsQuery) -> Value {
        let all = self.holds();
        let mut holds: Vec<&Hold> =
            all.iter().filter(|hold| self.passes(hold, &query.filter, &[])).collect();
        let sort = query.sort.unwrap_or(HoldRecordSort::HeldAt);
        let descending = query.sort.is_none() || query.descending;
        holds.sort_by(|one, other| {
            let (a, b) = (self.sort_value(one, sort), self.sort_value(other, sort));
            let order = if descending { b.cmp(&a) } else { a.cmp(&b) };
            a.is_none().cmp(&b.is_none()).then(order)
        });
        let shown = holds.iter().skip(query.offset as usize);
        let record = |hold: &&Hold| {
            json!({
                "containerId": hold.container,
                "lotId": hold.lot,
                "workorder": hold.workorder,
                "product": null,
                "package": hold.package,
                "workcenter": hold.group,
                "holdType": if is_quality(hold) { "quality" } else { "non-quality" },
                "reason": hold.reason,
                "qty": hold.qty,
                "heldAt": hold.from,
                "heldBy": hold.person,
                "department": hold.department,
                "holdComment": null,
                "releasedAt": hold.until,
                "releasedBy": null,
                "releaseComment": null,
                "ncr": null,
                "futureComment": null,
                "hours": rounded(self.seconds(hold) as f64 / 3_600.0),
                "rank": hold.rank,
            })
        };
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        json!({
            "records": shown.take(limit).map(record).collect::<Vec<_>>(),
            "total": holds.len(),
        })
    }
}
