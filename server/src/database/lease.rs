//! A connection on loan, and its way back.
//!
//! A caller that goes away leaves a statement running. The permit goes back only after that
//! statement has been stopped and sqlx has the connection again; otherwise the gate would let
//! somebody in for whom there is none, and who would take that for a dead database.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, Postgres, SqliteConnection};

use super::gate::Permit;
use super::health_probe::HealthProbe;
use super::pool::Leased;

/// Answers that an interrupted connection may still have to read before it is ready: the error of
/// the cancelled statement, and one for a transaction that is rolled back.
const LEFTOVERS: usize = 3;

/// A connection for the length of a call.
#[derive(Debug)]
pub enum Connection<'c> {
    /// To a SQLite file.
    Sqlite(&'c mut SqliteConnection),
    /// To a PostgreSQL server.
    Postgres(&'c mut PgConnection),
}

/// A connection on loan; gives itself back when dropped, wherever the caller stopped.
#[derive(Debug)]
pub(super) struct Lease {
    content: Option<(Leased, Permit)>,
    /// Cancels statements whose caller has gone.
    probe: Arc<HealthProbe>,
    /// How long giving back may take before the connection is thrown away.
    limit: Duration,
    /// Something may still be running on the connection.
    is_busy: bool,
}

impl Lease {
    pub fn new(leased: Leased, permit: Permit, probe: Arc<HealthProbe>, limit: Duration) -> Self {
        Self { content: Some((leased, permit)), probe, limit, is_busy: true }
    }

    /// The connection; `None` never comes before the drop.
    pub fn connection(&mut self) -> Option<Connection<'_>> {
        self.content.as_mut().map(|(leased, _)| match leased {
            Leased::Sqlite(connection, _) => Connection::Sqlite(connection),
            Leased::Postgres(connection, _) => Connection::Postgres(connection),
        })
    }

    /// The call came to its end; nothing runs any more.
    pub fn is_done(&mut self) {
        self.is_busy = false;
    }

    /// Whether our deadline stopped a SQLite step.
    pub fn was_interrupted(&self) -> bool {
        match &self.content {
            Some((Leased::Sqlite(_, deadline), _)) => deadline.has_struck(),
            _ => false,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((leased, permit)) = self.content.take() else { return };
        let (probe, limit, is_busy) = (self.probe.clone(), self.limit, self.is_busy);
        tokio::spawn(async move {
            // Past the limit the connection is dropped, which closes it.
            let returned = tokio::time::timeout(limit, give_back(leased, &probe, is_busy)).await;
            if returned.is_err() {
                tracing::warn!("a database connection was thrown away: it did not become ready");
            }
            drop(permit);
        });
    }
}

/// Brings the connection to rest and puts it back into the pool.
async fn give_back(leased: Leased, probe: &HealthProbe, is_busy: bool) {
    match leased {
        Leased::Sqlite(mut connection, deadline) => {
            if is_busy {
                deadline.cancel();
                // Answered only when the interrupted step has ended; the error is the pool's to find.
                let _ = connection.ping().await;
            }
            deadline.lift();
            connection.return_to_pool().await;
        }
        Leased::Postgres(connection, process) if is_busy => {
            stop(connection, process, probe).await;
        }
        Leased::Postgres(mut connection, _) => connection.return_to_pool().await,
    }
}

/// Cancels what runs on the connection. The order keeps the cancellation from hitting whoever has
/// the connection next: it has been delivered before the connection goes back, or it doesn't go back.
async fn stop(mut connection: PoolConnection<Postgres>, process: i32, probe: &HealthProbe) {
    if let Err(cause) = probe.cancel(process).await {
        tracing::warn!(%cause, process, "a statement could not be cancelled; its connection is closed");
        // The far end may be gone; the connection is given up either way.
        let _ = connection.close().await;
        return;
    }
    for _ in 0..LEFTOVERS {
        match connection.ping().await {
            Err(sqlx::Error::Database(_)) => {}
            Ok(()) | Err(_) => break,
        }
    }
    connection.return_to_pool().await;
}
