//! The SQL that tells rows of hours which the database adds up from those that are read one by one.

use compute_core::source_contract::MOST_HOURS;

use super::super::{Bound, Parameters};
use super::{HoursQuery, Spelled};
use crate::raw_cells::Declared;

/// Hours are added up in the database in this part of an hour, as the history does it.
pub(super) const UNITS_PER_HOUR: f64 = 10_000.0;

/// The SQL of what is added up and what is read row by row.
pub(super) struct Split {
    /// Whether a row is of the range and plain.
    pub(super) plain: String,
    /// Whether a row may be of the range and is not plain.
    pub(super) other: String,
    /// The day of a plain row.
    pub(super) day: String,
    /// The hours of a plain row in 1/10,000 h.
    pub(super) units: String,
}

/// Where rows of [`Split::other`] are. Most tables have times only that compare as days do, and far
/// fewer times than rows.
pub(super) struct Places {
    /// Whether a row's time compares as one of the range. An index on it serves.
    pub(super) in_range: String,
    /// Whether rows of a time may be of the range although it doesn't compare so: it depends on nothing
    /// but the time. Without such times, all rows of [`Split::other`] are `in_range`.
    pub(super) astray: String,
}

/// The split of SQLite, where every cell has a type of its own.
pub(super) fn of_cells(
    query: &HoursQuery,
    time: &str,
    hours: &str,
    parameters: &mut Parameters,
) -> (Split, Places) {
    let first = parameters.bind(Bound::Text(query.first.to_string()));
    let end = parameters.bind(Bound::Text(query.end.to_string()));
    // `YYYY-MM-DD`, alone or with ` HH:MM:SS` or `THH:MM:SS`, with or without a fraction: these
    // compare as days do.
    let plain_time = format!(
        "typeof({time}) = 'text' \
         and {time} glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*' and (length({time}) = 10 \
         or ({time} glob '??????????[ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9]*' \
         and substr({time}, 12, 2) < '24' and (length({time}) = 19 or (length({time}) > 20 \
         and substr({time}, 20, 1) = '.' and substr({time}, 21) not glob '*[^0-9]*'))))"
    );
    let in_range = format!("{time} >= {first} and {time} < {end}");
    let is_day = format!(
        "{time} >= '0001' and substr({time}, 6, 2) between '01' and '12' \
         and substr({time}, 9, 2) between '01' and '31'"
    );
    let plain_hours = format!(
        "({hours} is null or (typeof({hours}) in ('integer', 'real') \
         and {hours} between -{MOST_HOURS} and {MOST_HOURS}) or (typeof({hours}) = 'text' \
         and length({hours}) <= 12 and {hours} glob '[0-9]*' and {hours} not glob '*[^0-9.]*' \
         and {hours} not glob '*.*.*' and cast({hours} as real) <= {MOST_HOURS}))"
    );
    // Another spelling is passed over only when it is a date, of another month: what may be none is
    // read, and counted. Dates begin with the year and the month, apart or in digits only.
    let cell = format!("ltrim(cast({time} as text))");
    let month = format!(
        "cast(case when substr({cell}, 5, 1) glob '[0-9]' then substr({cell}, 5, 2) \
         else substr({cell}, 6, 2) end as integer)"
    );
    let (from, to) = (query.first.days_before(1).to_string(), query.end.next().to_string());
    let number = |day: &str| day[..7].replace('-', "");
    let digits = |from: usize, count: usize| {
        format!("substr({cell}, {from}, {count}) glob '{}'", "[0-9]".repeat(count))
    };
    let ends = |at: usize| format!("substr({cell}, {at}, 1) not glob '[0-9]'");
    let apart = format!(
        "{cell} glob '????[^0-9][0-9][^0-9][0-9]*' or {cell} glob '????[^0-9][0-9][0-9][^0-9][0-9]*'"
    );
    let in_digits = format!(
        "{} and ({} or ({} and {}) or ({} and {}))",
        digits(5, 4),
        ends(9),
        digits(9, 4),
        ends(13),
        digits(9, 6),
        ends(15)
    );
    let elsewhere = format!(
        "({} and substr({cell}, 1, 4) <> '0000' and ({apart} or ({in_digits})) \
         and {month} between 1 and 12 \
         and cast(substr({cell}, 1, 4) as integer) * 100 + {month} not between {} and {})",
        digits(1, 4),
        number(&from),
        number(&to)
    );
    let split = Split {
        plain: format!("{in_range} and {plain_time} and {plain_hours}"),
        // The cheapest condition comes first: nearly all rows are plain.
        other: format!(
            "({time} is null or (not ({in_range} and {plain_time} and {plain_hours}) \
             and not (not ({in_range}) and {plain_time} and {is_day}) and not {elsewhere}))"
        ),
        day: format!("substr({time}, 1, 10)"),
        units: format!("{hours} * {UNITS_PER_HOUR}"),
    };
    let astray = format!(
        "({time} is null or (not ({in_range}) and not ({plain_time} and {is_day}) \
         and not {elsewhere}))"
    );
    (split, Places { in_range, astray })
}

/// The split of PostgreSQL, where columns have types.
pub(super) fn of_columns(
    query: &HoursQuery,
    columns: &[Spelled; 4],
    parameters: &mut Parameters,
) -> Split {
    let [_, (time, of_time), _, (hours, of_hours)] = columns;
    let first = parameters.bind(Bound::Text(query.first.to_string()));
    let end = parameters.bind(Bound::Text(query.end.to_string()));
    let (plain_hours, number) = if *of_hours == Declared::Number {
        let plain = format!("{hours} between -{MOST_HOURS} and {MOST_HOURS}");
        (plain, format!("{hours}::numeric"))
    } else {
        let plain = format!("({hours}::text collate \"C\") ~ '^[0-9]{{1,4}}(\\.[0-9]+)?$'");
        (plain, format!("{hours}::text::numeric"))
    };
    // Guarded: the condition on the rows doesn't have to be looked at first.
    let units = format!("(case when {plain_hours} then {number} end) * {UNITS_PER_HOUR}");
    let plain_hours = format!("({hours} is null or {plain_hours})");
    if *of_time == Declared::Moment {
        // A time is compared bare, so that an index on the column serves.
        let in_range =
            format!("{time} >= {first}::text::timestamp and {time} < {end}::text::timestamp");
        return Split {
            plain: format!("{in_range} and {plain_hours}"),
            other: format!(
                "(({in_range} and not {plain_hours}) or {time} is null \
                 or {time} = 'infinity' or {time} = '-infinity')"
            ),
            day: format!("to_char({time}, 'YYYY-MM-DD')"),
            units,
        };
    }
    let cell = format!("({time}::text collate \"C\")");
    // `YYYY-MM-DD`, alone or with ` HH:MM:SS` or `THH:MM:SS`, with or without a fraction: these
    // compare as days do.
    let plain_time = format!(
        "{cell} ~ '^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?)?$'"
    );
    let in_range = format!("{cell} >= {first} and {cell} < {end}");
    let months = parameters.bind(Bound::Text(months(query)));
    // Another spelling is passed over only when it is a date, of another month: what may be none is
    // read, and counted. Dates begin with the year and the month, apart or in digits only.
    let elsewhere = format!(
        "({cell} ~ '^\\s*(?!0000)[0-9]{{4}}([^0-9](0?[1-9]|1[0-2])[^0-9][0-9]\
         |(0[1-9]|1[0-2])[0-9]{{2}}([0-9]{{4}}|[0-9]{{6}})?([^0-9]|$))' and {cell} !~ {months})"
    );
    Split {
        plain: format!("{in_range} and {plain_time} and {plain_hours}"),
        other: format!(
            "({time} is null or (not ({plain_time} and (not ({in_range}) or {plain_hours})) \
             and not {elsewhere}))"
        ),
        day: format!("left({cell}, 10)"),
        units,
    }
}

/// A regular expression for what begins with the year and the month of a day of the range, give or
/// take a day for the zone.
fn months(query: &HoursQuery) -> String {
    let mut day = query.first.days_before(1);
    let last = query.end.next();
    let mut months: Vec<String> = Vec::new();
    while day.days_until(last) >= 0 {
        let text = day.to_string();
        let (year, month) = (&text[..4], &text[5..7]);
        let pattern = match month.strip_prefix('0') {
            Some(short) => format!("{year}({month}|[^0-9]0?{short}[^0-9])"),
            None => format!("{year}[^0-9]?{month}"),
        };
        if months.last() != Some(&pattern) {
            months.push(pattern);
        }
        day = day.next();
    }
    format!("^\\s*({})", months.join("|"))
}
