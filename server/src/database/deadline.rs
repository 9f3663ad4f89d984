//! The end of a call's time.
//!
//! PostgreSQL has `statement_timeout`. SQLite has nothing like it, and dropping a query's future
//! does not stop the step that runs on the connection's thread; there a progress handler looks at
//! the call's [`Deadline`] every few thousand instructions and interrupts the step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;

/// Virtual machine instructions between two checks of the clock: well below a millisecond.
const INSTRUCTIONS: i32 = 4_000;
/// What the client side waits beyond the call timeout, so that the database's own limit, which
/// leaves the connection usable, comes first.
const GRACE: Duration = Duration::from_millis(250);

/// When a call on a SQLite connection has to end. Clones are of the same call.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ends: Instant,
    /// The caller was dropped; the result is not needed.
    is_cancelled: AtomicBool,
    /// The call has ended; later statements on the connection have no deadline.
    is_lifted: AtomicBool,
    /// A step was interrupted.
    has_struck: AtomicBool,
}

impl Deadline {
    /// A deadline `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self(Arc::new(Shared {
            ends: Instant::now() + limit,
            is_cancelled: AtomicBool::new(false),
            is_lifted: AtomicBool::new(false),
            has_struck: AtomicBool::new(false),
        }))
    }

    /// Watches every statement on this connection until another deadline replaces this one.
    ///
    /// # Errors
    /// The connection's thread has ended.
    pub async fn install(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let deadline = self.clone();
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || deadline.lets_go_on());
        Ok(())
    }

    /// Ends the running step at its next look.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Release);
    }

    /// Removes the deadline after the call.
    pub fn lift(&self) {
        self.0.is_lifted.store(true, Ordering::Release);
    }

    /// Whether a step was interrupted.
    pub fn has_struck(&self) -> bool {
        self.0.has_struck.load(Ordering::Acquire)
    }

    fn lets_go_on(&self) -> bool {
        if self.0.is_lifted.load(Ordering::Acquire) {
            return true;
        }
        let is_over = self.0.is_cancelled.load(Ordering::Acquire) || Instant::now() >= self.0.ends;
        if is_over {
            self.0.has_struck.store(true, Ordering::Release);
        }
        !is_over
    }
}

/// How long the client side waits for a call, given the time the database allows it.
pub fn client_limit(call_timeout: Duration) -> Duration {
    call_timeout + GRACE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_strikes_when_time_is_up_or_the_caller_has_gone() {
        let long = Deadline::after(Duration::from_secs(3600));
        assert!(long.lets_go_on() && !long.has_struck());
        long.cancel();
        assert!(!long.lets_go_on() && long.has_struck());
        assert!(!Deadline::after(Duration::ZERO).lets_go_on());
    }

    #[test]
    fn a_lifted_deadline_stops_nothing() {
        let deadline = Deadline::after(Duration::ZERO);
        deadline.lift();
        assert!(deadline.lets_go_on() && !deadline.has_struck());
    }
}
