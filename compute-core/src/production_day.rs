//! The plant's day, its shifts, and the ranges of time that are named after them.
//!
//! A production day begins at `PLANT_DAY_START` and has the name of the calendar day on which it
//! begins: at 07:29 of the 20th, with a start at 07:30, it is the 19th. Its shifts follow one another
//! without a gap. Times are local times of the plant, whose days always have 24 hours.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, Moment};

/// Minutes of a day.
const DAY_MINUTES: u16 = 1_440;
/// Most shifts of a day.
const MOST_SHIFTS: usize = 24;

/// When days and shifts begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftPlan {
    /// Minutes after midnight.
    day_start: u16,
    /// Minutes of each shift; together one day, none empty.
    lengths: Vec<u16>,
}

/// Two shifts of 12 hours from 07:30.
impl Default for ShiftPlan {
    fn default() -> Self {
        Self { day_start: 7 * 60 + 30, lengths: vec![12 * 60; 2] }
    }
}

/// Why a setting is no plan of shifts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShiftPlanError {
    /// The start of the day is no time.
    #[error("\"{found}\" is no time of day; write it as HH:MM, such as 07:30")]
    NoTime {
        /// What was found.
        found: String,
    },
    /// A shift has no length.
    #[error("\"{found}\" is no length of a shift; write hours, such as 12 or 7:30")]
    NoLength {
        /// What was found.
        found: String,
    },
    /// The shifts are shorter or longer than a day.
    #[error("the shifts have {minutes} minutes together; a day has 1440")]
    NotADay {
        /// Their sum.
        minutes: u32,
    },
    /// More shifts than anything shows.
    #[error("{count} shifts are too many; at most {MOST_SHIFTS}")]
    TooMany {
        /// How many.
        count: usize,
    },
}

/// One shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// The production day that it belongs to.
    pub day: Day,
    /// Its place in the day, from 0.
    pub number: u8,
}

/// A range of time that needs no dates to be asked for. "Now" is that of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NamedRange {
    /// The shift that is on.
    ThisShift,
    /// The shift before it.
    LastShift,
    /// The production day that has begun.
    Today,
    /// The production day before it.
    Yesterday,
    /// Seven production days, today the last.
    Last7Days,
    /// Thirty production days, today the last.
    Last30Days,
    /// From the first production day of the month to today.
    ThisMonth,
    /// All production days of the month before.
    LastMonth,
}

impl NamedRange {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 8] = [
        Self::ThisShift,
        Self::LastShift,
        Self::Today,
        Self::Yesterday,
        Self::Last7Days,
        Self::Last30Days,
        Self::ThisMonth,
        Self::LastMonth,
    ];
}

/// `H` or `H:MM` as minutes.
fn minutes(text: &str) -> Option<u16> {
    let number = |text: &str| {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        is_short.then(|| text.parse::<u16>().ok()).flatten()
    };
    match text.split_once(':') {
        None => Some(number(text)? * 60),
        Some((hours, minutes)) if minutes.len() == 2 => {
            Some(number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?)
        }
        Some(_) => None,
    }
}

impl ShiftPlan {
    /// Reads the settings `PLANT_DAY_START` (`HH:MM`) and `PLANT_SHIFTS` (hours of each shift as `H`
    /// or `H:MM`, separated by commas).
    ///
    /// # Errors
    /// The start is no time of day, a length is none, or the lengths are no day together.
    pub fn parse(day_start: &str, shifts: &str) -> Result<Self, ShiftPlanError> {
        let start = day_start.trim();
        let day_start = minutes(start)
            .filter(|minutes| *minutes < DAY_MINUTES && start.contains(':'))
            .ok_or_else(|| ShiftPlanError::NoTime { found: start.to_owned() })?;
        let length = |text: &str| {
            let text = text.trim();
            let length = minutes(text).filter(|length| *length > 0);
            length.ok_or_else(|| ShiftPlanError::NoLength { found: text.to_owned() })
        };
        let count = shifts.split(',').count();
        if count > MOST_SHIFTS {
            return Err(ShiftPlanError::TooMany { count });
        }
        let lengths = shifts.split(',').map(length).collect::<Result<Vec<u16>, _>>()?;
        let minutes = lengths.iter().map(|length| u32::from(*length)).sum();
        if minutes != u32::from(DAY_MINUTES) {
            return Err(ShiftPlanError::NotADay { minutes });
        }
        Ok(Self { day_start, lengths })
    }

    /// `PLANT_DAY_START` of this plan.
    pub fn day_start(&self) -> String {
        format!("{:02}:{:02}", self.day_start / 60, self.day_start % 60)
    }

    /// `PLANT_SHIFTS` of this plan.
    pub fn shifts(&self) -> String {
        let length = |length: &u16| match length % 60 {
            0 => (length / 60).to_string(),
            minutes => format!("{}:{minutes:02}", length / 60),
        };
        self.lengths.iter().map(length).collect::<Vec<String>>().join(",")
    }

    /// Number of shifts of a day.
    pub fn shift_count(&self) -> u8 {
        self.lengths.len() as u8
    }

    /// The moment when a production day begins.
    pub fn begin(&self, day: Day) -> Moment {
        Moment::of(day, i64::from(self.day_start) * 60)
    }

    /// The production day that a moment belongs to.
    pub fn day_of(&self, moment: Moment) -> Day {
        Moment(moment.0.saturating_sub(i64::from(self.day_start) * 60)).day()
    }

    /// The shift that a moment belongs to.
    pub fn shift_of(&self, moment: Moment) -> Shift {
        let day = self.day_of(moment);
        let mut left = self.begin(day).secs_until(moment) / 60;
        let passed = self.lengths.iter().take_while(|length| {
            left -= i64::from(**length);
            left >= 0
        });
        Shift { day, number: passed.count() as u8 }
    }

    /// From the beginning of a shift to its end, which it doesn't contain. A number beyond the last
    /// shift is an empty range at the end of the day.
    pub fn span(&self, shift: Shift) -> Range<Moment> {
        let until = |count: usize| {
            let minutes: i64 = self.lengths.iter().take(count).map(|one| i64::from(*one)).sum();
            Moment(self.begin(shift.day).0 + minutes * 60)
        };
        until(usize::from(shift.number))..until(usize::from(shift.number) + 1)
    }

    /// From the beginning of the first production day to the end of the last one, which it doesn't
    /// contain.
    pub fn days(&self, first: Day, last: Day) -> Range<Moment> {
        self.begin(first)..self.begin(last.next())
    }

    /// The production day of the last moment of a range that has any.
    pub fn last_day(&self, range: &Range<Moment>) -> Day {
        self.day_of(Moment(range.end.0.saturating_sub(1)))
    }

    /// What a name means at a moment. Days that have begun and shifts are whole: they end after `now`.
    pub fn named(&self, range: NamedRange, now: Moment) -> Range<Moment> {
        let (today, shift) = (self.day_of(now), self.shift_of(now));
        let month = today.first_of_month();
        match range {
            NamedRange::ThisShift => self.span(shift),
            NamedRange::LastShift => {
                let begin = self.span(shift).start;
                self.span(self.shift_of(Moment(begin.0 - 1)))
            }
            NamedRange::Today => self.days(today, today),
            NamedRange::Yesterday => self.days(today.days_before(1), today.days_before(1)),
            NamedRange::Last7Days => self.days(today.days_before(6), today),
            NamedRange::Last30Days => self.days(today.days_before(29), today),
            NamedRange::ThisMonth => self.days(month, today),
            NamedRange::LastMonth => {
                let last = month.days_before(1);
                self.days(last.first_of_month(), last)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::tests::dates;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap_or_else(|| panic!("{text} is a moment"))
    }

    fn shown(range: &Range<Moment>) -> String {
        format!("{} – {}", range.start, range.end)
    }

    #[test]
    fn settings_are_read_and_written() {
        for (day_start, shifts, written) in [
            ("07:30", "12,12", ("07:30", "12,12")),
            (" 7:30 ", " 8 , 8,8", ("07:30", "8,8,8")),
            ("00:00", "24", ("00:00", "24")),
            ("23:59", "7:30,8:30,08:00", ("23:59", "7:30,8:30,8")),
        ] {
            let plan = ShiftPlan::parse(day_start, shifts).unwrap();
            assert_eq!((plan.day_start().as_str(), plan.shifts().as_str()), written);
            assert_eq!(ShiftPlan::parse(&plan.day_start(), &plan.shifts()), Ok(plan));
        }
        let standard = ShiftPlan::default();
        assert_eq!(ShiftPlan::parse("07:30", "12,12"), Ok(standard));
        for (day_start, shifts, message) in [
            ("", "24", "\"\" is no time of day; write it as HH:MM, such as 07:30"),
            ("7", "24", "\"7\" is no time of day; write it as HH:MM, such as 07:30"),
            ("24:00", "24", "\"24:00\" is no time of day; write it as HH:MM, such as 07:30"),
            ("7:3", "24", "\"7:3\" is no time of day; write it as HH:MM, such as 07:30"),
            ("+7:30", "24", "\"+7:30\" is no time of day; write it as HH:MM, such as 07:30"),
            ("7:30", "", "\"\" is no length of a shift; write hours, such as 12 or 7:30"),
            ("7:30", "12,", "\"\" is no length of a shift; write hours, such as 12 or 7:30"),
            ("7:30", "24,0", "\"0\" is no length of a shift; write hours, such as 12 or 7:30"),
            ("7:30", "12h", "\"12h\" is no length of a shift; write hours, such as 12 or 7:30"),
            ("7:30", "12,8", "the shifts have 1200 minutes together; a day has 1440"),
            ("7:30", &["1"; 25].join(","), "25 shifts are too many; at most 24"),
        ] {
            let error = ShiftPlan::parse(day_start, shifts).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn ranges_are_named_after_now() {
        let plan = ShiftPlan::default();
        let at = |now: &str| NamedRange::ALL.map(|range| shown(&plan.named(range, moment(now))));
        // In the night shift, on the first calendar day of a month.
        assert_eq!(
            at("2026-03-01 07:29:59"),
            [
                "2026-02-28 19:30:00 – 2026-03-01 07:30:00",
                "2026-02-28 07:30:00 – 2026-02-28 19:30:00",
                "2026-02-28 07:30:00 – 2026-03-01 07:30:00",
                "2026-02-27 07:30:00 – 2026-02-28 07:30:00",
                "2026-02-22 07:30:00 – 2026-03-01 07:30:00",
                "2026-01-30 07:30:00 – 2026-03-01 07:30:00",
                "2026-02-01 07:30:00 – 2026-03-01 07:30:00",
                "2026-01-01 07:30:00 – 2026-02-01 07:30:00",
            ]
        );
        assert_eq!(
            at("2026-03-01 07:30:00"),
            [
                "2026-03-01 07:30:00 – 2026-03-01 19:30:00",
                "2026-02-28 19:30:00 – 2026-03-01 07:30:00",
                "2026-03-01 07:30:00 – 2026-03-02 07:30:00",
                "2026-02-28 07:30:00 – 2026-03-01 07:30:00",
                "2026-02-23 07:30:00 – 2026-03-02 07:30:00",
                "2026-01-31 07:30:00 – 2026-03-02 07:30:00",
                "2026-03-01 07:30:00 – 2026-03-02 07:30:00",
                "2026-02-01 07:30:00 – 2026-03-01 07:30:00",
            ]
        );
    }

    fn plans() -> impl Strategy<Value = ShiftPlan> {
        let ends = vec(1..DAY_MINUTES, 0..5).prop_map(|mut ends| {
            ends.push(DAY_MINUTES);
            ends.sort_unstable();
            ends.dedup();
            let begins = [0].into_iter().chain(ends.clone());
            ends.iter().zip(begins).map(|(end, begin)| end - begin).collect::<Vec<u16>>()
        });
        (0..DAY_MINUTES, ends).prop_map(|(day_start, lengths)| ShiftPlan { day_start, lengths })
    }

    /// The production day of `date` at minute `minute`, by comparing texts.
    fn naive_day(plan: &ShiftPlan, place: usize, minute: u16) -> String {
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        dates()[if time < plan.day_start() { place - 1 } else { place }].clone()
    }

    proptest! {
        #[test]
        fn days_and_shifts_are_those_of_the_naive_twin(
            plan in plans(), place in 1_usize..1_400, minute in 0..DAY_MINUTES, second in 0_i64..60
        ) {
            let now = moment(&dates()[place]);
            let now = Moment(now.0 + i64::from(minute) * 60 + second);
            let day = plan.day_of(now);
            prop_assert_eq!(day.to_string(), naive_day(&plan, place, minute));
            // Minute by minute from the beginning of the day, one shift after the other.
            let minutes_of_shifts: Vec<u8> = (0..)
                .zip(&plan.lengths)
                .flat_map(|(number, length)| vec![number; usize::from(*length)])
                .collect();
            let since = (u32::from(minute) + 1_440 - u32::from(plan.day_start)) % 1_440;
            let shift = plan.shift_of(now);
            prop_assert_eq!(shift, Shift { day, number: minutes_of_shifts[since as usize] });
            prop_assert!(plan.span(shift).contains(&now));
        }

        #[test]
        fn shifts_of_a_day_are_the_day_and_days_follow_one_another(
            plan in plans(), place in 1_usize..1_400
        ) {
            let day = Day::parse(&dates()[place]).unwrap();
            let mut end = plan.begin(day);
            for number in 0..plan.shift_count() {
                let span = plan.span(Shift { day, number });
                prop_assert_eq!(span.start, end);
                prop_assert!(span.end > span.start);
                end = span.end;
            }
            prop_assert_eq!(end, plan.begin(day.next()));
            prop_assert_eq!(plan.days(day, day), plan.begin(day)..end);
            prop_assert_eq!(plan.day_of(Moment(end.0 - 1)), day);
            prop_assert_eq!(plan.day_of(end), day.next());
        }

        #[test]
        fn named_ranges_join_and_hold_now(plan in plans(), place in 40_usize..1_400, secs in 0_i64..86_400) {
            let now = Moment(moment(&dates()[place]).0 + secs);
            let [shift, last_shift, today, yesterday, week, days30, month, last_month] =
                NamedRange::ALL.map(|range| plan.named(range, now));
            for range in [&shift, &today, &week, &days30, &month] {
                prop_assert!(range.contains(&now), "{}", shown(range));
            }
            prop_assert_eq!(last_shift.end, shift.start);
            prop_assert_eq!(yesterday.end, today.start);
            prop_assert_eq!(last_month.end, month.start);
            prop_assert_eq!(week.start.secs_until(week.end), 7 * 86_400);
            prop_assert_eq!(days30.start.secs_until(days30.end), 30 * 86_400);
            prop_assert!(plan.day_of(last_month.start).to_string().ends_with("-01"));
            prop_assert_eq!(plan.last_day(&today), plan.day_of(now));
            prop_assert_eq!(plan.last_day(&last_month).next(), plan.day_of(month.start));
        }
    }
}
