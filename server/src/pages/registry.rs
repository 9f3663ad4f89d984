//! The layout in the application's database, and what is known of it in memory.
//!
//! The layout is cached for [`CACHE_TIME`], so that page views need no query. While the store is
//! unavailable the last known layout is used, initially that of the program. Changes always query.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::difference;
use super::layout::Layout;
use super::program::ProgramPage;
use super::rules::{self, Violation};
use crate::app_store::{AppStore, on_pool};
use crate::audit::{Act, announce, insert_entry};
use crate::auth::clock::Clock;

/// How long the layout is cached.
const CACHE_TIME: Duration = Duration::from_secs(5);
/// Longest wait of a page view for the store.
const STORE_LIMIT: Duration = Duration::from_secs(1);

/// A layout, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Grows by one with every change; 0 is the program's own.
    pub revision: i64,
    /// The layout, with all pages of the program in it.
    pub layout: Layout,
    /// When it was saved, and by which user.
    pub changed: Option<(Timestamp, String)>,
}

/// Why a change was not made; nothing was stored then.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else made one in the meantime.
    #[error("the layout is at revision {current} now")]
    Conflict {
        /// The revision that is in force.
        current: i64,
    },
    /// The layout breaks a rule.
    #[error("{}", .0.en)]
    Rule(Violation),
    /// The database gave no answer.
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

/// The layout that is in force.
#[derive(Debug)]
pub struct PageRegistry {
    store: AppStore,
    program: &'static [ProgramPage],
    clock: Clock,
    known: ArcSwap<Edition>,
    /// When a page view queries the store again; the holder of the lock is querying.
    ask_again_at: Mutex<Instant>,
}

/// revision, document, time in ms since 1970, name.
type Row = (i64, Option<String>, Option<i64>, Option<String>);

const READ: &str =
    "select revision, document, changed_at, changed_by from page_layout where id = 1";
const WRITE: &str = "update page_layout set revision = revision + 1, document = $1, \
                     changed_at = $2, changed_by = $3 where id = 1 and revision = $4";

impl PageRegistry {
    /// The layout in `store` over the pages of `program`.
    pub fn new(store: AppStore, program: &'static [ProgramPage], clock: Clock) -> Self {
        let own = Edition { revision: 0, layout: Layout::of(program), changed: None };
        Self {
            store,
            program,
            clock,
            known: ArcSwap::from_pointee(own),
            ask_again_at: Mutex::new(Instant::now()),
        }
    }

    /// The pages of the program.
    pub fn program(&self) -> &'static [ProgramPage] {
        self.program
    }

    /// The cached layout, refreshed when it has expired. Never fails.
    pub async fn known(&self) -> Arc<Edition> {
        // Concurrent callers do not wait for the query.
        if let Ok(mut ask_again_at) = self.ask_again_at.try_lock()
            && *ask_again_at <= Instant::now()
        {
            match timeout(STORE_LIMIT, self.latest()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the layout of pages can't be read"),
                Err(_) => tracing::warn!("the layout of pages can't be read in time"),
            }
            *ask_again_at = Instant::now() + CACHE_TIME;
        }
        self.known.load_full()
    }

    /// What the store has.
    pub async fn latest(&self) -> Result<Arc<Edition>, sqlx::Error> {
        let row: Row = on_pool!(self.store, pool => sqlx::query_as(READ).fetch_one(pool).await?);
        let edition = Arc::new(self.edition(row));
        self.keep(edition.clone());
        Ok(edition)
    }

    fn edition(&self, (revision, document, at, by): Row) -> Edition {
        let stored = document.and_then(|document| {
            let layout = serde_json::from_str::<Layout>(&document);
            layout.inspect_err(|error| tracing::error!(%error, revision, "the stored layout of pages can't be read; the program's own is used")).ok()
        });
        let layout = match stored {
            Some(layout) => layout.with_all(self.program),
            None => Layout::of(self.program),
        };
        let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
        Edition { revision, layout, changed: at.zip(by) }
    }

    /// A query that was in flight during a change does not undo it.
    fn keep(&self, edition: Arc<Edition>) {
        self.known.rcu(|known| {
            if known.revision > edition.revision { known.clone() } else { edition.clone() }
        });
    }

    /// Puts `proposed` in the place of the layout of this `revision`; `act` and what is different go
    /// to the audit log with it. A layout that is the same changes nothing.
    ///
    /// # Errors
    /// Another revision is in force, the layout breaks a rule, or the database is unavailable.
    pub async fn change(
        &self,
        revision: i64,
        proposed: Layout,
        act: Act<'_>,
    ) -> Result<Arc<Edition>, ChangeError> {
        let before = self.latest().await?;
        if before.revision != revision {
            return Err(ChangeError::Conflict { current: before.revision });
        }
        let layout = rules::check(proposed, &before.layout, self.program);
        let layout = layout.map_err(ChangeError::Rule)?;
        let differences = difference::describe(&before.layout, &layout);
        if differences.is_empty() {
            return Ok(before);
        }
        let target = format!("revision {}: {}", revision + 1, differences.join("; "));
        let act = Act { target: Some(&target), ..act };
        let now = self.clock.now();
        if !self.store_with(revision, &layout, act, now).await? {
            return Err(ChangeError::Conflict { current: self.latest().await?.revision });
        }
        announce(&act);
        let changed = Some((now, act.actor.to_owned()));
        let edition = Arc::new(Edition { revision: revision + 1, layout, changed });
        self.keep(edition.clone());
        Ok(edition)
    }

    /// Stores layout and audit entry in one transaction; false when the revision is another.
    async fn store_with(
        &self,
        revision: i64,
        layout: &Layout,
        act: Act<'_>,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let broken = |error: serde_json::Error| sqlx::Error::Encode(error.into());
        let document = serde_json::to_string(layout).map_err(broken)?;
        let ms = now.as_millisecond();
        on_pool!(self.store, pool => {
            let mut transaction = pool.begin().await?;
            let writing = sqlx::query(WRITE).bind(&document).bind(ms).bind(act.actor).bind(revision);
            if writing.execute(&mut *transaction).await?.rows_affected() == 0 {
                // Dropping it would do the same a little later.
                transaction.rollback().await?;
                return Ok(false);
            }
            insert_entry!(&mut *transaction, ms, act).await?;
            transaction.commit().await?;
        });
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
