//! The layout of pages: who sees what, how it is changed, and what its changes leave behind.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::app_state::AppState;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::audit::Audit;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::csrf::CsrfMode;
use mes_dashboard::auth::role::Role;
use mes_dashboard::pages::{PROGRAM, PageRegistry};
use serde_json::{Value, json};

use crate::postgres::Server;
use crate::service::{Answer, Person, Service, app_store, auth_over};

const HTML: (&str, &str) = ("accept", "text/html,*/*");

/// The tiny plant over one database of its own.
fn plant(store: &AppStore) -> Service {
    let (clock, state) = (Clock::system(), Service::loaded().state);
    Service::with(AppState {
        auth: auth_over(store, Some(Role::Viewer), CsrfMode::Enforce),
        audit: Arc::new(Audit::new(store.clone(), clock.clone())),
        pages: Arc::new(PageRegistry::new(store.clone(), PROGRAM, clock)),
        ..state
    })
}

async fn managed(service: &Service, admin: &Person) -> Value {
    let answer = service.get_with("/admin/api/pages", &[("cookie", &admin.cookie)]).await;
    assert_eq!(answer.status, 200);
    answer.json()["data"].clone()
}

async fn put(service: &Service, admin: &Person, layout: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::PUT)
        .uri("/admin/api/pages")
        .header("content-type", "application/json")
        .header("cookie", &admin.cookie)
        .header("x-csrf-token", &admin.token);
    service.ask(request.body(Body::from(layout.to_string())).unwrap()).await
}

async fn paths(service: &Service, cookie: &str) -> Vec<String> {
    let answer = service.get_with("/api/pages", &[("cookie", cookie)]).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let body = answer.json();
    let drawers = body["data"]["drawers"].as_array().unwrap().clone();
    let pages = drawers.iter().flat_map(|drawer| drawer["pages"].as_array().unwrap());
    pages.map(|page| page["path"].as_str().unwrap().to_owned()).collect()
}

/// Paths that a role sees in the default layout, which has the pages as the program lists
/// them.
fn program_paths(role: Role) -> Vec<&'static str> {
    PROGRAM.iter().filter(|page| page.least <= role).map(|page| page.path).collect()
}

fn page<'a>(layout: &'a mut Value, path: &str) -> &'a mut Value {
    let drawers = layout["drawers"].as_array_mut().unwrap();
    let mut pages = drawers.iter_mut().flat_map(|drawer| drawer["pages"].as_array_mut().unwrap());
    pages.find(|page| page["path"] == path).unwrap()
}

#[tokio::test]
async fn a_page_in_development_is_there_for_administrators_only() {
    let service = plant(&app_store());
    let (admin, engineer) =
        (service.person(Role::Admin).await, service.person(Role::Engineer).await);
    assert_eq!(paths(&service, "").await, program_paths(Role::Viewer));
    let mut layout = managed(&service, &admin).await;
    for path in ["/", "/resource"] {
        page(&mut layout, path)["state"] = json!("dev");
    }
    assert_eq!(put(&service, &admin, &layout).await.status, 200);

    let left = |role| {
        let mut left = program_paths(role);
        left.retain(|path| !["/", "/resource"].contains(path));
        left
    };
    assert_eq!(paths(&service, "").await, left(Role::Viewer));
    assert_eq!(paths(&service, &engineer.cookie).await, left(Role::Engineer));
    assert!(paths(&service, &admin.cookie).await.contains(&"/resource".to_owned()));
    // The page of one machine goes with the page that lists machines.
    for path in
        ["/resource", "/resource/", "/resource?x=1", "/equipment/GWB%2F1%3F", "/equipment/7/"]
    {
        for cookie in ["", engineer.cookie.as_str(), "mes_session=forged"] {
            let page = service.get_with(path, &[HTML, ("cookie", cookie)]).await;
            assert_eq!(page.status, 404, "{path} {cookie}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(page.header("etag"), "");
            let anything = service.get_with(path, &[("cookie", cookie)]).await;
            anything.failure(404, "NOT_FOUND");
            let known = [HTML, ("cookie", cookie), ("if-none-match", "*")];
            assert_eq!(service.get_with(path, &known).await.status, 404, "{path} {cookie}");
        }
        let page = service.get_with(path, &[HTML, ("cookie", &admin.cookie)]).await;
        assert_eq!(page.status, 200, "{path}");
    }
    assert_eq!(service.get_with("/", &[HTML]).await.status, 200, "the way in is always there");
    // What needs a role is no secret: it asks to sign in.
    assert_eq!(service.get_with("/admin/pages", &[HTML]).await.status, 200);
}

#[tokio::test]
async fn the_later_of_two_administrators_is_told_what_is_in_force() {
    let store = app_store();
    let service = plant(&store);
    let (one, other) = (service.person(Role::Admin).await, service.person(Role::Admin).await);
    let (mut first, mut second) = (managed(&service, &one).await, managed(&service, &other).await);
    first["drawers"][0]["name"] = json!({ "zh-TW": "甲", "en": "First" });
    second["drawers"][0]["name"] = json!({ "zh-TW": "乙", "en": "Second" });
    let answer = put(&service, &one, &first).await.json()["data"].clone();
    assert_eq!((&answer["revision"], &answer["changed_by"]), (&json!(1), &json!("some-admin")));
    let late = put(&service, &other, &second).await;
    assert!(late.failure(409, "CONFLICT").contains('1'));
    assert_eq!(late.json()["meta"]["current_revision"], 1);
    assert_eq!(managed(&service, &other).await["drawers"][0]["name"]["en"], "First");
    // Deliberately, over what is in force.
    second["revision"] = json!(1);
    assert_eq!(put(&service, &other, &second).await.json()["data"]["revision"], 2);
    let again =
        put(&service, &other, &json!({ "revision": 2, "drawers": second["drawers"] })).await;
    assert_eq!(again.json()["data"]["revision"], 2, "nothing is different");

    let headers = [("cookie", one.cookie.as_str())];
    let audit = service.get_with("/admin/api/audit", &headers).await.json();
    let entries = audit["data"]["entries"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 2, "one for each change: {entries:?}");
    assert_eq!(
        (&entries[0]["action"], &entries[0]["actor"]),
        (&json!("pages"), &json!("some-admin"))
    );
    let said = entries[0]["target"].as_str().unwrap();
    assert_eq!(said, "revision 2: drawer \"甲 / First\" renamed \"乙 / Second\"");
}

#[tokio::test]
async fn a_layout_that_breaks_a_rule_is_refused_with_its_place() {
    let service = plant(&app_store());
    let admin = service.person(Role::Admin).await;
    let sound = managed(&service, &admin).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut layout = sound.clone();
        change(&mut layout);
        layout
    };
    for (layout, expected) in [
        (json!({}), "revision"),
        (changed(&|layout| layout["revision"] = json!("0")), "revision"),
        (changed(&|layout| layout["drawers"] = json!(7)), "drawers"),
        (
            changed(&|layout| layout["drawers"][0]["pages"][0]["state"] = json!("open")),
            "drawers[0].pages[0].state",
        ),
        (changed(&|layout| layout["drawers"][0]["name"]["en"] = json!("")), "drawers[0].name.en"),
        (changed(&|layout| layout["drawers"][1]["id"] = json!("production")), "production"),
        (
            changed(&|layout| {
                layout["drawers"].as_array_mut().unwrap().remove(0);
            }),
            "缺少頁面 /；",
        ),
        (changed(&|layout| page(layout, "/admin/pages")["state"] = json!("dev")), "/admin/pages"),
        (changed(&|layout| page(layout, "/admin/performance")["role"] = json!("viewer")), "admin"),
    ] {
        let refused = put(&service, &admin, &layout).await.failure(400, "VALIDATION_ERROR");
        assert!(refused.contains(expected), "{expected}: {refused}");
    }
    assert_eq!(managed(&service, &admin).await["revision"], 0);
}

/// Of many concurrent changes of the same revision one succeeds.
async fn storm(store: &AppStore) {
    let service = Arc::new(plant(store));
    let admin = Arc::new(service.person(Role::Admin).await);
    for revision in 0..5 {
        let sound = managed(&service, &admin).await;
        assert_eq!(sound["revision"], revision);
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (service, admin, mut layout) = (service.clone(), admin.clone(), sound.clone());
                let mark = format!("{revision}-{number}");
                for drawer in layout["drawers"].as_array_mut().unwrap() {
                    drawer["name"]["en"] = json!(mark);
                }
                tokio::spawn(async move { (mark, put(&service, &admin, &layout).await) })
            })
            .collect();
        let mut taken = Vec::new();
        for task in tasks {
            let (mark, answer) = task.await.unwrap();
            match answer.status.as_u16() {
                200 => taken.push(mark),
                _ => drop(answer.failure(409, "CONFLICT")),
            }
        }
        assert_eq!(taken.len(), 1, "{taken:?}");
        let now = managed(&service, &admin).await;
        for drawer in now["drawers"].as_array().unwrap() {
            assert_eq!(drawer["name"]["en"], taken[0]);
        }
    }
    let audit = service.get_with("/admin/api/audit", &[("cookie", &admin.cookie)]).await.json();
    assert_eq!(audit["data"]["entries"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_taken_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.sqlite").display());
    storm(&AppStore::open(&url).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_taken_in_postgresql() {
    let server = Server::start();
    drop(server.connect().await);
    storm(&AppStore::open(&server.url()).await.unwrap()).await;
}

#[tokio::test]
async fn without_its_database_the_navigation_goes_on_and_nothing_is_changed() {
    let store = app_store();
    let service = plant(&store);
    let admin = service.person(Role::Admin).await;
    let layout = managed(&service, &admin).await;
    let before = paths(&service, "").await;
    store.close().await;
    assert_eq!(paths(&service, "").await, before);
    assert_eq!(service.get_with("/resource", &[HTML]).await.status, 200);
    let refused = service.state.pages.latest().await;
    assert!(refused.is_err());
    let answer = put(&service, &admin, &layout).await;
    assert!([401, 503].contains(&answer.status.as_u16()), "{}", answer.status);
}

/// What the page was given, as a browser would find it.
fn initial_data(html: &str) -> Value {
    let (_, rest) =
        html.split_once(r#"<script type="application/json" id="initial-data">"#).unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn the_page_brings_what_it_shows_first_and_no_name_breaks_out_of_it() {
    let service = plant(&app_store());
    let admin = service.person(Role::Admin).await;
    let mut layout = managed(&service, &admin).await;
    let hostile = "</script><img src=x onerror=alert(1)>";
    let worse = "<!--<script>\u{2028}\u{2029}&amp;";
    layout["drawers"][0]["name"] = json!({ "zh-TW": hostile, "en": worse });
    assert_eq!(put(&service, &admin, &layout).await.status, 200);
    let headers = [HTML, ("cookie", admin.cookie.as_str()), ("accept-language", "en")];
    let page = service.get_with("/wip-overview", &headers).await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert_eq!(html.matches("<script").count(), html.matches("</script>").count(), "{html}");
    assert!(!html.contains("<img") && !html.contains(['\u{2028}', '\u{2029}']), "{html}");
    assert!(!html.contains(&admin.token), "tokens are asked for");
    let data = initial_data(&html);
    assert_eq!(data["pages"]["drawers"][0]["name"], json!({ "zh-TW": hostile, "en": worse }));
    assert_eq!((&data["language"], &data["session"]["role"]), (&json!("en"), &json!("admin")));
    assert_eq!(data["session"]["user"]["name"], "some-admin");
    assert_eq!(data["version"], env!("CARGO_PKG_VERSION"));

    assert_eq!(page.header("cache-control"), "private, no-cache");
    assert_eq!(page.header("vary"), "accept-encoding, accept-language, cookie");
    let tag = page.header("etag").to_owned();
    let own = [headers.as_slice(), &[("if-none-match", tag.as_str())]].concat();
    let unchanged = service.get_with("/wip-overview", &own).await;
    assert_eq!(
        (unchanged.status.as_u16(), unchanged.header("cache-control")),
        (304, "private, no-cache")
    );
    assert_eq!(unchanged.header("vary"), "accept-encoding, accept-language, cookie");
    let somebody = [HTML, ("if-none-match", tag.as_str())];
    let other = service.get_with("/wip-overview", &somebody).await;
    assert_eq!(other.status, 200, "the page of one is not that of another");
    let data = initial_data(std::str::from_utf8(&other.body).unwrap());
    assert_eq!((&data["session"]["user"], &data["language"]), (&Value::Null, &json!("zh-TW")));
    let zipped = [HTML, ("accept-encoding", "gzip")];
    let zipped = service.get_with("/wip-overview", &zipped).await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    let mut plain = String::new();
    let mut reader = flate2::read::GzDecoder::new(&zipped.body[..]);
    std::io::Read::read_to_string(&mut reader, &mut plain).unwrap();
    assert_eq!(initial_data(&plain), data);
}
