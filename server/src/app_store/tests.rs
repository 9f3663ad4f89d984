use std::os::unix::fs::PermissionsExt;

use super::*;

#[tokio::test]
async fn a_missing_file_is_made_for_its_owner_only_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sqlite");
    let url = format!("sqlite:{}", path.display());
    let store = AppStore::open(&url).await.unwrap();
    let Pool::Sqlite(pool) = &store.pool else { panic!("a file is SQLite") };
    let (mode,): (String,) = sqlx::query_as("pragma journal_mode").fetch_one(pool).await.unwrap();
    assert_eq!(mode, "wal");
    // What SQLite keeps beside it holds the same secrets.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let rights = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(rights, 0o600, "{:?}", entry.file_name());
    }
    store.close().await;
    AppStore::open(&url).await.unwrap().close().await;
}

#[tokio::test]
async fn an_address_that_can_not_be_used_is_refused_without_being_shown() {
    for wrong in ["", "s3cret", "mysql://u:s3cret@db/x", "sqlite:", "postgres://u:s3cret@db:port/x"]
    {
        let error = AppStore::open(wrong).await.unwrap_err();
        assert!(error.is_setting(), "{wrong}");
        let text = format!("{error} {error:?}");
        assert!(text.contains("APP_DATABASE_URL") && !text.contains("s3cret"), "{text}");
    }
    let error = AppStore::open("sqlite:/nowhere/at/all/x.sqlite").await.unwrap_err();
    assert!(error.is_setting() && error.to_string().contains("/nowhere/at/all"), "{error}");
}

#[tokio::test]
async fn a_step_that_was_changed_after_it_ran_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.sqlite").display());
    let store = AppStore::open(&url).await.unwrap();
    let Pool::Sqlite(pool) = &store.pool else { panic!("a file is SQLite") };
    sqlx::query("update _sqlx_migrations set checksum = x'00'").execute(pool).await.unwrap();
    store.close().await;
    assert!(matches!(AppStore::open(&url).await, Err(AppStoreError::Migration(_))));
}

#[tokio::test]
async fn a_database_that_gives_no_answer_is_waited_for_and_its_tables_are_made_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sqlite");
    // SQLite can't open what is no database, root or not.
    std::fs::write(&path, "no database ".repeat(1000)).unwrap();
    let url = format!("sqlite:{}", path.display());
    assert!(matches!(AppStore::open(&url).await, Err(AppStoreError::Query(_))));
    let store = AppStore::open_or_wait(&url).await.unwrap();
    assert_eq!(store.trouble(), Some(StoreTrouble::Unavailable));
    assert_eq!(store.look().await, Err(StoreTrouble::Unavailable));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(store.look().await, Ok(()));
    assert_eq!((store.trouble(), store.is_well()), (None, Some(true)));
    store.close().await;
    for wrong in ["sqlite:/nowhere/at/all/x.sqlite", "mysql://db/x"] {
        assert!(AppStore::open_or_wait(wrong).await.is_err(), "{wrong}");
    }
    // Tables of another program are nothing to wait for.
    let store = AppStore::open(&url).await.unwrap();
    let Pool::Sqlite(pool) = &store.pool else { panic!("a file is SQLite") };
    sqlx::query("update _sqlx_migrations set checksum = x'00'").execute(pool).await.unwrap();
    store.close().await;
    assert!(matches!(AppStore::open_or_wait(&url).await, Err(AppStoreError::Migration(_))));
}

#[tokio::test]
async fn a_full_disk_and_a_read_only_database_are_told_apart() {
    let store = AppStore::open("sqlite::memory:").await.unwrap();
    let Pool::Sqlite(pool) = &store.pool else { panic!("memory is SQLite") };
    let set = async |pragma: &'static str| {
        sqlx::query(pragma).fetch_all(pool).await.unwrap();
    };
    assert_eq!(store.look().await, Ok(()));
    set("vacuum").await;
    // Smaller than it is already: no page more.
    set("pragma max_page_count = 1").await;
    assert_eq!(store.look().await, Err(StoreTrouble::Full));
    set("pragma max_page_count = 100000").await;
    assert_eq!(store.look().await, Ok(()));
    set("pragma query_only = on").await;
    assert_eq!(store.look().await, Err(StoreTrouble::ReadOnly));
    assert_eq!(
        store.trouble().unwrap().reason(),
        crate::degraded_reason::DegradedReason::AppDatabaseReadOnly
    );
    set("pragma query_only = off").await;
    assert_eq!(store.look().await, Ok(()));
}

#[tokio::test]
async fn stored_names_get_their_canonical_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.sqlite").display());
    let store = AppStore::open(&url).await.unwrap();
    let add = async |name: &'static str, disabled: Option<i64>| {
        let sql = "insert into users (name, role, password_hash, created_at, password_changed_at, disabled_at) \
                   values ($1, 'viewer', 'hash', 1, 1, $2)";
        on_pool!(store, pool => { sqlx::query(sql).bind(name).bind(disabled).execute(pool).await.unwrap(); });
    };
    add("ｃｈｅｎ", None).await;
    add("𝐜𝐡𝐞𝐧", Some(1)).await;
    add("lin", None).await;
    add("weiß", None).await;
    store.close().await;
    let store = AppStore::open(&url).await.unwrap();
    let users = crate::auth::users::Users::new(store.clone(), crate::auth::clock::Clock::system());
    // Of two, the disabled one.
    assert!(!users.get("chen").await.unwrap().unwrap().enabled);
    assert!(users.get("WEISS").await.unwrap().is_some());
    assert!(users.get("lin").await.unwrap().unwrap().enabled);
    assert_eq!(users.list().await.unwrap().len(), 4, "none is lost");
    store.close().await;
}
