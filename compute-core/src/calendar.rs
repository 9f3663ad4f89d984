//! Days and the periods that they belong to, in the proleptic Gregorian calendar.

use serde::{Deserialize, Serialize};

/// A day: how many days after 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub(crate) i32);

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i32 = 719_468;
/// Days of 400 years, after which the calendar repeats itself.
const CYCLE: i32 = 146_097;

impl Day {
    /// Reads the date that `text` begins with: `YYYY-MM-DD`, alone or with a time after it.
    /// `None` for anything that is no such date.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let date = bytes.get(..10)?;
        if date[4] != b'-' || date[7] != b'-' || !matches!(bytes.get(10), None | Some(b' ' | b'T'))
        {
            return None;
        }
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0'))
            })
        };
        let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
        let found = Self::of(year, month, day);
        // A 31st of April would be read as the 1st of May.
        (year > 0 && found.civil() == (year, month, day)).then_some(found)
    }

    /// Years begin in March here, so that the leap day is a year's last.
    fn of(year: i32, month: i32, day: i32) -> Self {
        let year = if month > 2 { year } else { year - 1 };
        let month = (month + 9) % 12;
        let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Self(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - EPOCH)
    }

    /// Year, month and day of the month.
    fn civil(self) -> (i32, i32, i32) {
        let days = self.0 + EPOCH;
        let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
        // Takes out the leap days before it: of 4 years, of 100 years, and of the cycle.
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (year * 365 + year / 4 - year / 100);
        let from_march = (of_year * 5 + 2) / 153;
        let of_month = of_year - (from_march * 153 + 2) / 5 + 1;
        let month = (from_march + 2) % 12 + 1;
        (cycle * 400 + year + i32::from(month <= 2), month, of_month)
    }

    /// The day after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day that is so many days earlier.
    pub fn days_before(self, days: u16) -> Self {
        Self(self.0.saturating_sub(i32::from(days)))
    }

    /// Days from this day to `later`; negative when that is earlier.
    pub fn days_until(self, later: Self) -> i32 {
        later.0.saturating_sub(self.0)
    }
}

/// `YYYY-MM-DD`.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// How long the periods are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Single days.
    #[default]
    Day,
    /// ISO weeks, which begin on Monday.
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

impl Granularity {
    /// The first day of the period that a day belongs to; it may lie before the range.
    pub(crate) fn begin(self, day: Day) -> Day {
        let (year, month, _) = day.civil();
        match self {
            Self::Day => day,
            // 1970-01-01 was a Thursday.
            Self::Week => Day(day.0 - (day.0 + 3).rem_euclid(7)),
            Self::Month => Day::of(year, month, 1),
            Self::Year => Day::of(year, 1, 1),
        }
    }

    /// How the period that begins on this day is called: `YYYY-MM-DD` (of a week: its Monday),
    /// `YYYY-MM` or `YYYY`.
    pub(crate) fn label(self, begin: Day) -> String {
        let mut label = begin.to_string();
        match self {
            Self::Day | Self::Week => {}
            Self::Month => label.truncate(7),
            Self::Year => label.truncate(4),
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap_or_else(|| panic!("{text} is a date"))
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let lengths = |year: i32| {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let mut expected = day("1600-01-01");
        for year in 1600..2400 {
            for (month, length) in (1..).zip(lengths(year)) {
                for of_month in 1..=length {
                    let text = format!("{year:04}-{month:02}-{of_month:02}");
                    assert_eq!(Day::parse(&text), Some(expected), "{text}");
                    assert_eq!(expected.to_string(), text);
                    expected = Day(expected.0 + 1);
                }
                assert_eq!(Day::parse(&format!("{year:04}-{month:02}-{:02}", length + 1)), None);
            }
        }
        assert_eq!(day("1970-01-01"), Day(0));
    }

    #[test]
    fn only_dates_are_read() {
        assert_eq!(Day::parse("2026-11-20 07:59:59"), Day::parse("2026-11-20"));
        assert_eq!(Day::parse("2026-11-20T07:59:59"), Day::parse("2026-11-20"));
        for text in [
            "",
            "2026",
            "2026-11-2",
            "2026-11-20x",
            "2026/11/20",
            "0000-01-01",
            "2026-00-10",
            "2026-13-01",
            "2026-11-00",
            "２０26-11-20",
            "+026-11-20",
            "-026-11-20",
            "2026-1 -20",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn periods_are_called_by_their_first_day() {
        let labels = |text: &str| {
            [Granularity::Day, Granularity::Week, Granularity::Month, Granularity::Year]
                .map(|granularity| granularity.label(granularity.begin(day(text))))
        };
        assert_eq!(labels("2026-11-20"), ["2026-11-20", "2026-11-16", "2026-11", "2026"]);
        // ISO week 53 of 2026 holds the first days of 2027.
        assert_eq!(labels("2027-01-03"), ["2027-01-03", "2026-12-28", "2027-01", "2027"]);
        assert_eq!(labels("2027-01-04")[1], "2027-01-04");
        assert_eq!(labels("1969-12-28")[1], "1969-12-22");
    }
}
