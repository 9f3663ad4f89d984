//! Admission: as many calls as there are connections, and a bounded queue of those who wait.
//!
//! sqlx's own pool timeout does not distinguish "all connections are busy" from "the database is
//! down". So callers wait here, before the pool, and only the gate reports an exhausted pool:
//! behind a granted permit a connection is free or can be opened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Why a caller got no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// As many wait already as may.
    #[error("all connections are busy and {waiting} callers wait already")]
    QueueFull {
        /// Callers in the queue.
        waiting: usize,
    },
    /// No connection came free in time.
    #[error("no connection came free within {} ms", waited.as_millis())]
    WaitedTooLong {
        /// The wait limit.
        waited: Duration,
    },
}

/// Who has had a permit for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Incremented per permit; distinguishes permits of one holder.
    pub number: u64,
    /// The name the holder gave.
    pub holder: &'static str,
    /// Time since it was granted.
    pub age: Duration,
}

/// Permits by their number: who holds them since when.
#[derive(Debug, Default)]
struct Register {
    next: u64,
    held: BTreeMap<u64, (&'static str, Instant)>,
}

/// The admission gate.
#[derive(Debug)]
pub struct Gate {
    semaphore: Arc<Semaphore>,
    register: Arc<Mutex<Register>>,
    waiting: AtomicUsize,
    capacity: usize,
    queue_limit: usize,
    wait_limit: Duration,
}

/// Counts one waiting caller until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// No code under the lock can panic halfway through a change.
fn locked(register: &Mutex<Register>) -> MutexGuard<'_, Register> {
    register.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// A gate that lets `capacity` callers in and `queue_limit` wait for up to `wait_limit`.
    pub fn new(capacity: u32, queue_limit: u32, wait_limit: Duration) -> Self {
        Self {
            semaphore: Arc::new(Semaphore::new(capacity as usize)),
            register: Arc::default(),
            waiting: AtomicUsize::new(0),
            capacity: capacity as usize,
            queue_limit: queue_limit as usize,
            wait_limit,
        }
    }

    /// Lets the caller in, in the order of coming. Giving up costs nothing and leaves nothing.
    ///
    /// # Errors
    /// The queue is full, or nobody left within the wait limit.
    pub async fn enter(&self, holder: &'static str) -> Result<Permit, Exhausted> {
        if let Ok(permit) = self.semaphore.clone().try_acquire_owned() {
            return Ok(self.granted(holder, permit));
        }
        let _waiting = self.join_queue()?;
        match timeout(self.wait_limit, self.semaphore.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(self.granted(holder, permit)),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Exhausted::WaitedTooLong { waited: self.wait_limit }),
        }
    }

    fn join_queue(&self) -> Result<Waiting<'_>, Exhausted> {
        let room = |waiting| (waiting < self.queue_limit).then_some(waiting + 1);
        match self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, room) {
            Ok(_) => Ok(Waiting(&self.waiting)),
            Err(waiting) => Err(Exhausted::QueueFull { waiting }),
        }
    }

    fn granted(&self, holder: &'static str, permit: OwnedSemaphorePermit) -> Permit {
        let mut register = locked(&self.register);
        let number = register.next;
        register.next += 1;
        register.held.insert(number, (holder, Instant::now()));
        Permit { number, register: self.register.clone(), _permit: permit }
    }

    /// Callers inside at most.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Callers in the queue at most.
    pub fn queue_limit(&self) -> usize {
        self.queue_limit
    }

    /// How long a caller waits at most.
    pub fn wait_limit(&self) -> Duration {
        self.wait_limit
    }

    /// Callers in the queue.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Callers inside.
    pub fn inside(&self) -> usize {
        self.capacity - self.semaphore.available_permits()
    }

    /// Permits held for longer than `limit`, the oldest first.
    pub fn held_longer_than(&self, limit: Duration) -> Vec<Held> {
        let now = Instant::now();
        let register = locked(&self.register);
        let held = register.held.iter().map(|(&number, &(holder, since))| Held {
            number,
            holder,
            age: now.saturating_duration_since(since),
        });
        held.filter(|held| held.age > limit).collect()
    }
}

/// Leave to use one connection; returns itself when dropped.
#[derive(Debug)]
pub struct Permit {
    number: u64,
    register: Arc<Mutex<Register>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Permit {
    fn drop(&mut self) {
        locked(&self.register).held.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn gate(capacity: u32, queue: u32) -> Arc<Gate> {
        Arc::new(Gate::new(capacity, queue, LIMIT))
    }

    #[tokio::test(start_paused = true)]
    async fn callers_get_in_while_there_is_room() {
        let gate = gate(2, 1);
        let first = gate.enter("first").await.unwrap();
        let _second = gate.enter("second").await.unwrap();
        assert_eq!((gate.inside(), gate.waiting()), (2, 0));
        drop(first);
        assert_eq!(gate.inside(), 1);
        assert!(gate.enter("third").await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn holders_are_known_by_name_and_age() {
        let gate = gate(3, 2);
        assert_eq!((gate.capacity(), gate.queue_limit(), gate.wait_limit()), (3, 2, LIMIT));
        let old = gate.enter("old").await.unwrap();
        tokio::time::advance(LIMIT).await;
        let _middle = gate.enter("middle").await.unwrap();
        let _young = gate.enter("young").await.unwrap();
        tokio::time::advance(LIMIT).await;
        let held = |limit| {
            let held = gate.held_longer_than(limit).into_iter();
            held.map(|held| (held.number, held.holder, held.age)).collect::<Vec<_>>()
        };
        let all = [(0, "old", 2 * LIMIT), (1, "middle", LIMIT), (2, "young", LIMIT)];
        assert_eq!(held(LIMIT - Duration::from_nanos(1)), all);
        assert_eq!(held(LIMIT), all[..1], "longer, not as long");
        drop(old);
        assert_eq!(held(Duration::ZERO), all[1..]);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_after_the_limit_and_not_before() {
        let gate = gate(1, 1);
        let _held = gate.enter("holder").await.unwrap();
        let began = Instant::now();
        let refused = gate.enter("late").await.unwrap_err();
        assert_eq!(refused, Exhausted::WaitedTooLong { waited: LIMIT });
        assert_eq!(began.elapsed(), LIMIT);
        assert_eq!((gate.inside(), gate.waiting()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses_at_once() {
        let gate = gate(1, 2);
        let held = gate.enter("holder").await.unwrap();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.enter("waiter").await.map(drop) })
            })
            .collect();
        while gate.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        assert_eq!(gate.enter("x").await.unwrap_err(), Exhausted::QueueFull { waiting: 2 });
        assert_eq!(began.elapsed(), Duration::ZERO);
        drop(held);
        for waiter in waiters {
            waiter.await.unwrap().unwrap();
        }
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_that_comes_at_the_last_moment_is_kept() {
        let gate = gate(1, 1);
        let held = gate.enter("holder").await.unwrap();
        let entering = gate.clone();
        let waiter = tokio::spawn(async move { entering.enter("waiter").await });
        while gate.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(LIMIT - Duration::from_millis(1)).await;
        // The waiter sees the permit and its deadline in one and the same poll.
        drop(held);
        tokio::time::advance(Duration::from_millis(2)).await;
        let permit = waiter.await.unwrap().unwrap();
        assert_eq!(gate.inside(), 1);
        drop(permit);
        assert_eq!(gate.inside(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_thousand_cancelled_callers_leave_nothing_behind() {
        let gate = Arc::new(Gate::new(4, 1_000_000, Duration::from_secs(600)));
        let mut random = fastrand::Rng::with_seed(20_261_120);
        for _ in 0..100 {
            let callers: Vec<_> = (0..1_000)
                .map(|_| {
                    let (gate, polls) = (gate.clone(), random.u8(0..4));
                    tokio::spawn(async move {
                        let permit = gate.enter("storm").await;
                        for _ in 0..polls {
                            tokio::task::yield_now().await;
                        }
                        drop(permit);
                    })
                })
                .collect();
            for _ in 0..random.u8(0..8) {
                tokio::task::yield_now().await;
            }
            for caller in &callers {
                caller.abort();
            }
            for caller in callers {
                // Finished or aborted: both are what this is about.
                let _ = caller.await;
            }
        }
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
        assert!(gate.held_longer_than(Duration::ZERO).is_empty());
        let all: Vec<_> = futures_util::future::join_all((0..4).map(|_| gate.enter("after"))).await;
        assert!(all.iter().all(Result::is_ok));
    }
}
