//! The first level and the questions in flight, without Redis.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;

const KEEP: Duration = Duration::from_secs(60);

fn cache(l1_bytes: u64) -> Arc<RouteCache> {
    let limits = RouteCacheLimits { l1_bytes, l2_value_bytes: 0, keep: KEEP };
    Arc::new(RouteCache::new(limits))
}

fn key(question: &str) -> RouteKey {
    RouteKey::new("test", &["v1"], question)
}

/// Loads that are counted and wait for leave to end.
#[derive(Default)]
struct Loads {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

struct Gated {
    loads: Loads,
    go: Semaphore,
}

impl Gated {
    fn new() -> Arc<Self> {
        Arc::new(Self { loads: Loads::default(), go: Semaphore::new(0) })
    }

    async fn load(&self, answer: Result<&'static str, &'static str>) -> Result<Bytes, String> {
        self.loads.begun.fetch_add(1, Ordering::SeqCst);
        let _go = self.go.acquire().await;
        self.loads.ended.fetch_add(1, Ordering::SeqCst);
        answer.map(Bytes::from).map_err(str::to_owned)
    }

    fn begun(&self) -> usize {
        self.loads.begun.load(Ordering::SeqCst)
    }

    fn ended(&self) -> usize {
        self.loads.ended.load(Ordering::SeqCst)
    }
}

type Asking = tokio::task::JoinHandle<Result<(Bytes, CacheStatus), String>>;

fn ask(
    cache: &Arc<RouteCache>,
    gated: &Arc<Gated>,
    answer: Result<&'static str, &'static str>,
) -> Asking {
    let (cache, gated) = (cache.clone(), gated.clone());
    tokio::spawn(async move { cache.get_or_load(key("same"), KEEP, || gated.load(answer)).await })
}

/// Lets every task that can go on do so; the runtime of these tests has one thread.
async fn let_all_run() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_thousand_equal_questions_run_once() {
    let (cache, gated) = (cache(1 << 20), Gated::new());
    let asking: Vec<Asking> = (0..1_000).map(|_| ask(&cache, &gated, Ok("answer"))).collect();
    let_all_run().await;
    assert_eq!(gated.begun(), 1);
    gated.go.add_permits(1);
    let mut misses = 0;
    for asked in asking {
        let (bytes, status) = asked.await.unwrap().unwrap();
        assert_eq!(bytes, "answer");
        misses += usize::from(status == CacheStatus::Miss);
    }
    assert_eq!((gated.begun(), misses), (1, 1));
    let health = cache.health();
    assert_eq!((health.l1.hits, health.l1.misses, health.l1.hit_rate), (999, 1, 0.999));
    assert_eq!((health.mode, health.l2, health.degraded), (CacheMode::L1Only, None, false));
}

#[tokio::test]
async fn a_caller_that_goes_away_strands_nobody() {
    let (cache, gated) = (cache(1 << 20), Gated::new());
    let mut asking: Vec<Asking> = (0..50).map(|_| ask(&cache, &gated, Ok("answer"))).collect();
    // The current caller is dropped, ten times.
    for round in 1..=10 {
        let_all_run().await;
        assert_eq!(gated.begun(), round);
        asking.remove(0).abort();
    }
    let_all_run().await;
    gated.go.add_permits(1);
    for asked in asking {
        assert_eq!(asked.await.unwrap().unwrap().0, "answer");
    }
    assert_eq!((gated.begun(), gated.ended()), (11, 1));
}

#[tokio::test]
async fn a_failure_reaches_all_who_wait_and_is_not_kept() {
    let (cache, gated) = (cache(1 << 20), Gated::new());
    let asking: Vec<Asking> = (0..100).map(|_| ask(&cache, &gated, Err("refused"))).collect();
    let_all_run().await;
    gated.go.add_permits(1);
    for asked in asking {
        assert_eq!(asked.await.unwrap(), Err("refused".to_owned()));
    }
    assert_eq!((gated.begun(), cache.health().load_failures), (1, 100));
    let (bytes, status) = ask(&cache, &gated, Ok("answer")).await.unwrap().unwrap();
    assert_eq!((bytes, status), (Bytes::from("answer"), CacheStatus::Miss));
}

#[tokio::test]
async fn a_panic_stays_with_its_caller() {
    let cache = cache(1 << 20);
    let panicking = cache.clone();
    let asked = tokio::spawn(async move {
        let load = async || -> Result<Bytes, String> { panic!("on purpose") };
        panicking.get_or_load(key("same"), KEEP, load).await
    });
    assert!(asked.await.unwrap_err().is_panic());
    let (_, status) = ask(&cache, &free(), Ok("answer")).await.unwrap().unwrap();
    assert_eq!(status, CacheStatus::Miss);
}

/// Loads that wait for nothing.
fn free() -> Arc<Gated> {
    let gated = Gated::new();
    gated.go.add_permits(1);
    gated
}

#[tokio::test]
async fn answers_end_in_their_time() {
    let (cache, gated) = (cache(1 << 20), free());
    let short = Duration::from_millis(20);
    let ask = async || {
        cache.get_or_load(key("short"), short, || gated.load(Ok("answer"))).await.unwrap().1
    };
    assert_eq!(ask().await, CacheStatus::Miss);
    let began = Instant::now();
    // However slow the machine: it is made again, and not before its time.
    while ask().await == CacheStatus::L1 {
        assert!(began.elapsed() < Duration::from_secs(30), "it never ended");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(began.elapsed() + Duration::from_millis(5) >= short);
}

#[tokio::test]
async fn the_budget_of_bytes_holds_and_the_latest_stay() {
    let cache = cache(100_000);
    let large = Bytes::from(vec![7_u8; 9_000]);
    let ask = async |question: usize| {
        let load = async || Ok::<_, String>(large.clone());
        let asked = cache.get_or_load(key(&question.to_string()), KEEP, load).await;
        cache.settle().await;
        asked.unwrap().1
    };
    for question in 0..100 {
        assert_eq!(ask(question).await, CacheStatus::Miss);
        assert!(cache.health().bytes <= 100_000);
    }
    assert_eq!(cache.health().entries, 10);
    assert_eq!((ask(99).await, ask(90).await), (CacheStatus::L1, CacheStatus::L1));
    assert_eq!(ask(0).await, CacheStatus::Miss);
    let none = self::cache(0);
    for _ in 0..2 {
        let load = async || Ok::<_, String>(large.clone());
        let asked = none.get_or_load(key("same"), KEEP, load).await.unwrap();
        assert_eq!(asked, (large.clone(), CacheStatus::Miss));
        none.settle().await;
    }
}

#[tokio::test]
async fn answers_whose_time_is_over_are_let_go_when_nobody_asks() {
    let cache = cache(1 << 20);
    let short = Duration::from_millis(20);
    cache.get_or_load(key("short"), short, free_answer).await.unwrap();
    cache.settle().await;
    assert_eq!(cache.health().entries, 1);
    let stop = CancellationToken::new();
    let looking_after = cache.look_after(&stop);
    let watching = async {
        let began = Instant::now();
        while cache.health().entries > 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "it stays for ever");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
    };
    tokio::join!(looking_after, watching);
    assert_eq!(cache.health().bytes, 0);
}

async fn free_answer() -> Result<Bytes, String> {
    Ok(Bytes::from("answer"))
}
