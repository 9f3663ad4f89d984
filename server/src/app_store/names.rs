//! Names of users that an earlier program stored in another spelling than their canonical one.

use super::{AppStore, AppStoreError, on_pool};
use crate::user_name::canonical;

/// Gives them their canonical name. Where two users have the same, the one that is disabled comes
/// first, then the first by its old name; the other one can't sign in any more and is named in the log.
pub(super) async fn settle(store: &AppStore) -> Result<(), AppStoreError> {
    let sql = "select name from users order by disabled_at is null, name";
    let names: Vec<(String,)> = on_pool!(store, pool => sqlx::query_as(sql).fetch_all(pool).await?);
    for (old, new) in names.iter().filter_map(|(old,)| Some((old, canonical(old).ok()?))) {
        if *old == new {
            continue;
        }
        let rename = "update users set name = $2 where name = $1 and not exists (select 1 from users where name = $2)";
        let renamed = on_pool!(store, pool => {
            sqlx::query(rename).bind(old).bind(&new).execute(pool).await?.rows_affected()
        });
        if renamed == 0 {
            tracing::warn!(
                user = old,
                canonical = new,
                "two users have the same name in other spellings; this one can't sign in, remove it or give it another name"
            );
        } else {
            tracing::info!(old, new, "a user has got the canonical spelling of their name");
        }
    }
    Ok(())
}
