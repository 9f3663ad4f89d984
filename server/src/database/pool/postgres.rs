//! Connections to the one of several PostgreSQL hosts that is used.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Connection as _, Postgres};

use super::{Shape, lock};
use crate::database::hosts::Hosts;

/// A host that was found is not checked again within this time, unless a connection to it failed.
const HOST_KNOWN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct PostgresHosts {
    hosts: Arc<Hosts>,
    /// Name of the connections in `pg_stat_activity`.
    application: &'static str,
    /// Zone in which times are shown.
    zone: String,
    shape: Shape,
    /// With the number of its host.
    current: Mutex<(usize, PgPool)>,
    /// When a suitable host was last found. One caller checks, the others wait for it.
    found: tokio::sync::Mutex<Option<Instant>>,
    /// A connection to the host failed since.
    is_doubted: AtomicBool,
}

impl PostgresHosts {
    pub(super) fn new(
        hosts: Arc<Hosts>,
        application: &'static str,
        zone: &str,
        shape: Shape,
    ) -> Self {
        let host = hosts.current();
        let pool: PgPoolOptions = shape.options();
        let options = hosts.options(host).clone().application_name(application);
        Self {
            application,
            zone: zone.to_owned(),
            shape,
            current: Mutex::new((host, pool.connect_lazy_with(options))),
            found: tokio::sync::Mutex::default(),
            is_doubted: AtomicBool::new(false),
            hosts,
        }
    }

    /// The pool of the current host.
    pub fn pool(&self) -> (usize, PgPool) {
        let host = self.hosts.current();
        let mut current = lock(&self.current);
        if current.0 != host {
            let pool: PgPoolOptions = self.shape.options();
            let options = self.hosts.options(host).clone().application_name(self.application);
            let new = pool.connect_lazy_with(options);
            let (_, old) = std::mem::replace(&mut *current, (host, new));
            tokio::spawn(async move { old.close().await });
        }
        current.clone()
    }

    pub async fn acquire(&self) -> Result<(usize, PoolConnection<Postgres>), sqlx::Error> {
        let (host, pool) = self.pool();
        if self.hosts.is_plain() || pool.num_idle() > 0 {
            return Ok((host, pool.acquire().await?));
        }
        self.find().await?;
        let (host, pool) = self.pool();
        Ok((host, pool.acquire().await?))
    }

    /// Finds a suitable host. sqlx would retry one that rejects.
    pub async fn find(&self) -> Result<(), sqlx::Error> {
        let mut found = self.found.lock().await;
        let is_known = found.is_some_and(|at| at.elapsed() < HOST_KNOWN);
        if is_known && !self.is_doubted.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let limit = self.shape.connect.mul_f64(0.8);
        let connection = self.hosts.connect(limit).await?;
        *found = Some(Instant::now());
        // The server may be gone already; the connection was only needed for the check.
        let _ = connection.close().await;
        Ok(())
    }

    /// Requests a check of the hosts: the current one failed or has another role now.
    pub fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Release);
    }

    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub fn zone(&self) -> &str {
        &self.zone
    }
}
