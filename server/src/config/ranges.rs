//! Values with a range: a refusal names the variable, the value and what is allowed.

use std::ops::RangeInclusive;

/// A whole number of `range`.
pub(super) fn whole<T>(
    variable: &'static str,
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display + Clone + Send + Sync + 'static,
{
    move |text| match text.trim().parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "{variable} takes a whole number from {} to {}, got {text}",
            range.start(),
            range.end()
        )),
    }
}

/// A share above 0 and up to 1.
pub(super) fn ratio(
    variable: &'static str,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| match text.trim().parse() {
        Ok(ratio) if ratio > 0.0 && ratio <= 1.0 => Ok(ratio),
        _ => Err(format!("{variable} takes a number above 0 and up to 1, got {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_variable_the_value_and_the_range() {
        let size = whole("DB_POOL_SIZE", 1..=200_u32);
        assert_eq!(size("200"), Ok(200));
        for wrong in ["0", "201", "-1", "1.5", "", "ten", "99999999999"] {
            let message = size(wrong).unwrap_err();
            assert_eq!(
                message,
                format!("DB_POOL_SIZE takes a whole number from 1 to 200, got {wrong}")
            );
        }
        let rate = ratio("CIRCUIT_BREAKER_FAILURE_RATE");
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "1.01", "NaN", "inf", "-0.5", "50%"] {
            assert!(rate(wrong).unwrap_err().ends_with(&format!("got {wrong}")));
        }
    }
}
