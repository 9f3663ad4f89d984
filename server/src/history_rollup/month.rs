//! Months, into which the days are partitioned.

use std::fmt;

use compute_core::history::Day;

/// A month of the calendar: its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(Day);

impl Month {
    /// The month of a day.
    pub(super) fn of(day: Day) -> Self {
        Self::parse(&day.to_string()[..7]).unwrap_or(Self(day))
    }

    /// Reads `YYYY-MM`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Day::parse(&format!("{text}-01")).filter(|_| text.len() == 7).map(Self)
    }

    /// Its days.
    pub(super) fn days(self) -> impl Iterator<Item = Day> {
        let days = std::iter::successors(Some(self.0), |day| Some(day.next()));
        days.take_while(move |day| Self::of(*day) == self)
    }

    pub(super) fn first(self) -> Day {
        self.0
    }

    pub(super) fn last(self) -> Day {
        self.days().last().unwrap_or(self.0)
    }
}

/// `YYYY-MM`.
impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_string()[..7])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_its_days() {
        let month = Month::parse("2024-02").unwrap();
        assert_eq!(month.days().count(), 29);
        assert_eq!(month.last().to_string(), "2024-02-29");
        assert_eq!(Month::of(month.last()), month);
        assert_eq!(month.to_string(), "2024-02");
        for text in ["2024-13", "2024-2", "2024-02-01", "x"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
