//! `/api/production-day`: when days and shifts begin, and what "this shift" or "last month" mean now.

use axum::extract::State;
use axum::response::Response;
use compute_core::production_day::NamedRange;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::response::Conditional;

/// What a name of a range means now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RangeMeaning {
    /// The name.
    range: NamedRange,
    /// First moment, `YYYY-MM-DD HH:MM:SS`, plant time.
    #[schema(example = "2026-11-20 07:30:00")]
    from: String,
    /// The moment when it is over; it may lie after now.
    #[schema(example = "2026-11-20 19:30:00")]
    until: String,
    /// First production day.
    #[schema(format = Date, example = "2026-11-20")]
    start_date: String,
    /// Last production day.
    #[schema(format = Date, example = "2026-11-20")]
    end_date: String,
}

/// The production day.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductionDay {
    /// Time of day at which it begins; a day has the name of the calendar day of its begin.
    #[schema(example = "07:30")]
    day_start: String,
    /// Hours of each shift, comma separated.
    #[schema(example = "12,12")]
    shifts: String,
    /// "Now" of the lots, plant time.
    now: String,
    /// The named ranges.
    ranges: Vec<RangeMeaning>,
}

/// When production days and shifts begin, and what the named ranges are now
///
/// # Errors
/// No lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/production-day",
    tag = "Hold history",
    operation_id = "production_day",
    responses(
        (status = 200, description = "The day and its ranges", body = Success<ProductionDay>),
        ReadFailures
    )
)]
pub async fn show(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let plan = app.config.site.shift_plan();
    let now = app.plant_now().ok_or_else(ApiError::internal)?;
    let answer = move || {
        let meaning = |range: NamedRange| {
            let span = plan.named(range, now);
            RangeMeaning {
                range,
                from: span.start.to_string(),
                until: span.end.to_string(),
                start_date: plan.day_of(span.start).to_string(),
                end_date: plan.last_day(&span).to_string(),
            }
        };
        Ok(ProductionDay {
            day_start: plan.day_start(),
            shifts: plan.shifts(),
            now: now.to_string(),
            ranges: NamedRange::ALL.map(meaning).into(),
        })
    };
    conditional.answer(&lots.basis, answer).await
}
