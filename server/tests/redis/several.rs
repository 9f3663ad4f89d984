//! Several servers over one Redis: one reads, the others follow, and clients go from one to the other.

#![expect(clippy::print_stdout, reason = "figures of the run")]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use compute_core::quality::{Ledger, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::auth::secret_key::SecretKey;
use mes_dashboard::sharing::{Role, Sharing, SharingSetup};
use mes_dashboard::snapshot::{
    Answer, CompressionLevels, Intervals, Packing, Refresher, SnapshotStore, SourceRead,
    TableSource,
};
use redis::AsyncCommands;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::plant;
use crate::server::Server as Redis;
use crate::service::{Answer as Response, Service};
use crate::shared::redis;
use crate::signals;

/// Time between checks of every table.
const EVERY: Duration = Duration::from_millis(400);

/// The MES: its lots are those of a number that grows.
#[derive(Default)]
struct Mes {
    number: AtomicUsize,
    /// Reads of lots, by all servers.
    reads: AtomicUsize,
}

impl Mes {
    fn go_on(&self) -> usize {
        self.number.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

/// The way of one server to the MES.
#[derive(Default)]
struct Way {
    mes: Arc<Mes>,
    is_broken: AtomicBool,
    /// How long a read takes after its snapshot, ms.
    slow_ms: AtomicU64,
    /// Reads of lots by this server.
    reads: AtomicUsize,
}

impl TableSource for Way {
    fn change_stamp<'a>(&'a self, _dataset: Dataset) -> Answer<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    fn read<'a>(&'a self, dataset: Dataset) -> Answer<'a, SourceRead> {
        Box::pin(async move {
            if dataset == Dataset::Wip {
                self.mes.reads.fetch_add(1, Ordering::SeqCst);
                self.reads.fetch_add(1, Ordering::SeqCst);
            }
            let database_now = Timestamp::now();
            let number = self.mes.number.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(self.slow_ms.load(Ordering::SeqCst))).await;
            if self.is_broken.load(Ordering::SeqCst) {
                return Err("the database is gone".to_owned());
            }
            let batch = match dataset {
                Dataset::Wip => plant::lot_batch(&lots_of(number)),
                other => plant::tables().into_iter().find(|(one, _)| *one == other).unwrap().1,
            };
            let mut ledger = Ledger::default();
            let column = dataset.source_columns()[0].name;
            ledger.note(Reason::Unreadable, column, Some("L1"), Some("?"));
            Ok(SourceRead { batch, ledger, database_now })
        })
    }
}

/// One lot per number, whose quantity is the number: what a client sees tells how old it is.
fn lots_of(number: usize) -> Vec<plant::Row> {
    vec![plant::lot("L1", u32::try_from(number).unwrap() + 1, "WB", "QFN")]
}

/// The number that an answer of `/api/wip/lot/L1` shows.
fn number_in(answer: &Response) -> usize {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let quantity = answer.json()["data"]["totalQtyPcs"].as_u64().unwrap();
    usize::try_from(quantity).unwrap() - 1
}

/// One of several servers.
struct Member {
    way: Arc<Way>,
    store: Arc<SnapshotStore>,
    sharing: Arc<Sharing>,
    service: Service,
    draining: CancellationToken,
    stop: CancellationToken,
    refresher: Arc<Refresher>,
    /// Looks at the board.
    looking: Mutex<JoinHandle<()>>,
    reading: Vec<JoinHandle<()>>,
}

impl Member {
    fn start(url: &str, key: &SecretKey, mes: &Arc<Mes>, name: &str) -> Self {
        Self::start_reading(EVERY, url, key, mes, name)
    }

    fn start_reading(
        every: Duration,
        url: &str,
        key: &SecretKey,
        mes: &Arc<Mes>,
        name: &str,
    ) -> Self {
        let way = Arc::new(Way { mes: mes.clone(), ..Way::default() });
        let store = Arc::new(SnapshotStore::new(4, CompressionLevels::default()));
        let intervals = Intervals {
            wip: every,
            resource: every,
            equipment: every,
            full_read: Duration::from_secs(60),
            longest_read: Duration::from_secs(2),
        };
        let redis = redis(url);
        let (stop, draining) = (CancellationToken::new(), CancellationToken::new());
        let (watched, until) = (redis.clone(), stop.clone());
        tokio::spawn(async move { watched.watch(&until).await });
        let sharing = Sharing::new(SharingSetup {
            redis,
            key: key.clone(),
            plant: "plant".to_owned(),
            server: name.to_owned(),
            store: store.clone(),
            intervals,
            now: Timestamp::now,
        });
        let (rules, zone) = (Arc::new(SiteRules::default()), TimeZone::UTC);
        let refresher =
            Refresher::new(store.clone(), way.clone(), rules, zone, intervals, Timestamp::now);
        let refresher = Arc::new(refresher.beside(sharing.clone()));
        let reading = refresher.start(&stop);
        let mut state = Service::cold().state;
        (state.snapshots, state.sharing) = (store.clone(), Some(sharing.clone()));
        let service = Service::with(state);
        let looking = Mutex::new(tokio::spawn(async {}));
        let member =
            Self { way, store, sharing, service, draining, stop, refresher, looking, reading };
        member.look_after(Duration::ZERO);
        member
    }

    /// Hears nothing of the others for some time.
    fn look_after(&self, pause: Duration) {
        let (sharing, refresher) = (self.sharing.clone(), self.refresher.clone());
        let (drains, until) = (self.draining.clone(), self.stop.clone());
        let mut looking = self.looking.lock().unwrap();
        looking.abort();
        *looking = tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            sharing.keep(&refresher, &drains, &until).await;
        });
    }

    fn hears_nothing_more(&self) {
        self.looking.lock().unwrap().abort();
    }

    fn role(&self) -> Role {
        self.sharing.role()
    }

    fn leads(&self) -> bool {
        matches!(self.role(), Role::Leading { .. })
    }

    fn version(&self) -> Option<String> {
        Some(self.store.current().published(Dataset::Wip)?.version.clone())
    }

    fn is_complete(&self) -> bool {
        self.store.current().is_complete()
    }

    /// What it shows.
    async fn shown(&self) -> usize {
        number_in(&self.service.get("/api/wip/overview/summary").await)
    }

    async fn shows(&self, number: usize) {
        let began = Instant::now();
        while self.shown().await != number {
            assert!(began.elapsed() < Duration::from_secs(60), "it never shows {number}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends as a process that is killed: nothing is handed over.
    fn die(&self) {
        self.hears_nothing_more();
        for task in &self.reading {
            task.abort();
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stop.cancel();
        self.die();
    }
}

/// Waits until it holds, and gives the time that it took.
async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    began.elapsed()
}

/// Two servers, of which the first leads and the second follows, with everything loaded.
async fn two(url: &str, key: &SecretKey, mes: &Arc<Mes>) -> (Member, Member) {
    two_reading(EVERY, url, key, mes).await
}

async fn two_reading(
    every: Duration,
    url: &str,
    key: &SecretKey,
    mes: &Arc<Mes>,
) -> (Member, Member) {
    let first = Member::start_reading(every, url, key, mes, "first");
    until("the first leads", || first.leads() && first.is_complete()).await;
    let second = Member::start_reading(every, url, key, mes, "second");
    until("the second follows", || second.role() == Role::Following && second.is_complete()).await;
    (first, second)
}

fn key() -> SecretKey {
    SecretKey::random().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_reads_and_all_serve_the_same_bytes() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    let (began, before) = (Instant::now(), mes.reads());
    for _ in 0..10 {
        mes.go_on();
        let old = second.version();
        until("the second has the next version", || second.version() != old).await;
    }
    let reads = mes.reads() - before;
    let intervals = began.elapsed().as_secs_f64() / EVERY.as_secs_f64();
    println!("{reads} reads in {intervals:.1} intervals by two servers");
    assert!(reads as f64 <= intervals + 1.5, "{reads} reads in {intervals:.1} intervals");
    assert_eq!(second.way.reads.load(Ordering::SeqCst), 0, "the follower never reads");
    for dataset in Dataset::ALL {
        let shown = |member: &Member| {
            let plant = member.store.current();
            let published = plant.published(dataset).unwrap().clone();
            (published, plant.all_columns(dataset), plant.ledger(dataset).into_owned())
        };
        let ((here, all_here, counted_here), (there, all_there, counted_there)) =
            (shown(&first), shown(&second));
        assert_eq!(here.version, there.version);
        assert_eq!(
            (here.rows, here.updated_at.as_millisecond(), &here.sys_date),
            (there.rows, there.updated_at.as_millisecond(), &there.sys_date)
        );
        assert_eq!(here.bytes.identity, there.bytes.identity);
        for packing in Packing::ALL {
            let [here, there] = [&here, &there].map(|published| published.bytes.packed(packing));
            assert_eq!(here.await.unwrap(), there.await.unwrap());
        }
        assert_eq!(all_here, all_there);
        assert_eq!(counted_here, counted_there);
    }
    assert!(second.store.current().has_machine("m3"));
    let report = serde_json::to_value(second.sharing.report()).unwrap();
    assert_eq!((&report["role"], &report["leader"]), (&"following".into(), &"first".into()));
    assert_eq!(report["servers"], serde_json::json!(["first", "second"]));
    assert_eq!(report["trouble"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_takes_over_within_the_lease() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    first.die();
    let took = until("the second leads", || second.leads()).await;
    println!("took over after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(7), "{took:?}");
    mes.go_on();
    let old = second.version();
    until("it reads", || second.version() != old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drains_hands_over_at_once() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    first.draining.cancel();
    let took = until("the second leads", || second.leads()).await;
    println!("handed over after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(2), "{took:?}");
    // Those that are still connected to it see what the other one reads.
    mes.go_on();
    let old = first.version();
    until("the first follows", || first.version() != old).await;
    assert_eq!(first.version(), second.version());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_cannot_read_hands_over() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    first.way.is_broken.store(true, Ordering::SeqCst);
    let is_stale = |member: &Member| member.store.current().state(Dataset::Wip).is_stale();
    until("both say so", || is_stale(&first) && is_stale(&second)).await;
    until("the second leads", || second.leads()).await;
    until("all is well again", || !is_stale(&first) && !is_stale(&second)).await;
    assert_eq!(first.role(), Role::Following);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_reads_for_itself_and_they_join_again() {
    let (mut redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    redis.process.kill().unwrap();
    redis.process.wait().unwrap();
    until("each is alone", || first.role() == Role::Alone && second.role() == Role::Alone).await;
    let number = mes.go_on();
    first.shows(number).await;
    second.shows(number).await;
    assert!(second.way.reads.load(Ordering::SeqCst) > 0);
    redis.start_again().await;
    until("one leads, one follows", || {
        let led = usize::from(first.leads()) + usize::from(second.leads());
        let following =
            [&first, &second].iter().filter(|one| one.role() == Role::Following).count();
        (led, following) == (1, 1)
    })
    .await;
    let follower = if first.leads() { &second } else { &first };
    let reads = follower.way.reads.load(Ordering::SeqCst);
    for _ in 0..3 {
        mes.go_on();
        let old = follower.version();
        until("the next version", || follower.version() != old).await;
    }
    assert_eq!(follower.way.reads.load(Ordering::SeqCst), reads, "it reads no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_costs_speed_and_no_service() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    signals::freeze(&redis.process);
    until("each is alone", || first.role() == Role::Alone && second.role() == Role::Alone).await;
    let number = mes.go_on();
    first.shows(number).await;
    second.shows(number).await;
    signals::thaw(&redis.process);
    until("one leads", || first.leads() != second.leads()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_leader_writes_after_another_took_over_is_void() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    // The first one hears nothing more of Redis and still counts on its lease.
    first.hears_nothing_more();
    let mut raw = redis.connect().await;
    let keys: Vec<String> = raw.keys("test:board:*:lease").await.unwrap();
    let _: () = raw.del(&keys[0]).await.unwrap();
    until("the second leads", || second.leads()).await;
    assert!(first.leads(), "it doesn't know yet");
    mes.go_on();
    until("its write is void", || {
        serde_json::to_value(first.sharing.report()).unwrap()["void"].as_u64() > Some(0)
    })
    .await;
    assert!(!first.leads());
    let old = second.version();
    mes.go_on();
    until("the second goes on", || second.version() != old).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_is_filled_again() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    let mut raw = redis.connect().await;
    for _ in 0..3 {
        let _: () = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();
        let number = mes.go_on();
        first.shows(number).await;
        second.shows(number).await;
        assert!(first.leads() != second.leads());
    }
    // What is evicted is stored again, for a server that comes later.
    let parts: Vec<String> = raw.keys("test:board:*:part:*").await.unwrap();
    let _: () = raw.del(parts).await.unwrap();
    let third = Member::start(&redis.url(), &mes_key(&first), &mes, "third");
    until("a third has all", || third.is_complete()).await;
    assert_eq!(third.role(), Role::Following);
    assert_eq!(third.way.reads.load(Ordering::SeqCst), 0);
}

fn mes_key(member: &Member) -> SecretKey {
    member.sharing.key().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_by_this_plants_servers_does_not_count() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    // A server with another key reads for itself.
    let stranger = Member::start(&redis.url(), &key(), &mes, "stranger");
    until("it is alone", || stranger.role() == Role::Alone && stranger.is_complete()).await;
    assert!(stranger.sharing.report().trouble.unwrap().contains("SECRET_KEY"));
    assert!(stranger.way.reads.load(Ordering::SeqCst) > 0);
    // A pointer that no server wrote is replaced, and no server follows it.
    first.way.slow_ms.store(3_000, Ordering::SeqCst);
    let version = second.version();
    let mut raw = redis.connect().await;
    let keys: Vec<String> = raw.keys("test:board:*:versions").await.unwrap();
    let real: Vec<u8> = raw.hget(&keys[0], "wip").await.unwrap();
    let forged = String::from_utf8(real).unwrap().replace("\"version\":\"", "\"version\":\"0");
    let _: () = raw.hset(&keys[0], "wip", forged.as_bytes()).await.unwrap();
    let _: () = raw.hset(&keys[0], "wip.changed", i64::MAX).await.unwrap();
    until("the real one is back", || {
        second.sharing.report().trouble.is_none() && second.version() == version
    })
    .await;
    first.way.slow_ms.store(0, Ordering::SeqCst);
    mes.go_on();
    until("it goes on", || second.version() != version).await;
}

/// A client that keeps cookies as browsers do.
#[derive(Default)]
struct Client {
    cookie: Option<String>,
    shown: usize,
}

impl Client {
    async fn ask(&mut self, member: &Member) -> Result<usize, Response> {
        let headers: Vec<(&str, &str)> =
            self.cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
        let answer = member.service.get_with("/api/wip/overview/summary", &headers).await;
        if answer.status != 200 {
            answer.failure(503, "SERVICE_UNAVAILABLE");
            assert_eq!(answer.header("retry-after"), "1");
            return Err(answer);
        }
        if let Some(set) = answer.headers.get("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(pair.to_owned());
        }
        let number = number_in(&answer);
        assert!(number >= self.shown, "{number} after {}", self.shown);
        self.shown = number;
        Ok(number)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_never_sees_older_data_whichever_server_it_reaches() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let (first, second) = two(&redis.url(), &key(), &mes).await;
    let third = Member::start(&redis.url(), &mes_key(&first), &mes, "third");
    until("the third follows", || third.is_complete()).await;
    let members = [&first, &second, &third];
    let mut clients: Vec<Client> = (0..8).map(|_| Client::default()).collect();
    let (mut asked, mut refused, mut changes) = (0, 0, 0);
    let mut older_without = 0;
    let (began, mut newest) = (Instant::now(), 0);
    fastrand::seed(7);
    while began.elapsed() < Duration::from_secs(12) {
        if fastrand::u8(..) == 0 {
            mes.go_on();
        }
        // A slow follower.
        if fastrand::u16(..2_000) == 0 {
            second.look_after(Duration::from_millis(fastrand::u64(100..800)));
        }
        let member = members[fastrand::usize(..3)];
        let client = &mut clients[fastrand::usize(..8)];
        asked += 1;
        match client.ask(member).await {
            Ok(number) => {
                changes += usize::from(number > newest);
                older_without += usize::from(number < newest);
                newest = newest.max(number);
            }
            Err(_) => refused += 1,
        }
    }
    println!(
        "{asked} requests, {refused} put off, {changes} versions, {older_without} answers behind another client's"
    );
    assert!(asked > 1_000 && changes > 5, "{asked} requests, {changes} versions");
    assert_eq!(refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_read_each_for_itself_show_no_client_older_data() {
    let (mut redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    // Only clients cause reads within the time of this test.
    let every = Duration::from_secs(600);
    let (first, second) = two_reading(every, &redis.url(), &key(), &mes).await;
    redis.process.kill().unwrap();
    redis.process.wait().unwrap();
    until("each is alone", || first.role() == Role::Alone && second.role() == Role::Alone).await;
    let (began, before) = (Instant::now(), second.way.reads.load(Ordering::SeqCst));
    let mut clients: Vec<Client> = (0..20).map(|_| Client::default()).collect();
    for _ in 0..4 {
        let number = mes.go_on();
        first.refresher.refresh_now();
        first.shows(number).await;
        for client in &mut clients {
            assert_eq!(client.ask(&first).await.ok(), Some(number));
        }
        for client in &mut clients {
            assert_eq!(client.ask(&second).await.ok(), Some(number), "it reads for its client");
        }
    }
    let reads = second.way.reads.load(Ordering::SeqCst) - before;
    println!("{reads} reads for 80 requests in {:.1} s", began.elapsed().as_secs_f64());
    assert!(reads <= 8, "clients share reads, which are spaced: {reads}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_the_future_and_garbage_do_not_count() {
    let (redis, mes) = (Redis::start().await, Arc::new(Mes::default()));
    let key = key();
    let (first, second) = two(&redis.url(), &key, &mes).await;
    let path = "/api/wip/overview/summary";
    let sign = |seen: &str| format!("{seen}.{}", key.sign("read token", seen.as_bytes()));
    let later = |secs: i64| Timestamp::now().as_microsecond() + secs * 1_000_000;
    let far = sign(&format!("wip-{}", later(3_600)));
    let garbage = ["", "x", "wip-1.AAAA", "\"", &"a".repeat(4_000), &format!("wip-{}.x", later(1))];
    for token in garbage.into_iter().chain([far.as_str()]) {
        for headers in
            [("x-mes-read-token", token.to_owned()), ("cookie", format!("mes_read={token}"))]
        {
            let began = Instant::now();
            let answer = second.service.get_with(path, &[(headers.0, &headers.1)]).await;
            assert_eq!(answer.status, 200, "{token}");
            assert!(began.elapsed() < Duration::from_secs(1), "{token}: {:?}", began.elapsed());
        }
    }
    // One that a moment later is true is waited for: the leader is asked.
    let soon = sign(&format!("wip-{}", later(0)));
    for name in ["mes_read", "mes_announced"] {
        let cookie = format!("{name}={soon}");
        assert_eq!(second.service.get_with(path, &[("cookie", &cookie)]).await.status, 200);
    }
    // Requests that wait share one read.
    let before = first.way.reads.load(Ordering::SeqCst);
    let soon = sign(&format!("wip-{}", later(0)));
    let all = (0..200).map(|_| async {
        second.service.get_with(path, &[("x-mes-read-token", soon.as_str())]).await.status
    });
    let all: Vec<_> = futures_util::future::join_all(all).await;
    assert!(all.iter().all(|status| *status == 200));
    let reads = first.way.reads.load(Ordering::SeqCst) - before;
    assert!(reads <= 5, "{reads}");
    assert_eq!(second.way.reads.load(Ordering::SeqCst), 0);
    // What is not of the plant needs no token and sets none.
    let pages = second.service.get("/api/pages").await;
    assert!(!pages.headers.contains_key("set-cookie"));
    let alone = Service::loaded().get(path).await;
    assert!(
        !alone.headers.contains_key("set-cookie")
            && !alone.headers.contains_key("x-mes-read-token")
    );
}
