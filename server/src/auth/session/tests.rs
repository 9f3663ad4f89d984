use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::app_store::on_pool;
use crate::auth::password::hash_new;
use crate::auth::role::Role;

const LIMITS: SessionLimits =
    SessionLimits { idle: Duration::from_secs(8 * 3600), absolute: Duration::from_secs(24 * 3600) };

struct Fixture {
    sessions: Sessions,
    users: Users,
    store: AppStore,
    key: SecretKey,
    ms: Arc<AtomicI64>,
}

impl Fixture {
    async fn new() -> Self {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let ms = Arc::new(AtomicI64::new(1_800_000_000_000));
        let told = ms.clone();
        let tell = move || Timestamp::from_millisecond(told.load(Ordering::SeqCst)).unwrap();
        let clock = Clock::new(tell);
        let key = SecretKey::random().unwrap();
        let users = Users::new(store.clone(), clock.clone());
        users.add("chen", Role::Engineer, "hash").await.unwrap();
        let sessions = Sessions::new(&store, None, key.clone(), LIMITS, clock);
        Self { sessions, users, store, key, ms }
    }

    async fn sign_in(&self) -> (String, Session) {
        self.sessions.begin(self.newcomer().await, None).await.unwrap()
    }

    async fn newcomer(&self) -> Newcomer {
        Newcomer {
            user_name: "chen".to_owned(),
            role: Role::Engineer,
            source: Source::Local,
            address: "10.0.0.1".to_owned(),
            user_agent: format!("Browser\r\n{}", "x".repeat(9000)),
            generation: self.users.standing("chen").await.unwrap().generation,
        }
    }

    async fn later(&self, secs: i64) {
        self.ms.fetch_add(secs * 1000, Ordering::SeqCst);
        self.sessions.cached.invalidate_all();
        self.sessions.cached.run_pending_tasks().await;
    }
}

#[tokio::test]
async fn a_cookie_finds_its_session_and_nothing_else_does() {
    let fixture = Fixture::new().await;
    let (cookie, session) = fixture.sign_in().await;
    let found = fixture.sessions.find(&cookie).await.unwrap().unwrap();
    assert_eq!(*found, session);
    assert_eq!(session.user_agent.chars().count(), MOST_AGENT_CHARS);
    assert!(!session.user_agent.contains(['\r', '\n']));
    let (id, signature) = cookie.split_once('.').unwrap();
    assert_ne!(session.id_hash, id);
    let other = SecretKey::random().unwrap().sign(PURPOSE, id.as_bytes());
    let elsewhere = fixture.key.sign("another purpose", id.as_bytes());
    let unknown = random_text().unwrap();
    for forged in [
        String::new(),
        ".".to_owned(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{other}"),
        format!("{id}.{elsewhere}"),
        format!("{id}.{signature}x"),
        format!("{}.{signature}", session.id_hash),
        format!("{unknown}.{}", fixture.key.sign(PURPOSE, unknown.as_bytes())),
        session.id_hash.clone(),
        session.public_id.clone(),
        "x".repeat(COOKIE_CHARS),
        "€".repeat(29),
        "x".repeat(1_000_000),
    ] {
        assert_eq!(fixture.sessions.find(&forged).await.unwrap(), None, "{forged:.100}");
    }
}

#[tokio::test]
async fn sessions_end_when_they_are_idle_and_when_they_are_old() {
    let fixture = Fixture::new().await;
    let (cookie, session) = fixture.sign_in().await;
    let hour = 3600;
    for _ in 0..3 {
        fixture.later(7 * hour).await;
        assert!(fixture.sessions.find(&cookie).await.unwrap().is_some(), "kept in use");
    }
    let (idle, _) = fixture.sign_in().await;
    fixture.later(3 * hour - 1).await;
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    fixture.later(1).await;
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None, "older than 24 h");
    assert!(
        fixture.sessions.list().await.unwrap().iter().all(|s| s.public_id != session.public_id)
    );
    fixture.later(5 * hour).await;
    assert_eq!(fixture.sessions.find(&idle).await.unwrap(), None, "8 h without a request");
    fixture.sessions.clean().await.unwrap();
    let stored = fixture.sessions.store.list().await.unwrap();
    assert!(stored.is_empty());
}

#[tokio::test]
async fn an_idle_limit_holds_for_what_is_kept_in_memory_too() {
    let fixture = Fixture::new().await;
    let (cookie, _) = fixture.sign_in().await;
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    fixture.ms.fetch_add(8 * 3600 * 1000, Ordering::SeqCst);
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
}

#[tokio::test]
async fn signing_in_again_and_signing_out_end_the_session_at_once() {
    let fixture = Fixture::new().await;
    let (first, session) = fixture.sign_in().await;
    assert!(fixture.sessions.find(&first).await.unwrap().is_some());
    let (second, again) =
        fixture.sessions.begin(fixture.newcomer().await, Some(&session)).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(fixture.sessions.find(&first).await.unwrap(), None);
    let (third, _) = fixture.sign_in().await;
    fixture.sessions.end(&again).await.unwrap();
    assert_eq!(fixture.sessions.find(&second).await.unwrap(), None);
    let (fourth, named) = fixture.sign_in().await;
    fixture.sessions.end_named(&named.public_id).await.unwrap().unwrap();
    assert_eq!(fixture.sessions.find(&fourth).await.unwrap(), None);
    assert_eq!(fixture.sessions.end_named("nobody").await.unwrap(), None);
    let (fifth, _) = fixture.sign_in().await;
    assert_eq!(fixture.sessions.end_all_of("chen").await.unwrap(), 2);
    for cookie in [third, fifth] {
        assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_change_of_the_user_ends_the_session() {
    let fixture = Fixture::new().await;
    let hash = hash_new("correct horse battery").unwrap();
    for change in 0..3 {
        let (cookie, _) = fixture.sign_in().await;
        assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
        fixture.later(1).await;
        match change {
            0 => fixture.users.set_role("chen", Role::Admin).await.unwrap(),
            1 => fixture.users.set_password("chen", &hash).await.unwrap(),
            _ => fixture.users.set_enabled("chen", false).await.unwrap(),
        }
        assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None, "change {change}");
        fixture.users.set_role("chen", Role::Engineer).await.unwrap();
        fixture.later(1).await;
        assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None, "it stays ended");
    }
}

#[tokio::test]
async fn a_change_that_was_taken_back_has_ended_the_session_all_the_same() {
    let fixture = Fixture::new().await;
    for role in [false, true] {
        let (cookie, _) = fixture.sign_in().await;
        fixture.later(1).await;
        if role {
            fixture.users.set_role("chen", Role::Admin).await.unwrap();
            fixture.users.set_role("chen", Role::Engineer).await.unwrap();
        } else {
            fixture.users.set_enabled("chen", false).await.unwrap();
            fixture.users.set_enabled("chen", true).await.unwrap();
        }
        assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None, "role: {role}");
    }
}

#[tokio::test]
async fn a_change_while_the_password_is_checked_ends_the_session_that_begins_after_it() {
    let fixture = Fixture::new().await;
    let newcomer = fixture.newcomer().await;
    fixture.later(1).await;
    fixture.users.set_password("chen", "another").await.unwrap();
    fixture.later(1).await;
    let (cookie, _) = fixture.sessions.begin(newcomer, None).await.unwrap();
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_in_use_is_not_believed_for_longer_than_one_that_rests() {
    let fixture = Fixture::new().await;
    let (cookie, session) = fixture.sign_in().await;
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    // Another server ends it; here it is in use, and marked as seen.
    fixture.sessions.store.delete(&session).await.unwrap();
    fixture.ms.fetch_add(SEEN_EVERY.as_millis() as i64, Ordering::SeqCst);
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some(), "still believed");
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
}

#[tokio::test]
async fn reads_cost_no_question_and_a_store_that_is_gone_is_told_apart_from_nobody() {
    let fixture = Fixture::new().await;
    let (cookie, _) = fixture.sign_in().await;
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    let newcomer = fixture.newcomer().await;
    fixture.store.close().await;
    for _ in 0..1000 {
        assert!(fixture.sessions.find(&cookie).await.unwrap().is_some(), "kept");
    }
    fixture.later(1).await;
    assert!(fixture.sessions.find(&cookie).await.is_err());
    assert_eq!(fixture.sessions.find("forged").await.unwrap(), None);
    assert!(fixture.sessions.begin(newcomer, None).await.is_err());
    assert!(fixture.sessions.list().await.is_err());
}

#[tokio::test]
async fn a_store_that_failed_is_left_alone_for_a_moment() {
    let fixture = Fixture::new().await;
    let (cookie, _) = fixture.sign_in().await;
    fixture.store.close().await;
    let first = fixture.sessions.find(&cookie).await.unwrap_err().to_string();
    assert!(!first.contains("has just failed"), "{first}");
    let second = fixture.sessions.find(&cookie).await.unwrap_err().to_string();
    assert!(second.contains("has just failed"), "the store was asked again: {second}");
}

#[tokio::test]
async fn a_password_that_was_changed_while_the_clock_was_ahead_is_a_password_like_any_other() {
    let fixture = Fixture::new().await;
    let day = 24 * 3600;
    let (before, _) = fixture.sign_in().await;
    fixture.later(day).await;
    fixture.users.set_password("chen", "another").await.unwrap();
    let (ahead, _) = fixture.sign_in().await;
    fixture.later(-day).await;
    assert_eq!(fixture.sessions.find(&before).await.unwrap(), None, "of the old password");
    assert!(fixture.sessions.find(&ahead).await.unwrap().is_some());
    let (cookie, _) = fixture.sign_in().await;
    for _ in 0..3 {
        fixture.later(60).await;
        assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    }
    fixture.users.set_password("chen", "a third").await.unwrap();
    fixture.later(1).await;
    for cookie in [ahead, cookie] {
        assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_name_that_becomes_a_local_user_ends_sessions_of_the_directory() {
    let fixture = Fixture::new().await;
    let newcomer = Newcomer {
        user_name: "lin".to_owned(),
        source: Source::Ldap,
        generation: 0,
        ..fixture.newcomer().await
    };
    let (cookie, _) = fixture.sessions.begin(newcomer, None).await.unwrap();
    assert!(fixture.sessions.find(&cookie).await.unwrap().is_some());
    fixture.users.add("lin", Role::Viewer, "hash").await.unwrap();
    fixture.users.set_enabled("lin", false).await.unwrap();
    fixture.later(1).await;
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
}

#[tokio::test]
async fn signing_out_works_here_while_the_store_can_not_be_told() {
    let fixture = Fixture::new().await;
    let (cookie, session) = fixture.sign_in().await;
    let (other, _) = fixture.sign_in().await;
    let refuse =
        "create trigger full before delete on sessions begin select raise(abort, 'full'); end";
    let ask = async |sql: &'static str| {
        on_pool!(fixture.store, pool => { sqlx::query(sql).execute(pool).await.unwrap(); });
    };
    ask(refuse).await;
    assert_eq!(fixture.sessions.sign_out(&session).await, SignedOut::HereOnly);
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None);
    fixture.later(60).await;
    assert_eq!(fixture.sessions.find(&cookie).await.unwrap(), None, "also later");
    assert!(fixture.sessions.find(&other).await.unwrap().is_some());
    assert_eq!(fixture.sessions.list().await.unwrap().len(), 1);
    ask("drop trigger full").await;
    fixture.sessions.clean().await.unwrap();
    assert!(fixture.sessions.over_here().is_empty());
    let stored = fixture.sessions.store.list().await.unwrap();
    assert_eq!(stored.len(), 1, "the store was updated when it was available");
}
