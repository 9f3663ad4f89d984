//! `cargo bench -p server --bench breaker`: what a decision of the circuit breaker costs.
//!
//! While open it must cost less than 100 ns and no allocation, with the clock read. The times are
//! medians of many short runs, so that they hold on a shared machine.
#![expect(clippy::print_stdout, reason = "a bench measures and reports")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mes_dashboard::breaker::{BreakerLimits, BreakerPolicy, CircuitBreaker, Outcome};

const RUNS: usize = 1_001;
const DECISIONS: u32 = 1_000;
const LIMIT_NS: f64 = 100.0;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counting.
struct Counting;

#[expect(unsafe_code, reason = "an allocator can't be counted otherwise")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Median nanoseconds of one decision, and allocations of all of them.
fn measure(mut decision: impl FnMut()) -> (f64, u64) {
    let mut times = Vec::with_capacity(RUNS);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..RUNS {
        let began = Instant::now();
        for _ in 0..DECISIONS {
            decision();
        }
        times.push(began.elapsed().as_nanos() as f64 / f64::from(DECISIONS));
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    times.sort_by(f64::total_cmp);
    (times[RUNS / 2], allocations)
}

fn main() {
    let limits = BreakerLimits {
        enabled: true,
        window_size: 20,
        failure_threshold: 5,
        failure_ratio: 0.5,
        slow_call_ratio: 0.8,
        slow_call: Duration::from_secs(10),
        recovery: Duration::from_secs(3_600),
        probes: 3,
        half_open_limit: Duration::from_secs(3_600),
    };
    let Ok(policy) = BreakerPolicy::new(limits) else { return };
    let breaker = CircuitBreaker::new(policy);
    let (closed, _) = measure(|| {
        if let Ok(pass) = black_box(&breaker).admit() {
            pass.finish(Outcome::Success);
        }
    });
    while let Ok(pass) = breaker.admit() {
        pass.finish(Outcome::Failure);
    }
    let (open, allocations) = measure(|| {
        black_box(black_box(&breaker).admit().is_err());
    });
    println!("closed, admitted and finished  {closed:8.1} ns");
    println!("open, refused                  {open:8.1} ns  {allocations} allocations");
    assert!(open < LIMIT_NS && allocations == 0, "the limit is {LIMIT_NS} ns and no allocation");
}
