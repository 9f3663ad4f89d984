//! What administrators did: a list in the application's database that only grows.
//!
//! The database itself refuses to change or remove an entry. What can't be recorded is not done.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_store::{AppStore, on_pool};
use crate::auth::clock::Clock;

/// Something that an administrator is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// Who.
    pub actor: &'a str,
    /// Network address of the client.
    pub address: &'a str,
    /// What, one word for each command.
    pub action: &'a str,
    /// To what, or how.
    pub target: Option<&'a str>,
    /// Why, in the administrator's words.
    pub reason: Option<&'a str>,
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Grows with every entry.
    id: i64,
    /// When: ISO 8601, UTC.
    at: String,
    /// Who.
    #[schema(example = "chen")]
    actor: String,
    /// Network address that it came from.
    address: String,
    /// What, one word for each command.
    #[schema(example = "circuit_breaker")]
    action: String,
    /// To what, or how.
    #[schema(example = "force_open")]
    target: Option<String>,
    /// Why, in the administrator's words.
    reason: Option<String>,
}

impl AuditEntry {
    /// Its place in the list.
    pub fn id(&self) -> i64 {
        self.id
    }
}

/// id, time in ms since 1970, actor, address, action, target, reason.
type Row = (i64, i64, String, String, String, Option<String>, Option<String>);

impl From<Row> for AuditEntry {
    fn from((id, at, actor, address, action, target, reason): Row) -> Self {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { id, at: format!("{at:.3}"), actor, address, action, target, reason }
    }
}

/// The list.
#[derive(Clone, Debug)]
pub struct Audit {
    store: AppStore,
    clock: Clock,
}

/// Adds an entry at a time in ms, through a pool or within a transaction of what it is about.
macro_rules! insert_entry {
    ($executor:expr, $at:expr, $act:expr) => {
        sqlx::query($crate::audit::INSERT)
            .bind($at)
            .bind($act.actor)
            .bind($act.address)
            .bind($act.action)
            .bind($act.target)
            .bind($act.reason)
            .execute($executor)
    };
}
pub(crate) use insert_entry;

pub(crate) const INSERT: &str = "insert into audit (at, actor, address, action, target, reason) values ($1, $2, $3, $4, $5, $6)";

/// Logs the action of an administrator.
pub fn announce(act: &Act<'_>) {
    let Act { actor, address, action, target, reason } = act;
    tracing::warn!(target: "audit", actor, address, action, about = target, reason, "command");
}

impl Audit {
    /// The list in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The database gave no answer; there is no entry then.
    pub async fn record(&self, act: Act<'_>) -> Result<(), sqlx::Error> {
        let now = self.clock.now().as_millisecond();
        on_pool!(self.store, pool => {
            insert_entry!(pool, now, act).await?;
        });
        Ok(())
    }

    /// Whether there is an entry of this action by this actor.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn has(&self, actor: &str, action: &str) -> Result<bool, sqlx::Error> {
        let sql = "select id from audit where actor = $1 and action = $2 limit 1";
        let found: Option<(i64,)> = on_pool!(self.store, pool => {
            sqlx::query_as(sql).bind(actor).bind(action).fetch_optional(pool).await?
        });
        Ok(found.is_some())
    }

    /// Entries before the one with the id `before`, newest first.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn read(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, sqlx::Error> {
        let sql = "select id, at, actor, address, action, target, reason from audit \
                   where id < $1 order by id desc limit $2";
        let rows: Vec<Row> = on_pool!(self.store, pool => {
            let reading = sqlx::query_as(sql).bind(before.unwrap_or(i64::MAX));
            reading.bind(i64::from(limit)).fetch_all(pool).await?
        });
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACT: Act<'_> = Act {
        actor: "chen",
        address: "10.0.0.5",
        action: "circuit_breaker",
        target: Some("force_open"),
        reason: Some("維護'; delete from audit"),
    };

    #[tokio::test]
    async fn entries_are_read_page_by_page_and_can_not_be_changed_or_removed() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let clock = Clock::new(|| Timestamp::from_millisecond(1_500).unwrap());
        let audit = Audit::new(store.clone(), clock);
        for _ in 0..5 {
            audit.record(ACT).await.unwrap();
        }
        let page = audit.read(None, 2).await.unwrap();
        assert_eq!(page.iter().map(AuditEntry::id).collect::<Vec<_>>(), [5, 4]);
        assert_eq!(page[0].at, "1970-01-01T00:00:01.500Z");
        assert_eq!(page[0].reason.as_deref(), ACT.reason);
        assert_eq!(audit.read(Some(2), 10).await.unwrap().len(), 1);
        for change in ["update audit set actor = 'nobody'", "delete from audit"] {
            let changed = on_pool!(store, pool => sqlx::query(change).execute(pool).await.is_ok());
            assert!(!changed, "{change}");
        }
        assert_eq!(audit.read(None, 10).await.unwrap().len(), 5);
    }
}
