//! Lets go of resources in the reverse order of their start, each within its time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How stopping one resource went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stopped,
    /// Its time, or the deadline of all, was over; it was left behind.
    TimedOut,
    /// Stopping it panicked; the log has the text.
    Panicked,
}

type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What has to be stopped, in the order in which it was started.
#[derive(Default)]
pub struct ShutdownRegistry {
    resources: Vec<(&'static str, Duration, Stop)>,
}

impl ShutdownRegistry {
    /// Adds what was just started. `stop` runs at the shutdown, for at most `limit`.
    pub fn register(
        &mut self,
        name: &'static str,
        limit: Duration,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        self.resources.push((name, limit, Box::pin(stop)));
    }

    /// Stops everything, last started first, within `deadline`. A resource that hangs or
    /// panics is named in the log and does not keep the others from being stopped.
    pub async fn run(self, deadline: Duration) -> Vec<(&'static str, Outcome)> {
        let end = tokio::time::Instant::now() + deadline;
        let mut outcomes = Vec::with_capacity(self.resources.len());
        for (name, limit, stop) in self.resources.into_iter().rev() {
            let until = end.min(tokio::time::Instant::now() + limit);
            // A separate task, which contains a panic.
            let mut task = tokio::spawn(stop);
            let outcome = match tokio::time::timeout_at(until, &mut task).await {
                Ok(Ok(())) => Outcome::Stopped,
                Ok(Err(_)) => Outcome::Panicked,
                Err(_) => {
                    task.abort();
                    Outcome::TimedOut
                }
            };
            match outcome {
                Outcome::Stopped => tracing::debug!(resource = name, "stopped"),
                Outcome::TimedOut => {
                    tracing::warn!(resource = name, "did not stop in time; left behind");
                }
                Outcome::Panicked => tracing::error!(resource = name, "panicked while stopping"),
            }
            outcomes.push((name, outcome));
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_last_started_stops_first() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut registry = ShutdownRegistry::default();
        for name in ["pool", "refreshers", "connections"] {
            let order = order.clone();
            registry.register(name, SECOND, async move { order.lock().unwrap().push(name) });
        }
        registry.run(10 * SECOND).await;
        assert_eq!(*order.lock().unwrap(), ["connections", "refreshers", "pool"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_or_panics_is_named_and_skipped() {
        let mut registry = ShutdownRegistry::default();
        registry.register("sound", SECOND, async {});
        registry.register("broken", SECOND, async { panic!("no") });
        registry.register("stuck", SECOND, std::future::pending());
        let start = tokio::time::Instant::now();
        let outcomes = registry.run(10 * SECOND).await;
        assert_eq!(
            outcomes,
            [
                ("stuck", Outcome::TimedOut),
                ("broken", Outcome::Panicked),
                ("sound", Outcome::Stopped)
            ]
        );
        assert_eq!(start.elapsed(), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn everything_ends_by_the_deadline() {
        let mut registry = ShutdownRegistry::default();
        for _ in 0..20 {
            registry.register("stuck", SECOND, std::future::pending());
        }
        let start = tokio::time::Instant::now();
        registry.run(3 * SECOND).await;
        assert_eq!(start.elapsed(), 3 * SECOND);
    }
}
