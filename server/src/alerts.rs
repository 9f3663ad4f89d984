//! What trouble means to an operator: when it is more than a blip, and what to do.

mod pressure;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::data_quality::{QualityAlert, QualityThresholds};
use crate::degraded_reason::DegradedReason;
use crate::restart::{Churn, PolicyState, RestartOutlook};
pub use pressure::RetryPressure;

/// From when on trouble is an alert.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Thresholds {
    /// Seconds of degradation without a break.
    pub sustained_degraded_seconds: u64,
    /// Share of the pool in use, 0 to 1, from which on a warning is raised.
    pub pool_saturation_warning: f64,
    /// Share of the pool in use, 0 to 1, that keeps callers waiting.
    pub pool_saturation_critical: f64,
    /// Share of the last minute's responses with `Retry-After`, 0 to 1.
    pub retry_pressure: f64,
    /// Share of a table's rows, 0 to 1, in which a required column can't be read.
    pub data_quality_unreadable_share: f64,
    /// Share of a table's rows, 0 to 1, that are left out without a site rule that requires it.
    pub data_quality_left_out_share: f64,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    None,
    /// See whether the database runs and can be reached from here.
    CheckDatabaseConnectivity,
    /// The breaker probes the database on its own.
    WaitForCircuitHalfOpen,
    /// Find the cause of many or slow requests.
    ThrottleAndInvestigateQueries,
    /// A restart may help, but the last one was a short time ago.
    WaitForRestartCooldown,
    /// Connections leak: a new worker starts with new ones.
    ConsiderControlledWorkerRestart,
    /// Numbers are right; repair when there is time.
    ContinueDegradedMode,
    /// The server retries on its own.
    ObserveAndRetry,
    /// Correct the source tables or the site rules: see `/api/data-quality`.
    CheckSourceData,
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recommendation {
    /// What to do.
    pub action: Action,
    /// The degraded reason that it is about, or `data_quality` where only data is in doubt; null
    /// when all is well.
    pub reason: Option<&'static str>,
}

/// What to do about a degraded reason, where a restart is or isn't allowed.
///
/// Only leaked connections call for a restart, and only after they have been missing for a while: a
/// restart fixes nothing outside of the process.
pub fn recommendation(
    reason: Option<DegradedReason>,
    sustained: bool,
    restart: PolicyState,
) -> Recommendation {
    let action = match reason {
        None => Action::None,
        Some(
            DegradedReason::DatabaseUnreachable
            | DegradedReason::DatabaseLoginRefused
            | DegradedReason::TablesUnreadable,
        ) => Action::CheckDatabaseConnectivity,
        Some(DegradedReason::CircuitBreakerOpen) => Action::WaitForCircuitHalfOpen,
        Some(DegradedReason::DbPoolLeakSuspected) if sustained => match restart {
            PolicyState::Allowed => Action::ConsiderControlledWorkerRestart,
            PolicyState::Cooldown { .. } => Action::WaitForRestartCooldown,
            PolicyState::Blocked => Action::ThrottleAndInvestigateQueries,
        },
        Some(
            DegradedReason::DatabaseBusy
            | DegradedReason::DbPoolSaturated
            | DegradedReason::DbPoolLeakSuspected,
        ) => Action::ThrottleAndInvestigateQueries,
        Some(
            DegradedReason::AppDatabaseUnavailable
            | DegradedReason::AppDatabaseFull
            | DegradedReason::AppDatabaseReadOnly
            | DegradedReason::RedisUnavailable
            | DegradedReason::RouteCacheDegraded,
        ) => Action::ContinueDegradedMode,
        Some(DegradedReason::CacheStale) => Action::ObserveAndRetry,
    };
    Recommendation { action, reason: reason.map(DegradedReason::name) }
}

/// A threshold that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertName {
    /// Degraded without a break for too long.
    SustainedDegradation,
    /// Much of the pool is in use.
    PoolSaturationWarning,
    /// So much of the pool is in use that callers wait.
    PoolSaturationCritical,
    /// Too many requests are rejected with `Retry-After`.
    RetryPressure,
    /// Too many restarts of the worker.
    RestartChurn,
    /// A column can't be read.
    DataQualityUnreadable,
    /// Rows are left out.
    DataQualityLeftOut,
}

/// A condition that needs an operator.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    /// The exceeded threshold.
    pub name: AlertName,
    /// What it is about: dataset and column of an alert about data; null for others.
    pub subject: Option<String>,
    /// What was measured: seconds, a share from 0 to 1, or a number of restarts.
    pub measured: f64,
    /// From when on that is an alert, in the same unit.
    pub threshold: f64,
    /// Both in a sentence.
    pub context: String,
}

/// The resilience part of `/health`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Resilience {
    /// From when on trouble is an alert.
    pub thresholds: Thresholds,
    /// What is beyond its threshold now.
    pub alerts: Vec<Alert>,
    /// Whether the worker may be restarted.
    pub policy_state: PolicyState,
    /// How often it was restarted.
    pub restart_churn: Churn,
    /// Share of the last minute's responses with `Retry-After`, 0 to 1.
    pub retry_pressure: f64,
    /// What to do.
    pub recovery_recommendation: Recommendation,
    /// Since when it is degraded without a break: ISO 8601, UTC; null when all is well.
    pub degraded_since: Option<String>,
    /// Whether that is longer than its threshold.
    pub sustained: bool,
}

/// What is known of the moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The degraded reason.
    pub reason: Option<DegradedReason>,
    /// Since when there is one without a break.
    pub since: Option<Timestamp>,
    /// Share of the pool in use, 0 to 1.
    pub saturation: f64,
    /// Share of the last minute's responses with `Retry-After`, 0 to 1.
    pub retry_pressure: f64,
    /// What the history of restarts means.
    pub restarts: RestartOutlook,
    /// The moment.
    pub now: Timestamp,
}

impl Thresholds {
    /// Those of the data.
    pub fn data_quality(self) -> QualityThresholds {
        QualityThresholds {
            unreadable_share: self.data_quality_unreadable_share,
            left_out_share: self.data_quality_left_out_share,
        }
    }

    /// What the thresholds make of the moment.
    pub fn judge(self, moment: Moment) -> Resilience {
        let Moment { reason, saturation, retry_pressure, restarts, now, .. } = moment;
        let since = moment.since.filter(|_| reason.is_some());
        let lasted_secs =
            since.map_or(0, |since| now.as_second().saturating_sub(since.as_second()));
        let sustained = since.is_some()
            && u64::try_from(lasted_secs).is_ok_and(|secs| secs >= self.sustained_degraded_seconds);
        let mut alerts = Vec::new();
        if sustained {
            let context = format!(
                "{} for {lasted_secs} s, threshold {} s",
                reason.map_or("degraded", DegradedReason::name),
                self.sustained_degraded_seconds
            );
            alerts.push(Alert {
                name: AlertName::SustainedDegradation,
                subject: None,
                measured: lasted_secs as f64,
                threshold: self.sustained_degraded_seconds as f64,
                context,
            });
        }
        let levels = [
            (AlertName::PoolSaturationCritical, self.pool_saturation_critical),
            (AlertName::PoolSaturationWarning, self.pool_saturation_warning),
        ];
        if let Some((name, threshold)) = levels.into_iter().find(|(_, level)| saturation >= *level)
        {
            let context =
                format!("{saturation:.2} of the pool is in use, threshold {threshold:.2}");
            alerts.push(Alert { name, subject: None, measured: saturation, threshold, context });
        }
        if retry_pressure > 0.0 && retry_pressure >= self.retry_pressure {
            let context = format!(
                "{retry_pressure:.2} of the last minute's responses had Retry-After, threshold {:.2}",
                self.retry_pressure
            );
            alerts.push(Alert {
                name: AlertName::RetryPressure,
                subject: None,
                measured: retry_pressure,
                threshold: self.retry_pressure,
                context,
            });
        }
        let churn = restarts.restart_churn;
        if churn.exceeded {
            let context = format!(
                "{} restarts in {} s, threshold {}",
                churn.restarts, churn.window_seconds, churn.threshold
            );
            alerts.push(Alert {
                name: AlertName::RestartChurn,
                subject: None,
                measured: churn.restarts as f64,
                threshold: f64::from(churn.threshold),
                context,
            });
        }
        Resilience {
            thresholds: self,
            alerts,
            policy_state: restarts.policy_state,
            restart_churn: churn,
            retry_pressure,
            recovery_recommendation: recommendation(reason, sustained, restarts.policy_state),
            degraded_since: since.map(|since| format!("{since:.3}")),
            sustained,
        }
    }
}

impl Resilience {
    /// Adds the alerts about data quality. Their advice is used only when no other alert has one.
    #[must_use]
    pub fn with_data_quality(mut self, found: Vec<QualityAlert>) -> Self {
        let advice = &mut self.recovery_recommendation;
        if !found.is_empty() && advice.action == Action::None {
            *advice =
                Recommendation { action: Action::CheckSourceData, reason: Some("data_quality") };
        }
        self.alerts.extend(found.into_iter().map(Alert::from));
        self
    }
}

impl From<QualityAlert> for Alert {
    fn from(found: QualityAlert) -> Self {
        let (name, what) = match found.column {
            Some(_) => (AlertName::DataQualityUnreadable, "unreadable in"),
            None => (AlertName::DataQualityLeftOut, "left out:"),
        };
        let subject = found.subject();
        let context = format!(
            "{subject}: {what} {:.3} of the rows, threshold {:.3}",
            found.measured, found.threshold
        );
        Self {
            name,
            subject: Some(subject),
            measured: found.measured,
            threshold: found.threshold,
            context,
        }
    }
}

/// Since when the server is degraded without a break.
#[derive(Debug, Default)]
pub struct DegradedTimer(Mutex<Option<Timestamp>>);

impl DegradedTimer {
    /// Interval at which the condition has to be recorded to keep the timer accurate.
    pub const EVERY: Duration = Duration::from_millis(500);

    /// Notes the condition; the first of several notes of trouble counts.
    pub fn note(&self, is_degraded: bool, now: Timestamp) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *since = if is_degraded { since.or(Some(now)) } else { None };
    }

    /// Since when, if it is.
    pub fn since(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restart::RestartLimits;

    const THRESHOLDS: Thresholds = Thresholds {
        sustained_degraded_seconds: 300,
        pool_saturation_warning: 0.9,
        pool_saturation_critical: 1.0,
        retry_pressure: 0.1,
        data_quality_unreadable_share: 0.5,
        data_quality_left_out_share: 0.01,
    };

    const LIMITS: RestartLimits = RestartLimits::DEFAULT;

    fn well() -> Moment {
        Moment {
            reason: None,
            since: None,
            saturation: 0.0,
            retry_pressure: 0.0,
            restarts: LIMITS.judge([], at(0)),
            now: at(0),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn trouble_is_sustained_from_its_threshold_on_and_a_break_begins_anew() {
        let timer = DegradedTimer::default();
        for second in [100, 200] {
            timer.note(true, at(second));
        }
        let judged = |now: i64| {
            let reason = Some(DegradedReason::CacheStale);
            THRESHOLDS.judge(Moment { reason, since: timer.since(), now: at(now), ..well() })
        };
        assert!(!judged(399).sustained);
        assert_eq!(judged(399).degraded_since.as_deref(), Some("1970-01-01T00:01:40.000Z"));
        assert!(judged(400).sustained);
        let alert = &judged(400).alerts[0];
        assert_eq!(alert.context, "cache_stale for 300 s, threshold 300 s");
        assert_eq!((alert.measured, alert.threshold), (300.0, 300.0));
        timer.note(false, at(450));
        timer.note(true, at(460));
        assert_eq!(timer.since(), Some(at(460)));
    }

    fn alerts(moment: Moment) -> Vec<AlertName> {
        THRESHOLDS.judge(moment).alerts.iter().map(|alert| alert.name).collect()
    }

    #[test]
    fn the_graver_saturation_is_named_once() {
        let names = |saturation: f64| alerts(Moment { saturation, ..well() });
        assert_eq!(names(0.89), Vec::new());
        assert_eq!(names(0.9), [AlertName::PoolSaturationWarning]);
        assert_eq!(names(1.0), [AlertName::PoolSaturationCritical]);
    }

    #[test]
    fn pressure_and_churn_are_alerts_from_their_threshold_on() {
        assert_eq!(alerts(Moment { retry_pressure: 0.09, ..well() }), Vec::new());
        assert_eq!(alerts(Moment { retry_pressure: 0.1, ..well() }), [AlertName::RetryPressure]);
        let after = |restarts: &[i64]| {
            let restarts = LIMITS.judge(restarts.iter().copied().map(at), at(300));
            alerts(Moment { restarts, ..well() })
        };
        assert_eq!(after(&[100, 200]), Vec::new());
        assert_eq!(after(&[0, 100, 200]), [AlertName::RestartChurn]);
    }

    #[test]
    fn doubtful_data_is_an_alert_and_advice_only_where_nothing_else_is_wrong() {
        let found = QualityAlert {
            name: "data_quality_unreadable",
            dataset: "wip",
            column: Some("QTY"),
            measured: 0.75,
            threshold: 0.5,
        };
        let judged = THRESHOLDS.judge(well()).with_data_quality(vec![found.clone()]);
        assert_eq!(judged.alerts[0].subject.as_deref(), Some("wip QTY"));
        assert_eq!(
            judged.alerts[0].context,
            "wip QTY: unreadable in 0.750 of the rows, threshold 0.500"
        );
        assert_eq!(judged.recovery_recommendation.action, Action::CheckSourceData);
        let worse = Moment { reason: Some(DegradedReason::CacheStale), ..well() };
        let judged = THRESHOLDS.judge(worse).with_data_quality(vec![found]);
        assert_eq!(judged.recovery_recommendation.action, Action::ObserveAndRetry);
        let none = THRESHOLDS.judge(well()).with_data_quality(Vec::new());
        assert_eq!(none.recovery_recommendation.action, Action::None);
    }

    #[test]
    fn every_reason_has_its_advice() {
        for (reason, action) in [
            (None, Action::None),
            (Some(DegradedReason::DatabaseUnreachable), Action::CheckDatabaseConnectivity),
            (Some(DegradedReason::CircuitBreakerOpen), Action::WaitForCircuitHalfOpen),
            (Some(DegradedReason::DbPoolSaturated), Action::ThrottleAndInvestigateQueries),
            (Some(DegradedReason::DbPoolLeakSuspected), Action::ThrottleAndInvestigateQueries),
            (Some(DegradedReason::AppDatabaseFull), Action::ContinueDegradedMode),
            (Some(DegradedReason::RedisUnavailable), Action::ContinueDegradedMode),
            (Some(DegradedReason::RouteCacheDegraded), Action::ContinueDegradedMode),
            (Some(DegradedReason::CacheStale), Action::ObserveAndRetry),
        ] {
            let advice = recommendation(reason, false, PolicyState::Allowed);
            assert_eq!(advice.action, action, "{reason:?}");
        }
    }

    #[test]
    fn a_restart_is_advised_for_connections_that_stay_away_and_only_where_it_is_allowed() {
        let leak = |restart| {
            recommendation(Some(DegradedReason::DbPoolLeakSuspected), true, restart).action
        };
        assert_eq!(leak(PolicyState::Allowed), Action::ConsiderControlledWorkerRestart);
        let cooldown = PolicyState::Cooldown { seconds_left: 9 };
        assert_eq!(leak(cooldown), Action::WaitForRestartCooldown);
        assert_eq!(leak(PolicyState::Blocked), Action::ThrottleAndInvestigateQueries);
        let frozen =
            recommendation(Some(DegradedReason::DatabaseUnreachable), true, PolicyState::Allowed);
        assert_eq!(frozen.action, Action::CheckDatabaseConnectivity);
    }
}
