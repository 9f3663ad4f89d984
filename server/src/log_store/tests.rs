use super::*;
use tracing_subscriber::layer::SubscriberExt;

const DAY: Duration = Duration::from_secs(86_400);
const LIMITS: LogLimits = LogLimits { max_entries: 100, retention: DAY };

fn entry(at_ms: i64, severity: i64, message: &str) -> Logged {
    Logged {
        at_ms,
        severity,
        target: "mes_dashboard::snapshot".to_owned(),
        request_id: None,
        message: message.to_owned(),
        fields: "{\"dataset\":\"wip\"}".to_owned(),
    }
}

async fn store() -> (Arc<LogStore>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(&folder.path().join("log.sqlite"), LIMITS).await.unwrap();
    (Arc::new(store), folder)
}

fn all() -> LogQuery {
    LogQuery { limit: 1_000, ..LogQuery::default() }
}

async fn messages(store: &LogStore, query: LogQuery) -> Vec<String> {
    store.read(&query).await.unwrap().into_iter().map(|entry| entry.message).collect()
}

#[tokio::test]
async fn entries_are_found_by_severity_text_and_place() {
    let (store, _folder) = store().await;
    let written = [
        entry(1, 1, "100% lost_here"),
        entry(2, 2, "slow 'query'"),
        entry(3, 3, "資料已更新"),
        entry(4, 4, "Detail"),
    ];
    store.write(&written).await.unwrap();
    assert_eq!(messages(&store, all()).await.len(), 4);
    let severe = LogQuery { severity: Some(2), ..all() };
    assert_eq!(messages(&store, severe).await, ["slow 'query'", "100% lost_here"]);
    for (text, expected) in [
        ("更新", vec!["資料已更新"]),
        ("DETAIL", vec!["Detail"]),
        ("%", vec!["100% lost_here"]),
        ("lost_", vec!["100% lost_here"]),
        ("lost%", vec![]),
        ("'; drop table log", vec![]),
        ("wip", vec!["Detail", "資料已更新", "slow 'query'", "100% lost_here"]),
    ] {
        let found = messages(&store, LogQuery { text: Some(text.to_owned()), ..all() }).await;
        assert_eq!(found, expected, "{text}");
    }
    let page = store.read(&LogQuery { limit: 2, ..all() }).await.unwrap();
    let next = messages(&store, LogQuery { before: Some(page[1].id), ..all() }).await;
    assert_eq!(next, ["slow 'query'", "100% lost_here"]);
    assert_eq!(page[0].fields["dataset"], "wip");
}

#[tokio::test]
async fn the_file_stays_bounded_by_age_and_number() {
    let (store, folder) = store().await;
    let day_ms = DAY.as_millis() as i64;
    let old: Vec<Logged> = (0..50).map(|n| entry(n, 3, "old")).collect();
    let new: Vec<Logged> = (0..250).map(|n| entry(10 * day_ms + n, 3, "new")).collect();
    store.write(&old).await.unwrap();
    store.write(&new).await.unwrap();
    let now = Timestamp::from_millisecond(10 * day_ms + 300).unwrap();
    store.tidy(now).await.unwrap();
    let left = store.read(&all()).await.unwrap();
    assert_eq!(left.len(), 100);
    assert!(left.iter().all(|entry| entry.message == "new"));
    assert_eq!(left[0].at, "1970-01-11T00:00:00.249Z", "the newest stay");
    assert_eq!(store.remove_before(Timestamp::MAX).await.unwrap(), 100);
    assert_eq!(store.state().await.unwrap().entries, 0);
    use std::os::unix::fs::PermissionsExt;
    let rights = std::fs::metadata(folder.path().join("log.sqlite")).unwrap().permissions().mode();
    assert_eq!(rights & 0o777, 0o600);
}

#[tokio::test]
async fn a_flood_of_one_kind_leaves_the_newest_of_the_others() {
    let (store, _folder) = store().await;
    let audit = |n: i64| Logged { target: "audit".to_owned(), ..entry(n, 3, "audit") };
    let mut written: Vec<Logged> = (0..30).map(audit).collect();
    written.extend((0..20).map(|n| entry(n, 1, "error")));
    written.extend((0..40).map(|n| entry(n, 2, "warning")));
    store.write(&written).await.unwrap();
    let flood: Vec<Logged> = (0..300).map(|n| entry(n, 3, "flood")).collect();
    store.write(&flood).await.unwrap();
    store.tidy(Timestamp::UNIX_EPOCH).await.unwrap();
    let left = store.read(&all()).await.unwrap();
    let count = |message: &str| left.iter().filter(|entry| entry.message == message).count();
    assert_eq!(left.len(), 100);
    assert_eq!((count("flood"), count("warning")), (50, 25));
    assert_eq!((count("audit"), count("error")), (5, 20), "the newest 25");
    let warnings: Vec<Logged> = (0..300).map(|n| entry(n, 2, "more warnings")).collect();
    store.write(&warnings).await.unwrap();
    store.tidy(Timestamp::UNIX_EPOCH).await.unwrap();
    let left = store.read(&all()).await.unwrap();
    let count = |message: &str| left.iter().filter(|entry| entry.message == message).count();
    assert_eq!((count("flood"), count("more warnings")), (50, 25));
    assert_eq!((count("audit"), count("error")), (5, 20));
}

#[tokio::test]
async fn events_reach_the_file_with_the_request_that_they_happened_in() {
    let (store, _folder) = store().await;
    let stop = CancellationToken::new();
    let writing = store.start(&stop);
    let subscriber = tracing_subscriber::registry().with(LogLayer);
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", id = %"r-1", route = "/x");
        span.in_scope(|| {
            tracing::warn!(code = "DB_QUERY_TIMEOUT", latency_us = 7, "a call failed");
            tracing::info!(target: "mes_dashboard::http::request", status = 200, "answered");
            tracing::error!(target: "mes_dashboard::http::request", "handler panicked");
        });
        tracing::error!("{}", "長".repeat(9_000));
    });
    stop.cancel();
    writing.await.unwrap();
    let entries = store.read(&all()).await.unwrap();
    let seen: Vec<(&str, Option<&str>)> =
        entries.iter().rev().map(|one| (one.level, one.request_id.as_deref())).collect();
    assert_eq!(seen, [("warn", Some("r-1")), ("error", Some("r-1")), ("error", None)]);
    let call = &entries[2];
    assert_eq!((call.message.as_str(), &call.fields["latency_us"]), ("a call failed", &7.into()));
    assert_eq!(call.fields["code"], "DB_QUERY_TIMEOUT");
    assert!(entries[0].message.len() < 9_000, "cut off");
    assert_eq!(store.state().await.unwrap().left_out, 0);
}

#[tokio::test]
async fn a_file_that_is_something_else_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "no database, but long enough to look like one to a careless reader")
        .unwrap();
    let error = LogStore::open(&path, LIMITS).await.unwrap_err().to_string();
    assert!(error.contains("LOG_STORE_FILE") && error.contains("notes.txt"), "{error}");
    let nowhere = folder.path().join("no/such/folder/log.sqlite");
    assert!(LogStore::open(&nowhere, LIMITS).await.is_err());
}
