//! Which host of several is used.
//!
//! The host that served last is asked first; where it fails, does not fit or stays silent for a
//! moment, all others are asked at the same time and the first that fits is taken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Row};
use tokio::time::{sleep, timeout};

use super::address::{Wanted, host_name, postgres_hosts};
use super::message::plain;

/// How long the host that served last is asked alone.
const HEAD_START: Duration = Duration::from_millis(500);

/// Role of a server; also returned by the start of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// It replays what another one writes.
    pub is_standby: bool,
    /// Its transactions are read-only by default.
    pub is_read_only: bool,
}

/// How well a host fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// Taken where there is no better one.
    InNeed,
    Yes,
}

impl Role {
    fn fit(self, wanted: Wanted) -> Fit {
        let is_right = match wanted {
            Wanted::Any => true,
            Wanted::ReadWrite => !self.is_standby && !self.is_read_only,
            Wanted::ReadOnly => self.is_standby || self.is_read_only,
            Wanted::Primary => !self.is_standby,
            Wanted::Standby => self.is_standby,
            Wanted::PreferStandby if self.is_standby => true,
            Wanted::PreferStandby => return Fit::InNeed,
        };
        if is_right { Fit::Yes } else { Fit::No }
    }
}

/// The hosts of an address.
#[derive(Debug)]
pub struct Hosts {
    options: Vec<PgConnectOptions>,
    wanted: Wanted,
    /// The one that served last.
    current: AtomicUsize,
}

impl Hosts {
    /// The hosts of the address `url`. Nothing is opened yet.
    ///
    /// # Errors
    /// The address can't be parsed.
    pub fn parse(url: &str, application: &str) -> Result<Self, sqlx::Error> {
        let (options, wanted) = postgres_hosts(url, application)?;
        Ok(Self { options, wanted, current: AtomicUsize::new(0) })
    }

    /// Like [`Self::parse`], for a database that is written to: selects a host that accepts writes,
    /// unless the address says otherwise. Statements of its sessions stay prepared.
    ///
    /// # Errors
    /// The address can't be parsed.
    pub fn writable(url: &str, application: &str) -> Result<Self, sqlx::Error> {
        const KEPT_STATEMENTS: usize = 100;
        let mut hosts = Self::parse(url, application)?;
        if hosts.options.len() > 1 && hosts.wanted == Wanted::Any {
            hosts.wanted = Wanted::ReadWrite;
        }
        let keeping = |options: PgConnectOptions| options.statement_cache_capacity(KEPT_STATEMENTS);
        hosts.options = hosts.options.into_iter().map(keeping).collect();
        Ok(hosts)
    }

    /// Whether there is one host only, whatever its role.
    pub fn is_plain(&self) -> bool {
        self.options.len() == 1 && self.wanted == Wanted::Any
    }

    /// The number of the host in use.
    pub fn current(&self) -> usize {
        self.current.load(Ordering::Acquire)
    }

    /// What a connection to a host is opened with.
    pub fn options(&self, host: usize) -> &PgConnectOptions {
        &self.options[host.min(self.options.len() - 1)]
    }

    /// The host in use: name and port.
    pub fn name(&self) -> String {
        host_name(self.options(self.current()))
    }

    /// Whether a server of this role may be used.
    ///
    /// # Errors
    /// It may not: it was promoted, or became a standby.
    pub fn check(&self, role: Role) -> Result<(), sqlx::Error> {
        match role.fit(self.wanted) {
            Fit::No => Err(self.unfit(role)),
            Fit::InNeed | Fit::Yes => Ok(()),
        }
    }

    fn unfit(&self, role: Role) -> sqlx::Error {
        let what = match role {
            Role { is_standby: true, .. } => "is a standby",
            Role { is_read_only: true, .. } => "takes no writes",
            Role { .. } => "is the primary",
        };
        failed(format!("{what}, target_session_attrs={} is wanted", self.wanted.name()))
    }

    /// A connection to a host that fits, which becomes the current one.
    ///
    /// # Errors
    /// None fits within `limit`; the reason names each host with its own reason.
    pub async fn connect(&self, limit: Duration) -> Result<PgConnection, sqlx::Error> {
        if self.is_plain() {
            return in_time(limit, PgConnection::connect_with(&self.options[0])).await;
        }
        let first = self.current().min(self.options.len() - 1);
        let mut asked: FuturesUnordered<_> =
            std::iter::once(first).map(|host| self.ask(host, limit)).collect();
        let mut others: Vec<usize> =
            (0..self.options.len()).filter(|host| *host != first).collect();
        let mut spare: Option<(usize, PgConnection)> = None;
        let mut reasons: Vec<(usize, sqlx::Error)> = Vec::new();
        loop {
            let answer = tokio::select! {
                answer = asked.next() => answer,
                () = sleep(HEAD_START), if !others.is_empty() => None,
            };
            match answer {
                Some((host, Ok((connection, Fit::Yes)))) => {
                    self.take(host);
                    close(spare).await;
                    return Ok(connection);
                }
                Some((host, Ok((connection, _)))) => {
                    close(spare.replace((host, connection))).await;
                }
                Some((host, Err(reason))) => reasons.push((host, reason)),
                None if others.is_empty() => break,
                None => {}
            }
            asked.extend(others.drain(..).map(|host| self.ask(host, limit)));
        }
        match spare {
            Some((host, connection)) => {
                self.take(host);
                Ok(connection)
            }
            None => Err(self.none_fits(reasons)),
        }
    }

    fn take(&self, host: usize) {
        let before = self.current.swap(host, Ordering::AcqRel);
        if before != host {
            let (from, to) = (host_name(self.options(before)), self.name());
            tracing::warn!(from, to, "another database host is used");
        }
    }

    async fn ask(
        &self,
        host: usize,
        limit: Duration,
    ) -> (usize, Result<(PgConnection, Fit), sqlx::Error>) {
        let asking = async {
            let mut connection = PgConnection::connect_with(self.options(host)).await?;
            let role = role(&mut connection).await?;
            match role.fit(self.wanted) {
                Fit::No => {
                    close(Some((host, connection))).await;
                    Err(self.unfit(role))
                }
                fit => Ok((connection, fit)),
            }
        };
        (host, in_time(limit, asking).await)
    }

    /// A cause that all hosts share is returned unchanged, so that it keeps its own error code.
    fn none_fits(&self, mut reasons: Vec<(usize, sqlx::Error)>) -> sqlx::Error {
        reasons.sort_by_key(|(host, _)| *host);
        let code = |error: &sqlx::Error| {
            error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()))
        };
        let shared = reasons.first().and_then(|(_, first)| code(first));
        if shared.is_some() && reasons.iter().all(|(_, reason)| code(reason) == shared) {
            return reasons.swap_remove(0).1;
        }
        let told: Vec<String> = reasons
            .iter()
            .map(|(host, reason)| format!("{}: {}", host_name(self.options(*host)), plain(reason)))
            .collect();
        failed(format!("no host of the address can be used: {}", told.join("; ")))
    }
}

fn failed(reason: String) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(reason))
}

async fn in_time<T>(
    limit: Duration,
    opening: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, opening).await.unwrap_or_else(|_| {
        let reason = format!("no answer within {:.1} s", limit.as_secs_f64());
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, reason)))
    })
}

/// Queries the role of a server.
pub async fn role(connection: &mut PgConnection) -> Result<Role, sqlx::Error> {
    let asking = "select pg_is_in_recovery(), current_setting('default_transaction_read_only')";
    let row = sqlx::raw_sql(asking).fetch_one(connection).await?;
    Ok(Role { is_standby: row.try_get(0)?, is_read_only: row.try_get::<String, _>(1)? == "on" })
}

/// The server may be gone already; the connection is dropped either way.
async fn close(connection: Option<(usize, PgConnection)>) {
    if let Some((_, connection)) = connection {
        let _ = connection.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_fit_as_libpq_says() {
        let role = |is_standby, is_read_only| Role { is_standby, is_read_only };
        let (primary, standby, guarded) = (role(false, false), role(true, true), role(false, true));
        for (wanted, fits) in [
            (Wanted::Any, [Fit::Yes, Fit::Yes, Fit::Yes]),
            (Wanted::ReadWrite, [Fit::Yes, Fit::No, Fit::No]),
            (Wanted::ReadOnly, [Fit::No, Fit::Yes, Fit::Yes]),
            (Wanted::Primary, [Fit::Yes, Fit::No, Fit::Yes]),
            (Wanted::Standby, [Fit::No, Fit::Yes, Fit::No]),
            (Wanted::PreferStandby, [Fit::InNeed, Fit::Yes, Fit::InNeed]),
        ] {
            assert_eq!(
                [primary, standby, guarded].map(|role| role.fit(wanted)),
                fits,
                "{wanted:?}"
            );
        }
    }
}
