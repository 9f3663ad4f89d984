//! Days, moments and periods of the plant's local time, in the proleptic Gregorian calendar.

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

    /// The first day of its month.
    pub(crate) fn first_of_month(self) -> Self {
        Granularity::Month.begin(self)
    }
}

/// `YYYY-MM-DD`.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A moment of the plant's local time: seconds after 1970-01-01 00:00:00.
///
/// The MES writes local times without an offset, so that a day has 24 hours here, also where clocks
/// are changed in summer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub(crate) i64);

/// Seconds of a day.
const DAY_SECS: i64 = 86_400;

impl Moment {
    /// So many seconds after the day begins; negative ones lie before it.
    pub(crate) fn of(day: Day, secs: i64) -> Self {
        Self(i64::from(day.0) * DAY_SECS + secs)
    }

    /// Reads `YYYY-MM-DD HH:MM:SS`, also with `T`, without seconds, with a fraction of a second,
    /// which is cut off, or without time, which is midnight. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Day::parse(text)?;
        let time = text.as_bytes().get(11..).unwrap_or_default();
        let number = |digits: &[u8], below: i64| match digits {
            [tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
                Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
                    .filter(|number| *number < below)
            }
            _ => None,
        };
        let (hours, minutes, secs) = match time {
            [] if text.len() == 10 => (0, 0, 0),
            [h1, h2, b':', m1, m2, rest @ ..] => {
                let secs = match rest {
                    [] => 0,
                    [b':', s1, s2] => number(&[*s1, *s2], 60)?,
                    [b':', s1, s2, b'.', fraction @ ..]
                        if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) =>
                    {
                        number(&[*s1, *s2], 60)?
                    }
                    _ => return None,
                };
                (number(&[*h1, *h2], 24)?, number(&[*m1, *m2], 60)?, secs)
            }
            _ => return None,
        };
        Some(Self::of(day, (hours * 60 + minutes) * 60 + secs))
    }

    /// The moment when a calendar day begins.
    pub fn at_midnight(day: Day) -> Self {
        Self::of(day, 0)
    }

    /// The calendar day.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_SECS).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }

    /// Seconds from this moment to `later`; negative when that is earlier.
    pub fn secs_until(self, later: Self) -> i64 {
        later.0.saturating_sub(self.0)
    }
}

/// `YYYY-MM-DD HH:MM:SS`.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secs = self.0.rem_euclid(DAY_SECS);
        write!(f, "{} {:02}:{:02}:{:02}", self.day(), secs / 3600, secs / 60 % 60, secs % 60)
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
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// Every date from 2024-01-01, a Monday, to the end of 2027, by the lengths of months.
    pub(crate) fn dates() -> &'static [String] {
        static DATES: LazyLock<Vec<String>> = LazyLock::new(made_dates);
        &DATES
    }

    fn made_dates() -> Vec<String> {
        let mut dates = Vec::new();
        for year in 2024..2028 {
            let february = if year == 2024 { 29 } else { 28 };
            for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
            {
                dates.extend((1..=length).map(|day| format!("{year}-{month:02}-{day:02}")));
            }
        }
        dates
    }

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
    fn moments_are_read_and_written_to_the_second() {
        for (text, written) in [
            ("2026-11-20 07:29:59", "2026-11-20 07:29:59"),
            ("2026-11-20T07:29:59.999", "2026-11-20 07:29:59"),
            ("2026-11-20 07:29", "2026-11-20 07:29:00"),
            ("2026-11-20", "2026-11-20 00:00:00"),
            ("0001-01-01 00:00:00", "0001-01-01 00:00:00"),
            ("1969-12-31 23:59:59", "1969-12-31 23:59:59"),
            ("9999-12-31 23:59:59", "9999-12-31 23:59:59"),
        ] {
            let moment = Moment::parse(text);
            assert_eq!(moment.map(|moment| moment.to_string()).as_deref(), Some(written));
            assert_eq!(moment.map(Moment::day), Day::parse(text));
        }
        for text in [
            "",
            "2026-11-20 ",
            "2026-11-20T",
            "2026-11-20 24:00:00",
            "2026-11-20 07:60:00",
            "2026-11-20 07:00:60",
            "2026-11-20 07:00:00.",
            "2026-11-20 07:00:00Z",
            "2026-11-20 7:00:00",
            "2026-11-20 07",
            "2026-11-20 07:0０",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(Moment::parse("1970-01-02"), Some(Moment(86_400)));
        assert_eq!(Moment(-1).day(), day("1969-12-31"));
        assert_eq!(Moment(5).secs_until(Moment(2)), -3);
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
