//! | variable | meaning | default |
//! |---|---|---|
//! | `RESILIENCE_DEGRADED_ALERT_SECONDS` | s of degradation without a break that are an alert | 300 |
//! | `RESILIENCE_POOL_SATURATION_WARNING` | share of the pool in use from which on a warning is raised, 0 to 1 | 0.9 |
//! | `RESILIENCE_POOL_SATURATION_CRITICAL` | share of the pool in use that keeps callers waiting, 0 to 1 | 1 |
//! | `RESILIENCE_RETRY_PRESSURE` | share of the last minute's answers with a `Retry-After`, 0 to 1 | 0.1 |
//! | `DATA_QUALITY_UNREADABLE_SHARE` | share of a table's rows in which a required column can't be read, 0 to 1 | 0.5 |
//! | `DATA_QUALITY_LEFT_OUT_SHARE` | share of a table's rows that are left out without a site rule, 0 to 1 | 0.01 |

use clap::Args;

use crate::alerts::Thresholds;

/// From when on trouble is an alert.
#[derive(Args, Clone, Debug)]
pub struct ResilienceSettings {
    /// Seconds of degradation without a break that are an alert
    #[arg(long, env = "RESILIENCE_DEGRADED_ALERT_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub resilience_degraded_alert_seconds: u64,
    /// Share of the pool in use from which on a warning is raised, 0 to 1
    #[arg(long, env = "RESILIENCE_POOL_SATURATION_WARNING", default_value_t = 0.9, value_parser = share)]
    pub resilience_pool_saturation_warning: f64,
    /// Share of the pool in use that keeps callers waiting, 0 to 1
    #[arg(long, env = "RESILIENCE_POOL_SATURATION_CRITICAL", default_value_t = 1.0, value_parser = share)]
    pub resilience_pool_saturation_critical: f64,
    /// Share of the last minute's answers that put the caller off, 0 to 1
    #[arg(long, env = "RESILIENCE_RETRY_PRESSURE", default_value_t = 0.1, value_parser = share)]
    pub resilience_retry_pressure: f64,
    /// Share of a table's rows in which a required column can't be read that is an alert when exceeded, 0 to 1
    #[arg(long, env = "DATA_QUALITY_UNREADABLE_SHARE", default_value_t = 0.5, value_parser = share)]
    pub data_quality_unreadable_share: f64,
    /// Share of a table's rows left out without a site rule that is an alert when exceeded, 0 to 1
    #[arg(long, env = "DATA_QUALITY_LEFT_OUT_SHARE", default_value_t = 0.01, value_parser = share)]
    pub data_quality_left_out_share: f64,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

impl ResilienceSettings {
    /// The thresholds.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            sustained_degraded_seconds: self.resilience_degraded_alert_seconds,
            pool_saturation_warning: self.resilience_pool_saturation_warning,
            pool_saturation_critical: self.resilience_pool_saturation_critical,
            retry_pressure: self.resilience_retry_pressure,
            data_quality_unreadable_share: self.data_quality_unreadable_share,
            data_quality_left_out_share: self.data_quality_left_out_share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!(share("0.5"), Ok(0.5));
        for wrong in ["-0.1", "1.01", "NaN", "inf", "half"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
