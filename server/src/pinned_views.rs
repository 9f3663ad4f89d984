//! Views that administrators pinned for everybody: a name and an address of this site.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use moka::future::Cache;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_store::{AppStore, on_pool};
use crate::audit::{Act, announce, insert_entry};
use crate::auth::clock::Clock;
use crate::kept_choices::code_of;
use crate::pages::{Violation, page_at};

/// Longest name, in characters.
pub const MOST_NAME_CHARS: usize = 80;
/// Longest address, bytes.
pub const MOST_ADDRESS_BYTES: usize = 2_000;
/// Views at most.
pub const MOST_PINNED: usize = 100;
/// How long the list is cached: every page asks for it when it is opened.
const CACHE_TIME: Duration = Duration::from_secs(5);

/// A view that everybody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PinnedView {
    /// Names it for `DELETE`.
    #[schema(example = "mfzwizltoqqgs43unb2s")]
    pub id: String,
    #[schema(example = "SOT-23 on hold")]
    pub name: String,
    /// Path and query.
    #[schema(example = "/wip-overview?package=SOT-23&status=HOLD")]
    pub address: String,
}

/// Why a view is not pinned or unpinned; nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Name, address or number break a rule.
    #[error("{}", .0.en)]
    Rule(Violation),
    /// There is no view of this id.
    #[error("there is no such view")]
    Unknown,
    /// The database gave no answer.
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

fn rule(zh_tw: String, en: String) -> PinError {
    PinError::Rule(Violation { zh_tw, en })
}

fn check_name(name: &str) -> Result<(), PinError> {
    let chars = name.chars().count();
    if !(1..=MOST_NAME_CHARS).contains(&chars) {
        return Err(rule(
            format!("name 有 {chars} 字；可用 1 至 {MOST_NAME_CHARS} 字"),
            format!("name has {chars} characters; allowed: 1 to {MOST_NAME_CHARS}"),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(rule(
            "name 不可含有控制字元".to_owned(),
            "name must not hold control characters".to_owned(),
        ));
    }
    Ok(())
}

/// An address leads to a page of this program and nowhere else.
fn check_address(address: &str) -> Result<(), PinError> {
    if address.len() > MOST_ADDRESS_BYTES {
        let bytes = address.len();
        return Err(rule(
            format!("address 有 {bytes} 位元組；上限為 {MOST_ADDRESS_BYTES}"),
            format!("address has {bytes} bytes; at most {MOST_ADDRESS_BYTES} are allowed"),
        ));
    }
    let path = address.split('?').next().unwrap_or_default();
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '#' && c != '\\';
    if address.chars().all(is_plain) && page_at(path).is_some() {
        return Ok(());
    }
    Err(rule(
        "address 不是本站頁面的路徑與查詢字串，例如 /wip-overview?package=SOT-23".to_owned(),
        "address is no path and query of a page of this site, like /wip-overview?package=SOT-23"
            .to_owned(),
    ))
}

/// All pinned views, in the application's database.
#[derive(Debug)]
pub struct PinnedViews {
    store: AppStore,
    clock: Clock,
    cached: Cache<(), Arc<Vec<PinnedView>>>,
}

impl PinnedViews {
    /// The views in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        let cached = Cache::builder().max_capacity(1).time_to_live(CACHE_TIME).build();
        Self { store, clock, cached }
    }

    /// All of them, oldest first.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn list(&self) -> Result<Arc<Vec<PinnedView>>, Arc<sqlx::Error>> {
        self.cached.try_get_with((), self.load()).await
    }

    async fn load(&self) -> Result<Arc<Vec<PinnedView>>, sqlx::Error> {
        let sql = "select id, name, address from pinned_views order by pinned_at, id";
        let rows: Vec<(String, String, String)> =
            on_pool!(self.store, pool => sqlx::query_as(sql).fetch_all(pool).await?);
        let view = |(id, name, address)| PinnedView { id, name, address };
        Ok(Arc::new(rows.into_iter().map(view).collect()))
    }

    /// Pins a view; `act` goes to the audit log with it.
    ///
    /// # Errors
    /// It breaks a rule, its name is taken, or the database gave no answer.
    pub async fn pin(
        &self,
        name: &str,
        address: &str,
        act: Act<'_>,
    ) -> Result<PinnedView, PinError> {
        check_name(name)?;
        check_address(address)?;
        if self.load().await?.len() >= MOST_PINNED {
            return Err(rule(
                format!("已有 {MOST_PINNED} 個共用檢視；請先移除不需要的檢視"),
                format!("there are {MOST_PINNED} pinned views already; unpin one first"),
            ));
        }
        let id = code_of(name);
        let target = format!("{name}: {address}");
        let (act, now) = (Act { target: Some(&target), ..act }, self.clock.now());
        if !self.insert(&id, name, address, act, now).await? {
            return Err(rule(
                format!("已有名為「{name}」的共用檢視；請使用其他名稱或先移除"),
                format!(
                    "a view named \"{name}\" is pinned already; use another name or unpin it first"
                ),
            ));
        }
        announce(&act);
        self.cached.invalidate(&()).await;
        Ok(PinnedView { id, name: name.to_owned(), address: address.to_owned() })
    }

    /// Stores view and audit entry in one transaction; false when the name is taken.
    async fn insert(
        &self,
        id: &str,
        name: &str,
        address: &str,
        act: Act<'_>,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let sql = "insert into pinned_views (id, name, address, pinned_by, pinned_at) \
                   values ($1, $2, $3, $4, $5) on conflict (id) do nothing";
        let ms = now.as_millisecond();
        on_pool!(self.store, pool => {
            let mut transaction = pool.begin().await?;
            let adding = sqlx::query(sql).bind(id).bind(name).bind(address).bind(act.actor).bind(ms);
            if adding.execute(&mut *transaction).await?.rows_affected() == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            insert_entry!(&mut *transaction, ms, act).await?;
            transaction.commit().await?;
        });
        Ok(true)
    }

    /// Unpins a view; `act` goes to the audit log with it.
    ///
    /// # Errors
    /// There is none of this id, or the database gave no answer.
    pub async fn unpin(&self, id: &str, act: Act<'_>) -> Result<(), PinError> {
        let all = self.load().await?;
        let view = all.iter().find(|view| view.id == id).ok_or(PinError::Unknown)?;
        let target = format!("{}: {}", view.name, view.address);
        let (act, ms) = (Act { target: Some(&target), ..act }, self.clock.now().as_millisecond());
        on_pool!(self.store, pool => {
            let mut transaction = pool.begin().await?;
            let removing = sqlx::query("delete from pinned_views where id = $1").bind(id);
            if removing.execute(&mut *transaction).await?.rows_affected() == 0 {
                transaction.rollback().await?;
                return Err(PinError::Unknown);
            }
            insert_entry!(&mut *transaction, ms, act).await?;
            transaction.commit().await?;
        });
        announce(&act);
        self.cached.invalidate(&()).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_a_page_of_this_site() {
        for address in [
            "/",
            "/wip-overview",
            "/wip-overview?package=SOT-23&x=%0A",
            "/lot/GA26%2F1?v=abc",
            "/resource?q=//example.org",
        ] {
            assert!(check_address(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "wip-overview",
            "//example.org/wip-overview",
            "https://example.org/",
            "javascript:alert(1)",
            "/\\example.org",
            "/wip-overview#?a",
            "/wip-overview?a b",
            "/wip-overview?a\nb",
            "/admin/login?next=/",
            "/api/session",
            "/nothing-here",
            &format!("/wip-overview?a={}", "b".repeat(MOST_ADDRESS_BYTES)),
        ] {
            assert!(check_address(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_name_is_a_line_of_text() {
        for name in ["a", "早會 <b>&'; --", &"名".repeat(MOST_NAME_CHARS)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "a\nb", "a\u{1b}", &"名".repeat(MOST_NAME_CHARS + 1)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[tokio::test]
    async fn there_is_a_bound_on_views() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let views = PinnedViews::new(store, Clock::system());
        let act =
            Act { actor: "chen", address: "", action: "pin_view", target: None, reason: None };
        for number in 0..MOST_PINNED {
            views.pin(&format!("view {number}"), "/", act).await.unwrap();
        }
        let refused = views.pin("one more", "/", act).await;
        assert!(matches!(refused, Err(PinError::Rule(cause)) if cause.en.contains("unpin one")));
    }
}
