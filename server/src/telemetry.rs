//! Metrics for Prometheus. Requests are counted as they complete; everything else is read at the
//! scrape from its source.

mod latency;
mod lines;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

pub use latency::{LatencyHistory, MinuteFigures};
pub use lines::{LogLines, lines_left_out, log_panic};

/// Labels of a request: method, route and status. Routes are those of the route table, so that a
/// caller can't add any.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

/// A figure with one label.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NamedLabel {
    name: &'static str,
}

/// A reason for which something was counted in a column of a source table.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct FindingLabels {
    pub dataset: &'static str,
    /// The reason, as in `/api/data-quality`.
    pub reason: &'static str,
    /// The column; empty where the whole row is meant.
    pub column: &'static str,
}

type Level = Gauge<f64, AtomicU64>;

/// Request counters.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram, fn() -> Histogram>,
    totals: Arc<Totals>,
}

/// Responses since the start.
#[derive(Debug, Default)]
struct Totals {
    answered: AtomicU64,
    put_off: AtomicU64,
    last_hour: LatencyHistory,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        // 0.25 ms to 8 s.
        let histogram: fn() -> Histogram =
            || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            totals: Arc::default(),
        }
    }
}

impl RequestMetrics {
    /// Counts a response; `is_rejected` when it has `Retry-After`.
    pub fn answered(
        &self,
        method: &str,
        route: &str,
        status: u16,
        is_rejected: bool,
        spent: Duration,
    ) {
        self.totals.answered.fetch_add(1, Ordering::Relaxed);
        self.totals.put_off.fetch_add(u64::from(is_rejected), Ordering::Relaxed);
        self.totals.last_hour.note(spent, status >= 500, Timestamp::now());
        let labels = RequestLabels { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let route = RouteLabel { route: route.to_owned() };
        self.durations.get_or_create(&route).observe(spent.as_secs_f64());
    }

    /// Responses per minute.
    pub fn last_hour(&self, now: Timestamp) -> Vec<MinuteFigures> {
        self.totals.last_hour.figures(now)
    }

    /// Responses since the start, and those with `Retry-After`.
    pub fn totals(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.totals.answered), read(&self.totals.put_off))
    }
}

/// What a scrape shows; filled, then written.
pub struct Scrape(Registry);

impl Scrape {
    /// Begins with the counts of requests.
    pub fn of(requests: &RequestMetrics) -> Self {
        let mut registry = Registry::with_prefix("mes");
        registry.register("http_requests", "Answered requests", requests.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from the request's header to the answer's",
            requests.durations.clone(),
        );
        Self(registry)
    }

    /// One figure.
    pub fn level(&mut self, name: &str, help: &str, value: f64) {
        let gauge = Level::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
    }

    /// One figure for each of some names.
    pub fn levels(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (&'static str, f64)>,
    ) {
        let family = Family::<NamedLabel, Level>::default();
        for (name, value) in values {
            family.get_or_create(&NamedLabel { name }).set(value);
        }
        self.0.register(name, help, family);
    }

    /// Cases by dataset, reason and column. All three are words of the program.
    pub fn findings(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (FindingLabels, u64)>,
    ) {
        let family = Family::<FindingLabels, Level>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).set(value as f64);
        }
        self.0.register(name, help, family);
    }

    /// One count since the start for each of some names.
    pub fn counts(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        let family = Family::<NamedLabel, Counter>::default();
        for (name, value) in values {
            family.get_or_create(&NamedLabel { name }).inc_by(value);
        }
        self.0.register(name, help, family);
    }

    /// The text form.
    ///
    /// # Errors
    /// Never in memory.
    pub fn write(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_holds_counts_and_levels() {
        let requests = RequestMetrics::default();
        requests.answered("GET", "/health", 200, false, Duration::from_millis(2));
        requests.answered("GET", "/health", 200, false, Duration::from_millis(3));
        let mut scrape = Scrape::of(&requests);
        scrape.level("database_pool_saturation", "Share in use", 0.25);
        scrape.levels("dataset_rows", "Rows", [("wip", 12.0), ("resource", 3.0)]);
        scrape.counts("route_cache_answers", "Answers", [("l1", 3), ("miss", 0)]);
        let text = scrape.write().unwrap();
        for line in [
            "mes_http_requests_total{method=\"GET\",route=\"/health\",status=\"200\"} 2",
            "mes_http_request_duration_seconds_count{route=\"/health\"} 2",
            "mes_database_pool_saturation 0.25",
            "mes_dataset_rows{name=\"wip\"} 12.0",
            "mes_route_cache_answers_total{name=\"l1\"} 3",
            "mes_route_cache_answers_total{name=\"miss\"} 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
        }
    }
}
