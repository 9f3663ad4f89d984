//! Moments: dates with or without a time of day, as `YYYY-MM-DD HH:MM:SS` of the plant.

use std::borrow::Cow;

use compute_core::quality::Reason;
use compute_core::site_rules::ShortDates;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::{Raw, text};

/// Reads a moment. Fractions of a second are cut off.
pub(super) fn read<'a>(
    raw: Raw<'a>,
    zone: &TimeZone,
    short: ShortDates,
) -> Result<Option<Cow<'a, str>>, Reason> {
    let cell = match raw {
        Raw::Null => return Ok(None),
        Raw::Bytes => return Err(Reason::Unreadable),
        Raw::Text(cell) => cell,
        Raw::Integer(number) => return of_text(&number.to_string(), zone, short).map(owned),
        Raw::Real(number) => return of_text(&number.to_string(), zone, short).map(owned),
        Raw::Number(digits) => {
            let whole = digits.split_once('.').map_or(digits, |(whole, fraction)| {
                if fraction.bytes().all(|byte| byte == b'0') { whole } else { digits }
            });
            return of_text(whole, zone, short);
        }
    };
    of_text(text::trimmed(cell), zone, short)
}

fn owned(cell: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    cell.map(|cell| Cow::Owned(cell.into_owned()))
}

fn of_text<'a>(
    cell: &'a str,
    zone: &TimeZone,
    short: ShortDates,
) -> Result<Option<Cow<'a, str>>, Reason> {
    if cell.is_empty() {
        return Ok(None);
    }
    if is_canonical(cell) {
        return Ok(Some(Cow::Borrowed(cell)));
    }
    let words = ["infinity", "-infinity", "+infinity"];
    if words.iter().any(|word| word.eq_ignore_ascii_case(cell)) {
        return Err(Reason::OutOfRange);
    }
    let cell = text::halfwidth(cell);
    let spelled = Parser { rest: &cell }.spelled(short).ok_or(Reason::Unreadable)?;
    let moment = spelled.moment(zone)?;
    if !(1..=9999).contains(&moment.year()) {
        return Err(Reason::OutOfRange);
    }
    let (date, time) = (moment.date(), moment.time());
    Ok(Some(Cow::Owned(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    ))))
}

/// Whether a text is a possible `YYYY-MM-DD HH:MM:SS` already.
fn is_canonical(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let shape = b"0000-00-00 00:00:00";
    if bytes.len() != shape.len()
        || !bytes.iter().zip(shape).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
    {
        return false;
    }
    let two = |place: usize| (bytes[place] - b'0') * 10 + bytes[place + 1] - b'0';
    let year = i16::from(two(0)) * 100 + i16::from(two(2));
    let (month, day) = (two(5), two(8));
    year >= 1
        && (1..=12).contains(&month)
        && day >= 1
        && (day <= 28 || Date::new(year, month as i8, day as i8).is_ok())
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
}

/// The parts of a spelling.
struct Spelled {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// Seconds east of Greenwich.
    offset: Option<i32>,
    is_before_christ: bool,
}

impl Spelled {
    fn moment(&self, zone: &TimeZone) -> Result<DateTime, Reason> {
        if self.is_before_christ || self.year > 9999 {
            return Err(Reason::OutOfRange);
        }
        let small = |number: u32| i8::try_from(number).map_err(|_| Reason::Unreadable);
        let year = i16::try_from(self.year).map_err(|_| Reason::OutOfRange)?;
        let date = Date::new(year, small(self.month)?, small(self.day)?);
        let date = date.map_err(|_| Reason::Unreadable)?;
        // 24:00 is the midnight at the end of the day.
        let is_end = (self.hour, self.minute, self.second) == (24, 0, 0);
        let hour = if is_end { 0 } else { self.hour };
        let time = Time::new(small(hour)?, small(self.minute)?, small(self.second)?, 0);
        let time = time.map_err(|_| Reason::Unreadable)?;
        let date = if is_end { date.tomorrow().map_err(|_| Reason::OutOfRange)? } else { date };
        let moment = date.to_datetime(time);
        let Some(offset) = self.offset else { return Ok(moment) };
        let offset = Offset::from_seconds(offset).map_err(|_| Reason::Unreadable)?;
        let instant = offset.to_timestamp(moment).map_err(|_| Reason::OutOfRange)?;
        Ok(zone.to_datetime(instant))
    }
}

/// Takes a spelling apart from the left.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// Takes one of some texts.
    fn take(&mut self, texts: &[&str]) -> Option<usize> {
        let place = texts.iter().position(|text| {
            self.rest.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text))
        })?;
        self.rest = &self.rest[texts[place].len()..];
        Some(place)
    }

    /// Takes all digits that come next.
    fn digits(&mut self) -> &'a str {
        let end = self.rest.find(|character: char| !character.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        digits
    }

    /// Takes a number of so many digits at most.
    fn number(&mut self, longest: usize) -> Option<u32> {
        let digits = self.digits();
        if (1..=longest).contains(&digits.len()) { digits.parse().ok() } else { None }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn spelled(mut self, short: ShortDates) -> Option<Spelled> {
        let begin = self.digits();
        let (year, month, day) = match begin.len() {
            8 | 12 | 14 | 17 => return self.compact(begin),
            4..=6 => {
                let year = begin.parse().ok()?;
                if self.take(&["年"]).is_some() {
                    let month = self.number(2)?;
                    self.take(&["月"])?;
                    let day = self.number(2)?;
                    self.take(&["日"])?;
                    (year, month, day)
                } else {
                    let (month, day) = self.two_parts(2)?;
                    (year, month, day)
                }
            }
            1 | 2 if short != ShortDates::None => {
                let first: u32 = begin.parse().ok()?;
                let separator = ["/", "-", "."][self.take(&["/", "-", "."])?];
                let second = self.number(2)?;
                self.take(&[separator])?;
                let digits = self.digits();
                let year: i32 = digits.parse().ok()?;
                let year = match digits.len() {
                    2 => 2000 + year,
                    4 => year,
                    _ => return None,
                };
                match short {
                    ShortDates::DayFirst => (year, second, first),
                    _ => (year, first, second),
                }
            }
            _ => return None,
        };
        self.with_time(year, month, day)
    }

    /// Two numbers, each after the same separator.
    fn two_parts(&mut self, longest: usize) -> Option<(u32, u32)> {
        let separator = ["-", "/", "."][self.take(&["-", "/", "."])?];
        let first = self.number(longest)?;
        self.take(&[separator])?;
        Some((first, self.number(longest)?))
    }

    /// `YYYYMMDD`, alone, with a time after it, or with `HHMM`, `HHMMSS` and a fraction joined to it.
    fn compact(mut self, digits: &str) -> Option<Spelled> {
        let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
        let (year, month, day) = (part(0..4)? as i32, part(4..6)?, part(6..8)?);
        if digits.len() == 8 {
            return self.with_time(year, month, day);
        }
        let (hour, minute) = (part(8..10)?, part(10..12)?);
        let second = if digits.len() == 12 { 0 } else { part(12..14)? };
        if self.take(&[".", ","]).is_some() {
            self.digits();
        }
        self.finish(Spelled {
            year,
            month,
            day,
            hour,
            minute,
            second,
            offset: None,
            is_before_christ: false,
        })
    }

    /// The time of day after a date: a blank, `T` or (before `HH.MM.SS`) `-`, then the time.
    fn with_time(mut self, year: i32, month: u32, day: u32) -> Option<Spelled> {
        let mut spelled = Spelled {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            offset: None,
            is_before_christ: false,
        };
        let joined = self.take(&["T", "_", "-"]);
        self.blanks();
        let half = self.take(&["上午", "下午"]);
        self.blanks();
        let digits = self.digits();
        match digits.len() {
            0 if joined.is_none() && half.is_none() => return self.finish(spelled),
            1 | 2 => {
                spelled.hour = digits.parse().ok()?;
                // After a dash it is a time only with dots: it could be an offset.
                let allowed: &[&str] = if joined == Some(2) { &["."] } else { &[":", "."] };
                let separator = allowed[self.take(allowed)?];
                spelled.minute = self.number(2)?;
                if self.take(&[separator]).is_some() {
                    spelled.second = self.number(2)?;
                }
            }
            4 | 6 if joined != Some(2) => {
                spelled.hour = digits.get(..2)?.parse().ok()?;
                spelled.minute = digits.get(2..4)?.parse().ok()?;
                spelled.second = digits
                    .get(4..)
                    .map_or(Ok(0), |rest| if rest.is_empty() { Ok(0) } else { rest.parse() })
                    .ok()?;
            }
            _ => return None,
        }
        if self.take(&[".", ","]).is_some() && self.digits().is_empty() {
            return None;
        }
        self.blanks();
        let half = half.or_else(|| self.take(&["AM", "PM"]));
        if let Some(half) = half {
            if !(1..=12).contains(&spelled.hour) {
                return None;
            }
            spelled.hour = spelled.hour % 12 + if half == 1 { 12 } else { 0 };
        }
        self.finish(spelled)
    }

    /// The zone, and nothing after it.
    fn finish(mut self, mut spelled: Spelled) -> Option<Spelled> {
        self.blanks();
        if self.take(&["Z", "UTC", "GMT"]).is_some() {
            spelled.offset = Some(0);
        } else if let Some(sign) = self.take(&["+", "-"]) {
            let digits = self.digits();
            let part = |range| digits.get::<std::ops::Range<usize>>(range)?.parse::<i32>().ok();
            let (hours, minutes) = match digits.len() {
                1 | 2 => (digits.parse().ok()?, 0),
                4 => (part(0..2)?, part(2..4)?),
                _ => return None,
            };
            let mut seconds = hours * 3600 + minutes * 60;
            if digits.len() <= 2 && self.take(&[":"]).is_some() {
                seconds += self.number(2).filter(|minutes| *minutes < 60)? as i32 * 60;
                if self.take(&[":"]).is_some() {
                    seconds += self.number(2).filter(|seconds| *seconds < 60)? as i32;
                }
            }
            if hours > 15 || minutes > 59 {
                return None;
            }
            spelled.offset = Some(if sign == 1 { -seconds } else { seconds });
        }
        self.blanks();
        spelled.is_before_christ = self.take(&["BC"]).is_some();
        self.rest.is_empty().then_some(spelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Result<Option<String>, Reason> {
        read_with(cell, ShortDates::None)
    }

    fn read_with(cell: &str, short: ShortDates) -> Result<Option<String>, Reason> {
        let zone = TimeZone::get("Asia/Taipei").unwrap();
        super::read(Raw::Text(cell), &zone, short).map(|cell| cell.map(Cow::into_owned))
    }

    fn moment(cell: &str) -> String {
        read(cell).ok().flatten().unwrap_or_else(|| panic!("{cell:?}: {:?}", read(cell)))
    }

    #[test]
    fn moments_take_one_form() {
        for cell in [
            "2026-11-20 08:00:00",
            "2026-11-20T08:00:00",
            "2026-11-20t08:00:00.123456",
            "2026-11-20 08:00:00,123",
            "2026/11/20 08:00:00",
            "2026/11/20 8:00",
            "2026.11.20 08:00",
            "2026-11-20  08:00:00 ",
            "2026-11-20-08.00.00.000000",
            "2026-11-20 8:00:00 AM",
            "2026/11/20 上午 08:00:00",
            "2026年11月20日 08:00:00",
            "２０２６-11-20 08:00:00",
            "2026-11-20\u{3000}08:00:00",
            "20261120080000",
            "202611200800",
            "20261120080000.123",
            "20261120080000123",
            "20261120 080000",
            "20261120T0800",
            "20261120 08:00:00",
            "2026-11-20 00:00:00Z",
            "2026-11-20T00:00:00.000Z",
            "2026-11-20 00:00:00 UTC",
            "2026-11-20 08:00:00+08",
            "2026-11-20 08:00:00+0800",
            "2026-11-20T08:00:00+08:00",
            "2026-11-20 09:00:00 +09:00",
            "2026-11-19 19:00:00-05:00",
            "20261120T000000Z",
        ] {
            assert_eq!(moment(cell), "2026-11-20 08:00:00", "{cell:?}");
        }
        for cell in ["2026-01-05", "2026/1/5", "20260105", "2026.01.05", "2026年1月5日"] {
            assert_eq!(moment(cell), "2026-01-05 00:00:00", "{cell:?}");
        }
        assert_eq!(moment("2026-11-20 12:30 AM"), "2026-11-20 00:30:00");
        assert_eq!(moment("2026/11/20 下午 12:30"), "2026-11-20 12:30:00");
        assert_eq!(moment("2026-12-31 24:00"), "2027-01-01 00:00:00");
        assert_eq!(moment("2028-02-29"), "2028-02-29 00:00:00");
        assert_eq!(moment("0001-01-01"), "0001-01-01 00:00:00");
    }

    #[test]
    fn typed_numbers_are_moments_too() {
        let zone = TimeZone::UTC;
        for (raw, expected) in [
            (Raw::Integer(20_261_120), "2026-11-20 00:00:00"),
            (Raw::Integer(20_261_120_080_000), "2026-11-20 08:00:00"),
            (Raw::Real(20_261_120.0), "2026-11-20 00:00:00"),
            (Raw::Number("20261120080000.00"), "2026-11-20 08:00:00"),
        ] {
            let found = super::read(raw, &zone, ShortDates::None);
            assert_eq!(found.unwrap().as_deref(), Some(expected), "{raw:?}");
        }
        for raw in [Raw::Integer(7), Raw::Integer(1_700_000_000), Raw::Real(1.5), Raw::Bytes] {
            assert_eq!(super::read(raw, &zone, ShortDates::None), Err(Reason::Unreadable));
        }
    }

    #[test]
    fn what_is_no_moment_is_missing() {
        assert_eq!(read(" "), Ok(None));
        for cell in [
            "soon",
            "2026",
            "2026-11",
            "2026-02-30",
            "2026-02-29 08:00:00",
            "2026-13-01",
            "2026-11-20 25:00:00",
            "2026-11-20 08:60",
            "2026-11-20 24:01",
            "2026-11-20T",
            "2026-11-20 08",
            "2026-11-20x",
            "11/20/26",
            "11/20/2026",
            "20.11.2026",
            "2026-11/20",
            "20261345",
            "2026-11-20 13:00 PM",
            "2026-11-20 08:00:00+99",
            "0-11-20",
            "0000-01-01 00:00:00",
            "26-11-20",
            "2026-11-20 08:00:00 CST",
        ] {
            assert!(read(cell).is_err(), "{cell:?}: {:?}", read(cell));
        }
        for cell in [
            "infinity",
            "-Infinity",
            "0044-03-15 BC",
            "0044-03-15 08:00:00 BC",
            "10000-01-01",
            "294276-12-31 00:00:00",
            "9999-12-31 23:00:00-05",
        ] {
            assert_eq!(read(cell), Err(Reason::OutOfRange), "{cell:?}");
        }
    }

    #[test]
    fn short_dates_need_the_sites_order() {
        for (cell, short) in [
            ("11/20/26", ShortDates::MonthFirst),
            ("11/20/2026 12:00:00 AM", ShortDates::MonthFirst),
            ("20.11.2026 00:00", ShortDates::DayFirst),
            ("20-11-26", ShortDates::DayFirst),
        ] {
            assert_eq!(
                read_with(cell, short),
                Ok(Some("2026-11-20 00:00:00".to_owned())),
                "{cell:?}"
            );
        }
        assert_eq!(read_with("20/11/26", ShortDates::MonthFirst), Err(Reason::Unreadable));
    }
}
