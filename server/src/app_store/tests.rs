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
