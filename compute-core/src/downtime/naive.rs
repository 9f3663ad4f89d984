//! The same answers from rows of text, one question at a time, without a thought for speed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    DowntimeComparisonQuery, DowntimeEventsQuery, DowntimeFilter, DowntimeMachinesQuery,
    DowntimeSort, DowntimeTimelineQuery, JobLink,
};
use crate::calendar::Moment;
use crate::calendar::tests::dates;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::{EquipmentView, State};
use crate::site_rules::SiteRules;

/// A row of the source; moments are `YYYY-MM-DD HH:MM:SS`, days `YYYY-MM-DD`.
#[derive(Clone, Debug)]
pub(super) struct SourceRow {
    pub machine: Option<String>,
    pub day: Option<String>,
    pub state: Option<String>,
    pub reason: Option<String>,
    pub begin: Option<String>,
    pub end: Option<String>,
    /// 1/10,000 h.
    pub units: i64,
    pub job: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct SourceJob {
    pub id: String,
    pub machine: String,
    pub created: String,
    pub ended: Option<String>,
    pub on: Option<String>,
    pub off: Option<String>,
}

pub(super) struct Plant<'a> {
    pub rows: Vec<SourceRow>,
    pub jobs: Vec<SourceJob>,
    pub first: String,
    pub last: String,
    /// `HH:MM`, and the hours of each shift.
    pub day_start: String,
    pub shifts: Vec<i64>,
    pub view: &'a EquipmentView,
}

/// A fragment with its times in seconds.
#[derive(Clone, Debug)]
struct Fragment {
    row: SourceRow,
    day: String,
    span: Option<(i64, i64)>,
    is_open: bool,
}

#[derive(Clone, Debug)]
struct Event {
    machine: String,
    state: State,
    code: Option<String>,
    reason: Option<String>,
    day: String,
    shift: usize,
    from: i64,
    until: i64,
    is_open: bool,
    units: i64,
    fragments: usize,
    link: JobLink,
    job_id: Option<String>,
}

/// Place, name, group and family of a machine of the master.
struct Machine {
    row: usize,
    name: Option<String>,
    group: (i32, String),
    family: Option<String>,
}

fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$}").parse().unwrap()
}

fn hours(units: i64) -> f64 {
    rounded(units as f64 / 10_000.0, 1)
}

/// Seconds since 1970: 2024-01-01 is 19,723 days later.
fn secs(moment: &str) -> i64 {
    let place = dates().binary_search_by(|date| date.as_str().cmp(&moment[..10])).unwrap();
    let part = |from: usize| moment[from..from + 2].parse::<i64>().unwrap();
    (19_723 + place as i64) * 86_400 + part(11) * 3_600 + part(14) * 60 + part(17)
}

fn state_of(code: Option<&String>) -> State {
    let rules = SiteRules::default();
    match code.and_then(|code| rules.e10_state(code)) {
        Some("PRD") => State::Prd,
        Some("SBY") => State::Sby,
        Some("UDT") => State::Udt,
        Some("SDT") => State::Sdt,
        Some("EGT") => State::Egt,
        Some("NST") => State::Nst,
        _ => State::Other,
    }
}

fn is_down(state: State) -> bool {
    [State::Udt, State::Sdt, State::Egt].contains(&state)
}

fn category(reason: Option<&String>) -> DowntimeCategory {
    let listed = reason.and_then(|reason| SiteRules::default().downtime_category(reason));
    listed.unwrap_or(DowntimeCategory::Other)
}

impl Plant<'_> {
    fn machines(&self) -> BTreeMap<String, Machine> {
        let under = self.view.counted_under();
        let lowest = |name: &str| {
            let of_name = under.iter().filter(|(other, _)| *other == name);
            of_name.map(|(_, sequence)| *sequence).min().unwrap()
        };
        let mut machines = BTreeMap::new();
        for (row, (name, _)) in under.iter().enumerate() {
            let machine = Machine {
                row,
                name: self.view.name(row).map(str::to_owned),
                group: (lowest(name), (*name).to_owned()),
                family: self.view.family(row).map(str::to_owned),
            };
            machines.entry(self.view.id(row).to_owned()).or_insert(machine);
        }
        machines
    }

    /// Fragments of known machines on days of the range, in their order.
    fn fragments(&self) -> Vec<Fragment> {
        let machines = self.machines();
        let mut fragments: Vec<Fragment> = Vec::new();
        for row in &self.rows {
            let (Some(machine), Some(day)) = (&row.machine, &row.day) else { continue };
            let is_there =
                machines.contains_key(machine) && *day >= self.first && *day <= self.last;
            if !is_there {
                continue;
            }
            let begin = row.begin.as_ref().map(|begin| secs(begin));
            let span = begin.map(|begin| match &row.end {
                Some(end) => (begin, secs(end).max(begin)),
                None => (begin, begin + row.units.max(0) * 36 / 100),
            });
            let is_open = span.is_some() && row.end.is_none();
            fragments.push(Fragment { row: row.clone(), day: day.clone(), span, is_open });
        }
        fragments.sort_by_key(|one| {
            let end = one.span.map(|(_, end)| end).filter(|_| !one.is_open);
            let texts = [&one.row.state, &one.row.reason, &one.row.job].map(Clone::clone);
            let begin = one.span.map_or(i64::MAX, |(begin, _)| begin);
            let end = (end.is_none(), end);
            (one.row.machine.clone(), begin, end, texts, one.day.clone(), one.row.units)
        });
        fragments
    }

    /// Shift of a moment, by walking through the day.
    fn shift(&self, secs: i64) -> usize {
        let start: Vec<i64> = self.day_start.split(':').map(|part| part.parse().unwrap()).collect();
        let mut left = (secs - (start[0] * 60 + start[1]) * 60).rem_euclid(86_400);
        let mut shift = 0;
        while left >= self.shifts[shift] * 3_600 {
            left -= self.shifts[shift] * 3_600;
            shift += 1;
        }
        shift
    }

    /// Runs of fragments of one machine, state and reason on some days.
    fn stretches(&self, days: &[String]) -> Vec<Vec<Fragment>> {
        let mut stretches: Vec<Vec<Fragment>> = Vec::new();
        for fragment in self.fragments() {
            let Some((begin, _)) = fragment.span else { continue };
            if !days.contains(&fragment.day) {
                continue;
            }
            let joins = stretches.last().is_some_and(|stretch: &Vec<Fragment>| {
                let last = &stretch.last().unwrap().row;
                let key =
                    |row: &SourceRow| (row.machine.clone(), row.state.clone(), row.reason.clone());
                let end = stretch.iter().map(|one| one.span.unwrap().1).max().unwrap();
                key(last) == key(&fragment.row) && begin - end <= 60
            });
            if joins {
                stretches.last_mut().unwrap().push(fragment);
            } else {
                stretches.push(vec![fragment]);
            }
        }
        stretches
    }

    fn job(&self, machine: &str, from: i64, until: i64) -> (JobLink, Option<String>) {
        let overlap = |job: &&SourceJob| {
            let ended =
                job.ended.as_ref().map_or(i64::MAX, |ended| secs(ended).max(secs(&job.created)));
            ended.min(until) - secs(&job.created).max(from)
        };
        let mut jobs: Vec<&SourceJob> =
            self.jobs.iter().filter(|job| job.machine == machine && overlap(job) > 0).collect();
        jobs.sort_by_key(|job| (Reverse(overlap(job)), job.created.clone(), job.id.clone()));
        match jobs.as_slice() {
            [] => (JobLink::None, None),
            [best, second, ..] if overlap(second) * 100 >= overlap(best) * 80 => {
                (JobLink::Ambiguous, Some(best.id.clone()))
            }
            [best, ..] => (JobLink::Overlap, Some(best.id.clone())),
        }
    }

    fn events(&self, days: &[String]) -> Vec<Event> {
        let mut events = Vec::new();
        for stretch in self.stretches(days) {
            let first = &stretch[0];
            let state = state_of(first.row.state.as_ref());
            if !is_down(state) {
                continue;
            }
            let machine = first.row.machine.clone().unwrap();
            let from = first.span.unwrap().0;
            let last = stretch.iter().max_by_key(|one| one.span.unwrap().1).unwrap();
            let until = last.span.unwrap().1;
            let (link, job_id) = match stretch.iter().find_map(|one| one.row.job.clone()) {
                Some(id) => (JobLink::Id, Some(id)),
                None => self.job(&machine, from, until),
            };
            events.push(Event {
                machine,
                state,
                code: first.row.state.clone(),
                reason: first.row.reason.clone(),
                day: first.day.clone(),
                shift: self.shift(from),
                from,
                until,
                is_open: last.is_open,
                units: stretch.iter().map(|one| one.row.units).sum(),
                fragments: stretch.len(),
                link,
                job_id,
            });
        }
        events
    }

    fn days(&self, filter: &DowntimeFilter) -> Vec<String> {
        let bound = |date: &Option<String>| date.clone().filter(|date| dates().contains(date));
        let first = bound(&filter.start_date).unwrap_or_default().max(self.first.clone());
        let last =
            bound(&filter.end_date).map_or(self.last.clone(), |date| date.min(self.last.clone()));
        let is_shown = |date: &&String| **date >= first && **date <= last;
        dates().iter().filter(is_shown).cloned().collect()
    }

    /// Machines that pass the filter.
    fn wanted_machines(&self, filter: &DowntimeFilter) -> BTreeSet<String> {
        let kept: BTreeSet<u32> = self.view.select(&filter.machines).into_iter().collect();
        let machines = self.machines().into_iter();
        let wanted = machines.filter(|(_, machine)| kept.contains(&(machine.row as u32)));
        wanted.map(|(id, _)| id).collect()
    }

    /// Whether an event passes the filters on itself, but one.
    fn passes(event: &Event, filter: &DowntimeFilter, but: &str) -> bool {
        let is_shift = |shift: usize| filter.shifts.contains(&(shift as u8));
        let checks = [
            ("state", filter.states.is_empty() || filter.states.contains(&event.state)),
            (
                "reason",
                filter.reasons.is_empty()
                    || event.reason.as_ref().is_some_and(|reason| filter.reasons.contains(reason)),
            ),
            (
                "category",
                filter.categories.is_empty()
                    || filter.categories.contains(&category(event.reason.as_ref())),
            ),
            ("shift", filter.shifts.is_empty() || is_shift(event.shift)),
            ("link", filter.job_links.is_empty() || filter.job_links.contains(&event.link)),
        ];
        checks.iter().all(|(name, passes)| *passes || *name == but)
    }

    /// Events that pass all filters but one.
    fn kept(&self, filter: &DowntimeFilter, but: &str) -> Vec<Event> {
        let (days, wanted) = (self.days(filter), self.wanted_machines(filter));
        let is_kept =
            |event: &Event| wanted.contains(&event.machine) && Self::passes(event, filter, but);
        self.events(&days).into_iter().filter(is_kept).collect()
    }

    /// Fragments whose hours count.
    fn counted(&self, filter: &DowntimeFilter, but: &str) -> Vec<Fragment> {
        let (days, wanted) = (self.days(filter), self.wanted_machines(filter));
        let is_counted = |fragment: &Fragment| {
            let shift = fragment.span.map_or(255, |(begin, _)| self.shift(begin) as u8);
            let has_shift =
                but == "shift" || filter.shifts.is_empty() || filter.shifts.contains(&shift);
            let machine = fragment.row.machine.as_ref().unwrap();
            has_shift && days.contains(&fragment.day) && wanted.contains(machine)
        };
        self.fragments().into_iter().filter(is_counted).collect()
    }

    fn figures(events: &[&Event], fragments: &[&Fragment]) -> Value {
        let of_state = |state: State| {
            events.iter().filter(|event| event.state == state).map(|event| event.units).sum::<i64>()
        };
        let in_states = |states: &[State]| {
            let is_it = |one: &&&Fragment| states.contains(&state_of(one.row.state.as_ref()));
            fragments.iter().filter(is_it).map(|one| one.row.units).sum::<i64>()
        };
        let failures = events.iter().filter(|event| event.state == State::Udt).count();
        let per_failure = |units: i64, digits: usize| {
            let mean = || units as f64 / (failures as f64 * 10_000.0);
            (failures > 0).then(|| rounded(mean(), digits))
        };
        use State::{Egt, Nst, Prd, Sby, Sdt, Udt};
        let share = |whole: &[State]| {
            let is_negative = whole.iter().any(|state| in_states(&[*state]) < 0);
            let all = in_states(whole);
            let pct = || rounded(in_states(&[Prd, Sby, Egt]) as f64 / all as f64 * 100.0, 1);
            (all != 0 && !is_negative).then(pct)
        };
        json!({
            "events": events.len(),
            "failures": failures,
            "down_hours": hours(events.iter().map(|event| event.units).sum()),
            "udt_hours": hours(of_state(Udt)),
            "sdt_hours": hours(of_state(Sdt)),
            "egt_hours": hours(of_state(Egt)),
            "mttr_hours": per_failure(of_state(Udt), 2),
            "mtbf_hours": per_failure(in_states(&[Prd]), 1),
            "prd_hours": hours(in_states(&[Prd])),
            "availability_pct": share(&[Prd, Sby, Udt, Sdt, Egt, Nst]),
            "uptime_pct": share(&[Prd, Sby, Udt, Sdt, Egt]),
        })
    }

    fn with(mut object: Value, fields: Value) -> Value {
        object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        object
    }

    /// Whether any event or any hour of a state is there.
    fn has_any(events: &[&Event], fragments: &[&Fragment]) -> bool {
        let mut of_state: BTreeMap<usize, i64> = BTreeMap::new();
        for one in fragments {
            *of_state.entry(state_of(one.row.state.as_ref()) as usize).or_default() +=
                one.row.units;
        }
        !events.is_empty() || of_state.values().any(|units| *units != 0)
    }

    fn pareto(events: &[Event], size: impl Fn(&[&Event]) -> i64) -> Value {
        let mut reasons: BTreeMap<(bool, Option<String>), Vec<&Event>> = BTreeMap::new();
        for event in events {
            let key = (event.reason.is_none(), event.reason.clone());
            reasons.entry(key).or_default().push(event);
        }
        let mut bars: Vec<_> = reasons.into_iter().collect();
        bars.sort_by_key(|(_, events)| Reverse(size(events)));
        let all: i64 = bars.iter().map(|(_, events)| size(events)).sum();
        let mut running = 0;
        let bar = |((_, reason), events): ((bool, Option<String>), Vec<&Event>)| {
            running += size(&events);
            json!({
                "category": category(reason.as_ref()),
                "reason": reason,
                "events": events.len(),
                "hours": hours(events.iter().map(|event| event.units).sum()),
                "cumulative_pct":
                    (all > 0).then(|| rounded(running as f64 / all as f64 * 100.0, 1)),
            })
        };
        bars.into_iter().map(bar).collect()
    }

    fn described(&self, id: &str, machine: &Machine, figures: Value) -> Value {
        Self::with(
            json!({
                "resource_id": id,
                "resource_name": machine.name,
                "workcenter": machine.group.1,
                "family": machine.family,
            }),
            figures,
        )
    }

    /// Machines with events or hours: id, figures, units of downtimes; by name, then id.
    fn machine_rows(&self, filter: &DowntimeFilter) -> Vec<(String, Value, i64, usize)> {
        let (events, fragments) = (self.kept(filter, ""), self.counted(filter, ""));
        let machines = self.machines();
        let mut rows = Vec::new();
        for (id, machine) in &machines {
            let events: Vec<&Event> = events.iter().filter(|event| event.machine == *id).collect();
            let fragments: Vec<&Fragment> =
                fragments.iter().filter(|one| one.row.machine.as_ref() == Some(id)).collect();
            if Self::has_any(&events, &fragments) {
                let figures = Self::figures(&events, &fragments);
                let units = events.iter().map(|event| event.units).sum();
                let described = self.described(id, machine, figures);
                rows.push((id.clone(), described, units, events.len()));
            }
        }
        rows.sort_by_key(|(id, ..)| {
            let name = machines[id].name.clone();
            (name.is_none(), name)
        });
        rows
    }

    pub fn summary(&self, filter: &DowntimeFilter) -> Value {
        let (events, fragments) = (self.kept(filter, ""), self.counted(filter, ""));
        let figures = |is_event: &dyn Fn(&Event) -> bool,
                       is_fragment: &dyn Fn(&Fragment) -> bool| {
            let events: Vec<&Event> = events.iter().filter(|event| is_event(event)).collect();
            let fragments: Vec<&Fragment> =
                fragments.iter().filter(|one| is_fragment(one)).collect();
            (Self::has_any(&events, &fragments), Self::figures(&events, &fragments))
        };
        let machines = self.machines();
        let machine = |id: &Option<String>| &machines[id.as_ref().unwrap()];
        let group = |name: &(i32, String)| {
            let (has_any, found) =
                figures(&|event| machines[&event.machine].group == *name, &|one| {
                    machine(&one.row.machine).group == *name
                });
            let named = json!({"workcenter": name.1, "workcenter_seq": name.0});
            has_any.then(|| Self::with(named, found))
        };
        let family = |name: &(bool, Option<String>)| {
            let (has_any, found) =
                figures(&|event| machines[&event.machine].family == name.1, &|one| {
                    machine(&one.row.machine).family == name.1
                });
            has_any.then(|| Self::with(json!({"family": name.1}), found))
        };
        // A group whose machines cancel out is there, as long as one of its machines is.
        let shown: BTreeSet<String> =
            self.machine_rows(filter).into_iter().map(|(id, ..)| id).collect();
        let groups: BTreeSet<(i32, String)> =
            shown.iter().map(|id| machines[id].group.clone()).collect();
        let families: BTreeSet<(bool, Option<String>)> = shown
            .iter()
            .map(|id| (machines[id].family.is_none(), machines[id].family.clone()))
            .collect();
        let shift_events = self.kept(filter, "shift");
        let shift_fragments = self.counted(filter, "shift");
        let shift = |number: Option<usize>| {
            let events: Vec<&Event> =
                shift_events.iter().filter(|event| Some(event.shift) == number).collect();
            let of = |one: &Fragment| one.span.map(|(begin, _)| self.shift(begin));
            let fragments: Vec<&Fragment> =
                shift_fragments.iter().filter(|one| of(one) == number).collect();
            let is_shown = number.is_some() || Self::has_any(&events, &fragments);
            let figures = Self::figures(&events, &fragments);
            is_shown.then(|| Self::with(json!({"shift": number}), figures))
        };
        let shifts = (0..self.shifts.len()).map(Some).chain([None]);
        let count = |events: &[Event], is_it: &dyn Fn(&Event) -> bool| {
            let chosen = || events.iter().filter(|event| is_it(event));
            (chosen().count(), hours(chosen().map(|event| event.units).sum()))
        };
        let counted = |name: &str, value: Value, (events, hours): (usize, f64)| json!({name: value, "events": events, "hours": hours});
        let of_category = self.kept(filter, "category");
        let categories = DowntimeCategory::ALL.map(|one| {
            let count = count(&of_category, &|event| category(event.reason.as_ref()) == one);
            counted("category", json!(one), count)
        });
        let of_state = self.kept(filter, "state");
        let states = [State::Udt, State::Sdt, State::Egt].map(|state| {
            counted("state", json!(state), count(&of_state, &|event| event.state == state))
        });
        let of_link = self.kept(filter, "link");
        let links = JobLink::ALL.map(|link| {
            json!({
                "job_link": link,
                "events": of_link.iter().filter(|event| event.link == link).count(),
            })
        });
        let mut worst = self.machine_rows(filter);
        worst.retain(|(.., events)| *events > 0);
        worst.sort_by_key(|(_, _, units, _)| Reverse(*units));
        let rules = SiteRules::default();
        let is_listed = |event: &&Event| {
            event.reason.as_ref().is_some_and(|reason| rules.downtime_category(reason).is_some())
        };
        let untimed: Vec<&Fragment> = fragments
            .iter()
            .filter(|one| one.span.is_none() && is_down(state_of(one.row.state.as_ref())))
            .collect();
        let (machines, days) = (self.machines(), self.days(filter));
        let is_unknown = |row: &&SourceRow| {
            row.machine.as_ref().is_some_and(|machine| !machines.contains_key(machine))
                && row.day.as_ref().is_some_and(|day| days.contains(day))
                && is_down(state_of(row.state.as_ref()))
        };
        let unknown: Vec<&SourceRow> = self.rows.iter().filter(is_unknown).collect();
        let of_reason = self.kept(filter, "reason");
        json!({
            "absent":
                ["JOBMODELNAME", "JOBORDERNAME", "CANCELDATE", "CAUSECODENAME", "REPAIRCODENAME", "SYMPTOMCODENAME"],
            "figures": figures(&|_| true, &|_| true).1,
            "trend": self.days(filter).iter().map(|day| {
                let found = figures(&|event| event.day == *day, &|one| one.day == *day).1;
                Self::with(json!({"date": day}), found)
            }).collect::<Vec<_>>(),
            "reasons_by_hours":
                Self::pareto(&of_reason, |events| events.iter().map(|event| event.units).sum()),
            "reasons_by_events": Self::pareto(&of_reason, |events| events.len() as i64),
            "categories": categories,
            "states": states,
            "job_links": links,
            "shifts": shifts.filter_map(shift).collect::<Vec<_>>(),
            "groups": groups.iter().filter_map(group).collect::<Vec<_>>(),
            "families": families.iter().filter_map(family).collect::<Vec<_>>(),
            "worst": worst.into_iter().take(10).map(|(_, row, ..)| row).collect::<Vec<_>>(),
            "unlisted_reasons": events.iter().filter(|event| !is_listed(event)).count(),
            "untimed": {
                "fragments": untimed.len(),
                "hours": hours(untimed.iter().map(|one| one.row.units).sum()),
            },
            "unknown_machines": {
                "fragments": unknown.len(),
                "hours": hours(unknown.iter().map(|row| row.units).sum()),
            },
        })
    }

    pub fn machine_list(&self, query: &DowntimeMachinesQuery) -> Value {
        let machines = self.machines();
        let mut rows = self.machine_rows(&query.filter);
        rows.sort_by_key(|(id, ..)| {
            let machine = &machines[id];
            (machine.group.clone(), machine.family.is_none(), machine.family.clone())
        });
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let shown = rows.iter().skip(query.offset as usize).take(limit);
        json!({
            "machines": shown.map(|(_, row, ..)| row.clone()).collect::<Vec<_>>(),
            "total": rows.len(),
        })
    }

    fn job_details(&self, id: &str) -> Value {
        let mut details = json!({
            "job_id": id, "order": null, "model": null, "status": null, "symptom": null,
            "cause": null, "repair": null, "created": null, "waiting_hours": null,
            "repair_hours": null,
        });
        if let Some(job) = self.jobs.iter().find(|job| job.id == id) {
            let [waiting, repair] = self.job_spans(job);
            let shown = |secs: Option<i64>| secs.map(|secs| rounded(secs as f64 / 3_600.0, 1));
            details["created"] = json!(job.created);
            details["waiting_hours"] = json!(shown(waiting));
            details["repair_hours"] = json!(shown(repair));
        }
        details
    }

    /// Seconds of waiting and of repair.
    fn job_spans(&self, job: &SourceJob) -> [Option<i64>; 2] {
        let on = job.on.as_ref().map(|on| secs(on)).filter(|on| *on >= secs(&job.created));
        let off =
            job.off.as_ref().map(|off| secs(off)).filter(|off| on.is_none_or(|on| *off >= on));
        [on.map(|on| on - secs(&job.created)), on.and_then(|on| Some(off? - on))]
    }

    pub fn event_list(&self, query: &DowntimeEventsQuery) -> Value {
        let machines = self.machines();
        let mut events = self.kept(&query.filter, "");
        let number = |number: i64| Some(format!("{:020}", number + 1_000_000_000_000));
        let span = |event: &Event, place: usize| {
            let job = self.jobs.iter().find(|job| Some(&job.id) == event.job_id.as_ref())?;
            self.job_spans(job)[place].and_then(number)
        };
        let value = |event: &Event, sort: DowntimeSort| -> Option<String> {
            let machine = &machines[&event.machine];
            match sort {
                DowntimeSort::ResourceName => machine.name.clone(),
                DowntimeSort::Workcenter => {
                    let (sequence, name) = &machine.group;
                    Some(format!("{:020}{name}", i64::from(*sequence) + 1_000_000_000_000))
                }
                DowntimeSort::Family => machine.family.clone(),
                DowntimeSort::Code => event.code.clone(),
                DowntimeSort::Reason => event.reason.clone(),
                DowntimeSort::Category => number(category(event.reason.as_ref()) as i64),
                DowntimeSort::From => number(event.from),
                DowntimeSort::Hours => number(event.units),
                DowntimeSort::JobLink => number(event.link as i64),
                DowntimeSort::WaitingHours => span(event, 0),
                DowntimeSort::RepairHours => span(event, 1),
            }
        };
        let sort = query.sort.unwrap_or(DowntimeSort::Hours);
        let descending = query.sort.is_none() || query.descending;
        events.sort_by(|one, other| {
            let (a, b) = (value(one, sort), value(other, sort));
            let order = if descending { b.cmp(&a) } else { a.cmp(&b) };
            a.is_none().cmp(&b.is_none()).then(order)
        });
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let shown = events.iter().skip(query.offset as usize).take(limit);
        let event = |event: &Event| {
            let machine = &machines[&event.machine];
            json!({
                "resource_id": event.machine,
                "resource_name": machine.name,
                "workcenter": machine.group.1,
                "family": machine.family,
                "state": event.state,
                "code": event.code,
                "reason": event.reason,
                "category": category(event.reason.as_ref()),
                "shift": event.shift,
                "from": Moment(event.from).to_string(),
                "until": (!event.is_open).then(|| Moment(event.until).to_string()),
                "hours": hours(event.units),
                "fragments": event.fragments,
                "job_link": event.link,
                "job": event.job_id.as_ref().map(|id| self.job_details(id)),
            })
        };
        json!({"events": shown.map(event).collect::<Vec<_>>(), "total": events.len()})
    }

    pub fn compare(&self, query: &DowntimeComparisonQuery) -> Value {
        let side = |filter: &DowntimeFilter| {
            let (events, fragments) = (self.kept(filter, ""), self.counted(filter, ""));
            let figures = Self::figures(
                &events.iter().collect::<Vec<_>>(),
                &fragments.iter().collect::<Vec<_>>(),
            );
            (figures, events)
        };
        let ((after, events_after), (before, events_before)) =
            (side(&query.after), side(&query.before));
        let names: BTreeSet<(bool, Option<String>)> = events_after
            .iter()
            .chain(&events_before)
            .map(|event| (event.reason.is_none(), event.reason.clone()))
            .collect();
        let of = |events: &[Event], reason: &Option<String>| {
            let of_reason = || events.iter().filter(|event| event.reason == *reason);
            (of_reason().count(), of_reason().map(|event| event.units).sum::<i64>())
        };
        let mut rows: Vec<_> = names
            .into_iter()
            .map(|(_, reason)| {
                let (after, before) = (of(&events_after, &reason), of(&events_before, &reason));
                (
                    after.1 - before.1,
                    json!({
                        "reason": reason,
                        "before_events": before.0,
                        "before_hours": hours(before.1),
                        "after_events": after.0,
                        "after_hours": hours(after.1),
                        "change_hours": hours(after.1 - before.1),
                    }),
                )
            })
            .collect();
        rows.sort_by_key(|(change, _)| Reverse(change.abs()));
        let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
        json!({"after": after, "before": before, "reasons": rows})
    }

    pub fn timeline(&self, query: &DowntimeTimelineQuery) -> Value {
        let machines = self.machines();
        let mut rows = self.machine_rows(&query.filter);
        rows.sort_by_key(|(_, _, units, _)| Reverse(*units));
        let is_named =
            |id: &String| query.resource_ids.is_empty() || query.resource_ids.contains(id);
        let stretches = self.stretches(&self.days(&query.filter));
        let segments = |id: &String| -> Vec<Value> {
            let is_own = |stretch: &&Vec<Fragment>| stretch[0].row.machine.as_ref() == Some(id);
            let own = stretches.iter().filter(is_own);
            own.map(|stretch| {
                let until = stretch.iter().map(|one| one.span.unwrap().1).max().unwrap();
                json!({
                    "state": state_of(stretch[0].row.state.as_ref()),
                    "code": stretch[0].row.state,
                    "reason": stretch[0].row.reason,
                    "from": Moment(stretch[0].span.unwrap().0).to_string(),
                    "until": Moment(until).to_string(),
                    "hours": hours(stretch.iter().map(|one| one.row.units).sum()),
                })
            })
            .collect()
        };
        let limit = query.limit.unwrap_or(10) as usize;
        let shown = rows.iter().filter(|(id, ..)| is_named(id)).take(limit);
        shown
            .map(|(id, ..)| {
                json!({
                    "resource_id": id,
                    "resource_name": machines[id].name,
                    "segments": segments(id),
                })
            })
            .collect()
    }
}
