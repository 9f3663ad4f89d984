//! Hours of a range of days joined with the current machines.

use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use compute_core::equipment::{EquipmentFilter, EquipmentView};
use compute_core::history::{HistoryDetailQuery, HistoryQuery, HistoryView, MachineHours};

use super::parameters::RangeParameters;
use crate::app_state::{AppState, Current};
use crate::data_quality::Level;
use crate::day_ranges::{DayRange, RangeFailure};
use crate::hour_ranges::{Hours, MadeOf};
use crate::http::envelope::{Basis, version_of};
use crate::http::error::ApiError;
use crate::http::headers::insert;
use crate::http::response::CACHE_STATUS;
use crate::route_cache::CacheStatus;

impl From<RangeFailure> for ApiError {
    fn from(failure: RangeFailure) -> Self {
        match failure {
            RangeFailure::Database(cause) => (&*cause).into(),
            RangeFailure::Source(cause) => {
                tracing::error!(%cause, "a table of the database breaks the source contract");
                Self::query_error()
            }
            RangeFailure::Pending { missing, days, answered_from } => {
                Self::history_pending(missing, days, answered_from.map(|day| day.to_string()))
            }
            RangeFailure::Defect(cause) => {
                tracing::error!(%cause, "the table of a range can't be made");
                Self::internal()
            }
        }
    }
}

/// A failed read of a table that a site may lack.
pub fn or_absent(failure: RangeFailure) -> ApiError {
    failure.absent().map_or_else(|| failure.clone().into(), ApiError::absent)
}

/// Hours joined with the machines, and the version and freshness of responses from them.
pub struct Joined {
    view: HistoryView,
    /// Version and freshness.
    pub basis: Basis,
    status: CacheStatus,
    made_of: MadeOf,
}

impl Joined {
    /// Reads a range and computes the result on a blocking thread, because it reads every row.
    ///
    /// # Errors
    /// The hours or the machines can't be read.
    pub async fn ask<T: Send + 'static>(
        app: &AppState,
        range: DayRange,
        question: impl FnOnce(&HistoryView) -> T + Send + 'static,
    ) -> Result<(T, Self), ApiError> {
        let equipment = app.equipment()?;
        let hours = app.history.hours(range).await?;
        let quality = app.history_level(range);
        let computed = tokio::task::spawn_blocking(move || {
            let joined = Self::of(&hours, equipment, quality)?;
            Ok((question(&joined.view), joined))
        });
        computed.await.map_err(RangeFailure::defect)?
    }

    fn of(
        hours: &Hours,
        equipment: Current<EquipmentView>,
        quality: Level,
    ) -> Result<Self, ApiError> {
        let table = hours.table().map_err(RangeFailure::defect)?;
        let basis = Basis {
            version: version_of(
                format!("{} {}", version_of(&hours.read.bytes), equipment.basis.version).as_bytes(),
            ),
            updated_at: hours.read.read_at.min(equipment.basis.updated_at),
            stale: hours.read.is_stale || equipment.basis.stale,
            quality: quality.max(equipment.basis.quality),
        };
        let view = HistoryView::join(table.into(), equipment.table);
        Ok(Self { view, basis, status: hours.read.status, made_of: hours.made_of })
    }

    /// Adds to the response what the hours were made of, and their cache status.
    pub fn marked(&self, mut response: Response) -> Response {
        insert(response.headers_mut(), CACHE_STATUS, self.status.name());
        tell(response.headers_mut(), self.made_of);
        response
    }
}

/// Says how many days came out of the roll-up, and how many were read for it.
pub fn tell(headers: &mut HeaderMap, made_of: MadeOf) {
    let names = [("x-mes-days-rolled-up", made_of.rolled_up), ("x-mes-days-read", made_of.read)];
    for (name, days) in names {
        insert(headers, HeaderName::from_static(name), &days.to_string());
    }
}

pub async fn machines_of(
    app: &AppState,
    range: RangeParameters,
    filter: EquipmentFilter,
) -> Result<(Vec<MachineHours>, Joined), ApiError> {
    let query = HistoryDetailQuery {
        hours: HistoryQuery { filter, ..HistoryQuery::default() },
        ..HistoryDetailQuery::default()
    };
    Joined::ask(app, range.range()?, move |view| view.detail(&query).machines).await
}
