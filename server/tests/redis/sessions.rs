//! Sessions in a Redis that servers share, and without it.

use std::time::Duration;

use mes_dashboard::app_store::AppStore;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::role::Role;
use mes_dashboard::auth::secret_key::SecretKey;
use mes_dashboard::auth::session::{Newcomer, SessionLimits, Sessions, Source};
use mes_dashboard::breaker::{BreakerLimits, BreakerPolicy};
use mes_dashboard::redis::{Reach, Redis, RedisLimits};

use crate::server::Server;
use crate::signals;

const LIMITS: SessionLimits =
    SessionLimits { idle: Duration::from_secs(3600), absolute: Duration::from_secs(7200) };

/// One server's view of the sessions.
async fn sessions(
    server: &Server,
    key: &SecretKey,
    store: &AppStore,
) -> (Sessions, std::sync::Arc<Redis>) {
    let limits = RedisLimits {
        connect_timeout: Duration::from_secs(2),
        command_timeout: Duration::from_millis(200),
    };
    let policy = BreakerPolicy::new(BreakerLimits {
        enabled: true,
        window_size: 10,
        failure_threshold: 3,
        failure_ratio: 0.3,
        slow_call_ratio: 1.0,
        slow_call: Duration::from_secs(60),
        recovery: Duration::from_secs(1),
        probes: 1,
        half_open_limit: Duration::from_secs(60),
    });
    let redis =
        Redis::new(&server.url(), &Default::default(), "test:", limits, policy.unwrap()).unwrap();
    assert_eq!(redis.probe().await, Reach::Reachable);
    (sessions_over(&redis, store, key), redis)
}

/// Sessions in a Redis, with what servers share besides it.
pub fn sessions_over(redis: &std::sync::Arc<Redis>, store: &AppStore, key: &SecretKey) -> Sessions {
    Sessions::new(store, Some(redis.clone()), key.clone(), LIMITS, Clock::system())
}

async fn store() -> AppStore {
    AppStore::open("sqlite::memory:").await.unwrap()
}

pub fn newcomer(name: &str) -> Newcomer {
    Newcomer {
        user_name: name.to_owned(),
        role: Role::Admin,
        source: Source::Ldap,
        address: "10.0.0.1".to_owned(),
        user_agent: "test".to_owned(),
        generation: 0,
    }
}

#[tokio::test]
async fn servers_share_sessions_and_their_ends() {
    let server = Server::start().await;
    let (key, store) = (SecretKey::random().unwrap(), store().await);
    let (here, _) = sessions(&server, &key, &store).await;
    let (there, _) = sessions(&server, &key, &store).await;
    let (cookie, session) = here.begin(newcomer("chen"), None).await.unwrap();
    assert_eq!(there.find(&cookie).await.unwrap().unwrap().public_id, session.public_id);
    let (other, _) = there.begin(newcomer("lin"), None).await.unwrap();
    let listed: Vec<String> =
        here.list().await.unwrap().into_iter().map(|session| session.user_name).collect();
    assert_eq!(listed.len(), 2);

    let mut connection = server.connect().await;
    let mut asked = async |command: &str, argument: &str| -> Vec<String> {
        redis::cmd(command).arg(argument).query_async(&mut connection).await.unwrap()
    };
    let secret = cookie.split('.').next().unwrap().to_owned();
    for name in asked("KEYS", "*").await {
        assert!(name.starts_with("test:session2:") && !name.contains(&secret), "{name}");
    }
    let mut connection = server.connect().await;
    let name = format!("test:session2:{}", session.id_hash);
    let left: i64 = redis::cmd("TTL").arg(&name).query_async(&mut connection).await.unwrap();
    assert!((7100..=7200).contains(&left), "{left}");

    there.end_named(&session.public_id).await.unwrap().unwrap();
    let (fresh, _) = sessions(&server, &key, &store).await;
    assert_eq!(fresh.find(&cookie).await.unwrap(), None);
    assert!(fresh.find(&other).await.unwrap().is_some());
    assert_eq!(fresh.end_all_of("lin").await.unwrap(), 1);
    let (fresh, _) = sessions(&server, &key, &store).await;
    assert_eq!(fresh.find(&other).await.unwrap(), None);
    let left: i64 = redis::cmd("DBSIZE").query_async(&mut connection).await.unwrap();
    assert_eq!(left, 0, "nothing stays behind");
}

#[tokio::test]
async fn without_redis_nobody_signs_in_and_nobody_waits_long() {
    let server = Server::start().await;
    let (key, store) = (SecretKey::random().unwrap(), store().await);
    let (here, redis) = sessions(&server, &key, &store).await;
    let (cookie, _) = here.begin(newcomer("chen"), None).await.unwrap();
    let (fresh, _) = sessions(&server, &key, &store).await;
    signals::freeze(&server.process);
    let start = std::time::Instant::now();
    for _ in 0..200 {
        assert!(fresh.find(&cookie).await.is_err(), "told apart from nobody");
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(here.begin(newcomer("lin"), None).await.is_err(), "there is no other store");
    signals::thaw(&server.process);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while fresh.find(&cookie).await.is_err() {
        redis.probe().await;
        assert!(std::time::Instant::now() < deadline, "it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(fresh.find(&cookie).await.unwrap().is_some());
}

#[tokio::test]
async fn values_of_others_are_nobodys_session() {
    let server = Server::start().await;
    let (key, store) = (SecretKey::random().unwrap(), store().await);
    let (here, _) = sessions(&server, &key, &store).await;
    let (chen, session) = here.begin(newcomer("chen"), None).await.unwrap();
    let (lin, lins) = here.begin(newcomer("lin"), None).await.unwrap();
    let mut connection = server.connect().await;
    let name = |hash: &str| format!("test:session2:{hash}");
    let copied: Vec<u8> =
        redis::cmd("GET").arg(name(&session.id_hash)).query_async(&mut connection).await.unwrap();
    for (key, value) in [(name(&lins.id_hash), copied), (name(&session.id_hash), b"{".to_vec())] {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value);
        set.query_async::<()>(&mut connection).await.unwrap();
    }
    let (fresh, _) = sessions(&server, &key, &store).await;
    for cookie in [chen, lin] {
        assert_eq!(fresh.find(&cookie).await.unwrap(), None);
    }
    assert_eq!(fresh.list().await.unwrap(), []);
    assert_eq!(fresh.refused_records(), 4, "two looked for, two listed");
}

#[tokio::test]
async fn whoever_may_only_write_to_redis_becomes_nobody() {
    let server = Server::start().await;
    let (key, store) = (SecretKey::random().unwrap(), store().await);
    let (here, _) = sessions(&server, &key, &store).await;
    let engineer = Newcomer { role: Role::Engineer, ..newcomer("chen") };
    let (cookie, session) = here.begin(engineer, None).await.unwrap();
    let mut connection = server.connect().await;
    let name = format!("test:session2:{}", session.id_hash);
    let record: Vec<u8> = redis::cmd("GET").arg(&name).query_async(&mut connection).await.unwrap();
    let text = String::from_utf8(record.clone()).unwrap();
    let admin = text.replace("\"engineer\"", "\"admin\"");
    assert_ne!(admin, text);
    let own_key = SecretKey::random().unwrap();
    let bare = &admin[43..];
    let forged = [
        admin.clone(),
        bare.to_owned(),
        format!("{}{bare}", own_key.sign("session record", bare.as_bytes())),
        format!("{}{bare}", "A".repeat(43)),
        text.replace("\"chen\"", "\"lin\""),
        text.replace("\"generation\":0", "\"generation\":1"),
        String::new(),
        "x".repeat(43),
        "陳".repeat(20),
    ];
    for (number, value) in forged.iter().enumerate() {
        let mut set = redis::cmd("SET");
        set.arg(&name).arg(value).query_async::<()>(&mut connection).await.unwrap();
        let (fresh, _) = sessions(&server, &key, &store).await;
        assert_eq!(fresh.find(&cookie).await.unwrap(), None, "{number}: {value}");
        assert_eq!(fresh.list().await.unwrap(), [], "{number}");
        assert_eq!(fresh.refused_records(), 2, "{number}");
    }
    // As it was, it counts again: nothing here ends a session.
    let mut set = redis::cmd("SET");
    set.arg(&name).arg(record).query_async::<()>(&mut connection).await.unwrap();
    let (fresh, _) = sessions(&server, &key, &store).await;
    assert_eq!(fresh.find(&cookie).await.unwrap().unwrap().role, Role::Engineer);
}

#[tokio::test]
async fn all_sessions_end_whatever_redis_has_evicted_or_has_again() {
    let server = Server::start().await;
    let (key, store) = (SecretKey::random().unwrap(), store().await);
    let (here, _) = sessions(&server, &key, &store).await;
    let (first, one) = here.begin(newcomer("chen"), None).await.unwrap();
    let (second, _) = here.begin(newcomer("chen"), None).await.unwrap();
    let (third, other) = here.begin(newcomer("lin"), None).await.unwrap();
    let mut connection = server.connect().await;
    let name = |hash: &str| format!("test:session2:{hash}");
    let mut records = Vec::new();
    for session in [&one, &other] {
        let mut get = redis::cmd("GET");
        get.arg(name(&session.id_hash));
        records.push(get.query_async::<Vec<u8>>(&mut connection).await.unwrap());
    }
    // Evicted, like any key that no session is found by.
    let mut evict = redis::cmd("DEL");
    evict.arg(name(&one.id_hash)).arg("test:sessions");
    evict.query_async::<()>(&mut connection).await.unwrap();
    let listed = here.list().await.unwrap();
    assert_eq!(listed.len(), 2, "administrators see what is there");
    assert_eq!(here.end_all_of("chen").await.unwrap(), 1);
    here.end(&other).await.unwrap();
    // A replica without this change is the master now.
    for (session, record) in [&one, &other].iter().zip(&records) {
        let mut set = redis::cmd("SET");
        set.arg(name(&session.id_hash)).arg(record);
        set.query_async::<()>(&mut connection).await.unwrap();
    }
    for cookie in [&first, &second, &third] {
        let (fresh, _) = sessions(&server, &key, &store).await;
        assert_eq!(fresh.list().await.unwrap(), []);
        assert_eq!(fresh.find(cookie).await.unwrap(), None);
        assert_eq!(here.find(cookie).await.unwrap(), None);
    }
    let generation = mes_dashboard::auth::users::Users::new(store.clone(), Clock::system());
    let generation = generation.standing("chen").await.unwrap().generation;
    let again = Newcomer { generation, ..newcomer("chen") };
    let (cookie, _) = here.begin(again, None).await.unwrap();
    assert!(here.find(&cookie).await.unwrap().is_some(), "signing in again works");
}
