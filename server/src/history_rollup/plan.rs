//! What the keeper does next. Pure: the day, the time and what is known are arguments.
//!
//! Time is that since the start of the process, which never steps. A day that this process has not
//! looked at yet is due, so that a start after a long stop checks everything once.

use std::collections::BTreeMap;
use std::time::Duration;

use compute_core::history::Day;

use crate::day_ranges::DayRange;

/// How much is kept and how often it is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Days before today that are rolled up.
    pub days: u16,
    /// The last of them, which are expected to change.
    pub recent: u16,
    /// Time between checks of days that may change.
    pub check_every: Duration,
    /// Time between checks of all others.
    pub sweep_every: Duration,
    /// Share of the time in which a statement of the keeper may run, above 0 and up to 1.
    pub load: f64,
}

/// Days of one check.
const CHECKED_AT_ONCE: usize = 31;
/// Checks that a recent day may miss until it is no longer served without asking the database.
const MISSED_CHECKS: u32 = 3;
/// Longest time without a look at the plan.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Policy {
    /// The days that may be rolled up.
    pub fn window(&self, today: Day) -> DayRange {
        DayRange::before(today, self.days)
    }

    fn is_recent(&self, day: Day, today: Day) -> bool {
        today.days_before(self.recent) <= day
    }

    /// Whether a day that was found unchanged now counts as final: it is not recent, and an earlier
    /// look at it was at least one interval ago, so that a load in several steps is over.
    pub fn settles(&self, day: Day, today: Day, looked: Option<Duration>, now: Duration) -> bool {
        let is_old = looked.is_some_and(|looked| now.saturating_sub(looked) >= self.check_every);
        is_old && !self.is_recent(day, today)
    }

    /// Whether a day may be served as it is.
    pub fn serves(&self, day: Day, today: Day, known: Known, now: Duration) -> bool {
        let age = known.checked.map(|checked| now.saturating_sub(checked));
        let window = self.window(today);
        let is_inside = window.first <= day && day <= window.last;
        is_inside
            && match age {
                _ if known.is_settled && !self.is_recent(day, today) => true,
                Some(age) if self.is_recent(day, today) => age <= self.check_every * MISSED_CHECKS,
                Some(_) => true,
                None => false,
            }
    }

    /// The pause after a statement that took this long.
    pub fn pause(&self, took: Duration) -> Duration {
        took.mul_f64(1.0 / self.load.clamp(0.001, 1.0) - 1.0).min(LONGEST_WAIT)
    }
}

/// What is known of a rolled-up day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// It counts as final.
    pub is_settled: bool,
    /// When this process last read it or found it unchanged.
    pub checked: Option<Duration>,
    /// It has no rows.
    pub is_empty: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read these days.
    Read(DayRange),
    /// Compare the fingerprints of these days.
    Check(DayRange),
    /// Nothing for so long.
    Wait(Duration),
}

/// The next step; a read takes `batch` days at most.
pub fn next(
    today: Day,
    now: Duration,
    known: &BTreeMap<Day, Known>,
    policy: &Policy,
    batch: u16,
) -> Step {
    let window: Vec<Day> = policy.window(today).days().rev().collect();
    let recent = &window[..usize::from(policy.recent).min(window.len())];
    let is_missing = |day: &Day| !known.contains_key(day);
    let due_in = |day: &Day, every: Duration| {
        let checked = known.get(day)?.checked;
        Some(checked.map_or(Duration::ZERO, |checked| (checked + every).saturating_sub(now)))
    };
    let is_due = |day: &Day, every| due_in(day, every) == Some(Duration::ZERO);
    // Days of the window from one on, newest first, as long as they fulfil something.
    let span = |days: &[Day], most: usize, holds: &dyn Fn(&Day) -> bool| {
        let start = days.iter().position(holds)?;
        let taken = window[start..].iter().take_while(|day| holds(day)).take(most.max(1)).count();
        Some(DayRange { first: window[start + taken - 1], last: window[start] })
    };
    let batch = usize::from(batch);
    if let Some(missing) = span(recent, batch, &is_missing) {
        return Step::Read(missing);
    }
    if let Some(due) =
        span(recent, recent.len(), &|day| recent.contains(day) && is_due(day, policy.check_every))
    {
        return Step::Check(due);
    }
    if let Some(missing) = span(&window, batch, &is_missing) {
        return Step::Read(missing);
    }
    let is_open = |day: &Day| known.get(day).is_some_and(|known| !known.is_settled);
    let every = |day: &Day| {
        let may_change = is_open(day) || policy.is_recent(*day, today);
        if may_change { policy.check_every } else { policy.sweep_every }
    };
    let is_empty = |day: &Day| known.get(day).is_some_and(|known| known.is_empty);
    for open in [true, false] {
        let is_due = |day: &Day| is_open(day) == open && is_due(day, every(day));
        let Some(first) = window.iter().find(|day| is_due(day)) else { continue };
        // Years without rows cost one statement.
        let (of_empty, most) =
            if is_empty(first) { (true, window.len()) } else { (false, CHECKED_AT_ONCE) };
        if let Some(due) = span(&window, most, &|day| is_due(day) && (!of_empty || is_empty(day))) {
            return Step::Check(due);
        }
    }
    let waits = window.iter().filter_map(|day| due_in(day, every(day)));
    Step::Wait(waits.min().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
}

/// Days of the next read: as many as the database reads in a few seconds, because one that has to
/// look through the whole table needs as long for one day as for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    days: u16,
    /// Days that may have no rows, as the last read found none; 0 where it did.
    gap: u16,
}

impl Default for Pace {
    fn default() -> Self {
        Self { days: 1, gap: 0 }
    }
}

impl Pace {
    const MOST_DAYS: u16 = 31;
    /// Days of a gap that are read as one, when none of them has rows.
    const MOST_EMPTY_DAYS: u16 = 3_660;
    const AIM: Duration = Duration::from_secs(4);
    /// Sums of one read, which are in memory together.
    const MOST_SUMS: usize = 400_000;

    pub fn days(self) -> u16 {
        self.gap.max(self.days)
    }

    /// Whether so many days are only read when a look has found that none of them has rows.
    pub fn is_for_a_gap(days: usize) -> bool {
        days > usize::from(Self::MOST_DAYS)
    }

    /// After a read that took this long for so many sums.
    #[must_use]
    pub fn after(self, took: Duration, sums: usize) -> Self {
        if sums == 0 {
            return Self { gap: Self::MOST_EMPTY_DAYS, ..self };
        }
        if took > Self::AIM || sums > Self::MOST_SUMS {
            self.slower()
        } else if took < Self::AIM / 2 && sums < Self::MOST_SUMS / 2 {
            Self { days: (self.days * 2).min(Self::MOST_DAYS), gap: 0 }
        } else {
            Self { gap: 0, ..self }
        }
    }

    /// After a read that took too long.
    #[must_use]
    pub fn slower(self) -> Self {
        Self { days: (self.days / 2).max(1), gap: 0 }
    }

    /// After a look at so many days that found rows: they may be in the older half.
    #[must_use]
    pub fn after_look(self, days: usize) -> Self {
        let half = days / 2;
        let gap =
            if Self::is_for_a_gap(half) { u16::try_from(half).unwrap_or(u16::MAX) } else { 0 };
        Self { gap, ..self }
    }
}

/// What a read cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub days: u16,
    pub took: Duration,
}

/// Days that are read without knowing what a day costs.
const UNKNOWN_COST_DAYS: usize = 31;

/// Whether so many days can be read within `budget`, the time that a request may wait.
pub fn is_affordable(cost: Option<Cost>, days: usize, budget: Duration) -> bool {
    match cost {
        None => days <= UNKNOWN_COST_DAYS,
        // A database without an index needs as long for one day as for several.
        Some(Cost { days: known, took }) => {
            let times = (days as f64 / f64::from(known.max(1))).max(1.0);
            days <= 1 || took.mul_f64(times) <= budget
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: Policy = Policy {
        days: 60,
        recent: 7,
        check_every: Duration::from_secs(300),
        sweep_every: Duration::from_secs(86_400),
        load: 0.25,
    };

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn today() -> Day {
        day("2026-11-20")
    }

    /// Does what the plan says, at once; returns the reads in their order.
    fn carry_out(
        known: &mut BTreeMap<Day, Known>,
        now: Duration,
        batch: u16,
        most: usize,
    ) -> (Vec<DayRange>, usize) {
        let (mut reads, mut checks) = (Vec::new(), 0);
        for _ in 0..most {
            match next(today(), now, known, &POLICY, batch) {
                Step::Read(range) => {
                    for day in range.days() {
                        let fresh = Known { checked: Some(now), ..Known::default() };
                        assert_eq!(known.insert(day, fresh), None, "{day} was there");
                    }
                    reads.push(range);
                }
                Step::Check(range) => {
                    checks += 1;
                    for day in range.days() {
                        let known = known.get_mut(&day).unwrap();
                        known.is_settled |= POLICY.settles(day, today(), known.checked, now);
                        known.checked = Some(now);
                    }
                }
                Step::Wait(_) => return (reads, checks),
            }
        }
        panic!("the plan does not end");
    }

    #[test]
    fn days_are_read_newest_first_then_settle_and_are_swept() {
        let mut known = BTreeMap::new();
        let at = Duration::from_secs;
        let (reads, checks) = carry_out(&mut known, at(0), 4, 200);
        assert_eq!(reads[0], DayRange { first: day("2026-11-16"), last: day("2026-11-19") });
        assert!(reads.windows(2).all(|pair| pair[1].last.next() == pair[0].first));
        assert_eq!((known.len(), checks), (60, 0));
        assert!(known.values().all(|known| !known.is_settled));
        // One interval later all that is not recent settles.
        let (reads, checks) = carry_out(&mut known, at(300), 4, 200);
        assert_eq!((reads.len(), checks), (0, 3));
        let settled = known.iter().filter(|(_, known)| known.is_settled).map(|(day, _)| *day);
        assert_eq!(settled.max(), Some(day("2026-11-12")));
        // From then on recent days only, until the sweep.
        assert_eq!(carry_out(&mut known, at(600), 4, 200).1, 1);
        assert_eq!(carry_out(&mut known, at(86_700), 4, 200).1, 3);
    }

    #[test]
    fn a_day_is_served_while_it_can_be_right() {
        let now = Duration::from_secs(100_000);
        let ago = |seconds| Some(now - Duration::from_secs(seconds));
        let serves = |text: &str, is_settled, checked| {
            let known = Known { is_settled, checked, is_empty: false };
            POLICY.serves(day(text), today(), known, now)
        };
        assert!(serves("2026-11-19", false, ago(900)));
        assert!(!serves("2026-11-19", false, ago(901)), "three checks were missed");
        assert!(!serves("2026-11-19", true, None), "a recent day is never final");
        assert!(!serves("2026-11-20", true, ago(1)), "today");
        assert!(!serves("2026-12-25", true, ago(1)), "a day that a clock step made");
        assert!(serves("2026-10-01", true, None));
        assert!(serves("2026-10-01", false, ago(50_000)));
        assert!(!serves("2026-10-01", false, None), "who knows what happened since");
        assert!(!serves("2026-01-01", true, ago(1)), "beyond the days that are looked at");
    }

    #[test]
    fn a_large_table_is_read_in_steps_that_fit() {
        let mut pace = Pace::default();
        for _ in 0..10 {
            pace = pace.after(Duration::from_millis(100), 1_000);
        }
        assert_eq!(pace.days(), 31);
        assert_eq!(pace.after(Duration::from_secs(5), 1_000).days(), 15);
        assert_eq!(pace.after(Duration::from_millis(100), 500_000).days(), 15);
        assert_eq!(pace.after(Duration::from_secs(3), 1_000).days(), 31);
        assert_eq!(Pace::default().slower().days(), 1);
    }

    #[test]
    fn days_without_rows_cost_one_read_and_one_check() {
        let pace = Pace::default().after(Duration::from_secs(1), 0);
        assert!(Pace::is_for_a_gap(pace.days().into()) && pace.days() >= 3_660);
        assert_eq!(pace.after_look(660).days(), 330);
        assert_eq!(pace.after_look(40).days(), 1, "rows behind a gap are read with care");
        let mut known: BTreeMap<Day, Known> = BTreeMap::new();
        let (reads, _) = carry_out(&mut known, Duration::ZERO, pace.days(), 200);
        assert_eq!(reads.len(), 1);
        for (day, known) in &mut known {
            known.is_empty = *day < today().days_before(10);
        }
        let (_, checks) = carry_out(&mut known, Duration::from_secs(300), 31, 200);
        assert_eq!(checks, 3, "the last week, a month from the first day with rows on, the rest");
    }

    #[test]
    fn few_missing_days_are_read_at_once_and_many_are_not() {
        let budget = Duration::from_secs(10);
        assert!(is_affordable(None, 31, budget) && !is_affordable(None, 32, budget));
        let cost = Some(Cost { days: 10, took: Duration::from_secs(2) });
        assert!(is_affordable(cost, 50, budget) && !is_affordable(cost, 51, budget));
        let scan = Some(Cost { days: 31, took: Duration::from_secs(15) });
        assert!(!is_affordable(scan, 2, budget));
        assert!(is_affordable(scan, 1, budget), "today is always read");
    }

    #[test]
    fn a_pause_keeps_the_load() {
        assert_eq!(POLICY.pause(Duration::from_secs(2)), Duration::from_secs(6));
        assert_eq!(POLICY.pause(Duration::from_secs(600)), LONGEST_WAIT);
        let all = Policy { load: 1.0, ..POLICY };
        assert_eq!(all.pause(Duration::from_secs(2)), Duration::ZERO);
    }

    proptest! {
        /// Whatever is known and whenever it was looked at, every day is known and looked at in the
        /// end, no step goes beyond the window, and no day is read that is there.
        #[test]
        fn every_day_gets_its_turn(
            days in proptest::collection::btree_map(
                0_u16..80, (any::<bool>(), proptest::option::of(0_u64..100_000)), 0..80,
            ),
            now in 0_u64..100_000,
            batch in 0_u16..40,
        ) {
            let now = Duration::from_secs(now);
            let mut known: BTreeMap<Day, Known> = days
                .into_iter()
                .map(|(ago, (is_settled, checked))| {
                    let checked = checked.map(Duration::from_secs);
                    let is_empty = ago % 3 == 0;
                    (today().days_before(ago), Known { is_settled, checked, is_empty })
                })
                .collect();
            let window = POLICY.window(today());
            let (reads, _) = carry_out(&mut known, now, batch, 400);
            for range in reads {
                prop_assert!(window.first <= range.first && range.last <= window.last);
                prop_assert!(range.first <= range.last);
            }
            prop_assert!(window.days().all(|day| known[&day].checked.is_some()));
        }
    }
}
