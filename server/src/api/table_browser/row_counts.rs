//! Rows of the tables: those of snapshots as they were read, others as the database knows them.

use std::time::Duration;

use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::http::envelope::{json_bytes, written};
use crate::http::error::ApiError;
use crate::route_cache::RouteKey;
use crate::snapshot::Plant;
use crate::table_query::{self, Accuracy, Counted};

/// How long a number is kept. Tables of this size change by a small part in that time.
const KEEP: Duration = Duration::from_secs(600);
/// How long a response waits for a number; a later one finds it.
const WAIT: Duration = Duration::from_secs(1);

/// Number of rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowCount {
    /// Rows of the table, or the least there are.
    pub rows: u64,
    #[schema(inline)]
    pub accuracy: Accuracy,
    /// When it was found: ISO 8601, UTC.
    #[schema(example = "2026-11-20T08:00:03.120Z")]
    pub as_of: String,
}

/// Rows that the last read of a whole table saw, also those that it left out; `None` until it is loaded.
pub fn of_snapshot(plant: &Plant, dataset: Dataset) -> Option<RowCount> {
    plant.published(dataset)?;
    let as_of = written(plant.state(dataset).read_at?);
    let rows = plant.ledger(dataset).rows_read;
    Some(RowCount { rows, accuracy: Accuracy::Exact, as_of })
}

/// Rows of a table in the database; `None` while they aren't known.
///
/// Counting goes on when the wait is over, so that a slow database delays one response only.
pub async fn of_database(app: AppState, table: String) -> Option<RowCount> {
    let counting = async move {
        let key = RouteKey::new("row_count", &[], &table);
        let ask = || async {
            let asked = app
                .database
                .read("row_count", |connection| table_query::count(connection, table.clone()));
            let Counted { rows, accuracy } = asked.await?;
            let count = RowCount { rows, accuracy, as_of: written(Timestamp::now()) };
            Ok(json_bytes(&count)?.into())
        };
        let known = app.route_cache.get_or_load::<ApiError, _>(key, KEEP, ask).await;
        known.ok().and_then(|(count, _)| serde_json::from_slice(&count).ok())
    };
    tokio::time::timeout(WAIT, tokio::spawn(counting)).await.ok()?.ok()?
}
