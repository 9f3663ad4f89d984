//! Signing in and out as browsers, programs and attackers do it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use mes_dashboard::app_state::AppState;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::audit::Audit;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::csrf::CsrfMode;
use mes_dashboard::auth::password::hash_new;
use mes_dashboard::auth::role::Role;
use mes_dashboard::auth::users::Users;
use mes_dashboard::http::exposure::Exposure;
use serde_json::{Value, json};

use crate::service::{Answer, Person, Service, app_store, auth, auth_over, auth_ticking};

const PASSWORD: &str = "correct horse battery";

/// The tiny plant with the users chen (admin) and lin (viewer).
async fn plant(csrf: CsrfMode) -> (Service, AppStore) {
    plant_over(app_store(), csrf).await
}

async fn plant_over(store: AppStore, csrf: CsrfMode) -> (Service, AppStore) {
    let users = Users::new(store.clone(), Clock::system());
    let hash = hash_new(PASSWORD).unwrap();
    users.add("chen", Role::Admin, &hash).await.unwrap();
    users.add("lin", Role::Viewer, &hash).await.unwrap();
    let auth = auth_over(&store, Some(Role::Viewer), csrf);
    (Service::with(AppState { auth, ..Service::loaded().state }), store)
}

async fn send(
    service: &Service,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let peer: SocketAddr = "10.0.0.9:1".parse().unwrap();
    let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    service.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn sign_in(
    service: &Service,
    name: &str,
    password: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let body = json!({ "username": name, "password": password }).to_string();
    let headers: Vec<_> = [JSON].into_iter().chain(headers.iter().copied()).collect();
    send(service, Method::POST, "/api/session", &headers, &body).await
}

/// The `name=value` that a browser would send back.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let all = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let mut ours = all.filter(|line| line.starts_with(&format!("{name}=")));
    let line = ours.next()?;
    assert!(ours.next().is_none(), "set twice");
    assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
    Some(line.split(';').next().unwrap().to_owned())
}

async fn signed_in(service: &Service, name: &str) -> Person {
    let answer = sign_in(service, name, PASSWORD, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let token = answer.json()["data"]["csrf_token"].as_str().unwrap().to_owned();
    Person { cookie: cookie(&answer, "mes_session").unwrap(), token }
}

async fn who(service: &Service, cookie: &str) -> Value {
    let answer = service.get_with("/api/session", &[("cookie", cookie)]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()["data"].clone()
}

#[tokio::test]
async fn a_session_begins_shows_itself_and_ends() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let nobody = who(&service, "").await;
    assert_eq!(
        nobody,
        json!({ "user": null, "role": "viewer", "csrf_token": null, "expires_at": null })
    );
    let chen = signed_in(&service, "Chen").await;
    let own = who(&service, &chen.cookie).await;
    assert_eq!(own["user"], json!({ "name": "chen", "source": "local" }));
    assert_eq!((&own["role"], &own["csrf_token"]), (&json!("admin"), &json!(chen.token)));
    assert!(own["expires_at"].as_str().unwrap().ends_with('Z'));

    let headers = [("cookie", chen.cookie.as_str())];
    let refused = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    refused.failure(403, "CSRF_INVALID");
    let headers = [("cookie", chen.cookie.as_str()), ("x-csrf-token", &chen.token)];
    let out = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    assert_eq!((out.status.as_u16(), &out.json()["data"]["ended"]), (200, &json!(1)));
    assert_eq!(cookie(&out, "mes_session").unwrap(), "mes_session=");
    assert_eq!(who(&service, &chen.cookie).await["user"], Value::Null);
}

#[tokio::test]
async fn signing_in_makes_a_new_id_and_a_new_token_and_ends_the_old_session() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let lin = signed_in(&service, "lin").await;
    let answer = sign_in(&service, "chen", PASSWORD, &[("cookie", &lin.cookie)]).await;
    let again = cookie(&answer, "mes_session").unwrap();
    assert_ne!(again, lin.cookie);
    assert_ne!(answer.json()["data"]["csrf_token"], json!(lin.token));
    assert_eq!(who(&service, &lin.cookie).await["user"], Value::Null);
    // The old token is invalid for the new session.
    let headers = [("cookie", again.as_str()), ("x-csrf-token", &lin.token)];
    let refused = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    refused.failure(403, "CSRF_INVALID");
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions_of_the_user_only() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let (here, there) = (signed_in(&service, "chen").await, signed_in(&service, "chen").await);
    let lin = signed_in(&service, "lin").await;
    let headers = [("cookie", here.cookie.as_str()), ("x-csrf-token", &here.token)];
    let out = send(&service, Method::DELETE, "/api/session?everywhere=true", &headers, "").await;
    assert_eq!(out.json()["data"]["ended"], 2);
    assert_eq!(who(&service, &there.cookie).await["user"], Value::Null);
    assert_eq!(who(&service, &lin.cookie).await["user"]["name"], "lin");
}

#[tokio::test]
async fn administrators_see_and_end_sessions() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let chen = signed_in(&service, "chen").await;
    let answer = sign_in(&service, "lin", PASSWORD, &[("user-agent", "<b>x")]).await;
    let lin = cookie(&answer, "mes_session").unwrap();
    let list = service.get_with("/admin/api/sessions", &[("cookie", &chen.cookie)]).await.json();
    assert_eq!(list["count"], 2);
    let of = |name: &str| {
        let all = list["data"].as_array().unwrap();
        all.iter().find(|session| session["user"] == name).unwrap().clone()
    };
    assert_eq!((&of("chen")["current"], &of("lin")["current"]), (&json!(true), &json!(false)));
    assert_eq!(
        (&of("lin")["address"], &of("lin")["user_agent"]),
        (&json!("10.0.0.9"), &json!("<b>x"))
    );
    let text = list.to_string();
    for secret in [&chen.cookie, &lin, &chen.token] {
        let value = secret.split(['=', '.']).next_back().unwrap();
        assert!(!text.contains(value), "the list holds nothing that lets anybody in");
    }
    let id = of("lin")["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/api/sessions/{id}");
    let headers = [("cookie", chen.cookie.as_str()), ("x-csrf-token", &chen.token)];
    let ended = send(&service, Method::DELETE, &path, &headers, "").await;
    assert_eq!(ended.status, 200);
    assert_eq!(who(&service, &lin).await["user"], Value::Null);
    let missing = send(&service, Method::DELETE, &path, &headers, "").await;
    missing.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn whatever_is_wrong_with_name_or_password_the_answer_is_the_same() {
    let (service, store) = plant(CsrfMode::Enforce).await;
    let users = Users::new(store, Clock::system());
    users.set_enabled("lin", false).await.unwrap();
    let mut messages = Vec::new();
    for (name, password) in [("chen", "x"), ("nobody", PASSWORD), ("lin", PASSWORD), ("a'b", "x")] {
        let answer = sign_in(&service, name, password, &[]).await;
        messages.push(answer.failure(401, "UNAUTHORIZED"));
        assert_eq!(cookie(&answer, "mes_session"), None);
    }
    messages.dedup();
    assert_eq!(messages.len(), 1);
    for body in ["{}", r#"{"username":"chen"}"#, r#"{"username":"chen","password":7}"#, "[]", "x"] {
        let answer = send(&service, Method::POST, "/api/session", &[JSON], body).await;
        answer.failure(400, "VALIDATION_ERROR");
    }
    let plain = [("content-type", "text/plain")];
    let answer = send(&service, Method::POST, "/api/session", &plain, "{}").await;
    answer.failure(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn cookies_that_are_not_ours_are_nobody() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let chen = signed_in(&service, "chen").await;
    let value = chen.cookie.strip_prefix("mes_session=").unwrap();
    let (id, signature) = value.split_once('.').unwrap();
    let mut flipped = value.to_owned().into_bytes();
    flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
    let elsewhere = plant(CsrfMode::Enforce).await.0;
    let foreign = signed_in(&elsewhere, "chen").await.cookie;
    let long = "x".repeat(60_000);
    for hostile in [
        String::new(),
        "mes_session".to_owned(),
        "mes_session=".to_owned(),
        "mes_session=.".to_owned(),
        format!("mes_session={id}"),
        format!("mes_session={signature}.{id}"),
        format!("mes_session={}", String::from_utf8(flipped).unwrap()),
        format!("mes_session=\"{value}\""),
        format!("MES_SESSION={value}"),
        format!("__Host-mes_session={value}"),
        format!("mes_session={value}; mes_session={value}"),
        format!("mes_session={value}; mes_session=x"),
        format!("mes_session=x; {}", chen.cookie),
        format!("mes_session={long}"),
        format!("mes_session={value}{long}"),
        format!("{}mes_session=x", "a=b; ".repeat(9000)),
        foreign,
        "mes_session=' or 1=1 --".to_owned(),
        "mes_session=%00%0d%0a".to_owned(),
    ] {
        let own = who(&service, &hostile).await;
        assert_eq!(own["user"], Value::Null, "{hostile:.80}");
        let refused = service.get_with("/admin/api/sessions", &[("cookie", &hostile)]).await;
        refused.failure(401, "UNAUTHORIZED");
        let read = service.get_with("/api/wip/overview/summary", &[("cookie", &hostile)]).await;
        assert_eq!(read.status, 200, "{hostile:.80}");
    }
    let bytes =
        Request::builder().uri("/api/session").header("cookie", &b"mes_session=\xff\xfe"[..]);
    assert_eq!(service.ask(bytes.body(Body::empty()).unwrap()).await.status, 200);
    let two = Request::builder().uri("/admin/api/sessions");
    let two = two.header("cookie", &chen.cookie).header("cookie", "mes_session=x");
    service.ask(two.body(Body::empty()).unwrap()).await.failure(401, "UNAUTHORIZED");
    assert_eq!(who(&service, &format!("a=b; {}; c", chen.cookie)).await["user"]["name"], "chen");
}

#[tokio::test]
async fn a_storm_of_guesses_is_slowed_down_and_told_when_to_come_back() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let mut counts = [0, 0];
    for _ in 0..40 {
        let answer = sign_in(&service, "chen", "a wrong password", &[]).await;
        match answer.status.as_u16() {
            401 => counts[0] += 1,
            _ => {
                answer.failure(429, "TOO_MANY_REQUESTS");
                assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
                counts[1] += 1;
            }
        }
    }
    assert!(counts[0] <= 8 && counts[1] >= 32, "{counts:?}");
}

#[tokio::test]
async fn without_its_database_nobody_signs_in_and_reads_go_on() {
    let (service, store) = plant(CsrfMode::Enforce).await;
    let chen = signed_in(&service, "chen").await;
    store.close().await;
    let refused = sign_in(&service, "chen", PASSWORD, &[]).await;
    refused.failure(503, "SERVICE_UNAVAILABLE");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 5);
    // This cookie has not been looked up yet, so that nothing of it is kept.
    let headers = [("cookie", chen.cookie.as_str())];
    let read = service.get_with("/api/wip/overview/summary", &headers).await;
    assert_eq!(read.status, 200);
    service.get_with("/admin/api/sessions", &headers).await.failure(503, "SERVICE_UNAVAILABLE");
    let out = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    out.failure(503, "SERVICE_UNAVAILABLE");
}

#[tokio::test]
async fn postgres_keeps_users_and_sessions_for_several_servers() {
    let server = crate::postgres::Server::start();
    server.connect().await;
    // Both find the tables missing at the same time.
    let url = server.url();
    let (one, other) = tokio::join!(AppStore::open(&url), AppStore::open(&url));
    let (here, store) = plant_over(one.unwrap(), CsrfMode::Enforce).await;
    let users = Users::new(other.unwrap(), Clock::system());
    assert_eq!(users.list().await.unwrap().len(), 2);
    let chen = signed_in(&here, "chen").await;
    let (first, second) = (signed_in(&here, "lin").await, signed_in(&here, "lin").await);
    let list = here.get_with("/admin/api/sessions", &[("cookie", &chen.cookie)]).await.json();
    assert_eq!(list["count"], 3);
    // Another server with the same key accepts them as well.
    let sessions = mes_dashboard::auth::session::Sessions::new(
        &store,
        None,
        here.state.auth.key.clone(),
        here.state.auth.sessions.limits(),
        Clock::system(),
    );
    let value = first.cookie.strip_prefix("mes_session=").unwrap();
    assert!(sessions.find(value).await.unwrap().is_some());
    assert_eq!(sessions.end_all_of("lin").await.unwrap(), 2);
    let value = second.cookie.strip_prefix("mes_session=").unwrap();
    assert_eq!(sessions.find(value).await.unwrap(), None);
    users.set_enabled("chen", false).await.unwrap();
    let refused = sign_in(&here, "chen", PASSWORD, &[]).await;
    refused.failure(401, "UNAUTHORIZED");
    store.close().await;
}

#[tokio::test]
async fn a_name_that_can_not_be_one_is_told_so_and_costs_no_name_its_attempts() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    for name in ["ch\u{200b}en", "chen\u{202e}", "ch\ten", &"a".repeat(200)] {
        let refused = sign_in(&service, name, PASSWORD, &[("accept-language", "en")]).await;
        let said = refused.failure(400, "VALIDATION_ERROR");
        assert!(said.starts_with("A user name "), "{said}");
    }
    for name in ["ｃｈｅｎ", "𝐜𝐡𝐞𝐧", " CHEN\u{3000}"] {
        let answer = sign_in(&service, name, PASSWORD, &[]).await;
        assert_eq!(answer.json()["data"]["user"]["name"], "chen", "{name}");
    }
    let ours = form(&service, "").await;
    let fields =
        [("username", "ch\u{200b}en"), ("password", "x"), ("csrf_token", ours.token.as_str())];
    let refused = post_form(&service, "/admin/login", &ours.cookie, &fields).await;
    assert_eq!(refused.status, 400);
    assert!(String::from_utf8_lossy(&refused.body).contains("不可見字元"));
}

/// Signs in from an address, with the device cookie where there is one.
async fn from(service: &Service, peer: &str, name: &str, password: &str, device: &str) -> Answer {
    let peer: SocketAddr = format!("{peer}:1").parse().unwrap();
    let body = json!({ "username": name, "password": password }).to_string();
    let request = Request::post("/api/session").extension(ConnectInfo(peer));
    let request = request.header(JSON.0, JSON.1).header("cookie", device);
    service.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_keep_the_owner_out() {
    let (service, store) = plant(CsrfMode::Enforce).await;
    let begin = Instant::now();
    let secs = Arc::new(AtomicU64::new(0));
    let told = secs.clone();
    let ticks = move || begin + Duration::from_secs(told.load(Ordering::SeqCst));
    let auth = auth_ticking(&store, ticks);
    let service = Service::with(AppState { auth, ..service.state });
    let mut judged = 0;
    let (mut device, mut waits) = (String::new(), 0);
    for second in (0..500).step_by(2) {
        secs.store(second, Ordering::SeqCst);
        let guess = from(&service, "10.0.0.66", "chen", "a wrong password", "").await;
        judged += u32::from(guess.status == 401);
        waits += u32::from(guess.status == 429);
        if second % 300 == 100 {
            let owner = from(&service, "10.0.0.7", "chen", PASSWORD, "").await;
            assert_eq!(owner.status, 200, "elsewhere, after {second} s");
            device = cookie(&owner, "mes_device").unwrap();
            // During the guessing only the owner's device can sign in.
            let beside = from(&service, "10.0.0.66", "chen", PASSWORD, &device).await;
            assert_eq!(beside.status, 200, "known device, after {second} s");
        }
    }
    assert!(judged < 25 && waits > 200, "{judged} {waits}");
    // It is a device of chen, not of lin, and grants no access.
    from(&service, "10.0.0.66", "chen", "a wrong password", &device)
        .await
        .failure(401, "UNAUTHORIZED");
    let forged = format!("{}x", &device[..device.len() - 1]);
    from(&service, "10.0.0.66", "chen", PASSWORD, &forged).await.failure(429, "TOO_MANY_REQUESTS");
}

#[tokio::test]
async fn the_form_as_shipped_proxies_pass_it_on_signs_in_and_a_refusal_is_a_page() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let ours = form(&service, "").await;
    let body = format!("username=chen&password=correct+horse+battery&csrf_token={}", ours.token);
    // No Sec-Fetch-Site; nginx has passed the host on without its port.
    let sent = [
        FORM,
        ("cookie", ours.cookie.as_str()),
        ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("accept-language", "en"),
        ("host", "mes.plant"),
        ("origin", "https://mes.plant:8443"),
        ("x-forwarded-for", "10.1.2.3"),
    ];
    let refused = send(&service, Method::POST, "/admin/login", &sent, &body).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    let page = String::from_utf8(refused.body.to_vec()).unwrap();
    for part in ["another origin", "href=\"/admin/login\"", refused.header("x-request-id")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let health = service.get("/health").await.json();
    let warnings = health["data"]["warnings"].to_string();
    assert!(warnings.contains("TRUSTED_PROXIES is 0"), "{warnings}");

    let mut auth = Arc::into_inner(auth(Some(Role::Viewer))).unwrap();
    let users = Users::new(auth.sessions.app_store().clone(), Clock::system());
    users.add("chen", Role::Admin, &hash_new(PASSWORD).unwrap()).await.unwrap();
    auth.behind_proxy = true;
    let behind = Service::with(AppState { auth: Arc::new(auth), ..service.state });
    let ours = form(&behind, "").await;
    let body = format!("username=chen&password=correct+horse+battery&csrf_token={}", ours.token);
    let mut sent = sent;
    sent[1].1 = &ours.cookie;
    let right = send(&behind, Method::POST, "/admin/login", &sent, &body).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/"));
    sent[5].1 = "https://evil.example:8443";
    let refused = send(&behind, Method::POST, "/admin/login", &sent, &body).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn sign_ins_of_administrators_are_in_the_audit_log() {
    let store = app_store();
    let (service, _) = plant_over(store.clone(), CsrfMode::Enforce).await;
    let audit = Arc::new(Audit::new(store, Clock::system()));
    let service = Service::with(AppState { audit: audit.clone(), ..service.state });
    sign_in(&service, "lin", "wrong", &[]).await;
    signed_in(&service, "lin").await;
    sign_in(&service, "nobody", "wrong", &[]).await;
    sign_in(&service, "ＣＨＥＮ", "wrong", &[]).await;
    let failed = async || {
        let entries = audit.read(None, 10).await.unwrap();
        serde_json::to_value(entries).unwrap()
    };
    // It is recorded aside.
    let deadline = Instant::now() + Duration::from_secs(30);
    while failed().await.as_array().unwrap().is_empty() {
        assert!(Instant::now() < deadline, "it is not recorded");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    signed_in(&service, "chen").await;
    let entries = failed().await;
    let told: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            (text("actor"), text("action"), text("address"), text("target"))
        })
        .collect();
    let entry = |action: &str, target: &str| {
        ("chen".to_owned(), action.to_owned(), "10.0.0.9".to_owned(), target.to_owned())
    };
    assert_eq!(told, [entry("sign_in", "local"), entry("sign_in_failed", "")]);
}

/// SQLite reports a full disk when the numbers of a table are used up as well.
struct FullDisk(sqlx::SqlitePool);

impl FullDisk {
    async fn of(url: &str) -> Self {
        let full = Self(sqlx::SqlitePool::connect(url).await.unwrap());
        full.run(
            "insert into sqlite_sequence (name, seq) values ('write_probe', 9223372036854775807)",
        )
        .await;
        full.run("create trigger full_1 before insert on sessions begin insert into write_probe (filler) values ('x'); end").await;
        full.run("create trigger full_2 before delete on sessions begin insert into write_probe (filler) values ('x'); end").await;
        full
    }

    async fn has_room_again(self) {
        self.run("drop trigger full_1").await;
        self.run("drop trigger full_2").await;
        self.run("delete from sqlite_sequence where name = 'write_probe'").await;
        self.0.close().await;
    }

    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.0).await.unwrap();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_signing_out_works_as_far_as_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.sqlite").display());
    let (service, store) = plant_over(AppStore::open(&url).await.unwrap(), CsrfMode::Enforce).await;
    let (lin, chen) = (signed_in(&service, "lin").await, signed_in(&service, "chen").await);
    assert_eq!(who(&service, &lin.cookie).await["user"]["name"], "lin");
    let disk = FullDisk::of(&url).await;
    let refused = sign_in(&service, "lin", PASSWORD, &[("accept-language", "en")]).await;
    let said = refused.failure(503, "SERVICE_UNAVAILABLE");
    assert!(said.contains("disk of the application's database is full"), "{said}");
    assert_eq!(refused.json()["meta"]["degraded_reason"], "app_database_full");
    let health = service.get("/health").await.json();
    let health = &health["data"];
    assert_eq!(
        (&health["status"], &health["degraded_reason"], &health["services"]["app_database"]),
        (&json!("degraded"), &json!("app_database_full"), &json!("unhealthy"))
    );
    assert!(health["errors"].to_string().contains("disk"), "{health}");
    let headers = [("cookie", lin.cookie.as_str()), ("x-csrf-token", &lin.token)];
    let out = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    assert_eq!(out.json()["data"], json!({ "ended": 1, "complete": false }));
    assert_eq!(cookie(&out, "mes_session").unwrap(), "mes_session=");
    assert_eq!(who(&service, &lin.cookie).await["user"], Value::Null);
    assert_eq!(who(&service, &chen.cookie).await["user"]["name"], "chen", "others go on");
    let read = service.get("/api/wip/overview/summary").await;
    assert_eq!(read.status, 200);

    disk.has_room_again().await;
    assert_eq!(store.look().await, Ok(()));
    signed_in(&service, "lin").await;
    assert_eq!(who(&service, &lin.cookie).await["user"], Value::Null);
    let health = service.get("/health").await.json();
    assert_eq!(health["data"]["services"]["app_database"], "healthy");
}

struct Form {
    cookie: String,
    token: String,
    html: String,
}

async fn form(service: &Service, query: &str) -> Form {
    let page =
        service.get_with(&format!("/admin/login{query}"), &[("accept-language", "en")]).await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let token = html.split("name=\"csrf_token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    Form { cookie: cookie(&page, "mes_sign_in").unwrap(), token, html }
}

async fn post_form(service: &Service, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    send(service, Method::POST, path, &[FORM, ("cookie", cookie)], &body).await
}

#[tokio::test]
async fn the_form_works_without_script_and_goes_where_it_was_asked_to() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let Form { cookie: held, token, html } = form(&service, "?next=/tables%3Flimit=5").await;
    assert!(!html.contains("<script") && !html.contains("style=") && html.contains("lang=\"en\""));
    let page = service.get("/admin/login").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(String::from_utf8_lossy(&page.body).contains("登入"), "zh-TW without a wish");
    assert_eq!(
        service.get("/admin/login/page.css").await.header("content-type"),
        "text/css; charset=utf-8"
    );

    let fields = |password| {
        vec![
            ("username", "chen"),
            ("password", password),
            ("csrf_token", token.as_str()),
            ("next", "/tables?limit=5"),
        ]
    };
    let wrong = post_form(&service, "/admin/login", &held, &fields("wrong")).await;
    assert_eq!(wrong.status, 401);
    let html = String::from_utf8(wrong.body.to_vec()).unwrap();
    assert!(html.contains("role=\"alert\"") && html.contains("value=\"chen\""), "{html}");
    assert!(!html.contains("wrong\""), "the password does not come back");
    let right = post_form(&service, "/admin/login", &held, &fields(PASSWORD)).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/tables?limit=5"));
    let chen = cookie(&right, "mes_session").unwrap();
    let own = who(&service, &chen).await;
    assert_eq!(own["user"]["name"], "chen");

    let again = service.get_with("/admin/login?next=/tables", &[("cookie", &chen)]).await;
    assert_eq!((again.status.as_u16(), again.header("location")), (303, "/tables"));
    post_form(&service, "/admin/logout", &chen, &[]).await.failure(403, "CSRF_INVALID");
    let token = own["csrf_token"].as_str().unwrap();
    let out = post_form(&service, "/admin/logout", &chen, &[("csrf_token", token)]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/"));
    assert_eq!(who(&service, &chen).await["user"], Value::Null);
}

#[tokio::test]
async fn a_form_of_another_origin_or_browser_signs_nobody_in() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let ours = form(&service, "").await;
    let other = form(&service, "").await;
    for (cookie, token) in [
        (ours.cookie.as_str(), ""),
        (&ours.cookie, "x"),
        ("", &ours.token),
        (&other.cookie, &ours.token),
    ] {
        let fields = [("username", "chen"), ("password", PASSWORD), ("csrf_token", token)];
        let refused = post_form(&service, "/admin/login", cookie, &fields).await;
        refused.failure(403, "CSRF_INVALID");
    }
    let body = format!("username=chen&password=correct+horse+battery&csrf_token={}", ours.token);
    let headers = [FORM, ("cookie", ours.cookie.as_str()), ("origin", "https://evil.example")];
    let refused = send(&service, Method::POST, "/admin/login", &headers, &body).await;
    refused.failure(403, "CSRF_INVALID");
    let twice = format!("{body}&csrf_token={}", ours.token);
    let headers = [FORM, ("cookie", ours.cookie.as_str())];
    send(&service, Method::POST, "/admin/login", &headers, &twice)
        .await
        .failure(403, "CSRF_INVALID");
    let large = format!("{body}&x={}", "x".repeat(70_000));
    send(&service, Method::POST, "/admin/login", &headers, &large)
        .await
        .failure(413, "PAYLOAD_TOO_LARGE");
    let json = send(&service, Method::POST, "/admin/login", &[JSON], "{}").await;
    json.failure(415, "UNSUPPORTED_MEDIA_TYPE");
    let cross = [("sec-fetch-site", "cross-site")];
    sign_in(&service, "chen", PASSWORD, &cross).await.failure(403, "CSRF_INVALID");
}

#[tokio::test]
async fn a_form_that_breaks_off_or_never_ends_is_told_what_it_was() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let post = |body: Body| {
        let peer: SocketAddr = "10.0.0.9:1".parse().unwrap();
        let request = Request::post("/admin/login").extension(ConnectInfo(peer));
        service.ask(request.header(FORM.0, FORM.1).body(body).unwrap())
    };
    let broken = [Ok("username=chen&"), Err(std::io::Error::other("gone"))];
    let broken = post(Body::from_stream(futures_util::stream::iter(broken))).await;
    broken.failure(400, "VALIDATION_ERROR");
    // Paused time advances when nothing else is left to do.
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let endless = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    post(Body::from_stream(endless)).await.failure(400, "VALIDATION_ERROR");
    assert!(begin.elapsed() <= std::time::Duration::from_secs(11), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_next_that_leads_elsewhere_leads_home() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let ours = form(&service, "").await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%2fevil.example",
        "/\r\nx: y",
        "/admin/login",
    ] {
        let fields = [
            ("username", "chen"),
            ("password", PASSWORD),
            ("csrf_token", ours.token.as_str()),
            ("next", next),
        ];
        let answer = post_form(&service, "/admin/login", &ours.cookie, &fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"), "{next:?}");
    }
    let query = "?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&next=//evil.example";
    assert!(!form(&service, query).await.html.contains("<script"));
}

#[tokio::test]
async fn the_transition_flag_only_logs() {
    let (service, _) = plant(CsrfMode::Report).await;
    let chen = signed_in(&service, "chen").await;
    let headers = [("cookie", chen.cookie.as_str())];
    let out = send(&service, Method::DELETE, "/api/session", &headers, "").await;
    assert_eq!(out.status, 200);
}

#[tokio::test]
async fn every_answer_has_the_headers_and_production_those_of_https() {
    let (service, _) = plant(CsrfMode::Enforce).await;
    let exposure = Exposure { hsts_max_age: 31_536_000, ..Exposure::default() };
    let exposure = std::sync::Arc::new(exposure);
    let production = Service::with(AppState { exposure, ..service.state.clone() });
    for path in [
        "/",
        "/health",
        "/api/session",
        "/admin/login",
        "/nowhere",
        "/admin/api/sessions",
        "/metrics",
    ] {
        let answer = service.get(path).await;
        for (name, part) in [
            ("content-security-policy", "frame-ancestors"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "origin"),
            ("permissions-policy", "camera=()"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert!(answer.header(name).contains(part), "{path} {name}");
        }
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        let strict = production.get(path).await;
        assert!(strict.header("strict-transport-security").contains("max-age=31536000"), "{path}");
    }
}
