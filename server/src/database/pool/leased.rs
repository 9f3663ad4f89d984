//! A connection taken out of the pool.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite};

use super::postgres::PostgresHosts;
use crate::database::deadline::Deadline;
use crate::database::session;

/// A connection, and what stops its calls early once it has been checked.
#[derive(Debug)]
pub enum Leased {
    Sqlite(PoolConnection<Sqlite>, Option<Deadline>),
    Postgres {
        connection: PoolConnection<Postgres>,
        pools: Arc<PostgresHosts>,
        /// Number of the host.
        host: usize,
        /// Number of the server process, once a transaction has begun.
        process: Option<i32>,
    },
}

impl Leased {
    /// Checks whether the connection is alive, and how to stop its statements; begins the
    /// transaction of the call in PostgreSQL.
    ///
    /// # Errors
    /// The connection is dead, or to a server that does not fit any more.
    pub async fn prove(&mut self, call_timeout: Duration) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection, known) => {
                let deadline = Deadline::after(call_timeout);
                deadline.install(connection).await?;
                *known = Some(deadline);
                Ok(())
            }
            Self::Postgres { connection, pools, process, .. } => {
                let begun = session::begin(connection, call_timeout, pools.zone()).await;
                let proved = begun.and_then(|begun| {
                    *process = Some(begun.process);
                    pools.hosts().check(begun.role)
                });
                if proved.is_err() {
                    pools.doubt();
                }
                proved
            }
        }
    }

    /// Ends the transaction of a finished call; returns whether the connection can be reused.
    pub async fn is_at_rest(&mut self) -> bool {
        match self {
            Self::Sqlite(..) => true,
            Self::Postgres { connection, .. } => session::end(connection).await.is_ok(),
        }
    }

    /// Puts the connection back; one that fails sqlx's ping is closed instead.
    pub async fn return_to_pool(mut self) {
        match &mut self {
            Self::Sqlite(connection, deadline) => {
                deadline.iter().for_each(Deadline::lift);
                connection.return_to_pool().await;
            }
            Self::Postgres { connection, .. } => connection.return_to_pool().await,
        }
    }

    /// Closes the connection.
    pub async fn close(self) {
        // The server may be gone; the connection is dropped either way.
        let _ = match self {
            Self::Sqlite(connection, _) => connection.close().await,
            Self::Postgres { connection, .. } => connection.close().await,
        };
    }
}
