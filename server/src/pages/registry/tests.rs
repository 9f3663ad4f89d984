use super::*;
use crate::audit::Audit;
use crate::pages::{Names, PROGRAM};

const ACT: Act<'_> =
    Act { actor: "chen", address: "10.0.0.5", action: "pages", target: None, reason: None };

async fn registry() -> (PageRegistry, Audit, AppStore) {
    let store = AppStore::open("sqlite::memory:").await.unwrap();
    let clock = Clock::new(|| Timestamp::from_millisecond(1_500).unwrap());
    let registry = PageRegistry::new(store.clone(), PROGRAM, clock.clone());
    (registry, Audit::new(store.clone(), clock), store)
}

fn renamed(name: &str) -> Layout {
    let mut layout = Layout::of(PROGRAM);
    layout.drawers[0].name = Names { zh_tw: name.to_owned(), en: name.to_owned() };
    layout
}

#[tokio::test]
async fn a_change_is_stored_with_its_entry_and_only_over_the_revision_that_was_seen() {
    let (registry, audit, _store) = registry().await;
    assert_eq!(registry.latest().await.unwrap().revision, 0);
    let first = registry.change(0, renamed("one"), ACT).await.unwrap();
    assert_eq!((first.revision, &first.layout), (1, &renamed("one")));
    assert_eq!(first.changed.as_ref().unwrap().1, "chen");
    assert_eq!(registry.latest().await.unwrap(), first);
    let late = registry.change(0, renamed("two"), ACT).await.unwrap_err();
    assert!(matches!(late, ChangeError::Conflict { current: 1 }), "{late}");
    let same = registry.change(1, renamed("one"), ACT).await.unwrap();
    assert_eq!(same.revision, 1, "nothing is different");
    let wrong = registry.change(1, renamed(""), ACT).await.unwrap_err();
    assert!(matches!(wrong, ChangeError::Rule(_)), "{wrong}");
    let entries = serde_json::to_value(audit.read(None, 10).await.unwrap()).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(
        entries[0]["target"],
        "revision 1: drawer \"生產 / Production\" renamed \"one / one\""
    );
}

#[tokio::test]
async fn what_can_not_be_recorded_is_not_changed() {
    let (registry, _, store) = registry().await;
    on_pool!(store, pool => {
        sqlx::query("alter table audit rename to elsewhere").execute(pool).await.unwrap();
    });
    let refused = registry.change(0, renamed("one"), ACT).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Store(_)), "{refused}");
    assert_eq!(registry.latest().await.unwrap().revision, 0);
}

#[tokio::test]
async fn page_views_ask_once_in_a_while_and_outlive_the_store() {
    let (registry, _, store) = registry().await;
    assert_eq!(registry.known().await.revision, 0);
    // Somebody changes it on another server.
    let sql = "update page_layout set revision = 7, document = $1";
    let document = serde_json::to_string(&renamed("elsewhere")).unwrap();
    on_pool!(store, pool => { sqlx::query(sql).bind(document).execute(pool).await.unwrap(); });
    assert_eq!(registry.known().await.revision, 0, "the cached layout is used");
    *registry.ask_again_at.lock().await = Instant::now();
    assert_eq!(registry.known().await.layout, renamed("elsewhere"));
    store.close().await;
    *registry.ask_again_at.lock().await = Instant::now();
    assert_eq!(registry.known().await.layout, renamed("elsewhere"));
    assert!(registry.latest().await.is_err());
    let started = PageRegistry::new(store, PROGRAM, Clock::system());
    assert_eq!(started.known().await.layout, Layout::of(PROGRAM));
}

#[tokio::test]
async fn a_document_that_can_not_be_read_is_replaced_by_the_next_change() {
    let (registry, _, store) = registry().await;
    let sql = "update page_layout set revision = 3, document = '{\"drawers\":7}'";
    on_pool!(store, pool => { sqlx::query(sql).execute(pool).await.unwrap(); });
    let read = registry.latest().await.unwrap();
    assert_eq!((read.revision, &read.layout), (3, &Layout::of(PROGRAM)));
    assert_eq!(registry.change(3, renamed("mended"), ACT).await.unwrap().revision, 4);
}

#[tokio::test]
async fn an_older_answer_does_not_undo_a_newer_one() {
    let (registry, ..) = registry().await;
    let old = registry.latest().await.unwrap();
    let new = registry.change(0, renamed("new"), ACT).await.unwrap();
    registry.keep(old);
    assert_eq!(registry.known().await, new);
}
