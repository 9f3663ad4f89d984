//! The roll-up of history, out of the settings.

use std::io::Write;
use std::sync::Arc;

use compute_core::site_rules::SiteRules;

use super::ServeError;
use crate::config::Config;
use crate::database::{Database, PoolLimits};
use crate::history_rollup::{HistoryRollup, RollupClock, RollupSetup, Store, Verdict};
use crate::reading::Reading;

/// The roll-up; `None` where no history is kept.
pub(super) fn of(
    config: &Config,
    rules: &Arc<SiteRules>,
    reading: &Reading,
    requests: &Arc<Database>,
) -> Result<Option<Arc<HistoryRollup>>, ServeError> {
    let Some(store) = store(config, rules) else { return Ok(None) };
    let url = config.database.database_url.as_deref().ok_or(ServeError::NoDatabase)?;
    // One connection of its own, so that requests never wait for it; its statements may take as long
    // as those of the refreshers.
    let limits = config.pool.limits();
    let limits = PoolLimits {
        size: 1,
        max_overflow: 0,
        call_timeout: config.snapshots.intervals().longest_read.max(limits.call_timeout),
        ..limits
    };
    let policy = config.breaker.policy(limits.longest_call())?;
    let reader = Database::in_zone(url, &config.site.time_zone, limits, policy)?;
    let setup = RollupSetup {
        table: config.database.table_names().shift_hours,
        reading: reading.clone(),
        rules: rules.clone(),
        policy: config.history.policy(),
    };
    Ok(Some(HistoryRollup::new(setup, store, reader, requests.clone(), RollupClock::system())))
}

/// The files. Those of another database, table, zone or other rules are none.
fn store(config: &Config, rules: &SiteRules) -> Option<Store> {
    let folder = config.history.folder()?;
    let (database, zone) = (&config.database, &config.site.time_zone);
    let url = database.database_url.as_ref();
    let table = database.table_names().shift_hours;
    let basis = format!("{url:?}\n{table:?}\n{zone:?}\n{rules:?}");
    Some(Store::new(&folder, &basis))
}

/// The roll-up as a command uses it: over the settings of `serve`.
fn of_command(config: &Config) -> Result<Arc<HistoryRollup>, ServeError> {
    let prepared = super::prepare(config)?;
    let rollup = of(config, &prepared.rules, &prepared.reading, &prepared.database)?;
    rollup.ok_or_else(|| {
        failed(
            "no history is kept: HISTORY_ROLLUP_ENABLED is false, or HISTORY_ROLLUP_DIR is not set",
        )
    })
}

fn failed(cause: impl ToString) -> ServeError {
    ServeError::History(cause.to_string())
}

/// Compares the rolled-up days with the rows of the database; returns whether all are the same.
///
/// # Errors
/// Settings that can't be used, the database can't be asked, or a file can't be read.
pub async fn verify_history(config: &Config, out: &mut impl Write) -> Result<bool, ServeError> {
    let rollup = of_command(config)?;
    let (mut days, mut rows, mut others) = (0_u64, 0_u64, 0_u64);
    let mut written = Ok(());
    let verified = rollup.verify(|day| {
        let verdict = match day.verdict {
            Verdict::Same => "same",
            Verdict::Changed => "changed since it was rolled up",
            Verdict::Wrong => "WRONG: other sums of the same rows",
        };
        days += 1;
        rows += day.rows;
        others += u64::from(day.verdict != Verdict::Same);
        let line =
            writeln!(out, "{}\t{verdict}\t{} rows\t{} machines", day.day, day.rows, day.machines);
        if written.is_ok() {
            written = line;
        }
    });
    verified.await.map_err(failed)?;
    written?;
    writeln!(out, "{days} days of {rows} rows: {} the same, {others} not", days - others)?;
    Ok(others == 0)
}

/// Has all days read again: by this process, or by the server where one keeps the files.
///
/// # Errors
/// Settings that can't be used, the database can't be asked, or a file can't be written.
pub async fn rebuild_history(config: &Config, out: &mut impl Write) -> Result<(), ServeError> {
    let rollup = of_command(config)?;
    rollup.store().request_rebuild().map_err(failed)?;
    loop {
        let pause = rollup.step().await;
        let report = rollup.report();
        if let Some(problem) = report.problem {
            return Err(failed(problem));
        }
        if !report.is_keeper {
            writeln!(
                out,
                "the running server reads {} days again; see /health",
                report.days_pending
            )?;
            return Ok(());
        }
        if report.days_pending == 0 {
            writeln!(out, "{} days are rolled up", report.days_rolled_up)?;
            return Ok(());
        }
        writeln!(out, "{} days pending", report.days_pending)?;
        tokio::time::sleep(pause).await;
    }
}
