//! The application's database on several hosts: the one that takes writes is used.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::database::hosts::{Hosts, role};
use crate::database::plain;

/// Time between two looks for the host that fits.
const EVERY: Duration = Duration::from_secs(2);

/// A pool on the host that fits, which follows it to another one when that changes. Nothing is
/// opened yet.
pub(super) fn prepared(hosts: Arc<Hosts>, pool: PgPoolOptions, limit: Duration) -> PgPool {
    if hosts.is_plain() {
        return pool.connect_lazy_with(hosts.options(0).clone());
    }
    let (new, idle) = (hosts.clone(), hosts.clone());
    // The role of the server is checked before each use of a connection; a ping would not detect a
    // failover.
    let pool = pool
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let hosts = new.clone();
            Box::pin(async move { hosts.check(role(connection).await?) })
        })
        .before_acquire(move |connection, _| {
            let hosts = idle.clone();
            Box::pin(async move { hosts.check(role(connection).await?).map(|()| true) })
        });
    let pool = pool.connect_lazy_with(hosts.options(0).clone());
    let followed = pool.clone();
    tokio::spawn(async move {
        let mut used = 0;
        loop {
            match hosts.connect(limit).await {
                // The connection was only needed for the check; the server may be gone already.
                Ok(connection) => drop(connection.close().await),
                Err(cause) => {
                    let cause = plain(&cause);
                    tracing::debug!(cause, "no host of the application's database fits");
                }
            }
            if hosts.current() != used {
                used = hosts.current();
                followed.set_connect_options(hosts.options(used).clone());
            }
            if followed.close_event().do_until(tokio::time::sleep(EVERY)).await.is_err() {
                return;
            }
        }
    });
    pool
}
