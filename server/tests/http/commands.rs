//! Commands of administrators.

use std::sync::Arc;
use std::time::Duration;

use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::app_state::AppState;
use mes_dashboard::auth::role::Role;
use mes_dashboard::snapshot::{Answer, Intervals, Refresher, SourceRead, TableSource};
use tokio_util::sync::CancellationToken;

use crate::plant;
use crate::service::Service;

/// The tiny plant; its lots are one more every time they are read.
struct Source(std::sync::atomic::AtomicU32);

impl TableSource for Source {
    fn change_stamp(&self, _: Dataset) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(Some("always the same".to_owned())) })
    }

    fn read(&self, dataset: Dataset) -> Answer<'_, SourceRead> {
        let reads = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let read = |batch| SourceRead {
            batch,
            ledger: Ledger::default(),
            database_now: Timestamp::UNIX_EPOCH,
        };
        Box::pin(async move {
            if dataset == Dataset::Wip {
                let lots: Vec<plant::Row> =
                    (0..=reads).map(|n| plant::lot(&format!("L{n}"), n, "A", "B")).collect();
                return Ok(read(plant::lot_batch(&lots)));
            }
            let tables = plant::tables();
            let found = tables.into_iter().find(|(known, _)| *known == dataset);
            Ok(read(found.unwrap().1))
        })
    }
}

#[tokio::test]
async fn a_refresh_needs_an_administrator() {
    let service = Service::loaded();
    let answer = service.post("/admin/api/refresh", "application/json", "{}").await;
    answer.failure(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_refresh_reads_again_whatever_the_stamp() {
    let cold = Service::cold().state;
    let hour = Duration::from_secs(3600);
    let refresher = Arc::new(Refresher::new(
        cold.snapshots.clone(),
        Arc::new(Source(0.into())),
        Arc::new(SiteRules::default()),
        TimeZone::UTC,
        Intervals {
            wip: hour,
            resource: hour,
            equipment: hour,
            full_read: hour,
            longest_read: hour,
        },
        Timestamp::now,
    ));
    let stop = CancellationToken::new();
    let service = Service::with(AppState { refresher: Some(refresher.clone()), ..cold })
        .open_to(Some(Role::Admin));
    let mut news = service.state.snapshots.subscribe();
    let tasks = refresher.start(&stop);
    let store = service.state.snapshots.clone();
    let mut known = None;
    let mut next_lots = async || {
        while let now = store.current().published(Dataset::Wip).map(|lots| lots.version.clone())
            && now == known
        {
            news.changed().await.unwrap();
        }
        known = store.current().published(Dataset::Wip).map(|lots| lots.version.clone());
    };
    next_lots().await;
    for (content_type, body) in [("", ""), ("text/plain", "{}"), ("application/json", "[]")] {
        let answer = service.post("/admin/api/refresh", content_type, body).await;
        assert!(answer.status.is_client_error(), "{content_type} {body}");
    }
    let answer = service.post("/admin/api/refresh", "application/json", "{}").await;
    assert_eq!(answer.status, 202);
    next_lots().await;
    stop.cancel();
    for task in tasks {
        task.await.unwrap();
    }
}
