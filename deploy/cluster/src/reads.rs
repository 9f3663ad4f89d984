//! How often all servers together read the tables of the MES, as PostgreSQL counts it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio_util::task::AbortOnDropHandle;

use crate::postgres::{Passwords, READER, connect};

/// Time between two looks. A server that is killed takes with it what it has counted since the last one.
const LOOK: Duration = Duration::from_secs(1);
/// Statements of the reader by table. A check for a change counts or hashes rows; everything else that
/// names the table is a read of it.
const COUNTED: &str = "\
    select t, coalesce(sum(calls) filter (where query !~* 'count\\(\\*\\)|hashtext'), 0)::int8, \
           coalesce(sum(calls) filter (where query ~* 'count\\(\\*\\)|hashtext'), 0)::int8 \
    from unnest($1::text[]) t \
    left join (pg_stat_statements s join pg_roles r on r.oid = s.userid and r.rolname = $2) \
      on query ilike '%' || t || '%' group by t";

/// Tables that are refreshed every few seconds.
const TABLES: [&str; 2] = ["DW_MES_LOT_V", "DW_MES_EQUIPMENTSTATUS_WIP_V"];

/// Reads of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Of all its rows.
    pub(crate) reads: u64,
    /// For a change only.
    pub(crate) checks: u64,
}

/// Counts by table, summed up over servers and their lives.
pub(crate) type Counts = BTreeMap<String, Count>;

/// What the servers have counted.
#[derive(Debug, Default)]
struct Totals {
    last: BTreeMap<u16, Counts>,
    sum: Counts,
}

impl Totals {
    /// Adds what the server at `port` counts now; it began at zero when it was started.
    fn add(&mut self, port: u16, now: Counts) {
        let last = self.last.insert(port, now.clone()).unwrap_or_default();
        for (table, count) in now {
            let before = last.get(&table).copied().unwrap_or_default();
            let sum = self.sum.entry(table).or_default();
            let since = |now: u64, before: u64| if now < before { now } else { now - before };
            sum.reads += since(count.reads, before.reads);
            sum.checks += since(count.checks, before.checks);
        }
    }
}

/// Looks at both servers all the time.
pub(crate) struct Reads {
    totals: Arc<Mutex<Totals>>,
    _task: AbortOnDropHandle<()>,
}

impl Reads {
    pub(crate) fn watch(ports: [u16; 2], passwords: Passwords) -> Self {
        let totals = Arc::new(Mutex::new(Totals::default()));
        let task = tokio::spawn(look(ports, passwords, totals.clone()));
        Self { totals, _task: AbortOnDropHandle::new(task) }
    }

    /// Counts so far.
    pub(crate) fn so_far(&self) -> Counts {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).sum.clone()
    }
}

async fn look(ports: [u16; 2], passwords: Passwords, totals: Arc<Mutex<Totals>>) {
    let mut connections: BTreeMap<u16, PgConnection> = BTreeMap::new();
    loop {
        for port in ports {
            let connection = match connections.remove(&port) {
                Some(connection) => Some(connection),
                None => connect(port, &passwords, "postgres").await.ok(),
            };
            let Some(mut connection) = connection else { continue };
            // A server that stands still is asked again.
            if let Ok(Ok(counts)) = tokio::time::timeout(LOOK, counts(&mut connection)).await {
                totals.lock().unwrap_or_else(PoisonError::into_inner).add(port, counts);
                connections.insert(port, connection);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn counts(connection: &mut PgConnection) -> Result<Counts, sqlx::Error> {
    let tables: Vec<String> = TABLES.map(str::to_owned).into();
    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as(COUNTED).bind(tables).bind(READER).fetch_all(connection).await?;
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(rows
        .into_iter()
        .map(|(table, reads, checks)| {
            (table, Count { reads: unsigned(reads), checks: unsigned(checks) })
        })
        .collect())
}

/// What was counted between two looks.
pub(crate) fn between(before: &Counts, after: &Counts) -> Counts {
    let since = |(table, count): (&String, &Count)| {
        let before = before.get(table).copied().unwrap_or_default();
        let count =
            Count { reads: count.reads - before.reads, checks: count.checks - before.checks };
        (table.clone(), count)
    };
    after.iter().map(since).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(reads: u64, checks: u64) -> Counts {
        [("t".to_owned(), Count { reads, checks })].into()
    }

    #[test]
    fn a_server_that_was_started_again_counts_from_zero() {
        let mut totals = Totals::default();
        for (port, reads) in [(1, 5), (2, 1), (1, 7), (1, 2), (2, 1)] {
            totals.add(port, counts(reads, 0));
        }
        assert_eq!(totals.sum, counts(10, 0));
        assert_eq!(between(&counts(4, 1), &counts(10, 1)), counts(6, 0));
    }
}
