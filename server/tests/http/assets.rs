//! The embedded front end.

use mes_dashboard::pages::page_paths;

use crate::service::Service;

#[tokio::test]
async fn every_page_path_answers_with_the_shell() {
    let service = Service::loaded();
    for path in page_paths() {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        let tag = answer.header("etag").to_owned();
        let again = service.get_with(path, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304, "{path}");
    }
    for path in [
        "/wip-detail/?workcenter=TMTT",
        "/lot/GA261.1-A00",
        "/lot/%2F%20%23%3F%25%3Cb%3E%E6%89%B9",
        "/equipment/assets%2F7/",
    ] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn other_paths_are_not_found() {
    let service = Service::loaded();
    let page = service.get_with("/nowhere", &[("accept", "text/html,*/*")]).await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for path in [
        "/assets/none.js",
        "/nowhere",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/%ff",
        "/lot",
        "/lot/",
        "/lot/a/b",
    ] {
        service.get(path).await.failure(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn the_api_page_runs_no_inline_script() {
    let service = Service::loaded();
    let page = service.get("/api/docs").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "needs no network");
    assert!(!html.contains("<style") && !html.contains("onload"));
    for file in ["/api/docs/page.js", "/api/docs/page.css"] {
        // Relative, so that the page is right below any path.
        assert!(html.contains(&format!("\"{}\"", file.trim_start_matches("/api/"))));
        assert_eq!(service.get(file).await.status, 200);
    }
}
