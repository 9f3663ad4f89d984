//! Formulas and rounding that every page, export and API answer share.
//!
//! Percentages are `a / b * 100` in this order, in double precision, and are
//! rounded like Python's `round`, because the system that this one replaces
//! did so and its answers are the reference.

/// Rounds to `digits` decimals (at most 15): the exact binary value, ties to even.
///
/// As CPython's `round`, in integers: a double is m × 2^e, and of m × 10^digits the bits below the
/// point decide. Formatting as text would give the same result, but its tables take a twentieth of
/// the browser's package. Values that are not finite are returned unchanged.
#[inline(never)]
pub fn round_half_even(value: f64, digits: usize) -> f64 {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    // What has no bits below the point, which holds for what is not finite as well.
    if exponent >= 1023 + 52 {
        return value;
    }
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, below) =
        if exponent == 0 { (fraction, 1074) } else { (fraction | 1 << 52, 1075 - exponent) };
    let scale = 10_u64.pow(digits.min(15) as u32);
    let scaled = u128::from(mantissa) * u128::from(scale);
    let rounded = if below > 126 {
        0
    } else {
        let (whole, half) = (scaled >> below, 1_u128 << (below - 1));
        let rest = scaled & ((1_u128 << below) - 1);
        whole + u128::from(rest > half || (rest == half && whole & 1 == 1))
    };
    // Both parts are exact, and so is the choice of the double nearest to their sum.
    let scale_of = u128::from(scale);
    let (whole, tenths) = ((rounded / scale_of) as f64, (rounded % scale_of) as f64);
    let magnitude = if rounded < 1 << 53 {
        rounded as f64 / scale as f64
    } else {
        whole + tenths / scale as f64
    };
    magnitude.copysign(value)
}

/// `part / whole * 100`, rounded to one decimal; 0 when there is no whole.
#[inline(never)]
pub fn share_pct(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    round_half_even(part as f64 / whole as f64 * 100.0, 1)
}

/// `part / whole * 100`, rounded, where `whole` is the sum of `parts` and `part` of some of them.
/// Absent when there is no whole, or when one of the parts is below 0: what is no share of
/// anything would be a number outside of 0–100.
#[inline(never)]
pub fn share_of_parts(part: i64, parts: &[i64], digits: usize) -> Option<f64> {
    let whole: i64 = parts.iter().sum();
    if whole == 0 || parts.iter().any(|part| *part < 0) {
        return None;
    }
    Some(round_half_even(part as f64 / whole as f64 * 100.0, digits))
}

/// OU % from which a figure is high, and from which it is medium; below it is low.
pub const OU_LEVELS_PCT: [f64; 2] = [80.0, 50.0];

/// Counts (or hours) by E10 state, the base of the equipment metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// Productive.
    pub prd: i64,
    /// Standby.
    pub sby: i64,
    /// Unscheduled down.
    pub udt: i64,
    /// Scheduled down.
    pub sdt: i64,
    /// Engineering.
    pub egt: i64,
    /// Not scheduled.
    pub nst: i64,
    /// Every other state, and machines without one.
    pub other: i64,
}

impl StateCounts {
    /// All machines.
    pub fn total(&self) -> i64 {
        self.prd + self.sby + self.udt + self.sdt + self.egt + self.nst + self.other
    }

    /// OU %: PRD / (PRD + SBY + UDT + SDT + EGT) × 100, one decimal; 0 without a denominator.
    pub fn ou_pct(&self) -> f64 {
        share_pct(self.prd, self.prd + self.sby + self.udt + self.sdt + self.egt)
    }

    /// Availability % over machines: (PRD + SBY + EGT) / all × 100, one decimal.
    pub fn availability_pct(&self) -> f64 {
        share_pct(self.prd + self.sby + self.egt, self.total())
    }

    /// Run %: PRD / all × 100, one decimal.
    pub fn run_pct(&self) -> f64 {
        share_pct(self.prd, self.total())
    }
}

impl std::ops::AddAssign for StateCounts {
    fn add_assign(&mut self, other: Self) {
        self.prd += other.prd;
        self.sby += other.sby;
        self.udt += other.udt;
        self.sdt += other.sdt;
        self.egt += other.egt;
        self.nst += other.nst;
        self.other += other.other;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn rounds_like_the_exact_text(
            value in prop_oneof![
                -1e3..1e3_f64,
                -1e10..1e10_f64,
                -1e16..1e16_f64,
                // Ties and what lies next to them.
                (-2_000_000_i64..2_000_000, -3_i64..4).prop_map(|(number, ulps)| {
                    let bits = (number as f64 / 200.0).to_bits() as i64;
                    f64::from_bits((bits + ulps).max(0) as u64)
                }),
                any::<f64>().prop_filter("finite", |value| value.is_finite()),
            ],
            digits in 0_usize..4,
        ) {
            let expected: f64 = format!("{value:.digits$}").parse().unwrap();
            prop_assert_eq!(round_half_even(value, digits).to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn rounds_the_exact_binary_value() {
        // Expected values are those of CPython 3.11.
        for (value, digits, expected) in [
            (0.25, 1, 0.2),
            (0.35, 1, 0.3),
            (0.45, 1, 0.5),
            (2.675, 2, 2.67),
            (0.05, 1, 0.1),
            (0.15, 1, 0.1),
            (1e15 + 0.3, 1, 1e15 + 0.2),
            (-0.25, 1, -0.2),
            (62.5, 0, 62.0),
            (63.5, 0, 64.0),
        ] {
            assert_eq!(round_half_even(value, digits), expected, "round({value}, {digits})");
        }
    }

    #[test]
    fn a_share_of_parts_is_between_0_and_100_or_absent() {
        assert_eq!(share_of_parts(8, &[8, -6, 2], 1), None);
        assert_eq!(share_of_parts(0, &[0, 0], 1), None);
        assert_eq!(share_of_parts(0, &[0, 3], 1), Some(0.0));
        assert_eq!(share_of_parts(3, &[1, 3], 2), Some(75.0));
        assert_eq!(share_of_parts(1, &[1, 7], 1), Some(12.5));
    }

    #[test]
    fn no_denominator_is_zero() {
        assert_eq!(StateCounts::default().ou_pct(), 0.0);
        assert_eq!(share_pct(5, 0), 0.0);
    }
}
